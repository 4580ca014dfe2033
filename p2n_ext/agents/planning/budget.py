"""How long an experiment takes and how often it can be repeated within the budget."""

from __future__ import annotations

from dataclasses import dataclass

from p2n_schemas.plans import Fidelity, Protocol, TrainingConfig

from ...catalog.datasets import Dataset
from ...catalog.methods import Shape
from .settings import Draft

# a paper that states no seed is met with this many seeds, where they are cheap
REPEATS = 20
FEWEST = 3
_SHARE = 0.7
_START_SECONDS = 25.0
_CHEAP_SECONDS = 20.0
_LEAST_EPOCHS = 0.1


@dataclass(frozen=True)
class Grant:
    """What an experiment may spend; `epochs` is set where the paper's are too many for the budget."""

    repeats: int
    seconds: float
    epochs: int | None = None


def usable_seconds(budget_minutes: int) -> float:
    """The part of the budget that experiments may plan with; the rest is for the start and for slow machines."""
    return max(10.0, budget_minutes * 60 * _SHARE - _START_SECONDS)


def shape(dataset: Dataset, protocol: Protocol) -> Shape:
    if protocol.kind == "whole":
        return Shape(dataset.rows, dataset.rows, dataset.columns, len(dataset.classes), dataset.image)
    if protocol.folds is not None:
        test = dataset.rows // protocol.folds
    elif protocol.kind == "given":
        test = dataset.rows - (dataset.train_rows or 0)
    else:
        test = protocol.test_rows or round(dataset.rows * (protocol.test_fraction or 0.3))
    return Shape(dataset.rows - test, test, dataset.columns, len(dataset.classes), dataset.image)


def one_repeat(draft: Draft, dataset: Dataset, protocol: Protocol, epochs: int | None = None) -> float:
    """Seconds of one repeat of the protocol on one core."""
    config = draft.config()
    if epochs is not None:
        config = TrainingConfig(**{**config.model_dump(), "epochs": epochs})
    fit = draft.method.seconds(shape(dataset, protocol), draft.parameters, config)
    return (protocol.folds or 1) * fit


def grant(
    draft: Draft, dataset: Dataset, protocol: Protocol, repeats: int | None, seed_stated: bool, left: float
) -> Grant | None:
    """Repeats and epochs that fit into `left` seconds; None where not even the least does.

    `repeats` are the paper's; where it gives none and no seed, the spread over seeds needs several.
    """
    once = one_repeat(draft, dataset, protocol)
    wanted = repeats or (1 if seed_stated else REPEATS)
    if any(fidelity is Fidelity.PROXY for fidelity, _ in draft.reasons):
        wanted = min(wanted, FEWEST)  # whatever it gives, a stand-in decides nothing
    fewest = min(wanted, FEWEST)
    if repeats is None and once * wanted > _CHEAP_SECONDS:
        wanted = max(fewest, int(_CHEAP_SECONDS / once))
    if once * fewest <= left:
        count = min(wanted, int(left / once))
        return Grant(count, round(once * count, 2))
    epochs = draft.config().epochs
    if epochs is None:
        return None
    reduced = int(epochs * left / (once * fewest) * 0.98)
    if reduced < max(1, epochs * _LEAST_EPOCHS):
        return None
    return Grant(fewest, round(one_repeat(draft, dataset, protocol, reduced) * fewest, 2), reduced)
