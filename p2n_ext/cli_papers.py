"""`jupyter p2n extract`, and how every command comes by its paper."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.papers import Extraction, Paper, Provider

from .console import Console
from .services import Services
from .services.claim_export import claims_csv


def add_provider(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--provider",
        choices=("auto", "offline", "openai"),
        help="who reads the paper and plans (P2NApp.provider); openai needs OPENAI_API_KEY",
    )


def add_extract_arguments(parser: argparse.ArgumentParser, paper_help: str) -> None:
    parser.add_argument("paper", help=paper_help)
    add_provider(parser)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print the claims as JSON")
    form.add_argument("--csv", action="store_true", help="print the claims as CSV, for a spreadsheet")


async def ingest(name: str, services: Services, console: Console) -> Paper:
    """The paper of a file, an address, an id or "sample". Raises P2NError."""
    with console.stage("ingest") as stage:
        if name == "sample":
            created = await services.ingest.ingest_sample()
        elif name.startswith(("http://", "https://")):
            created = await services.ingest.ingest_url(name)
        elif not Path(name).is_file() and name.startswith("p_"):
            return await services.papers.get(name)
        else:
            created = await services.ingest.ingest(read_file(Path(name)), Path(name).name)
        paper = created.paper
        known = "" if created.created else ", known already"
        stage.done(f"{paper.title} ({paper.pages} pages{known})")
        return paper


def read_file(path: Path) -> bytes:
    """Raises E_NOT_FOUND."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise P2NError(
            ErrorCode.E_NOT_FOUND, f"{path} can't be read: {error.strerror}.", "Give the path of a file."
        ) from None


async def extract(paper: Paper, services: Services, console: Console, provider: Provider | None) -> int:
    """How many claims the paper has now. Raises P2NError."""
    with console.stage("extract") as stage:
        services.extraction.start(paper, provider)
        async for event in services.extraction.events(paper.id):
            if event is None:
                continue
            if event.type == "progress":
                stage.progress(event.payload.done, event.payload.total, "pages")
            elif event.type == "end" and event.payload.error is not None:
                raise P2NError.of(event.payload.error)
        found = await services.claims.claims(paper.id)
        stage.done(f"{found.total} claims, read by {_readers(found.extraction)}")
    for notice in found.extraction.notices if found.extraction else ():
        console.error(notice)
    return found.total


def _readers(extraction: Extraction | None) -> str:
    if extraction is None:
        return "nobody"
    model = f" ({extraction.model})" if extraction.model else ""
    dropped = f"; {len(extraction.dropped)} proposed by the model and not on the page" if model else ""
    word = "readers" if len(extraction.readers) > 1 else "reader"
    return f"the {' and '.join(extraction.readers)} {word}{model}{dropped}"


async def extract_paper(arguments: argparse.Namespace, services: Services, console: Console) -> int:
    if arguments.json or arguments.csv:
        console.quiet()
    paper = await ingest(arguments.paper, services, console)
    await extract(paper, services, console, arguments.provider)
    found = await services.claims.claims(paper.id)
    if arguments.json:
        print(found.model_dump_json(indent=2))
    elif arguments.csv:
        sys.stdout.buffer.write(claims_csv(found.claims))
    else:
        console.claims(found.claims)
    return 0
