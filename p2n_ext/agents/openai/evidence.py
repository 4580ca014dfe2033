"""What the paper shows for and against a proposed claim at one place where its number stands."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .paper_text import PaperText, Place

NAMED = 0.25
CLEARLY = 0.5
SURELY = 0.9
OWN = re.compile(r"\b(?:ours?|we|proposed|this (?:work|paper|study))\b", re.IGNORECASE)


@dataclass
class Evidence:
    """`against`: why the number at this place is not the claim; without it `strength` says how well it fits, 0 to 1.

    `dataset`, `split` and `own_method` are what of the proposal the paper bears out. `measured`: whether a heading of the
    cell, or the sentence, says the metric itself.
    """

    place: Place
    strength: float = 0.0
    confidence: float = 1.0
    reasons: list[str] = field(default_factory=list)
    against: str | None = None
    method: str = ""
    metric: str = ""
    dataset: str | None = None
    split: str | None = None
    own_method: bool | None = None
    measured: bool = False

    def refuse(self, why: str) -> Evidence:
        self.against = why
        return self

    def less(self, share: float, why: str) -> None:
        self.confidence -= share
        self.reasons.append(why)


def calls_own(name: str, paper: PaperText) -> bool:
    """Whether a name says that it is the paper's own, or the paper calls it so."""
    return bool(OWN.search(name)) or any(name.casefold() == own.casefold() for own in paper.context.own)
