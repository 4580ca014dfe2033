"""Printed precision, and Student's t without scipy."""

from __future__ import annotations

import pytest
from scipy import stats

from p2n_ext.judging.printed import half_unit
from p2n_ext.judging.spread import expected_range, t_quantile


@pytest.mark.parametrize(
    ("printed", "half"),
    [
        ("93.75%", 0.005),
        ("≈99.04", 0.005),
        ("0", 0.5),
        ("100%", 0.5),
        (".873", 0.0005),
        ("1.2e-3", 0.00005),
        ("1,234", 0.5),
        ("−0.25", 0.005),
        ("96.30 ± 1.99", 0.005),
        ("n/a", 0.0),
    ],
)
def test_half_a_unit_of_the_last_digit(printed: str, half: float) -> None:
    assert half_unit(printed) == pytest.approx(half)


@pytest.mark.parametrize("degrees", [*range(1, 60), 99, 500, 10_000])
def test_t_quantile(degrees: int) -> None:
    assert t_quantile(degrees) == pytest.approx(stats.t.ppf(0.975, degrees), rel=2e-6)


def test_few_values_give_only_what_was_seen() -> None:
    assert expected_range([2.0], 1) == (2.0, 2.0)
    assert expected_range([1.0, 3.0, 2.0], 1) == (1.0, 3.0)
    low, high = expected_range([1.0, 2.0, 3.0, 2.0, 2.0], 1)
    assert low < 1.0
    assert high > 3.0
