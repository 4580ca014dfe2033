"""Decision trees (CART, as scikit-learn grows them)."""

from __future__ import annotations

from typing import Any

from p2n_schemas.plans import TrainingConfig

from .base import Blueprint, Method, MethodCode, Parameter, Parameters, Raw, Shape, call, estimator_function


def write(plan: Blueprint) -> MethodCode:
    name = "DecisionTreeClassifier" if plan.classes else "DecisionTreeRegressor"
    settings: dict[str, Any] = {}
    if plan.classes:
        settings["criterion"] = plan.parameters["criterion"]
    if plan.parameters["max_depth"] is not None:
        settings["max_depth"] = plan.parameters["max_depth"]
    settings["random_state"] = Raw("seed")
    return MethodCode(estimator_function(plan, call(name, settings)), (f"from sklearn.tree import {name}",))


def seconds(shape: Shape, parameters: Parameters, config: TrainingConfig) -> float:
    return 0.01 + 1.5e-6 * shape.train_rows * shape.columns


METHOD = Method(
    key="decision_tree",
    title="decision tree",
    tasks=("classification", "regression"),
    names=(r"(?:classification|decision|regression) trees?", r"cart", r"dt"),
    qualifiers=(r"gini", r"entropy", r"(?:max )?depth=\d+"),
    parameters=(
        Parameter("criterion", "gini", "scikit-learn's default"),
        Parameter("max_depth", None, "grown to the end, scikit-learn's default"),
    ),
    write=write,
    seconds=seconds,
    gives=("labels", "probabilities", "values"),
    uses_distance=False,
)
