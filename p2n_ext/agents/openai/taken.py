"""What the answers of one reading have brought so far."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from p2n_ext.protocols import ReadingStep
from p2n_schemas.claims import Box, Claim
from p2n_schemas.events import Stage

from ..likeness import words_of
from .answer_schema import MAX_CLAIMS, Proposal


@dataclass
class Taken:
    """`fresh`: whether the present answer brought anything new; `last`: the newest proposals, for a model to go on after;
    `located`: boxes of numbers by page and print."""

    claims: dict[str, Claim] = field(default_factory=dict)
    dropped: int = 0
    searches: int = 0
    fresh: bool = False
    last: list[str] = field(default_factory=list)
    located: dict[tuple[int, str], list[Box]] = field(default_factory=dict)
    _seen: set[tuple[object, ...]] = field(default_factory=set)
    _begin: float = field(default_factory=time.monotonic)

    def takes(self, proposal: Proposal) -> bool:
        """Whether a proposal is new."""
        names = (proposal.method, proposal.dataset or "", proposal.split or "", proposal.metric)
        key = (*(words_of(n) for n in names), proposal.value_printed, proposal.page, proposal.label)
        if key in self._seen or len(self._seen) >= MAX_CLAIMS:
            return False
        self._seen.add(key)
        self.fresh = True
        self.last = [*self.last, proposal.words][-5:]
        return True

    def summary(self) -> ReadingStep:
        told = f"{len(self.claims)} found in the paper, {self.dropped} not"
        return ReadingStep(Stage.CHECKING, "completed", told, time.monotonic() - self._begin)
