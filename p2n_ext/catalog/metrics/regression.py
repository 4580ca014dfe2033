"""Metrics of regression: of numbers and of predictive distributions."""

from __future__ import annotations

from ..source import Helper
from .base import Metric

_NUMPY = ("import numpy as np",)
_CRPS_NAMES = r"(?:crps|continuous(?:ly)? ranked probability scores?)(?: loss(?:es)?)?"
# Gneiting and Raftery (2007), equation 21, with the mean over pairs as a sum over the sorted points
CRPS = Helper(
    "crps",
    '''\
def crps(truth, drawn):
    """The CRPS of each row: E|Z - y| - E|Z - Z'| / 2, where Z takes each of the row's points alike.

    `drawn` is draws x rows x points; so the scores are draws x rows.
    """
    points = np.sort(drawn, axis=-1)
    count = points.shape[-1]
    error = np.abs(points - truth[:, np.newaxis]).mean(axis=-1)
    spread = points @ (2.0 * np.arange(1, count + 1) - count - 1) / count**2
    return error - spread''',
    _NUMPY,
)

REGRESSION: tuple[Metric, ...] = (
    Metric(
        "mse",
        "Mean squared error",
        "regression",
        "target",
        "minimize",
        "mean_squared_error(truth, predicted)",
        ("from sklearn.metrics import mean_squared_error",),
        ("mse", "mean squared? error"),
    ),
    Metric(
        "rmse",
        "Root mean squared error",
        "regression",
        "target",
        "minimize",
        "root_mean_squared_error(truth, predicted)",
        ("from sklearn.metrics import root_mean_squared_error",),
        ("rmse", "root mean squared? error"),
    ),
    Metric(
        "mae",
        "Mean absolute error",
        "regression",
        "target",
        "minimize",
        "mean_absolute_error(truth, predicted)",
        ("from sklearn.metrics import mean_absolute_error",),
        ("mae", "mean absolute error"),
    ),
    Metric(
        "r2",
        "Coefficient of determination",
        "regression",
        "score",
        "maximize",
        "r2_score(truth, predicted)",
        ("from sklearn.metrics import r2_score",),
        ("r2", "r ?squared", "r \\^?2", "coefficient determination"),
    ),
    Metric(
        "crps",
        "Continuous ranked probability score, mean over the test rows",
        "distribution",
        "target",
        "minimize",
        "np.mean(crps(truth, predicted))",
        _NUMPY,
        (rf"(?:mean |average )?{_CRPS_NAMES}",),
        helpers=(CRPS,),
    ),
    Metric(
        "crps_median",
        "Continuous ranked probability score, median over the test rows",
        "distribution",
        "target",
        "minimize",
        "np.median(crps(truth, predicted))",
        _NUMPY,
        (rf"median {_CRPS_NAMES}", rf"{_CRPS_NAMES} median"),
        helpers=(CRPS,),
    ),
)
