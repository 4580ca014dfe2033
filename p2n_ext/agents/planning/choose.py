"""Which claims can be run at all, on which dataset, and why the others cannot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from p2n_schemas.claims import Claim, ClaimStatus
from p2n_schemas.plans import UnplannedClaim

from ...catalog import datasets, methods, metrics
from ...catalog.datasets import Dataset
from ...catalog.methods import Understood
from ...catalog.metrics import Metric
from ...catalog.names import fold
from .quotes import Pages

Reason = Literal[
    "other_dataset",
    "dataset_unknown",
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

    @property
    def goal(self) -> float:
        """The claimed value in the metric's own unit."""
        return round(self.claim.value * self.metric.factor(self.claim.units, self.claim.value), 12)


@dataclass(frozen=True)
class Chosen:
    dataset: Dataset
    runnable: list[Runnable]
    unplanned: list[UnplannedClaim]


def sort_out(claims: Sequence[Claim], pages: Pages) -> tuple[list[Runnable], list[UnplannedClaim]]:
    """Claims that can be run, whatever their dataset, and the reasons why the others cannot."""
    only = _only_dataset(claims, pages)
    runnable: list[Runnable] = []
    unplanned: list[UnplannedClaim] = []
    for claim in claims:
        found = _look_up(claim, pages, only)
        if isinstance(found, Runnable):
            runnable.append(found)
        else:
            unplanned.append(found)
    return runnable, unplanned


def one_dataset(runnable: Sequence[Runnable], unplanned: Sequence[UnplannedClaim]) -> Chosen:
    """The dataset with the most runnable claims; in a tie the one that is claimed about first."""
    counts = Counter(entry.dataset.key for entry in runnable)
    key = counts.most_common(1)[0][0]
    dataset = datasets.by_key(key)
    left = [
        UnplannedClaim(
            claim_id=entry.claim.id,
            reason="other_dataset",
            message=f"It is about {entry.dataset.title}; this plan is for {dataset.title}. Ask for a plan of these "
            "claims alone.",
        )
        for entry in runnable
        if entry.dataset.key != key
    ]
    return Chosen(dataset, [e for e in runnable if e.dataset.key == key], [*unplanned, *left])


def _only_dataset(claims: Sequence[Claim], pages: Pages) -> Dataset | None:
    """The dataset of a paper that knows only one, for claims that do not repeat its name."""
    named = {claim.dataset for claim in claims if claim.dataset}
    found = {d.key for name in named if (d := datasets.find(name, pages.whole)) is not None}
    if named:
        return datasets.by_key(next(iter(found))) if len(found) == 1 and len(named) == 1 else None
    sentences = [s.text for s in pages.sentences() if s.own]
    mentioned = [d for d in datasets.ALL if any(datasets.mentioned(text, d) for text in sentences)]
    return mentioned[0] if len(mentioned) == 1 else None


def _look_up(claim: Claim, pages: Pages, only: Dataset | None) -> Runnable | UnplannedClaim:
    def no(reason: Reason, message: str) -> UnplannedClaim:
        return UnplannedClaim(claim_id=claim.id, reason=reason, message=message)

    if claim.status is ClaimStatus.REJECTED:
        return no("rejected_by_person", "A person rejected this claim.")
    if claim.dataset is None and only is None:
        return no("dataset_not_stated", "Neither the claim nor its place in the paper names one dataset.")
    dataset = datasets.find(claim.dataset, pages.whole) if claim.dataset else only
    if dataset is None:
        return no("dataset_unknown", f"The catalogue has no dataset called “{claim.dataset}”.")
    split = fold(f"{claim.split or ''} {claim.metric}")
    if "train" in split and "test" not in split:
        return no(
            "split_not_reproducible",
            "It is about training data; how a training accuracy was averaged over the training is not reproducible "
            "from the paper.",
        )
    if "valid" in split and "cross" not in split and "test" not in split:
        return no("split_not_reproducible", "It is about a validation set that the paper does not describe.")
    metric = metrics.find(claim.metric)
    if metric is None:
        return no("metric_unknown", f"The catalogue has no metric called “{claim.metric}”.")
    if (metric.kind == "regression") != (dataset.task == "regression"):
        return no(
            "metric_unknown", f"“{claim.metric}” does not fit the {dataset.task} task of {dataset.title}."
        )
    if metric.kind == "binary" and len(dataset.classes) != 2:
        return no(
            "metric_unknown",
            f"“{claim.metric}” needs an average over the {len(dataset.classes)} classes, which the paper does not name.",
        )
    understood = methods.understand(claim.method)
    if isinstance(understood, str):
        return no(
            "method_unknown",
            f"The catalogue has no method called “{claim.method}” (not understood: “{understood}”).",
        )
    fitting = tuple(m for m in understood.candidates if dataset.task in m.tasks)
    if not fitting:
        return no("method_unknown", f"{understood.candidates[0].title} does not do {dataset.task}.")
    method = Understood(fitting, understood.parameters, understood.preprocessing)
    return Runnable(claim, dataset, claim.dataset is None, method, metric)
