"""A PDF comes in: checked, kept once, never twice."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from pathlib import Path, PurePath
from typing import IO

from p2n_schemas.api import PaperCreated
from p2n_schemas.base import utc_now
from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.papers import Paper

from ..protocols import Database, Documents, ObjectStore
from . import keys
from .fetch import Fetcher, too_large


class IngestService:
    """Refuses what is no readable paper with a typed error; the same bytes give the same paper."""

    def __init__(
        self,
        database: Database,
        objects: ObjectStore,
        documents: Documents,
        fetcher: Fetcher,
        max_bytes: int,
        sample: Path | None,
    ) -> None:
        self._database = database
        self._objects = objects
        self._documents = documents
        self._fetcher = fetcher
        self._sample = sample
        self.max_bytes = max_bytes

    async def ingest(self, data: bytes, filename: str, source_url: str | None = None) -> PaperCreated:
        """Raises E_PDF_TOO_LARGE, E_NOT_A_PDF, E_PDF_ENCRYPTED, E_PDF_EMPTY, E_PDF_NO_TEXT, E_PDF_DAMAGED, E_PDF_TIMEOUT."""
        if len(data) > self.max_bytes:
            raise too_large(self.max_bytes)
        sha256 = await asyncio.to_thread(lambda: hashlib.sha256(data).hexdigest())
        paper_id = f"p_{sha256[:16]}"
        known = await self._database.get_paper(paper_id)
        if known is not None and await self._objects.exists(keys.paper(paper_id)):
            return PaperCreated(paper=known, created=False)
        with tempfile.NamedTemporaryFile(prefix="p2n-ingest-", suffix=".pdf") as draft:
            await asyncio.to_thread(_write, draft, data)
            info = await self._documents.inspect(Path(draft.name))
        name = PurePath(filename.replace("\\", "/")).name[:200] or "paper.pdf"
        await self._objects.put(keys.paper(paper_id), data)
        paper = known or Paper(
            id=paper_id,
            sha256=sha256,
            title=info.title or PurePath(name).stem,
            filename=name,
            size_bytes=len(data),
            pages=info.pages,
            source_url=source_url,
            created_at=utc_now(),
        )
        await self._database.put_paper(paper)
        return PaperCreated(paper=paper, created=known is None)

    async def ingest_url(self, url: str) -> PaperCreated:
        """Raises E_URL_REFUSED, E_URL_UNREACHABLE, and what `ingest` raises."""
        fetched = await self._fetcher.get(url)
        return await self.ingest(fetched.data, fetched.filename, source_url=url)

    async def ingest_sample(self) -> PaperCreated:
        """The sample paper that P2N brings along. Raises E_NOT_FOUND where it was not installed."""
        if self._sample is None or not self._sample.is_file():
            raise P2NError(
                ErrorCode.E_NOT_FOUND, "No sample paper is installed here.", "Upload a paper of your own."
            )
        return await self.ingest(await asyncio.to_thread(self._sample.read_bytes), self._sample.name)


def _write(draft: IO[bytes], data: bytes) -> None:
    draft.write(data)
    draft.flush()
