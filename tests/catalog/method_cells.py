"""A method's function as a notebook would run it, and data to run it on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

from p2n_ext.catalog.methods import Blueprint, Method
from p2n_ext.catalog.notebooks.builder import sorted_imports
from p2n_ext.catalog.source import Output
from p2n_schemas.plans import TrainingConfig

LOSSES: list[Any] = []
STEPWISE = TrainingConfig(epochs=60, batch_size=64, learning_rate=0.05, optimizer="sgd")


def function(
    method: Method, config: TrainingConfig, classes: int, output: Output = "labels", **parameters: Any
) -> Any:
    """The method's function, from its printed source as a notebook would run it; `show_loss` hands on to LOSSES."""
    if method.framework == "PyTorch":
        pytest.importorskip(
            "torch", reason="it runs in the sandbox: see tests/ray_runner/test_sample_plans.py"
        )
    known = {parameter.name: parameter.default for parameter in method.parameters}
    code = method.write(Blueprint("fit_predict", {**known, **parameters}, config, classes, output))
    imports = {*code.imports, *(line for helper in code.helpers for line in helper.imports)}
    scope: dict[str, Any] = {"report": lambda *arguments, **more: LOSSES.append((*arguments, more))}
    exec("\n\n".join([sorted_imports(imports), *(h.source for h in code.helpers), code.source]), scope)
    if "watched" in scope:
        scope["watched"].append(method.key)
    return scope["fit_predict"]


def parts(load: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    X, y = load(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    order = np.random.default_rng(0).permutation(len(y))
    cut = len(y) * 7 // 10
    return X[order[:cut]], y[order[:cut]], X[order[cut:]], y[order[cut:]]
