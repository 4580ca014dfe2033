"""A method outside the catalogue: its function was written by a model, checked without running it and tried in the sandbox."""

from __future__ import annotations

from p2n_schemas.plans import TrainingConfig

from ..generated import FUNCTION, problems
from .base import Blueprint, Method, MethodCode, Parameter, Parameters, Shape

KEY = "generated"
_NOTE = (
    "# Written by a language model from the paper's words: neither the authors' code nor the catalogue's.\n"
)


def write(plan: Blueprint) -> MethodCode:
    """Raises KeyError for code that may not be run."""
    if plan.code is None:
        raise KeyError("generated code that is not there")
    if found := problems(plan.code):
        raise KeyError(f"generated code: {found[0]}")
    source = plan.code.strip().replace(f"def {FUNCTION}(", f"def {plan.function}(", 1)
    return MethodCode(_NOTE + source)


def seconds(shape: Shape, parameters: Parameters, config: TrainingConfig) -> float:
    """A guess: nobody knows what the code will cost before it is there."""
    return 1.0 + 2e-5 * shape.train_rows * max(1, shape.classes)


METHOD = Method(
    key=KEY,
    title="code written by a model",
    tasks=("classification", "regression"),
    names=(),
    write=write,
    seconds=seconds,
    parameters=(Parameter("named", "paper", "it tells two such methods of a paper apart"),),
    gives=("labels", "values"),
)
