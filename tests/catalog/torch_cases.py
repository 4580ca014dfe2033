"""The networks of the catalogue on small data that is there without a network: digits, tumours, and Python's own manual."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from p2n_ext.catalog import datasets, methods
from p2n_ext.catalog.methods import Blueprint
from p2n_ext.catalog.notebooks.builder import sorted_imports
from p2n_ext.catalog.source import Output
from p2n_schemas.plans import TrainingConfig

# each binds X, y, train and test (row numbers)
DATA = {
    "image": """\
from sklearn.datasets import load_digits
import numpy as np

X, y = load_digits(return_X_y=True)
X = X / 16
rows = np.random.default_rng(0).permutation(len(y))
train, test = rows[:700], rows[1300:]""",
    "table": """\
from sklearn.datasets import load_breast_cancer
import numpy as np

X, y = load_breast_cancer(return_X_y=True)
X = (X - X.mean(axis=0)) / X.std(axis=0)
rows = np.random.default_rng(0).permutation(len(y))
train, test = rows[:400], rows[400:]""",
    # to which chapter of the manual does a paragraph belong?
    "text": """\
import re
import numpy as np
from pydoc_data.topics import topics

X, y = [], []
for code, chapter in enumerate(["compound", "debugger", "types"]):
    paragraphs = [" ".join(part.split()) for part in re.split(r"\\n\\s*\\n", topics[chapter])]
    paragraphs = [part for part in paragraphs if len(part.split()) > 5][:110]
    X += paragraphs
    y += [code] * len(paragraphs)
X, y = np.array(X, dtype=object), np.array(y)
rows = np.random.default_rng(0).permutation(len(y))
train, test = rows[: len(rows) * 2 // 3], rows[len(rows) * 2 // 3 :]""",
    # the manual's words or a program's? Characters alone tell
    "characters": """\
import argparse
import inspect
import numpy as np
from pydoc_data.topics import topics

prose, code = " ".join(topics["types"].split()), inspect.getsource(argparse)
pieces = [text[start : start + 150] for text in (prose, code) for start in range(0, 24_000, 150)]
X, y = np.array(pieces, dtype=object), np.repeat([0, 1], 160)
rows = np.random.default_rng(0).permutation(len(y))
train, test = rows[:220], rows[220:]""",
}


@dataclass(frozen=True)
class Case:
    key: str
    classes: int
    epochs: int
    parameters: dict[str, Any] = field(default_factory=dict)
    output: Output = "labels"
    rate: float = 0.001
    data: str = ""
    batch: int = 32

    @property
    def name(self) -> str:
        return f"{self.key}_{self.output}"

    def source(self) -> str:
        """Prints the accuracy, that of the most frequent class, and whether a second fit gives the same bytes."""
        method = methods.by_key(self.key)
        known = {parameter.name: parameter.default for parameter in method.parameters}
        image = datasets.DIGITS.image if method.input == "image" else None
        config = TrainingConfig(epochs=self.epochs, batch_size=self.batch, learning_rate=self.rate)
        plan = Blueprint("fit_predict", known | self.parameters, config, self.classes, self.output, image)
        code = method.write(plan)
        imports = {*code.imports, *(line for helper in code.helpers for line in helper.imports)}
        label = "predicted" if self.output == "labels" else "predicted.argmax(axis=1)"
        return "\n\n".join(
            [
                DATA[self.data or method.input],
                sorted_imports(imports),
                "def report(*arguments, **more): pass",
                *(helper.source for helper in code.helpers),
                code.source,
                "predicted = fit_predict(X[train], y[train], X[test], 0)",
                "again = fit_predict(X[train], y[train], X[test], 0)",
                f"accuracy = float(np.mean({label} == y[test]))",
                "trivial = float(np.max(np.bincount(y[test])) / len(test))",
                "same = predicted.tobytes() == again.tobytes()",
                f'print("{self.name}", round(accuracy, 4), round(trivial, 4), same, predicted.shape)',
            ]
        )


_SMALL_TEXT = {"vocabulary": 2000, "length": 60}
CASES = (
    Case("torch_mlp", 2, 20, {"batch_normalization": True, "dropout": 0.3}),
    Case("torch_cnn", 10, 4, {"filters": [8, 16], "hidden": [32], "batch_normalization": True}),
    Case(
        "torch_cnn",
        10,
        3,
        {"filters": [8, 16], "hidden": [32], "kernel": 4, "dropout": 0.2},
        "probabilities",
        0.003,
    ),
    Case("torch_resnet", 10, 2, {"depth": 8}),
    Case("torch_densenet", 10, 2, {"depth": 10, "growth": 8}),
    Case("torch_textcnn", 3, 6, {"embedding": 50, "filters": [20], **_SMALL_TEXT}),
    Case("torch_lstm", 3, 6, {"embedding": 30, "hidden": [24], **_SMALL_TEXT}, rate=0.01),
    Case(
        "torch_gru",
        3,
        4,
        {"embedding": 30, "hidden": [24], "bidirectional": True, **_SMALL_TEXT},
        "probabilities",
        0.01,
    ),
    Case("torch_fasttext", 3, 8, {"embedding": 20, "bigrams": True, **_SMALL_TEXT}),
    Case(
        "torch_charcnn",
        2,
        12,
        {"filters": [48], "hidden": [64], "length": 150},
        rate=0.002,
        data="characters",
        batch=16,
    ),
    Case("torch_gru_svm", 2, 5, {"cells": 16}, rate=0.003),
)
