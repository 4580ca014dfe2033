"""What a new reading of a paper makes of the claims that are kept: the same in every database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from p2n_schemas.claims import Claim, ClaimStatus

_BAND = 8.0
"""Points of a page's height; about a line."""


class _Places:
    """Claims by where they stand, found again without looking at every one."""

    def __init__(self) -> None:
        self._by_id: dict[str, Claim] = {}
        self._by_band: dict[tuple[int, int], list[Claim]] = {}

    def add(self, claim: Claim) -> None:
        self._by_id[claim.id] = claim
        box = claim.citation.box
        for band in range(int(box.top // _BAND), int(box.bottom // _BAND) + 1):
            self._by_band.setdefault((claim.citation.page, band), []).append(claim)

    def find(self, claim: Claim) -> Claim | None:
        """The claim with this id, else one on the same printed number."""
        box = claim.citation.box
        band = int((box.top + box.bottom) / 2 // _BAND)
        near = self._by_band.get((claim.citation.page, band), ())
        return self._by_id.get(claim.id) or next((old for old in near if old.same_place(claim)), None)


@dataclass(frozen=True)
class Replacement:
    """`moved`: the new positions of claims that a person judged, by id. `fresh`: proposed claims and their positions,
    in place of all that were proposed before. `count`: claims there are then."""

    moved: dict[str, int]
    fresh: list[tuple[int, Claim]]
    count: int


def replacement(present: Sequence[Claim], found: Sequence[Claim]) -> Replacement:
    """What is to be kept of the claims that are there and those that a reader found."""
    judged, proposed, taken = _Places(), _Places(), set[str]()
    for old in present:
        if old.status is ClaimStatus.PROPOSED:
            proposed.add(old)
        else:
            judged.add(old)
            taken.add(old.id)
    stay = len(taken)
    moved: dict[str, int] = {}
    fresh: list[tuple[int, Claim]] = []
    for position, claim in enumerate(found):
        # What a person has judged keeps the person's word, but takes its place in the new order.
        kept = judged.find(claim)
        if kept is not None:
            moved[kept.id] = position
            continue
        # Plans and reports know a number by its id, whatever a better reader calls it now.
        known = proposed.find(claim)
        same = known is not None and known.value_printed == claim.value_printed
        claim_id = known.id if known is not None and same and known.id not in taken else claim.id
        if claim_id not in taken:
            taken.add(claim_id)
            fresh.append((position, claim.model_copy(update={"id": claim_id})))
    return Replacement(moved, fresh, stay + len(fresh))
