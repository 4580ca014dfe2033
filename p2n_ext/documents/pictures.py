"""Pages that are pictures: which they are, and their words by recognition as far as its time goes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pypdfium2 as pdfium

from .glyphs import RawPage
from .ocr import Missing, OutOfTime, Recogniser, blank
from .ocr_engine import engine
from .ocr_words import Recognised
from .opening import Refused

MIN_CHARACTERS = 20
FEW_GLYPHS = 50
"""A page with fewer glyphs has no text layer: they are a stamp or a page's number."""


def picture_reader(options: Mapping[str, Any]) -> PictureReader:
    """For a job's options: `ocr` (auto, off), `ocr_seconds`, `recognised` (what earlier jobs told, by page)."""
    recogniser = None
    if options.get("ocr") == "auto":
        with contextlib.suppress(Missing):
            recogniser = Recogniser(float(options.get("ocr_seconds", 60.0)))
    known = {int(k): str(v) for k, v in options.get("recognised", {}).items()} if recogniser else {}
    return PictureReader(recogniser, known)


def characters(texts: Iterable[str]) -> int:
    """How many, white space left out."""
    return sum(len("".join(t.split())) for t in texts)


def require_text(texts: Iterable[str], options: Mapping[str, Any]) -> None:
    """Raises Refused E_PDF_NO_TEXT where pages hold next to no text."""
    if characters(texts) >= MIN_CHARACTERS:
        return
    if engine() is None:
        raise Refused("E_PDF_NO_TEXT", "ocr_absent")
    raise Refused("E_PDF_NO_TEXT", "ocr_found_none" if options.get("ocr") == "auto" else "ocr_off")


class PictureReader:
    """Recognises the pages of one document that have no text layer; `engine` None only notes which they are.

    `known` holds pages recognised before, as `told` gave them.
    """

    def __init__(self, engine: Recogniser | None, known: Mapping[int, str] | None = None) -> None:
        self._engine = engine
        self._known = known or {}
        self._found: dict[int, Recognised] = {}
        self._news: dict[int, str] = {}
        self.unread: list[int] = []
        """pages with something on them, left for want of a recogniser"""
        self.late: list[int] = []
        """pages left for want of time"""

    def read(self, document: pdfium.PdfDocument, page: RawPage) -> Recognised | None:
        """The page's words; None where it has a text layer, is blank or could not be recognised."""
        if len(page.glyphs) >= FEW_GLYPHS:
            return None
        if (known := self._known.get(page.number)) is not None:
            seen = Recognised.from_json(known)
            self._found[page.number] = seen
            return seen if seen.words else None
        if blank(document, page):
            return None
        if self._engine is None:
            self.unread.append(page.number)
            return None
        try:
            new = self._engine.read(document, page)
        except OutOfTime:
            self.late.append(page.number)
            return None
        self._found[page.number] = new
        self._news[page.number] = new.to_json()
        return new if new.words else None

    def confidence(self, number: int) -> float | None:
        """The mean confidence of a recognised page's words."""
        seen = self._found.get(number)
        return round(seen.confidence, 3) if seen and seen.words else None

    def told(self) -> Iterator[dict[str, Any]]:
        """What was recognised since the last call, for the next job on this document; then what was left."""
        for number, words in self._news.items():
            yield {"recognised": number, "words": words}
        self._news = {}

    def left(self) -> Iterator[dict[str, Any]]:
        """What could not be read, once all pages have gone by."""
        if self.late:
            yield {"notice": "E_PDF_TIMEOUT", "pages": self.late}
        if self.unread:
            yield {"notice": "E_PDF_NO_TEXT", "pages": self.unread}
