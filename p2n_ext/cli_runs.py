"""`jupyter p2n runs | logs | cancel | delete`."""

from __future__ import annotations

import argparse
import time

from p2n_schemas.api import RunDeletionFilter, RunDeletionRequest
from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.runs import RunStatus

from .cli_follow import watch
from .cli_trace import show_system_lines
from .console import Console
from .protocols import RunFilter
from .services import Services


async def list_runs(arguments: argparse.Namespace, services: Services, console: Console) -> int:
    statuses = tuple(RunStatus(name) for name in arguments.status)
    limit = max(1, min(arguments.limit, 1000))
    page = await services.runs.runs(RunFilter(statuses=statuses), limit=limit)
    if arguments.json:
        print(page.model_dump_json(indent=2))
    else:
        console.runs(page)
    return 0


def add_log_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-f", "--follow", action="store_true", help="to the run's end; lines of the run always are followed"
    )
    parser.add_argument(
        "--system",
        action="store_true",
        help="the lines of P2N's own processes about this run instead: server, bridge, dispatcher, worker",
    )
    parser.add_argument("--json", action="store_true", help="with --system: one JSON object a line")


async def show_logs(arguments: argparse.Namespace, services: Services, console: Console) -> int:
    if arguments.system:
        return await show_system_lines(arguments, services, console)
    run = await services.runs.get(arguments.run)
    await services.runs.follow(run.id)
    await watch(run.id, services, console)
    return 0


async def cancel_run(arguments: argparse.Namespace, services: Services, console: Console) -> int:
    begin = time.monotonic()
    run = await services.runs.cancel(arguments.run)
    console.say(f"{run.id}: {run.status} after {time.monotonic() - begin:.1f} s")
    return 0


async def delete_runs(arguments: argparse.Namespace, services: Services, console: Console) -> int:
    wanted = bool(arguments.status) or arguments.older_than is not None or arguments.paper is not None
    if wanted == bool(arguments.runs):
        raise P2NError(
            ErrorCode.E_VALIDATION,
            "Either ids of runs are wanted, or what the runs have in common.",
            "Name runs, or use --status, --older-than and --paper.",
        )
    request = RunDeletionRequest(run_ids=arguments.runs)
    if wanted:
        chosen = RunDeletionFilter(
            status=[RunStatus(name) for name in arguments.status],
            older_than_days=arguments.older_than,
            paper_id=arguments.paper,
        )
        request = RunDeletionRequest(filter=chosen)
    result = await services.deletion.delete_many(request)
    for kept in result.kept:
        console.say(f"{kept.run_id} is kept")
        console.error(kept.reason)
    console.say(f"{len(result.deleted)} runs deleted, {result.bytes_freed / 1e6:.1f} MB freed")
    return 1 if result.kept else 0
