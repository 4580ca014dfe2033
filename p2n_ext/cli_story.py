"""`jupyter p2n story`: the paper for children, on the terminal or as a page to print."""

from __future__ import annotations

import argparse
import asyncio
import textwrap
from pathlib import Path

from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.storyboards import Storyboard

from .cli_papers import add_provider, ingest
from .console import Console
from .services import Services
from .services.story_page import page


def add_story_arguments(parser: argparse.ArgumentParser, paper_help: str) -> None:
    parser.add_argument("paper", help=paper_help)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print it as JSON")
    form.add_argument(
        "--html", metavar="FILE", help="write it as one page of HTML with its pictures, to print"
    )
    parser.add_argument("--again", action="store_true", help="tell a story that there is anew, all its pages")
    add_provider(parser)


async def tell_story(arguments: argparse.Namespace, services: Services, console: Console) -> int:
    if arguments.json:
        console.quiet()
    paper = await ingest(arguments.paper, services, console)
    with console.stage("story") as stage:
        story = await _story(paper.id, arguments, services)
        hardest = max(page.readability.grade for page in story.pages)
        stage.done(f"{len(story.pages)} pages by {story.author}, reading grade {hardest} at most")
    for notice in story.notices:
        console.error(notice)
    if arguments.json:
        print(story.model_dump_json(indent=2))
    elif arguments.html:
        await _write(Path(arguments.html), page(story, await services.stories.pictures(story)))
        console.say(f"written to {Path(arguments.html).absolute()}")
    else:
        for number, told in enumerate(story.pages, 1):
            console.say(f"\n{number}. {told.title}\n")
            for paragraph in told.text.split("\n\n"):
                console.say(textwrap.fill(paragraph, 76))
            console.say(textwrap.fill(f"[{told.alt_text}]", 76))
    return 0


async def _story(paper_id: str, arguments: argparse.Namespace, services: Services) -> Storyboard:
    """The story that is there, brought up to date; told where there is none, or where a person says so."""
    if not arguments.again and arguments.provider is None:
        try:
            known = await services.stories.of_paper(paper_id)
        except P2NError as error:
            if error.code is not ErrorCode.E_NOT_FOUND:
                raise
        else:
            return await services.stories.refresh(known.id) if known.stale else known
    return (await services.stories.tell(paper_id, arguments.provider))[0]


async def _write(path: Path, text: str) -> None:
    try:
        await asyncio.to_thread(path.write_text, text, encoding="utf-8")
    except OSError as error:
        raise P2NError(
            ErrorCode.E_VALIDATION,
            f"{path} can't be written: {error.strerror}.",
            "Give the path of a file in a folder that is there.",
        ) from None
