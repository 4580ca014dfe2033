"""Every number of a paper with the place where it stands: a cell of a table, or a line of text."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from p2n_ext.agents.offline.clauses import Vocabulary
from p2n_ext.agents.offline.context import Context, context_of_text
from p2n_ext.agents.offline.lexicon import is_metric
from p2n_ext.agents.offline.numbers import Printed, numbers_in
from p2n_ext.agents.offline.prose import vocabulary_of
from p2n_ext.agents.offline.whose import is_dataset
from p2n_ext.protocols import CellBox, LineBox, PageLayout, TableBox

from ..likeness import Text, likeness, words_of

_DASHES = str.maketrans("−–‐‑", "----")
_ABSTRACT = re.compile(r"\b(?:abstract|a b s t r a c t|summary)\b[.:—-]?\s", re.IGNORECASE)
_CONTINUES = re.compile(r"(?:with(?:out)?\b|w/|[+&]|and\b)", re.IGNORECASE)
_AFTER_ABSTRACT = re.compile(r"\b(?:keywords?|index terms|ccs concepts|introduction)\b", re.IGNORECASE)
LONGEST_ABSTRACT = 3000
AROUND = 2
ABOVE = 25


@dataclass(frozen=True)
class Place:
    """Where a number is printed. `line` is the one that holds it, the page's `at`th, `near` those around it; `cell` with
    its `table`, or neither."""

    page: PageLayout
    line: LineBox
    above: tuple[LineBox, ...]
    near: tuple[LineBox, ...]
    number: Printed
    table: TableBox | None = None
    cell: CellBox | None = None
    alone: bool = True
    at: int = 0


@dataclass(frozen=True)
class Headings:
    """A table's headings with their words; `continuing` are those of rows that go on the name above: "with Dropout"."""

    words: Mapping[str, frozenset[str]]
    joined: frozenset[str]
    continuing: tuple[str, ...]

    @classmethod
    def of(cls, table: TableBox) -> Headings:
        words = {
            h: frozenset(words_of(h)) for h in dict.fromkeys(h for c in table.cells for h in headings_of(c))
        }
        rows = dict.fromkeys(h for c in table.cells for h in c.row_headings)
        return cls(
            words,
            frozenset("".join(words_of(h)) for h in words),
            tuple(h for h in rows if _CONTINUES.match(h)),
        )


class PaperText:
    """A paper's layout, indexed by its numbers. Building it takes time in proportion to the paper."""

    def __init__(self, pages: Sequence[PageLayout]) -> None:
        self.pages = pages
        self.whole = Text(page.text for page in pages)
        self.by_page = {page.number: Text([page.text]) for page in pages}
        self.abstract = _abstract(pages)
        self.abstract_numbers = frozenset(key_of(n) for n in numbers_in(self.abstract))
        self._places: dict[str, list[Place]] = defaultdict(list)
        self._headings: dict[int, Headings] = {}
        self._likest: dict[tuple[int, str], tuple[float, str]] = {}
        for page in pages:
            self._index(page)

    def places(self, key: str) -> Sequence[Place]:
        """Where a number stands, by its key; in the order of the pages, cells before lines."""
        return self._places.get(key, ())

    @cached_property
    def context(self) -> Context:
        """What the running text tells of datasets and of the paper's own methods."""
        return context_of_text("\n".join(page.text for page in self.pages), self.abstract)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The short forms that the paper gives for metrics."""
        return vocabulary_of(self.context, ())

    @cached_property
    def row_names(self) -> tuple[str, ...]:
        """What rows of the paper's tables are called, the longest first."""
        tables = (table for page in self.pages for table in page.tables)
        names = {name for table in tables for cell in table.cells for name in cell.row_headings}
        named = (n for n in names if 2 <= len(n) <= 40 and not is_metric(n))
        no_data = (n for n in named if not is_dataset(n, self.context))
        return tuple(sorted(no_data, key=lambda n: (-len(n), n)))

    def headings(self, table: TableBox) -> Headings:
        """Every heading of a table's cells, alone and joined."""
        if id(table) not in self._headings:
            self._headings[id(table)] = Headings.of(table)
        return self._headings[id(table)]

    def likest(self, name: str, table: TableBox) -> tuple[float, str]:
        """The heading of a table that says a name best, and how well."""
        key = (id(table), name)
        if key not in self._likest:
            every = self.headings(table).words
            self._likest[key] = max(((likeness(name, h), h) for h in every), default=(0.0, ""))
        return self._likest[key]

    def to_locate(self) -> list[tuple[int, str]]:
        """Page and print of the numbers that could be results and whose line or cell prints more than them."""
        return [
            (place.page.number, place.number.text)
            for places in self._places.values()
            for place in places
            if (not place.alone if place.cell else place.table is None) and "." in place.number.text
        ]

    def _index(self, page: PageLayout) -> None:
        in_cells: set[tuple[str, int]] = set()
        for table in page.tables:
            for cell in table.cells:
                numbers = numbers_in(cell.text)
                for number in numbers:
                    found = _line_of(page, cell, number)
                    if found is None:
                        continue
                    in_cells.add((key_of(number), found))
                    self._places[key_of(number)].append(
                        Place(page, page.lines[found], (), (), number, table, cell, len(numbers) == 1, found)
                    )
        for at, line in enumerate(page.lines):
            above = page.lines[max(0, at - ABOVE) : at]
            near = page.lines[max(0, at - AROUND) : at + AROUND + 1]
            around = next((t for t in page.tables if t.box.overlap(line.box) > 0.5), None)
            for number in numbers_in(line.text):
                if (key_of(number), at) not in in_cells:
                    self._places[key_of(number)].append(Place(page, line, above, near, number, around, at=at))


def headings_of(cell: CellBox) -> Iterator[str]:
    """A cell's headings one by one, and those of its row, of its column and of both together."""
    yield from cell.row_headings
    yield from cell.column_headings
    for joined in (cell.row_headings, cell.column_headings, (*cell.row_headings, *cell.column_headings)):
        if len(joined) > 1:
            yield " ".join(joined)


def key_of(number: Printed) -> str:
    """A number as printed, without percent sign, thousands' commas and the choices of dash and leading zero."""
    text = number.text.translate(_DASHES).rstrip("% ").replace(",", "").lstrip("+").lower()
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    return f"{sign}0{digits}" if digits.startswith(".") else sign + digits


def proposed_number(printed: str) -> Printed | None:
    """The one number that a proposal prints; None where there is none, or more than that."""
    numbers = numbers_in(printed)
    if len(numbers) != 1:
        return None
    number = numbers[0]
    rest = printed[number.end :]
    if number.beside is not None:
        rest = rest.replace(number.beside.printed, "", 1)
    around = printed[: number.start] + rest
    return None if re.search(r"\d", around) else number


def _line_of(page: PageLayout, cell: CellBox, number: Printed) -> int | None:
    """The index of the line that prints a cell's number; None where no line does."""
    best: tuple[float, int] | None = None
    wanted = "".join(number.text.split())
    for at, line in enumerate(page.lines):
        share = cell.box.overlap(line.box)
        if share > 0.3 and wanted in "".join(line.text.split()) and (best is None or share > best[0]):
            best = (share, at)
    return best[1] if best else None


def _abstract(pages: Sequence[PageLayout]) -> str:
    head = "\n".join(page.text for page in pages[:2])[:12_000]
    begin = _ABSTRACT.search(head)
    if begin is None:
        return ""
    rest = head[begin.end() : begin.end() + LONGEST_ABSTRACT]
    end = _AFTER_ABSTRACT.search(rest)
    return rest[: end.start() if end else len(rest)]
