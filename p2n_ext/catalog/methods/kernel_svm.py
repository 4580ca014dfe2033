"""Support vector machines with a kernel."""

from __future__ import annotations

import re
from typing import Any

from p2n_schemas.plans import TrainingConfig

from .base import Blueprint, Method, MethodCode, Parameter, Parameters, Shape, call, estimator_function


def from_name(folded: str) -> dict[str, Any]:
    for pattern, kernel in (
        (r"\brbf\b|gaussian|radial", "rbf"),
        (r"\bpoly", "poly"),
        (r"\bsigmoid\b", "sigmoid"),
    ):
        if re.search(pattern, folded):
            return {"kernel": kernel}
    return {}


def write(plan: Blueprint) -> MethodCode:
    settings: dict[str, Any] = {
        "C": plan.parameters["C"],
        "kernel": plan.parameters["kernel"],
        "gamma": plan.parameters["gamma"],
    }
    if plan.parameters["kernel"] == "poly":
        settings["degree"] = plan.parameters["degree"]
    name = "SVC" if plan.classes else "SVR"
    return MethodCode(estimator_function(plan, call(name, settings)), (f"from sklearn.svm import {name}",))


def seconds(shape: Shape, parameters: Parameters, config: TrainingConfig) -> float:
    return 0.01 + 4e-9 * shape.train_rows**2 * shape.columns + 2e-8 * shape.train_rows * shape.test_rows


METHOD = Method(
    key="kernel_svm",
    title="support vector machine with a kernel",
    tasks=("classification", "regression"),
    names=(
        r"svms?",
        r"support vector (?:machines?|classifier|classification|regression)",
        r"sv[cr]",
    ),
    hint=r"\brbf\b|gaussian|radial|\bpoly|\bsigmoid kernel",
    qualifiers=(
        r"rbf",
        r"gaussian",
        r"radial basis(?: function)?",
        r"poly(?:nomial)?",
        r"sigmoid",
        r"kernels?",
        r"c=[\d.]+",
        r"gamma=[\w.]+",
        r"degree=?\d*",
    ),
    parameters=(
        Parameter("C", 1.0, "scikit-learn's default", decisive=True),
        Parameter("kernel", "rbf", "scikit-learn's default", decisive=True),
        Parameter("gamma", "scale", "scikit-learn's default: 1 / (features x variance)"),
        Parameter("degree", 3, "scikit-learn's default for polynomial kernels", only_with=("kernel", "poly")),
    ),
    from_name=from_name,
    write=write,
    seconds=seconds,
    gives=("labels", "scores", "values"),
)
