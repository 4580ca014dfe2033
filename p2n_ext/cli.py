"""`jupyter p2n …`: the same services as the server's, headless."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from p2n_schemas.api import PlanRequest
from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.events import EVENT, Event
from p2n_schemas.papers import Paper
from p2n_schemas.plans import Plan
from p2n_schemas.runs import Run, RunStatus

from ._release import VERSION
from .console import Console
from .services import Services
from .services.planning import unplanned_elsewhere

_MAX_PLANS = 8


def main(argv: Sequence[str] | None = None) -> None:
    """Exit status: 0 done, 1 failed (with the reason), 2 wrong usage, 130 interrupted."""
    sys.exit(_run(_parser().parse_args(argv)))


def _run(arguments: argparse.Namespace) -> int:
    console = Console(plain=arguments.plain)
    command: Callable[[argparse.Namespace, Services, Console], Awaitable[int]] = arguments.command

    async def go() -> int:
        async with _services(arguments.data_dir) as services:
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
    except BrokenPipeError:
        # Nobody reads any more; Python would try to flush once more at its end.
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115
        return 1


@asynccontextmanager
async def _services(data_dir: str | None) -> AsyncIterator[Services]:
    from .app import P2NApp

    app = P2NApp()
    app.load_config_file()
    if data_dir:
        app.data_dir = str(Path(data_dir).absolute())
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
    run.add_argument("--json", action="store_true", help="print the report as JSON at the end")
    extract = verb("extract", extract_paper, "Read a paper and print its claims.")
    extract.add_argument("paper", help=paper_help)
    extract.add_argument("--json", action="store_true", help="print the claims as JSON")
    report = verb("report", report_paper, "Print the report of a paper.")
    report.add_argument("paper", help="a paper id, or the PDF file")
    report.add_argument("--json", action="store_true", help="print it as JSON")
    verb("papers", list_papers, "List the papers.")
    runs = verb("runs", list_runs, "List the runs, newest first.")
    runs.add_argument("--limit", type=int, default=20)
    logs = verb("logs", show_logs, "Print a run's lines; follows a live run to its end.")
    logs.add_argument("run")
    cancel = verb("cancel", cancel_run, "Stop a run.")
    cancel.add_argument("run")
    verb("doctor", doctor, "What works, and what to do about what does not.")
    return parser


async def run_paper(arguments: argparse.Namespace, services: Services, console: Console) -> int:
    if arguments.json:
        console.quiet()
    paper = await _ingest(arguments.paper, services, console)
    services.runs.warm()
    if not await _extract(paper, services, console):
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
            request = PlanRequest(claim_ids=wanted, budget_minutes=arguments.budget)
            plan = await services.planning.create(paper.id, request)
            stage.done(console.describe_plan(plan))
        with console.stage("materialize") as stage:
            plan = await services.planning.materialize(plan.id)
            stage.done(f"env {str(plan.env_hash)[:12]}, image {str(plan.image_digest)[:19]}")
        plans.append(plan)
        ended.append(await _follow(await services.runs.start(plan.id), services, console))
        wanted = unplanned_elsewhere(plans)
        if not wanted:
            break
    report = await services.reports.report(paper.id)
    if arguments.json:
        print(report.model_dump_json(indent=2))
    else:
        console.report(report)
        console.whereabouts(paper, ended, [services.runs.whereabouts(run.id) for run in ended])
    return 0 if all(run.status is RunStatus.SUCCEEDED for run in ended) else 1


async def _ingest(name: str, services: Services, console: Console) -> Paper:
    with console.stage("ingest") as stage:
        if name == "sample":
            created = await services.ingest.ingest_sample()
        elif name.startswith(("http://", "https://")):
            created = await services.ingest.ingest_url(name)
        elif not Path(name).is_file() and name.startswith("p_"):
            return await services.papers.get(name)
        else:
            created = await services.ingest.ingest(_read(Path(name)), Path(name).name)
        paper = created.paper
        known = "" if created.created else ", known already"
        stage.done(f"{paper.title} ({paper.pages} pages{known})")
        return paper


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise P2NError(
            ErrorCode.E_NOT_FOUND, f"{path} can't be read: {error.strerror}.", "Give the path of a PDF file."
        ) from None


async def _extract(paper: Paper, services: Services, console: Console) -> int:
    with console.stage("extract") as stage:
        services.extraction.start(paper)
        count = 0
        async for event in services.extraction.events(paper.id):
            if event is None:
                continue
            if event.type == "progress":
                stage.progress(event.payload.done, event.payload.total, "pages")
            elif event.type == "result":
                count += 1
            elif event.type == "end" and event.payload.error is not None:
                raise P2NError.of(event.payload.error)
        stage.done(f"{count} claims, read by the {services.extraction.reader_name} reader")
        return count


async def _events(services: Services, run_id: str) -> AsyncIterator[Event]:
    async for blob in services.runs.frames(run_id, 0):
        for line in blob.split(b"\n"):
            if line.startswith(b"data: "):
                yield EVENT.validate_json(line[6:])


async def _follow(run: Run, services: Services, console: Console) -> Run:
    try:
        with console.run(run.id) as view:
            async for event in _events(services, run.id):
                view.show(event)
    except BaseException:
        # Who interrupts the command (or closes the pipe that reads it) wants the run stopped, not left behind.
        with contextlib.suppress(P2NError):
            await services.runs.cancel(run.id)
        raise
    run = await services.runs.get(run.id)
    for _ in range(50):
        if run.status.is_terminal():
            break
        await asyncio.sleep(0.05)
        run = await services.runs.get(run.id)
    if run.error is not None:
        console.error(run.error)
    return run


async def extract_paper(arguments: argparse.Namespace, services: Services, console: Console) -> int:
    if arguments.json:
        console.quiet()
    paper = await _ingest(arguments.paper, services, console)
    await _extract(paper, services, console)
    claims = await services.papers.claims(paper.id)
    if arguments.json:
        print("[" + ",\n".join(claim.model_dump_json() for claim in claims) + "]")
    else:
        console.claims(claims)
    return 0


async def report_paper(arguments: argparse.Namespace, services: Services, console: Console) -> int:
    if arguments.json:
        console.quiet()
    paper = await _ingest(arguments.paper, services, console)
    report = await services.reports.report(paper.id)
    if arguments.json:
        print(report.model_dump_json(indent=2))
    else:
        console.report(report)
    return 0


async def list_papers(arguments: argparse.Namespace, services: Services, console: Console) -> int:
    console.papers(await services.papers.papers())
    return 0


async def list_runs(arguments: argparse.Namespace, services: Services, console: Console) -> int:
    console.runs(await services.runs.runs(limit=max(1, min(arguments.limit, 1000))))
    return 0


async def show_logs(arguments: argparse.Namespace, services: Services, console: Console) -> int:
    run = await services.runs.get(arguments.run)
    await services.runs.follow(run.id)
    await _follow_quietly(run.id, services, console)
    return 0


async def _follow_quietly(run_id: str, services: Services, console: Console) -> None:
    with console.run(run_id) as view:
        async for event in _events(services, run_id):
            view.show(event)


async def cancel_run(arguments: argparse.Namespace, services: Services, console: Console) -> int:
    begin = time.monotonic()
    run = await services.runs.cancel(arguments.run)
    console.say(f"{run.id}: {run.status} after {time.monotonic() - begin:.1f} s")
    return 0


async def doctor(arguments: argparse.Namespace, services: Services, console: Console) -> int:
    found = await services.doctor.examine()
    console.doctor(found)
    return 0 if all(check.status != "failed" for check in found.checks) else 1
