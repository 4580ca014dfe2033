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

from ...catalog import datasets, methods
from ...catalog.datasets import Dataset
from ...catalog.datasets.binding import Bound
from ...catalog.names import slug
from .budget import FEWEST, grant, one_repeat, shape
from .choose import Chosen
from .quotes import Pages, Sentence
from .settings import Draft
from .setup import Setup
from .statements import Statement

SEED = 0
_LONG_SECONDS = 30.0
_DEFAULT_PROTOCOL = Protocol(kind="holdout", test_fraction=0.3, stratified=True)
# what papers mean that say nothing of it, where everybody uses the parts that the data comes in
_GIVEN_PROTOCOL = Protocol(kind="given")


_WHOLE_PROTOCOL = Protocol(kind="whole")


class Shared:
    """What all experiments of the plan share."""

    def __init__(
        self, chosen: Chosen, setup: Setup, pages: Pages, said: list[Statement], bound: Bound | None = None
    ) -> None:
        self._chosen, self._setup, self._pages, self._bound = chosen, setup, pages, bound
        self._dataset: Dataset = chosen.dataset
        given = self._dataset.train_rows is not None
        self._clustering = chosen.task == "clustering"
        self._protocol = setup.protocol or (_GIVEN_PROTOCOL if given else _DEFAULT_PROTOCOL)
        if self._clustering:
            self._protocol = _WHOLE_PROTOCOL
        if not self._dataset.classes:
            self._protocol = self._protocol.model_copy(update={"stratified": False})
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
        for place, index in enumerate(order):
            # a few repeats of all experiments come before many repeats of some
            kept_back = [FEWEST * self._cost(drafts[i]) for i in order[place + 1 :]]
            spare = left - sum(seconds for seconds in kept_back if seconds <= left)
            experiment = self._experiment(drafts[index], spare, left, names)
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

    def _experiment(self, draft: Draft, spare: float, left: float, names: set[str]) -> Experiment | None:
        stated, seeded = self._setup.repeats, self._seed_statement is not None
        given = grant(draft, self._dataset, self._protocol, stated, seeded, spare)
        if given is None or given.epochs is not None:
            given = grant(draft, self._dataset, self._protocol, stated, seeded, left)
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
                    split="all" if self._clustering else "test",
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
        if self._setup.folds_by_seed is not None and not self._clustering:
            reasons.append(
                (
                    Fidelity.REDUCED,
                    "its folds come of different seeds, so they may be random splits of a size that is not stated",
                )
            )
        if self._setup.protocol is None and self._protocol.kind not in ("given", "whole"):
            reasons.append(
                (Fidelity.REDUCED, "the paper does not state how training and test data were parted")
            )
        if self._bound is not None and not self._bound.same_data:
            reasons.append(
                (
                    Fidelity.PROXY,
                    f"an uploaded dataset stands for “{self._bound.stands_for}”, and nobody said that it is the same data",
                )
            )
        if self._dataset.part_of is not None and not self._states_the_part():
            reasons.append(
                (
                    Fidelity.REDUCED,
                    f"the bundled data is {self._dataset.rows} of the {self._dataset.whole_rows} rows of {self._dataset.part_of}",
                )
            )
        return reasons

    def _states_the_part(self) -> bool:
        """Whether the paper itself used the part that is bundled: it gives its number of rows, not the whole's."""

        def stated(count: int) -> bool:
            printed = f"{count:,}".replace(",", ",?")
            return re.search(rf"(?<![\d.,]){printed}(?!\d)", self._pages.whole) is not None

        return stated(self._dataset.rows) and not stated(self._dataset.whole_rows or 0)

    def dataset_spec(self) -> DatasetSpec:
        dataset = self._dataset
        printed = [e.claim.dataset for e in self._chosen.runnable if e.claim.dataset]
        return DatasetSpec(
            name=dataset.key,
            title=dataset.title,
            split=self._protocol_from.text if self._protocol_from else None,
            source=dataset.source,
            licence=dataset.licence,
            subset=f"{dataset.rows} of {dataset.whole_rows} rows" if dataset.part_of else None,
            named_in_paper_as=printed[0] if printed else dataset.title,
            uploaded=dataset.uploaded,
        )

    @property
    def _protocol_from(self) -> Sentence | None:
        return None if self._clustering else self._setup.protocol_from

    def config(self, experiments: list[Experiment]) -> Config:
        return Config(
            framework=", ".join(sorted({methods.by_key(e.model.name).framework for e in experiments})),
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
        if self._coded_by_scikit_learn():
            return self._dataset.classes[1]
        return self._dataset.positive or self._dataset.classes[-1]

    def _coded_by_scikit_learn(self) -> bool:
        dataset = self._dataset
        return (
            self._setup.names_scikit_learn is not None
            and len(dataset.classes) == 2
            and dataset.uploaded is None
        )

    def justifications(self, experiments: list[Experiment]) -> list[Justification]:
        """Of the dataset, the model and the shared settings."""
        found: list[Justification] = []

        def add(subject: str, page: int, text: str) -> None:
            found.append(Justification(subject=subject, quote=self._pages.quote(page, text)))

        about = [s for s in self._pages.sentences() if datasets.mentioned(s.text, self._dataset)]
        if not about:
            printed = re.escape(self._chosen.runnable[0].claim.dataset or self._dataset.title)
            name = re.compile(rf"(?<!\w){printed}(?!\w)", re.IGNORECASE)
            about = [s for s in self._pages.sentences() if name.search(s.text) and s.text.endswith(".")]
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
            ("config.protocol", self._protocol_from),
            ("config.protocol", None if self._clustering else setup.folds_by_seed),
            ("config.protocol", setup.stratified_from if self._protocol.stratified else None),
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

        if self._bound is not None:
            if self._bound.same_data:
                assume(
                    "dataset",
                    f"whether the uploaded data is “{self._bound.stands_for}”",
                    "the person who made the plan says that it is",
                )
            for missing, choice in self._bound.choices:
                assume("dataset", missing, choice)
        if any(e.dataset_assumed and e.claim.id in kept for e in self._chosen.runnable):
            assume(
                "dataset",
                "which dataset some claims are about",
                f"{dataset.title}, the only one that the paper names",
            )
        if self._protocol.kind == "given":
            assume(
                "config.protocol",
                "how training and test data were parted",
                f"the parts that the data comes in: {dataset.train_rows} rows for training",
            )
        elif setup.protocol is None and not self._clustering:
            assume(
                "config.protocol",
                "how training and test data were parted",
                "70 % / 30 % at random, stratified" if dataset.classes else "70 % / 30 % at random",
            )
        elif setup.stratified_from is None and dataset.classes and not self._clustering:
            assume("config.protocol", "whether the split keeps the classes' shares", "a plain random split")
        if setup.folds_by_seed is not None and not self._clustering:
            assume(
                "config.protocol",
                "whether its folds part the data or are random splits by different seeds",
                f"a partition into {self._protocol.folds} folds, anew for each seed",
            )
        if setup.names_other_software is not None:
            assume(
                "config.framework",
                "what its software does where the paper states nothing",
                "as scikit-learn does by default",
            )
        for missing, choice in dataset.choices:
            assume(dataset.key, missing, choice)
        if self._seed_elsewhere is not None:
            assume(
                "config.seed",
                f"the seed {self._seed_elsewhere.value} is given, but not for this library",
                "several seeds, so that the spread is seen",
            )
        elif self._seed_statement is None:
            assume(
                "config.seed",
                "the seed" if self._clustering else "the seed of the split",
                f"seeds from {SEED} on, so that the spread over {'starts' if self._clustering else 'splits'} is seen",
            )
        unsaid = [e for e in self._chosen.runnable if e.claim.split is None]
        if not self._clustering and any("test" not in e.claim.metric.lower() for e in unsaid):
            assume("metrics", "for some claims, on which data they were measured", "the test data")
        for missing, choice in dict.fromkeys(
            e.metric_assumed for e in self._chosen.runnable if e.metric_assumed and e.claim.id in kept
        ):
            assume("metrics", missing, choice)
        if self._needs_positive and setup.positive is None:
            if self._coded_by_scikit_learn():
                why = "coded 1 in scikit-learn, the library that the paper names, and so its positive class by default"
            else:
                why = dataset.positive_note or "the last one in the data's own order"
            assume("config.positive_class", "which class is the positive one", f"{self._positive()} ({why})")
        return found


def _unique(entries: list[Justification]) -> list[Justification]:
    return list({entry.model_dump_json(): entry for entry in entries}.values())


def _most_common(lists: list[list[str]]) -> list[str]:
    return max(lists, key=lists.count)
