"""The judge: a claim, its plan and its runs give one verdict."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from p2n_schemas.claims import Claim, Uncertainty
from p2n_schemas.plans import Assumption, Experiment, Fidelity, MetricSpec, Plan
from p2n_schemas.reports import Claimed, ClaimVerdict, Contradiction, Observed, VerdictKind, Whose
from p2n_schemas.runs import Run

from ..catalog import metrics
from .contradictions import contradictions, evidence_of
from .printed import half_unit
from .spread import FEWEST, expected_range

RULE = (
    "A claim stands for a range: the printed value ± half a unit of its last digit, or ± what the paper prints beside it "
    "where that is not the spread over a stated number of repeats. What was observed stands for a range too: the 95 % "
    "prediction interval of a mean over as many repeats as the paper's, from the spread over our own seeds; of fewer than "
    "5 values only the range that was seen. Reproduced: the ranges meet. Close: the gap between them is at most the metric's "
    "tolerance (one percentage point for fractions, and never less than one test row; else 5 % of the value). Not "
    "reproduced: the gap is wider. Not comparable: the experiment was a proxy; or it was reduced, or run once without "
    "the paper's seed, or the paper itself prints another value elsewhere, and the gap is wider, for then the difference "
    "may come from that; or the run did not report the metric."
)


@dataclass(frozen=True)
class _Range:
    low: float
    high: float

    def gap(self, other: _Range) -> float:
        """The distance between two ranges; 0 where they meet."""
        return max(0.0, other.low - self.high, self.low - other.high)


class IntervalJudge:
    """Judges by intervals; works in the claim's own units."""

    rule = RULE

    def contradictions(self, claims: Sequence[Claim]) -> list[Contradiction]:
        """Numbers that the paper itself prints in two ways."""
        return contradictions(claims)

    def judge(
        self,
        claim: Claim,
        plan: Plan,
        runs: Sequence[tuple[Run, dict[str, Any]]],
        contradicted: Sequence[Contradiction] = (),
    ) -> ClaimVerdict:
        """The verdict on a claim from the succeeded runs of its plan and their metrics.json; `contradicted`: what the
        paper prints otherwise of this claim."""
        found = _planned(claim, plan)
        if found is None:
            return _not_run(claim, plan, _unplanned_reason(claim, plan))
        experiment, spec = found
        if not runs:
            return _not_run(claim, plan, "The plan has no finished run yet.")
        values, same = _values(runs, experiment.id, spec)
        base: dict[str, Any] = {
            "claim": claim,
            "whose": Whose.of(claim),
            "fidelity": experiment.fidelity,
            "fidelity_reasons": experiment.fidelity_reasons,
            "assumptions": _assumptions(plan, experiment),
            "justifications": experiment.justifications,
            "plan_id": plan.id,
            "plan_version": plan.version,
            "experiment": experiment.id,
            "run_ids": same,
            "pages": _pages(claim, experiment, contradicted),
            "evidence": evidence_of(claim),
            "contradictions": [entry.id for entry in contradicted],
            "notebook_edited": any(run.notebook_edited for run, _ in runs if run.id in same),
        }
        if not values:
            reason = f"The run did not report {spec.name} on {spec.split} for the experiment {experiment.id}."
            return ClaimVerdict(
                verdict=VerdictKind.NOT_COMPARABLE, rule=f"Not comparable: {reason}", reason=reason, **base
            )
        metric = metrics.by_key(spec.name)
        unit = metric.factor(claim.units, claim.value)
        observed = [round(value / unit, 10) for value in values]
        config = plan.body.config
        claimed, claimed_words = _claimed(claim, config.averaged_over)
        low, high = expected_range(observed, config.averaged_over)
        if metric.unit == "fraction":
            low, high = max(0.0, low), min(1 / unit, high)
        tolerance = spec.tolerance / unit
        once = len(observed) == 1 and not config.seed_stated
        distance = claimed.gap(_Range(low, high))
        verdict, words = _decide(experiment.fidelity, distance, tolerance, once, contradicted, claim.units)
        mean = statistics.fmean(observed)
        seen = _seen(observed, low, high, config.averaged_over, claim.units)
        return ClaimVerdict(
            verdict=verdict,
            rule=f"{words} Claimed: {claimed_words}. Observed: {seen}. Tolerance: {_number(tolerance, claim.units)}.",
            observed=Observed(
                n=len(observed),
                mean=mean,
                standard_deviation=statistics.stdev(observed) if len(observed) > 1 else None,
                low=low,
                high=high,
                values=observed,
            ),
            claimed=Claimed(
                printed=_printed(claim),
                low=round(claimed.low, 10),
                high=round(claimed.high, 10),
                words=claimed_words,
            ),
            gap=round(mean - claim.value, 10),
            metric=metric.key,
            metric_unit=metric.unit,
            metric_gap=round((mean - claim.value) * unit, 12),
            distance=round(distance, 10),
            tolerance=round(tolerance, 10),
            reason=_why(experiment, verdict, once, contradicted),
            **base,
        )


def _decide(
    fidelity: Fidelity,
    gap: float,
    tolerance: float,
    once: bool,
    contradicted: Sequence[Contradiction],
    units: str | None,
) -> tuple[VerdictKind, str]:
    """The verdict and its first sentence. A wider gap never gives a better verdict."""
    if fidelity is Fidelity.PROXY:
        return (
            VerdictKind.NOT_COMPARABLE,
            "Not comparable: the experiment was a proxy, which can never reproduce a claim.",
        )
    if gap <= 1e-9:
        return VerdictKind.REPRODUCED, "Reproduced: the claimed range and the observed range meet."
    apart = _number(gap, units)
    if gap <= tolerance:
        return VerdictKind.CLOSE, f"Close: the ranges are {apart} apart, within the tolerance."
    if fidelity is Fidelity.REDUCED:
        return (
            VerdictKind.NOT_COMPARABLE,
            f"Not comparable: the ranges are {apart} apart, but the experiment was reduced, which may be why.",
        )
    if once:
        return (
            VerdictKind.NOT_COMPARABLE,
            f"Not comparable: the ranges are {apart} apart, but a single run without the paper's seed shows no spread.",
        )
    if contradicted:
        return (
            VerdictKind.NOT_COMPARABLE,
            f"Not comparable: the ranges are {apart} apart, but the paper contradicts itself here. "
            f"{' '.join(entry.words for entry in contradicted)}",
        )
    return (
        VerdictKind.NOT_REPRODUCED,
        f"Not reproduced: the ranges are {apart} apart, more than the tolerance.",
    )


def _assumptions(plan: Plan, experiment: Experiment) -> list[Assumption]:
    """The plan's own, without those of its other experiments (their subject is "<method>: …")."""
    mine = f"{experiment.model.named_in_paper_as}: "
    others = tuple(f"{other.model.named_in_paper_as}: " for other in plan.body.experiments)
    return [
        entry
        for entry in plan.body.assumptions
        if entry.subject.startswith(mine) or not entry.subject.startswith(others)
    ]


def _pages(claim: Claim, experiment: Experiment, contradicted: Sequence[Contradiction]) -> list[int]:
    pages = {claim.citation.page, *(entry.quote.page for entry in experiment.justifications)}
    return sorted(pages | {place.page for entry in contradicted for place in entry.places})


def _planned(claim: Claim, plan: Plan) -> tuple[Experiment, MetricSpec] | None:
    for experiment in plan.body.experiments:
        for spec in experiment.metrics:
            if spec.claim_id == claim.id:
                return experiment, spec
    return None


def _unplanned_reason(claim: Claim, plan: Plan) -> str:
    return next((e.message for e in plan.body.unplanned if e.claim_id == claim.id), "It is not in the plan.")


def _not_run(claim: Claim, plan: Plan, reason: str) -> ClaimVerdict:
    return ClaimVerdict(
        claim=claim,
        verdict=VerdictKind.NOT_RUN,
        rule="No run, no verdict.",
        whose=Whose.of(claim),
        plan_id=plan.id,
        plan_version=plan.version,
        pages=[claim.citation.page],
        evidence=evidence_of(claim),
        reason=reason,
    )


def _values(
    runs: Sequence[tuple[Run, dict[str, Any]]], experiment: str, spec: MetricSpec
) -> tuple[list[float], list[str]]:
    """The newest run's values by repeat, and all runs that gave just these.

    Runs of one plan use the same seeds, so that a second run is no second sample: they are never pooled.
    """
    ordered = sorted(runs, key=lambda pair: pair[0].created_at, reverse=True)
    values = reported(ordered[0][1], experiment, spec.name, spec.split)
    same = [run.id for run, data in ordered if reported(data, experiment, spec.name, spec.split) == values]
    return values, same


def reported(data: dict[str, Any], experiment: str, name: str, split: str) -> list[float]:
    """The values of one metric in a metrics.json, one a repeat. What has a step is a point of a curve and no result."""
    by_repeat: dict[int, float] = {}
    for entry in data.get("metrics", []):
        if entry.get("step") is None and (entry.get("experiment"), entry.get("name"), entry.get("split")) == (
            experiment,
            name,
            split,
        ):
            by_repeat[int(entry.get("repeat") or 0)] = float(entry["value"])
    return [value for _, value in sorted(by_repeat.items())]


def _claimed(claim: Claim, averaged_over: int) -> tuple[_Range, str]:
    """The claimed range in the claim's units, and how it came about."""
    half = half_unit(claim.value_printed)
    printed = _with_units(claim)
    beside = claim.uncertainty
    if beside is None:
        return _Range(claim.value - half, claim.value + half), f"{printed}, ± {half:g} by its printed digits"
    if averaged_over > 1 and beside.kind in ("plus_minus", "standard_deviation"):
        # the printed spread belongs to single repeats; that of their mean is in the observed interval already
        words = (
            f"{printed}, ± {half:g} by its printed digits (its {beside.printed} is the spread over repeats)"
        )
        return _Range(claim.value - half, claim.value + half), words
    low, high = _printed_range(claim.value, beside, half)
    return _Range(low, high), f"{printed} {beside.printed}, so from {low:g} to {high:g}"


def _with_units(claim: Claim) -> str:
    units = f" {claim.units}" if claim.units and claim.units not in claim.value_printed else ""
    return f"{claim.value_printed}{units}"


def _printed(claim: Claim) -> str:
    """As the page has it, with what stands beside it."""
    beside = claim.uncertainty.printed if claim.uncertainty else ""
    return (
        f"{_with_units(claim)} {beside}".strip() if beside not in claim.value_printed else _with_units(claim)
    )


def _printed_range(value: float, beside: Uncertainty, half: float) -> tuple[float, float]:
    """From what is printed beside the value; never narrower than its printed digits."""
    width = beside.value or 0.0
    low = beside.low if beside.low is not None else value - width
    high = beside.high if beside.high is not None else value + width
    return min(low, value - half), max(high, value + half)


def _seen(values: Sequence[float], low: float, high: float, averaged_over: int, units: str | None) -> str:
    mean = _number(statistics.fmean(values), units)
    if len(values) == 1:
        return f"{mean} (one run)"
    if len(values) < FEWEST:
        return f"mean {mean}, from {_number(low, units)} to {_number(high, units)}, n = {len(values)}"
    of = "one run" if averaged_over == 1 else f"the mean of {averaged_over} runs"
    return (
        f"mean {mean}, standard deviation {_number(statistics.stdev(values), units)}, n = {len(values)}; {of} is expected "
        f"between {_number(low, units)} and {_number(high, units)}"
    )


def _number(value: float, units: str | None) -> str:
    text = f"{value:.4g}" if abs(value) < 1000 else f"{value:.6g}"
    return f"{text} {units}" if units else text


def _why(
    experiment: Experiment, verdict: VerdictKind, once: bool, contradicted: Sequence[Contradiction]
) -> str | None:
    if verdict is not VerdictKind.NOT_COMPARABLE:
        return None
    reasons = list(experiment.fidelity_reasons)
    if once:
        reasons.append("it was run once, without the paper's seed")
    for entry in contradicted:
        first, second = entry.places[:2]
        reasons.append(
            f"the paper prints {first.printed} ({first.label}, page {first.page}) and {second.printed} "
            f"({second.label}, page {second.page}) for the same"
        )
    return f"Not comparable because {'; '.join(reasons)}." if reasons else None
