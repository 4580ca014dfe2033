"""`jupyter p2n …`: the same services as the server's, headless."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from p2n_schemas.api import PlanRequest
from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.plans import Plan
from p2n_schemas.runs import Run, RunStatus

from ._release import VERSION
from .cli_db import add_arguments as add_db_arguments
from .cli_db import db
from .cli_determinism import add_arguments as add_determinism_arguments
from .cli_determinism import validate
from .cli_exec import exec_notebook
from .cli_follow import follow
from .cli_papers import add_extract_arguments, add_provider, extract, extract_paper, ingest, read_file
from .cli_reports import add_report_arguments, report_paper
from .cli_runs import add_log_arguments, cancel_run, delete_runs, list_runs, show_logs
from .cli_storage import add_arguments as add_storage_arguments
from .cli_storage import storage
from .cli_store import add_arguments as add_store_arguments
from .cli_store import store
from .cli_story import add_story_arguments, tell_story
from .cli_trace import add_arguments as add_trace_arguments
from .cli_trace import show_trace
from .console import Console
from .services import Services
from .services.planning import unplanned_elsewhere

if TYPE_CHECKING:
    from .app import P2NApp

_MAX_PLANS = 8


def main(argv: Sequence[str] | None = None) -> None:
    """Exit status: 0 done, 1 failed (with the reason), 2 wrong usage, 130 interrupted, 143 terminated."""
    sys.exit(_run(_parser().parse_args(argv)))


def _run(arguments: argparse.Namespace) -> int:
    console = Console(plain=arguments.plain)
    command: Callable[[argparse.Namespace, Any, Console], Awaitable[int]] = arguments.command

    async def go() -> int:
        # Like ctrl-C: what the command started is stopped, not left behind.
        task = asyncio.current_task()
        assert task is not None
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        app = _app(arguments.data_dir)
        # What looks after the stores themselves may find them not fit to be worked with.
        if command in (db, store):
            return await command(arguments, app, console)
        async with _services(app) as services:
            return await command(arguments, services, console)

    try:
        return asyncio.run(go())
    except P2NError as error:
        console.error(error.info)
        if error.code is ErrorCode.E_NOTHING_RUNNABLE:
            console.reasons(error.info)
        return 1
    except KeyboardInterrupt:
        console.say("interrupted")
        return 130
    except asyncio.CancelledError:
        console.say("terminated")
        return 143
    except BrokenPipeError:
        # Nobody reads any more; Python would try to flush once more at its end.
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115
        return 1


def _app(data_dir: str | None) -> P2NApp:
    from .app import P2NApp

    app = P2NApp()
    app.load_config_file()
    if data_dir:
        app.data_dir = str(Path(data_dir).absolute())
    return app


@asynccontextmanager
async def _services(app: P2NApp) -> AsyncIterator[Services]:
    services = app.build()
    try:
        yield services
    finally:
        await services.close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="jupyter p2n", description="Paper in, verdict out: does this paper hold?"
    )
    parser.add_argument("--version", action="version", version=VERSION)
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--data-dir", metavar="DIR", help="where P2N keeps everything (P2NApp.data_dir)")
    shared.add_argument("--plain", action="store_true", help="lines only, no live progress")
    verbs = parser.add_subparsers(required=True, metavar="COMMAND")

    def verb(name: str, command: object, text: str) -> argparse.ArgumentParser:
        added = verbs.add_parser(name, help=text, description=text, parents=[shared])
        added.set_defaults(command=command)
        return added

    paper_help = 'a PDF file, an http(s) URL, a paper id, or "sample"'
    run = verb(
        "run", run_paper, "From a paper to a verdict: ingest, extract, plan, materialize, run, report."
    )
    run.add_argument("paper", help=paper_help)
    run.add_argument(
        "--budget",
        type=int,
        choices=range(1, 21),
        default=10,
        metavar="MINUTES",
        help="of each run, 1 to 20",
    )
    run.add_argument(
        "--plan",
        metavar="FILE.json",
        help="a plan v1.1 for this paper, run as it is in place of one made here",
    )
    add_provider(run)
    run.add_argument("--json", action="store_true", help="print the report as JSON at the end")
    own = verb("exec", exec_notebook, "Run a notebook of your own in the sandbox, without network.")
    own.add_argument("notebook", metavar="NOTEBOOK.ipynb")
    own.add_argument(
        "--requirements", metavar="FILE", help="requirements.txt; without one: numpy, pandas, scikit-learn, …"
    )
    own.add_argument(
        "--data",
        action="append",
        default=[],
        metavar="NAME",
        help="found at $P2N_DATA/NAME: a dataset of the catalogue, one that was uploaded, or a csv, parquet or zip"
        " file; may be repeated",
    )
    own.add_argument(
        "--budget",
        type=int,
        choices=range(1, 21),
        default=10,
        metavar="MINUTES",
        help="1 to 20, 10 if absent",
    )
    own.add_argument(
        "--out",
        metavar="DIR",
        help="where the artifacts go; without it: NOTEBOOK-p2n/RUN beside the notebook",
    )
    own.add_argument("--json", action="store_true", help="print the run as JSON at the end")
    reading = verb("extract", extract_paper, "Read a paper and print its claims.")
    add_extract_arguments(reading, paper_help)
    report = verb("report", report_paper, "Print the report of a paper, or write it as a file to keep.")
    add_report_arguments(report)
    story = verb("story", tell_story, "Tell a paper as a story for children, or write it as a page to print.")
    add_story_arguments(story, paper_help)
    verb("papers", list_papers, "List the papers.")
    runs = verb("runs", list_runs, "List the runs, newest first.")
    runs.add_argument("--limit", type=int, default=20)
    runs.add_argument(
        "--status", action="append", default=[], choices=list(RunStatus), help="may be repeated"
    )
    runs.add_argument("--json", action="store_true", help="print them as JSON")
    logs = verb("logs", show_logs, "Print a run's lines; follows a live run to its end.")
    logs.add_argument("run")
    add_log_arguments(logs)
    add_trace_arguments(
        verb("trace", show_trace, "What each process did for a run, and for how long, as a tree.")
    )
    cancel = verb("cancel", cancel_run, "Stop a run.")
    cancel.add_argument("run")
    add_determinism_arguments(
        verb("determinism", validate, "Run what a run executed again and compare the bytes of metrics.json.")
    )
    delete = verb("delete", delete_runs, "Delete runs that have ended, with their events and artifacts.")
    delete.add_argument("runs", nargs="*", metavar="RUN")
    delete.add_argument("--status", action="append", default=[], choices=list(RunStatus), help="all of these")
    delete.add_argument("--older-than", type=float, metavar="DAYS", help="all created longer ago")
    delete.add_argument("--paper", metavar="ID", help="all of this paper")
    add_storage_arguments(
        verb("storage", storage, "What P2N keeps on disk; with --delete or --enforce, its removal.")
    )
    add_db_arguments(verb("db", db, "The schema of the database at Supabase."))
    add_store_arguments(verb("store", store, "Move rows and objects between the data folder and Supabase."))
    verb("doctor", doctor, "What works, and what to do about what does not.")
    return parser


async def run_paper(arguments: argparse.Namespace, services: Services, console: Console) -> int:
    if arguments.json:
        console.quiet()
    paper = await ingest(arguments.paper, services, console)
    services.runs.warm()
    if not await extract(paper, services, console, arguments.provider):
        raise P2NError(
            ErrorCode.E_NO_CLAIMS,
            "The reader found no quantitative results in this paper, so there is nothing to reproduce.",
            "Where the paper does report some, they may stand in pictures: those are not read yet.",
        )
    plans: list[Plan] = []
    wanted: list[str] = []
    ended: list[Run] = []
    while len(plans) < _MAX_PLANS:
        with console.stage("plan") as stage:
            if arguments.plan is not None:
                plan = await services.plan_door.store(paper.id, read_file(Path(arguments.plan)))
            else:
                request = PlanRequest(
                    claim_ids=wanted, budget_minutes=arguments.budget, provider=arguments.provider
                )
                plan = await services.planning.create(paper.id, request, console.planning)
            stage.done(console.describe_plan(plan))
        with console.stage("materialize") as stage:
            plan = await services.planning.materialize(plan.id)
            stage.done(f"env {str(plan.env_hash)[:12]}, image {str(plan.image_digest)[:19]}")
        plans.append(plan)
        ended.append(await follow(await services.runs.start(plan.id), services, console))
        wanted = unplanned_elsewhere(plans)
        if not wanted or arguments.plan is not None:
            break
    report = await services.reports.report(paper.id)
    if arguments.json:
        print(report.model_dump_json(indent=2))
    else:
        console.report(report)
        console.whereabouts(paper, ended, [services.runs.whereabouts(run.id) for run in ended])
    return 0 if all(run.status is RunStatus.SUCCEEDED for run in ended) else 1


async def list_papers(arguments: argparse.Namespace, services: Services, console: Console) -> int:
    console.papers(await services.papers.papers())
    return 0


async def doctor(arguments: argparse.Namespace, services: Services, console: Console) -> int:
    found = await services.doctor.examine()
    console.doctor(found)
    return 0 if all(check.status != "failed" for check in found.checks) else 1
