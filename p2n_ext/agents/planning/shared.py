"""What all experiments of a plan share: data, protocol, seeds, budget, and the words that these rest on."""

from __future__ import annotations

import re

from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.plans import (
    Assumption,
    Config,
    DatasetSpec,
    Experiment,
    Fidelity,
    Justification,
    MetricSpec,
    Protocol,
    UnplannedClaim,
)

from ...catalog import datasets
from ...catalog.datasets import Dataset
from ...catalog.names import slug
from .budget import grant, one_repeat, shape
from .choose import Chosen
from .quotes import Pages
from .settings import Draft
from .setup import Setup
from .statements import Statement

SEED = 0
_LONG_SECONDS = 30.0
_DEFAULT_PROTOCOL = Protocol(kind="holdout", test_fraction=0.3, stratified=True)


class Shared:
    """What all experiments of the plan share."""

    def __init__(self, chosen: Chosen, setup: Setup, pages: Pages, said: list[Statement]) -> None:
        self._chosen, self._setup, self._pages = chosen, setup, pages
        self._dataset: Dataset = chosen.dataset
        self._protocol = setup.protocol or _DEFAULT_PROTOCOL
        seeds = [s for s in said if s.setting == "seed"]
        self._seed_statement = (
            seeds[0] if len({s.value for s in seeds}) == 1 and setup.names_scikit_learn else None
        )
        self._seed_elsewhere = seeds[0] if seeds and self._seed_statement is None else None
        self._needs_positive = any(e.metric.kind == "binary" for e in chosen.runnable)

    def within_budget(
        self, drafts: list[Draft], left: float
    ) -> tuple[list[Experiment], list[UnplannedClaim]]:
        """Experiments in the paper's order; the cheap ones are granted first, so that one costly one drops alone."""
        order = sorted(range(len(drafts)), key=lambda i: self._cost(drafts[i]))
        made: dict[int, Experiment] = {}
        refused: list[UnplannedClaim] = []
        names: set[str] = set()
        for index in order:
            experiment = self._experiment(drafts[index], left, names)
            if experiment is None:
                refused += [
                    UnplannedClaim(
                        claim_id=entry.claim.id,
                        reason="over_budget",
                        message=f"{drafts[index].printed_name} would take about {self._cost(drafts[index]):.0f} s for one "
                        "repeat, more than the budget leaves even with a tenth of the epochs. Give the plan more minutes.",
                    )
                    for entry in drafts[index].claims
                ]
                continue
            made[index] = experiment
            left -= experiment.estimated_seconds
        # whoever watches the run sees the quick results first
        return [
            made[i] for i in sorted(made, key=lambda i: (made[i].estimated_seconds > _LONG_SECONDS, i))
        ], refused

    def _cost(self, draft: Draft) -> float:
        return one_repeat(draft, self._dataset, self._protocol)

    def _experiment(self, draft: Draft, left: float, names: set[str]) -> Experiment | None:
        stated = self._setup.repeats
        given = grant(draft, self._dataset, self._protocol, stated, self._seed_statement is not None, left)
        if given is None:
            return None
        reasons = [*self._common_reasons(), *draft.reasons]
        training = dict(draft.training)
        if given.epochs is not None:
            reasons.append(
                (
                    Fidelity.REDUCED,
                    f"{given.epochs} of {training['epochs']} epochs, to stay within the budget",
                )
            )
            training["epochs"] = given.epochs
        if stated is not None and given.repeats < stated:
            reasons.append(
                (Fidelity.REDUCED, f"{given.repeats} of {stated} repeats, to stay within the budget")
            )
        base, number = slug(draft.printed_name), 2
        name = base
        while name in names:
            name, number = f"{base}-{number}", number + 1
        names.add(name)
        fidelities = [fidelity for fidelity, _ in reasons]
        test_rows = shape(self._dataset, self._protocol).test_rows
        return Experiment(
            id=name,
            model=draft.model(),
            config=draft.config().model_copy(
                update={**training, "preprocessing": draft.preprocessing, "repeats": given.repeats}
            ),
            metrics=[
                MetricSpec(
                    name=entry.metric.key,
                    split="test",
                    claim_id=entry.claim.id,
                    goal=entry.goal,
                    tolerance=entry.metric.close(entry.goal, test_rows),
                    direction=entry.metric.direction,
                )
                for entry in draft.claims
            ],
            justifications=_unique(draft.justifications),
            fidelity=Fidelity.PROXY
            if Fidelity.PROXY in fidelities
            else Fidelity.REDUCED
            if fidelities
            else Fidelity.EXACT,
            fidelity_reasons=[reason for _, reason in reasons],
            estimated_seconds=given.seconds,
        )

    def _common_reasons(self) -> list[tuple[Fidelity, str]]:
        reasons = []
        if self._setup.protocol is None:
            reasons.append(
                (Fidelity.REDUCED, "the paper does not state how training and test data were parted")
            )
        if self._dataset.part_of is not None:
            reasons.append(
                (
                    Fidelity.REDUCED,
                    f"the bundled data is {self._dataset.rows} of the {self._dataset.whole_rows} rows of {self._dataset.part_of}",
                )
            )
        return reasons

    def dataset_spec(self) -> DatasetSpec:
        dataset = self._dataset
        printed = [e.claim.dataset for e in self._chosen.runnable if e.claim.dataset]
        return DatasetSpec(
            name=dataset.key,
            title=dataset.title,
            split=self._setup.protocol_from.text if self._setup.protocol_from else None,
            source=dataset.source,
            licence=dataset.licence,
            subset=f"{dataset.rows} of {dataset.whole_rows} rows" if dataset.part_of else None,
            named_in_paper_as=printed[0] if printed else dataset.title,
        )

    def config(self, experiments: list[Experiment]) -> Config:
        return Config(
            framework="scikit-learn",
            seed=int(self._seed_statement.value) if self._seed_statement else SEED,
            protocol=self._protocol,
            repeats=max(e.config.repeats or 1 for e in experiments),
            preprocessing=_most_common([e.config.preprocessing or [] for e in experiments]),
            seed_stated=self._seed_statement is not None,
            averaged_over=self._setup.repeats or 1,
            positive_class=self._positive() if self._needs_positive else None,
        )

    def _positive(self) -> str | None:
        if self._setup.positive is not None:
            return self._setup.positive
        if self._setup.names_scikit_learn is not None and len(self._dataset.classes) == 2:
            return self._dataset.classes[1]
        return self._dataset.positive or self._dataset.classes[-1]

    def justifications(self, experiments: list[Experiment]) -> list[Justification]:
        """Of the dataset, the model and the shared settings."""
        found: list[Justification] = []

        def add(subject: str, page: int, text: str) -> None:
            found.append(Justification(subject=subject, quote=self._pages.quote(page, text)))

        about = [s for s in self._pages.sentences() if datasets.mentioned(s.text, self._dataset)]
        plain = [s for s in about if s.own and ("data" in s.soft) and len(s.text) <= 300]
        used = [
            s
            for s in plain
            if re.search(r"\b(?:us(?:ed?|ing)|compared|evaluated|experiments?|trained|tested)\b", s.soft)
        ]
        for sentence in (used or plain or about)[:1]:
            add("dataset", sentence.page, sentence.text)
        if not about:
            citation = self._chosen.runnable[0].claim.citation
            if self._pages.holds(citation.page, citation.quote):
                add("dataset", citation.page, citation.quote)
        models = [j for e in experiments for j in e.justifications if j.subject == "model"]
        found += models[:1]
        setup = self._setup
        for subject, sentence_or_none in (
            ("config.protocol", setup.protocol_from),
            ("config.protocol", setup.stratified_from),
            ("config.repeats", setup.repeats_from),
            ("config.positive_class", setup.positive_from if self._needs_positive else None),
        ):
            if sentence_or_none is not None:
                add(subject, sentence_or_none.page, sentence_or_none.text)
        if self._seed_statement is not None:
            add("config.seed", self._seed_statement.page, self._seed_statement.text)
        if not found:
            raise P2NError(
                ErrorCode.E_NOTHING_RUNNABLE,
                "No words of the paper were found on which a plan could rest.",
                "Extract the claims again; if they stay without words on their pages, choose others.",
                {
                    "reasons": {
                        entry.claim.id: "its quote is not on its page" for entry in self._chosen.runnable
                    }
                },
            )
        return _unique(found)

    def assumptions(self, kept: set[str]) -> list[Assumption]:
        setup, dataset = self._setup, self._dataset
        found: list[Assumption] = []

        def assume(subject: str, missing: str, choice: str) -> None:
            found.append(Assumption(subject=subject, missing=missing, choice=choice))

        if any(e.dataset_assumed and e.claim.id in kept for e in self._chosen.runnable):
            assume(
                "dataset",
                "which dataset some claims are about",
                f"{dataset.title}, the only one that the paper names",
            )
        if setup.protocol is None:
            assume(
                "config.protocol",
                "how training and test data were parted",
                "70 % / 30 % at random, stratified",
            )
        elif setup.stratified_from is None:
            assume("config.protocol", "whether the split keeps the classes' shares", "a plain random split")
        if self._seed_elsewhere is not None:
            assume(
                "config.seed",
                f"the seed {self._seed_elsewhere.value} is given, but not for this library",
                "several seeds, so that the spread is seen",
            )
        elif self._seed_statement is None:
            assume(
                "config.seed",
                "the seed of the split",
                f"seeds from {SEED} on, so that the spread over splits is seen",
            )
        if any(e.claim.split is None and "test" not in e.claim.metric.lower() for e in self._chosen.runnable):
            assume("metrics", "for some claims, on which data they were measured", "the test data")
        if self._needs_positive and setup.positive is None:
            if setup.names_scikit_learn is not None and len(dataset.classes) == 2:
                why = "coded 1 in scikit-learn, the library that the paper names, and so its positive class by default"
            else:
                why = dataset.positive_note or "the last one in the data's own order"
            assume("config.positive_class", "which class is the positive one", f"{self._positive()} ({why})")
        return found


def _unique(entries: list[Justification]) -> list[Justification]:
    return list({entry.model_dump_json(): entry for entry in entries}.values())


def _most_common(lists: list[list[str]]) -> list[str]:
    return max(lists, key=lists.count)
