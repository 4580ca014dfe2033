"""ResNet for small images (He et al., 2015, section 4.2): 6n+2 layers, shortcuts without parameters."""

from __future__ import annotations

import re
from typing import Any

from p2n_schemas.plans import TrainingConfig

from . import torch_training as training
from .base import Blueprint, Helper, Method, MethodCode, Parameter, Parameters, Shape, Silence

RESNET = Helper(
    "ResNet",
    '''\
class ResidualBlock(nn.Module):
    """Two convolutions and a shortcut past them.

    Where the size changes, the shortcut skips pixels and has zeros in its new channels.
    """

    def __init__(self, width_in, width, stride):
        super().__init__()
        self.stride, self.padding = stride, width - width_in
        self.body = nn.Sequential(
            nn.Conv2d(width_in, width, 3, stride, padding=1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, width, 3, padding=1, bias=False),
            nn.BatchNorm2d(width),
        )

    def forward(self, x):
        shortcut = x[:, :, :: self.stride, :: self.stride]
        shortcut = nn.functional.pad(shortcut, (0, 0, 0, 0, 0, self.padding))
        return torch.relu(self.body(x) + shortcut)


def resnet(image, classes, depth):
    """`depth` is 6n+2: three stages of n blocks with 16, 32 and 64 channels."""
    layers = [nn.Unflatten(1, image), nn.Conv2d(image[0], 16, 3, padding=1, bias=False)]
    layers += [nn.BatchNorm2d(16), nn.ReLU()]
    width_in = 16
    for width in (16, 32, 64):
        for block in range((depth - 2) // 6):
            stride = 2 if width > 16 and block == 0 else 1
            layers.append(ResidualBlock(width_in, width, stride))
            width_in = width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, classes))''',
    ("import torch", "from torch import nn"),
)


def from_name(folded: str) -> dict[str, Any]:
    """The depth in the name: "resnet 20"; only 6n+2 is this network."""
    depth = re.search(r"\bres(?:idual )?nets? ?(\d+)\b", folded)
    return {"depth": int(depth.group(1))} if depth and int(depth.group(1)) % 6 == 2 else {}


def write(plan: Blueprint) -> MethodCode:
    model = [f"model = resnet({plan.image}, {plan.classes}, depth={plan.parameters['depth']})"]
    train, test = (f"torch.tensor({name}, dtype=torch.float32)" for name in ("X_train", "X_test"))
    return MethodCode(
        training.classifier(plan, model, train, test), training.IMPORTS, (*training.HELPERS, RESNET)
    )


def seconds(shape: Shape, parameters: Parameters, config: TrainingConfig) -> float:
    _, height, width = shape.image or (1, 8, 8)
    blocks = (int(parameters["depth"]) - 2) // 6
    # every stage has a quarter of the pixels and twice the channels: the same work
    work = height * width * 9 * (16 * 16 * 2 * blocks) * 3
    steps = training.steps(config, shape.train_rows)
    return (
        0.2
        + steps * 4e-3 * blocks
        + training.passes(config, shape.train_rows, shape.test_rows) * work * 1.1e-10
    )


METHOD = Method(
    key="torch_resnet",
    title="residual network for small images in PyTorch",
    tasks=("classification",),
    names=(r"res ?net ?(?:20|32|44|56|110)", r"residual net(?:work)?s? ?(?:20|32|44|56|110)"),
    qualifiers=(r"he et al\.?", r"(?:py ?)?torch"),
    parameters=(Parameter("depth", 20, "the smallest of the paper that describes it", decisive=True),),
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
