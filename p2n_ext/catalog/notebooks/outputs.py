"""How metrics see what methods return: labels out of probabilities, one number out of a distribution."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ..methods import Method
from ..metrics import Metric
from ..source import Helper, Output

LABELS_OF = Helper(
    "labels_of",
    '''\
def labels_of(predicted):
    """The class of each row: the most probable one, or 1 for a score above 0."""
    if predicted.ndim == 2:
        return predicted.argmax(axis=1)
    return (predicted > 0).astype(int) if predicted.dtype.kind == "f" else predicted''',
)
SCORES_OF = Helper(
    "scores_of",
    '''\
def scores_of(predicted):
    """How near each row is to class 1 of two: its probability, or a score."""
    return predicted[:, 1] if predicted.ndim == 2 else predicted''',
)
POINT_OF = Helper(
    "point_of",
    '''\
def point_of(predicted):
    """One number for each row: the median of its predictive distribution."""
    return np.median(predicted, axis=(0, 2)) if predicted.ndim == 3 else predicted''',
    ("import numpy as np",),
)


def output_of(method: Method, metrics: Iterable[Metric]) -> Output | None:
    """The plainest output of a method from which all the metrics can be computed; None where there is none."""
    wanted = [metric.computed_from for metric in metrics]
    choices = [o for order in wanted for o in order if o in method.gives]
    return next((o for o in choices if all(o in order for order in wanted)), None)


def views(outputs: set[Output], metrics: Sequence[Metric]) -> list[Helper]:
    """The functions that a notebook needs between its methods and its metrics."""
    found = []
    if outputs & {"scores", "probabilities"}:
        found.append(LABELS_OF)
    if any(metric.kind == "ranking" for metric in metrics):
        found.append(SCORES_OF)
    if "distribution" in outputs:
        found.append(POINT_OF)
    return found


def expression(metric: Metric, outputs: set[Output]) -> str:
    """The metric's expression over what the notebook's methods return."""
    view = None
    if metric.kind == "ranking":
        view = "scores_of(predicted)"
    elif metric.kind in ("labels", "binary") and outputs & {"scores", "probabilities"}:
        view = "labels_of(predicted)"
    return re.sub(r"\bpredicted\b", view, metric.expression) if view else metric.expression


def shown(outputs: set[Output]) -> str:
    """What is shown of predictions beside the truth, as an expression over `predicted`."""
    if "distribution" in outputs:
        return "point_of(predicted)"
    return "labels_of(predicted)" if outputs & {"scores", "probabilities"} else "predicted"
