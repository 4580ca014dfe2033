"""A plain convolutional network for small images: convolutions, each with a pooling, then a fully connected layer."""

from __future__ import annotations

from p2n_schemas.plans import TrainingConfig

from . import torch_training as training
from .base import Blueprint, Helper, Method, MethodCode, Parameter, Parameters, Shape

_ACTIVATIONS = {"relu": "nn.ReLU", "tanh": "nn.Tanh", "sigmoid": "nn.Sigmoid"}

CNN = Helper(
    "convolutional_network",
    '''\
def convolutional_network(image, classes, filters, kernel, hidden, activation, dropout, normalize):
    """For each number of filters a convolution and a pooling by 2; then fully connected layers."""
    channels, height, width = image
    layers = [nn.Unflatten(1, image)]
    for count in filters:
        layers.append(nn.Conv2d(channels, count, kernel, padding=kernel // 2))
        if normalize:
            layers.append(nn.BatchNorm2d(count))
        layers += [activation(), nn.MaxPool2d(2, ceil_mode=True)]
        channels, height, width = count, -(-height // 2), -(-width // 2)
    layers += [nn.Flatten(), nn.Linear(channels * height * width, hidden), activation()]
    if dropout:
        layers.append(nn.Dropout(dropout))
    return nn.Sequential(*layers, nn.Linear(hidden, classes))''',
    ("from torch import nn",),
)


def write(plan: Blueprint) -> MethodCode:
    chosen = plan.parameters
    model = [
        "model = convolutional_network(",
        f"    image={plan.image},",
        f"    classes={plan.classes},",
        f"    filters={list(chosen['filters'])},",
        # an even kernel has no middle: the image would grow with every layer
        f"    kernel={int(chosen['kernel']) | 1},",
        f"    hidden={chosen['hidden'][0]},",
        f"    activation={_ACTIVATIONS[str(chosen['activation'])]},",
        f"    dropout={chosen['dropout']},",
        f"    normalize={chosen['batch_normalization']},",
        ")",
    ]
    train, test = (f"torch.tensor({name}, dtype=torch.float32)" for name in ("X_train", "X_test"))
    source = training.classifier(plan, model, train, test)
    return MethodCode(source, training.IMPORTS, (*training.HELPERS, CNN))


def seconds(shape: Shape, parameters: Parameters, config: TrainingConfig) -> float:
    channels, height, width = shape.image or (1, 8, 8)
    work = 0.0
    for count in parameters["filters"]:
        work += height * width * channels * count * int(parameters["kernel"]) ** 2
        channels, height, width = count, -(-height // 2), -(-width // 2)
    work += channels * height * width * int(parameters["hidden"][0])
    steps = training.steps(config, shape.train_rows)
    return (
        0.1
        + steps * 1.5e-3
        + training.passes(config, shape.train_rows, shape.test_rows) * (2e-5 + work * 1.8e-10)
    )


METHOD = Method(
    key="torch_cnn",
    title="convolutional network in PyTorch",
    tasks=("classification",),
    names=(r"convolutional (?:neural )?networks?", r"cnns?", r"conv ?nets?", r"le ?net(?: ?5)?"),
    qualifiers=(r"simple", r"small", r"plain", r"\d layer", r"(?:py ?)?torch", r"deep"),
    parameters=(
        Parameter("filters", [32, 64], "a common small choice", decisive=True),
        Parameter("kernel", 3, "a common small choice", decisive=True),
        Parameter("hidden", [128], "a common small choice", decisive=True),
        Parameter("activation", "relu", "the usual one"),
        Parameter("batch_normalization", False, "used only where it is stated"),
        Parameter("dropout", 0.0, "used only where it is stated"),
    ),
    write=write,
    seconds=seconds,
    gives=("labels", "probabilities"),
    gradient=True,
    always_gradient=True,
    untold=training.untold(),
    gradient_silence=training.SILENCE,
    uses_distance=False,
    framework="PyTorch",
    requirements=training.REQUIREMENTS,
    input="image",
)
