"""A document read whole: pages with text, lines, captions and tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import pypdfium2 as pdfium

from .captions import Caption, find_captions
from .flow import Token, flow, spellings, text_of
from .glyphs import RawPage, read_page
from .layout import Layout, Line, find_gutter, lay_out, page_gutter
from .pictures import PictureReader
from .tables import Table, assign, candidate_bodies, habit, make_table
from .uncaptioned import uncaptioned
from .words import View, views


@dataclass(slots=True)
class Page:
    """A page (1-based number) as displayed, in points."""

    number: int
    width: float
    height: float
    layouts: list[Layout]
    captions: list[list[Caption]] = field(default_factory=list)
    tables: list[tuple[View, Table]] = field(default_factory=list)
    flows: list[list[list[Token]]] = field(default_factory=list)
    """tokens by view and line, in reading order"""
    text: str = ""
    ocr: float | None = None
    """mean word confidence, where the words were recognised in a picture of the page"""
    scan: bool = False
    """whether the file brought the words as the text layer of a picture of the page"""

    @property
    def lines(self) -> list[Line]:
        """Upright lines in reading order."""
        return self.layouts[0].lines if self.layouts else []


class DocumentReader:
    """Reads pages one at a time, then settles what needs the whole document."""

    def __init__(self, document: pdfium.PdfDocument, pictures: PictureReader | None = None) -> None:
        self._document = document
        self._pictures = pictures
        self.count = len(document)
        self.broken = 0
        """pages that pdfium could not read"""
        self._raw: list[tuple[RawPage, list[View]]] = []

    def read(self) -> Iterator[int]:
        """The number of each page once its words are read; a page that pdfium cannot read counts as blank."""
        for number in range(1, self.count + 1):
            try:
                raw = read_page(self._document, number)
            except pdfium.PdfiumError:
                raw = RawPage(number, 612.0, 792.0)
                self.broken += 1
            found = views(raw)
            if self._pictures and (seen := self._pictures.read(self._document, raw)):
                found = [seen.view(raw)]
            raw.glyphs = []
            self._raw.append((raw, found))
            yield number

    def pages(self) -> list[Page]:
        """All pages, after `read` has gone through."""
        gutter = find_gutter([v[0] for _, v in self._raw if v])
        pages = []
        for raw, found in self._raw:
            layouts = [lay_out(v, page_gutter(v, gutter) if v.quarters == 0 else None) for v in found]
            page = Page(raw.number, raw.width, raw.height, layouts, scan=raw.scan)
            page.captions = [find_captions(x) for x in layouts]
            if self._pictures:
                page.ocr = self._pictures.confidence(raw.number)
            pages.append(page)
        _set_texts(pages)
        _set_tables(pages)
        return pages


def _set_tables(pages: list[Page]) -> None:
    candidates = []
    for page in pages:
        for layout, captions in zip(page.layouts, page.captions, strict=True):
            found = [(k, *candidate_bodies(layout, k, captions)) for k in captions if k.kind == "table"]
            candidates.append((page, layout, found))
    # a paper may set tables below their captions and its appendix above: the page's own habit comes first
    usual = sum(habit(found) for _, _, found in candidates)
    for page, layout, found in candidates:
        for caption, body in assign(found, (habit(found) or usual) >= 0):
            table = make_table(caption, body)
            if table is not None:
                page.tables.append((layout.view, table))
    for page in pages:
        for layout, captions in zip(page.layouts, page.captions, strict=True):
            taken = [t.box for view, t in page.tables if view is layout.view]
            page.tables += [(layout.view, t) for t in uncaptioned(layout, captions, taken)]


def _set_texts(pages: list[Page]) -> None:
    known: Counter[str] = Counter()
    for page in pages:
        known.update(spellings(page.lines))
    for page in pages:
        page.flows = [flow(x.lines, known) for x in page.layouts]
        page.text = "\n".join(t for t in map(text_of, page.flows) if t)
