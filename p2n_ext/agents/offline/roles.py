"""What a table's axes stand for: methods, datasets, metrics, splits or settings."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from p2n_ext.documents.cells import Atom
from p2n_ext.documents.grid import Grid
from p2n_ext.documents.rows import Cell

from .context import Context
from .lexicon import (
    ARROW,
    MEASURES,
    METHOD_WORDS,
    STUB_DATASET,
    STUB_METHOD,
    STUB_METRIC,
    TRAINED_ON,
    is_metric,
    metric_in,
    no_result,
    split_in,
)
from .names import cited, clean, heading_text, own

AGGREGATE = re.compile(
    r"(?:mean|median|average|avg\.?|max(?:imum)?|min(?:imum)?|best|worst|overall)", re.IGNORECASE
)
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


def value_cells(grid: Grid) -> list[ValueCell]:
    """Every cell of numbers with the headings that hold for it."""
    found: list[ValueCell] = []
    levels: list[list[Cell]] = []
    section: Cell | None = None
    carried: dict[int, Cell] = {}
    again = _repeated_stubs(grid)
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
        stubs = {c.first: c for c in row.cells if c.first < grid.stubs}
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


def assign_roles(axes: Sequence[Axis], context: Context, caption: str) -> None:
    """Give each axis its role. At most one stub axis and one column level hold the methods."""
    told = bool(context.caption_dataset(caption))
    _mark_levels(axes, caption)
    for axis in axes:
        axis.metrical = [s for s in axis.strings if is_metric(s) or context.brief.named(s)]
        axis.scores = _scores(axis, context)
        other = not STUB_DATASET.search(axis.head) or TRAINED_ON.search(axis.head)
        beside = axis.level > 0 and any(a.kind == "column" and a.level == 1 and not a.metrical for a in axes)
        if told and axis.kind == "stub" and (axis.head or beside) and other:
            # the caption names the data: "Retrieval set" or "Trained on" is then a setting
            axis.scores[Role.DATASET] = 0.0
        if axis.over_levels:
            axis.scores = dict.fromkeys(axis.scores, 0.0)
            axis.metrical = []
        axis.role = max(axis.scores, key=lambda r: axis.scores[r])
        if axis.scores[axis.role] < 0.3:
            axis.role = Role.SETTING
    _mark_conditions(axes)
    if not any(a.role is Role.METRIC for a in axes):
        for axis in axes:
            worded = axis.role is Role.METHOD and not any(map(is_metric, axis.strings))
            if axis.scores[Role.METRIC] >= 0.3 and not (worded and axis.metrical):
                axis.role = Role.METRIC
                break
    if any(a.role is Role.METRIC and a.metrical for a in axes):
        for axis in axes:
            if axis.kind == "stub" and axis.role is Role.METRIC and not axis.metrical:
                # "Score" over the names of scoring functions, beside columns of metrics
                axis.role = Role.SETTING
    methods = [a for a in axes if a.role is Role.METHOD]
    if len(methods) > 1:
        best = max(
            methods, key=lambda a: (a.scores[Role.METHOD] + (0.25 if a.kind == "stub" else 0), len(a.strings))
        )
        for axis in methods:
            if axis is not best:
                axis.role = Role.SETTING
    if not methods:
        _first_free(axes, Role.METHOD, caption, context)
    if not any(a.role is Role.DATASET for a in axes):
        _first_free(axes, Role.DATASET, caption, context)


def _mark_conditions(axes: Sequence[Axis]) -> None:
    """Columns "without X" and "with X" beside rows of metrics are methods, whatever else they say."""
    rows = any(a.kind == "stub" and len(a.metrical) == len(a.strings) for a in axes)
    for axis in axes:
        bare = {re.sub(r"\b(?:without|with|w/o|w/)\s", "", s.lower()) for s in axis.strings}
        if rows and axis.kind == "column" and not axis.metrical and len(bare) == 1 < len(axis.strings):
            axis.role = Role.METHOD
            axis.scores[Role.METHOD] = max(axis.scores[Role.METHOD], 0.6)
            axis.scores[Role.METRIC] = 0.0


def _mark_levels(axes: Sequence[Axis], caption: str) -> None:
    columns = {a.level: a for a in axes if a.kind == "column"}
    for level, axis in columns.items():
        below = columns.get(level - 1)
        if below is None or len(axis.strings) > 2 or len(below.strings) < 2:
            continue
        bare = [bool(re.fullmatch(r"[\d.,/%\s]+(?:\(.*\))?|full.*|all", s)) for s in below.strings]
        text = " ".join(axis.strings)
        measure = metric_in(text) or (MEASURES.search(text) and metric_in(caption) is None)
        axis.over_levels = sum(bare) >= 0.8 * len(bare) and not measure


def _first_free(axes: Sequence[Axis], role: Role, caption: str, context: Context) -> None:
    """With no evidence on the headings: rows are methods, then columns; the other axis may be datasets."""
    free = [
        a
        for a in axes
        if a.role is Role.SETTING
        and len(a.strings) > 1
        and not a.metrical
        and sum(map(no_result, a.strings)) * 2 <= len(a.strings)
    ]
    if role is Role.METHOD:
        free.sort(key=lambda a: (a.kind != "stub", a.level))
        free = [a for a in free if a.scores[Role.SPLIT] < 0.5 and _names(a) and not no_result(a.head)] or [
            a for a in axes if a.role is Role.SETTING and a.kind != "column" and _names(a)
        ]
    else:
        by_columns = any(a.role is Role.METHOD and a.kind == "column" for a in axes)
        free = [
            a
            for a in free
            if _names(a)
            and not all(AGGREGATE.fullmatch(s) or s.startswith((">", "<", "#")) for s in a.strings)
            and (by_columns and _data(a, context) if a.kind == "stub" else a.kind == "column" or a.level == 1)
        ]
        # blocks under names of their own come before columns
        free.sort(key=lambda a: (a.kind != "section", a.kind != "column", a.level))
    if free:
        free[0].role = role


def _data(axis: Axis, context: Context) -> bool:
    """Whether rows may stand for data: by their heading, or by how the text speaks of them."""
    if STUB_DATASET.search(axis.head):
        return True
    leanings = [context.leaning(clean(s)) for s in axis.strings]
    return len(leanings) > 2 and sum(leanings) > -0.1 * len(leanings)


def _names(axis: Axis) -> bool:
    """Headings that are words, not numbers; rows may be named by single letters."""
    word = r"[A-Za-z]{2}" if axis.kind == "column" else r"[A-Za-z]"
    return sum(bool(re.search(word, s)) for s in axis.strings) * 2 > len(axis.strings)


def _scores(axis: Axis, context: Context) -> dict[Role, float]:
    strings = [s for s in axis.strings if s.strip()]
    n = max(len(strings), 1)
    metric = _metric_share(axis, strings)
    dataset = method = 0.0
    for s in strings:
        lean = context.leaning(clean(s))
        named = context.dataset_in(clean(s)) is not None
        told = bool(METHOD_WORDS.search(s)) or own(s) or (cited(s) and lean < 0.3)
        if re.search(r"\w \+ \w", s):
            # what is added to something is a part of a method
            told, named = True, False
        dataset += 1.0 if named and lean > -0.5 else max(0.0, lean)
        method += 1.0 if told else max(0.0, -lean)
    split = (
        sum(
            bool(split_in(s)) and metric_in(s) is None and not (no_result(s) or MEASURES.search(s))
            for s in strings
        )
        / n
    )
    dataset, method = dataset / n, method / n
    formulas = sum(bool(re.search(r"[=∑Θθ∥√]|\)\s?[A-Z]", s)) for s in strings) / n
    method *= 1 - formulas
    if axis.head:
        # "Tasks: 8, 12, 16" counts them; "Data set id: 001, 002" names them
        worded = sum(bool(re.search(r"[A-Za-z]{2}", s)) for s in strings) * 2 >= n
        worded = worded or bool(
            re.search(r"\bdata ?sets?\b|\bids?\b|\bsubjects?\b", axis.head, re.IGNORECASE)
        )
        if STUB_DATASET.search(axis.head) and not TRAINED_ON.search(axis.head):
            dataset += 0.6 if worded else 0.0
        elif STUB_METHOD.search(axis.head):
            method += 0.6 * (1 - formulas)
        elif STUB_METRIC.search(axis.head):
            metric += 0.3
    return {
        Role.METRIC: metric * 1.1,
        Role.METHOD: method,
        Role.DATASET: dataset * 1.05,
        Role.SPLIT: split * 0.9,
        Role.SETTING: 0.0,
    }


def _metric_share(axis: Axis, strings: Sequence[str]) -> float:
    """How many headings name metrics; beside one of these, properties and other measures are of its kind."""
    certain: float = sum(s in axis.metrical or bool(ARROW.search(s)) for s in strings)
    others = 0
    worded = any(METHOD_WORDS.search(s) and s not in axis.metrical for s in strings)
    if certain and worded and not any(is_metric(s) or ARROW.search(s) for s in strings):
        # one of the paper's own short forms beside methods is a metric among them
        return certain / max(len(strings), 1)
    if not certain and axis.kind == "column" and not any(METHOD_WORDS.search(s) for s in strings):
        certain = 0.6 * sum(bool(MEASURES.search(s)) for s in strings)
    if certain and (axis.kind == "column" or (axis.kind == "stub" and not axis.head)):
        others = sum(
            not is_metric(s) and (no_result(s) or bool(MEASURES.search(s)) or len(s) <= 2) for s in strings
        )
    return (certain + 0.6 * others) / max(len(strings), 1)
