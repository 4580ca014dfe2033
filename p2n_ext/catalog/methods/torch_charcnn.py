"""The convolutional network over characters (Zhang, Zhao and LeCun, 2015): six convolutions, three layers above them."""

from __future__ import annotations

import re
from typing import Any

from p2n_schemas.plans import TrainingConfig

from . import torch_training as training
from .base import Blueprint, Helper, Method, MethodCode, Parameter, Parameters, Shape, Silence

_CHARACTERS_OF_A_WORD = 6

CHAR_CNN = Helper(
    "CharCNN",
    '''\
ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789-,;.!?:'\\"/\\\\|_@#$%^&*~`+=<>()[]{}\\n"


def encode_characters(texts, length):
    """Numbers of the characters from 1 on, the last one first; 0 is any other, or none."""
    numbers = {character: number for number, character in enumerate(ALPHABET, 1)}
    rows = [[numbers.get(c, 0) for c in text.lower()[:length]][::-1] for text in texts]
    return torch.tensor([row + [0] * (length - len(row)) for row in rows], dtype=torch.uint8)


class CharCNN(nn.Module):
    """Convolutions of width 7, 7, 3, 3, 3, 3; poolings by 3 behind the first two and the last."""

    def __init__(self, length, filters, hidden, classes):
        super().__init__()
        layers, width = [], len(ALPHABET)
        for window, pooled in ((7, True), (7, True), (3, False), (3, False), (3, False), (3, True)):
            layers += [nn.Conv1d(width, filters, window), nn.ReLU()]
            layers += [nn.MaxPool1d(3)] if pooled else []
            width = filters
        self.convolutions = nn.Sequential(*layers, nn.Flatten())
        self.output = nn.Sequential(
            nn.Linear((length - 96) // 27 * filters, hidden),
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.Linear(hidden, hidden),
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.Linear(hidden, classes),
        )

    def forward(self, x):
        ones = nn.functional.one_hot(x.long(), len(ALPHABET) + 1)[:, :, 1:]
        return self.output(self.convolutions(ones.transpose(1, 2).float()))''',
    ("import torch", "from torch import nn"),
)


def from_name(folded: str) -> dict[str, Any]:
    """Its two sizes: "large" and "small"."""
    if re.search(r"\b(?:large|lg\.?)\b", folded):
        return {"filters": [1024], "hidden": [2048]}
    return {}


def write(plan: Blueprint) -> MethodCode:
    chosen = plan.parameters
    # shorter texts than this leave nothing to the last layers
    length = max(123, int(chosen["length"]))
    model = [
        f"length = {length}",
        f"model = CharCNN(length, {chosen['filters'][0]}, {chosen['hidden'][0]}, {plan.classes})",
    ]
    train, test = "encode_characters(X_train, length)", "encode_characters(X_test, length)"
    source = training.classifier(plan, model, train, test)
    return MethodCode(source, training.IMPORTS, (*training.HELPERS, CHAR_CNN))


def seconds(shape: Shape, parameters: Parameters, config: TrainingConfig) -> float:
    length, filters, hidden = (
        int(parameters["length"]),
        int(parameters["filters"][0]),
        int(parameters["hidden"][0]),
    )
    work = length * 7 * 70 * filters + length / 3 * 7 * filters**2 + length / 9 * 4 * 3 * filters**2
    dense = length / 27 * filters * hidden + hidden**2
    steps = training.steps(config, shape.train_rows)
    rows = training.passes(config, shape.train_rows, shape.test_rows)
    return 0.3 + steps * (5e-3 + dense * 4e-9) + rows * (work + dense) * 1.6e-10


METHOD = Method(
    key="torch_charcnn",
    title="convolutional network over characters in PyTorch",
    tasks=("classification",),
    names=(
        r"char(?:acter)?(?: level)? ?(?:cnns?|conv(?:olutional)? ?(?:nets?|networks?))",
        r"(?:large|lg\.?|small|sm\.?) conv\.?(?: net)?",
    ),
    qualifiers=(r"large", r"lg\.?", r"small", r"sm\.?", r"zhang(?: et al\.?)?", r"(?:py ?)?torch"),
    parameters=(
        Parameter(
            "filters", [256], "the smaller of the two networks of the paper that describes it", decisive=True
        ),
        Parameter(
            "hidden", [1024], "the smaller of the two networks of the paper that describes it", decisive=True
        ),
        Parameter("length", 1014, "as in the paper that describes it"),
    ),
    from_name=from_name,
    write=write,
    seconds=seconds,
    gives=("labels", "probabilities"),
    gradient=True,
    always_gradient=True,
    untold=training.untold(),
    gradient_silence=(
        *training.SILENCE,
        Silence("whether words were replaced by others of their meaning", "they are not", decisive=True),
    ),
    uses_distance=False,
    unsupported=("batch_normalization",),
    framework="PyTorch",
    requirements=training.REQUIREMENTS,
    input="text",
)
