"""The plan in plain sentences."""

from __future__ import annotations

from collections import Counter

from p2n_schemas.plans import Config, Experiment, Fidelity, UnplannedClaim

from ...catalog.datasets import Dataset

_REASONS = {
    "other_dataset": "about another dataset",
    "dataset_unknown": "on data that the catalogue does not have",
    "dataset_not_stated": "without a stated dataset",
    "dataset_unavailable": "on data that cannot be had here",
    "method_unknown": "with a method that the catalogue does not have",
    "metric_unknown": "with a metric that the catalogue does not have",
    "split_not_reproducible": "about a split that cannot be reproduced",
    "over_budget": "too costly for the budget",
    "licence": "on data whose licence forbids it",
    "rejected_by_person": "rejected by a person",
}


def explain(
    dataset: Dataset,
    config: Config,
    experiments: list[Experiment],
    unplanned: list[UnplannedClaim],
    seconds: float,
) -> list[str]:
    claims = sum(len(experiment.metrics) for experiment in experiments)
    lines = [
        f"{_count(claims, 'claim')} about {dataset.title} will be checked by {_count(len(experiments), 'experiment')}, "
        f"in about {max(1, round(seconds))} s.",
        _protocol(config, experiments),
        f"Licence of the data: {dataset.licence}"
        + (
            "."
            if dataset.license_compliant
            else f" ({dataset.licence_note}); check for yourself that you may use it."
        ),
    ]
    kinds = Counter(experiment.fidelity for experiment in experiments)
    for fidelity, words in (
        (Fidelity.EXACT, "with the paper's data, method and stated settings"),
        (
            Fidelity.REDUCED,
            "with something less than the paper's settings, or with settings it does not state",
        ),
        (Fidelity.PROXY, "only as a stand-in, which can never count as reproduced"),
    ):
        if kinds[fidelity]:
            lines.append(f"{_count(kinds[fidelity], 'experiment')} will be run {words}.")
    for reason, count in Counter(entry.reason for entry in unplanned).items():
        lines.append(f"Left out: {_count(count, 'claim')} {_REASONS[reason]}.")
    return lines


def _protocol(config: Config, experiments: list[Experiment]) -> str:
    protocol = config.protocol
    repeats = sorted({experiment.config.repeats or config.repeats for experiment in experiments})
    span = str(repeats[0]) if len(repeats) == 1 else f"{repeats[0]} to {repeats[-1]}"
    times = "once" if repeats == [1] else f"{span} times with different seeds"
    kept = ", keeping the classes' shares" if protocol.stratified else ""
    if protocol.kind == "kfold":
        return f"The data is parted into {protocol.folds} folds{kept}, each the test data once; this is done {times}."
    if protocol.kind == "given":
        return f"Training and test data are the parts that the data comes in; this is done {times}."
    if protocol.kind == "whole":
        return f"All rows are fitted and evaluated on, none is held out; this is done {times}."
    if protocol.test_rows:
        return f"{protocol.test_rows} rows, drawn at random{kept}, are the test data; this is done {times}."
    share = round(100 * (protocol.test_fraction or 0))
    return f"{share} % of the rows, drawn at random{kept}, are the test data; this is done {times}."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
