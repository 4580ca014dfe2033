"""k nearest neighbours, with the distances that papers name."""

from __future__ import annotations

import re
from typing import Any

from p2n_schemas.plans import TrainingConfig

from .base import Blueprint, Method, MethodCode, Parameter, Parameters, Shape, call, estimator_function

_DISTANCES = (
    (r"\bl1\b|\bmanhattan\b|\bcity block\b", "manhattan"),
    (r"\bl2\b|\beuclidean\b", "euclidean"),
    (r"\bchebyshev\b|\blinf\b", "chebyshev"),
    (r"\bcosine\b", "cosine"),
)


def from_name(folded: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    k = re.search(r"\bk=(\d+)", folded) or re.search(r"\b(\d+) ?(?:nn\b|nearest)", folded)
    if k:
        found["k"] = int(k.group(1))
    elif not re.search(r"\bk ?(?:nn|nearest)", folded):
        # "nearest neighbor" without a number is the one nearest
        found["k"] = 1
    for pattern, distance in _DISTANCES:
        if re.search(pattern, folded):
            found["distance"] = distance
            break
    return found


def write(plan: Blueprint) -> MethodCode:
    name = "KNeighborsClassifier" if plan.classes else "KNeighborsRegressor"
    constructor = call(name, {"n_neighbors": plan.parameters["k"], "metric": plan.parameters["distance"]})
    return MethodCode(estimator_function(plan, constructor), (f"from sklearn.neighbors import {name}",))


def seconds(shape: Shape, parameters: Parameters, config: TrainingConfig) -> float:
    return 0.01 + 4e-9 * shape.train_rows * shape.test_rows * shape.columns


METHOD = Method(
    key="knn",
    title="k nearest neighbours",
    tasks=("classification", "regression"),
    names=(
        r"(?:k|\d+) ?nn",
        r"(?:k |\d+ )?nearest neighbors?",
        r"k ?neighbors?(?: ?classifier| ?regressor)?",
        r"l[12] nn",
        r"k=\d+",
    ),
    qualifiers=(
        r"manhattan",
        r"city block",
        r"euclidean",
        r"chebyshev",
        r"cosine",
        r"l[12]",
        r"distance",
        r"norm",
        "nn",
        "metric",
    ),
    parameters=(
        Parameter("k", 5, "scikit-learn's default number of neighbours", decisive=True),
        Parameter("distance", "euclidean", "the Euclidean distance is the common one"),
    ),
    from_name=from_name,
    write=write,
    seconds=seconds,
    gives=("labels", "probabilities", "values"),
)
