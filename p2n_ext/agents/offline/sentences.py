"""Running text by section and sentence, each place in it tied to words on the page."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from p2n_ext.documents.flow import Token
from p2n_ext.documents.geometry import Rect, union
from p2n_ext.documents.layout import Line
from p2n_ext.documents.pages import Page

from .context import REFERENCES

HEADING = re.compile(
    r"^(?P<number>\d{1,2}(?:\.\d{1,2}){0,3}|[IVX]{1,5}|[A-H](?:\.\d+)*)\.?\s+(?P<title>[A-Z][^.!?]{2,70})$"
)
NAMED = re.compile(
    r"^(?P<title>abstract|introduction|results?|experiments?|conclusions?|discussion|evaluation|methods?|(?:Task|Part|Question|Exercise|Experiment)\s+\d+.{0,40})[.:—-]?$",
    re.IGNORECASE,
)
ABSTRACT = re.compile(r"^\s*abstract\b[\s.:—–-]*", re.IGNORECASE)
STOP = re.compile(r"(?<=[.!?])[”\"')\]]*\s+(?=[A-Z0-9“\"(•])")
NO_STOP = re.compile(
    r"(?:\b(?:al|Fig|Figs|Eq|Eqs|Sec|Tab|vs|cf|e\.g|i\.e|resp|approx|No|Dr|et|Ref|Refs|w\.r\.t|[A-Z]))\.$"
)


@dataclass(slots=True)
class Block:
    """Lines of one page and section that read on, with the tokens that they print."""

    page: int
    section: str
    lines: list[Line]
    tokens: list[Token]
    text: str
    starts: list[int]

    def words_at(self, start: int, end: int) -> Rect:
        """The box around what prints text[start:end]."""
        first = max(bisect_right(self.starts, start) - 1, 0)
        last = max(bisect_right(self.starts, max(end - 1, start)) - 1, first)
        return union(w.box for t in self.tokens[first : last + 1] for w in t.words)

    def sentences(self) -> Iterator[tuple[int, int]]:
        """Start and end of each sentence in `text`."""
        at = 0
        for match in STOP.finditer(self.text):
            if NO_STOP.search(self.text[at : match.start()]):
                continue
            yield at, match.start()
            at = match.end()
        if at < len(self.text):
            yield at, len(self.text)


def blocks(pages: Sequence[Page], last_page: int) -> Iterator[Block]:
    """Paragraph-like blocks of all pages up to the references; tables, captions and figures left out."""
    section = ""
    for page in pages:
        if page.number > last_page or not page.layouts:
            return
        view = page.layouts[0].view
        barred = [t.box.grown(1) for v, t in page.tables if v is view]
        barred += [k.box for k in page.captions[0]] + list(view.figures)
        lines: list[Line] = []
        tokens: list[Token] = []
        for line, flowed in zip(page.lines, page.flows[0], strict=True):
            box = line.box
            heading = _heading(line)
            outside = any(b.holds(box.cx, box.cy) for b in barred)
            if page.number >= last_page and REFERENCES.match(line.text):
                break
            apart = bool(lines) and (
                heading is not None
                or outside
                or (line.zone is not lines[-1].zone and line.baseline > lines[-1].baseline)
                or line.baseline - lines[-1].baseline > 2.2 * max(line.size, lines[-1].size)
            )
            if apart and tokens:
                yield _block(page.number, section, lines, tokens)
                lines, tokens = [], []
            if outside:
                continue
            if heading is not None:
                section = heading
                if not ABSTRACT.match(line.text) or len(line.words) < 3:
                    continue
            lines.append(line)
            tokens.extend(flowed)
        if tokens:
            yield _block(page.number, section, lines, tokens)


def _heading(line: Line) -> str | None:
    """How the paper would refer to the section that a line opens; None where it opens none."""
    text = line.text.strip()
    if ABSTRACT.match(text):
        return "Abstract"
    if len(text) > 80 or "%" in text or len(re.findall(r"\d+\.\d", text)) > 1:
        return None
    strong = line.words[0].bold or line.words[-1].bold or text.isupper()
    if (
        (found := HEADING.match(text))
        and (strong or re.match(r"\d", text))
        and not re.search(r"\d\s*%|=", text)
    ):
        return f"Section {found['number']}"
    if found := NAMED.match(text):
        return found["title"].strip().capitalize() if text.isupper() else found["title"].strip()
    if strong and len(line.words) <= 8 and not text.endswith((".", ",")) and all(w.bold for w in line.words):
        return text
    return None


def _block(page: int, section: str, lines: list[Line], tokens: list[Token]) -> Block:
    starts, at = [], 0
    for token in tokens:
        starts.append(at)
        at += len(token.text) + 1
    return Block(page, section, lines, tokens, " ".join(t.text for t in tokens), starts)
