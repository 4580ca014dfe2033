"""AdaBoost (Freund and Schapire, 1997) over shallow trees; SAMME for several classes, R2 for regression."""

from __future__ import annotations

from typing import Any

from p2n_schemas.plans import TrainingConfig

from .base import Blueprint, Method, MethodCode, Parameter, Parameters, Raw, Shape, call, estimator_function


def write(plan: Blueprint) -> MethodCode:
    kind = "Classifier" if plan.classes else "Regressor"
    depth = plan.parameters["max_depth"]
    settings: dict[str, Any] = {
        "estimator": Raw(f"DecisionTree{kind}(max_depth={depth})"),
        "n_estimators": plan.parameters["trees"],
        "learning_rate": plan.parameters["learning_rate"],
        "random_state": Raw("seed"),
    }
    return MethodCode(
        estimator_function(plan, call(f"AdaBoost{kind}", settings)),
        (f"from sklearn.ensemble import AdaBoost{kind}", f"from sklearn.tree import DecisionTree{kind}"),
    )


def seconds(shape: Shape, parameters: Parameters, config: TrainingConfig) -> float:
    depth = int(parameters["max_depth"] or 10)
    return 0.02 + int(parameters["trees"]) * (1.5e-3 + 1e-7 * shape.train_rows * shape.columns * depth)


METHOD = Method(
    key="adaboost",
    title="AdaBoost",
    tasks=("classification", "regression"),
    names=(r"ada ?boost(?:ing)?(?:\.?m1| samme)?", r"adaptive boosting"),
    qualifiers=(r"decision stumps?", r"\d+ trees", r"(?:max )?depth=\d+"),
    parameters=(
        Parameter("trees", 50, "scikit-learn's default number of rounds", decisive=True),
        Parameter("learning_rate", 1.0, "scikit-learn's default"),
        Parameter("max_depth", 1, "decision stumps, scikit-learn's default for classification"),
    ),
    write=write,
    seconds=seconds,
    uses_distance=False,
    gives=("labels", "probabilities", "values"),
)
