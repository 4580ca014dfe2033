"""A small multilayer perceptron in PyTorch, for papers that use it, or batch normalisation or dropout."""

from __future__ import annotations

import itertools

from p2n_schemas.plans import TrainingConfig

from . import mlp
from .base import Blueprint, Method, MethodCode, Parameter, Parameters, Shape, Silence
from .gradient import SHOW_LOSS
from .torch_training import REQUIREMENTS, TRAIN, optimizer

_ACTIVATIONS = {
    "relu": "nn.ReLU()",
    "tanh": "nn.Tanh()",
    "sigmoid": "nn.Sigmoid()",
    "logistic": "nn.Sigmoid()",
    "identity": "nn.Identity()",
}


def write(plan: Blueprint) -> MethodCode:
    config = plan.config
    layers = _layers(plan.parameters, plan.classes)
    if plan.classes:
        targets, loss = "torch.tensor(y_train, dtype=torch.long)", "nn.CrossEntropyLoss()"
        answer = "scores.argmax(dim=1).numpy()"
        if plan.output == "probabilities":
            answer = "scores.softmax(dim=1).double().numpy()"
    else:
        targets, loss = "torch.tensor(y_train, dtype=torch.float32).reshape(-1, 1)", "nn.MSELoss()"
        answer = "scores[:, 0].numpy().astype(float)"
    source = (
        f"def {plan.function}(X_train, y_train, X_test, seed):\n"
        f"    torch.manual_seed(seed)\n"
        f"    model = nn.Sequential(\n" + "".join(f"        {layer},\n" for layer in layers) + f"    )\n"
        f"    train_network(\n"
        f"        model,\n"
        f"        {loss},\n"
        f"        {optimizer(config, mlp.RATE)},\n"
        f"        torch.tensor(X_train, dtype=torch.float32),\n"
        f"        {targets},\n"
        f"        epochs={config.epochs or mlp.EPOCHS},\n"
        f"        batch_size={config.batch_size or mlp.BATCH},\n"
        f"        seed=seed,\n"
        f"    )\n"
        f"    with torch.no_grad():\n"
        f"        scores = model(torch.tensor(X_test, dtype=torch.float32))\n"
        f"    return {answer}"
    )
    return MethodCode(source, ("import torch", "from torch import nn"), (SHOW_LOSS, TRAIN))


def _layers(parameters: Parameters, classes: int) -> list[str]:
    layers: list[str] = []
    width = "X_train.shape[1]"
    for hidden in parameters["hidden"]:
        layers.append(f"nn.Linear({width}, {hidden})")
        if parameters["batch_normalization"]:
            layers.append(f"nn.BatchNorm1d({hidden})")
        layers.append(_ACTIVATIONS[str(parameters["activation"])])
        if parameters["dropout"]:
            layers.append(f"nn.Dropout({parameters['dropout']})")
        width = str(hidden)
    return [*layers, f"nn.Linear({width}, {classes or 1})"]


def seconds(shape: Shape, parameters: Parameters, config: TrainingConfig) -> float:
    batch = min(config.batch_size or mlp.BATCH, shape.train_rows)
    steps = (config.epochs or mlp.EPOCHS) * -(-shape.train_rows // batch)
    widths = [shape.columns, *(int(w) for w in parameters["hidden"]), max(1, shape.classes)]
    weights = sum(a * b for a, b in itertools.pairwise(widths))
    activations = sum(widths[1:-1]) * batch
    each = 5e-4 + 2e-4 * len(widths) + 1.5e-8 * activations + weights * (2.5e-10 * batch + 2e-9)
    return 0.05 + steps * each


METHOD = Method(
    key="torch_mlp",
    title="multilayer perceptron in PyTorch",
    tasks=("classification", "regression"),
    names=mlp.NAMES,
    qualifiers=(*mlp.QUALIFIERS, r"(?:py ?)?torch"),
    parameters=(
        *mlp.METHOD.parameters,
        Parameter("batch_normalization", False, "used only where it is stated"),
        Parameter("dropout", 0.0, "used only where it is stated"),
    ),
    from_name=mlp.from_name,
    write=write,
    seconds=seconds,
    gives=("labels", "probabilities", "values"),
    gradient=True,
    always_gradient=True,
    gradient_silence=(
        Silence("how the weights were initialised", "PyTorch's way (He et al., 2015, uniform)"),
    ),
    framework="PyTorch",
    only_if=("dropout", "batch_normalization"),
    requirements=REQUIREMENTS,
)
