"""Captions of tables and figures: told from sentences that begin with "Table 2 shows"."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from .geometry import Rect, union
from .glyphs import Rule
from .layout import Layout, Line, Zone, rows_of
from .words import Word

HEAD = re.compile(
    r"^(?P<kind>table|tab\.|figure|fig\.|algorithm)\s*(?P<number>[A-Z]?\.?\d+(?:\.\d+)*|[IVX]{1,6}|[A-Z]\d*)(?!\w)\s*(?P<stop>[:.|—–-])?(?P<rest>.*)$",
    re.IGNORECASE,
)
CELL_GAP = 1.1
MOST = 60
"""captions looked for on a page"""


@dataclass(slots=True)
class Caption:
    """`label` as the paper says it ("Table 2"); `text` is all of it, the label included."""

    kind: str
    label: str
    text: str
    zone: Zone
    box: Rect
    lines: list[Line]
    lane: tuple[float, float] | None = None
    """x extent, where something else stands beside the caption"""


def find_captions(layout: Layout) -> list[Caption]:
    """Captions in reading order."""
    found: list[Caption] = []
    taken: set[int] = set()
    body = _body_size(layout)
    by_zone: dict[Zone, list[Line]] = {}
    strips: dict[int, tuple[float, float]] = {}
    for line in layout.lines:
        parts = _side_by_side(line)
        if len(parts) > 1:
            edges = [0.0, *(p.box.x0 - 1 for p in parts[1:]), layout.view.width]
            strips.update((id(p), (edges[k], edges[k + 1])) for k, p in enumerate(parts))
        for part in parts:
            by_zone.setdefault(part.zone, []).append(part)
    for zone_lines in by_zone.values():
        for i, line in enumerate(zone_lines):
            if id(line) in taken or len(found) >= MOST:
                continue
            head = HEAD.match(line.text)
            if head is None or not _is_caption(head, zone_lines, i, body):
                continue
            lane = strips.get(id(line)) or _lane(line, layout)
            lines = _in_lane(layout, line, lane) if lane else _whole(zone_lines, i, layout)
            if lane is None and len(lines) == 1:
                lines = _over_gutter(lines[0], layout)
            if len(lines) == 1 and not head["rest"].strip():
                lines += _title_below(line, layout)
            taken.update(map(id, lines))
            kind = head["kind"].lower()
            kind = {"tab.": "table", "fig.": "figure"}.get(kind, kind)
            text = _read_on([x.text for x in lines])
            found.append(
                Caption(
                    kind,
                    f"{kind.capitalize()} {head['number']}",
                    text,
                    line.zone,
                    union(x.box for x in lines),
                    lines,
                    lane,
                )
            )
    found.sort(key=lambda k: k.box.top)
    return found


def _read_on(lines: list[str]) -> str:
    """Lines as one text, words broken at a line's end made whole."""
    text = ""
    for line in lines:
        if re.search(r"\w-$", text) and line[:1].isalnum():
            text = (text[:-1] if line[:1].islower() else text) + line
        else:
            text = f"{text} {line}".strip()
    return text


def _title_below(label: Line, layout: Layout) -> list[Line]:
    """The title under a label that has a line to itself, where it runs across both columns of text."""
    for line in layout.lines:
        pitch = line.baseline - label.baseline
        if (
            line.zone is not label.zone
            and 0 < pitch < 1.6 * label.size
            and abs(line.box.x0 - label.box.x0) < 3
            and not _mostly_cells(line)
        ):
            return [line]
    return []


def _body_size(layout: Layout) -> float:
    sizes = [w.size for w in layout.view.words for _ in range(min(len(w.text), 4))]
    return median(sizes) if sizes else 10.0


def _lane(line: Line, layout: Layout) -> tuple[float, float] | None:
    """The caption's own strip where another caption, a figure or text stands beside it in one column of text."""
    box = line.box
    column = layout.zone_box(line.zone)
    words = [w for w in layout.view.words if column.x0 <= w.box.cx <= column.x1]
    rows = _beside_rows(line, words, layout.view.rules)
    inside = [w for row in rows for w in row[1]] + line.words
    x0, x1 = min(w.box.x0 for w in inside), max(w.box.x1 for w in inside)
    right = [w.box.x0 for row in rows for w in row[2]]
    left = [w.box.x1 for row in rows for w in row[0]]
    right = [x for x in right if x > box.x1 + 0.9 * line.size]
    left = [x for x in left if x < box.x0 - 0.9 * line.size]
    if (right and min(right) <= x1) or (left and max(left) >= x0):
        return None
    if not right and not left:
        return None
    return (max(left) + 1 if left else 0.0, min(right) - 1 if right else layout.view.width)


Beside = tuple[list[Word], list[Word], list[Word]]


def _barred(words: Sequence[Word], rules: Sequence[Rule]) -> bool:
    """Whether vertical rules part the words of a row: cells of a table."""
    box = union(w.box for w in words)
    return any(
        not r.horizontal and box.x0 < r.box.cx < box.x1 and r.box.overlap_y(box) > 0.6 * box.height
        for r in rules
    )


def _beside_rows(first: Line, words: list[Word], rules: Sequence[Rule]) -> list[Beside]:
    """The caption's rows, each as what stands left of it, its own words, and what stands right of it."""
    size = first.size
    indents = [w.box.x0 for w in first.words[:3]]
    rows = rows_of([w for w in words if -3 < w.baseline - first.baseline < 6.5 * size])
    found: list[Beside] = []
    last = first.baseline
    for row in rows:
        pitch = row[0].baseline - last
        own = [w for w in row if first.box.x0 - 2 <= w.box.x0 <= first.box.x1]
        ruled = any(
            r.horizontal and last - 1 < r.box.cy < row[0].baseline and r.box.overlap_x(first.box) > 20
            for r in rules
        )
        follows = own and any(abs(own[0].box.x0 - x) < 3 for x in indents)
        if not own and abs(pitch) < 0.9 * size:
            # a neighbour's row between two of the caption's
            found.append(_around(row, first, first.box.x1))
            continue
        if pitch > 1.45 * size or ruled or not follows or (found and _barred(row, rules)):
            break
        edge, count = own[0].box.x1, 1
        for w in row[row.index(own[0]) + 1 :]:
            if w.box.x0 > edge + 0.9 * size:
                break
            edge, count = max(edge, w.box.x1), count + 1
        if found and count < 3 and count < len(row):
            break  # cells of a table that stand under the caption
        found.append(_around(row, first, edge))
        last = row[0].baseline
    return found


def _around(row: list[Word], first: Line, edge: float) -> Beside:
    left = [w for w in row if w.box.x1 < first.box.x0 - 2]
    right = [w for w in row if w.box.x0 > edge + 1]
    return left, [w for w in row if w not in left and w not in right], right


def _in_lane(layout: Layout, first: Line, lane: tuple[float, float]) -> list[Line]:
    rows = rows_of(
        [
            w
            for w in layout.view.words
            if lane[0] <= w.box.x0 and w.box.x1 <= lane[1] and w.baseline >= first.baseline - 1
        ]
    )
    lines = [Line(first.zone, r) for r in rows]
    return _whole([first, *(x for x in lines if x.baseline > first.baseline + 3)], 0, layout)


def _over_gutter(first: Line, layout: Layout) -> list[Line]:
    """A line across the page that ends in mid-sentence, with the lines below whose words part at the columns' gutter."""
    box = first.box
    if re.search(r"[.:;!?)]$", first.text) or box.width < 0.6 * layout.view.width:
        return [first]
    lines = _in_lane(layout, first, (box.x0 - 3, layout.view.width))
    for k, line in enumerate(lines[1:], start=1):
        gaps = [b.box.x0 - a.box.x1 for a, b in itertools.pairwise(line.words)]
        if abs(line.box.x0 - box.x0) > 3 or max(gaps, default=0.0) > CELL_GAP * line.size:
            return lines[:k]
    return lines


def _side_by_side(line: Line) -> list[Line]:
    """Two captions may share a line: parted where a label follows a wide gap."""
    parts: list[list[Word]] = [[]]
    head = HEAD.match(line.text)
    headed = head is not None and head["stop"] in (":", ".")
    for i, word in enumerate(line.words):
        following = " ".join(w.text for w in line.words[i : i + 2])
        if (
            parts[-1]
            and word.box.x0 - parts[-1][-1].box.x1 > (0.5 if headed else 0.9) * word.size
            and re.match(r"(Table|Figure|Fig\.)\s\d+[:.]", following)
        ):
            parts.append([])
        parts[-1].append(word)
    if len(parts) == 1:
        return [line]
    return [Line(line.zone, p) for p in parts]


def _is_caption(head: re.Match[str], lines: list[Line], i: int, body: float) -> bool:
    line = lines[i]
    rest = head["rest"].strip()
    if head["number"].isalpha() and not head["number"].isupper():
        return False
    if head["stop"] in (":", "|", "—", "–"):
        return True
    if line.words[0].bold and not any(w.bold for w in line.words[3:6]) and len(line.words) > 3:
        return True
    before = lines[i - 1] if i else None
    pitch = line.baseline - before.baseline if before else 99.0
    alone = before is None or pitch > 1.45 * line.size or before.size < 0.93 * line.size or pitch < 0
    other_size = abs(line.size - body) > 0.4
    if head["stop"] == ".":
        return alone or other_size or line.words[0].bold
    if not rest:
        return alone or other_size
    first = rest.split()[0]
    return (alone or other_size) and first[:1].isupper() and not head["stop"]


def _whole(lines: list[Line], i: int, layout: Layout) -> list[Line]:
    """The caption's further lines: same size, close below, no rule between, not a table's row."""
    whole = [lines[i]]
    for line in lines[i + 1 : i + 14]:
        last = whole[-1]
        pitch = line.baseline - last.baseline
        if pitch <= 0 or pitch > 1.5 * max(last.size, line.size) or abs(line.size - last.size) > 1.1:
            break
        span = union(x.box for x in whole)
        if line.box.overlap_x(span) < 0.5 * min(line.box.width, span.width):
            break
        if len(whole) > 1 and pitch > 1.25 * (whole[1].baseline - whole[0].baseline):
            break
        if any(
            r.horizontal and last.baseline - 1 < r.box.cy < line.baseline and r.box.overlap_x(span) > 20
            for r in layout.view.rules
        ):
            break
        if _barred(line.words, layout.view.rules):
            break
        gaps = [b.box.x0 - a.box.x1 for a, b in zip(line.words, line.words[1:], strict=False)]
        if sum(g > CELL_GAP * line.size for g in gaps) >= 1 and _mostly_cells(line):
            break
        if HEAD.match(line.text) and HEAD.match(line.text)["stop"]:  # type: ignore[index]
            break
        whole.append(line)
    return whole


def _mostly_cells(line: Line) -> bool:
    gaps = [b.box.x0 - a.box.x1 for a, b in zip(line.words, line.words[1:], strict=False)]
    wide = sum(g > CELL_GAP * line.size for g in gaps)
    return wide >= 2 or wide * 3 >= len(gaps)
