"""What methods return beside labels and numbers: scores, probabilities, predictive distributions, clusters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris, load_wine
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score, roc_auc_score
from sklearn.preprocessing import StandardScaler

from p2n_ext.catalog import methods, metrics
from p2n_ext.catalog.methods import Method
from p2n_ext.catalog.metrics.regression import CRPS
from p2n_ext.catalog.notebooks.outputs import output_of
from p2n_ext.catalog.source import Output
from p2n_schemas.plans import TrainingConfig
from tests.catalog.method_cells import STEPWISE, function, parts

TABULAR = [m for m in methods.ALL if m.input == "table"]


def of(
    key: str, output: Output, classes: int, config: TrainingConfig | None = None, **parameters: Any
) -> Any:
    return function(methods.by_key(key), config or TrainingConfig(), classes, output, **parameters)


@pytest.mark.parametrize("method", [m for m in TABULAR if "probabilities" in m.gives], ids=lambda m: m.key)
@pytest.mark.parametrize("load", [load_breast_cancer, load_wine], ids=["two-classes", "three-classes"])
def test_probabilities_are_some_and_agree_with_the_labels(method: Method, load: Any) -> None:
    X, y, X_test, y_test = parts(load)
    configs = [TrainingConfig(), STEPWISE] if method.key == "softmax_regression" else [TrainingConfig()]
    for config in configs:
        given = of(method.key, "probabilities", len(set(y)), config)(X, y, X_test, 0)
        assert given.shape == (len(X_test), len(set(y)))
        assert np.allclose(given.sum(axis=1), 1)
        labels = of(method.key, "labels", len(set(y)), config)(X, y, X_test, 0)
        assert np.mean(given.argmax(axis=1) == labels) > 0.97
        truth, even = np.eye(len(set(y)))[y_test], 1 / len(set(y))
        assert np.mean((given - truth) ** 2) < 0.9 * np.mean((even - truth) ** 2)


@pytest.mark.parametrize("method", [m for m in TABULAR if "scores" in m.gives], ids=lambda m: m.key)
def test_scores_are_above_0_for_class_1(method: Method) -> None:
    X, y, X_test, y_test = parts(load_breast_cancer)
    for config in (TrainingConfig(), STEPWISE) if method.gradient else (TrainingConfig(),):
        slow = config.model_copy(update={"learning_rate": 0.01})
        scores = of(method.key, "scores", 2, slow if config is STEPWISE else config)(X, y, X_test, 0)
        labels = of(method.key, "labels", 2, slow if config is STEPWISE else config)(X, y, X_test, 0)
        assert np.array_equal((scores > 0).astype(int), labels)
        assert roc_auc_score(y_test, scores) > 0.97


def crps(truth: Any, drawn: Any) -> Any:
    scope: dict[str, Any] = {}
    exec("\n".join([*CRPS.imports, CRPS.source]), scope)
    return scope["crps"](truth, drawn)


@pytest.mark.parametrize("method", [m for m in TABULAR if "distribution" in m.gives], ids=lambda m: m.key)
@pytest.mark.parametrize("underlying", ["least_squares", "random_forest"])
def test_predictive_distributions_beat_that_of_the_target_alone(method: Method, underlying: str) -> None:
    X, y, X_test, y_test = parts(load_diabetes)
    drawn = of(method.key, "distribution", 0, underlying=underlying, trees=20, splits=3)(X, y, X_test, 0)
    assert drawn.shape[:2] == (3, len(X_test))
    alone = np.broadcast_to(y, (1, len(X_test), len(y)))
    assert crps(y_test, drawn).mean() < 0.85 * crps(y_test, alone).mean()
    # valid: the truth lies below the median for about half of the rows
    assert 0.3 < np.mean(y_test <= np.median(drawn, axis=(0, 2))) < 0.7


def test_the_cross_conformal_distribution_is_the_one_of_its_definition() -> None:
    rng = np.random.default_rng(1)
    X, y, X_test = rng.normal(size=(12, 1)), rng.normal(size=12), rng.normal(size=(2, 1))
    drawn = of("cross_conformal", "distribution", 0, folds=12)(X, y, X_test, 0)
    points = []
    for left_out in range(12):
        rest = np.arange(12) != left_out
        slope, intercept = np.polyfit(X[rest, 0], y[rest], 1)
        points.append(slope * X_test[:, 0] + y[left_out] - slope * X[left_out, 0] + 0 * intercept)
    assert np.allclose(np.sort(drawn[0]), np.sort(np.stack(points, axis=1)))


@pytest.mark.parametrize("method", [m for m in methods.ALL if "clustering" in m.tasks], ids=lambda m: m.key)
@pytest.mark.parametrize("load", [load_iris, load_wine])
def test_clusters_are_nearer_to_the_classes_than_chance(method: Method, load: Any) -> None:
    X, y = load(return_X_y=True)
    found = of(method.key, "clusters", 3)(StandardScaler().fit_transform(X), 0)
    assert len(set(found)) == 3
    assert adjusted_rand_score(y, found) > 0.5


@pytest.mark.parametrize(
    ("load", "ari", "nmi"),
    [(load_iris, 0.730, 0.751), (load_wine, 0.371, 0.429), (load_breast_cancer, 0.491, 0.422)],
)
def test_k_means_gives_published_figures(load: Any, ari: float, nmi: float) -> None:
    # Abou-Moustafa et al. (2013), table 2, column Euc: 50 starts on the features as they are
    X, y = load(return_X_y=True)
    found = of("k_means", "clusters", len(set(y)), restarts=50)(X, 3)
    assert adjusted_rand_score(y, found) == pytest.approx(ari, abs=5e-4)
    assert normalized_mutual_info_score(y, found, average_method="max") == pytest.approx(nmi, abs=5e-4)


def test_the_number_of_clusters_can_be_stated() -> None:
    X, _ = load_iris(return_X_y=True)
    assert len(set(of("k_means", "clusters", 3, clusters=5)(X, 0))) == 5


@pytest.mark.parametrize(
    ("method", "names", "output"),
    [
        ("knn", ["accuracy", "f1"], "labels"),
        ("knn", ["accuracy", "auc"], "probabilities"),
        ("linear_svm", ["auc", "accuracy"], "scores"),
        ("linear_svm", ["log_loss"], None),
        ("random_forest", ["log_loss", "auc", "tpr"], "probabilities"),
        ("random_forest", ["rmse"], "values"),
        ("cross_conformal", ["crps"], "distribution"),
        ("cross_conformal", ["rmse"], None),
        ("k_means", ["ari", "purity"], "clusters"),
        ("k_means", ["accuracy"], None),
        ("knn", ["ari"], None),
    ],
)
def test_a_method_returns_no_more_than_its_metrics_need(
    method: str, names: list[str], output: str | None
) -> None:
    assert output_of(methods.by_key(method), [metrics.by_key(name) for name in names]) == output
