"""What a method of the catalogue says of itself: its names, its parameters, its cells and its cost."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from p2n_schemas.plans import TrainingConfig

from ..datasets.base import ImageShape, Input
from ..source import Helper as Helper
from ..source import Output

Parameters = Mapping[str, Any]


@dataclass(frozen=True)
class Shape:
    """Rows and columns that one fit sees; `classes` is 0 for regression.

    Of texts `columns` is about how many words one has; of images `image` is channels, height and width.
    """

    train_rows: int
    test_rows: int
    columns: int
    classes: int
    image: ImageShape | None = None


@dataclass(frozen=True)
class MethodCode:
    """A function of (X_train, y_train, X_test, seed) that gives predictions for X_test.

    Of a method that clusters it is a function of (X, seed): it never sees the classes.
    """

    source: str
    imports: tuple[str, ...] = ()
    helpers: tuple[Helper, ...] = ()


@dataclass(frozen=True)
class Blueprint:
    """All that a method needs to write its function.

    `classes` is 0 for regression; `output` is one of those that the method gives (see `catalog.source`); `code` is what
    a model wrote for a method that the catalogue does not have.
    """

    function: str
    parameters: Parameters
    config: TrainingConfig
    classes: int
    output: Output = "labels"
    image: ImageShape | None = None
    code: str | None = None


@dataclass(frozen=True)
class Parameter:
    """A parameter that the notebook sets; `default` is taken, and said to be, where the paper is silent.

    `decisive`: results hang on it. `only_with`: it means something only where another parameter has this value.
    """

    name: str
    default: Any
    why: str
    decisive: bool = False
    only_with: tuple[str, Any] | None = None

    def applies(self, parameters: Parameters) -> bool:
        return self.only_with is None or parameters.get(self.only_with[0]) == self.only_with[1]


@dataclass(frozen=True)
class Silence:
    """What a text hardly ever states of a training step by step, and what is done; `decisive` if results hang on it."""

    missing: str
    choice: str
    decisive: bool = False


@dataclass(frozen=True)
class Method:
    """One method.

    `names` and `qualifiers` are regular expressions over folded names (`catalog.names`). Methods that share a name
    ("SVM") tell themselves apart by `hint`. `from_name` reads parameters from the folded name ("5 nn" says k).
    `gradient` is for methods whose epochs, batch size, learning rate and optimizer can be set; `always_gradient` for
    those that know no other training; `gradient_silence` is what then has to be assumed, and `untold` the settings that are
    taken where the paper is silent. `seconds` is the cost of one fit with its predictions on one core.
    `unsupported` names settings that papers state for the method and that its cells cannot follow. `only_if`: a name that
    is shared means this method only where the paper states one of these settings, or names its `framework`.
    `gives`: what its function can return (see `catalog.source`). `built_on`: keys of the methods inside it, whose
    settings are its own too. `input`: what one row of X has to be; an image is a row of a table too.
    """

    key: str
    title: str
    tasks: tuple[str, ...]
    names: tuple[str, ...]
    write: Callable[[Blueprint], MethodCode]
    seconds: Callable[[Shape, Parameters, TrainingConfig], float]
    parameters: tuple[Parameter, ...] = ()
    qualifiers: tuple[str, ...] = ()
    hint: str | None = None
    from_name: Callable[[str], dict[str, Any]] = field(default=lambda name: {})
    gradient: bool = False
    always_gradient: bool = False
    gradient_silence: tuple[Silence, ...] = ()
    untold: TrainingConfig | None = None
    uses_distance: bool = True
    unsupported: tuple[str, ...] = ()
    framework: str = "scikit-learn"
    only_if: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ("scikit-learn", "numpy")
    gives: tuple[Output, ...] = ("labels", "values")
    built_on: tuple[str, ...] = ()
    input: Input = "table"


def by_gradient(config: TrainingConfig) -> bool:
    """Whether enough is stated to train step by step: how often and how far."""
    return config.epochs is not None and config.learning_rate is not None


def call(name: str, arguments: Mapping[str, Any]) -> str:
    """A constructor call as PEP 8 prints it, wrapped where a line would pass 88 characters."""
    parts = [f"{key}={_literal(value)}" for key, value in arguments.items()]
    line = f"{name}({', '.join(parts)})"
    if len(line) <= 70:
        return line
    inner = "".join(f"        {part},\n" for part in parts)
    return f"{name}(\n{inner}    )"


def _literal(value: Any) -> str:
    if isinstance(value, Raw):
        return value
    if isinstance(value, str):
        return json.dumps(value)
    if isinstance(value, list | tuple):
        inner = ", ".join(_literal(item) for item in value)
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    return repr(value)


class Raw(str):
    """Source text that stands as it is in a call."""


_PREDICT: dict[Output, str] = {"scores": "decision_function", "probabilities": "predict_proba"}


def estimator_function(plan: Blueprint, constructor: str, note: str = "") -> str:
    """The function of a scikit-learn estimator."""
    comment = f"    # {note}\n" if note else ""
    return (
        f"def {plan.function}(X_train, y_train, X_test, seed):\n"
        f"{comment}"
        f"    model = {constructor}\n"
        f"    return model.fit(X_train, y_train).{_PREDICT.get(plan.output, 'predict')}(X_test)"
    )
