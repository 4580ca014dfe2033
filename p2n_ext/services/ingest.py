"""A PDF comes in: checked, kept once, never twice."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import tempfile
from pathlib import Path, PurePath
from typing import IO

from p2n_schemas.api import PaperCreated
from p2n_schemas.base import utc_now
from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.papers import Paper

from ..protocols import Database, Documents, ObjectStore, PaperIndex
from . import keys
from .fetch import Fetcher, too_large
from .rate_limit import IngestLimit


class IngestService:
    """Refuses what is no readable paper with a typed error; the same bytes give the same paper."""

    def __init__(
        self,
        database: Database,
        objects: ObjectStore,
        documents: Documents,
        fetcher: Fetcher,
        limit: IngestLimit,
        max_bytes: int,
        sample: Path | None,
        index: PaperIndex | None = None,
    ) -> None:
        """`index`: what a model's provider is to keep of every paper; None: nothing is made at this door."""
        self._database = database
        self._objects = objects
        self._documents = documents
        self._fetcher = fetcher
        self._limit = limit
        self._sample = sample
        self._index = index
        self.max_bytes = max_bytes

    async def ingest(
        self, data: bytes, filename: str, source_url: str | None = None, who: str | None = None
    ) -> PaperCreated:
        """Take in a paper for the user `who`; None is one that is not limited.

        Raises E_PDF_TOO_LARGE, E_NOT_A_PDF, E_PDF_ENCRYPTED, E_PDF_EMPTY, E_PDF_NO_TEXT, E_PDF_DAMAGED, E_PDF_TIMEOUT,
        E_RATE_LIMITED, E_STORAGE_FULL; with an index E_VECTOR_STORE_INVALID, E_MODEL_UNAVAILABLE, E_MODEL_REJECTED.
        """
        if len(data) > self.max_bytes:
            raise too_large(self.max_bytes)
        sha256 = await asyncio.to_thread(lambda: hashlib.sha256(data).hexdigest())
        paper_id = f"p_{sha256[:16]}"
        known = await self._database.get_paper(paper_id)
        if known is not None and await self._objects.exists(keys.paper(paper_id)):
            return PaperCreated(paper=known, created=False)
        # What is looked into is work, be it a paper in the end or not; what is known already was no work.
        await self._limit.take(who)
        with tempfile.NamedTemporaryFile(prefix="p2n-ingest-", suffix=".pdf") as draft:
            await asyncio.to_thread(_write, draft, data)
            info = await self._documents.inspect(Path(draft.name))
            name = PurePath(filename.replace("\\", "/")).name[:200] or "paper.pdf"
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
            if self._index is not None:
                # First, so that a paper which the model can't search is refused and not kept.
                await self._index.prepare(paper, Path(draft.name))
        try:
            await self._objects.put(keys.paper(paper_id), data)
            await self._database.put_paper(paper)
        except Exception:
            if self._index is not None and known is None:
                with contextlib.suppress(P2NError):
                    await self._index.remove(paper_id)
            raise
        return PaperCreated(paper=paper, created=known is None)

    async def ingest_url(self, url: str, who: str | None = None) -> PaperCreated:
        """Raises E_URL_REFUSED, E_URL_UNREACHABLE, and what `ingest` raises."""
        if not any(paper.source_url == url for paper in await self._database.list_papers()):
            # Who has no turn left shall not use this server to fetch either.
            await self._limit.check(who)
        fetched = await self._fetcher.get(url)
        return await self.ingest(fetched.data, fetched.filename, source_url=url, who=who)

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
