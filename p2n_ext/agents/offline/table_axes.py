"""The axes of a table: its cells of numbers, each with the headings that hold for it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from p2n_ext.documents.cells import Atom
from p2n_ext.documents.grid import Grid
from p2n_ext.documents.rows import Cell

from .lexicon import is_metric
from .names import clean, heading_text

# "- / B / -" is a row of slots, and adds to no row above it
CONTINUES = re.compile(r"(?:\+|&|[-–] ?(?![\s/|,]|$)|(?:with|without|w/o?|and|plus)\b)", re.IGNORECASE)


class Role(StrEnum):
    METHOD = "method"
    DATASET = "dataset"
    METRIC = "metric"
    SPLIT = "split"
    SETTING = "setting"


@dataclass(slots=True)
class Axis:
    """Headings of one kind: a stub column, the section rows, or a level of column headings."""

    kind: str
    level: int
    head: str
    strings: list[str]
    role: Role = Role.SETTING
    scores: dict[Role, float] = field(default_factory=dict)
    metrical: list[str] = field(default_factory=list)
    """those of the headings that name metrics"""
    over_levels: bool = False
    """whether the headings below these are bare numbers: levels of what these name"""
    unheard: bool = False
    """whether nothing speaks for these headings being data sets, in a table whose caption names the data"""


@dataclass(slots=True)
class ValueCell:
    """A cell of numbers with its headings by axis: ("stub", 0) → text."""

    cell: Cell
    row: int
    column: int
    texts: dict[tuple[str, int], str]


def lettered(texts: Sequence[str]) -> set[str]:
    """Three headings or more that letter their columns from A on: names of what stands there, no symbols."""
    found = {t for t in texts if re.fullmatch(r"[A-Z]|[a-z]", t)}
    for first in "Aa":
        run = list(itertools.takewhile(lambda c: c in found, map(chr, range(ord(first), ord(first) + 26))))
        if len(run) >= 3:
            return set(run)
    return set()


def _answers(grid: Grid) -> set[int]:
    """Columns of words that say the same few words again and again ("lower", "higher"): what was found, no names."""
    words: dict[int, set[str]] = {}
    cells: dict[int, int] = {}
    for row in grid.rows:
        for cell in row.cells if not (row.header or row.section) else ():
            if 0 < cell.first == cell.last < grid.stubs:
                words.setdefault(cell.first, set()).add(cell.text.lower())
                cells[cell.first] = cells.get(cell.first, 0) + 1
    told = set().union(*words.values())
    return set(words) if len(words) >= 3 and len(told) <= 3 and sum(cells.values()) >= 9 else set()


def value_cells(grid: Grid) -> list[ValueCell]:
    """Every cell of numbers with the headings that hold for it."""
    found: list[ValueCell] = []
    levels: list[list[Cell]] = []
    section: Cell | None = None
    carried: dict[int, Cell] = {}
    again, answers = _repeated_stubs(grid), _answers(grid)
    parent = corner = ""
    stacked = _stacked(grid)
    fresh = True
    for index, row in enumerate(grid.rows):
        if row.header:
            named = [heading_text(c.atom.words) for c in row.cells if c.last < grid.stubs]
            corner = " ".join([corner, *named] if fresh else named or [corner]).strip()
            levels = _over(levels, row.cells, grid.stubs, fresh)
            if not fresh:
                section = None
            fresh = True
            continue
        fresh = False
        if row.section:
            section, carried = row.cells[0], {}
            continue
        stubs = {c.first: c for c in row.cells if c.first < grid.stubs and c.first not in answers}
        if not stubs and row.cells and not row.cells[0].atom.numeric and row.cells[0].first <= grid.stubs:
            stubs = {0: row.cells[0]}
        if stubs:
            lowest = min(stubs)
            carried = {k: v for k, v in carried.items() if k < lowest} | stubs
        texts = {("stub", k): heading_text(v.atom.words) for k, v in carried.items()}
        if 0 in carried:
            own_text = texts["stub", 0]
            if CONTINUES.match(own_text):
                texts["stub", 0] = f"{parent} {own_text}".strip()
            elif own_text:
                parent = clean(own_text)
        if corner and (is_metric(corner) or stacked):
            texts["section", 1] = corner
        if section is not None:
            texts["section", 0] = heading_text(section.atom.words)
        here = dict(texts)
        for cell in row.cells:
            if cell.first in again and not cell.atom.numeric:
                here["stub", 0] = heading_text(cell.atom.words)
            if cell.first < grid.stubs or not cell.atom.numeric:
                continue
            heads = _headings(levels, cell, grid.stubs)
            found.append(ValueCell(cell, index, cell.first, here | heads))
    return found


def _stacked(grid: Grid) -> bool:
    """Blocks one above the other, each with a heading of its own for its names."""
    corners: set[str] = set()
    previous = False
    for row in grid.rows:
        named = [c.text for c in row.cells if row.header and c.last < grid.stubs]
        corners.update(named[:1] if not previous else named[-1:])
        previous = row.header
    starts = sum(b.header and not a.header for a, b in itertools.pairwise(grid.rows))
    return starts >= 1 and len(corners) > 1


def _repeated_stubs(grid: Grid) -> set[int]:
    """Columns that name rows anew: a table folded into two halves repeats its first heading."""
    heads = [c for r in grid.rows if r.header for c in r.cells]
    first = {c.text for c in heads if c.first == 0 and c.last < max(grid.stubs, 1)}
    return {c.first for c in heads if c.first >= grid.stubs and c.text in first}


def _over(levels: list[list[Cell]], cells: list[Cell], stubs: int, fresh: bool) -> list[list[Cell]]:
    """Headings after one more row of them; later ones replace those of their columns, except in one block."""
    if fresh:
        return [*levels, cells]
    cells = _spread_over(levels, cells, stubs)
    covered = {k for c in cells if c.last >= stubs for k in range(c.first, c.last + 1)}
    single = [c for level in levels for c in level if c.last >= stubs and c.first == c.last]
    if all(c.first in covered for c in single):
        # the same columns again: upper levels that span them stay, but for those that have a successor
        again = {(c.first, c.last) for c in cells}
        kept = [
            [c for c in level if c.first != c.last and (c.first, c.last) not in again] for level in levels
        ]
        return [*(level for level in kept if level), cells]
    kept = [[c for c in level if not set(range(c.first, c.last + 1)) <= covered] for level in levels]
    last = [c for c in cells if c.last >= stubs]
    if kept:
        return [*kept[:-1], [*kept[-1], *last]]
    return [last]


def _spread_over(levels: list[list[Cell]], cells: list[Cell], stubs: int) -> list[Cell]:
    """A later block's upper headings with the spans of those that they succeed: a block has the first one's columns."""
    upper = [c for level in levels for c in level if c.first < c.last and c.first >= stubs]
    lowest = [c for c in levels[-1] if c.first >= stubs] if levels else []
    places = {(c.first, c.last) for c in upper}
    names = [c for c in cells if c.first >= stubs]
    groups = {s: [c for c in names if s[0] <= c.first and c.last <= s[1]] for s in places}
    whole = sum(map(len, groups.values())) == len(names) < len(lowest) and all(groups.values())
    # the spans lie side by side, and the headings below them are the narrower ones
    apart = sum(b - a + 1 for a, b in places) == len({k for a, b in places for k in range(a, b + 1)})
    if len(places) < 2 or not whole or not apart:
        return cells
    kept = [c for c in cells if c.first < stubs]
    for (first, last), group in sorted(groups.items()):
        kept.append(Cell(Atom(tuple(w for c in group for w in c.atom.words)), first, last))
    return kept


def _headings(levels: list[list[Cell]], cell: Cell, stubs: int) -> dict[tuple[str, int], str]:
    found = {}
    for level, cells in enumerate(levels):
        over = [h for h in cells if h.first <= cell.first <= h.last and h.last >= stubs]
        if over:
            nearest = min(over, key=lambda h: abs(h.atom.box.cx - cell.atom.box.cx))
            found["column", len(levels) - 1 - level] = heading_text(nearest.atom.words)
    return found


def split_heads(grid: Grid, cells: Sequence[ValueCell]) -> None:
    """A stub headed "Data set, algorithm" whose entries have as many parts is as many stubs."""
    corner = " ".join(
        heading_text(c.atom.words)
        for r in grid.rows[:4]
        if r.header
        for c in r.cells
        if c.first == 0 and c.last < max(grid.stubs, 1)
    )
    for mark in (",", "/", "+"):
        parts = [p for p in corner.split(mark) if p.strip()]
        names = {c.texts.get(("stub", 0), "") for c in cells}
        if len(parts) < 2 or not all(n.count(mark) == len(parts) - 1 for n in names):
            continue
        for cell in cells:
            for k, part in enumerate(cell.texts.pop(("stub", 0)).split(mark)):
                cell.texts["stub", 10 + k] = part.strip()
        grid.heads = {10 + k: p.strip() for k, p in enumerate(parts)}
        return


def axes_of(grid: Grid, cells: Sequence[ValueCell]) -> list[Axis]:
    """The axes that the value cells stand on."""
    strings: dict[tuple[str, int], dict[str, None]] = {}
    for cell in cells:
        for key, text in cell.texts.items():
            strings.setdefault(key, {})[text] = None
    axes = {key: Axis(key[0], key[1], "", list(texts)) for key, texts in strings.items()}
    corner = [c for r in grid.rows[:4] if r.header for c in r.cells if c.first < grid.stubs]
    for (kind, level), axis in axes.items():
        if kind == "stub":
            axis.head = grid.heads.get(level) or " ".join(
                c.text for c in corner if c.first <= level <= c.last
            )
    return list(axes.values())
