"""Runs of one notebook with one seed, compared: by the bytes of metrics.json, then cell by cell."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from p2n_schemas.determinism import Cause, Comparison, MetricDifference

from ..protocols import RunOutcome
from .determinism_causes import causes, missing_gpu
from .determinism_flow import Program
from .determinism_outputs import Cell, Key, cells_of, difference, digests, key_of, rows_of

MAX_METRICS = 50


class NotebookAnalyst:
    """Implements `protocols.DeterminismAnalyst`; reads what runs left behind and runs nothing."""

    def compare(self, outcomes: Sequence[RunOutcome]) -> Comparison:
        runs = [cells_of(outcome.executed) for outcome in outcomes]
        contents = {outcome.metrics for outcome in outcomes}
        identical = len(outcomes) > 1 and len(contents) == 1 and None not in contents
        compared, metrics = _metrics(outcomes, runs)
        cell, found = (None, []) if identical else _attributed(runs, metrics, failed=None in contents)
        if cell is None:
            cell = _first_unlike(runs)
        run_ids = [outcome.run_id for outcome in outcomes]
        return Comparison(
            identical=identical,
            metrics_compared=compared,
            metrics_different=len(metrics),
            metrics=metrics[:MAX_METRICS],
            cells=digests(runs),
            first=None if cell is None else difference(cell, run_ids, runs),
            causes=found,
        )


def _attributed(
    runs: Sequence[Sequence[Cell]], metrics: Sequence[MetricDifference], failed: bool
) -> tuple[int | None, list[Cause]]:
    """The first cell that differs and has a part in it, and the likely causes."""
    longest = max(runs, key=len, default=[])
    if failed:
        for cells in runs:
            for number, entry in enumerate(cells):
                wanted = missing_gpu(entry.error, number, entry.source) if entry.error else None
                if wanted is not None:
                    return number, [wanted]
    cell = _reporting(metrics[0], runs) if metrics else None
    if cell is None:
        cell = _first_unlike(runs)
    if cell is None:
        if failed:
            return None, []
        cell = max(0, len(longest) - 1)
    program = Program([entry.source for entry in longest])
    reaching = program.reaching(cell, metrics[0].name if metrics else None)
    # One before it that only shows something else, such as how long it took, has no part in it.
    with_part = {program.units[number].cell for number in reaching} | {cell}
    shown = _first_unlike(runs, with_part)
    cell_shown = cell if shown is None else min(shown, cell)
    first = difference(cell_shown, [str(number) for number in range(len(runs))], runs)
    return cell_shown, causes(program, reaching, cell, metrics, first)


def _first_unlike(runs: Sequence[Sequence[Cell]], among: Collection[int] | None = None) -> int | None:
    for entry in digests(runs):
        present = [digest for digest in entry.digests if digest is not None]
        if len(set(present)) > 1 and (among is None or entry.cell in among):
            return entry.cell
    return None


def _reporting(metric: MetricDifference, runs: Sequence[Sequence[Cell]]) -> int | None:
    """The cell that reports a metric; None where the notebook does not hold that output."""
    wanted = key_of(metric.model_dump())
    for cells in runs:
        for number, cell in enumerate(cells):
            if any(key_of(row) == wanted for row in cell.metrics):
                return number
    return None


def _metrics(
    outcomes: Sequence[RunOutcome], runs: Sequence[Sequence[Cell]]
) -> tuple[int, list[MetricDifference]]:
    """How many metrics there are, and those that differ, in the order in which the notebook reports them."""
    tables: list[dict[Key, list[float]]] = []
    rows: dict[Key, dict[str, object]] = {}
    for outcome in outcomes:
        table: dict[Key, list[float]] = {}
        for row in rows_of(outcome.metrics):
            table.setdefault(key_of(row), []).append(float(row["value"]))
            rows.setdefault(key_of(row), row)
        tables.append(table)
    reported = [key_of(row) for cells in runs for cell in cells for row in cell.metrics]
    place: dict[Key, int] = {}
    for number, key in enumerate(reported):
        place.setdefault(key, number)
    found = []
    for key in sorted(rows, key=lambda key: (place.get(key, len(reported)), key)):
        # A metric that is reported several times under one name is compared as often.
        times = max(len(table.get(key, ())) for table in tables)
        for at in range(times):
            values = [table[key][at] if at < len(table.get(key, ())) else None for table in tables]
            known = [value for value in values if value is not None]
            if len(known) < len(values) or len(set(known)) > 1:
                found.append(_difference(key, values, known))
                break
    return len(rows), found


def _difference(key: Key, values: list[float | None], known: list[float]) -> MetricDifference:
    experiment, dataset, split, name, repeat, step = key
    return MetricDifference(
        name=name,
        split=split,
        dataset=dataset,
        experiment=experiment,
        repeat=repeat,
        step=None if step < 0 else step,
        values=values,
        spread=max(known) - min(known) if known else 0.0,
    )
