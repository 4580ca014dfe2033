"""DenseNet-BC for small images (Huang et al., 2017, section 3): bottlenecks, and compression by a half."""

from __future__ import annotations

import re
from typing import Any

from p2n_schemas.plans import TrainingConfig

from . import torch_training as training
from .base import Blueprint, Helper, Method, MethodCode, Parameter, Parameters, Shape, Silence

DENSENET = Helper(
    "DenseNet",
    '''\
class DenseLayer(nn.Module):
    """A bottleneck of 4k channels, then k new ones, put behind those that came in."""

    def __init__(self, width, growth):
        super().__init__()
        self.body = nn.Sequential(
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, 4 * growth, 1, bias=False),
            nn.BatchNorm2d(4 * growth),
            nn.ReLU(),
            nn.Conv2d(4 * growth, growth, 3, padding=1, bias=False),
        )

    def forward(self, x):
        return torch.cat([x, self.body(x)], dim=1)


def densenet(image, classes, depth, growth):
    """`depth` is 6n+4: three blocks of n layers; between them channels and image are halved."""
    width = 2 * growth
    layers = [nn.Unflatten(1, image), nn.Conv2d(image[0], width, 3, padding=1, bias=False)]
    for block in range(3):
        for _ in range((depth - 4) // 6):
            layers.append(DenseLayer(width, growth))
            width += growth
        layers += [nn.BatchNorm2d(width), nn.ReLU()]
        if block < 2:
            layers += [nn.Conv2d(width, width // 2, 1, bias=False), nn.AvgPool2d(2)]
            width //= 2
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, classes))''',
    ("import torch", "from torch import nn"),
)


def from_name(folded: str) -> dict[str, Any]:
    """Growth rate and depth in the name: "densenet bc k=12 l=100", "densenet bc 100 12"."""
    found: dict[str, Any] = {}
    for name, pattern in (("growth", r"\bk=(\d+)"), ("depth", r"\b(?:l|depth)=(\d+)")):
        if hit := re.search(pattern, folded):
            found[name] = int(hit.group(1))
    if hit := re.search(r"\bbc (\d+) (\d+)\b", folded):
        found |= {"depth": int(hit.group(1)), "growth": int(hit.group(2))}
    return found


def write(plan: Blueprint) -> MethodCode:
    chosen = plan.parameters
    model = [
        f"model = densenet({plan.image}, {plan.classes}, depth={chosen['depth']}, growth={chosen['growth']})"
    ]
    train, test = (f"torch.tensor({name}, dtype=torch.float32)" for name in ("X_train", "X_test"))
    return MethodCode(
        training.classifier(plan, model, train, test), training.IMPORTS, (*training.HELPERS, DENSENET)
    )


def seconds(shape: Shape, parameters: Parameters, config: TrainingConfig) -> float:
    _, height, width = shape.image or (1, 8, 8)
    growth, layers = int(parameters["growth"]), (int(parameters["depth"]) - 4) // 6
    channels, pixels, work = 2 * growth, float(height * width), 0.0
    for _ in range(3):
        for _ in range(layers):
            work += pixels * (channels * 4 * growth + 9 * 4 * growth * growth + 60 * channels)
            channels += growth
        channels, pixels = channels // 2, pixels / 4
    steps = training.steps(config, shape.train_rows)
    rows = training.passes(config, shape.train_rows, shape.test_rows)
    return 0.2 + steps * 4e-3 * layers + rows * work * 2e-10


METHOD = Method(
    key="torch_densenet",
    title="DenseNet-BC in PyTorch",
    tasks=("classification",),
    names=(r"dense ?nets? bc", r"densely connected (?:convolutional )?networks? bc"),
    qualifiers=(r"k=\d+", r"(?:l|depth)=\d+", r"\d+ \d+", r"(?:py ?)?torch"),
    parameters=(
        Parameter("depth", 40, "the smallest of the paper that describes it", decisive=True),
        Parameter("growth", 12, "the smallest of the paper that describes it", decisive=True),
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
        Silence("how training images were varied", "they are not: no crops, no mirror images", decisive=True),
    ),
    uses_distance=False,
    framework="PyTorch",
    requirements=training.REQUIREMENTS,
    input="image",
)
