"""A claim before it is checked against its page."""

from __future__ import annotations

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


def uncertainty_of(number: Printed) -> dict[str, object] | None:
    """What stands beside a number, in the shape of p2n_schemas.claims.Uncertainty."""
    beside = number.beside
    if beside is None:
        return None
    kind = {"plus_minus": "plus_minus", "parenthesis": "standard_deviation", "interval": "interval"}[
        beside.kind
    ]
    return {
        "kind": kind,
        "value": beside.value,
        "low": beside.low,
        "high": beside.high,
        "printed": beside.printed,
    }
