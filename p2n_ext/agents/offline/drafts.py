"""A claim before it is checked against its page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from p2n_ext.documents.geometry import Rect

from .numbers import Printed


@dataclass(slots=True)
class Draft:
    """Boxes are in the displayed page's frame (points, origin top left)."""

    page: int
    label: str
    method: str
    dataset: str | None
    split: str | None
    metric: str
    value: float
    printed: str
    units: str | None
    direction: str | None
    uncertainty: dict[str, object] | None
    own_method: bool | None
    rows: list[str]
    columns: list[str]
    quote: str
    box: Rect
    region: Rect
    confidence: float
    reasons: list[str] = field(default_factory=list)
    headline: bool = False


SPREADS = (
    ("standard_error", re.compile(r"\bstandard[- ]errors?\b|\bstd\.? ?err\w*|\bSEM?\b|\bs\.e\.")),
    (
        "interval",
        re.compile(
            r"\bconfidence intervals?\b|\bcredible intervals?\b|\b9\d ?% (?:CIs?|intervals?)\b|\b9\d%-CI\b"
        ),
    ),
    (
        "standard_deviation",
        re.compile(
            r"\bstandard[- ]deviations?\b|\bstd\.?(?: ?devs?\.?)?(?![a-z])|\bs\.d\.|\bSDs?\b|\bstdevs?\b"
        ),
    ),
)


def spread_told(texts: Sequence[str]) -> str | None:
    """What the numbers after a ± are, by the first text that says it; None where none does."""
    for text in texts:
        found = [(m.start(), kind) for kind, pattern in SPREADS if (m := pattern.search(text))]
        if found:
            return min(found)[1]
    return None


def uncertainty_of(number: Printed, told: str | None = None) -> dict[str, object] | None:
    """What stands beside a number, in the shape of p2n_schemas.claims.Uncertainty.

    `told` is what the paper says of its spreads; what it does not say is not guessed.
    """
    beside = number.beside
    if beside is None:
        return None
    kind = "interval" if beside.kind == "interval" else told or "plus_minus"
    return {
        "kind": kind,
        "value": beside.value,
        "low": beside.low,
        "high": beside.high,
        "printed": beside.printed,
    }
