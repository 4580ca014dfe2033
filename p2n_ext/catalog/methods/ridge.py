"""Ridge regression: least squares with an L2 penalty."""

from __future__ import annotations

from p2n_schemas.plans import TrainingConfig

from .base import Blueprint, Method, MethodCode, Parameter, Parameters, Shape, call, estimator_function


def write(plan: Blueprint) -> MethodCode:
    constructor = call("Ridge", {"alpha": plan.parameters["alpha"]})
    return MethodCode(estimator_function(plan, constructor), ("from sklearn.linear_model import Ridge",))


def seconds(shape: Shape, parameters: Parameters, config: TrainingConfig) -> float:
    return 0.01 + 1e-8 * shape.train_rows * shape.columns**2


METHOD = Method(
    key="ridge",
    title="ridge regression",
    tasks=("regression",),
    names=(r"ridge(?: regression)?", r"rr", r"tikhonov regularization"),
    qualifiers=(r"linear", r"l2", r"alpha=[\d.]+"),
    parameters=(Parameter("alpha", 1.0, "scikit-learn's default", decisive=True),),
    write=write,
    seconds=seconds,
    uses_distance=False,
    gives=("values",),
)
