"""Columns and headings from the places of cells, with or without rules."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from .boxed import boxed_columns
from .cells import Atom
from .geometry import Rect
from .glyphs import Rule
from .headers import join_continued, join_open, join_stacked, join_wrapped, label_groups, spread_headers
from .rows import Cell, Row
from .words import Word

# what stands in a cell for which there is no number
VOID = r"(?:[\s\-–—−.*†‡✗✘✓✔×]+|[nN]\.?/?[aA]\.?|OOM|NaN|nan|FAIL|TLE)"
DASH = re.compile(rf"^{VOID}?$")
NUMBERING = re.compile(
    r"\b(?:ids?|no\.?|runs?|folds?|trials?|seeds?|rank|case|subjects?|patients?|problems?|tasks?|experiments?|data ?sets?|rounds?|split|query)\b|^#$",
    re.IGNORECASE,
)
BLANK = re.compile(rf"^(?:{VOID}|[\s\-–—−./*†‡]+)$")


@dataclass(slots=True)
class Grid:
    """`columns` are x extents; the first `stubs` columns name the rows."""

    columns: list[tuple[float, float]]
    rows: list[Row]
    stubs: int
    rules: list[Rule] = field(default_factory=list)
    heads: dict[int, str] = field(default_factory=dict)
    """headings of stubs that a reader parted further"""


def build_grid(lines: Sequence[Sequence[Atom]], rules: Sequence[Rule]) -> Grid | None:
    """The grid of a table's lines; None where there are no two columns."""
    horizontal = sorted((r for r in rules if r.horizontal), key=lambda r: r.box.cy)
    data = [any(a.numeric for a in line) for line in lines]
    columns = boxed_columns(lines, rules) or _columns(lines, data)
    if len(columns) < 2:
        return None
    rows = [
        Row(_place(line, columns), " ".join(a.text for a in line), line[0].words[0].baseline)
        for line in lines
        if line
    ]
    stubs = _stubs(rows, columns)
    _mark_headers(rows, columns, stubs, horizontal)
    _part_last_headings(rows, columns, stubs)
    _widen(rows, columns)
    join_stacked(rows, columns, stubs, horizontal)
    spread_headers(rows, columns, stubs, horizontal)
    join_continued(rows, stubs, horizontal, columns)
    join_open(rows, stubs)
    join_wrapped(rows, stubs)
    label_groups(rows, stubs, horizontal, columns)
    return Grid(columns, rows, stubs, list(rules))


def _columns(lines: Sequence[Sequence[Atom]], data: Sequence[bool]) -> list[tuple[float, float]]:
    """x extents of columns: narrow cells first, so that a cell across several columns joins none of them."""
    pool = [a for line, numeric in zip(lines, data, strict=True) if numeric and len(line) > 1 for a in line]
    clusters: list[list[float]] = []
    for atom in sorted(pool, key=lambda a: a.box.width):
        x0, x1 = atom.box.x0, atom.box.x1
        hits = [c for c in clusters if min(c[1], x1) - max(c[0], x0) > min(1.0, 0.2 * (x1 - x0))]
        if not hits:
            clusters.append([x0, x1, 1])
        elif len(hits) == 1:
            hits[0][0], hits[0][1] = min(hits[0][0], x0), max(hits[0][1], x1)
            hits[0][2] += 1
    clusters.sort()
    if clusters:
        # labels of row groups may have a column to themselves, with no row of its own that holds a number
        alone = [line[0].box for line in lines if len(line) == 1 and not line[0].numeric]
        outer = [b for b in alone if b.x1 < clusters[0][0] - 1]
        if outer:
            clusters.insert(0, [min(b.x0 for b in outer), max(b.x1 for b in outer), len(outer)])
    merged: list[list[float]] = []
    for cluster in clusters:
        if merged and cluster[0] < merged[-1][1] - 0.5:
            merged[-1][1] = max(merged[-1][1], cluster[1])
            merged[-1][2] += cluster[2]
        else:
            merged.append(cluster)
    return [(c[0], c[1]) for c in merged]


def _place(line: Sequence[Atom], columns: Sequence[tuple[float, float]]) -> list[Cell]:
    cells = []
    # a line of one cell is a label across the columns, not cells that stand close
    whole = len(line) == 1 and not any(w.text[:1].isdigit() for w in line[0].words)
    for atom in line if whole else [part for each in line for part in _parted(each, columns)]:
        box = atom.box
        hits = [i for i, (x0, x1) in enumerate(columns) if min(x1, box.x1) - max(x0, box.x0) > 0.5]
        if not hits:
            hits = [min(range(len(columns)), key=lambda i: _distance(columns[i], box))]
        cells.append(Cell(atom, hits[0], hits[-1]))
    return cells


def _parted(atom: Atom, columns: Sequence[tuple[float, float]]) -> list[Atom]:
    """An atom over several columns, cut where a gap wider than a plain space falls between two of them."""
    words = atom.words

    def column(word: Word) -> int | None:
        hits = [i for i, (x0, x1) in enumerate(columns) if min(x1, word.box.x1) - max(x0, word.box.x0) > 0.5]
        return hits[0] if len(hits) == 1 else None

    parts: list[list[Word]] = [[words[0]]]
    for left, right in itertools.pairwise(words):
        a, b = column(left), column(right)
        wide = right.box.x0 - left.box.x1 > 0.4 * max(left.size, right.size)
        if wide and a is not None and b is not None and a != b and left.baseline == right.baseline:
            parts.append([])
        parts[-1].append(right)
    return [atom] if len(parts) == 1 else [Atom(tuple(p)) for p in parts]


def _distance(column: tuple[float, float], box: Rect) -> float:
    return max(column[0] - box.x1, box.x0 - column[1], 0.0) + 0.001 * abs(
        (column[0] + column[1]) / 2 - box.cx
    )


def _stubs(rows: Sequence[Row], columns: Sequence[tuple[float, float]]) -> int:
    """How many leading columns name the rows: words, or whole numbers beside columns of decimals."""
    stubs = 0
    for column in range(len(columns)):
        data = [r for r in rows if any(x.atom.numeric and x.first != column for x in r.cells)]
        cells = [c for r in data for c in r.at(column) if c.first == c.last and not DASH.match(c.text)]
        if not cells:
            if any(c.first == column and c.atom.numeric for r in rows for c in r.cells):
                break
            if any(c.first == c.last == column and not c.atom.numeric for r in rows for c in r.cells):
                stubs += 1
                continue
            break
        if sum(c.atom.numeric for c in cells) * 2 > len(cells):
            named = column == 0 and (_levels(data, cells) or _numbered(rows, data, cells))
            stubs += named
            if not named or not _worded(data, column + 1):
                break
            continue
        stubs += 1
    return min(max(stubs, 0), len(columns) - 1)


def _worded(data: Sequence[Row], column: int) -> bool:
    """Whether a column holds words rather than numbers."""
    cells = [c for r in data for c in r.at(column) if c.first == c.last and not DASH.match(c.text)]
    return bool(cells) and sum(c.atom.numeric for c in cells) * 2 < len(cells)


def _numbered(rows: Sequence[Row], data: Sequence[Row], cells: Sequence[Cell]) -> bool:
    """Whether a first column numbers the rows: runs, folds, ids, under a heading that says so."""
    names = [c.text for c in cells if c.atom.numeric]
    if (
        len(names) < 3
        or len(set(names)) < len(names)
        or not all(re.fullmatch(r"#?\d{1,6}\.?", t) for t in names)
    ):
        return False
    heads = [
        c.text for r in rows[:3] if r is not data[0] for c in r.cells if c.first == 0 and not c.atom.numeric
    ]
    padded = sum(t.startswith("0") and len(t) > 1 for t in names) > 1
    return padded or any(NUMBERING.search(h) for h in heads)


def _levels(data: Sequence[Row], cells: Sequence[Cell]) -> bool:
    """Whether a first column's numbers are what the rows stand for: whole and all different, beside decimals."""
    names = [c.text for c in cells if c.atom.numeric]
    others = [c.text for r in data for c in r.cells if c.first > 0 and c.atom.numeric]
    decimals = sum("." in t for t in others)
    return (
        len(names) > 2
        and len(set(names)) == len(names)
        and all(re.fullmatch(r"\d+\s?%?", t) for t in names)
        and decimals > 0.6 * len(others)
    )


def _mark_headers(
    rows: list[Row], columns: Sequence[tuple[float, float]], stubs: int, rules: Sequence[Rule]
) -> None:
    """Header rows: above the rule that follows the first rows, else those before the first row of numbers."""
    width = columns[-1][1] - columns[0][0]
    major = [r.box.cy for r in rules if r.box.width > 0.75 * width]

    def numbers(row: Row) -> int:
        return sum(c.atom.numeric and c.first >= stubs for c in row.cells)

    def names(row: Row) -> int:
        return sum(not c.atom.numeric and c.last >= stubs and not BLANK.match(c.text) for c in row.cells)

    first = next((i for i, r in enumerate(rows) if numbers(r) > names(r)), 0)
    while _numbers_as_headings(rows, first, stubs):
        first += 1
    while first > 1 and names(rows[first - 1]) == 0 and any(c.first >= stubs for c in rows[first - 1].cells):
        # a row of crosses and dashes is data
        first -= 1
    end = first
    if major:
        inner = [y for y in major if rows[0].box.top + 1 < y < rows[-1].box.bottom - 1]
        if inner:
            above = [i for i, r in enumerate(rows) if r.box.cy < inner[0]]
            if above and len(above) <= max(4, first) and len(above) < len(rows):
                end = max(above) + 1
                while end > max(first, 1) and _data_row(rows[end - 1], rows[: end - 1], stubs):
                    end -= 1
                if first == 0 and _even_groups(rows, inner):
                    end = 0
    if end < first <= end + 2 and all(names(r) > numbers(r) for r in rows[end:first]):
        end = first
    while _numbers_as_headings(rows, end, stubs):
        end += 1
    if 1 < end < len(rows) and _labels_rows(rows[end - 1], rows[end:], columns):
        end -= 1
        rows[end].section = True
    for row in rows[:end]:
        row.header = True
    for i, row in enumerate(rows):
        if i < end or row.section:
            continue
        if numbers(row) == 0:
            data_names = [c for c in row.cells if c.first >= stubs and not BLANK.match(c.text)]
            if len(data_names) >= 2 and len({c.first for c in data_names}) >= 2:
                row.header = len(data_names) * 2 >= len(columns) - stubs or i < first
            elif len(row.cells) == 1:
                row.section = True
    for row, below in itertools.pairwise(rows):
        # the upper headings of a further block
        over = [c for c in row.cells if c.first >= stubs]
        if below.header and not row.section and len(over) > 1 and numbers(row) == 0:
            row.header = True


def _numbers_as_headings(rows: Sequence[Row], at: int, stubs: int) -> bool:
    """Numbers under one heading that spans them, beside no name: levels of what that heading names."""
    if not 0 < at < len(rows) - 1 or stubs < 1:
        return False
    spans = [c for c in rows[at - 1].cells if c.last >= stubs]
    values = rows[at].cells
    named = [r for r in rows[at + 1 :] if r.cells and r.cells[0].first < stubs]
    return (
        len(values) > 1
        and all(c.atom.numeric and c.first >= stubs for c in values)
        and (
            len(spans) == 1
            or all(any(s.first <= c.first <= s.last and s.first < s.last for s in spans) for c in values)
        )
        and 2 * len(named) > len(rows) - at - 1
    )


def _labels_rows(row: Row, below: Sequence[Row], columns: Sequence[tuple[float, float]]) -> bool:
    """A label across the columns, set over the first rows as others are over later ones."""
    if len(row.cells) != 1 or row.cells[0].atom.numeric:
        return False
    width = columns[-1][1] - columns[0][0]
    centre = row.cells[0].atom.box.cx
    left = row.cells[0].atom.box.x0
    return any(
        len(r.cells) == 1
        and not r.cells[0].atom.numeric
        and (abs(r.cells[0].atom.box.cx - centre) < 0.03 * width or abs(r.cells[0].atom.box.x0 - left) < 2)
        for r in below
    )


def _even_groups(rows: Sequence[Row], lines: Sequence[float]) -> bool:
    """Rules after every second or third row part groups of data, not headings from data."""
    bounds = [float("-inf"), *lines, float("inf")]
    sizes = [sum(a < r.box.cy <= b for r in rows) for a, b in itertools.pairwise(bounds)]
    sizes = [n for n in sizes if n]
    return len(sizes) >= 3 and sizes[0] >= 2 and len(set(sizes)) == 1


def _data_row(row: Row, above: Sequence[Row], stubs: int) -> bool:
    """Decimals under headings of their own, beside a name: data, though a rule follows."""
    values = [c for c in row.cells if c.first >= stubs]
    if not values or not all(c.atom.numeric for c in values) or not any(c.first < stubs for c in row.cells):
        return False
    if not any("." in c.text for c in values):
        return False
    heads = [c for r in above for c in r.cells if c.first == c.last]
    return all(any(h.first == c.first for h in heads) for c in values)


def _part_last_headings(rows: Sequence[Row], columns: Sequence[tuple[float, float]], stubs: int) -> None:
    """On the last line of headings each column has its own: words that run together there are parted by column."""
    for row, below in itertools.pairwise(rows):
        if not row.header or below.header:
            continue
        cells: list[Cell] = []
        for cell in row.cells:
            span = range(max(cell.first, stubs), cell.last + 1)
            groups: dict[int, list[Word]] = {}
            for word in cell.atom.words:
                nearest = min(span, key=lambda k: _distance(columns[k], word.box), default=cell.first)
                groups.setdefault(nearest, []).append(word)
            if cell.first >= stubs and len(span) > 1 and set(groups) == set(span):
                cells += [Cell(Atom(tuple(w)), k, k) for k, w in sorted(groups.items())]
            else:
                cells.append(cell)
        row.cells = cells


def _widen(rows: Sequence[Row], columns: Sequence[tuple[float, float]]) -> None:
    """A heading that stands over the gap between two columns is over both."""
    for row in rows:
        if not row.header:
            continue
        for cell in row.cells:
            box = cell.atom.box
            if any(min(x1, box.x1) - max(x0, box.x0) > 0.5 for x0, x1 in columns):
                continue
            left = [k for k, (_, x1) in enumerate(columns) if x1 <= box.x0 + 0.5]
            right = [k for k, (x0, _) in enumerate(columns) if x0 >= box.x1 - 0.5]
            if left and right and right[0] - left[-1] == 1:
                cell.first, cell.last = left[-1], right[0]
