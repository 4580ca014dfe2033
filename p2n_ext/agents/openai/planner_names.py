"""Names of claims that the rules do not understand, where a model found the words of the paper that say what they mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from p2n_schemas.claims import Claim, Quote
from p2n_schemas.plans import Assumption

from ...catalog import datasets, methods, metrics
from ...catalog.names import soften
from ..planning.choose import Runnable, sort_out
from ..planning.planner import Basis
from ..planning.quotes import Sentence
from .planner_notes import Notes
from .planner_quotes import look_up, names
from .planner_schema import DraftExperiment, DraftMetric, DraftQuote, PlanDraft

_LONGEST = 8


@dataclass(frozen=True)
class Named:
    """What a claim's name means by the paper's own words."""

    subject: str
    printed: str
    meaning: str
    sentence: Sentence

    @property
    def quote(self) -> Quote:
        return Quote(text=self.sentence.text, page=self.sentence.page)

    @property
    def assumption(self) -> Assumption:
        return Assumption(
            subject=f"{self.printed}: {self.subject}",
            missing=f"what “{self.printed}” is, by a name that the catalogue knows",
            choice=f"{self.meaning}, as a model read page {self.sentence.page}: “{self.sentence.text[:300]}”",
        )


def with_names(
    basis: Basis, claims: Sequence[Claim], draft: PlanDraft, notes: Notes
) -> tuple[Basis, dict[str, list[Named]]]:
    """The basis with the claims that can be run now, and by claim what made them so.

    What the rules understand stands as they understand it; where the draft says otherwise, that is noted.
    """
    by_id = {claim.id: claim for claim in claims}
    known = {entry.claim.id: entry for entry in basis.runnable}
    renamed: dict[str, Claim] = {}
    found: dict[str, list[Named]] = {}
    for experiment, metric in _entries(draft, notes):
        claim = by_id.get(metric.claim_id)
        if claim is None:
            notes.refuse(f"the claim {metric.claim_id[:40]!r}", "there is none of this id to plan for")
        elif claim.id in known:
            _compare(known[claim.id], experiment, metric, notes)
        elif claim.id not in renamed:
            renamed[claim.id], found[claim.id] = _renamed(claim, experiment, metric, draft, basis, notes)
    if not any(found.values()):
        return basis, {}
    runnable, unplanned = sort_out(
        [renamed.get(claim.id, claim) for claim in claims], basis.pages, basis.bound
    )
    now = {entry.claim.id for entry in runnable}
    if not now >= set(known):
        # a name for one claim must not change what is understood of the others
        notes.refuse("names of claims", "with them, claims that can be run could be run no more")
        return basis, {}
    gained = {claim_id: why for claim_id, why in found.items() if why and claim_id in now}
    for claim_id, why in found.items():
        if why and claim_id not in now:
            message = next(entry.message for entry in unplanned if entry.claim_id == claim_id)
            notes.refuse(by_id[claim_id].method, message)
    originals = [known.get(e.claim.id) or replace(e, claim=by_id[e.claim.id]) for e in runnable]
    kept = [entry for entry in originals if entry.claim.id in known or entry.claim.id in gained]
    left = [entry for entry in basis.unplanned if entry.claim_id not in gained]
    return replace(basis, runnable=kept, unplanned=left), gained


def _entries(draft: PlanDraft, notes: Notes) -> Iterator[tuple[DraftExperiment, DraftMetric]]:
    """Claims of experiments whose method the catalogue has."""
    for experiment in draft.experiments:
        if not any(method.key == experiment.method for method in methods.ALL):
            notes.refuse(
                experiment.named_in_paper_as, f"the catalogue has no method {experiment.method[:60]!r}"
            )
            continue
        for metric in experiment.metrics:
            if any(known.key == metric.name for known in metrics.ALL):
                yield experiment, metric
            else:
                notes.refuse(
                    experiment.named_in_paper_as, f"the catalogue has no metric {metric.name[:60]!r}"
                )


def _compare(entry: Runnable, experiment: DraftExperiment, metric: DraftMetric, notes: Notes) -> None:
    keys = [method.key for method in entry.method.candidates]
    if experiment.method not in keys:
        notes.refuse(
            f"{entry.claim.method} as {experiment.method}", f"its name in the paper says {' or '.join(keys)}"
        )
    if metric.name != entry.metric.key:
        notes.refuse(
            f"{entry.claim.metric} as {metric.name}", f"its name in the paper says {entry.metric.key}"
        )


def _renamed(
    claim: Claim,
    experiment: DraftExperiment,
    metric: DraftMetric,
    draft: PlanDraft,
    basis: Basis,
    notes: Notes,
) -> tuple[Claim, list[Named]]:
    """The claim with each name that the catalogue does not know replaced by the paper's words for it."""
    found: list[Named] = []
    changes: dict[str, str] = {}

    def explain(
        subject: str, printed: str, quote: DraftQuote | None, key: str, meant: Callable[[str], set[str]]
    ) -> None:
        if quote is None:
            notes.refuse(f"{printed} as {key}", "no words of the paper were given for it")
            return
        quoted = look_up(quote, basis.pages)
        if isinstance(quoted, str):
            notes.refuse(f"{printed} as {key}", quoted)
        elif quoted.denied or not names(quoted.words.text, printed):
            notes.refuse(
                f"{printed} as {key}", f"the words of page {quoted.page} do not say what “{printed}” is"
            )
        elif (words := _phrase(quoted.words, printed, key, meant)) is None:
            notes.refuse(
                f"{printed} as {key}", f"the words of page {quoted.page} do not say that it is {key} alone"
            )
        else:
            changes[subject] = words
            found.append(Named(subject, printed, words, quoted.words))

    if isinstance(methods.understand(claim.method), str):
        if methods.mentions(soften(claim.method)):
            notes.refuse(f"{claim.method} as {experiment.method}", "its name says more than that")
        else:
            explain("method", claim.method, experiment.quote, experiment.method, _methods_meant)
    if metrics.find(claim.metric) is None:
        explain("metric", claim.metric, metric.quote, metric.name, _metrics_meant)
    dataset = draft.dataset
    if (
        basis.bound is None
        and dataset is not None
        and claim.dataset is not None
        and dataset.named_in_paper_as is not None
        and claim.dataset.casefold() == dataset.named_in_paper_as.casefold()
        and basis.pages.once(datasets.find, claim.dataset) is None
        and datasets.unavailable(claim.dataset) is None
    ):
        explain("dataset", claim.dataset, dataset.quote, dataset.name, _datasets_meant)
    return claim.model_copy(update=changes), found


def _phrase(sentence: Sentence, printed: str, key: str, meant: Callable[[str], set[str]]) -> str | None:
    """The longest words of a sentence that the catalogue understands as `key`, if no others mean another entry."""
    rest = re.sub(re.escape(printed), "\n", sentence.text, flags=re.IGNORECASE)
    best: str | None = None
    for part in re.split(r"[\n,;:()]|(?<=\w)\. ", rest):
        words = part.split()
        for width in range(min(_LONGEST, len(words)), 0, -1):
            for at in range(len(words) - width + 1):
                phrase = " ".join(words[at : at + width])
                found = meant(phrase)
                if found and key not in found:
                    return None
                if found and (best is None or len(phrase) > len(best)):
                    best = phrase
    return best


def _methods_meant(phrase: str) -> set[str]:
    found = methods.understand(phrase)
    return set() if isinstance(found, str) else {method.key for method in found.candidates}


def _metrics_meant(phrase: str) -> set[str]:
    found = metrics.find(phrase)
    return set() if found is None else {found.key}


def _datasets_meant(phrase: str) -> set[str]:
    found = datasets.find(phrase)
    return set() if found is None else {found.key}
