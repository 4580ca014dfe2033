"""The lasso: least squares with an L1 penalty."""

from __future__ import annotations

from p2n_schemas.plans import TrainingConfig

from .base import Blueprint, Method, MethodCode, Parameter, Parameters, Shape, call, estimator_function


def write(plan: Blueprint) -> MethodCode:
    # scikit-learn's objective is |y - Xw|^2 / (2 n) + alpha |w|_1
    constructor = call("Lasso", {"alpha": plan.parameters["alpha"], "max_iter": 10000})
    return MethodCode(estimator_function(plan, constructor), ("from sklearn.linear_model import Lasso",))


def seconds(shape: Shape, parameters: Parameters, config: TrainingConfig) -> float:
    return 0.02 + 1e-7 * shape.train_rows * shape.columns**2


METHOD = Method(
    key="lasso",
    title="lasso",
    tasks=("regression",),
    names=(r"lasso(?: regression)?", r"least absolute shrinkage selection operator"),
    qualifiers=(r"linear", r"l1", r"alpha=[\d.]+"),
    parameters=(
        Parameter(
            "alpha", 1.0, "scikit-learn's default, for a squared error halved and averaged", decisive=True
        ),
    ),
    write=write,
    seconds=seconds,
    uses_distance=False,
    gives=("values",),
)
