"""Headings of a grid: stacked lines joined, levels spread over columns, labels of row groups."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from statistics import median

from .cells import Atom
from .glyphs import Rule
from .rows import Cell, Row

Columns = Sequence[tuple[float, float]]


def join_stacked(rows: list[Row], columns: Columns, stubs: int, rules: Sequence[Rule]) -> None:
    """One heading printed on two lines becomes one cell; what spans columns stays a level of its own."""
    i = 0
    while i + 1 < len(rows):
        upper, lower = rows[i], rows[i + 1]
        if not (upper.header and lower.header) or _ruled_between(upper, lower, rules, columns):
            i += 1
            continue
        size = max(c.atom.words[0].size for c in upper.cells)
        close = lower.baseline - upper.baseline < 0.9 * size
        data_upper = [c for c in upper.cells if c.last >= stubs]
        data_lower = [c for c in lower.cells if c.last >= stubs]
        if data_upper and not data_lower:
            # a heading of the names, set beside the middle of the others
            upper.cells = sorted([*upper.cells, *lower.cells], key=lambda c: c.atom.box.x0)
            del rows[i + 1]
            continue
        dense = 2 * len(data_upper) > len(data_lower)
        kept: list[Cell] = []
        for cell in upper.cells:
            partner = next((c for c in lower.cells if c.first <= cell.first and cell.last <= c.last), None)
            single = cell.first == cell.last
            if single and partner is not None and partner.first == partner.last:
                unit = re.fullmatch(r"\([^()\s]{1,8}\)", partner.text)
                if close or dense or unit or cell.last < stubs or cell.text.endswith("-"):
                    partner.atom = _joined(cell.atom, partner.atom)
                    continue
            elif single and partner is None and (close or dense or cell.last < stubs):
                lower.cells.append(cell)
                lower.cells.sort(key=lambda c: c.atom.box.x0)
                continue
            kept.append(cell)
        upper.cells = kept
        if kept:
            i += 1
        else:
            del rows[i]
            i = max(i - 1, 0)


def _joined(upper: Atom, lower: Atom) -> Atom:
    return Atom((*upper.words, *lower.words))


def _ruled_between(upper: Row, lower: Row, rules: Sequence[Rule], columns: Columns) -> bool:
    width = columns[-1][1] - columns[0][0]
    return any(
        upper.baseline - 1 < r.box.cy < lower.baseline - 2 and r.box.width > 0.1 * width
        for r in rules
        if r.horizontal
    )


def spread_headers(rows: Sequence[Row], columns: Columns, stubs: int, rules: Sequence[Rule]) -> None:
    """Give each heading its columns: those over a partial rule below it, else the columns nearest to it."""
    width = columns[-1][1] - columns[0][0]
    for i, row in enumerate(rows):
        if not row.header:
            continue
        here = row.box.cy
        below = rows[i + 1].box.cy if i + 1 < len(rows) else here
        partial = [
            r.box for r in rules if r.horizontal and here < r.box.cy < below and r.box.width < 0.8 * width
        ]
        heads = [c for c in row.cells if c.last >= stubs]
        for cell in heads:
            box = cell.atom.box
            under = [p for p in partial if p.overlap_x(box) > 0.5 * box.width]
            if under and sum(under[0].overlap_x(h.atom.box) > 0 for h in heads) == 1:
                span = [
                    k
                    for k, (x0, x1) in enumerate(columns)
                    if under[0].x0 - 2 <= (x0 + x1) / 2 <= under[0].x1 + 2
                ]
                if span:
                    cell.first, cell.last = span[0], span[-1]
        last_level = i + 1 >= len(rows) or not rows[i + 1].header
        if not last_level and heads and not partial:
            others = [c for r in rows[:i] if r.header for c in r.cells]
            bars = [
                r.box.cx
                for r in rules
                if not r.horizontal and r.box.top < here + 6 and r.box.bottom > here - 6
            ]
            _share(heads, columns, stubs, others, bars)


def _share(
    heads: list[Cell], columns: Columns, stubs: int, others: Sequence[Cell], bars: Sequence[float]
) -> None:
    """Columns under no heading of an upper level go to the nearest one."""
    single = [c for c in others if c.first == c.last]
    claimed = {k for c in [*heads, *single] for k in range(c.first, c.last + 1)}
    free = [k for k in range(stubs, len(columns)) if k not in claimed]
    for k in free:
        centre = (columns[k][0] + columns[k][1]) / 2
        nearest = min(heads, key=lambda c: abs(c.atom.box.cx - centre))
        if any(min(centre, nearest.atom.box.cx) < x < max(centre, nearest.atom.box.cx) for x in bars):
            continue
        between = range(min(k, nearest.last) + 1, max(k, nearest.first))
        if any(x in claimed and not nearest.first <= x <= nearest.last and x not in free for x in between):
            continue
        nearest.first, nearest.last = min(nearest.first, k), max(nearest.last, k)


def join_wrapped(rows: list[Row], stubs: int) -> None:
    """A row's name that is printed on two lines about it becomes that row's name."""
    data = [r for r in rows if not r.header and not r.section]
    gaps = [b.baseline - a.baseline for a, b in itertools.pairwise(data)]
    if stubs < 1 or not gaps:
        return
    pitch = median(gaps)
    i = 0
    while i < len(rows):
        row = rows[i]
        if row.header or row.section or any(c.first < stubs for c in row.cells):
            i += 1
            continue
        above = rows[i - 1] if i and rows[i - 1].section else None
        below = rows[i + 1] if i + 1 < len(rows) and rows[i + 1].section else None
        near = 0.85 * pitch
        if (
            above is not None
            and below is not None
            and row.baseline - above.baseline < near
            and below.baseline - row.baseline < near
            and above.cells[0].first < stubs
        ):
            name = above.cells[0]
            name.atom = _joined(name.atom, below.cells[0].atom)
            row.cells.insert(0, name)
            del rows[i + 1], rows[i - 1]
            continue
        i += 1


# a name that can't end here: an open bracket, a broken word, a sign that joins two names
OPEN = re.compile(r"\([^()]*$|[A-Za-z]-$|[&+,/]$")

CITATION = re.compile(r"\(.*(?:19|20)\d\d[a-z]?\)|\[\d[\d, ]*\]")


def join_open(rows: list[Row], stubs: int) -> None:
    """A row's name that can't end where its line does goes on in the next line, and its words are one name."""
    names = [[c for c in r.cells if c.last < stubs] for r in rows]
    parted = [r for r, n in zip(rows, names, strict=True) if not (r.header or r.section) and _in_pieces(n)]
    headed = [c for r in rows if r.header for c in r.cells if c.last < stubs]
    if parted and len(headed) <= 1:
        # set to a measure, a name's words stand as far apart as columns
        for row, cells in zip(rows, names, strict=True):
            if len(cells) > 1 and not row.header:
                whole = Atom(tuple(w for c in cells for w in c.atom.words))
                row.cells = [Cell(whole, 0, stubs - 1), *(c for c in row.cells if c.last >= stubs)]
    i = 0
    while i + 1 < len(rows):
        row, below = rows[i], rows[i + 1]
        own = [c for c in row.cells if c.last < stubs]
        size = row.cells[0].atom.words[0].size
        near = 0 < below.baseline - row.cells[0].atom.words[-1].baseline < 1.6 * size
        goes_on = not (row.header or row.section) and below.section and below.cells[0].first < stubs
        open_ended = len(own) == 1 and (OPEN.search(own[0].text) or CITATION.fullmatch(below.cells[0].text))
        if near and goes_on and open_ended:
            own[0].atom = _joined(own[0].atom, below.cells[0].atom)
            del rows[i + 1]
        else:
            i += 1


def _in_pieces(cells: Sequence[Cell]) -> bool:
    """Whether cells are parts of one name: a sign alone, or a bracket opened in one and closed elsewhere."""
    return len(cells) > 1 and any(
        c.text in ("+", "&", "and", "et") or c.text.count("(") != c.text.count(")") for c in cells
    )


def join_continued(rows: list[Row], stubs: int, rules: Sequence[Rule], columns: Columns) -> None:
    """Where rules box each row of numbers, a line of words in one of these boxes goes on with that row's name."""
    x0, x1 = columns[0]
    lines = [
        r.box.cy for r in rules if r.horizontal and min(r.box.x1, x1) - max(r.box.x0, x0) > 0.5 * (x1 - x0)
    ]

    def boxed(row: Row) -> int:
        return sum(y < row.box.cy for y in lines)

    data = {boxed(r): r for r in rows if not r.header and not r.section}
    if stubs < 1 or len(data) < 2 or len(data) < sum(not r.header and not r.section for r in rows):
        return
    for row in [r for r in rows if r.section]:
        owner = data.get(boxed(row))
        names = [c for c in owner.cells if c.first < stubs] if owner else []
        if owner is None or len(names) != 1 or len(row.cells) > 1 or row.cells[0].last != names[0].last:
            continue
        pair = (names[0].atom, row.cells[0].atom)
        names[0].atom = _joined(*(pair if owner.baseline < row.baseline else reversed(pair)))
        rows.remove(row)


def label_groups(rows: list[Row], stubs: int, rules: Sequence[Rule], columns: Columns) -> None:
    """A label set beside the middle of a group of rows names all of them; rules through its column part the groups."""
    width = columns[-1][1] - columns[0][0]
    for column in range(stubs):
        x0, x1 = columns[column]
        lines = sorted(
            r.box.cy
            for r in rules
            if r.horizontal
            and r.box.width > 0.3 * width
            and min(r.box.x1, x1) - max(r.box.x0, x0) > 0.5 * (x1 - x0)
        )
        if len(lines) >= 2:
            bounds = [float("-inf"), *lines, float("inf")]
            for top, bottom in itertools.pairwise(bounds):
                _label_group(
                    rows, [r for r in rows if top < r.box.cy <= bottom and not r.header], column, stubs
                )
    _label_nearest(rows, stubs)


def _label_group(rows: list[Row], group: list[Row], column: int, stubs: int) -> None:
    """Give the one label of a group to its rows that have none."""
    data = [r for r in group if not r.section]
    labels = [c for r in group for c in r.cells if c.first == column]
    bare = [
        r for r in data if r.cells[0].first > column and (r.cells[0].first < stubs or r.cells[0].atom.numeric)
    ]
    inner = [r for r in group if r.section and r.cells[0].first == column]
    if len(data) < 2 or len(labels) != 1 or len(bare) < len(data) - 1 or not bare:
        return
    if inner and inner[0] is group[0] and stubs == 1:
        return
    for row in bare:
        row.cells.insert(0, Cell(labels[0].atom, column, column))
    for row in inner:
        rows.remove(row)


def _label_nearest(rows: list[Row], stubs: int) -> None:
    """Labels beside the middle of their groups where no rules part these: each row takes the nearest label."""
    data = [r for r in rows if not r.header and not r.section]
    labels = [r for r in rows if r.section and r.cells[0].first == 0]
    if stubs < 2 or len(labels) < 2 or not data or labels[0].baseline < data[0].baseline:
        return
    if any(c.first == 0 for r in data for c in r.cells):
        return
    for row in data:
        nearest = min(labels, key=lambda x: abs(x.baseline - row.baseline))
        row.cells.insert(0, Cell(nearest.cells[0].atom, 0, 0))
    for label in labels:
        rows.remove(label)
