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

from .context import APPENDIX, REFERENCES

HEADING = re.compile(
    r"^(?P<number>\d{1,2}(?:\.\d{1,2}){0,3}|[IVX]{1,5}|[A-H](?:\.\d+)*)\.?\s+(?P<title>[A-Z][^.!?]{2,70})$"
)
NAMED = re.compile(
    r"^(?P<title>abstract|introduction|results?|experiments?|conclusions?|discussion|evaluation|methods?|(?:Task|Part|Question|Exercise|Experiment)\s+\d+.{0,40})[.:—-]?$",
    re.IGNORECASE,
)
# sections that tell what others did, and those that tell how it was done
SURVEY = re.compile(
    r"\b(?:related (?:works?|literature|studies)|literature|prior works?|previous (?:works?|studies)|background|preliminaries|survey|state[- ]of[- ]the[- ]art)\b",
    re.IGNORECASE,
)
SETUP = re.compile(
    r"^(?!.*\b(?:results?|efficien\w+|performance|accuracy|evaluation)\b)(?:.*\b(?:set-?up|settings?|implementation|hyper-?parameters?|optimi[sz]ation|pre-?processing|architectures?|training)\b|(?:the |our )?(?:\w+ )?(?:data|data ?sets?|corpora)(?: and .*)?$)",
    re.IGNORECASE,
)
LONGEST = 1500
"""characters after which text without a full stop is cut, so that what is told of one number stays near it"""
ABSTRACT = re.compile(r"^\s*abstract\b[\s.:—–-]*", re.IGNORECASE)
STOP = re.compile(r"(?<=[.!?])[”\"')\]]*\s+(?=[A-Z0-9“\"(•])")
NO_STOP = re.compile(
    r"(?:\b(?:al|Fig|Figs|Eq|Eqs|Sec|Tab|vs|cf|e\.g|i\.e|resp|approx|No|Dr|et|Ref|Refs|w\.r\.t|[A-Z]))\.$"
)


SHORT = 12
"""characters that an abbreviation with its full stop may have"""


@dataclass(frozen=True, slots=True)
class Heading:
    """A section as the paper would refer to it, its number and its title."""

    name: str = ""
    number: str = ""
    title: str = ""
    survey: bool = False
    """whether it, or the section around it, tells what others did"""

    @property
    def setup(self) -> bool:
        """Whether it tells how something was done, not what came out."""
        return bool(SETUP.search(self.title))

    def after(self, before: Heading) -> Heading:
        """This heading, knowing the one before it: a part of a survey is survey."""
        top = self.number.partition(".")[0]
        inside = before.survey and "." in self.number and top == before.number.partition(".")[0]
        return Heading(self.name, self.number, self.title, inside or bool(SURVEY.search(self.title)))


@dataclass(slots=True)
class Block:
    """Lines of one page and section that read on, with the tokens that they print."""

    page: int
    heading: Heading
    lines: list[Line]
    tokens: list[Token]
    text: str
    starts: list[int]

    @property
    def section(self) -> str:
        return self.heading.name

    def words_at(self, start: int, end: int) -> Rect:
        """The box around what prints text[start:end]."""
        first = max(bisect_right(self.starts, start) - 1, 0)
        last = max(bisect_right(self.starts, max(end - 1, start)) - 1, first)
        return union(w.box for t in self.tokens[first : last + 1] for w in t.words)

    def sentences(self) -> Iterator[tuple[int, int]]:
        """Start and end of each sentence in `text`."""
        at = 0
        for match in STOP.finditer(self.text):
            if NO_STOP.search(self.text[max(at, match.start() - SHORT) : match.start()]):
                continue
            yield from self._cut(at, match.start())
            at = match.end()
        if at < len(self.text):
            yield from self._cut(at, len(self.text))

    def _cut(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """A sentence whole, or in pieces cut at spaces where it is no sentence but a list or a formula's ruins."""
        while end - start > LONGEST:
            space = self.text.rfind(" ", start, start + LONGEST)
            stop = space if space > start else start + LONGEST
            yield start, stop
            start = stop + (space > start)
        if start < end:
            yield start, end


def blocks(pages: Sequence[Page], last_page: int) -> Iterator[Block]:
    """Paragraph-like blocks of all pages but the references; tables, captions and figures left out."""
    section = Heading()
    cited = False
    top = 0
    for page in pages:
        if not page.layouts:
            continue
        view = page.layouts[0].view
        barred = [t.box.grown(1) for v, t in page.tables if v is view]
        barred += [k.box for k in page.captions[0]] + list(view.figures)
        lines: list[Line] = []
        tokens: list[Token] = []
        for line, flowed in zip(page.lines, page.flows[0], strict=True):
            box = line.box
            if page.number >= last_page and REFERENCES.match(line.text):
                cited = True
            elif cited and APPENDIX.match(line.text.strip()) and _stands_out(line, page):
                cited = False
            heading = _heading(line)
            if heading is not None and not _in_turn(heading, top):
                heading = None
            elif heading is not None and heading.number.partition(".")[0].isdigit():
                top = int(heading.number.partition(".")[0])
            outside = cited or any(b.holds(box.cx, box.cy) for b in barred)
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
                section = heading.after(section)
                if not ABSTRACT.match(line.text) or len(line.words) < 3:
                    continue
            lines.append(line)
            tokens.extend(flowed)
        if tokens:
            yield _block(page.number, section, lines, tokens)


def _in_turn(heading: Heading, top: int) -> bool:
    """Whether a numbered heading can follow: not the ticks of an axis, nor a quantity at a line's start."""
    number = heading.number.partition(".")[0]
    return not number.isdigit() or top <= int(number) <= top + 3


def _stands_out(line: Line, page: Page) -> bool:
    """Set as a heading: bold, in capitals, or larger than most of its page."""
    sizes = sorted(other.size for other in page.lines)
    return line.words[0].bold or line.text.isupper() or line.size > 1.05 * sizes[len(sizes) // 2]


def _heading(line: Line) -> Heading | None:
    """The section that a line opens; None where it opens none."""
    text = line.text.strip()
    if ABSTRACT.match(text):
        return Heading("Abstract")
    if len(text) > 80 or "%" in text or len(re.findall(r"\d+\.\d", text)) > 1:
        return None
    strong = line.words[0].bold or line.words[-1].bold or text.isupper()
    if (
        (found := HEADING.match(text))
        and (strong or re.match(r"\d", text))
        and not re.search(r"\d\s*%|=", text)
    ):
        return Heading(f"Section {found['number']}", found["number"], found["title"])
    if found := NAMED.match(text):
        title = found["title"].strip()
        return Heading(title.capitalize() if text.isupper() else title, "", title)
    if strong and len(line.words) <= 8 and not text.endswith((".", ",")) and all(w.bold for w in line.words):
        return Heading(text, "", text)
    return None


def _block(page: int, section: Heading, lines: list[Line], tokens: list[Token]) -> Block:
    starts, at = [], 0
    for token in tokens:
        starts.append(at)
        at += len(token.text) + 1
    return Block(page, section, lines, tokens, " ".join(t.text for t in tokens), starts)
