"""Words to rows, columns of text and lines in reading order (one or two columns)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import median, median_high, median_low

from .geometry import Rect, union
from .words import View, Word

LINK = 1.2


class Zone(StrEnum):
    LEFT = "left"
    RIGHT = "right"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Gutter:
    """The white strip between two columns of text."""

    x0: float
    x1: float

    @property
    def centre(self) -> float:
        return (self.x0 + self.x1) / 2


@dataclass(slots=True)
class Line:
    """Words on one baseline within one column of text."""

    zone: Zone
    words: list[Word]
    box: Rect = field(init=False)

    def __post_init__(self) -> None:
        self.box = union(w.box for w in self.words)

    @property
    def baseline(self) -> float:
        return self.words[0].baseline

    @property
    def size(self) -> float:
        return max(w.size for w in self.words)

    @property
    def text(self) -> str:
        return " ".join(w.text for w in self.words)


@dataclass(slots=True)
class Layout:
    """A view's lines; `lines` stand in reading order."""

    view: View
    gutter: Gutter | None
    lines: list[Line]

    def zone_box(self, zone: Zone) -> Rect:
        g = self.gutter
        if g is None or zone is Zone.FULL:
            return Rect(0, 0, self.view.width, self.view.height)
        if zone is Zone.LEFT:
            return Rect(0, 0, g.centre, self.view.height)
        return Rect(g.centre, 0, self.view.width, self.view.height)


def rows_of(words: Sequence[Word]) -> list[list[Word]]:
    """Words grouped by baseline, each row sorted by x, rows from the top."""
    rows: list[list[Word]] = []
    start = 0.0
    for word in sorted(words, key=lambda w: w.baseline):
        if rows and word.baseline - start <= LINK:
            rows[-1].append(word)
        else:
            rows.append([word])
            start = word.baseline
    for row in rows:
        row.sort(key=lambda w: w.box.x0)
    return rows


def find_gutter(pages: Sequence[View]) -> Gutter | None:
    """The strip between two columns that most pages of a document share; None for one column."""
    found: list[tuple[float, Gutter]] = []
    for view in pages:
        rows = [r for r in rows_of(view.words) if any(len(w.text) > 1 for w in r)]
        if len(rows) < 20:
            continue
        found.append(_clearest(view, rows))
    if not found or median(share for share, _ in found) > 0.35:
        return None
    clear = [g for share, g in found if share <= 0.35 and g.x1 - g.x0 >= 5]
    if not clear:
        return None
    # Of two pages the strip that both leave white: a page whose last column is empty has a wide one.
    return Gutter(median_high([g.x0 for g in clear]), median_low([g.x1 for g in clear]))


def page_gutter(view: View, document: Gutter | None) -> Gutter | None:
    """The document's gutter, as this page prints it (odd and even pages may be shifted)."""
    if document is None:
        return None
    share, own = _clearest(view, rows_of(view.words))
    if document.x0 - 1 <= own.x0 and own.x1 <= document.x1 + 1:
        # not shifted, but made narrow by lines across it
        return document
    if share < 0.5 and own.x1 - own.x0 >= 5 and abs(own.centre - document.centre) < 0.06 * view.width:
        return own
    return document


def _clearest(view: View, rows: Sequence[Sequence[Word]]) -> tuple[float, Gutter]:
    """(share of rows whose text crosses it, the strip) for the clearest strip about the page's middle."""
    first, last = int(0.38 * view.width), int(0.62 * view.width)
    crossing = [0] * (last - first + 1)
    for row in rows:
        hit: set[int] = set()
        for word in row:
            lo, hi = max(int(word.box.x0), first), min(int(word.box.x1), last)
            hit.update(range(lo, hi + 1))
        for x in hit:
            crossing[x - first] += 1
    least = min(crossing, default=0)
    allowed = least + max(1, len(rows) // 25)
    runs: list[tuple[int, int]] = []
    for i, n in enumerate(crossing):
        if n > allowed:
            continue
        if runs and runs[-1][1] == i - 1:
            runs[-1] = (runs[-1][0], i)
        else:
            runs.append((i, i))
    best = max(runs, key=lambda r: r[1] - r[0], default=(0, 0))
    return least / max(len(rows), 1), Gutter(first + best[0], first + best[1])


def lay_out(view: View, gutter: Gutter | None) -> Layout:
    """Lines in reading order."""
    bands = _full_bands(view, gutter) if gutter else []
    lines: list[Line] = []
    for row in rows_of(view.words):
        if gutter is None:
            lines.append(Line(Zone.FULL, row))
            continue
        lines.extend(_split(row, gutter, bands))
    return Layout(view, gutter, _ordered(lines))


def _split(row: list[Word], gutter: Gutter, bands: Sequence[Rect]) -> list[Line]:
    left = [w for w in row if w.box.cx < gutter.centre]
    right = [w for w in row if w.box.cx >= gutter.centre]
    y = row[0].box.cy
    inside = any(b.top <= y <= b.bottom for b in bands)
    crossed = any(w.box.x0 < gutter.centre - 1 and w.box.x1 > gutter.centre + 1 for w in row)
    if left and right and not (inside or crossed):
        gap = right[0].box.x0 - left[-1].box.x1
        # a heading across both columns may have a plain space just there
        crossed = gap < min(0.5 * max(w.size for w in row), 0.6 * (gutter.x1 - gutter.x0))
    if inside or crossed:
        return [Line(Zone.FULL, row)]
    return [Line(zone, words) for zone, words in ((Zone.LEFT, left), (Zone.RIGHT, right)) if words]


def _full_bands(view: View, gutter: Gutter) -> list[Rect]:
    """Where rules across the gutter hold a table as wide as the page."""
    wide = sorted(
        (
            r.box
            for r in view.rules
            if r.horizontal and r.box.x0 < gutter.x0 - 20 and r.box.x1 > gutter.x1 + 20
        ),
        key=lambda b: b.top,
    )
    bands = []
    for i, upper in enumerate(wide):
        for lower in wide[i + 1 :]:
            if abs(lower.x0 - upper.x0) > 6 or abs(lower.x1 - upper.x1) > 6:
                continue
            between = [w for w in view.words if upper.top < w.box.cy < lower.bottom]
            if between and not _two_columns_of_prose(between, gutter):
                bands.append(Rect(upper.x0, upper.top - 1, upper.x1, lower.bottom + 1))
            break
    return bands


def _two_columns_of_prose(words: Sequence[Word], gutter: Gutter) -> bool:
    rows = rows_of([w for w in words if w.box.x1 < gutter.centre])
    prose = sum(1 for r in rows if len(r) >= 6 and sum(w.text.isalpha() for w in r) >= 0.6 * len(r))
    return prose >= 3 and prose > 0.4 * len(rows)


def _ordered(lines: list[Line]) -> list[Line]:
    ordered: list[Line] = []
    left: list[Line] = []
    right: list[Line] = []
    for line in lines:
        if line.zone is Zone.LEFT:
            left.append(line)
        elif line.zone is Zone.RIGHT:
            right.append(line)
        else:
            ordered += left + right
            left, right = [], []
            ordered.append(line)
    return ordered + left + right
