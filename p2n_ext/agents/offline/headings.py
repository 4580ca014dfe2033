"""Headings of two levels that are one name ("hits@k" over "1", "Accuracy" over "Class 0"), and letters spelled out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .lexicon import is_metric
from .table_axes import ValueCell

CUT_OFF = re.compile(r"@\s?[kKnN]\b")
# what a measure is taken over, which is no method's name
OVER = re.compile(
    r"(?:global|overall|class\s+[\w-]{1,12}|(?:minority|majority|positive|negative)(?:\s+class)?)",
    re.IGNORECASE,
)
F_MEASURE = re.compile(r"F\s?-?\s?(?:1|β)?(?:[ -]?(?:scores?|measure))?", re.IGNORECASE)
SPELLED = {"P": "Precision", "R": "Recall"}
UPPER, LOWER = ("column", 1), ("column", 0)


def join_heads(cells: Sequence[ValueCell]) -> None:
    """Make one heading of a measure and what its columns take it at or over; the texts change in place."""
    classes = [c for c in cells if OVER.fullmatch(c.texts.get(LOWER, ""))]
    measured = any(is_metric(c.texts.get(UPPER, "")) for c in classes)
    for cell in cells:
        upper, lower = cell.texts.get(UPPER), cell.texts.get(LOWER, "")
        if not upper:
            continue
        if CUT_OFF.search(upper) and re.fullmatch(r"\d+", lower):
            cell.texts[LOWER] = CUT_OFF.sub(f"@{lower}", cell.texts.pop(UPPER))
        elif measured and OVER.fullmatch(lower):
            cell.texts[LOWER] = f"{cell.texts.pop(UPPER)} ({lower})"


def spell_out(cells: Sequence[ValueCell]) -> None:
    """P and R beside an F measure are precision and recall; the texts change in place."""
    names = {c.texts.get(LOWER, "") for c in cells}
    if not (set(SPELLED) <= names and any(F_MEASURE.fullmatch(n) for n in names)):
        return
    for cell in cells:
        if name := SPELLED.get(cell.texts.get(LOWER, "")):
            cell.texts[LOWER] = f"{name} ({cell.texts[LOWER]})"
