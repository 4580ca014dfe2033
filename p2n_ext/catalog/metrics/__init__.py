"""Metrics, each bound to one implementation, with its direction and the names that papers give it."""

from __future__ import annotations

import re

from ..names import fold, match
from .base import Kind, Metric, Task
from .classification import CLASSIFICATION
from .clustering import CLUSTERING
from .regression import REGRESSION

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


ALL: tuple[Metric, ...] = (*CLASSIFICATION, *REGRESSION, *CLUSTERING)


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


__all__ = ["ALL", "Kind", "Metric", "Task", "by_key", "find"]
