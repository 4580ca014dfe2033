"""Papers: ingest, list, verify, extract, what models cost, delete."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado import httputil, web

from p2n_schemas.api import ExtractRequest, PaperFromUrl, PaperList
from p2n_schemas.base import Schema
from p2n_schemas.errors import ErrorCode, P2NError

from ..services.fetch import too_large
from .base import P2NHandler
from .sse import EventStreamHandler

_ENVELOPE_BYTES = 1 << 20


@web.stream_request_body
class PapersHandler(P2NHandler):
    """The body is read as it comes, so that a file over the bound is refused before it is held."""

    _received: bytearray
    _size = 0

    async def prepare(self) -> None:  # type: ignore[override]
        self._received = bytearray()
        await super().prepare()
        if self.request.method == "POST":
            length = int(self.request.headers.get("Content-Length", "0") or 0)
            self._bound(length)

    def _bound(self, size: int) -> None:
        if size > self.services.ingest.max_bytes + _ENVELOPE_BYTES:
            raise too_large(self.services.ingest.max_bytes)

    def data_received(self, chunk: bytes) -> None:
        # Raising here would cut the connection without an answer, so what is too much is only counted.
        self._size += len(chunk)
        if self._size <= self.services.ingest.max_bytes + _ENVELOPE_BYTES:
            self._received += chunk
        else:
            self._received.clear()

    @web.authenticated
    @authorized
    async def get(self) -> None:
        self.answer(PaperList(papers=await self.services.papers.papers()))

    @web.authenticated
    @authorized
    async def post(self) -> None:
        self._bound(self._size)
        self.request.body = bytes(self._received)
        self._received.clear()
        kind = self.request.headers.get("Content-Type", "")
        if kind.startswith("multipart/form-data"):
            file = self._file(kind)
            created = await self.services.ingest.ingest(file.body, file.filename, who=self.who())
        else:
            created = await self.services.ingest.ingest_url(self.body(PaperFromUrl).url, who=self.who())
        self.answer(created, 201 if created.created else 200)

    def _file(self, kind: str) -> httputil.HTTPFile:
        arguments: dict[str, list[bytes]] = {}
        files: dict[str, list[httputil.HTTPFile]] = {}
        try:
            httputil.parse_body_arguments(kind, self.request.body, arguments, files, self.request.headers)
        except httputil.HTTPInputError:
            files = {}
        self.request.body = b""
        if not files.get("file"):
            raise P2NError(
                ErrorCode.E_BAD_REQUEST,
                'The form has no file in its field "file".',
                'Send the PDF as multipart/form-data in the field "file", or JSON {"url": …}.',
            )
        return files["file"][0]


class SamplePaperHandler(P2NHandler):
    @web.authenticated
    @authorized
    async def post(self) -> None:
        created = await self.services.ingest.ingest_sample()
        self.answer(created, 201 if created.created else 200)


class _Deletion(Schema):
    forget_index: bool = False


class PaperHandler(P2NHandler):
    @web.authenticated
    @authorized
    async def get(self, paper_id: str) -> None:
        self.answer(await self.services.papers.get(paper_id))

    @web.authenticated
    @authorized
    async def delete(self, paper_id: str) -> None:
        await self.services.papers.delete(paper_id, self.query(_Deletion).forget_index)
        self.set_status(204)
        self.finish()


class VerifyHandler(P2NHandler):
    @web.authenticated
    @authorized
    async def get(self, paper_id: str) -> None:
        self.answer(await self.services.papers.verify(paper_id))


class ExtractHandler(EventStreamHandler):
    @web.authenticated
    @authorized
    async def get(self, paper_id: str) -> None:
        paper = await self.services.papers.get(paper_id)
        if not self.services.extraction.is_reading(paper.id):
            raise P2NError(
                ErrorCode.E_NOT_FOUND,
                "Nobody is reading this paper now.",
                "GET /papers/{id}/claims has what was found; POST begins a new reading.",
            )
        await self.stream(self.services.extraction.frames(paper.id, self.last_seen()))

    @web.authenticated
    @authorized
    async def post(self, paper_id: str) -> None:
        paper = await self.services.papers.get(paper_id)
        self.services.extraction.start(paper, self.body(ExtractRequest).provider)
        await self.stream(self.services.extraction.frames(paper_id))


class ExtractCancelHandler(P2NHandler):
    @web.authenticated
    @authorized
    async def post(self, paper_id: str) -> None:
        paper = await self.services.papers.get(paper_id)
        await self.services.extraction.cancel(paper.id)
        self.set_status(204)
        self.finish()


class UsageHandler(P2NHandler):
    @web.authenticated
    @authorized
    async def get(self, paper_id: str) -> None:
        self.answer(await self.services.papers.usage(paper_id))
