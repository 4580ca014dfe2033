"""Every method's cells run and learn; those trained step by step do what they say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.linear_model import LinearRegression
from sklearn.preprocessing import StandardScaler

from p2n_ext.catalog import methods
from p2n_ext.catalog.methods import Blueprint, Method, Shape
from p2n_ext.catalog.notebooks.builder import sorted_imports
from p2n_schemas.plans import TrainingConfig

STEPWISE = TrainingConfig(epochs=60, batch_size=64, learning_rate=0.05, optimizer="sgd")


def function(method: Method, config: TrainingConfig, classes: int, **parameters: Any) -> Any:
    """The method's function, from its printed source as a notebook would run it."""
    known = {parameter.name: parameter.default for parameter in method.parameters}
    code = method.write(Blueprint("fit_predict", {**known, **parameters}, config, classes))
    imports = {*code.imports, *(line for helper in code.helpers for line in helper.imports)}
    scope: dict[str, Any] = {}
    exec("\n\n".join([sorted_imports(imports), *(h.source for h in code.helpers), code.source]), scope)
    return scope["fit_predict"]


def parts(load: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    X, y = load(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    order = np.random.default_rng(0).permutation(len(y))
    cut = len(y) * 7 // 10
    return X[order[:cut]], y[order[:cut]], X[order[cut:]], y[order[cut:]]


CLASSIFIERS = [m for m in methods.ALL if "classification" in m.tasks]


@pytest.mark.parametrize("load", [load_breast_cancer, load_wine], ids=["two-classes", "three-classes"])
@pytest.mark.parametrize("method", CLASSIFIERS, ids=lambda m: m.key)
def test_classifiers_learn(method: Method, load: Any) -> None:
    X, y, X_test, y_test = parts(load)
    predicted = function(method, TrainingConfig(), len(set(y)))(X, y, X_test, 0)
    assert np.mean(predicted == y_test) > 0.85


@pytest.mark.parametrize("method", [m for m in methods.ALL if m.gradient], ids=lambda m: m.key)
@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
@pytest.mark.parametrize("load", [load_breast_cancer, load_wine], ids=["two-classes", "three-classes"])
def test_stepwise_training_learns_and_repeats(method: Method, optimizer: str, load: Any) -> None:
    rate = 0.01 if method.key == "linear_regression" or optimizer != "sgd" else 0.05
    config = STEPWISE.model_copy(
        update={"optimizer": optimizer, "learning_rate": rate / (5 if optimizer == "momentum" else 1)}
    )
    X, y, X_test, y_test = parts(load)
    fit_predict = function(method, config, len(set(y)))
    predicted = fit_predict(X, y, X_test, 3)
    assert np.mean(predicted == y_test) > 0.85
    assert np.array_equal(predicted, fit_predict(X, y, X_test, 3))


def test_stepwise_linear_regression_reaches_the_exact_solution() -> None:
    X, y, X_test, _ = parts(load_wine)
    binary = (y == 0).astype(int)
    config = TrainingConfig(epochs=4000, batch_size=len(X), learning_rate=0.05, optimizer="sgd")
    stepwise = function(methods.by_key("linear_regression"), config, 2)(X, binary, X_test, 0)
    exact = (LinearRegression().fit(X, binary).predict(X_test) >= 0.5).astype(int)
    assert np.array_equal(stepwise, exact)


@pytest.mark.parametrize("method", [m for m in methods.ALL if "regression" in m.tasks], ids=lambda m: m.key)
def test_regressors_beat_the_mean(method: Method) -> None:
    X, y, X_test, y_test = parts(load_diabetes)
    settings = {"kernel_svm": {"C": 100.0}, "decision_tree": {"max_depth": 3}}.get(method.key, {})
    config = (
        TrainingConfig(epochs=300, learning_rate=0.01, batch_size=64)
        if method.key == "mlp"
        else TrainingConfig()
    )
    predicted = function(method, config, 0, **settings)(X, y, X_test, 0)
    assert np.mean((predicted - y_test) ** 2) < np.var(y_test)


def test_the_distance_is_the_one_asked_for() -> None:
    X, y = np.array([[0.0, 3.0], [2.2, 2.2]]), np.array([0, 1])
    point = np.array([[0.0, 0.0]])
    knn = methods.by_key("knn")
    # 3 against 4.4 by Manhattan, 3 against 3.11 by Euclid, 3 against 2.2 by the largest difference
    assert function(knn, TrainingConfig(), 2, k=1, distance="manhattan")(X, y, point, 0)[0] == 0
    assert function(knn, TrainingConfig(), 2, k=1, distance="euclidean")(X, y, point, 0)[0] == 0
    assert function(knn, TrainingConfig(), 2, k=1, distance="chebyshev")(X, y, point, 0)[0] == 1


@pytest.mark.parametrize("method", methods.ALL, ids=lambda m: m.key)
def test_costs_grow_with_the_work(method: Method) -> None:
    known = {parameter.name: parameter.default for parameter in method.parameters}
    small = method.seconds(Shape(100, 50, 10, 2), known, STEPWISE)
    large = method.seconds(Shape(10_000, 5_000, 100, 2), known, STEPWISE)
    assert 0 < small < large
    if method.gradient:
        longer = STEPWISE.model_copy(update={"epochs": 6000})
        assert method.seconds(Shape(100, 50, 10, 2), known, longer) > 10 * small
