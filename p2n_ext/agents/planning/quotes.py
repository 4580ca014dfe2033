"""The paper's sentences and lines, and quotes that cannot be made unless they stand on their page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from p2n_schemas.claims import Quote

from ...catalog import methods
from ...catalog.methods import Mention
from ...catalog.names import soften

T = TypeVar("T")
_MAX_QUOTE = 600
# abbreviations and section numbers end no sentence
_END = re.compile(
    r"(?<=[.!?])(?<!Eq\.)(?<!Eqs\.)(?<!Fig\.)(?<!al\.)(?<!e\.g\.)(?<!i\.e\.)(?<!vs\.)(?<!Sec\.)\s+(?=[\"“(\[]?[A-Z0-9])"
)
_HEADING = re.compile(r"(?:\d+(?:\.\d+)*\.?|[A-Z]\.|[IVX]+\.) [A-Z][^.!?]{2,70}|[A-Z][A-Z &-]{5,60}|Abstract")
_REFERENCES = re.compile(r"(?:\d+\.? )?(?:References|REFERENCES|Bibliography|BIBLIOGRAPHY)")
_OTHERS = (
    re.compile(r"(?:^|[.,;:] )\[\d+\]\s+(?:\w+ed|used|uses|has|had|have|shows?)\b"),
    re.compile(r"\bet al\.?,? (?:\[\d+\] |\(\d{4}\) )?(?:\w+ed|used|found|showed?)\b"),
    re.compile(r"^(?:The |the )?(?:findings?|studies|study|results?|work) (?:of|by) ?\[\d+\]"),
    re.compile(r"\bin \[\d+\], (?:\w+ )?(?:was|were|is|are)\b"),
    re.compile(
        r"^(?:Prior|Previous|Earlier|Related|Other) (?:stud(?:y|ies)|works?|research|papers|authors)\b"
    ),
    re.compile(r"^Their\b"),
)
_MODAL = re.compile(
    r"\b(?:should|must|could|would|future|instead of|not applicable|such as|for example|(?:be|been) replaced|"
    r"recommend|advise[sd]?|may be)\b"
)


def folded(text: str) -> str:
    """White space folded to single spaces."""
    return re.sub(r"\s+", " ", text).strip()


@dataclass(frozen=True)
class Sentence:
    """A sentence of the paper: as it stands (white space folded) and softened for reading."""

    page: int
    text: str
    soft: str

    @cached_property
    def own(self) -> bool:
        """False where it tells of others' work."""
        return not any(pattern.search(self.text) for pattern in _OTHERS)

    @cached_property
    def factual(self) -> bool:
        """False where it speaks of what might or should be done."""
        return not _MODAL.search(self.soft)

    @cached_property
    def mentions(self) -> list[Mention]:
        """The methods that it names."""
        return methods.mentions(self.soft)


class Pages:
    """The paper's text by page (1-based), the only source of quotes."""

    def __init__(self, page_texts: Sequence[str]) -> None:
        self._raw = list(page_texts)
        self._folded = [folded(text) for text in page_texts]
        self._sentences: list[Sentence] | None = None
        self._found: dict[tuple[Callable[[str, str], Any], str], Any] = {}

    def once(self, look: Callable[[str, str], T], name: str) -> T:
        """What `look` finds for a name in the whole text; looked for once, for a table prints a name a hundred times."""
        if (look, name) not in self._found:
            self._found[look, name] = look(name, self.whole)
        found: T = self._found[look, name]
        return found

    @cached_property
    def whole(self) -> str:
        return " ".join(self._folded)

    def text(self, page: int) -> str:
        """A page's text, white space folded; empty for a page that is not there."""
        return self._folded[page - 1] if 1 <= page <= len(self._folded) else ""

    def caption(self, label: str, page: int) -> str | None:
        """The words of a table's or figure's caption up to its first full stop, without its label."""
        found = re.search(rf"(?<!\w){re.escape(label)} ?[:.] ?([^.]{{3,300}})", self.text(page))
        return found.group(1) if found else None

    def holds(self, page: int, text: str) -> bool:
        """Whether `text` stands on the page, white space folded on both sides."""
        return 1 <= page <= len(self._folded) and bool(text) and folded(text) in self._folded[page - 1]

    def quote(self, page: int, text: str) -> Quote:
        """A quote that was found on its page; raises ValueError for any other."""
        clean = folded(text)
        if not self.holds(page, clean):
            raise ValueError(f"not on page {page}: {clean[:80]!r}")
        return Quote(text=clean, page=page)

    def lines(self) -> Iterator[tuple[int, list[str]]]:
        """The lines of each page, white space folded."""
        for number, text in enumerate(self._raw, 1):
            yield number, [folded(line) for line in text.splitlines()]

    def sentences(self) -> list[Sentence]:
        """All sentences of a readable length, in order; tables and the list of references are left out."""
        if self._sentences is None:
            self._sentences = list(self._read())
        return self._sentences

    def _read(self) -> Iterator[Sentence]:
        for number, lines in self.lines():
            for paragraph in _paragraphs(lines):
                if number > len(self._raw) // 2 and _REFERENCES.fullmatch(paragraph):
                    return
                for part in _END.split(paragraph):
                    if 15 <= len(part) <= _MAX_QUOTE and self.holds(number, part):
                        yield Sentence(number, part, soften(re.sub(r"(?<=[a-z])- (?=[a-z])", "", part)))


def _paragraphs(lines: list[str]) -> Iterator[str]:
    """Runs of prose lines joined; a heading stands alone, a line of a table is dropped."""
    run: list[str] = []
    for line in lines:
        if _tabular(line) or _HEADING.fullmatch(line) or _REFERENCES.fullmatch(line):
            if run:
                yield " ".join(run)
            run = []
            if not _tabular(line):
                yield line
        elif line:
            run.append(line)
    if run:
        yield " ".join(run)


def _tabular(line: str) -> bool:
    """A short line without a sentence in it: formulas, cells, folios."""
    words = line.split()
    numbers = sum(1 for word in words if re.fullmatch(r"[≈±<>~]?[\d.,]+(?:e-?\d+)?[%,;]?|[±–—-]|N/A", word))
    longest = max((len(word) for word in re.findall(r"[A-Za-z]+", line)), default=0)
    formula = longest < 2 or (longest < 4 and "=" in line)
    return (numbers >= 2 and numbers >= 0.5 * len(words)) or formula
