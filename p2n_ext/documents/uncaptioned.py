"""Tables without a caption: rules of one length with rows of numbers between them, led up to by a sentence."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

from .captions import Caption
from .cells import atoms_of, prose_like
from .geometry import Rect, union
from .layout import Layout, Line, rows_of
from .tables import Body, Table, make_table

LEAST_RULES = 3
"""above and below the headings, and below the rows"""
PITCH = 60.0
"""points between two rules of a table, at the most"""
NEAR = 30.0
"""points between a table and the line that leads up to it"""
PARAGRAPH = 20
"""lines of a paragraph looked at"""
LEADS = re.compile(
    r":$|\b(?:tables?|results) (?:below|that follows?)\b|\bfollowing (?:tables?|results)\b", re.IGNORECASE
)
# what may be said before a table that is boxed in all round and needs no announcement
MEASURED = re.compile(
    r"\b(?:percentages?|proportions?|fractions?|accurac(?:y|ies)|scores?|errors?|rates?|results?|performance)\b",
    re.IGNORECASE,
)
SENTENCE = re.compile(r"(?<=[a-z\d)\]][.!?])\s+(?=[A-Z])")


def uncaptioned(layout: Layout, captions: Sequence[Caption], taken: Sequence[Rect]) -> Iterator[Table]:
    """Tables of a view, from the top, that no caption names and the text above leads up to; their label is empty.

    `taken` are the boxes of its captioned tables. The caption of what is found is the sentence above it.
    """
    barred = [*taken, *(k.box for k in captions), *layout.view.figures]
    last: Table | None = None
    for box in _ruled(layout):
        if any(b.overlap_x(box) > 0 and b.overlap_y(box) > 0 for b in barred):
            continue
        body = _body(layout, box)
        if body is None:
            continue
        if last is not None and 0 <= box.top - last.box.bottom < NEAR and last.box.overlap_x(box) > 0:
            lead, place = last.caption, last.caption_box
        elif told := _lead(layout, box, _boxed_in(body, box)):
            lead, place = told
        else:
            continue
        table = make_table(Caption("table", "", lead, body.lines[0].zone, place, []), body)
        if table is not None and table.grid.rows[0].header and table.grid.stubs:
            yield table
            last = table


def _ruled(layout: Layout) -> list[Rect]:
    """Boxes between rules that begin and end at the same places."""
    rules = sorted((r.box for r in layout.view.rules if r.horizontal), key=lambda b: b.cy)
    stacks: list[list[Rect]] = []
    for rule in rules:
        for stack in reversed(stacks):
            same = abs(stack[-1].x0 - rule.x0) < 2 and abs(stack[-1].x1 - rule.x1) < 2
            if same and rule.cy - stack[-1].cy < PITCH and not _blank(layout, stack[-1], rule):
                stack.append(rule)
                break
        else:
            stacks.append([rule])
    return sorted((union(s) for s in stacks if len(s) >= LEAST_RULES), key=lambda b: b.top)


def _blank(layout: Layout, upper: Rect, lower: Rect) -> bool:
    """Whether nothing stands between two rules that are no double rule: the white space between two tables."""
    between = Rect(upper.x0, upper.cy, upper.x1, lower.cy)
    return between.height > 6 and not any(between.holds(w.box.cx, w.box.cy) for w in layout.view.words)


def _body(layout: Layout, box: Rect) -> Body | None:
    """The rows in a box: headings, then names beside two numbers or more; None where anything else stands there."""
    words = [w for w in layout.view.words if box.grown(2).holds(w.box.cx, w.box.cy)]
    zone = next((x.zone for x in layout.lines if words and words[0] in x.words), None)
    rows = rows_of(words)
    if zone is None or len(rows) < 2:
        return None
    for row in rows[1:]:
        names = [a for a in atoms_of(row) if not a.numeric]
        if len(atoms_of(row)) - len(names) < 2 or not names or prose_like(row, box.width):
            return None
    if any(a.numeric for a in atoms_of(rows[0])):
        return None
    rules = [r for r in layout.view.rules if box.grown(2).holds(r.box.cx, r.box.cy)]
    return Body([Line(zone, row) for row in rows], rules)


def _boxed_in(body: Body, box: Rect) -> bool:
    """Whether vertical rules close a table at both sides and part its columns in every row."""
    bars = [r.box for r in body.rules if not r.horizontal]
    sides = all(any(abs(b.cx - x) < 3 for b in bars) for x in (box.x0, box.x1))
    return sides and all(
        sum(b.overlap_y(x.box) > 0.4 * x.box.height for b in bars) >= len(body.cells(x)) for x in body.lines
    )


def _lead(layout: Layout, box: Rect, boxed: bool) -> tuple[str, Rect] | None:
    """The sentence right above a box, and its lines' box, where it or its paragraph leads up to a table.

    Above a table that is `boxed` in, the last sentence of the paragraph that says what was measured will do.
    """
    above = [
        x
        for x in layout.lines
        if x.box.bottom < box.top + 2 and x.box.x0 < box.x1 and x.box.x1 > box.x0 and len(x.words) > 1
    ]
    above.sort(key=lambda x: -x.baseline)
    if not above or box.top - above[0].box.bottom > NEAR:
        return None
    kept = above[:1]
    for upper in above[1:PARAGRAPH]:
        if kept[-1].baseline - upper.baseline > 1.8 * upper.size:
            break
        kept.append(upper)
    texts = [x.text for x in reversed(kept)]
    sentences = SENTENCE.split(" ".join(texts))
    place = union(x.box for x in itertools.islice(kept, 6))
    if LEADS.search(sentences[-1]) or LEADS.search(" ".join(texts)):
        return sentences[-1], place
    measured = [t for t in sentences if MEASURED.search(t)] if boxed else []
    return (measured[-1], place) if measured else None
