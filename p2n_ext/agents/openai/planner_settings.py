"""Settings of a model's draft held against the paper: where the rules read one, theirs stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from p2n_schemas.plans import Protocol

from ...catalog import methods as catalogue
from ...catalog.datasets import Dataset
from ...catalog.methods import Method
from ...catalog.names import fold
from ..planning import setup as setups
from ..planning.choose import Runnable, one_dataset
from ..planning.planner import Basis
from ..planning.quotes import Pages
from ..planning.setup import Setup
from ..planning.statements import NAMED, Statement, accepts, choose
from .planner_notes import Notes
from .planner_quotes import Quoted, look_up
from .planner_schema import DraftExperiment, DraftProtocol, DraftSetting, PlanDraft
from .planner_stated import about_another, ill_typed, normal, same, states_parts, unstated


def with_settings(basis: Basis, draft: PlanDraft, notes: Notes) -> Basis:
    """The basis with what the draft's quotes state beyond it."""
    if not basis.runnable:
        return basis
    dataset = one_dataset(basis.runnable, basis.unplanned).dataset
    if draft.dataset is not None and draft.dataset.name != dataset.key:
        notes.refuse(f"the dataset {draft.dataset.name[:60]}", f"the plan is for {dataset.title}")
    setup = setups.read(basis.pages.sentences(), dataset)
    said: list[Statement] = []
    for setting in draft.config.settings:
        setup, more = _shared(setting, setup, basis, dataset, notes)
        said += more
    if draft.config.protocol is not None:
        setup = _parted(draft.config.protocol, setup, basis.pages, dataset, notes)
    seen: set[tuple[str, str]] = set()
    for experiment in draft.experiments:
        method = next((m for m in catalogue.ALL if m.key == experiment.method), None)
        entry = _entry_of(experiment, basis.runnable)
        if method is None or entry is None:
            continue  # of what the catalogue does not have, and of claims that can't be run, the names have told
        for setting in experiment.settings:
            if (entry.claim.method, setting.name) in seen:
                continue
            seen.add((entry.claim.method, setting.name))
            found = _of_experiment(setting, entry, method, basis, setup)
            what = f"{entry.claim.method}: {setting.words}"
            if isinstance(found, str):
                notes.refuse(what, found)
            elif found is not None:
                notes.take(f"{what} (page {found.page})")
                said.append(found)
    return replace(basis, said=[*basis.said, *said], setup=setup)


def _entry_of(experiment: DraftExperiment, runnable: Sequence[Runnable]) -> Runnable | None:
    """A claim of the experiment's method, by its name in the paper or by the claim's id."""
    ids = {metric.claim_id for metric in experiment.metrics}
    printed = fold(experiment.named_in_paper_as)
    fitting = [e for e in runnable if any(m.key == experiment.method for m in e.method.candidates)]
    by_name = [e for e in fitting if fold(e.claim.method) == printed]
    return next(iter([*by_name, *(e for e in fitting if e.claim.id in ids)]), None)


def _of_experiment(
    setting: DraftSetting, entry: Runnable, method: Method, basis: Basis, setup: Setup
) -> Statement | str | None:
    """The setting as a statement; why it is refused; None where the rules read the same."""
    printed, scaling = entry.claim.method, setting.name == "preprocessing"
    if not (scaling or accepts(method.key, setting.name)) or setting.name == "tuned":
        return f"{method.title} has no such setting"
    if (problem := ill_typed(setting, method)) is not None:
        return problem
    value = normal(setting)
    named = entry.method.preprocessing if scaling else entry.method.parameters.get(setting.name)
    if named is not None:
        agreed = (bool(named) == bool(value)) if scaling else same(named, value)
        return None if agreed else f"its name in the paper says {named or 'none'}"
    choice = choose(basis.said, setting.name, method.key, printed)
    if choice is not None and choice.disagreement:
        return choice.disagreement
    if choice is not None:
        if same(choice.value, value) or (choice.value == "normalize" and value in ("standardize", "minmax")):
            return None
        page = f", page {choice.statement.page}" if choice.statement is not None else ""
        return f"the paper says {choice.value or 'none'}{page}"
    parameter = next((p for p in method.parameters if p.name == setting.name), None)
    by_default = setup.defaults_from if method.framework == "scikit-learn" else None
    if by_default is not None and parameter is not None and not same(parameter.default, value):
        return f"the paper says that defaults were used, page {by_default.page}"
    quoted = look_up(setting.quote, basis.pages)
    if isinstance(quoted, str):
        return quoted
    if (why := unstated(setting, quoted) or about_another(quoted, method, printed)) is not None:
        return why
    of = frozenset([method.key])
    words = quoted.words
    return Statement(setting.name, value, of, frozenset(), NAMED, words.page, words.text, printed.lower())


def _shared(
    setting: DraftSetting, setup: Setup, basis: Basis, dataset: Dataset, notes: Notes
) -> tuple[Setup, list[Statement]]:
    """Settings that all experiments share: repeats, positive class, seed."""
    value: Any = setting.value
    seeds = [s.value for s in basis.said if s.setting == "seed"]
    whole = type(value) is int
    choices: dict[str, tuple[Any, bool]] = {
        "repeats": (setup.repeats, whole and 1 < value <= 1000),
        "positive_class": (setup.positive, value in dataset.classes),
        "seed": (seeds[0] if seeds else None, whole and 0 <= value < 2**32),
    }
    known, sound = choices.get(setting.name, (None, False))
    if known is not None and same(known, value):
        return setup, []
    if setting.name not in choices:
        why: str | None = "there is no such setting for all experiments"
    elif known is not None:
        why = f"the paper says {known}"
    elif not sound:
        why = "it is no possible value"
    else:
        quoted = look_up(setting.quote, basis.pages)
        why = quoted if isinstance(quoted, str) else unstated(setting, quoted)
        if why is None and isinstance(quoted, Quoted):
            notes.take(f"{setting.words} (page {quoted.page})")
            words = quoted.words
            if setting.name == "repeats":
                return replace(setup, repeats=value, repeats_from=words), []
            if setting.name == "positive_class":
                return replace(setup, positive=value, positive_from=words), []
            return setup, [Statement("seed", value, None, frozenset(), NAMED, words.page, words.text)]
    notes.refuse(setting.words, why or "")
    return setup, []


def _parted(told: DraftProtocol, setup: Setup, pages: Pages, dataset: Dataset, notes: Notes) -> Setup:
    """The setup with the draft's protocol where the rules found none."""
    try:
        protocol = Protocol(**told.model_dump(exclude={"quote"}))
    except ValidationError as error:
        notes.refuse(f"the protocol {told.kind}", error.errors()[0]["msg"])
        return setup
    what = f"the protocol: {_in_words(protocol)}"
    known = setup.protocol
    if known is not None:
        if not _same_parts(known, protocol, dataset):
            page = f", page {setup.protocol_from.page}" if setup.protocol_from else ""
            notes.refuse(what, f"the paper says {_in_words(known)}{page}")
        return setup
    quoted = look_up(told.quote, pages)
    if isinstance(quoted, str):
        notes.refuse(what, quoted)
    elif not _possible(protocol, dataset):
        notes.refuse(what, f"{dataset.title} cannot be parted so")
    elif not states_parts(quoted, protocol):
        notes.refuse(what, f"the words of page {quoted.page} do not state it")
    else:
        words = quoted.words
        from_here = setup.stratified_from or (words if "stratif" in words.soft else None)
        protocol = protocol.model_copy(update={"stratified": from_here is not None})
        notes.take(f"{what} (page {quoted.page})")
        return replace(setup, protocol=protocol, protocol_from=words, stratified_from=from_here)
    return setup


def _possible(protocol: Protocol, dataset: Dataset) -> bool:
    if protocol.kind == "given":
        return dataset.train_rows is not None
    return max(protocol.test_rows or 1, protocol.folds or 2) < dataset.rows


def _same_parts(known: Protocol, told: Protocol, dataset: Dataset) -> bool:
    def rows(protocol: Protocol) -> float:
        return protocol.test_rows or (protocol.test_fraction or 0) * dataset.rows

    return (known.kind, known.folds) == (told.kind, told.folds) and abs(rows(known) - rows(told)) <= 1


def _in_words(protocol: Protocol) -> str:
    if protocol.kind == "kfold":
        return f"{protocol.folds} folds"
    if protocol.kind == "given":
        return "the parts that the data comes in"
    if protocol.test_rows is not None:
        return f"{protocol.test_rows} test rows"
    return f"{100 * (protocol.test_fraction or 0):g} % test data"
