"""k-means, alone and on principal components: the best of several starts by the sum of squared distances."""

from __future__ import annotations

from p2n_schemas.plans import TrainingConfig

from .base import Blueprint, Method, MethodCode, Parameter, Parameters, Raw, Shape, call

CLUSTERS = Parameter("clusters", None, "as many as the data has classes")
RESTARTS = Parameter("restarts", 10, "a usual number of starts", decisive=True)
NAMES = (r"(?:lloyd s )?k ?means(?:\+\+)?",)
# the space that the distances are taken in, which is the data's own
_SPACE = (r"euclidean(?: input)?(?: space| distance)?", r"input space", r"clustering", r"restarts?")
_PCA = r"(?:pca|principal components?(?: analysis)?)"


def _k_means(plan: Blueprint) -> str:
    settings = {
        "n_clusters": plan.parameters["clusters"] or plan.classes,
        "n_init": plan.parameters["restarts"],
        "random_state": Raw("seed"),
    }
    return call("KMeans", settings)


def write(plan: Blueprint) -> MethodCode:
    source = (
        f"def {plan.function}(X, seed):\n"
        f"    # of all starts the one with the least sum of squared distances is kept\n"
        f"    return {_k_means(plan)}.fit_predict(X)"
    )
    return MethodCode(source, ("from sklearn.cluster import KMeans",))


def write_on_components(plan: Blueprint) -> MethodCode:
    share = plan.parameters["variance"]
    source = (
        f"def {plan.function}(X, seed):\n"
        f"    # as many components as are needed for {share:g} of the variance, or more\n"
        f'    components = PCA(n_components={share}, svd_solver="full").fit_transform(X)\n'
        f"    return {_k_means(plan)}.fit_predict(components)"
    )
    return MethodCode(source, ("from sklearn.cluster import KMeans", "from sklearn.decomposition import PCA"))


def seconds(shape: Shape, parameters: Parameters, config: TrainingConfig) -> float:
    clusters = int(parameters["clusters"] or shape.classes)
    once = 1.5e-3 + 2e-7 * shape.train_rows * clusters + 1.5e-8 * shape.train_rows * shape.columns * clusters
    return 0.01 + int(parameters["restarts"]) * once


METHOD = Method(
    key="k_means",
    title="k-means",
    tasks=("clustering",),
    names=NAMES,
    qualifiers=_SPACE,
    parameters=(CLUSTERS, RESTARTS),
    write=write,
    seconds=seconds,
    gives=("clusters",),
)
ON_COMPONENTS = Method(
    key="pca_k_means",
    title="k-means on principal components",
    tasks=("clustering",),
    names=(rf"{NAMES[0]}(?: \+)? {_PCA}", rf"{_PCA}(?: \+)? {NAMES[0]}"),
    qualifiers=("space", *_SPACE),
    parameters=(
        CLUSTERS,
        RESTARTS,
        Parameter("variance", 0.95, "a usual share of the variance to keep", decisive=True),
    ),
    write=write_on_components,
    seconds=seconds,
    gives=("clusters",),
    built_on=("k_means",),
)
