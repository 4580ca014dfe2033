"""The convolutional network for sentences (Kim, 2014), with word vectors that begin at random ("CNN-rand")."""

from __future__ import annotations

from p2n_schemas.plans import TrainingConfig

from . import torch_training as training
from . import torch_words as text
from .base import Blueprint, Helper, Method, MethodCode, Parameter, Parameters, Shape, Silence

TEXT_CNN = Helper(
    "TextCNN",
    '''\
class TextCNN(nn.Module):
    """Filters over windows of words; of each filter the largest answer in the text counts."""

    def __init__(self, words, size, windows, filters, dropout, classes):
        super().__init__()
        self.vectors = nn.Embedding(words, size, padding_idx=0)
        self.filters = nn.ModuleList(nn.Conv1d(size, filters, w, padding=w - 1) for w in windows)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(filters * len(windows), classes)

    def forward(self, x):
        x = self.vectors(x).transpose(1, 2)
        largest = [torch.relu(convolve(x)).amax(dim=2) for convolve in self.filters]
        return self.output(self.dropout(torch.cat(largest, dim=1)))''',
    ("import torch", "from torch import nn"),
)


def write(plan: Blueprint) -> MethodCode:
    chosen = plan.parameters
    model = [
        *text.preparing(chosen),
        f"model = TextCNN(len(numbers) + 2, {chosen['embedding']}, {list(chosen['windows'])}, {chosen['filters'][0]},"
        f" {chosen['dropout']}, {plan.classes})",
    ]
    source = training.classifier(plan, model, text.TRAIN, text.TEST)
    return MethodCode(source, training.IMPORTS, (*training.HELPERS, text.WORDS, TEXT_CNN))


def seconds(shape: Shape, parameters: Parameters, config: TrainingConfig) -> float:
    size, filters = int(parameters["embedding"]), int(parameters["filters"][0])
    words = text.width(shape, parameters)
    work = words * sum(map(int, parameters["windows"])) * size * filters
    steps = training.steps(config, shape.train_rows)
    rows = training.passes(config, shape.train_rows, shape.test_rows)
    # Adam moves every word's vector at every step, whether it occurs or not
    moved = min(int(parameters["vocabulary"]), 20 * shape.train_rows) * size * 4e-9
    return 0.2 + steps * (2e-3 + moved) + rows * (work * 1.6e-10 + words * 1e-6)


METHOD = Method(
    key="torch_textcnn",
    title="convolutional network for sentences in PyTorch",
    tasks=("classification",),
    names=(
        r"text ?cnns?",
        r"cnn rand",
        r"cnns?",
        r"convolutional (?:neural )?networks?",
        r"word(?: level)? (?:cnns?|conv ?nets?)",
    ),
    qualifiers=(r"kim(?: et al\.?)?", r"sentences?", r"word level", r"(?:py ?)?torch"),
    parameters=(
        Parameter("windows", [3, 4, 5], "as in the paper that describes it"),
        Parameter("filters", [100], "as in the paper that describes it"),
        Parameter("embedding", 300, "as in the paper that describes it"),
        Parameter("dropout", 0.5, "as in the paper that describes it"),
        *text.PARAMETERS,
    ),
    write=write,
    seconds=seconds,
    gives=("labels", "probabilities"),
    gradient=True,
    always_gradient=True,
    untold=training.untold(),
    gradient_silence=(
        *training.SILENCE,
        *text.SILENCE,
        Silence("whether the last layer's weights are bounded", "they are not", decisive=True),
    ),
    uses_distance=False,
    unsupported=("batch_normalization",),
    framework="PyTorch",
    requirements=training.REQUIREMENTS,
    input="text",
)
