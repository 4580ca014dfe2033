"""Numbers that a paper prints in two ways: its abstract against its tables, one table against another.

A value that differs is seldom a contradiction: mostly a setting differs that no heading names. So a difference counts
only where the paper itself says that both are one number: a summary (abstract, introduction, conclusion) against the
one value that the tables have for it; a summary's "our method" that stands in no row at all of its data and metric; or
two tables that agree on most of what they share.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from p2n_schemas.claims import Claim, ClaimStatus
from p2n_schemas.reports import Contradiction, Printing

from ..catalog import metrics
from ..catalog.names import fold
from .printed import half_unit

_SUMMARY = re.compile(r"\b(?:abstract|introduction|conclusions?|concluding|summary|title)\b", re.IGNORECASE)
_TABLE = re.compile(r"\btab(?:le|\.)", re.IGNORECASE)
# What is measured against something else differs with that: a speed-up over another baseline is another number.
_RELATIVE = re.compile(
    r"speed ?-?up|improvement|reduction|\bgain|\brank|relative|difference|compared", re.IGNORECASE
)
_OURS = re.compile(r"\b(?:our|ours|we|this|the (?:proposed|presented)|proposed)\b", re.IGNORECASE)
_FEWEST_AGREED = 2
_MAX = 100

_Key = tuple[str, str, str]


@dataclass(frozen=True)
class _Value:
    """A claim's number in its metric's own unit, and how far its rounding reaches."""

    claim: Claim
    number: float
    half: float

    def differs(self, other: _Value) -> bool:
        return abs(self.number - other.number) > (self.half + other.half) * (1 + 1e-9)


def contradictions(claims: Sequence[Claim]) -> list[Contradiction]:
    """What the paper contradicts itself in, by page; claims that a person rejected are not heard."""
    groups: defaultdict[_Key, list[_Value]] = defaultdict(list)
    for claim in claims:
        if claim.status is not ClaimStatus.REJECTED and claim.dataset and not _RELATIVE.search(claim.metric):
            key, value = _read(claim)
            groups[key].append(value)
    entries = {entry.id: entry for entry in (*_summaries(groups), *_ours(groups), *_tables(groups))}
    return sorted(entries.values(), key=lambda entry: (entry.places[0].page, entry.id))[:_MAX]


def _read(claim: Claim) -> tuple[_Key, _Value]:
    metric = metrics.find(claim.metric)
    factor = metric.factor(claim.units, claim.value) if metric else 1.0
    name = metric.key if metric else f"{fold(claim.metric)} {claim.units or ''}"
    half = half_unit(claim.value_printed) * factor
    return (fold(claim.method), fold(claim.dataset or ""), name), _Value(claim, claim.value * factor, half)


def _summaries(groups: dict[_Key, list[_Value]]) -> Iterable[Contradiction]:
    for values in groups.values():
        told = [value for value in values if _is_summary(value.claim)]
        shown = [value for value in values if _is_table(value.claim)]
        for summary in told:
            results = [value for value in shown if _may_be_one_split(summary.claim, value.claim)]
            # Several values of one name differ in a setting: which of them the summary means nobody can tell.
            if not results or any(a.differs(b) for a, b in combinations(results, 2)):
                continue
            if all(summary.differs(value) for value in results):
                yield _contradiction("summary_against_results", [summary, results[0]])


def _ours(groups: dict[_Key, list[_Value]]) -> Iterable[Contradiction]:
    """Of a summary that does not name its method, the nearest of the paper's own results."""
    by_data: defaultdict[tuple[str, str], list[_Value]] = defaultdict(list)
    for (_, dataset, metric), values in groups.items():
        by_data[(dataset, metric)] += values
    for values in by_data.values():
        shown = [value for value in values if _is_table(value.claim)]
        for summary in values:
            if not (
                _is_summary(summary.claim) and summary.claim.own_method and _OURS.search(summary.claim.method)
            ):
                continue
            own = [v for v in shown if v.claim.own_method and _may_be_one_split(summary.claim, v.claim)]
            if own and all(summary.differs(value) for value in shown):
                nearest = min(own, key=lambda value: abs(value.number - summary.number))
                yield _contradiction("summary_against_results", [summary, nearest])


def _tables(groups: dict[_Key, list[_Value]]) -> Iterable[Contradiction]:
    agreed: defaultdict[tuple[str, str], int] = defaultdict(int)
    apart: defaultdict[tuple[str, str], list[tuple[_Value, _Value]]] = defaultdict(list)
    for values in groups.values():
        by_place: defaultdict[tuple[str, str], list[_Value]] = defaultdict(list)
        for value in values:
            if _is_table(value.claim):
                by_place[(value.claim.citation.label, fold(value.claim.split or ""))].append(value)
        for (first, mine), (second, theirs) in combinations(by_place.items(), 2):
            if first[0] == second[0] or first[1] != second[1] or len(mine) > 1 or len(theirs) > 1:
                continue
            pair = (first[0], second[0])
            if mine[0].differs(theirs[0]):
                apart[pair].append((mine[0], theirs[0]))
            else:
                agreed[pair] += 1
    for pair, differing in apart.items():
        if agreed[pair] >= max(_FEWEST_AGREED, 2 * len(differing)):
            for one, other in differing:
                yield _contradiction("table_against_table", [one, other])


def _is_summary(claim: Claim) -> bool:
    return bool(_SUMMARY.search(claim.citation.label)) and not _is_table(claim)


def _is_table(claim: Claim) -> bool:
    return bool(_TABLE.search(claim.citation.label))


def _may_be_one_split(summary: Claim, result: Claim) -> bool:
    return not summary.split or not result.split or fold(summary.split) == fold(result.split)


def _contradiction(kind: str, values: Sequence[_Value]) -> Contradiction:
    first, second = (value.claim for value in values)
    digest = hashlib.sha256("\0".join([first.id, second.id]).encode()).hexdigest()[:12]
    metric = metrics.find(first.metric)
    factor = metric.factor(first.units, first.value) if metric else 1.0
    about = ", ".join(filter(None, (first.method, first.dataset, first.split or second.split)))
    return Contradiction.model_validate(
        {
            "id": f"cd_{digest}",
            "kind": kind,
            "method": first.method,
            "dataset": first.dataset,
            "split": first.split or second.split,
            "metric": first.metric,
            "places": [_printing(first), _printing(second)],
            "difference": round(abs(values[0].number - values[1].number) / factor, 10),
            "words": f"{first.metric} of {about}: {_where(first)} prints {_printed(first)}, {_where(second)} prints "
            f"{_printed(second)}; that is more than rounding.",
        }
    )


def _printing(claim: Claim) -> Printing:
    return Printing(
        claim_id=claim.id,
        label=claim.citation.label,
        page=claim.citation.page,
        printed=_printed(claim),
        value=claim.value,
        quote=claim.citation.quote,
        evidence=evidence_of(claim),
    )


def evidence_of(claim: Claim) -> str:
    """Where the picture of a claim's place is to be had, relative to the API's root."""
    return f"claims/{claim.id}/evidence.png"


def _where(claim: Claim) -> str:
    return f"{claim.citation.label} (page {claim.citation.page})"


def _printed(claim: Claim) -> str:
    units = f" {claim.units}" if claim.units and claim.units not in claim.value_printed else ""
    return f"{claim.value_printed}{units}"
