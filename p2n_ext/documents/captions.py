"""Captions of tables and figures: told from sentences that begin with "Table 2 shows"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from statistics import median

from .geometry import Rect, union
from .layout import Layout, Line, Zone, rows_of
from .words import Word

HEAD = re.compile(
    r"^(?P<kind>table|tab\.|figure|fig\.|algorithm)\s*(?P<number>[A-Z]?\.?\d+(?:\.\d+)*|[IVX]{1,6}|[A-Z]\d*)\s*(?P<stop>[:.|—–-])?(?P<rest>.*)$",
    re.IGNORECASE,
)
CELL_GAP = 1.1


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
    for line in layout.lines:
        for part in _side_by_side(line):
            by_zone.setdefault(part.zone, []).append(part)
    for zone_lines in by_zone.values():
        for i, line in enumerate(zone_lines):
            if id(line) in taken:
                continue
            head = HEAD.match(line.text)
            if head is None or not _is_caption(head, zone_lines, i, body):
                continue
            lane = _lane(line, layout)
            lines = _in_lane(layout, line, lane) if lane else _whole(zone_lines, i, layout)
            taken.update(map(id, lines))
            kind = head["kind"].lower()
            kind = {"tab.": "table", "fig.": "figure"}.get(kind, kind)
            text = " ".join(x.text for x in lines)
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


def _body_size(layout: Layout) -> float:
    sizes = [w.size for w in layout.view.words for _ in range(min(len(w.text), 4))]
    return median(sizes) if sizes else 10.0


def _lane(line: Line, layout: Layout) -> tuple[float, float] | None:
    """The caption's own strip where another caption, a figure or text stands beside it in one column of text."""
    box = line.box
    beside = [
        w
        for other in layout.lines
        if other.zone is line.zone and abs(other.baseline - line.baseline) < 3
        for w in other.words
        if not box.x0 - 1 <= w.box.x0 <= box.x1
    ]
    right = [w.box.x0 for w in beside if w.box.x0 > box.x1 + 0.9 * line.size]
    left = [w.box.x1 for w in beside if w.box.x1 < box.x0 - 0.9 * line.size]
    if not right and not left:
        return None
    return (max(left) + 1 if left else 0.0, min(right) - 1 if right else layout.view.width)


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


def _side_by_side(line: Line) -> list[Line]:
    """Two captions may share a line: parted where a label follows a wide gap."""
    parts: list[list[Word]] = [[]]
    for i, word in enumerate(line.words):
        following = " ".join(w.text for w in line.words[i : i + 2])
        if (
            parts[-1]
            and word.box.x0 - parts[-1][-1].box.x1 > 0.9 * word.size
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
