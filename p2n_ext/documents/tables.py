"""Tables: which lines belong to a caption, and the grid of their cells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .captions import Caption
from .cells import Atom, atoms_of, prose_like
from .geometry import Rect, union
from .glyphs import Rule
from .grid import Grid, build_grid
from .layout import Layout, Line, Zone, rows_of
from .words import Word

REACH = 46.0
SECTION = re.compile(r"^(?:\d{1,2}|[A-Z])(?:\.\d{1,2}){0,3}\.?\s+[A-Z][A-Za-z-]+(?:\s+[\w-]+)*$")


@dataclass(slots=True)
class Body:
    """The lines of a table, from the top, and the rules among them."""

    lines: list[Line]
    rules: list[Rule]

    @property
    def box(self) -> Rect:
        return union([x.box for x in self.lines])

    def numbers(self) -> int:
        """How many cells hold numbers."""
        return sum(a.numeric for x in self.lines for a in self.cells(x))

    def cells(self, line: Line) -> list[Atom]:
        """A line's cells, parted by gaps and vertical rules."""
        box = line.box
        bars = [r.box.cx for r in self.rules if not r.horizontal and r.box.overlap_y(box) > 0.4 * box.height]
        return atoms_of(line.words, bars=bars)


@dataclass(slots=True)
class Table:
    """A captioned table; boxes are in the view's frame."""

    label: str
    caption: str
    caption_box: Rect
    box: Rect
    grid: Grid


def candidate_bodies(
    layout: Layout, caption: Caption, captions: Sequence[Caption]
) -> tuple[Body | None, Body | None]:
    """The bodies that could belong to a caption: (below it, above it)."""
    barred = [k.box for k in captions]
    column, span = _column(layout, caption, 1)
    below = _grow(
        layout, [x for x in column if x.box.top > caption.box.bottom - 3], caption.box.bottom, 1, span, barred
    )
    column, span = _column(layout, caption, -1)
    above = _grow(
        layout,
        [x for x in reversed(column) if x.box.bottom < caption.box.top + 3],
        caption.box.top,
        -1,
        span,
        barred,
    )
    return below, above


def _column(layout: Layout, caption: Caption, step: int) -> tuple[list[Line], Rect]:
    """Lines that share the caption's column of text, from the top, and their extent; figure text left out."""
    if caption.lane is not None:
        low, high = caption.lane
        inside = [w for w in layout.view.words if low <= w.box.x0 and w.box.x1 <= high]
        lines = [Line(caption.zone, row) for row in rows_of(inside)]
    else:
        zone = Zone.FULL if _over_both(layout, caption, step) else caption.zone
        lines = [x for x in layout.lines if x.zone is zone]
        if zone is Zone.FULL:
            lines += _rejoined(layout)
    found = []
    for line in lines:
        words = [w for w in line.words if not any(f.holds(w.box.cx, w.box.cy) for f in layout.view.figures)]
        if words:
            found.append(Line(line.zone, words))
    found.sort(key=lambda x: x.baseline)
    return found, union(x.box for x in found) if found else layout.zone_box(caption.zone)


def _rejoined(layout: Layout) -> list[Line]:
    """Rows of a table as wide as the page that the gutter parts: between a rule across it and a wide line, or,
    with numbers on both sides of the gutter and only these right of it, at such a rule or right below another row."""
    gutter = layout.gutter
    if gutter is None:
        return []
    rules = [
        r.box
        for r in layout.view.rules
        if r.horizontal and r.box.x0 < gutter.x0 - 20 and r.box.x1 > gutter.x1 + 20
    ]
    wide = [*rules, *(x.box for x in layout.lines if x.zone is Zone.FULL)] if rules else []
    lefts = [x for x in layout.lines if x.zone is Zone.LEFT] if rules else []
    found: list[Line] = []
    for left in lefts:
        right = [x for x in layout.lines if x.zone is Zone.RIGHT and abs(x.baseline - left.baseline) < 1]
        top, bottom = left.box.top, left.box.bottom
        over = any(-2 < top - r.bottom < 14 for r in rules)
        under = any(-2 < r.top - bottom < 14 for r in rules)
        ruled = over or under
        between = ruled and any(-2 < w.top - bottom < 14 for w in wide)
        above = [*found[-1:], *(x for x in layout.lines if x.zone is Zone.FULL)]
        if right and (
            between or (_row_parted(left, right[0]) and (ruled or any(_follows(x, left) for x in above)))
        ):
            found.append(Line(Zone.FULL, [*left.words, *right[0].words]))
    return found


def _row_parted(left: Line, right: Line) -> bool:
    """Whether two lines of one baseline are a row of a table: a name and numbers, then two numbers or more."""
    names, values = atoms_of(left.words), atoms_of(right.words)
    return (
        len(names) > 1
        and not names[0].numeric
        and len(values) > 1
        and all(a.numeric for a in [*names[1:], *values])
    )


def _follows(row: Line, line: Line) -> bool:
    """Whether a line goes on with a table's rows: right below one that begins where it does and ends with a number."""
    return (
        0 < line.baseline - row.baseline < 1.6 * line.size
        and abs(line.box.x0 - row.box.x0) < 3
        and atoms_of(row.words)[-1].numeric
    )


def _over_both(layout: Layout, caption: Caption, step: int) -> bool:
    """Whether a caption set in one column of text stands at a rule across both: a table as wide as the page."""
    gutter = layout.gutter
    if gutter is None or caption.zone is Zone.FULL:
        return False
    edge = caption.box.bottom if step > 0 else caption.box.top
    near = [r.box for r in layout.view.rules if r.horizontal and -4 < step * (r.box.cy - edge) < 24]
    return any(b.x0 < gutter.x0 - 20 and b.x1 > gutter.x1 + 20 for b in near)


def _grow(
    layout: Layout, lines: Sequence[Line], edge: float, step: int, span: Rect, barred: Sequence[Rect]
) -> Body | None:
    taken: list[Line] = []
    last = edge
    for line in lines:
        box = line.box
        gap = box.top - last if step > 0 else last - box.bottom
        ruled = any(
            r.horizontal
            and min(last, box.cy) - 2 <= r.box.cy <= max(last, box.cy) + 2
            and r.box.overlap_x(box) > 10
            for r in layout.view.rules
        )
        allowed = REACH if not taken or ruled else max(2.0 * line.size, 14.0)
        if gap > allowed:
            break
        if any(b.overlap_x(box) > 0 and b.overlap_y(box) > 0.5 * box.height for b in barred):
            break
        if prose_like(line.words, span.width):
            if not taken and gap < REACH and _enclosed(layout, box):
                taken.append(line)
                last = box.bottom if step > 0 else box.top
                continue
            break
        taken.append(line)
        last = box.bottom if step > 0 else box.top
    if step < 0:
        taken.reverse()
    return _trimmed(layout, taken)


def _enclosed(layout: Layout, box: Rect) -> bool:
    """Between two close rules: a wide row of headings."""
    rules = [r.box for r in layout.view.rules if r.horizontal and r.box.overlap_x(box) > 0.8 * box.width]
    return any(-16 < r.bottom - box.top <= 4 for r in rules) and any(
        -4 <= r.top - box.bottom < 16 for r in rules
    )


def _trimmed(layout: Layout, lines: list[Line]) -> Body | None:
    """Lines between the outer rules where those hold most of the numbers; blank ends cut."""
    if not lines:
        return None
    box = union(x.box for x in lines)
    near = [
        r
        for r in layout.view.rules
        if r.horizontal
        and box.top - 22 <= r.box.cy <= box.bottom + 22
        and r.box.overlap_x(box) > 0.1 * r.box.width
    ]
    bars = [
        r
        for r in layout.view.rules
        if not r.horizontal and r.box.overlap_y(box) > 0 and box.grown(8).holds(r.box.cx, box.cy)
    ]
    widest = max((r.box.width for r in near), default=0.0)
    major = [r for r in near if r.box.width >= 0.85 * widest and r.box.width > 60]
    lines = _within(lines, [r.box for r in major])
    body = Body(lines, [*near, *bars])
    if len(major) >= 2:
        top, bottom = min(r.box.cy for r in major), max(r.box.cy for r in major)
        inner = [x for x in lines if top - 2 <= x.box.cy <= bottom + 2 or _belongs(x, top)]
        if inner and 2 * Body(inner, [*near, *bars]).numbers() >= body.numbers():
            body = Body(inner, [*near, *bars])
    return body


def _within(lines: list[Line], rules: Sequence[Rect]) -> list[Line]:
    """The lines without the words of a neighbouring column, where three rules or more agree on the table's sides."""
    if len(rules) < 3:
        return lines
    x0, x1 = min(r.x0 for r in rules), max(r.x1 for r in rules)
    if any(abs(r.x0 - x0) > 3 or abs(r.x1 - x1) > 3 for r in rules):
        return lines
    outside = [w for x in lines for w in x.words if not x0 - 4 <= w.box.cx <= x1 + 4]
    inside = [w for x in lines for w in x.words if x0 - 4 <= w.box.cx <= x1 + 4]
    if not outside or not _prose_beside(outside, inside):
        return lines
    kept = [(x, [w for w in x.words if x0 - 4 <= w.box.cx <= x1 + 4]) for x in lines]
    return [Line(x.zone, words) for x, words in kept if words]


def _prose_beside(outside: Sequence[Word], inside: Sequence[Word]) -> bool:
    """A text that runs past the table: words on baselines of their own, or hardly a number among them."""
    own = {round(w.baseline) for w in inside}
    apart = sum(not {round(w.baseline) + d for d in (-1, 0, 1)} & own for w in outside)
    words = sum(w.text.strip(".,;:()").isalpha() for w in outside)
    return 2 * apart > len(outside) or words > 0.8 * len(outside)


def _belongs(line: Line, top: float) -> bool:
    """A row of cells outside the outer rules: a heading or row without a rule above it, or a row of numbers."""
    cells = atoms_of(line.words)
    if line.box.cy < top:
        return len(cells) >= 2 and not SECTION.match(line.text)
    return sum(a.numeric for a in cells) >= 2


def assign(
    candidates: Sequence[tuple[Caption, Body | None, Body | None]], below_is_usual: bool
) -> list[tuple[Caption, Body]]:
    """One body for each caption, no line given twice; the document's habit decides where both would do."""
    found: list[tuple[Caption, Body]] = []
    used: set[tuple[float, float]] = set()

    def free(body: Body | None) -> Body | None:
        if body is None:
            return None
        lines = [x for x in body.lines if (round(x.baseline, 1), round(x.box.x0, 1)) not in used]
        return Body(lines, body.rules) if lines else None

    def take(caption: Caption, body: Body) -> None:
        used.update((round(x.baseline, 1), round(x.box.x0, 1)) for x in body.lines)
        found.append((caption, body))

    ordered = list(candidates) if below_is_usual else list(reversed(candidates))
    for caption, below, above in ordered:
        usual, other = (below, above) if below_is_usual else (above, below)
        usual, other = free(usual), free(other)
        if usual and (usual.numbers() >= 3 or not other or other.numbers() < 3):
            take(caption, usual)
        elif other:
            take(caption, other)
    return found


def habit(page: Sequence[tuple[Caption, Body | None, Body | None]]) -> int:
    """How many more captions of a page have a table of their own below them than above them."""
    counts = []
    for direction in (1, 2):
        used: set[tuple[float, float]] = set()
        count = 0
        for found in page if direction == 1 else reversed(page):
            body = found[direction]
            if not isinstance(body, Body) or body.numbers() < 3:
                continue
            first = (body.lines[0].baseline, body.lines[0].words[0].box.x0)
            count += first not in used
            used.add(first)
        counts.append(count)
    return counts[0] - counts[1]


def make_table(caption: Caption, body: Body) -> Table | None:
    """The grid of a body; None where it holds no cells."""
    rows: list[list[Atom]] = [body.cells(x) for x in body.lines]
    grid = build_grid(rows, body.rules)
    if grid is None:
        return None
    inner = body.box
    box = union([inner, *(r.box for r in body.rules if r.box.overlap_y(inner) > -6)])
    return Table(caption.label, caption.text, caption.box, box, grid)
