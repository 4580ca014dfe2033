"""What a table's axes stand for: methods, datasets, metrics, splits or settings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from p2n_ext.documents.grid import Grid
from p2n_ext.documents.rows import Cell

from .context import Context
from .lexicon import METHOD_WORDS, STUB_DATASET, STUB_METHOD, STUB_METRIC, is_metric, metric_in, split_in
from .names import cited, clean, heading_text, own

CONTINUES = re.compile(r"(?:\+|&|[-–] ?|(?:with|without|w/o?|and|plus)\b)", re.IGNORECASE)


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
    parent = ""
    fresh = True
    for index, row in enumerate(grid.rows):
        if row.header:
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


def _repeated_stubs(grid: Grid) -> set[int]:
    """Columns that name rows anew: a table folded into two halves repeats its first heading."""
    heads = [c for r in grid.rows if r.header for c in r.cells]
    first = {c.text for c in heads if c.first == 0 and c.last < max(grid.stubs, 1)}
    return {c.first for c in heads if c.first >= grid.stubs and c.text in first}


def _over(levels: list[list[Cell]], cells: list[Cell], stubs: int, fresh: bool) -> list[list[Cell]]:
    """Headings after one more row of them; later ones replace those of their columns, except in one block."""
    if fresh:
        return [*levels, cells]
    covered = {k for c in cells if c.last >= stubs for k in range(c.first, c.last + 1)}
    single = [c for level in levels for c in level if c.last >= stubs and c.first == c.last]
    if all(c.first in covered for c in single):
        # the same columns again: upper levels that span them stay
        kept = [[c for c in level if c.first != c.last] for level in levels]
        return [*(level for level in kept if level), cells]
    kept = [[c for c in level if not set(range(c.first, c.last + 1)) <= covered] for level in levels]
    last = [c for c in cells if c.last >= stubs]
    if kept:
        return [*kept[:-1], [*kept[-1], *last]]
    return [last]


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
    axes: dict[tuple[str, int], Axis] = {}
    for cell in cells:
        for key, text in cell.texts.items():
            axis = axes.setdefault(key, Axis(key[0], key[1], "", []))
            if text not in axis.strings:
                axis.strings.append(text)
    corner = [c for r in grid.rows[:4] if r.header for c in r.cells if c.first < grid.stubs]
    for (kind, level), axis in axes.items():
        if kind == "stub":
            axis.head = grid.heads.get(level) or " ".join(
                c.text for c in corner if c.first <= level <= c.last
            )
    return list(axes.values())


def assign_roles(axes: Sequence[Axis], context: Context, caption: str) -> None:
    """Give each axis its role. At most one stub axis and one column level hold the methods."""
    for axis in axes:
        axis.scores = _scores(axis, context)
        axis.role = max(axis.scores, key=lambda r: axis.scores[r])
        if axis.scores[axis.role] < 0.3:
            axis.role = Role.SETTING
    if not any(a.role is Role.METRIC for a in axes):
        for axis in axes:
            if axis.scores[Role.METRIC] >= 0.3:
                axis.role = Role.METRIC
                break
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


def _first_free(axes: Sequence[Axis], role: Role, caption: str, context: Context) -> None:
    """With no evidence on the headings: rows are methods, then columns; the other axis may be datasets."""
    free = [
        a
        for a in axes
        if a.role is Role.SETTING and len(a.strings) > 1 and not any(map(is_metric, a.strings))
    ]
    if role is Role.METHOD:
        free.sort(key=lambda a: (a.kind != "stub", a.level))
        free = [a for a in free if a.scores[Role.SPLIT] < 0.5 and _names(a)] or [
            a for a in axes if a.role is Role.SETTING and a.kind != "column" and _names(a)
        ]
    else:
        free = [a for a in free if a.kind == "column" and _names(a) and context.dataset_in(caption) is None]
        free.sort(key=lambda a: a.level)
    if free:
        free[0].role = role


def _names(axis: Axis) -> bool:
    """Headings that are words, not numbers."""
    return sum(bool(re.search(r"[A-Za-z]{2}", s)) for s in axis.strings) * 2 > len(axis.strings)


def _scores(axis: Axis, context: Context) -> dict[Role, float]:
    strings = [s for s in axis.strings if s.strip()]
    n = max(len(strings), 1)
    metric = sum(is_metric(s) for s in strings) / n
    dataset = sum(context.dataset_in(clean(s)) is not None for s in strings) / n
    method = sum(bool(METHOD_WORDS.search(s)) or cited(s) or own(s) for s in strings) / n
    split = sum(bool(split_in(s)) and metric_in(s) is None for s in strings) / n
    if axis.head:
        if STUB_DATASET.search(axis.head):
            dataset += 0.6
        elif STUB_METHOD.search(axis.head):
            method += 0.6
        elif STUB_METRIC.search(axis.head) or is_metric(axis.head):
            metric += 0.3
    return {
        Role.METRIC: metric * 1.1,
        Role.METHOD: method,
        Role.DATASET: dataset * 1.05,
        Role.SPLIT: split * 0.9,
        Role.SETTING: 0.0,
    }
