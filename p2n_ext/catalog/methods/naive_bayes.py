"""Gaussian naive Bayes."""

from __future__ import annotations

from p2n_schemas.plans import TrainingConfig

from .base import Blueprint, Method, MethodCode, Parameters, Shape, estimator_function


def write(plan: Blueprint) -> MethodCode:
    return MethodCode(
        estimator_function(plan, "GaussianNB()"), ("from sklearn.naive_bayes import GaussianNB",)
    )


def seconds(shape: Shape, parameters: Parameters, config: TrainingConfig) -> float:
    return 0.01 + 2e-8 * (shape.train_rows + shape.test_rows) * shape.columns * shape.classes


METHOD = Method(
    key="gaussian_naive_bayes",
    title="Gaussian naive Bayes",
    tasks=("classification",),
    names=(r"(?:gaussian )?naive bayes(?:ian)?", r"gnb", r"gaussian nb", r"nb"),
    write=write,
    seconds=seconds,
    gives=("labels", "probabilities"),
    uses_distance=False,
)
