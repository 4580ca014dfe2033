"""Gradient boosted trees (Friedman, 2001)."""

from __future__ import annotations

from typing import Any

from p2n_schemas.plans import TrainingConfig

from .base import Blueprint, Method, MethodCode, Parameter, Parameters, Raw, Shape, call, estimator_function


def write(plan: Blueprint) -> MethodCode:
    name = "GradientBoostingClassifier" if plan.classes else "GradientBoostingRegressor"
    settings: dict[str, Any] = {
        "n_estimators": plan.parameters["trees"],
        "learning_rate": plan.parameters["learning_rate"],
        "max_depth": plan.parameters["max_depth"],
        "random_state": Raw("seed"),
    }
    return MethodCode(
        estimator_function(plan, call(name, settings)), (f"from sklearn.ensemble import {name}",)
    )


def seconds(shape: Shape, parameters: Parameters, config: TrainingConfig) -> float:
    # a tree for each class where there are more than two
    grown = int(parameters["trees"]) * (shape.classes if shape.classes > 2 else 1)
    depth = int(parameters["max_depth"] or 10)
    return 0.02 + grown * (8e-4 + 4e-8 * shape.train_rows * shape.columns * depth)


METHOD = Method(
    key="gradient_boosting",
    title="gradient boosting",
    tasks=("classification", "regression"),
    names=(
        r"(?:stochastic )?gradient (?:tree )?boost(?:ing|ed)(?: (?:decision |regression )?trees?| machines?)?",
        r"gb(?:m|dt|rt)s?",
        r"boosted (?:decision |regression )?trees",
    ),
    qualifiers=(r"\d+ trees", r"(?:max )?depth=\d+"),
    parameters=(
        Parameter("trees", 100, "scikit-learn's default number of trees", decisive=True),
        Parameter("learning_rate", 0.1, "scikit-learn's default"),
        Parameter("max_depth", 3, "scikit-learn's default"),
    ),
    write=write,
    seconds=seconds,
    uses_distance=False,
    gives=("labels", "probabilities", "values"),
)
