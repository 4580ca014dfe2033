"""Spectral clustering (Ng, Jordan and Weiss, 2002): k-means in the first eigenvectors of a graph's Laplacian."""

from __future__ import annotations

from typing import Any

from p2n_schemas.plans import TrainingConfig

from .base import Blueprint, Method, MethodCode, Parameter, Parameters, Raw, Shape, call
from .k_means import CLUSTERS, RESTARTS


def write(plan: Blueprint) -> MethodCode:
    settings: dict[str, Any] = {
        "n_clusters": plan.parameters["clusters"] or plan.classes,
        "affinity": plan.parameters["affinity"],
    }
    if plan.parameters["affinity"] == "rbf":
        settings["gamma"] = plan.parameters["gamma"]
    else:
        settings["n_neighbors"] = plan.parameters["neighbors"]
    settings |= {"n_init": plan.parameters["restarts"], "random_state": Raw("seed")}
    source = (
        f"def {plan.function}(X, seed):\n"
        f"    model = {call('SpectralClustering', settings)}\n"
        f"    with warnings.catch_warnings():\n"
        f"        # a graph of several parts is no fault where clusters lie far apart\n"
        f'        warnings.simplefilter("ignore", UserWarning)\n'
        f"        return model.fit_predict(X)"
    )
    return MethodCode(source, ("import warnings", "from sklearn.cluster import SpectralClustering"))


def seconds(shape: Shape, parameters: Parameters, config: TrainingConfig) -> float:
    rows = shape.train_rows
    return 0.02 + 6e-8 * rows**2 * (1 + shape.columns / 50)


METHOD = Method(
    key="spectral_clustering",
    title="spectral clustering",
    tasks=("clustering",),
    names=(r"(?:normalized )?spectral clustering", r"njw"),
    qualifiers=(r"rbf", r"gaussian", r"kernel", r"(?:k ?nn|nearest neighbors?) graph"),
    parameters=(
        CLUSTERS,
        Parameter("affinity", "nearest_neighbors", "the graph of nearest neighbours", decisive=True),
        Parameter("neighbors", 10, "scikit-learn's default", only_with=("affinity", "nearest_neighbors")),
        Parameter("gamma", 1.0, "scikit-learn's default", only_with=("affinity", "rbf")),
        RESTARTS,
    ),
    write=write,
    seconds=seconds,
    gives=("clusters",),
)
