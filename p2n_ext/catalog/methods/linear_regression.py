"""Linear regression; for classes, regression on their codes, cut at 0.5."""

from __future__ import annotations

from p2n_schemas.plans import TrainingConfig

from .base import Blueprint, Method, MethodCode, Parameters, Shape, by_gradient
from .gradient import MINIMIZE, arguments, steps


def write(plan: Blueprint) -> MethodCode:
    imports: tuple[str, ...] = ()
    if plan.classes == 2:
        target, decide = "y_train.astype(float)", "(scores >= 0.5).astype(int)"
        zero = "np.zeros(A.shape[1])"
        if plan.output == "scores":
            decide = "scores - 0.5"
    elif plan.classes:
        target, decide = f"np.eye({plan.classes})[y_train]", "scores.argmax(axis=1)"
        zero = "np.zeros((A.shape[1], target.shape[1]))"
    else:
        target, decide = "y_train.astype(float)", "scores"
        zero = "np.zeros(A.shape[1])"
    if by_gradient(plan.config):
        source = (
            f"def {plan.function}(X_train, y_train, X_test, seed):\n"
            f"    A = with_bias(X_train)\n"
            f"    target = {target}\n"
            f"\n"
            f"    def gradient(weights, batch):\n"
            f"        # of the mean squared error over the batch\n"
            f"        residual = A[batch] @ weights - target[batch]\n"
            f"        return 2.0 / len(batch) * A[batch].T @ residual\n"
            f"\n"
            f"    weights = minimize(\n"
            f"        gradient,\n"
            f"        {zero},\n"
            f"        len(A),\n"
            f"{arguments(plan.config)}"
            f"    )\n"
            f"    scores = with_bias(X_test) @ weights\n"
            f"    return {decide}"
        )
        return MethodCode(source, ("import numpy as np",), (MINIMIZE,))
    imports = ("from sklearn.linear_model import LinearRegression",)
    if plan.classes:
        imports = (*imports, "import numpy as np")
    source = (
        f"def {plan.function}(X_train, y_train, X_test, seed):\n"
        f"    target = {target}\n"
        f"    scores = LinearRegression().fit(X_train, target).predict(X_test)\n"
        f"    return {decide}"
    )
    return MethodCode(source, imports)


def seconds(shape: Shape, parameters: Parameters, config: TrainingConfig) -> float:
    if by_gradient(config):
        return 0.01 + steps(shape, config) * (2.5e-5 + 2e-9 * (config.batch_size or 32) * shape.columns)
    return 0.01 + 1e-8 * shape.train_rows * shape.columns**2


METHOD = Method(
    key="linear_regression",
    title="linear regression",
    tasks=("classification", "regression"),
    names=(
        r"linear regression",
        r"linear regressor",
        r"(?:ordinary )?least squares(?: regression)?",
        r"lin ?reg",
        r"ols",
    ),
    write=write,
    seconds=seconds,
    gives=("labels", "scores", "values"),
    gradient=True,
    uses_distance=False,
)
