"""What all networks in PyTorch share: the training loop, batched scores, their printed ends, and where they hang."""

from __future__ import annotations

from collections.abc import Iterable

from p2n_schemas.plans import TrainingConfig

from ..source import Helper
from .base import Blueprint, Silence
from .gradient import SHOW_LOSS

# where a paper is silent; few epochs, because networks on one core are slow
EPOCHS, BATCH, RATE = 10, 64, 0.001
IMPORTS = ("import torch", "from torch import nn")
REQUIREMENTS = ("torch", "numpy")


def untold(rate: float = RATE) -> TrainingConfig:
    """What is taken where a paper is silent."""
    return TrainingConfig(epochs=EPOCHS, batch_size=BATCH, learning_rate=rate, optimizer="adam")


SILENCE = (
    Silence("how the weights were initialised", "PyTorch's way (He et al., 2015, uniform)"),
    Silence("whether the learning rate changes during training", "it stays the same", decisive=True),
    Silence("whether weights decay", "they do not"),
)

_OPTIMIZERS = {
    "sgd": "torch.optim.SGD(model.parameters(), lr={rate})",
    "momentum": "torch.optim.SGD(model.parameters(), lr={rate}, momentum=0.9)",
    "adam": "torch.optim.Adam(model.parameters(), lr={rate})",
}

TRAIN = Helper(
    "train_network",
    '''\
# one order of additions, so that the same seed gives the same bytes
torch.use_deterministic_algorithms(True)
torch.set_num_threads(1)


def train_network(model, loss_function, optimizer, inputs, targets, epochs, batch_size, seed):
    """Mini-batch training; the rows are shuffled anew in every epoch."""
    shuffling = torch.Generator().manual_seed(seed)
    model.train()
    for epoch in range(1, epochs + 1):
        total = 0.0
        for batch in torch.randperm(len(inputs), generator=shuffling).split(batch_size):
            if len(batch) == 1:
                continue  # a single row left over has no spread to normalise by
            optimizer.zero_grad()
            loss = loss_function(model(inputs[batch]), targets[batch])
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
        show_loss(epoch, epochs, total / len(inputs))
    model.eval()''',
    ("import torch",),
)

SCORES = Helper(
    "network_scores",
    '''\
def network_scores(model, inputs):
    """The last layer's output for every row, some rows at a time."""
    with torch.no_grad():
        return torch.cat([model(part) for part in inputs.split(256)])''',
    ("import torch",),
)
HELPERS = (SHOW_LOSS, TRAIN, SCORES)


def optimizer(config: TrainingConfig, rate: float = RATE) -> str:
    return _OPTIMIZERS[config.optimizer or "adam"].format(rate=config.learning_rate or rate)


def classifier(plan: Blueprint, model: Iterable[str], train: str, test: str, rate: float = RATE) -> str:
    """The function of a network that classifies: `model` are the lines that bind `model`, `train` and `test` are inputs."""
    config = plan.config
    answer = "scores.softmax(dim=1).double().numpy()"
    if plan.output != "probabilities":
        answer = "scores.argmax(dim=1).numpy()"
    return "\n".join(
        [
            f"def {plan.function}(X_train, y_train, X_test, seed):",
            "    torch.manual_seed(seed)",
            *(f"    {line}" for line in model),
            "    train_network(",
            "        model,",
            "        nn.CrossEntropyLoss(),",
            f"        {optimizer(config, rate)},",
            f"        {train},",
            "        torch.tensor(y_train, dtype=torch.long),",
            f"        epochs={config.epochs or EPOCHS},",
            f"        batch_size={config.batch_size or BATCH},",
            "        seed=seed,",
            "    )",
            f"    scores = network_scores(model, {test})",
            f"    return {answer}",
        ]
    )


def passes(config: TrainingConfig, train_rows: int, test_rows: int) -> float:
    """How many rows go forward and back, with the test rows at a third of the price."""
    return (config.epochs or EPOCHS) * train_rows + test_rows / 3


def steps(config: TrainingConfig, train_rows: int) -> int:
    batch = min(config.batch_size or BATCH, max(1, train_rows))
    return (config.epochs or EPOCHS) * -(-train_rows // batch)
