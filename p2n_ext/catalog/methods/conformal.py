"""Split and cross-conformal predictive systems (Vovk et al., 2018), crisp, with the conformity measure y - prediction.

The predictive distribution of a row has equal weight on each calibration row's point: the row's prediction plus the
calibration row's residual (their equations 15 and 16).
"""

from __future__ import annotations

import re
from typing import Any

from p2n_schemas.plans import TrainingConfig

from . import linear_regression, random_forest
from .base import Blueprint, Method, MethodCode, Parameter, Parameters, Shape

_LEAST_SQUARES, _FOREST = "least_squares", "random_forest"
_UNDERLYING = (
    r"(?:ordinary )?least squares",
    r"(?:linear )?regression",
    r"ols",
    r"random forests?",
    r"rf",
    r"underlying",
)
_SYSTEM = r"(?: predictive)?(?: systems?| distributions?| predictors?| prediction| regression)?"


def from_name(folded: str) -> dict[str, Any]:
    if re.search(r"\b(?:random forests?|rf)\b", folded):
        return {"underlying": _FOREST}
    if re.search(r"\b(?:least squares|linear regression|ols)\b", folded):
        return {"underlying": _LEAST_SQUARES}
    return {}


def _model(parameters: Parameters) -> tuple[str, str]:
    """The underlying model's constructor and import."""
    if parameters["underlying"] == _FOREST:
        constructor = f"RandomForestRegressor(n_estimators={parameters['trees']}, random_state=seed)"
        return constructor, "from sklearn.ensemble import RandomForestRegressor"
    if parameters["underlying"] == _LEAST_SQUARES:
        return "LinearRegression()", "from sklearn.linear_model import LinearRegression"
    raise KeyError(f"underlying={parameters['underlying']!r}")


def write_split(plan: Blueprint) -> MethodCode:
    constructor, line = _model(plan.parameters)
    source = (
        f"def {plan.function}(X_train, y_train, X_test, seed):\n"
        f"    # split conformal: residuals of the calibration rows, which the model has not seen\n"
        f"    rng = np.random.default_rng(seed)\n"
        f"    drawn = []\n"
        f"    for _ in range({plan.parameters['splits']}):\n"
        f"        order = rng.permutation(len(X_train))\n"
        f"        edge = round({plan.parameters['fraction']} * len(order))\n"
        f"        proper, calibration = order[:edge], order[edge:]\n"
        f"        model = {constructor}\n"
        f"        model.fit(X_train[proper], y_train[proper])\n"
        f"        residuals = y_train[calibration] - model.predict(X_train[calibration])\n"
        f"        drawn.append(model.predict(X_test)[:, np.newaxis] + residuals)\n"
        f"    return np.stack(drawn)"
    )
    return MethodCode(source, ("import numpy as np", line))


def write_cross(plan: Blueprint) -> MethodCode:
    constructor, line = _model(plan.parameters)
    source = (
        f"def {plan.function}(X_train, y_train, X_test, seed):\n"
        f"    # cross-conformal: every training row calibrates the model of the folds that it is not in\n"
        f"    drawn = []\n"
        f"    for part in range({plan.parameters['splits']}):\n"
        f"        folds = KFold({plan.parameters['folds']}, shuffle=True, random_state=1000 * seed + part)\n"
        f"        points = []\n"
        f"        for proper, calibration in folds.split(X_train):\n"
        f"            model = {constructor}\n"
        f"            model.fit(X_train[proper], y_train[proper])\n"
        f"            residuals = y_train[calibration] - model.predict(X_train[calibration])\n"
        f"            points.append(model.predict(X_test)[:, np.newaxis] + residuals)\n"
        f"        drawn.append(np.concatenate(points, axis=1))\n"
        f"    return np.stack(drawn)"
    )
    return MethodCode(source, ("import numpy as np", "from sklearn.model_selection import KFold", line))


def seconds(shape: Shape, parameters: Parameters, config: TrainingConfig) -> float:
    fits = int(parameters["splits"]) * int(parameters.get("folds") or 1)
    once = linear_regression.seconds(shape, parameters, config) / 10
    if parameters["underlying"] == _FOREST:
        once = random_forest.seconds(shape, parameters, config)
    points = shape.test_rows * shape.train_rows * int(parameters["splits"])
    return 0.01 + fits * once + 3e-7 * points


UNDERLYING = Parameter("underlying", _LEAST_SQUARES, "the plainest regression", decisive=True)
SPLITS = Parameter("splits", 1, "one random split of the training rows")
TREES = Parameter(
    "trees", 100, "scikit-learn's default number of trees", decisive=True, only_with=("underlying", _FOREST)
)
SPLIT = Method(
    key="split_conformal",
    title="split conformal predictive system",
    tasks=("regression",),
    names=(r"scps", rf"(?:split|inductive) conformal{_SYSTEM}"),
    qualifiers=_UNDERLYING,
    parameters=(
        UNDERLYING,
        Parameter(
            "fraction", 0.5, "half of the training rows for the model, half to calibrate", decisive=True
        ),
        SPLITS,
        TREES,
    ),
    from_name=from_name,
    write=write_split,
    seconds=seconds,
    uses_distance=False,
    gives=("distribution",),
    built_on=("linear_regression", "random_forest"),
)
CROSS = Method(
    key="cross_conformal",
    title="cross-conformal predictive system",
    tasks=("regression",),
    names=(r"ccps", rf"cross conformal{_SYSTEM}"),
    qualifiers=_UNDERLYING,
    parameters=(
        UNDERLYING,
        Parameter("folds", 5, "a usual number of folds", decisive=True),
        SPLITS,
        TREES,
    ),
    from_name=from_name,
    write=write_cross,
    seconds=seconds,
    uses_distance=False,
    gives=("distribution",),
    built_on=("linear_regression", "random_forest"),
)
