"""Logistic regression and its form for several classes, softmax regression."""

from __future__ import annotations

from p2n_schemas.plans import TrainingConfig

from .base import (
    Blueprint,
    Method,
    MethodCode,
    Parameter,
    Parameters,
    Shape,
    by_gradient,
    call,
    estimator_function,
)
from .gradient import MINIMIZE, arguments, steps


def write(plan: Blueprint) -> MethodCode:
    if by_gradient(plan.config):
        answer = "return (with_bias(X_test) @ weights).argmax(axis=1)"
        if plan.output == "probabilities":
            answer = "return softmax(with_bias(X_test) @ weights, axis=1)"
        source = (
            f"def {plan.function}(X_train, y_train, X_test, seed):\n"
            f"    A = with_bias(X_train)\n"
            f"    target = np.eye({plan.classes})[y_train]\n"
            f"\n"
            f"    def gradient(weights, batch):\n"
            f"        # of the mean cross-entropy over the batch\n"
            f"        scores = A[batch] @ weights\n"
            f"        scores = np.exp(scores - scores.max(axis=1, keepdims=True))\n"
            f"        probability = scores / scores.sum(axis=1, keepdims=True)\n"
            f"        return A[batch].T @ (probability - target[batch]) / len(batch)\n"
            f"\n"
            f"    weights = minimize(\n"
            f"        gradient,\n"
            f"        np.zeros((A.shape[1], target.shape[1])),\n"
            f"        len(A),\n"
            f"{arguments(plan.config)}"
            f"    )\n"
            f"    {answer}"
        )
        imports: tuple[str, ...] = ("import numpy as np",)
        if plan.output == "probabilities":
            imports = (*imports, "from scipy.special import softmax")
        return MethodCode(source, imports, (MINIMIZE,))
    constructor = call("LogisticRegression", {"C": plan.parameters["C"], "max_iter": 1000})
    return MethodCode(
        estimator_function(plan, constructor),
        ("from sklearn.linear_model import LogisticRegression",),
    )


def seconds(shape: Shape, parameters: Parameters, config: TrainingConfig) -> float:
    if by_gradient(config):
        return 0.01 + steps(shape, config) * (
            4.5e-5 + 3e-9 * (config.batch_size or 32) * shape.columns * shape.classes
        )
    return 0.02 + 3e-6 * shape.train_rows * max(1, shape.classes) + 2e-7 * shape.train_rows * shape.columns


METHOD = Method(
    key="softmax_regression",
    title="logistic (softmax) regression",
    tasks=("classification",),
    names=(
        r"(?:softmax|logistic|multinomial logistic) regression",
        r"softmax",
        r"logistic",
        r"log ?reg",
        r"lr",
    ),
    qualifiers=(r"l2", r"penalty", r"c=[\d.]+", r"regularized", r"multinomial", r"ridge"),
    parameters=(Parameter("C", 1.0, "scikit-learn's default strength of the L2 penalty", decisive=True),),
    write=write,
    seconds=seconds,
    gives=("labels", "probabilities"),
    gradient=True,
    unsupported=("dropout",),
)
