"""The interval in which a paper's mean is to be expected, given our own repeats."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

# two-sided 95 % quantiles of Student's t for 1 to 30 degrees of freedom (R: qt(0.975, 1:30))
_T = (
    12.706205, 4.302653, 3.182446, 2.776445, 2.570582, 2.446912, 2.364624, 2.306004, 2.262157, 2.228139,
    2.200985, 2.178813, 2.160369, 2.144787, 2.131450, 2.119905, 2.109816, 2.100922, 2.093024, 2.085963,
    2.079614, 2.073873, 2.068658, 2.063899, 2.059539, 2.055529, 2.051831, 2.048407, 2.045230, 2.042272,
)  # fmt: skip
_Z = 1.9599639845400545


def t_quantile(degrees: int) -> float:
    """The 97.5 % quantile of Student's t; above 30 degrees by Hill's expansion (Abramowitz and Stegun 26.7.5)."""
    if degrees < 1:
        raise ValueError("a spread needs two values")
    if degrees <= len(_T):
        return _T[degrees - 1]
    z = _Z
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / degrees + second / degrees**2 + third / degrees**3


# from fewer values the interval would be so wide that it met almost any claim
FEWEST = 5


def expected_range(values: Sequence[float], averaged_over: int) -> tuple[float, float]:
    """Where a mean over `averaged_over` new repeats is to be expected, given at least one of ours.

    From 5 values on the 95 % prediction interval: mean ± t(n−1) · s · sqrt(1/averaged_over + 1/n). From fewer only
    the range that was seen, for they tell too little of the spread.
    """
    if len(values) < FEWEST:
        return min(values), max(values)
    mean = statistics.fmean(values)
    reach = (
        t_quantile(len(values) - 1)
        * statistics.stdev(values)
        * math.sqrt(1 / averaged_over + 1 / len(values))
    )
    return mean - reach, mean + reach
