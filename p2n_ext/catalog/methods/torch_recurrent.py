"""Recurrent networks that read texts word by word: GRU (Cho et al., 2014) and LSTM (Hochreiter and Schmidhuber, 1997)."""

from __future__ import annotations

import re
from typing import Any

from p2n_schemas.plans import TrainingConfig

from . import torch_training as training
from . import torch_words as text
from .base import Blueprint, Helper, Method, MethodCode, Parameter, Parameters, Shape

RECURRENT = Helper(
    "Recurrent",
    '''\
class Recurrent(nn.Module):
    """Reads a text word by word; its last state, in each direction, tells the class."""

    def __init__(self, cell, words, size, hidden, bidirectional, dropout, classes):
        super().__init__()
        self.vectors = nn.Embedding(words, size, padding_idx=0)
        self.cell = cell(size, hidden, batch_first=True, bidirectional=bidirectional)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(hidden * (2 if bidirectional else 1), classes)

    def forward(self, x):
        _, state = self.cell(self.vectors(x))
        state = state[0] if isinstance(state, tuple) else state  # an LSTM has a memory besides
        return self.output(self.dropout(torch.cat(list(state), dim=1)))''',
    ("import torch", "from torch import nn"),
)


def from_name(folded: str) -> dict[str, Any]:
    """ "bi lstm", "bidirectional gru": read in both directions."""
    both = re.search(r"\bbi(?:directional)? ?(?:lstm|gru)", folded)
    return {"bidirectional": True} if both else {}


def _write(plan: Blueprint, cell: str) -> MethodCode:
    chosen = plan.parameters
    model = [
        *text.preparing(chosen),
        "model = Recurrent(",
        f"    nn.{cell}, len(numbers) + 2, {chosen['embedding']}, {chosen['hidden'][0]}, {chosen['bidirectional']},"
        f" {chosen['dropout']}, {plan.classes}",
        ")",
    ]
    source = training.classifier(plan, model, text.TRAIN, text.TEST)
    return MethodCode(source, training.IMPORTS, (*training.HELPERS, text.WORDS, RECURRENT))


def seconds(shape: Shape, parameters: Parameters, config: TrainingConfig) -> float:
    size, hidden = int(parameters["embedding"]), int(parameters["hidden"][0])
    directions = 2 if parameters["bidirectional"] else 1
    words = text.width(shape, parameters)
    work = words * 4 * hidden * (hidden + size) * directions
    steps = training.steps(config, shape.train_rows)
    rows = training.passes(config, shape.train_rows, shape.test_rows)
    moved = min(int(parameters["vocabulary"]), 20 * shape.train_rows) * size * 4e-9
    return 0.2 + steps * (2e-3 + words * directions * 2.5e-4 + moved) + rows * work * 2e-10


def _method(key: str, title: str, cell: str, names: tuple[str, ...]) -> Method:
    def write(plan: Blueprint) -> MethodCode:
        return _write(plan, cell)

    return Method(
        key=key,
        title=title,
        tasks=("classification",),
        names=names,
        qualifiers=(r"bi(?:directional)?", r"(?:py ?)?torch", r"word(?: level)?", r"rnns?"),
        parameters=(
            Parameter("hidden", [128], "a common choice", decisive=True),
            Parameter("embedding", 100, "a common choice", decisive=True),
            Parameter("bidirectional", False, "used only where the name says so"),
            Parameter("dropout", 0.0, "used only where it is stated"),
            *text.PARAMETERS,
        ),
        from_name=from_name,
        write=write,
        seconds=seconds,
        gives=("labels", "probabilities"),
        gradient=True,
        always_gradient=True,
        untold=training.untold(),
        gradient_silence=(*training.SILENCE, *text.SILENCE),
        uses_distance=False,
        unsupported=("batch_normalization",),
        framework="PyTorch",
        requirements=training.REQUIREMENTS,
        input="text",
    )


LSTM = _method(
    "torch_lstm",
    "LSTM over words in PyTorch",
    "LSTM",
    (r"(?:bi ?)?lstms?", r"long short term memory(?: \(?lstm\)?)?(?: networks?)?"),
)
GRU = _method(
    "torch_gru",
    "GRU over words in PyTorch",
    "GRU",
    (r"(?:bi ?)?grus?", r"gated recurrent units?(?: networks?)?"),
)
