"""What a metric says of itself: its names, its direction, its implementation, and what it is computed from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..source import Helper, Output

Kind = Literal["labels", "binary", "ranking", "probabilities", "regression", "distribution", "clusters"]
Task = Literal["classification", "regression", "clustering"]

_TASKS: dict[Kind, Task] = {
    "labels": "classification",
    "binary": "classification",
    "ranking": "classification",
    "probabilities": "classification",
    "regression": "regression",
    "distribution": "regression",
    "clusters": "clustering",
}
# the plainest first: a method returns no more than its metrics need
_COMPUTED_FROM: dict[Kind, tuple[Output, ...]] = {
    "labels": ("labels", "scores", "probabilities"),
    "binary": ("labels", "scores", "probabilities"),
    "ranking": ("scores", "probabilities"),
    "probabilities": ("probabilities",),
    "regression": ("values",),
    "distribution": ("distribution",),
    "clusters": ("clusters",),
}


@dataclass(frozen=True)
class Metric:
    """One metric.

    `kind` says what it compares with the truth: labels of any number of classes ("labels") or of two ("binary"), an
    order of the rows by their nearness to class 1 of two ("ranking"), probabilities of the classes, numbers
    ("regression"), predictive distributions, or clusters. `expression` is Python over `truth`, `predicted` and, for
    binary ones, POSITIVE. `unit` is "fraction" for values in [0, 1], "target" for the target's own unit (or its square),
    "score" for pure numbers. `silence`: what its plain name leaves open, and why it is this one; `of_library`: the one
    that a paper means that names scikit-learn and no variant. `counts_rows`: it is the share of the test rows that are
    right, or wrong, each counting once.
    """

    key: str
    title: str
    kind: Kind
    unit: Literal["fraction", "target", "score"]
    direction: Literal["maximize", "minimize"]
    expression: str
    imports: tuple[str, ...]
    aliases: tuple[str, ...]
    helpers: tuple[Helper, ...] = ()
    silence: tuple[str, str] | None = None
    of_library: str | None = None
    counts_rows: bool = False

    @property
    def task(self) -> Task:
        return _TASKS[self.kind]

    @property
    def computed_from(self) -> tuple[Output, ...]:
        """The outputs of a method from which it can be computed, the plainest first."""
        return _COMPUTED_FROM[self.kind]

    @property
    def two_classes(self) -> bool:
        """Whether it is defined for two classes only."""
        return self.kind in ("binary", "ranking")

    def factor(self, units: str | None, value: float) -> float:
        """What one of the claim's units is in the metric's own: 0.01 for a percentage of a fraction, else 1.

        A fraction cannot exceed 1, so a bare number above it is read as a percentage.
        """
        if self.unit == "fraction" and (units in ("%", "percent") or (not units and abs(value) > 1)):
            return 0.01
        return 1.0

    def close(self, claimed: float, test_rows: int) -> float:
        """How far from the observed mean a claim is still close, in the metric's own unit.

        One hundredth for fractions and for agreement of clusters, but at most half the way to the nearer end of what
        they can be (0.35 % error is not met by 1.3 %), and never less than one test row; else 5 % of the claimed value.
        """
        if self.unit != "fraction" and self.kind != "clusters":
            return max(abs(claimed) * 0.05, 1e-9)
        room = min(claimed, 1.0 - claimed) / 2 if 0.0 <= claimed <= 1.0 else 0.01
        return max(round(min(0.01, room), 6), 1.0 / max(1, test_rows))
