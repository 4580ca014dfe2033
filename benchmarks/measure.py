"""Alternated rounds and their medians: a machine's noise hits both sides alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Side:
    """One way to do a thing: the command or code, and what a round of it gives (seconds, or a rate)."""

    name: str
    how: str
    round: Callable[[], float]


@dataclass(frozen=True)
class Comparison:
    what: str
    ours: Side
    theirs: Side
    ours_median: float
    theirs_median: float
    unit: str

    @property
    def ratio(self) -> float:
        return self.ours_median / self.theirs_median


def compare(what: str, ours: Side, theirs: Side, rounds: int, unit: str = "s") -> Comparison:
    """A B A B …, then the medians."""
    values: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for side, found in zip((ours, theirs), values, strict=True):
            found.append(side.round())
    return Comparison(what, ours, theirs, median(values[0]), median(values[1]), unit)
