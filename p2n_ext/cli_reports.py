"""`jupyter p2n report`: on the terminal, or as a file to keep."""

from __future__ import annotations

import argparse
import asyncio
import sys
from contextlib import aclosing
from pathlib import Path

from p2n_schemas.errors import ErrorCode, P2NError

from .cli_papers import ingest
from .console import Console
from .services import Services
from .services.report_files import Form

_FORMS: dict[str, Form] = {"json": "json", "md": "md", "html": "html", "crate": "crate.zip"}


def add_report_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paper", help="a paper id, or the PDF file")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print it as JSON")
    form.add_argument(
        "--format",
        choices=tuple(_FORMS),
        help="as a file: JSON, Markdown, a page of HTML, or an RO-Crate (a zip) that others can run again",
    )
    parser.add_argument("--out", metavar="FILE", help="where that file goes; without it, to standard output")
    parser.add_argument("--pdf", action="store_true", help="put the paper itself into the crate")


async def report_paper(arguments: argparse.Namespace, services: Services, console: Console) -> int:
    form = _FORMS[arguments.format] if arguments.format else "json" if arguments.json else None
    if arguments.json or (form is not None and arguments.out is None):
        console.quiet()
    if form == "crate.zip" and arguments.out is None and sys.stdout.isatty():
        raise P2NError(
            ErrorCode.E_VALIDATION, "A crate is a zip file, no text for a terminal.", "Give --out FILE.zip."
        )
    paper = await ingest(arguments.paper, services, console)
    if form is None:
        console.report(await services.reports.report(paper.id))
        return 0
    with console.stage("report") as stage:
        made = await services.report_files.make(paper.id, form, with_pdf=arguments.pdf)
        try:
            out = Path(arguments.out) if arguments.out else None
            target = await asyncio.to_thread(out.open, "wb") if out else sys.stdout.buffer
        except OSError as error:
            made.close()
            raise P2NError(
                ErrorCode.E_VALIDATION,
                f"{arguments.out} can't be written: {error.strerror}.",
                "Give the path of a file in a folder that is there.",
            ) from None
        try:
            async with aclosing(made.blocks()) as blocks:
                async for block in blocks:
                    target.write(block)
            target.flush()
        finally:
            if arguments.out:
                target.close()
        stage.done(f"{made.size} bytes" + (f" in {Path(arguments.out).absolute()}" if arguments.out else ""))
    return 0
