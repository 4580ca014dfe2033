"""The intervals in which a paper's mean is to be expected, given our own repeats."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

# two-sided quantiles of Student's t for 1 to 30 degrees of freedom (R: qt(0.975, 1:30), qt(0.995, 1:30), qt(0.9995, 1:30))
_T95 = (
    12.706205, 4.302653, 3.182446, 2.776445, 2.570582, 2.446912, 2.364624, 2.306004, 2.262157, 2.228139,
    2.200985, 2.178813, 2.160369, 2.144787, 2.131450, 2.119905, 2.109816, 2.100922, 2.093024, 2.085963,
    2.079614, 2.073873, 2.068658, 2.063899, 2.059539, 2.055529, 2.051831, 2.048407, 2.045230, 2.042272,
)  # fmt: skip
_T99 = (
    63.656741, 9.924843, 5.840909, 4.604095, 4.032143, 3.707428, 3.499483, 3.355387, 3.249836, 3.169273,
    3.105807, 3.054540, 3.012276, 2.976843, 2.946713, 2.920782, 2.898231, 2.878440, 2.860935, 2.845340,
    2.831360, 2.818756, 2.807336, 2.796940, 2.787436, 2.778715, 2.770683, 2.763262, 2.756386, 2.749996,
)  # fmt: skip
_T999 = (
    636.619249, 31.599055, 12.923979, 8.610302, 6.868827, 5.958816, 5.407883, 5.041305, 4.780913, 4.586894,
    4.436979, 4.317791, 4.220832, 4.140454, 4.072765, 4.014996, 3.965126, 3.921646, 3.883406, 3.849516,
    3.819277, 3.792131, 3.767627, 3.745399, 3.725144, 3.706612, 3.689592, 3.673906, 3.659405, 3.645959,
)  # fmt: skip
_Z95 = 1.9599639845400545
_Z99 = 2.5758293035489004
_Z999 = 3.2905267314919255
_LEVELS = {95: (_T95, _Z95), 99: (_T99, _Z99), 99.9: (_T999, _Z999)}
# from fewer values a 95 % interval would be so wide that it met almost any claim
FEWEST = 5


def t_quantile(degrees: int, percent: float = 95) -> float:
    """Half of Student's t lies this far out or nearer in `percent` (95, 99 or 99.9) of all cases, both tails counted.

    Above 30 degrees by Hill's expansion (Abramowitz and Stegun 26.7.5). Raises ValueError below one degree.
    """
    if degrees < 1:
        raise ValueError("a spread needs two values")
    table, z = _LEVELS[percent]
    if degrees <= len(table):
        return table[degrees - 1]
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / degrees + second / degrees**2 + third / degrees**3


def expected_range(values: Sequence[float], averaged_over: int) -> tuple[float, float]:
    """Where a mean over `averaged_over` new repeats is to be expected, given at least one of ours.

    From 5 values on the 95 % prediction interval: mean ± t(n−1) · s · sqrt(1/averaged_over + 1/n). From fewer only
    the range that was seen, for they tell too little of the spread to support a claim with.
    """
    if len(values) < FEWEST:
        return min(values), max(values)
    return _around(values, t_quantile(len(values) - 1) * statistics.stdev(values), averaged_over)


def chance_range(
    values: Sequence[float], averaged_over: int, percent: float, drawn: float | None = None
) -> tuple[float, float] | None:
    """What has to be left behind before chance is no longer an explanation: the 99 % or 99.9 % prediction interval.

    `drawn`: the standard error that drawing the test rows gives by itself, in the values' unit; of fewer than 5 values the
    interval is never narrower than that makes it. None of a single value: it shows no spread.
    """
    if len(values) < 2:
        return None
    reach = t_quantile(len(values) - 1, percent) * statistics.stdev(values)
    if drawn is not None and len(values) < FEWEST:
        reach = max(reach, _LEVELS[percent][1] * drawn)
    return _around(values, reach, averaged_over)


def error_of_drawing(share: float, test_rows: int, rows: int) -> float:
    """The standard error of a share of test rows that were drawn at random from `rows`, none twice.

    Binomial, with the correction for a finite population (the rows of the dataset); two successes and two failures are
    added (Agresti and Coull), so that 0 % and 100 % are not taken for certain.
    """
    if not 0 < test_rows < rows:
        return 0.0
    adjusted = (share * test_rows + 2) / (test_rows + 4)
    return math.sqrt(adjusted * (1 - adjusted) / test_rows * (rows - test_rows) / (rows - 1))


def _around(values: Sequence[float], reach: float, averaged_over: int) -> tuple[float, float]:
    mean = statistics.fmean(values)
    reach *= math.sqrt(1 / averaged_over + 1 / len(values))
    return mean - reach, mean + reach
