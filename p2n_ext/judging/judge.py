"""The judge: a claim, its plan and its runs give one verdict."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from p2n_schemas.claims import Claim, Uncertainty
from p2n_schemas.plans import Assumption, Experiment, Fidelity, MetricSpec, Plan
from p2n_schemas.reports import Claimed, ClaimVerdict, Contradiction, Observed, VerdictKind, Whose
from p2n_schemas.runs import Run, RunStatus

from ..catalog import datasets, metrics
from ..catalog.metrics import Metric
from .contradictions import contradictions, evidence_of
from .printed import half_unit
from .spread import FEWEST, chance_range, error_of_drawing, expected_range

_NOTHING = 1e-9
_ENDED = "Its run was ended at its deadline"
_FEW = "so few runs can't tell that from chance"
_RARE = "inside the 99.9 % one, as some of a paper's many true claims may be: more repeats would tell"

RULE = (
    "A claim stands for a range: the printed value ± half a unit of its last digit, or ± what the paper prints beside it "
    "where that is not the spread over a stated number of repeats. What was observed stands for a range too: the 95 % "
    "prediction interval of a mean over as many repeats as the paper's, from the spread over our own repeats, which holds "
    "the chance in drawing the test rows; of fewer than 5 values only the range that was seen. Reproduced: the ranges meet. "
    "Close: they do not, but the claim is no farther from the observed mean than the metric's tolerance (one percentage "
    "point for fractions, but at most half the way to 0 or 100 % and never less than one test row; else 5 % of the value), "
    "or it lies inside the 99 % interval, for one true claim in twenty lies outside the 95 % one. Not reproduced: it is "
    "farther off than both. Not comparable: the experiment was a proxy; or the claim is farther off, but the "
    "experiment was reduced, or ran too seldom to tell that from chance (of 2 to 4 values the 99 % interval is taken to be at "
    "least as wide as drawing the test rows alone makes it; one run without the paper's seed shows no spread), or lies inside "
    "the 99.9 % interval still, for of dozens of true claims one or two lie outside the 99 % one, or the paper "
    "itself prints another value elsewhere; or the run did not report the metric."
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
        """The verdict on a claim from the succeeded runs of its plan and their metrics.json, or from what runs had reported
        when they were ended at their deadline; `contradicted`: what the paper prints otherwise of this claim."""
        found = _planned(claim, plan)
        if found is None:
            return _not_run(claim, plan, _unplanned_reason(claim, plan))
        experiment, spec = found
        if not runs:
            return _not_run(claim, plan, "The plan has no finished run yet.")
        values, same = _values(runs, experiment.id, spec)
        cut = runs[0][0].status is RunStatus.TIMEOUT
        if cut and not values:
            return _not_run(claim, plan, f"{_ENDED} before this experiment had reported anything.")
        wanted = experiment.config.repeats or plan.body.config.repeats
        if cut and len(values) < wanted:
            experiment = _shortened(experiment, len(values), wanted)
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
        mean = statistics.fmean(observed)
        drawn = _drawn(plan, metric, statistics.fmean(values))
        drawn = None if drawn is None else drawn / unit
        chance = chance_range(observed, config.averaged_over, 99, drawn)
        rare = chance_range(observed, config.averaged_over, 99.9, drawn)
        apart = _Apart(
            from_range=claimed.gap(_Range(low, high)),
            from_mean=claimed.gap(_Range(mean, mean)),
            by_chance=_inside(claimed, chance),
            by_rare_chance=_inside(claimed, rare),
            few=len(observed) < FEWEST and not config.seed_stated,
            once=len(observed) == 1 and not config.seed_stated,
        )
        verdict, words = _decide(experiment.fidelity, apart, tolerance, contradicted, claim.units)
        seen = _seen(observed, low, high, config.averaged_over, claim.units)
        if chance is not None and verdict is not VerdictKind.REPRODUCED:
            seen = f"{seen}, at the 99 % level between {_number(chance[0], claim.units)} and {_number(chance[1], claim.units)}"
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
            distance=round(apart.from_range, 10),
            tolerance=round(tolerance, 10),
            reason=_why(experiment, verdict, apart, contradicted),
            **base,
        )


@dataclass(frozen=True)
class _Apart:
    """How far a claim is from what was observed, in the claim's units.

    `by_chance`: it lies inside the 99 % interval; `by_rare_chance`: inside the 99.9 % one; `few`: too few values for a 95 % interval; `once`: a single one.
    """

    from_range: float
    from_mean: float
    by_chance: bool
    by_rare_chance: bool
    few: bool
    once: bool


def _decide(
    fidelity: Fidelity,
    apart: _Apart,
    tolerance: float,
    contradicted: Sequence[Contradiction],
    units: str | None,
) -> tuple[VerdictKind, str]:
    """The verdict and its first sentence. A wider gap never gives a better verdict."""
    if fidelity is Fidelity.PROXY:
        return (
            VerdictKind.NOT_COMPARABLE,
            "Not comparable: the experiment was a proxy, which can never reproduce a claim.",
        )
    if apart.from_range <= _NOTHING:
        return VerdictKind.REPRODUCED, "Reproduced: the claimed range and the observed range meet."
    off = f"the claim is {_number(apart.from_range, units)} outside the observed range"
    if apart.from_mean <= tolerance + _NOTHING:
        away = _number(apart.from_mean, units)
        return (
            VerdictKind.CLOSE,
            f"Close: {off}, but only {away} from the observed mean, within the tolerance.",
        )
    if apart.by_chance and not apart.few:
        return VerdictKind.CLOSE, f"Close: {off}, but inside the 99 % interval, so it may be chance."
    if fidelity is Fidelity.REDUCED:
        words = f"Not comparable: {off}, but the experiment was reduced, which may be why."
        return VerdictKind.NOT_COMPARABLE, words
    if apart.once:
        words = f"Not comparable: {off}, but a single run without the paper's seed shows no spread."
        return VerdictKind.NOT_COMPARABLE, words
    if apart.by_chance:
        return VerdictKind.NOT_COMPARABLE, f"Not comparable: {off}, but {_FEW}."
    if contradicted:
        printed = " ".join(entry.words for entry in contradicted)
        words = f"Not comparable: {off}, but the paper contradicts itself here. {printed}"
        return VerdictKind.NOT_COMPARABLE, words
    if apart.by_rare_chance:
        return VerdictKind.NOT_COMPARABLE, f"Not comparable: {off}, beyond the 99 % interval, but {_RARE}."
    return (
        VerdictKind.NOT_REPRODUCED,
        f"Not reproduced: {off}, {_number(apart.from_mean, units)} from the observed mean, more than the tolerance and "
        "more than chance explains.",
    )


def _inside(claimed: _Range, interval: tuple[float, float] | None) -> bool:
    return interval is not None and claimed.gap(_Range(*interval)) <= _NOTHING


def _drawn(plan: Plan, metric: Metric, share: float) -> float | None:
    """The standard error that drawing the test rows gives a share of them; none of other metrics and protocols.

    With folds every row is a test row once, and where data comes in parts the test rows are always the same.
    """
    protocol = plan.body.config.protocol
    if not metric.counts_rows or protocol.kind != "holdout":
        return None
    try:
        rows = datasets.of(plan.body.dataset).rows
    except KeyError:
        return None
    return error_of_drawing(share, protocol.test_rows or round(rows * (protocol.test_fraction or 0.0)), rows)


def _assumptions(plan: Plan, experiment: Experiment) -> list[Assumption]:
    """The plan's own, without those of its other experiments (their subject is "<method>: …")."""
    mine = f"{experiment.model.named_in_paper_as}: "
    others = tuple(f"{other.model.named_in_paper_as}: " for other in plan.body.experiments)
    return [
        entry
        for entry in plan.body.assumptions
        if entry.subject.startswith(mine) or not entry.subject.startswith(others)
    ]


def _shortened(experiment: Experiment, done: int, wanted: int) -> Experiment:
    """The experiment as far as it went."""
    proxy = experiment.fidelity is Fidelity.PROXY
    reason = f"{done} of {wanted} repeats; then {_ENDED[0].lower()}{_ENDED[1:]}"
    return experiment.model_copy(
        update={
            "fidelity": Fidelity.PROXY if proxy else Fidelity.REDUCED,
            "fidelity_reasons": [*experiment.fidelity_reasons, reason],
        }
    )


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
    experiment: Experiment, verdict: VerdictKind, apart: _Apart, contradicted: Sequence[Contradiction]
) -> str | None:
    if verdict is not VerdictKind.NOT_COMPARABLE:
        return None
    reasons = list(experiment.fidelity_reasons)
    if apart.once:
        reasons.append("it was run once, without the paper's seed")
    elif apart.few and apart.by_chance:
        reasons.append(_FEW)
    elif apart.by_rare_chance and not apart.by_chance and not contradicted:
        reasons.append(f"it is beyond the 99 % interval, but {_RARE}")
    for entry in contradicted:
        first, second = entry.places[:2]
        reasons.append(
            f"the paper prints {first.printed} ({first.label}, page {first.page}) and {second.printed} "
            f"({second.label}, page {second.page}) for the same"
        )
    return f"Not comparable because {'; '.join(reasons)}." if reasons else None
