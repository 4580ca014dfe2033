"""Mini-batch training as many papers state it (epochs, batch size, learning rate, optimizer), in readable numpy."""

from __future__ import annotations

from p2n_schemas.plans import TrainingConfig

from .base import Helper, Shape

DEFAULT_BATCH = 32
OPTIMIZERS = ("sgd", "momentum", "adam")

MINIMIZE = Helper(
    "minimize",
    '''\
def minimize(gradient, weights, rows, epochs, batch_size, learning_rate, optimizer, seed):
    """Mini-batch descent on `weights`; the rows are shuffled anew in every epoch."""
    rng = np.random.default_rng(seed)
    first = np.zeros_like(weights)
    second = np.zeros_like(weights)
    step = 0
    for _ in range(epochs):
        order = rng.permutation(rows)
        for start in range(0, rows, batch_size):
            slope = gradient(weights, order[start : start + batch_size])
            step += 1
            if optimizer == "sgd":
                weights = weights - learning_rate * slope
            elif optimizer == "momentum":
                first = 0.9 * first + slope
                weights = weights - learning_rate * first
            elif optimizer == "adam":
                first = 0.9 * first + 0.1 * slope
                second = 0.999 * second + 0.001 * slope**2
                move = (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
                weights = weights - learning_rate * move
            else:
                raise ValueError(f"unknown optimizer: {optimizer}")
    return weights


def with_bias(X):
    """The features and a column of ones."""
    return np.column_stack([X, np.ones(len(X))])''',
    ("import numpy as np",),
)


CURVE_POINTS = 200
SHOW_LOSS = Helper(
    "show_loss",
    f'''\
watched = []  # the experiment whose training loss is being shown


def show_loss(epoch, epochs, loss):
    """A point of the training loss's curve, which has {CURVE_POINTS} points at most."""
    if watched and epoch % -(-epochs // {CURVE_POINTS}) == 0:
        report(watched[0], 0, "loss", round(float(loss), 6), split="train", step=epoch)''',
)


def arguments(config: TrainingConfig) -> str:
    """The training settings as keyword arguments of `minimize`, one a line."""
    return (
        f"        epochs={config.epochs},\n"
        f"        batch_size={config.batch_size or DEFAULT_BATCH},\n"
        f"        learning_rate={config.learning_rate},\n"
        f'        optimizer="{config.optimizer or "sgd"}",\n'
        f"        seed=seed,\n"
    )


def steps(shape: Shape, config: TrainingConfig) -> int:
    """How many descent steps one fit takes."""
    batch = config.batch_size or DEFAULT_BATCH
    return (config.epochs or 1) * max(1, -(-shape.train_rows // batch))
