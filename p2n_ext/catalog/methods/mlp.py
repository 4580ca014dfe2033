"""The multilayer perceptron, trained by scikit-learn for exactly the stated number of epochs."""

from __future__ import annotations

import itertools
import re
from typing import Any

from p2n_schemas.plans import TrainingConfig

from .base import Blueprint, Method, MethodCode, Parameter, Parameters, Raw, Shape, Silence, call
from .gradient import SHOW_LOSS

_ACTIVATIONS = {
    "sigmoid": "logistic",
    "logistic": "logistic",
    "relu": "relu",
    "tanh": "tanh",
    "identity": "identity",
}
EPOCHS, BATCH, RATE = 200, 200, 0.001


def from_name(folded: str) -> dict[str, Any]:
    """Layer widths and activation: "30x100x1" has one hidden layer of 100 between its inputs and its output."""
    layers = re.search(r"\b\d+((?:x\d+)+)x\d+\b", folded) or re.search(
        r"\b(\d+(?: \d+)*) (?:hidden )?(?:units?|nodes?|neurons?)\b", folded
    )
    found: dict[str, Any] = {}
    if layers:
        found["hidden"] = [int(width) for width in re.findall(r"\d+", layers.group(1))]
    activation = re.search(r"\b(relu|tanh|sigmoid|logistic)\b", folded)
    if activation:
        found["activation"] = activation.group(1)
    return found


def write(plan: Blueprint) -> MethodCode:
    name = "MLPClassifier" if plan.classes else "MLPRegressor"
    config, epochs = plan.config, plan.config.epochs or EPOCHS
    optimizer = config.optimizer or "adam"
    settings: dict[str, Any] = {
        "hidden_layer_sizes": tuple(plan.parameters["hidden"]),
        "activation": _ACTIVATIONS[str(plan.parameters["activation"])],
        "solver": "adam" if optimizer == "adam" else "sgd",
        "alpha": 0.0,
        "batch_size": Raw(f"min({config.batch_size or BATCH}, len(X_train))"),
        "learning_rate_init": config.learning_rate or RATE,
    }
    if optimizer != "adam":
        settings["momentum"] = 0.9 if optimizer == "momentum" else 0.0
        settings["nesterovs_momentum"] = False
    settings |= {"max_iter": epochs, "tol": 0.0, "n_iter_no_change": epochs, "random_state": Raw("seed")}
    predict = "predict_proba" if plan.output == "probabilities" else "predict"
    source = (
        f"def {plan.function}(X_train, y_train, X_test, seed):\n"
        f"    # 32-bit floats, as neural network libraries use; all epochs are run, none is stopped early\n"
        f"    model = {call(name, settings)}\n"
        f"    with warnings.catch_warnings():\n"
        f'        warnings.simplefilter("ignore", ConvergenceWarning)\n'
        f"        model.fit(X_train.astype(np.float32), y_train)\n"
        f"    for epoch, loss in enumerate(model.loss_curve_, 1):\n"
        f"        show_loss(epoch, {epochs}, loss)\n"
        f"    return model.{predict}(X_test.astype(np.float32))"
    )
    return MethodCode(
        source,
        (
            "import warnings",
            "import numpy as np",
            "from sklearn.exceptions import ConvergenceWarning",
            f"from sklearn.neural_network import {name}",
        ),
        (SHOW_LOSS,),
    )


def seconds(shape: Shape, parameters: Parameters, config: TrainingConfig) -> float:
    batch = min(config.batch_size or BATCH, shape.train_rows)
    steps = (config.epochs or EPOCHS) * -(-shape.train_rows // batch)
    widths = [
        shape.columns,
        *(int(w) for w in parameters["hidden"]),
        1 if shape.classes <= 2 else shape.classes,
    ]
    weights = sum(a * b for a, b in itertools.pairwise(widths))
    return 0.02 + steps * (3e-4 + weights * (2.8e-10 * batch + 5e-9))


NAMES = (
    r"multi ?layer(?:ed)? perceptrons?",
    r"mlps?",
    r"(?:artificial |feed ?forward )?neural networks?",
    r"ann",
)
QUALIFIERS = (
    r"feed ?forward",
    r"fully connected",
    r"\d+(?:x\d+){2,}",
    r"\d+(?: \d+)* (?:hidden )?(?:units?|nodes?|neurons?)",
    r"(?:relu|tanh|sigmoid|logistic)(?: activations?)?",
)
METHOD = Method(
    key="mlp",
    title="multilayer perceptron",
    tasks=("classification", "regression"),
    names=NAMES,
    qualifiers=QUALIFIERS,
    parameters=(
        Parameter("hidden", [100], "scikit-learn's default: one hidden layer of 100 units", decisive=True),
        Parameter("activation", "relu", "scikit-learn's default"),
    ),
    from_name=from_name,
    write=write,
    seconds=seconds,
    gives=("labels", "probabilities", "values"),
    gradient=True,
    gradient_silence=(
        Silence("how the weights were initialised", "scikit-learn's way (Glorot and Bengio, 2010)"),
    ),
    always_gradient=True,
    unsupported=("dropout", "batch_normalization"),
)
