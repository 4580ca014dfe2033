"""The offline reader: rules over words and tables, in a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator
from pathlib import Path

from pydantic import ValidationError

from p2n_ext.documents.failures import partly_read
from p2n_ext.documents.process import JOBS_AT_ONCE, Bounds
from p2n_ext.documents.recognition import Recognition
from p2n_ext.protocols import ClaimFound, PagesRead, Reading, ReadingNotice
from p2n_schemas.claims import Claim
from p2n_schemas.errors import ErrorCode
from p2n_schemas.papers import Paper

WORKER = "p2n_ext.agents.offline.worker"
MAX_CLAIMS = 5000
_log = logging.getLogger(__name__)


class OfflineReader:
    """Reads claims without any network; the embedded default."""

    name = "offline"
    names: tuple[str, ...] = ("offline",)
    model: str | None = None

    def __init__(
        self, seconds: float = 120.0, memory_mib: int = 2048, recognition: Recognition | None = None
    ) -> None:
        self._bounds = Bounds(seconds=seconds, memory_bytes=memory_mib * 1024**2)
        self._slots = asyncio.Semaphore(JOBS_AT_ONCE)
        self._recognition = recognition or Recognition()

    async def read(self, paper: Paper, pdf: Path) -> AsyncGenerator[Reading, None]:
        """Each page read, then each claim that was checked against its page.

        Raises P2NError E_NOT_A_PDF, E_PDF_ENCRYPTED, E_PDF_EMPTY, E_PDF_NO_TEXT, E_PDF_DAMAGED, E_PDF_TIMEOUT.
        """
        claims = 0
        job = self._recognition.run(WORKER, "read", pdf, {"paper_id": paper.id}, self._bounds)
        # closed here and not by the collector, so that the child dies with its reader
        async with self._slots, contextlib.aclosing(job) as messages:
            async for message in messages:
                if "page" in message:
                    yield PagesRead(int(message["page"]), int(message["pages"]))
                elif "notice" in message:
                    yield ReadingNotice(partly_read(ErrorCode(message["notice"]), message["pages"]).info)
                elif "claim" in message and claims < MAX_CLAIMS:
                    try:
                        claim = Claim.model_validate(message["claim"])
                    except ValidationError:
                        _log.warning("a claim of unknown shape was dropped", extra={"paper_id": paper.id})
                        continue
                    claims += 1
                    yield ClaimFound(claim)
