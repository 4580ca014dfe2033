"""Each metric is one implementation, checked against counts made by hand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2n_ext.catalog import metrics

TRUTH = [1, 1, 1, 1, 0, 0, 0, 0, 0, 0]
PREDICTED = [1, 1, 1, 0, 1, 0, 0, 0, 0, 0]


def value(key: str, truth: list[Any], predicted: list[Any], positive: int = 1) -> float:
    metric = metrics.by_key(key)
    scope: dict[str, Any] = {"truth": truth, "predicted": predicted, "POSITIVE": positive}
    exec("\n".join(metric.imports), scope)
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
