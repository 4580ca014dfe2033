"""Claims of two readers as one list: what both say of the same printed number, and where they differ."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Literal

from p2n_schemas.claims import Claim, Disagreement

from .likeness import MINOR, same, words_of

Field = Literal["method", "dataset", "split", "metric", "units", "direction", "own_method"]
FIELDS: tuple[Field, ...] = ("method", "dataset", "split", "metric", "units", "direction", "own_method")
_FILLED: tuple[Field, ...] = ("dataset", "split", "units", "direction", "own_method")
# words that say where a metric was taken or how it is written, not what it is
_UNSAID = MINOR | {"a", "score", "rate", "value", "dataset"}
AGREED = 0.5  # of the distance to certainty
DIFFER = 0.15
LEAST = 0.05


def twin(first: Iterable[Claim], second: Claim) -> Claim | None:
    """The first reader's claim of the same printed number; where several are, the one that is most alike."""
    same = [claim for claim in first if same_number(claim, second)]
    return max(same, key=lambda c: -len(_differing(c, second)), default=None)


def same_number(one: Claim, other: Claim) -> bool:
    """Whether two claims are of one printed number: same digits, and the same place or the same cell."""
    if _digits(one.value_printed) != _digits(other.value_printed):
        return False
    a, b = one.citation, other.citation
    if a.page != b.page:
        return False
    cell = bool(a.row_headings and a.column_headings) and (
        a.label == b.label and a.row_headings == b.row_headings and a.column_headings == b.column_headings
    )
    return cell or one.same_place(other)


def merged(first: Claim, second: Claim) -> Claim:
    """The first reader's claim, with the second's word on it: it fills what the first left open, raises confidence where
    both agree on everything, and stands as a disagreement where they differ. Merging again changes nothing."""
    reader = second.readers[0]
    if reader in first.readers:
        return first
    filled: dict[str, Any] = {
        name: getattr(second, name)
        for name in _FILLED
        if getattr(first, name) is None and getattr(second, name) is not None
    }
    differing = _differing(first, second)
    new = [Disagreement(field=name, reader=reader, value=_told(getattr(second, name))) for name in differing]
    if differing:
        confidence = first.confidence - DIFFER * len(differing)
        reason = f"{reader} reads it otherwise: {', '.join(name.replace('_', ' ') for name in differing)}"
    elif filled:
        # what one reader alone says makes neither of them surer
        confidence = first.confidence
        reason = f"{' and '.join([*first.readers, reader])} agree on the rest"
    else:
        confidence = first.confidence + AGREED * (1 - first.confidence) * second.confidence
        reason = f"{' and '.join([*first.readers, reader])} agree"
    reasons = [*first.reasons, reason]
    reasons += [f"{name.replace('_', ' ')} from {reader}" for name in filled]
    return first.model_copy(
        update={
            **filled,
            "uncertainty": first.uncertainty or second.uncertainty,
            "headline": first.headline or second.headline,
            "confidence": round(min(1.0, max(LEAST, confidence)), 2),
            "reasons": reasons,
            "readers": [*first.readers, reader],
            "disagreements": [*first.disagreements, *new],
        }
    )


def joined(claim: Claim, kept: dict[int, dict[str, Claim]]) -> Claim:
    """A second reader's claim as it is to be kept: one with the first reader's of the same printed number, under that one's
    id, where there is such a claim. `kept` holds the first reader's claims by page and id, and is brought up to date."""
    on_page = kept.get(claim.citation.page, {})
    match = twin(on_page.values(), claim)
    if match is None:
        return claim
    on_page[match.id] = merged(match, claim)
    return on_page[match.id]


def _differing(first: Claim, second: Claim) -> list[Field]:
    """Fields on which both have a word and not the same one."""
    return [
        name
        for name in FIELDS
        if getattr(first, name) is not None
        and getattr(second, name) is not None
        and not _alike(name, getattr(first, name), getattr(second, name))
    ]


def _alike(name: Field, one: Any, other: Any) -> bool:
    if name in ("direction", "own_method", "units"):
        return bool(one == other)
    if same(one, other):
        return True
    mine, theirs = set(words_of(one)) - _UNSAID, set(words_of(other)) - _UNSAID
    if name == "method" or not mine or not theirs or not (mine <= theirs or theirs <= mine):
        return False
    # one name may say more than the other, "accuracy" and "test accuracy"; a number or a sign makes it another
    return all(word.isalpha() for word in mine ^ theirs)


def _digits(printed: str) -> str:
    plain = re.sub(r"[−–‐]", "-", printed).strip().rstrip("% ").replace(",", "").lstrip("+")
    return re.sub(r"^(-?)\.", r"\g<1>0.", plain)


def _told(value: Any) -> str | None:
    return None if value is None else str(value).lower() if isinstance(value, bool) else str(value)
