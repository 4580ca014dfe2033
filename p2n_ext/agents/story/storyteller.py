"""The storyteller that needs no network: the same paper gives the same story, to the byte."""

from __future__ import annotations

import asyncio

from p2n_schemas.storyboards import GlossaryEntry, StoryFact

from ...protocols import PageMade, StoryMade, StorySource
from .facts import facts
from .glossary import WORDS
from .knowledge import know
from .pages import Words, written
from .pictures import draw
from .readability import measure

AUTHOR = "offline"
ARTIST = "p2n"


class OfflineStoryteller:
    async def tell(self, source: StorySource) -> StoryMade:
        return await asyncio.to_thread(tell, source)


def tell(source: StorySource) -> StoryMade:
    known = know(source)
    grounds = facts(known)
    pages = []
    for words in written(known):
        picture = draw(words.kind, words.title, known)
        pages.append(
            PageMade(
                kind=words.kind,
                title=words.title,
                text=words.text,
                alt_text=picture.description,
                svg=picture.svg,
                facts=words.facts,
                readability=measure(words.text, _names(words, grounds)),
                author=AUTHOR,
                artist=ARTIST,
            )
        )
    return StoryMade(tuple(pages), _glossary(pages), grounds, AUTHOR)


def _names(words: Words, grounds: tuple[StoryFact, ...]) -> list[str]:
    return [name for fact in grounds if fact.id in words.facts for name in fact.names]


def _glossary(pages: list[PageMade]) -> tuple[GlossaryEntry, ...]:
    text = " ".join(page.text for page in pages).casefold()
    return tuple(entry for entry in WORDS if entry.word in text)
