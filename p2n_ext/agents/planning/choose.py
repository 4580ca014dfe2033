"""Which claims can be run at all, on which dataset, and why the others cannot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from p2n_schemas.claims import Claim, ClaimStatus
from p2n_schemas.plans import UnplannedClaim

from ...catalog import datasets, methods
from ...catalog.datasets import Dataset
from ...catalog.datasets.binding import Bound
from ...catalog.methods import Method, Understood
from ...catalog.metrics import Metric, Task
from ...catalog.names import fold
from ..reasons import FORMER
from . import measures, naming
from .quotes import Pages
from .setup import is_cross_validated

Reason = Literal[
    "other_dataset",
    "dataset_unknown",
    "dataset_unavailable",
    "dataset_not_stated",
    "method_unknown",
    "metric_unknown",
    "split_not_reproducible",
    "over_budget",
    "licence",
    "rejected_by_person",
]


@dataclass(frozen=True)
class Runnable:
    """A claim whose dataset, method and metric the catalogue has."""

    claim: Claim
    dataset: Dataset
    dataset_assumed: bool
    method: Understood
    metric: Metric
    metric_assumed: tuple[str, str] | None = None

    @property
    def goal(self) -> float:
        """The claimed value in the metric's own unit."""
        return round(self.claim.value * self.metric.factor(self.claim.units, self.claim.value), 12)


@dataclass(frozen=True)
class Chosen:
    dataset: Dataset
    task: Task
    runnable: list[Runnable]
    unplanned: list[UnplannedClaim]


def sort_out(
    claims: Sequence[Claim], pages: Pages, bound: Bound | None = None
) -> tuple[list[Runnable], list[UnplannedClaim]]:
    """Claims that can be run, whatever their dataset, and the reasons why the others cannot.

    With a person's own data, only the claims on the dataset that it stands for can be run.
    """
    only = _only_dataset(claims, pages) if bound is None else _bound_only(claims, bound, pages)
    cross_validated = is_cross_validated(pages.sentences())
    runnable: list[Runnable] = []
    unplanned: list[UnplannedClaim] = []
    for claim in claims:
        found = _look_up(claim, pages, only, bound, cross_validated)
        if isinstance(found, Runnable):
            runnable.append(found)
        else:
            unplanned.append(found)
    return runnable, unplanned


def one_dataset(runnable: Sequence[Runnable], unplanned: Sequence[UnplannedClaim]) -> Chosen:
    """The dataset and task with the most runnable claims; in a tie the one that is claimed about first."""
    counts = Counter((entry.dataset.key, entry.metric.task) for entry in runnable)
    key, task = counts.most_common(1)[0][0]
    dataset = next(entry.dataset for entry in runnable if entry.dataset.key == key)
    kept: list[Runnable] = []
    left: list[UnplannedClaim] = []
    for entry in runnable:
        if (entry.dataset.key, entry.metric.task) == (key, task):
            kept.append(entry)
            continue
        about = entry.dataset.title if entry.dataset.key != key else f"{entry.metric.task} of {dataset.title}"
        this = dataset.title if entry.dataset.key != key else f"{task} of it"
        message = f"It is about {about}; this plan is for {this}. Ask for a plan of these claims alone."
        left.append(UnplannedClaim(claim_id=entry.claim.id, reason="other_dataset", message=message))
    return Chosen(dataset, task, kept, [*unplanned, *left])


def _only_dataset(claims: Sequence[Claim], pages: Pages) -> Dataset | None:
    """The dataset of a paper that knows only one, for claims that do not repeat its name."""
    named = {claim.dataset for claim in claims if claim.dataset}
    found = {d.key for name in named if (d := pages.once(datasets.find, name)) is not None}
    if named:
        return datasets.by_key(next(iter(found))) if len(found) == 1 and len(named) == 1 else None
    sentences = [s.text for s in pages.sentences() if s.own]
    mentioned = [d for d in datasets.ALL if any(datasets.mentioned(text, d) for text in sentences)]
    return mentioned[0] if len(mentioned) == 1 else None


def _bound_only(claims: Sequence[Claim], bound: Bound, pages: Pages) -> Dataset | None:
    """The person's own data, for claims without a dataset in a paper that names no other."""
    named = [claim for claim in claims if claim.dataset]
    return bound.dataset if named and all(_is_meant(claim, bound, pages) for claim in named) else None


def _is_meant(claim: Claim, bound: Bound, pages: Pages) -> bool:
    """Whether a claim is about the dataset that a person's own stands for; both names may be any of its aliases."""
    named = claim.dataset or ""
    if fold(named) == fold(bound.stands_for):
        return True
    known = pages.once(datasets.find, bound.stands_for)
    return known is not None and known is pages.once(datasets.find, named)


def _look_up(
    claim: Claim, pages: Pages, only: Dataset | None, bound: Bound | None, cross_validated: bool
) -> Runnable | UnplannedClaim:
    def no(reason: Reason, message: str) -> UnplannedClaim:
        return UnplannedClaim(claim_id=claim.id, reason=reason, message=message)

    if claim.status is ClaimStatus.REJECTED:
        return no("rejected_by_person", "A person rejected this claim.")
    if claim.dataset is None and only is None:
        return no("dataset_not_stated", "Neither the claim nor its place in the paper names one dataset.")
    if bound is not None and claim.dataset is not None and not _is_meant(claim, bound, pages):
        return no(
            "other_dataset",
            f"It is about “{claim.dataset}”; this plan's data stands for “{bound.stands_for}” only.",
        )
    dataset = pages.once(datasets.find, claim.dataset) if claim.dataset else only
    if bound is not None:
        dataset = bound.dataset
    if dataset is None:
        blocked = datasets.unavailable(claim.dataset or "")
        if blocked is not None:
            return no("dataset_unavailable", f"{blocked[0].upper()}{blocked[1:]}.")
        return no("dataset_unknown", f"The catalogue has no dataset called “{claim.dataset}”.")
    not_held_out = measures.refusal(claim, cross_validated, pages)
    if not_held_out is not None:
        return no("split_not_reproducible", not_held_out)
    measure = measures.find(claim.metric, pages)
    if measure is None:
        return no("metric_unknown", f"The catalogue has no metric called “{claim.metric}”.")
    metric = measure.metric
    if (metric.task == "regression") != (dataset.task == "regression"):
        return no(
            "metric_unknown", f"“{claim.metric}” does not fit the {dataset.task} task of {dataset.title}."
        )
    if metric.two_classes and len(dataset.classes) != 2:
        return no(
            "metric_unknown",
            f"“{claim.metric}” needs an average over the {len(dataset.classes)} classes, which the paper does not name.",
        )
    understood = naming.understand(claim, metric, dataset, pages)
    if isinstance(understood, str):
        return no(
            "method_unknown",
            f"The catalogue has no method called “{claim.method}” (not understood: “{understood}”).",
        )
    why, fitting = _fitting(understood, dataset, metric)
    if not fitting:
        return no("method_unknown", why)
    method = Understood(fitting, understood.parameters, understood.preprocessing)
    if FORMER in claim.reasons and claim.status is not ClaimStatus.CORRECTED:
        # Of "X lifts it from A to B" the sentence does not say what A was measured with.
        return no("method_unknown", f"It is {FORMER}: the sentence does not say with what settings.")
    return Runnable(claim, dataset, claim.dataset is None, method, metric, measure.assumed)


def _fitting(understood: Understood, dataset: Dataset, metric: Metric) -> tuple[str, tuple[Method, ...]]:
    """The candidates that do the task, on such data, and give what the metric needs; or why none of them does."""
    why, fitting = "", []
    for method in understood.candidates:
        unfit = methods.refusal(method, dataset)
        if metric.task not in method.tasks:
            unfit = f"{method.title} does not do {metric.task}"
        elif unfit is None and not set(metric.computed_from) & set(method.gives):
            needed = " or ".join(metric.computed_from)
            unfit = f"{metric.title} is computed from {needed}, and {method.title} gives {', '.join(method.gives)}"
        if unfit is None:
            fitting.append(method)
        else:
            why = why or f"{unfit}."
    return why, tuple(fitting)
