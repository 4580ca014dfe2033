"""`jupyter p2n determinism`: is a run's result determined by its notebook and seed?"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools

from p2n_schemas.determinism import (
    MAX_RUNS,
    MIN_RUNS,
    CellDifference,
    ComparedRun,
    Comparison,
    DeterminismValidation,
    ValidationStatus,
)
from p2n_schemas.errors import P2NError

from .console import Console
from .services import Services

_LOOK_SECONDS = 0.5
_METRICS_SHOWN = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", help="a run that has ended; what it executed is run again")
    parser.add_argument(
        "--runs",
        type=int,
        choices=range(MIN_RUNS, MAX_RUNS + 1),
        default=3,
        metavar="N",
        help=f"{MIN_RUNS} to {MAX_RUNS}, 3 if absent",
    )
    parser.add_argument("--json", action="store_true", help="print the validation as JSON at the end")


async def validate(arguments: argparse.Namespace, services: Services, console: Console) -> int:
    """Exit status 0: identical; 1: different, or nothing could be compared."""
    if arguments.json:
        console.quiet()
    services.runs.warm()
    begun = await services.determinism.start(arguments.run, arguments.runs)
    console.say(f"validation {begun.id}: {begun.wanted} runs of what {begun.run_id} executed", style="bold")
    try:
        done = await _follow(begun, services, console)
    except BaseException:
        # Who interrupts the command wants its runs stopped, not left behind.
        with contextlib.suppress(P2NError):
            await services.determinism.cancel(begun.run_id)
        raise
    if arguments.json:
        print(done.model_dump_json(indent=2))
    else:
        _show(done, console)
    return 0 if done.status is ValidationStatus.IDENTICAL else 1


async def _follow(
    begun: DeterminismValidation, services: Services, console: Console
) -> DeterminismValidation:
    told: set[str] = set()
    while True:
        found = await services.determinism.get(begun.run_id)
        for entry in found.runs:
            if entry.status.is_terminal() and entry.run_id not in told:
                told.add(entry.run_id)
                console.line("original" if entry.original else "run", entry.seconds, _words(entry))
        if found.status.is_terminal():
            return found
        await asyncio.sleep(_LOOK_SECONDS)


def _words(entry: ComparedRun) -> str:
    digest = (
        f"metrics.json sha256 {entry.metrics_sha256[:16]}…" if entry.metrics_sha256 else "no metrics.json"
    )
    where = f" on {entry.node}" if entry.node else ""
    return f"{entry.run_id} {entry.status}{where}, {digest}"


def _show(done: DeterminismValidation, console: Console) -> None:
    if done.error is not None:
        console.error(done.error)
    runs = sum(not entry.original for entry in done.runs)
    if done.status is ValidationStatus.IDENTICAL:
        console.say(
            f"identical: {runs} of {runs} runs gave the same bytes of metrics.json", style="bold green"
        )
    elif done.status is ValidationStatus.DIFFERENT:
        console.say("different: the runs gave different bytes of metrics.json", style="bold red")
    if done.comparison is not None and done.status is not ValidationStatus.IDENTICAL:
        _show_difference(done.comparison, console)


def _show_difference(comparison: Comparison, console: Console) -> None:
    if comparison.metrics:
        console.say(f"{comparison.metrics_different} of {comparison.metrics_compared} metrics differ")
    for metric in comparison.metrics[:_METRICS_SHOWN]:
        values = "  ".join("—" if value is None else repr(value) for value in metric.values)
        where = ", ".join(filter(None, (metric.experiment, metric.dataset, metric.split)))
        console.say(f"  {metric.name} ({where}) by {metric.spread:.3g}: {values}")
    if comparison.first is not None:
        _side_by_side(comparison.first, console)
    for cause in comparison.causes:
        console.say(f"{cause.certainty}: {cause.code}", style="bold")
        console.say(f"  {cause.message}")
        for seen in cause.evidence:
            console.say(f"  cell {seen.cell + 1}, line {seen.line}: {seen.code}", style="cyan")
        console.say(f"  → {cause.remedy}")


def _side_by_side(first: CellDifference, console: Console) -> None:
    console.say(
        f"first cell that differs: {first.cell + 1} ({first.label}), line {first.line} of what it shows"
    )
    pairs = itertools.zip_longest(first.left, first.right, fillvalue="")
    console.sides((first.left_run, first.right_run), list(pairs))


__all__ = ["add_arguments", "validate"]
