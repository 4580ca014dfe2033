"""How texts become rows of numbers, for the networks that read texts."""

from __future__ import annotations

from ..source import Helper
from .base import Parameter, Parameters, Shape, Silence

VOCABULARY, LENGTH = 20_000, 200
# a text of average length is padded to the longest: of about this many times its words
_PADDED = 2.5

WORDS = Helper(
    "encode_words",
    '''\
def words(text):
    """Words in lower case, numbers, and single marks."""
    return re.findall(r"[a-z0-9']+|[^\\sa-z0-9']", text.lower())


def vocabulary(texts, most):
    """Numbers of the most frequent words, from 2 on; 0 is padding, 1 is any other word."""
    counts = Counter(word for text in texts for word in words(text))
    ranked = sorted(counts, key=lambda word: (-counts[word], word))
    return {word: number for number, word in enumerate(ranked[:most], 2)}


def encode(texts, numbers, length):
    """The last `length` words of each text as numbers, with zeros in front of shorter ones."""
    rows = [[numbers.get(word, 1) for word in words(text)[-length:]] for text in texts]
    width = min(length, max(map(len, rows)))
    return torch.tensor([[0] * (width - len(row)) + row for row in rows])''',
    ("import re", "import torch", "from collections import Counter"),
)

PARAMETERS = (
    Parameter("vocabulary", VOCABULARY, "a common choice"),
    Parameter("length", LENGTH, "longer texts lose their beginning; a common choice"),
)
SILENCE = (
    Silence("how texts are cut into words", "words in lower case, numbers and single marks"),
    Silence(
        "how words begin", "with random vectors, trained with the rest; no pretrained ones", decisive=True
    ),
)
TRAIN, TEST = "encode(X_train, numbers, length)", "encode(X_test, numbers, length)"


def preparing(parameters: Parameters) -> list[str]:
    """The lines that bind `numbers` and `length`."""
    return [
        f"numbers, length = vocabulary(X_train, {parameters['vocabulary']}), {parameters['length']}",
    ]


def width(shape: Shape, parameters: Parameters) -> float:
    """About how many numbers one row has."""
    return min(float(parameters["length"]), _PADDED * shape.columns)
