"""Random forests."""

from __future__ import annotations

import math
from typing import Any

from p2n_schemas.plans import TrainingConfig

from .base import Blueprint, Method, MethodCode, Parameter, Parameters, Raw, Shape, call, estimator_function


def write(plan: Blueprint) -> MethodCode:
    name = "RandomForestClassifier" if plan.classes else "RandomForestRegressor"
    settings: dict[str, Any] = {"n_estimators": plan.parameters["trees"]}
    if plan.parameters["max_depth"] is not None:
        settings["max_depth"] = plan.parameters["max_depth"]
    settings["random_state"] = Raw("seed")
    return MethodCode(
        estimator_function(plan, call(name, settings)), (f"from sklearn.ensemble import {name}",)
    )


def seconds(shape: Shape, parameters: Parameters, config: TrainingConfig) -> float:
    growing = 8e-7 * shape.train_rows * math.sqrt(shape.columns) * (3.0 if shape.classes == 0 else 1.0)
    return 0.02 + int(parameters["trees"]) * (0.0012 + growing)


METHOD = Method(
    key="random_forest",
    title="random forest",
    tasks=("classification", "regression"),
    names=(r"random (?:decision )?forests?", r"rf"),
    qualifiers=(r"\d+ trees", r"trees=\d+", r"n_estimators=\d+"),
    parameters=(
        Parameter("trees", 100, "scikit-learn's default number of trees", decisive=True),
        Parameter("max_depth", None, "grown to the end, scikit-learn's default"),
    ),
    write=write,
    seconds=seconds,
    gives=("labels", "probabilities", "values"),
    uses_distance=False,
)
