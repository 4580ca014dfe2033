"""Printed precision, and Student's t without scipy."""

from __future__ import annotations

import pytest
from scipy import stats

from p2n_ext.judging.printed import half_unit
from p2n_ext.judging.spread import chance_range, error_of_drawing, expected_range, t_quantile


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
    assert t_quantile(degrees, 99.9) == pytest.approx(stats.t.ppf(0.9995, degrees), rel=2e-4)
    assert t_quantile(degrees, 99) == pytest.approx(stats.t.ppf(0.995, degrees), rel=1e-5)


def test_few_values_give_only_what_was_seen() -> None:
    assert expected_range([2.0], 1) == (2.0, 2.0)
    assert expected_range([1.0, 3.0, 2.0], 1) == (1.0, 3.0)
    low, high = expected_range([1.0, 2.0, 3.0, 2.0, 2.0], 1)
    assert low < 1.0
    assert high > 3.0


def test_chance_is_wider_than_what_is_expected() -> None:
    values = [1.0, 2.0, 3.0, 2.0, 2.0]
    s = stats.tstd(values)
    assert chance_range([2.0], 1, 99) is None
    low, high = chance_range(values, 5, 99, drawn=100.0) or (0.0, 0.0)
    assert (low, high) == pytest.approx(
        (2 - (r := stats.t.ppf(0.995, 4) * s * (1 / 5 + 1 / 5) ** 0.5), 2 + r)
    )
    few = chance_range([2.0, 2.0, 2.0], 1, 99, drawn=1.0) or (0.0, 0.0)
    assert few == pytest.approx((2 - (r := 2.5758293 * (4 / 3) ** 0.5), 2 + r))


def test_the_error_of_drawing_test_rows_is_the_hypergeometric_one() -> None:
    rows, test_rows, right = 5690, 1710, 5400
    exact = stats.hypergeom(rows, right, test_rows).std() / test_rows
    assert error_of_drawing(right / rows, test_rows, rows) == pytest.approx(exact, rel=0.03)
    # never nothing, for no 171 rows without an error show that there is none
    assert error_of_drawing(1.0, 171, 569) > 0.005
    assert error_of_drawing(0.9, 569, 569) == 0.0
