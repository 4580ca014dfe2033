"""Pinned packages: nothing without a pin, nothing that a package needs left out."""

from __future__ import annotations

import re

import pytest

from p2n_ext.catalog import methods
from p2n_ext.catalog.requirements import BASE, pins, requirements_txt


def test_every_line_is_a_pin() -> None:
    text = requirements_txt(["scikit-learn"])
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[a-z0-9-]+==[\d.]+", line) for line in lines)
    assert len(lines) == len(set(lines))


def test_what_packages_need_comes_along() -> None:
    text = requirements_txt(["scikit-learn"])
    for name in (*BASE, "scikit-learn", "scipy", "joblib", "threadpoolctl", "pyzmq", "contourpy"):
        assert f"\n{name}==" in f"\n{text}"


def test_packages_nobody_asked_for_stay_out() -> None:
    assert "scikit-learn==" not in requirements_txt([])
    assert "joblib==" not in requirements_txt([])


def test_a_package_without_a_pin_is_refused() -> None:
    with pytest.raises(KeyError):
        requirements_txt(["left-pad"])


def test_all_that_methods_ask_for_has_a_pin() -> None:
    table = pins()
    assert {name for method in methods.ALL for name in method.requirements} <= set(table)


def test_pins_agree_with_the_tests_own_environment() -> None:
    import sklearn

    assert pins()["scikit-learn"][0] == sklearn.__version__
