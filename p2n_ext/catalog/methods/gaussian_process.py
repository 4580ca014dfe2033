"""Gaussian processes (Rasmussen and Williams, 2006), their kernel fitted by the marginal likelihood."""

from __future__ import annotations

from p2n_schemas.plans import TrainingConfig

from .base import (
    Blueprint,
    Method,
    MethodCode,
    Parameter,
    Parameters,
    Raw,
    Shape,
    call,
    estimator_function,
)

_KERNELS = {"rbf": "RBF()", "matern": "Matern()", "linear": "DotProduct()"}


def write(plan: Blueprint) -> MethodCode:
    name = "GaussianProcessClassifier" if plan.classes else "GaussianProcessRegressor"
    kernel = _KERNELS[str(plan.parameters["kernel"])]
    classes = [kernel.removesuffix("()")]
    if plan.classes:
        settings = {"kernel": Raw(f"1.0 * {kernel}"), "random_state": Raw("seed")}
    else:
        classes.append("WhiteKernel")
        settings = {
            "kernel": Raw(f"1.0 * {kernel} + WhiteKernel()"),
            "normalize_y": Raw("True"),
            "random_state": Raw("seed"),
        }
    return MethodCode(
        estimator_function(plan, call(name, settings)),
        (
            f"from sklearn.gaussian_process import {name}",
            *(f"from sklearn.gaussian_process.kernels import {kernel_class}" for kernel_class in classes),
        ),
    )


def seconds(shape: Shape, parameters: Parameters, config: TrainingConfig) -> float:
    # some tens of evaluations of the likelihood, each cubic in the rows; for classes, each by several Newton steps
    rows = shape.train_rows
    once = 5e-4 + 8e-8 * rows**2 + 2e-10 * rows**3
    return 0.05 + once * (25 if shape.classes == 0 else 60 * max(1, shape.classes - 1))


METHOD = Method(
    key="gaussian_process",
    title="Gaussian process",
    tasks=("classification", "regression"),
    names=(
        r"gaussian process(?:es)?(?: regression| classification| regressor| classifier)?",
        r"gp[rc]?s?",
        r"kriging",
    ),
    qualifiers=(r"rbf", r"squared exponential", r"matern", r"kernel"),
    parameters=(
        Parameter(
            "kernel", "rbf", "the squared exponential is the common one, its width fitted", decisive=True
        ),
    ),
    write=write,
    seconds=seconds,
    gives=("labels", "probabilities", "values"),
)
