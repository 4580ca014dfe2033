"""What a story may say: picked from claims, plans and runs, bounded, and the same for the same paper."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from p2n_schemas.claims import Claim, ClaimStatus
from p2n_schemas.plans import Plan
from p2n_schemas.reports import ClaimVerdict, VerdictKind
from p2n_schemas.runs import Run

from ...catalog import datasets, methods, metrics
from ...catalog.datasets import Dataset
from ...catalog.methods import Method
from ...catalog.metrics import Metric
from ...protocols import StorySource
from .plain import name, one_line, quoted

MAX_SCORES = 4
_LOOKED_AT = 100
_NUMBER = re.compile(r"([-+−]?(?:\d[\d,]*)?\.?\d+(?:[eE][-+−]?\d+)?)\s*%?")


@dataclass(frozen=True)
class Score:
    """A claim on the scoreboard, in the words that the page shows."""

    claim_id: str
    method: str
    dataset: str | None
    verdict: VerdictKind
    claimed: str
    observed: str | None


@dataclass(frozen=True)
class Knowledge:
    """`lead`: the claim that the story is about; `plan`: the newest that covers it, else the newest; `runs`: newest first,
    without those that a determinism validation made."""

    title: str
    pages: int
    was_read: bool
    results: int
    lead: Claim | None
    method: Method | None
    dataset: Dataset | None
    metric: Metric | None
    plan: Plan | None
    runs: tuple[Run, ...]
    counts: dict[VerdictKind, int]
    scores: tuple[Score, ...]


def know(source: StorySource) -> Knowledge:
    verdicts = [v for v in source.report.verdicts if v.claim.status is not ClaimStatus.REJECTED]
    lead = _lead([verdict.claim for verdict in verdicts])
    plan = _plan(source.plans, lead)
    covered = plan is not None and lead is not None and _covers(plan, lead)
    return Knowledge(
        title=name(source.paper.title or source.paper.filename),
        pages=source.paper.pages,
        was_read=source.paper.reader is not None,
        results=len(verdicts),
        lead=lead,
        method=_method(lead, plan if covered else None),
        dataset=_dataset(lead, plan if covered else None),
        metric=metrics.find(lead.metric) if lead else None,
        plan=plan,
        runs=tuple(run for run in source.report.runs if run.validation_id is None),
        counts=dict(Counter(verdict.verdict for verdict in verdicts)),
        scores=tuple(map(_score, _shown(verdicts))),
    )


def amount(printed: str, units: str | None) -> str:
    """A value as a child reads it: a share of 100, a bare number, or else a quotation."""
    shown = one_line(printed, 40)
    found = _NUMBER.fullmatch(shown)
    if found is None:
        return quoted(name(shown, 40))
    if shown.endswith("%") or (units or "").strip() == "%":
        return f"{found[1]} out of 100"
    return f"{found[1]} {quoted(name(units, 20))}" if units and units.strip() else found[1]


def _lead(claims: Sequence[Claim]) -> Claim | None:
    """Of the abstract, of the paper's own, and one that can be explained, before others; else the first."""
    best = max(map(_prominence, claims), default=None)
    first = [claim for claim in claims if _prominence(claim) == best][:_LOOKED_AT]
    # a name takes a fraction of a millisecond to understand, and a table has it in every cell
    understood = {name: not isinstance(methods.understand(name), str) for name in {c.method for c in first}}
    found = {name: datasets.find(name) is not None for name in {c.dataset for c in first if c.dataset}}
    return max(first, key=lambda c: (understood[c.method], found.get(c.dataset or "", False)), default=None)


def _prominence(claim: Claim) -> tuple[bool, bool]:
    return claim.headline, claim.own_method is True


def _shown(verdicts: Sequence[ClaimVerdict]) -> list[ClaimVerdict]:
    """The abstract's claims, else all: those that a run has judged first."""
    headlines = [verdict for verdict in verdicts if verdict.claim.headline] or list(verdicts)
    headlines.sort(key=lambda verdict: (verdict.observed is None, verdict.verdict is VerdictKind.NOT_RUN))
    return headlines[:MAX_SCORES]


def _score(verdict: ClaimVerdict) -> Score:
    claim = verdict.claim
    seen = verdict.observed
    # one digit finer than the paper prints, as the report has it
    decimals = re.search(r"[.,](\d+)", claim.value_printed)
    digits = min(6, (len(decimals[1]) if decimals else 0) + 1)
    return Score(
        claim_id=claim.id,
        method=name(claim.method, 60),
        dataset=name(claim.dataset, 60) if claim.dataset else None,
        verdict=verdict.verdict,
        claimed=amount(claim.value_printed, claim.units),
        observed=amount(f"{seen.mean:.{digits}f}", claim.units) if seen is not None else None,
    )


def _covers(plan: Plan, claim: Claim) -> bool:
    return any(metric.claim_id == claim.id for e in plan.body.experiments for metric in e.metrics)


def _plan(plans: Sequence[Plan], lead: Claim | None) -> Plan | None:
    covering = [plan for plan in plans if lead is not None and _covers(plan, lead)]
    return next(iter([*covering, *plans]), None)


def _method(lead: Claim | None, plan: Plan | None) -> Method | None:
    if lead is None:
        return None
    if plan is not None:
        for experiment in plan.body.experiments:
            if any(metric.claim_id == lead.id for metric in experiment.metrics):
                try:
                    return methods.by_key(experiment.model.name)
                except KeyError:
                    return None
    understood = methods.understand(lead.method)
    return None if isinstance(understood, str) else understood.candidates[0]


def _dataset(lead: Claim | None, plan: Plan | None) -> Dataset | None:
    if plan is not None:
        try:
            return datasets.of(plan.body.dataset)
        except KeyError:
            return None
    return datasets.find(lead.dataset) if lead is not None and lead.dataset else None
