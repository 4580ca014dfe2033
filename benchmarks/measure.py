"""Alternated rounds and their medians: a machine's noise hits every side alike."""

from __future__ import annotations

import signal
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Target:
    """What the project promises: of the ratio ours/theirs, or of our own figure."""

    of: Literal["ratio", "ours"]
    sign: Literal["≤", "≥"]
    bound: float

    def is_met(self, value: float) -> bool:
        return value <= self.bound if self.sign == "≤" else value >= self.bound

    def __str__(self) -> str:
        return f"{self.of} {self.sign} {self.bound:,.6g}"


@dataclass(frozen=True)
class Row:
    """One figure of all rounds: ours, and the other side's with its command, where there is another side."""

    what: str
    unit: str
    ours: Sequence[float]
    theirs: Sequence[float] = ()
    their_command: str = ""
    target: Target | None = None
    note: str = ""

    @property
    def our_median(self) -> float:
        return statistics.median(self.ours)

    @property
    def their_median(self) -> float | None:
        return statistics.median(self.theirs) if self.theirs else None

    @property
    def ratio(self) -> float | None:
        other = self.their_median
        return self.our_median / other if other else None

    @property
    def is_met(self) -> bool | None:
        """None where nothing is promised, or nothing was there to compare with."""
        value = self.our_median if self.target is not None and self.target.of == "ours" else self.ratio
        return None if self.target is None or value is None else self.target.is_met(value)

    def as_json(self) -> dict[str, Any]:
        return {
            "what": self.what,
            "unit": self.unit,
            "ours": list(self.ours),
            "theirs": list(self.theirs),
            "our_median": self.our_median,
            "their_median": self.their_median,
            "ratio": self.ratio,
            "their_command": self.their_command,
            "target": str(self.target) if self.target else None,
            "is_met": self.is_met,
            "note": self.note,
        }


def ratio_at_most(bound: float) -> Target:
    return Target("ratio", "≤", bound)


def ratio_at_least(bound: float) -> Target:
    return Target("ratio", "≥", bound)


def at_most(bound: float) -> Target:
    return Target("ours", "≤", bound)


def at_least(bound: float) -> Target:
    return Target("ours", "≥", bound)


def alternate(
    sides: Mapping[str, Callable[[], T]],
    rounds: int,
    *,
    at_most: Mapping[str, int] | None = None,
    settle: Callable[[], None] = lambda: None,
) -> dict[str, list[T]]:
    """A B C A B C …: what every side gave in each round. `at_most` bounds the rounds of slow sides;
    `settle` is waited for before each turn."""
    found: dict[str, list[T]] = {name: [] for name in sides}
    for number in range(rounds):
        for name, turn in sides.items():
            if number < (at_most or {}).get(name, rounds):
                settle()
                found[name].append(turn())
    return found


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share (0 to 1) of all do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * round(share * 10_000) // 10_000) - 1)]


@contextmanager
def time_limit(seconds: int) -> Iterator[None]:
    """Raise TimeoutError in the main thread when the time is over."""

    def over(*_: object) -> None:
        raise TimeoutError(f"not done within {seconds} s")

    before = signal.signal(signal.SIGALRM, over)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
