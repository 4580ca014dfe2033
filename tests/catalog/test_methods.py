"""Every method's cells run and learn; those trained step by step do what they say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.linear_model import LinearRegression

from p2n_ext.catalog import methods
from p2n_ext.catalog.methods import Blueprint, Method, Shape
from p2n_schemas.plans import TrainingConfig
from tests.catalog.method_cells import LOSSES, STEPWISE, function, parts

TABULAR = [m for m in methods.ALL if m.input == "table"]
CLASSIFIERS = [m for m in TABULAR if "classification" in m.tasks]


@pytest.mark.parametrize("load", [load_breast_cancer, load_wine], ids=["two-classes", "three-classes"])
@pytest.mark.parametrize("method", CLASSIFIERS, ids=lambda m: m.key)
def test_classifiers_learn(method: Method, load: Any) -> None:
    X, y, X_test, y_test = parts(load)
    predicted = function(method, TrainingConfig(), len(set(y)))(X, y, X_test, 0)
    assert np.mean(predicted == y_test) > 0.85


@pytest.mark.parametrize("method", [m for m in TABULAR if m.gradient], ids=lambda m: m.key)
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


@pytest.mark.parametrize(
    "method", [m for m in TABULAR if "regression" in m.tasks and "values" in m.gives], ids=lambda m: m.key
)
def test_regressors_beat_the_mean(method: Method) -> None:
    X, y, X_test, y_test = parts(load_diabetes)
    settings = {"kernel_svm": {"C": 100.0}, "decision_tree": {"max_depth": 3}}.get(method.key, {})
    config = (
        TrainingConfig(epochs=300, learning_rate=0.01, batch_size=64)
        if method.key in ("mlp", "torch_mlp")
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


@pytest.mark.parametrize("key", ["mlp", "torch_mlp"])
@pytest.mark.parametrize(("epochs", "points", "first"), [(7, 7, 1), (200, 200, 1), (450, 150, 3)])
def test_networks_show_their_training_loss_as_a_short_curve(
    key: str, epochs: int, points: int, first: int
) -> None:
    X, y, X_test, _ = parts(load_wine)
    config = STEPWISE.model_copy(update={"epochs": epochs, "optimizer": "adam", "learning_rate": 0.01})
    fit_predict = function(methods.by_key(key), config, 3)
    LOSSES.clear()
    fit_predict(X, y, X_test, 0)
    assert [entry[:3] for entry in LOSSES] == [(key, 0, "loss")] * points
    assert [entry[-1]["split"] for entry in LOSSES] == ["train"] * points
    assert [entry[-1]["step"] for entry in LOSSES] == list(range(first, epochs + 1, first))
    assert LOSSES[-1][3] < LOSSES[0][3]


def test_a_torch_network_has_the_layers_that_are_asked_for() -> None:
    method = methods.by_key("torch_mlp")
    known = {parameter.name: parameter.default for parameter in method.parameters}
    asked = known | {"hidden": [8, 4], "activation": "tanh", "batch_normalization": True, "dropout": 0.25}
    source = method.write(Blueprint("f", asked, STEPWISE, 3)).source
    layers = [line.strip().rstrip(",") for line in source.splitlines() if line.startswith("        nn.")]
    assert layers[:9] == [
        "nn.Linear(X_train.shape[1], 8)",
        "nn.BatchNorm1d(8)",
        "nn.Tanh()",
        "nn.Dropout(0.25)",
        "nn.Linear(8, 4)",
        "nn.BatchNorm1d(4)",
        "nn.Tanh()",
        "nn.Dropout(0.25)",
        "nn.Linear(4, 3)",
    ]
    plain = method.write(Blueprint("f", known, STEPWISE, 0)).source
    assert "BatchNorm" not in plain
    assert "Dropout" not in plain
    assert "nn.MSELoss()" in plain
