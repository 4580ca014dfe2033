"""`PdfDocuments`: the Documents protocol over the PDF worker."""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from p2n_schemas.claims import Citation
from p2n_schemas.errors import ErrorCode
from p2n_schemas.papers import PdfInfo

from .failures import failure
from .process import JOBS_AT_ONCE, Bounds, run_job

WORKER = "p2n_ext.documents.worker"


class PdfDocuments:
    """PDF work in child processes, each bound in time, memory and output."""

    def __init__(self, seconds: float = 120.0, memory_mib: int = 2048) -> None:
        self._bounds = Bounds(seconds=seconds, memory_bytes=memory_mib * 1024**2)
        self._slots = asyncio.Semaphore(JOBS_AT_ONCE)

    async def inspect(self, pdf: Path) -> PdfInfo:
        """Pages, title and characters of a file. Raises P2NError E_NOT_A_PDF and the E_PDF_… codes."""
        result = await self._result("inspect", pdf, {})
        try:
            return PdfInfo.model_validate(result)
        except ValidationError:
            raise failure(ErrorCode.E_PDF_DAMAGED, {"reason": "unreadable output"}) from None

    async def page_texts(self, pdf: Path) -> list[str]:
        """The text of each page in reading order. Raises as `inspect`, but for E_PDF_NO_TEXT."""
        texts: list[str] = []
        job = run_job(WORKER, "page_texts", pdf, {}, self._bounds)
        async with self._slots, contextlib.aclosing(job) as messages:
            async for message in messages:
                if isinstance(message.get("text"), str):
                    texts.append(message["text"])
        return texts

    async def evidence(self, pdf: Path, citation: Citation) -> bytes:
        """A PNG of the citation's region, the value's box marked. Raises as `inspect`."""
        options = {
            "page": citation.page,
            "region": citation.region.model_dump(),
            "box": citation.box.model_dump(),
        }
        result = await self._result("evidence", pdf, options)
        try:
            return base64.b64decode(result["png"], validate=True)
        except (KeyError, TypeError, binascii.Error):
            raise failure(ErrorCode.E_PDF_DAMAGED, {"reason": "no picture"}) from None

    async def _result(self, job: str, pdf: Path, options: dict[str, Any]) -> dict[str, Any]:
        result: dict[str, Any] = {}
        messages_of_job = run_job(WORKER, job, pdf, options, self._bounds)
        async with self._slots, contextlib.aclosing(messages_of_job) as messages:
            async for message in messages:
                if isinstance(message.get("result"), dict):
                    result = message["result"]
        return result
