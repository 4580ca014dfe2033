"""A linear classifier over the mean of word vectors, as fastText has it (Joulin et al., 2016)."""

from __future__ import annotations

import re
from typing import Any

from p2n_schemas.plans import TrainingConfig

from . import torch_training as training
from . import torch_words as text
from .base import Blueprint, Helper, Method, MethodCode, Parameter, Parameters, Shape, Silence

_RATE = 0.01

MEAN_OF_WORDS = Helper(
    "MeanOfWords",
    '''\
def with_pairs(texts):
    """Each text with its pairs of neighbouring words behind it, as words of their own."""
    split = [words(text) for text in texts]
    return [" ".join([*row, *("0".join(pair) for pair in zip(row, row[1:]))]) for row in split]


class MeanOfWords(nn.Module):
    """The mean of the words' vectors, then one linear layer."""

    def __init__(self, words, size, classes):
        super().__init__()
        self.vectors = nn.Embedding(words, size, padding_idx=0)
        self.output = nn.Linear(size, classes)

    def forward(self, x):
        count = (x != 0).sum(dim=1, keepdim=True).clamp(min=1)
        return self.output(self.vectors(x).sum(dim=1) / count)''',
    ("from torch import nn",),
)


def from_name(folded: str) -> dict[str, Any]:
    return {"bigrams": True} if re.search(r"\bbi ?grams?\b", folded) else {}


def write(plan: Blueprint) -> MethodCode:
    chosen = plan.parameters
    model = ["X_train, X_test = with_pairs(X_train), with_pairs(X_test)"] if chosen["bigrams"] else []
    model += [
        *text.preparing(chosen),
        f"model = MeanOfWords(len(numbers) + 2, {chosen['embedding']}, {plan.classes})",
    ]
    source = training.classifier(plan, model, text.TRAIN, text.TEST, _RATE)
    return MethodCode(source, training.IMPORTS, (*training.HELPERS, text.WORDS, MEAN_OF_WORDS))


def seconds(shape: Shape, parameters: Parameters, config: TrainingConfig) -> float:
    size = int(parameters["embedding"])
    words = text.width(shape, parameters) * (2 if parameters["bigrams"] else 1)
    steps = training.steps(config, shape.train_rows)
    rows = training.passes(config, shape.train_rows, shape.test_rows)
    moved = min(int(parameters["vocabulary"]), 20 * shape.train_rows) * size * 4e-9
    return 0.1 + steps * (6e-4 + moved) + rows * words * size * 6e-9 + shape.train_rows * words * 1e-6


METHOD = Method(
    key="torch_fasttext",
    title="mean of word vectors and a linear layer, as fastText, in PyTorch",
    tasks=("classification",),
    names=(r"fast ?text",),
    qualifiers=(r"bi ?grams?", r"uni ?grams?", r"h=\d+", r"joulin(?: et al\.?)?", r"(?:py ?)?torch"),
    parameters=(
        Parameter("embedding", 10, "as in the paper that describes it"),
        Parameter("bigrams", False, "used only where the name says so"),
        *text.PARAMETERS,
    ),
    from_name=from_name,
    write=write,
    seconds=seconds,
    gives=("labels", "probabilities"),
    gradient=True,
    always_gradient=True,
    untold=training.untold(_RATE),
    gradient_silence=(
        *training.SILENCE,
        text.SILENCE[0],
        Silence(
            "how pairs of words are numbered", "the most frequent ones have a number each, none shares one"
        ),
    ),
    uses_distance=False,
    unsupported=("batch_normalization", "dropout"),
    framework="PyTorch",
    requirements=training.REQUIREMENTS,
    input="text",
)
