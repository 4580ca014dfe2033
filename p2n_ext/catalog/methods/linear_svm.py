"""The linear support vector machine with squared hinge loss (L2-SVM)."""

from __future__ import annotations

import math
import re
from typing import Any

from p2n_schemas.plans import TrainingConfig

from .base import (
    Blueprint,
    Method,
    MethodCode,
    Parameter,
    Parameters,
    Raw,
    Shape,
    Silence,
    by_gradient,
    call,
    estimator_function,
)
from .gradient import MINIMIZE, arguments, steps


def from_name(folded: str) -> dict[str, Any]:
    if re.search(r"\bl2 svm\b|squared hinge", folded):
        return {"loss": "squared_hinge"}
    if re.search(r"\bl1 svm\b", folded):
        return {"loss": "hinge"}
    return {}


def write(plan: Blueprint) -> MethodCode:
    squared = plan.parameters["loss"] == "squared_hinge"
    if by_gradient(plan.config):
        coding = (
            "np.where(y_train == 1, 1.0, -1.0)[:, np.newaxis]"
            if plan.classes == 2
            else f"2.0 * np.eye({plan.classes})[y_train] - 1.0"
        )
        slope = "-2.0 * slack * target[batch]" if squared else "-(slack > 0) * target[batch]"
        decide = "(scores[:, 0] >= 0).astype(int)" if plan.classes == 2 else "scores.argmax(axis=1)"
        if plan.output == "scores":
            decide = "scores[:, 0]"
        source = (
            f"def {plan.function}(X_train, y_train, X_test, seed):\n"
            f"    A = with_bias(X_train)\n"
            f"    target = {coding}\n"
            f"    C = {plan.parameters['C']}\n"
            f"\n"
            f"    def gradient(weights, batch):\n"
            f"        # of |w|^2 / 2 + C * mean {'squared ' if squared else ''}hinge loss; the bias is not penalised\n"
            f"        slack = np.maximum(0.0, 1.0 - target[batch] * (A[batch] @ weights))\n"
            f"        slope = C * A[batch].T @ ({slope}) / len(batch)\n"
            f"        slope[:-1] += weights[:-1]\n"
            f"        return slope\n"
            f"\n"
            f"    weights = minimize(\n"
            f"        gradient,\n"
            f"        np.zeros((A.shape[1], target.shape[1])),\n"
            f"        len(A),\n"
            f"{arguments(plan.config)}"
            f"    )\n"
            f"    scores = with_bias(X_test) @ weights\n"
            f"    return {decide}"
        )
        return MethodCode(source, ("import numpy as np",), (MINIMIZE,))
    settings: dict[str, Any] = {"C": plan.parameters["C"]}
    if not squared:
        settings["loss"] = "hinge"
    settings |= {"max_iter": 20000, "random_state": Raw("seed")}
    return MethodCode(
        estimator_function(plan, call("LinearSVC", settings)), ("from sklearn.svm import LinearSVC",)
    )


def seconds(shape: Shape, parameters: Parameters, config: TrainingConfig) -> float:
    if by_gradient(config):
        return 0.01 + steps(shape, config) * (
            5e-5 + 3e-9 * (config.batch_size or 32) * shape.columns * shape.classes
        )
    return 0.02 + 1.5e-6 * shape.train_rows * shape.columns * max(1, shape.classes - 1) * math.sqrt(
        float(parameters["C"])
    )


METHOD = Method(
    key="linear_svm",
    title="linear support vector machine",
    tasks=("classification",),
    names=(
        r"l[12] svms?",
        r"svms?",
        r"support vector (?:machines?|classifier|classification)",
        r"(?:linear ?)?svc",
    ),
    hint=r"\blinear|\bl[12][ -]svm|squared hinge",
    qualifiers=(r"linear", r"kernel", r"l[12]", r"squared", r"hinge", r"loss", r"c=[\d.]+"),
    parameters=(
        Parameter("C", 1.0, "scikit-learn's default", decisive=True),
        Parameter("loss", "squared_hinge", "scikit-learn's default for linear support vector machines"),
    ),
    from_name=from_name,
    write=write,
    seconds=seconds,
    gives=("labels", "scores"),
    gradient=True,
    gradient_silence=(
        Silence(
            "the objective that was minimised (formulas are not read from the paper)",
            "|w|^2 / 2 + C x the mean loss over the batch, the bias not penalised, all weights from zero",
            decisive=True,
        ),
    ),
    unsupported=("dropout",),
)
