"""`PdfDocuments`: the Documents protocol over the PDF worker."""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from p2n_ext.protocols import PageLayout
from p2n_schemas.claims import Citation, Quote
from p2n_schemas.errors import ErrorCode
from p2n_schemas.papers import PdfInfo

from .failures import failure
from .process import JOBS_AT_ONCE, Bounds
from .recognition import Recognition

WORKER = "p2n_ext.documents.worker"
PICTURE_SECONDS = 30.0
T = TypeVar("T")
_LAYOUT = TypeAdapter(PageLayout)
_INFO = TypeAdapter(PdfInfo)
_QUOTES = TypeAdapter(list[Quote])


class PdfDocuments:
    """PDF work in child processes, each bound in time, memory and output."""

    def __init__(
        self, seconds: float = 120.0, memory_mib: int = 2048, recognition: Recognition | None = None
    ) -> None:
        self._bounds = Bounds(seconds=seconds, memory_bytes=memory_mib * 1024**2)
        self._slots = asyncio.Semaphore(JOBS_AT_ONCE)
        self._recognition = recognition or Recognition()

    async def inspect(self, pdf: Path) -> PdfInfo:
        """Pages, title and characters of a file. Raises P2NError E_NOT_A_PDF and the E_PDF_… codes."""
        return _valid(_INFO, await self._result("inspect", pdf, {}))

    async def page_texts(self, pdf: Path) -> list[str]:
        """The text of each page in reading order. Raises as `inspect`, but for E_PDF_NO_TEXT."""
        texts: list[str] = []
        job = self._recognition.run(WORKER, "page_texts", pdf, {}, self._bounds)
        async with self._slots, contextlib.aclosing(job) as messages:
            async for message in messages:
                if isinstance(message.get("text"), str):
                    texts.append(message["text"])
        return texts

    async def layout(self, pdf: Path) -> list[PageLayout]:
        """Each page with its lines and tables. Raises as `page_texts`."""
        pages: list[PageLayout] = []
        unread: set[int] = set()
        job = self._recognition.run(WORKER, "layout", pdf, {}, self._bounds)
        async with self._slots, contextlib.aclosing(job) as messages:
            async for message in messages:
                if "layout" in message:
                    # a page may hold thousands of boxes, and the loop is shared with kernels
                    pages.append(await asyncio.to_thread(_valid, _LAYOUT, message["layout"]))
                elif "notice" in message:
                    unread.update(message["pages"])
        return [replace(p, unread=True) if p.number in unread else p for p in pages]

    async def locate(self, pdf: Path, page: int, printed: str) -> list[Quote]:
        """Each place on a page where a printed number stands as a token of its own. Raises as `page_texts`."""
        (found,) = await self.locate_all(pdf, [(page, printed)])
        return found

    async def locate_all(self, pdf: Path, wanted: Sequence[tuple[int, str]]) -> list[list[Quote]]:
        """`locate` for each (page, printed) in one reading of the file. Raises as `page_texts`."""
        found: list[list[Quote]] = []
        job = self._recognition.run(WORKER, "locate", pdf, {"wanted": list(wanted)}, self._bounds)
        async with self._slots, contextlib.aclosing(job) as messages:
            async for message in messages:
                if "places" in message:
                    found.append(_valid(_QUOTES, message["places"]))
        if len(found) != len(wanted):
            raise failure(ErrorCode.E_PDF_DAMAGED, {"reason": "unreadable output"})
        return found

    async def evidence(self, pdf: Path, citation: Citation, whole_page: bool = False) -> bytes:
        """A PNG of the citation's region, or its whole page, the value's box marked. Raises as `page_texts`."""
        # somebody waits for it
        bounds = replace(self._bounds, seconds=min(self._bounds.seconds, PICTURE_SECONDS))
        (picture,) = await self._pictures(pdf, [_place(citation, whole_page)], bounds)
        return picture

    async def evidence_all(self, pdf: Path, citations: Sequence[Citation]) -> list[bytes]:
        """`evidence` for each citation, with one opening of the file. Raises as `page_texts`."""
        return await self._pictures(pdf, [_place(citation) for citation in citations], self._bounds)

    async def page(self, pdf: Path, number: int, words: str = "") -> bytes:
        """A PNG of a page (1-based), the lines of `words` marked where they are found. Raises as `page_texts`."""
        bounds = replace(self._bounds, seconds=min(self._bounds.seconds, PICTURE_SECONDS))
        options = {"number": number, "words": words}
        async with (
            self._slots,
            contextlib.aclosing(self._recognition.run(WORKER, "page", pdf, options, bounds)) as messages,
        ):
            async for message in messages:
                if "png" in message:
                    return _decoded(message["png"])
        raise failure(ErrorCode.E_PDF_DAMAGED, {"reason": "no picture"})

    async def _pictures(self, pdf: Path, wanted: list[dict[str, Any]], bounds: Bounds) -> list[bytes]:
        pictures: list[bytes] = []
        job = self._recognition.run(WORKER, "evidence", pdf, {"wanted": wanted}, bounds)
        async with self._slots, contextlib.aclosing(job) as messages:
            async for message in messages:
                if "png" in message:
                    pictures.append(_decoded(message["png"]))
        if len(pictures) != len(wanted):
            raise failure(ErrorCode.E_PDF_DAMAGED, {"reason": "no picture"})
        return pictures

    async def _result(self, job: str, pdf: Path, options: dict[str, Any]) -> dict[str, Any]:
        result: dict[str, Any] = {}
        running = self._recognition.run(WORKER, job, pdf, options, self._bounds)
        async with self._slots, contextlib.aclosing(running) as messages:
            async for message in messages:
                if isinstance(message.get("result"), dict):
                    result = message["result"]
        return result


def _place(citation: Citation, whole_page: bool = False) -> dict[str, Any]:
    region = None if whole_page else citation.region.model_dump()
    return {"page": citation.page, "region": region, "box": citation.box.model_dump()}


def _decoded(png: Any) -> bytes:
    try:
        return base64.b64decode(png, validate=True)
    except (TypeError, binascii.Error):
        raise failure(ErrorCode.E_PDF_DAMAGED, {"reason": "no picture"}) from None


def _valid(shape: TypeAdapter[T], value: Any) -> T:
    try:
        return shape.validate_python(value)
    except ValidationError:
        raise failure(ErrorCode.E_PDF_DAMAGED, {"reason": "unreadable output"}) from None
