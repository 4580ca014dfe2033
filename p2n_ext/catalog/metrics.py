"""Metrics, each bound to one implementation, with its direction and the names that papers give it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from .names import fold, match

Kind = Literal["labels", "binary", "regression"]


@dataclass(frozen=True)
class Metric:
    """One metric.

    `expression` is Python over `truth`, `predicted` and, for binary ones, POSITIVE. `unit` is "fraction" for values
    in [0, 1], "target" for the target's own unit (or its square), "score" for pure numbers.
    """

    key: str
    title: str
    kind: Kind
    unit: Literal["fraction", "target", "score"]
    direction: Literal["maximize", "minimize"]
    expression: str
    imports: tuple[str, ...]
    aliases: tuple[str, ...]

    def factor(self, units: str | None, value: float) -> float:
        """What one of the claim's units is in the metric's own: 0.01 for a percentage of a fraction, else 1.

        A fraction cannot exceed 1, so a bare number above it is read as a percentage.
        """
        if self.unit == "fraction" and (units in ("%", "percent") or (not units and abs(value) > 1)):
            return 0.01
        return 1.0

    def close(self, claimed: float, test_rows: int) -> float:
        """How far off still counts as close, in the metric's own unit.

        One percentage point for fractions, but never less than one test row; else 5 % of the claimed value.
        """
        if self.unit == "fraction":
            return max(0.01, 1.0 / max(1, test_rows))
        return max(abs(claimed) * 0.05, 1e-9)


_RATE = "from sklearn.metrics import recall_score"
_PRECISION = "from sklearn.metrics import precision_score"
_F1 = "from sklearn.metrics import f1_score"
# known words in another order mean another metric: average precision is an area under a curve
_OTHER_METRICS = re.compile(r"\b(?:average precision|top \d+|(?:precision|recall|accuracy) (?:at|@) ?\d+)\b")
_QUALIFIERS = (
    "test(?:ing)?",
    "train(?:ing)?",
    "validation",
    "cv",
    "cross validated",
    "mean",
    "average",
    "avg",
    "overall",
    "classification",
    "prediction",
    "predictive",
    "out of sample",
    "held out",
    "best",
    "highest",
    "%",
    "percent",
    "score",
    "value",
    "values",
)


def _averaged(
    key: str,
    title: str,
    function: str,
    import_line: str,
    names: tuple[str, ...],
    binary_extra: tuple[str, ...] = (),
) -> tuple[Metric, ...]:
    """A metric of one class and its macro, micro and weighted averages, each with an explicit name."""
    found = [
        Metric(
            key=key,
            title=f"{title} of the positive class",
            kind="binary",
            unit="fraction",
            direction="maximize",
            expression=f"{function}(truth, predicted, pos_label=POSITIVE, zero_division=0.0)",
            imports=(import_line,),
            aliases=(*names, *binary_extra),
        )
    ]
    for average in ("macro", "micro", "weighted"):
        words = tuple(
            pattern
            for name in names
            for pattern in (
                rf"{average}(?: averaged?| avg)? {name}",
                rf"{name} {average}(?: averaged?| avg)?",
            )
        )
        found.append(
            Metric(
                key=f"{key}_{average}",
                title=f"{average}-averaged {title.lower()}",
                kind="labels",
                unit="fraction",
                direction="maximize",
                expression=f'{function}(truth, predicted, average="{average}", zero_division=0.0)',
                imports=(import_line,),
                aliases=words,
            )
        )
    return tuple(found)


ALL: tuple[Metric, ...] = (
    Metric(
        "accuracy",
        "Accuracy",
        "labels",
        "fraction",
        "maximize",
        "accuracy_score(truth, predicted)",
        ("from sklearn.metrics import accuracy_score",),
        (
            "accuracy",
            "accuracies",
            "acc",
            "correct classification rate",
            "correctly classified",
            "recognition rate",
        ),
    ),
    Metric(
        "error_rate",
        "Error rate",
        "labels",
        "fraction",
        "minimize",
        "1.0 - accuracy_score(truth, predicted)",
        ("from sklearn.metrics import accuracy_score",),
        ("error(?: rates?)?", "errors", "misclassification(?: rate| error)?", "err"),
    ),
    *_averaged(
        "precision",
        "Precision",
        "precision_score",
        _PRECISION,
        ("precision",),
        ("positive predictive value", "ppv"),
    ),
    *_averaged("recall", "Recall", "recall_score", _RATE, ("recall",)),
    *_averaged("f1", "F1", "f1_score", _F1, ("f1(?: measure)?", "f measure", "f score")),
    Metric(
        "balanced_accuracy",
        "Balanced accuracy",
        "labels",
        "fraction",
        "maximize",
        "balanced_accuracy_score(truth, predicted)",
        ("from sklearn.metrics import balanced_accuracy_score",),
        ("balanced accuracy", "bacc"),
    ),
    Metric(
        "tpr",
        "True positive rate (sensitivity)",
        "binary",
        "fraction",
        "maximize",
        "recall_score(truth, predicted, pos_label=POSITIVE)",
        (_RATE,),
        ("tpr", "true positive rate", "sensitivity", "hit rate", "detection rate"),
    ),
    Metric(
        "tnr",
        "True negative rate (specificity)",
        "binary",
        "fraction",
        "maximize",
        "recall_score(truth, predicted, pos_label=1 - POSITIVE)",
        (_RATE,),
        ("tnr", "true negative rate", "specificity", "selectivity"),
    ),
    Metric(
        "fpr",
        "False positive rate",
        "binary",
        "fraction",
        "minimize",
        "1.0 - recall_score(truth, predicted, pos_label=1 - POSITIVE)",
        (_RATE,),
        ("fpr", "false positive rate", "fall out", "false alarm rate"),
    ),
    Metric(
        "fnr",
        "False negative rate",
        "binary",
        "fraction",
        "minimize",
        "1.0 - recall_score(truth, predicted, pos_label=POSITIVE)",
        (_RATE,),
        ("fnr", "false negative rate", "miss rate"),
    ),
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
)


def by_key(key: str) -> Metric:
    """Raises KeyError for a name that the catalogue does not have."""
    for metric in ALL:
        if metric.key == key:
            return metric
    raise KeyError(key)


def find(name: str) -> Metric | None:
    """The metric that a paper means by `name`; None where words of it are not understood ("top-5 accuracy")."""
    folded = re.sub(r"\bof\b", " ", fold(name.replace("²", "2")))
    folded = re.sub(r"\s+", " ", folded).strip()
    if _OTHER_METRICS.search(folded):
        return None
    best: tuple[int, Metric] | None = None
    for metric in ALL:
        found = match(folded, metric.aliases, _QUALIFIERS)
        if found and not found.leftovers and (best is None or found.taken > best[0]):
            best = (found.taken, metric)
    return best[1] if best else None
