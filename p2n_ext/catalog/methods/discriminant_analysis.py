"""Linear and quadratic discriminant analysis: a normal distribution for each class, of one covariance or its own."""

from __future__ import annotations

from collections.abc import Callable

from p2n_schemas.plans import TrainingConfig

from .base import Blueprint, Method, MethodCode, Parameters, Shape, estimator_function


def _writer(name: str, constructor: str) -> Callable[[Blueprint], MethodCode]:
    def write(plan: Blueprint) -> MethodCode:
        return MethodCode(
            estimator_function(plan, constructor), (f"from sklearn.discriminant_analysis import {name}",)
        )

    return write


def seconds(shape: Shape, parameters: Parameters, config: TrainingConfig) -> float:
    return 0.01 + 1e-8 * shape.train_rows * shape.columns**2


LINEAR = Method(
    key="lda",
    title="linear discriminant analysis",
    tasks=("classification",),
    names=(r"(?:fisher s? ?)?linear discriminant(?: analysis)?", r"lda", r"fld[a]?"),
    write=_writer("LinearDiscriminantAnalysis", "LinearDiscriminantAnalysis()"),
    seconds=seconds,
    uses_distance=False,
    gives=("labels", "probabilities"),
)
QUADRATIC = Method(
    key="qda",
    title="quadratic discriminant analysis",
    tasks=("classification",),
    names=(r"quadratic discriminant(?: analysis)?", r"qda"),
    write=_writer(
        "QuadraticDiscriminantAnalysis",
        # features that nearly depend on each other, as in WDBC, are no reason to refuse
        "QuadraticDiscriminantAnalysis(tol=1e-10)",
    ),
    seconds=seconds,
    uses_distance=False,
    gives=("labels", "probabilities"),
)
