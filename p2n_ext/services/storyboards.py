"""A paper's story for children: told once, and kept up to date with its facts."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import NoReturn
from weakref import WeakValueDictionary

from p2n_schemas.base import utc_now
from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.papers import Provider
from p2n_schemas.storyboards import (
    MAX_GLOSSARY,
    PICTURE_HEIGHT,
    PICTURE_WIDTH,
    GlossaryEntry,
    Illustration,
    Storyboard,
    StoryFact,
    StoryKind,
    StoryPage,
)

from ..protocols import Database, ObjectStore, PageMade, StoryMade, StorySource, Storyteller
from . import keys
from .faults import missing
from .reports import ReportService


class StoryService:
    def __init__(
        self,
        database: Database,
        objects: ObjectStore,
        reports: ReportService,
        tellers: Mapping[Provider, Storyteller],
        provider: Provider,
    ) -> None:
        """`tellers`: those that are set up here, by what a person asks for, with `offline` always among them;
        `provider`: who tells unless asked."""
        self._database = database
        self._objects = objects
        self._reports = reports
        self._tellers = tellers
        self._provider = provider
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def tell(self, paper_id: str, provider: Provider | None = None) -> tuple[Storyboard, bool]:
        """Tell the story, all pages anew; and whether it is the paper's first.

        Raises E_NOT_FOUND, E_CONFLICT where another server told it meanwhile, E_MODEL_NOT_CONFIGURED and what the
        storyteller raises.
        """
        source = await self._source(paper_id)
        teller = self._tellers.get(provider or self._provider)
        if teller is None:
            raise P2NError(
                ErrorCode.E_MODEL_NOT_CONFIGURED,
                "No model is set up on this server.",
                "Set OPENAI_API_KEY where the server is started, and P2NApp.provider to openai or auto; or ask for the"
                " offline story.",
            )
        async with self._turn(paper_id):
            before = await self._database.paper_storyboard(paper_id)
            made = await teller.tell(source)
            return await self._keep(source, made, before, ()), before is None

    async def of_paper(self, paper_id: str) -> Storyboard:
        """Raises E_NOT_FOUND."""
        source = await self._source(paper_id)
        story = await self._database.paper_storyboard(paper_id)
        if story is None:
            raise P2NError(
                ErrorCode.E_NOT_FOUND,
                "This paper has not been told as a story yet.",
                "POST to the same address tells it.",
            )
        return await self._aged(story, source)

    async def get(self, story_id: str) -> Storyboard:
        """Raises E_NOT_FOUND."""
        story = await self._stored(story_id)
        return await self._aged(story, await self._source(story.paper_id))

    async def refresh(self, story_id: str) -> Storyboard:
        """The story as its facts are now: a page stands while all its facts do, else the rules write it anew, and so
        does the scoreboard. The same facts change nothing, not a byte.

        Raises E_NOT_FOUND, E_CONFLICT where another server told it meanwhile.
        """
        paper_id = (await self._stored(story_id)).paper_id
        async with self._turn(paper_id):
            source = await self._source(paper_id)
            story = await self._stored(story_id)
            made = await self._tellers["offline"].tell(source)
            if list(made.facts) == story.facts:
                return story
            return await self._keep(source, made, story, _standing(story, made.facts))

    async def picture(self, story_id: str, number: int) -> bytes:
        """The SVG of one page, numbered from 1. Raises E_NOT_FOUND."""
        story = await self._stored(story_id)
        page = next((page for page in story.pages if page.number == number), None)
        if page is None:
            raise missing("page", str(number))
        return await self._objects.get(keys.story_picture(story.paper_id, page.illustration.sha256))

    async def pictures(self, story: Storyboard) -> dict[int, bytes]:
        """The SVG of each page by its number. Raises E_NOT_FOUND where the story was told anew meanwhile."""
        return {
            page.number: await self._objects.get(keys.story_picture(story.paper_id, page.illustration.sha256))
            for page in story.pages
        }

    def _turn(self, paper_id: str) -> asyncio.Lock:
        """One telling of a paper at a time: the next one sees the story that this one kept."""
        lock = self._turns.get(paper_id)
        if lock is None:
            lock = self._turns[paper_id] = asyncio.Lock()
        return lock

    async def _stored(self, story_id: str) -> Storyboard:
        story = await self._database.get_storyboard(story_id)
        if story is None:
            raise missing("storyboard", story_id)
        return story

    async def _source(self, paper_id: str) -> StorySource:
        paper = await self._database.get_paper(paper_id)
        if paper is None:
            raise missing("paper", paper_id)
        report = await self._reports.report(paper_id)
        return StorySource(paper, report, await self._database.list_plans(paper_id))

    async def _aged(self, story: Storyboard, source: StorySource) -> Storyboard:
        facts = (await self._tellers["offline"].tell(source)).facts
        return story.model_copy(update={"stale": list(facts) != story.facts})

    async def _keep(
        self, source: StorySource, made: StoryMade, before: Storyboard | None, standing: Sequence[StoryPage]
    ) -> Storyboard:
        """The story with the pages made, but for those that stand. Pictures are kept before the row that shows them."""
        paper_id = source.paper.id
        story_id = before.id if before else f"st_{paper_id}"[:80]
        kept = {page.kind: page for page in standing}
        pages = []
        for number, page in enumerate(made.pages, 1):
            old = kept.get(page.kind)
            new = old or await self._page(paper_id, page)
            pages.append(_placed(new, story_id, number))
        now = utc_now()
        story = Storyboard(
            id=story_id,
            paper_id=paper_id,
            title=source.paper.title,
            version=before.version + 1 if before else 1,
            author=next((page.author for page in pages if page.author != "offline"), "offline"),
            created_at=before.created_at if before else now,
            refreshed_at=now,
            pages=pages,
            glossary=_glossary(pages, [*made.glossary, *(before.glossary if before and kept else ())]),
            facts=list(made.facts),
            notices=list(made.notices),
        )
        if before is not None and _same(before, story):
            return before
        if not await self._database.put_storyboard(story):
            await self._lost(paper_id, pages)
        await self._drop_pictures(paper_id, _pictures(before.pages if before else ()) - _pictures(pages))
        return story

    async def _lost(self, paper_id: str, pages: Sequence[StoryPage]) -> NoReturn:
        """The paper was deleted, or told by another server of the same database, whose pictures may be the same."""
        now = await self._database.paper_storyboard(paper_id)
        await self._drop_pictures(paper_id, _pictures(pages) - _pictures(now.pages if now else ()))
        if await self._database.get_paper(paper_id) is None:
            raise missing("paper", paper_id)
        raise P2NError(
            ErrorCode.E_CONFLICT,
            "The story was told by another server meanwhile.",
            "Look at it; tell it again where something is missing.",
        )

    async def _page(self, paper_id: str, made: PageMade) -> StoryPage:
        """A page that has no place yet, its picture kept."""
        data = made.svg.encode()
        digest = hashlib.sha256(data).hexdigest()
        await self._objects.put(keys.story_picture(paper_id, digest), data)
        return StoryPage(
            number=1,
            kind=made.kind,
            title=made.title,
            text=made.text,
            alt_text=made.alt_text,
            illustration=Illustration(
                url="",
                sha256=digest,
                width=PICTURE_WIDTH,
                height=PICTURE_HEIGHT,
                artist=made.artist,
            ),
            facts=list(made.facts),
            readability=made.readability,
            author=made.author,
        )

    async def _drop_pictures(self, paper_id: str, digests: Iterable[str]) -> None:
        for digest in digests:
            await self._objects.delete_prefix(keys.story_picture(paper_id, digest))


def _placed(page: StoryPage, story_id: str, number: int) -> StoryPage:
    """The URL changes with the picture, so that nobody is shown an old one from a cache."""
    url = f"storyboards/{story_id}/pages/{number}.svg?v={page.illustration.sha256[:12]}"
    picture = page.illustration.model_copy(update={"url": url})
    return page.model_copy(update={"number": number, "illustration": picture})


def _standing(story: Storyboard, facts: Sequence[StoryFact]) -> list[StoryPage]:
    """A model's pages of which no fact has changed; the scoreboard is always made anew."""
    now = {fact.id: fact for fact in facts}
    old = {fact.id: fact for fact in story.facts}
    return [
        page
        for page in story.pages
        if page.kind is not StoryKind.SCOREBOARD
        and page.author != "offline"
        and all(now.get(key) == old.get(key) for key in page.facts)
    ]


def _glossary(pages: Sequence[StoryPage], entries: Sequence[GlossaryEntry]) -> list[GlossaryEntry]:
    """The words that the pages use, each once."""
    text = " ".join(f"{page.title} {page.text}" for page in pages).casefold()
    known: dict[str, GlossaryEntry] = {}
    for entry in entries:
        if entry.word.casefold() in text:
            known.setdefault(entry.word.casefold(), entry)
    return list(known.values())[:MAX_GLOSSARY]


def _same(before: Storyboard, story: Storyboard) -> bool:
    moments = {"version", "refreshed_at"}
    return before.model_dump(exclude=moments) == story.model_dump(exclude=moments)


def _pictures(pages: Iterable[StoryPage]) -> set[str]:
    return {page.illustration.sha256 for page in pages}
