"""Each metric is one implementation, checked against counts made by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2n_ext.catalog import metrics

TRUTH = [1, 1, 1, 1, 0, 0, 0, 0, 0, 0]
PREDICTED = [1, 1, 1, 0, 1, 0, 0, 0, 0, 0]


def value(key: str, truth: Any, predicted: Any, positive: int = 1) -> float:
    metric = metrics.by_key(key)
    scope: dict[str, Any] = {"truth": truth, "predicted": predicted, "POSITIVE": positive}
    exec("\n".join(metric.imports), scope)
    for helper in metric.helpers:
        exec("\n".join([*helper.imports, helper.source]), scope)
    return float(eval(metric.expression, scope))


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("accuracy", 8 / 10),
        ("error_rate", 2 / 10),
        ("tpr", 3 / 4),
        ("fnr", 1 / 4),
        ("tnr", 5 / 6),
        ("fpr", 1 / 6),
        ("precision", 3 / 4),
        ("recall", 3 / 4),
        ("f1", 3 / 4),
        ("recall_macro", (3 / 4 + 5 / 6) / 2),
        ("precision_micro", 8 / 10),
        ("recall_weighted", 8 / 10),
        ("balanced_accuracy", (3 / 4 + 5 / 6) / 2),
    ],
)
def test_classification(key: str, expected: float) -> None:
    assert value(key, TRUTH, PREDICTED) == pytest.approx(expected)


def test_the_positive_class_decides() -> None:
    assert value("tpr", TRUTH, PREDICTED, positive=0) == pytest.approx(5 / 6)
    assert value("fpr", TRUTH, PREDICTED, positive=0) == pytest.approx(1 / 4)


@pytest.mark.parametrize(
    ("key", "expected"), [("mse", 2.5), ("rmse", 2.5**0.5), ("mae", 1.5), ("r2", 1 - 5 / 2)]
)
def test_regression(key: str, expected: float) -> None:
    assert value(key, [1.0, 3.0], [2.0, 5.0]) == pytest.approx(expected)


PROBABILITIES = np.array([[0.9, 0.1], [0.6, 0.4], [0.7, 0.3], [0.2, 0.8]])


def test_probabilities() -> None:
    truth = np.array([0, 0, 1, 1])
    # of the four pairs of a 0 and a 1 three are in the right order
    assert value("auc", truth, PROBABILITIES[:, 1]) == pytest.approx(3 / 4)
    loss = -np.log([0.9, 0.6, 0.3, 0.8]).mean()
    assert value("log_loss", truth, PROBABILITIES) == pytest.approx(loss)
    assert value("perplexity", truth, PROBABILITIES) == pytest.approx(np.exp(loss))


def test_perplexity_of_an_even_guess_is_the_number_of_classes() -> None:
    assert value("perplexity", np.arange(5), np.full((5, 5), 0.2)) == pytest.approx(5.0)


def test_clusters_whatever_they_are_called() -> None:
    truth = np.array([0, 0, 0, 1, 1, 1])
    found = np.array([7, 7, 3, 3, 3, 3])
    assert value("purity", truth, found) == pytest.approx(5 / 6)
    for key in ("ari", "nmi_max", "nmi_min", "nmi_arithmetic", "nmi_geometric"):
        assert value(key, truth, 1 - truth) == pytest.approx(1.0)
    shared = np.log(2) - 4 / 6 * (-(1 / 4) * np.log(1 / 4) - (3 / 4) * np.log(3 / 4))
    entropies = np.log(2), -(1 / 3) * np.log(1 / 3) - (2 / 3) * np.log(2 / 3)
    for key, norm in (
        ("nmi_max", max(entropies)),
        ("nmi_min", min(entropies)),
        ("nmi_arithmetic", sum(entropies) / 2),
        ("nmi_geometric", np.sqrt(entropies[0] * entropies[1])),
    ):
        assert value(key, truth, found) == pytest.approx(shared / norm)


def test_crps_is_the_integral_that_defines_it() -> None:
    drawn = np.random.default_rng(0).normal(size=(2, 3, 40))
    truth = np.array([0.0, 1.5, -4.0])
    grid = np.linspace(-8, 8, 160_001)
    scores = [
        np.trapezoid(((points[:, np.newaxis] <= grid).mean(axis=0) - (y <= grid)) ** 2, grid)
        for draw in drawn
        for points, y in zip(draw, truth, strict=True)
    ]
    assert value("crps", truth, drawn) == pytest.approx(np.mean(scores), abs=1e-3)
    assert value("crps_median", truth, drawn) == pytest.approx(np.median(scores), abs=1e-3)
    # of a single point it is the absolute error
    assert value("crps", np.array([3.0]), np.array([[[1.0]]])) == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("key", "units", "number", "factor"),
    [
        ("accuracy", "%", 97.3, 0.01),
        ("accuracy", "%", 0.5, 0.01),
        ("accuracy", None, 0.973, 1.0),
        ("accuracy", None, 97.3, 0.01),
        ("rmse", None, 54.1, 1.0),
        ("r2", None, 0.5, 1.0),
    ],
)
def test_percent_is_normalised_once(key: str, units: str | None, number: float, factor: float) -> None:
    assert metrics.by_key(key).factor(units, number) == factor


@given(st.sampled_from(metrics.ALL), st.floats(-1e6, 1e6), st.integers(1, 10_000))
def test_close_is_never_nothing(metric: metrics.Metric, claimed: float, rows: int) -> None:
    assert metric.close(claimed, rows) > 0
    if metric.unit == "fraction":
        assert metric.close(claimed, rows) >= 1 / rows
