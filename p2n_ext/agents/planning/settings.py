"""One experiment's settings: each from the paper's own words, or an assumption that says so."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from p2n_schemas.plans import Assumption, Fidelity, Justification, ModelSpec, TrainingConfig

from ...catalog.methods import Method, by_gradient
from ...catalog.methods.gradient import DEFAULT_BATCH, OPTIMIZERS
from ...catalog.methods.mlp import BATCH, EPOCHS, RATE
from .choose import Runnable
from .quotes import Pages
from .setup import Setup
from .statements import TRAINING, Choice, Statement, choose


@dataclass
class Draft:
    """An experiment in the making."""

    method: Method
    printed_name: str
    parameters: dict[str, Any] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)
    preprocessing: list[str] = field(default_factory=list)
    justifications: list[Justification] = field(default_factory=list)
    assumptions: list[Assumption] = field(default_factory=list)
    reasons: list[tuple[Fidelity, str]] = field(default_factory=list)
    claims: list[Runnable] = field(default_factory=list)

    def key(self) -> str:
        """Equal for two printed names of one and the same experiment."""
        return repr(
            (
                self.method.key,
                sorted(self.parameters.items()),
                sorted(self.training.items()),
                self.preprocessing,
            )
        )

    def model(self) -> ModelSpec:
        return ModelSpec(
            name=self.method.key,
            variant=self.method.title,
            parameters=self.parameters,
            named_in_paper_as=self.printed_name,
        )

    def config(self) -> TrainingConfig:
        return TrainingConfig(**self.training)

    def assume(self, subject: str, missing: str, choice: str) -> None:
        self.assumptions.append(Assumption(subject=subject, missing=missing, choice=choice))


def draft(entry: Runnable, statements: list[Statement], setup: Setup, pages: Pages) -> Draft | str:
    """The experiment behind a claim; a string says why the paper leaves open which method it is."""
    name = entry.claim.method
    entry = _narrowed(entry, statements, setup)
    method = _method(entry, statements)
    if isinstance(method, str):
        return method
    made = Draft(method, name)
    _model_quote(made, pages)
    if len(entry.method.candidates) > 1 and not _hints(statements, entry):
        made.assume(f"{name}: kernel", "which kernel was used", f"{method.title}, scikit-learn's default")
        made.reasons.append(
            (Fidelity.REDUCED, "the paper does not say which kind of support vector machine it is")
        )
    _training(made, statements, pages)
    _parameters(made, entry, statements, setup, pages)
    _preparation(made, entry, statements, setup, pages)
    _unsupported(made, statements)
    _tuned(made, statements, pages)
    return made


def _narrowed(entry: Runnable, statements: list[Statement], setup: Setup) -> Runnable:
    """The claim with fewer candidates: the special ones where the paper calls for them, else the plain ones."""
    special = tuple(m for m in entry.method.candidates if m.only_if)
    plain = tuple(m for m in entry.method.candidates if not m.only_if)
    called_for = tuple(
        m
        for m in special
        if (m.framework == "PyTorch" and setup.names_pytorch is not None)
        or any(s.setting in m.only_if and s.covers(m.key, entry.claim.method) for s in statements)
    )
    return replace(entry, method=replace(entry.method, candidates=called_for or plain or special))


def _hints(statements: list[Statement], entry: Runnable) -> dict[str, int]:
    """How often the paper's own words point to each candidate of a shared name."""
    keys = [m.key for m in entry.method.candidates]
    return {
        key: count
        for key in keys
        if (
            count := sum(
                1
                for s in statements
                if s.methods == frozenset([key]) and s.setting in ("loss", "kernel", "C")
            )
        )
    }


def _method(entry: Runnable, statements: list[Statement]) -> Method | str:
    candidates = entry.method.candidates
    if len(candidates) == 1:
        return candidates[0]
    hints = _hints(statements, entry)
    if len(hints) > 1:
        return f"The paper has several kinds of “{entry.claim.method}” and does not say which one this is."
    wanted = next(iter(hints), candidates[-1].key)
    return next(m for m in candidates if m.key == wanted)


def _model_quote(made: Draft, pages: Pages) -> None:
    """Words that name the method: its printed name, else any name that the catalogue knows for it."""
    # a heading or the head of a table names the method too, but says nothing of it
    sentences = [
        s for s in pages.sentences() if s.own and len(s.text) >= 50 and s.text.endswith((".", "!", "?"))
    ]
    printed = re.compile(rf"(?<!\w){re.escape(made.printed_name)}(?!\w)", re.IGNORECASE)
    named = [s for s in sentences if printed.search(s.text)]
    other = [s for s in sentences if any(made.method.key in m.keys for m in s.mentions)]
    # a sentence of results says what came out, not what the method is
    for sentence in sorted(named, key=lambda s: ("%" in s.text, len(s.text))) or other:
        quote = pages.quote(sentence.page, sentence.text)
        made.justifications.append(Justification(subject="model", quote=quote))
        return


def _take(made: Draft, choice: Choice, subject: str, pages: Pages) -> Any:
    """The value of a choice, with its quote kept once."""
    if choice.statement is not None:
        made.justifications.append(
            Justification(subject=subject, quote=pages.quote(choice.statement.page, choice.statement.text))
        )
    return choice.value


def _training(made: Draft, statements: list[Statement], pages: Pages) -> None:
    if not made.method.gradient:
        return
    for setting in TRAINING:
        choice = choose(statements, setting, made.method.key, made.printed_name)
        if choice is None:
            continue
        if choice.disagreement:
            made.assume(
                f"{made.printed_name}: {setting}", f"{choice.disagreement} and does not say which", "not set"
            )
            continue
        made.training[setting] = _take(made, choice, f"config.{setting}", pages)
    config = TrainingConfig(**made.training)
    if not by_gradient(config) and not made.method.always_gradient:
        if made.training:
            stated = ", ".join(sorted(made.training))
            made.assume(
                f"{made.printed_name}: training",
                f"the paper states {stated}, but not both epochs and learning rate",
                "solved exactly instead of step by step",
            )
            made.training.clear()
        return
    optimizer = made.training.get("optimizer")
    if optimizer is not None and optimizer not in OPTIMIZERS:
        made.reasons.append(
            (Fidelity.PROXY, f"the optimizer {optimizer} is not in the catalogue; adam is used")
        )
        made.training["optimizer"] = "adam"
    for silence in made.method.gradient_silence:
        made.assume(f"{made.printed_name}: training", silence.missing, silence.choice)
        if silence.decisive:
            made.reasons.append((Fidelity.REDUCED, f"not known: {silence.missing}; taken: {silence.choice}"))
    for setting, default in _training_defaults(made.method):
        if setting not in made.training:
            made.training[setting] = default
            made.assume(f"{made.printed_name}: {setting}", f"{setting.replace('_', ' ')}", f"{default}")
            made.reasons.append(
                (Fidelity.REDUCED, f"{setting.replace('_', ' ')} is not stated; {default} is used")
            )


def _training_defaults(method: Method) -> list[tuple[str, Any]]:
    if method.untold is not None:
        return list(method.untold.model_dump(exclude_none=True).items())
    if method.always_gradient:
        return [("epochs", EPOCHS), ("batch_size", BATCH), ("learning_rate", RATE), ("optimizer", "adam")]
    return [("batch_size", DEFAULT_BATCH), ("optimizer", "sgd")]


def _parameters(
    made: Draft, entry: Runnable, statements: list[Statement], setup: Setup, pages: Pages
) -> None:
    stepwise = by_gradient(made.config())
    for parameter in made.method.parameters:
        if made.method.key == "softmax_regression" and stepwise:
            continue  # trained step by step it carries no penalty
        if not parameter.applies(made.parameters):
            continue
        if parameter.name in entry.method.parameters:
            made.parameters[parameter.name] = entry.method.parameters[parameter.name]
            continue
        choice = choose(statements, parameter.name, made.method.key, made.printed_name)
        if choice is not None and choice.disagreement is None:
            made.parameters[parameter.name] = _take(made, choice, f"model.{parameter.name}", pages)
            continue
        made.parameters[parameter.name] = parameter.default
        if choice is None and setup.defaults_from is not None and made.method.framework == "scikit-learn":
            quote = pages.quote(setup.defaults_from.page, setup.defaults_from.text)
            made.justifications.append(Justification(subject=f"model.{parameter.name}", quote=quote))
            continue
        missing = (
            choice.disagreement
            if choice and choice.disagreement
            else f"its {parameter.name.replace('_', ' ')}"
        )
        value = "none" if parameter.default is None else parameter.default
        made.assume(f"{made.printed_name}: {parameter.name}", str(missing), f"{value} ({parameter.why})")
        if parameter.decisive:
            made.reasons.append((Fidelity.REDUCED, f"{parameter.name} is not stated; {value} is used"))


def _preparation(
    made: Draft, entry: Runnable, statements: list[Statement], setup: Setup, pages: Pages
) -> None:
    if entry.method.preprocessing is not None:
        made.preprocessing = list(entry.method.preprocessing)
        if made.preprocessing and setup.fitted_on == "all":
            made.preprocessing = ["standardize_all"]
        return
    choice = choose(statements, "preprocessing", made.method.key, made.printed_name)
    if choice is None or choice.disagreement:
        made.assume(
            f"{made.printed_name}: preprocessing",
            choice.disagreement if choice and choice.disagreement else "whether the features were scaled",
            "features as they are",
        )
        return
    kind = _take(made, choice, "config.preprocessing", pages)
    if not kind:
        return
    if kind == "normalize":
        made.assume(
            f"{made.printed_name}: preprocessing", "which kind of normalisation", "zero mean, unit variance"
        )
        kind = "standardize"
    if setup.fitted_on is None:
        made.assume(
            f"{made.printed_name}: preprocessing",
            "from which rows the scaling was computed",
            "from the training rows only",
        )
    elif setup.fitted_from is not None:
        quote = pages.quote(setup.fitted_from.page, setup.fitted_from.text)
        made.justifications.append(Justification(subject="config.preprocessing", quote=quote))
    made.preprocessing = [f"{kind}_{setup.fitted_on or 'train'}"]


def _tuned(made: Draft, statements: list[Statement], pages: Pages) -> None:
    """A paper that reports its best over many settings reports none that a single setting has to reach."""
    choice = choose(statements, "tuned", made.method.key, made.printed_name)
    if choice is not None and choice.statement is not None:
        _take(made, choice, "model", pages)
        what = "the best result over several settings is claimed; one setting is run"
        made.reasons.append((Fidelity.REDUCED, what))


def _unsupported(made: Draft, statements: Sequence[Statement]) -> None:
    for setting in made.method.unsupported:
        for statement in statements:
            if statement.setting == setting and statement.covers(made.method.key, made.printed_name):
                made.reasons.append(
                    (
                        Fidelity.PROXY,
                        f"the paper uses {setting.replace('_', ' ')}, which this method's cells cannot do",
                    )
                )
                break
