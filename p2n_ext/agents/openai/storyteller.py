"""The storyteller that asks a model for the words, and lets it say nothing but the facts."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import time
from collections.abc import Sequence

from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.storyboards import GlossaryEntry, StoryKind

from ...protocols import Database, PageMade, StoryMade, StorySource, Storyteller
from ..story.checks import Problem, problems, unfounded
from ..story.readability import measure
from . import story_prompt as prompt
from .answer_schema import problem_of, unfenced
from .capabilities import capabilities_of
from .client import OpenAIClient
from .request import Message, Request
from .spending import Spending
from .story_schema import NAME, DraftPage, StoryDraft, schema
from .stream import Ended, answer
from .verdicts import judged

REPAIRS = 1
SHOWN_BACK = 40_000
_problem_of = functools.partial(problem_of, shape=StoryDraft)


class OpenAIStoryteller:
    """Scenes, pictures, facts and the scoreboard are those of the rules' story; the other pages' words are the model's."""

    def __init__(self, client: OpenAIClient, database: Database, rules: Storyteller) -> None:
        self._client = client
        self._rules = rules
        self._spending = Spending(database, client.settings)

    @property
    def model(self) -> str:
        return self._client.settings.models["storyteller"]

    async def tell(self, source: StorySource) -> StoryMade:
        """Raises E_STORY_… where the pages are not fit to be shown, also after a repair; E_MODEL_…,
        E_POLICY_CAP_EXCEEDED."""
        self._spending.check("storyteller")
        base = await self._rules.tell(source)
        able = capabilities_of(self.model)
        kinds = [page.kind.value for page in base.pages if page.kind is not StoryKind.SCOREBOARD]
        shape = schema(kinds, [fact.id for fact in base.facts])
        request = Request(
            self.model,
            able,
            prompt.instructions(None if able.schema else shape),
            (Message("user", prompt.question(source.paper, base)),),
            None,
            name=NAME,
            schema=shape,
        )
        return await self._told(source.paper.id, request, base)

    async def _told(self, paper_id: str, first: Request, base: StoryMade) -> StoryMade:
        """The model's answer, mended once where it can't be used."""
        deadline = time.monotonic() + self._client.settings.seconds
        request = first
        for repairs in range(REPAIRS, -1, -1):
            ended: Ended | None = None
            pieces = answer(self._client, self._spending, paper_id, "storyteller", request, deadline)
            async with contextlib.aclosing(pieces):
                async for piece in pieces:
                    if isinstance(piece, Ended):
                        ended = piece
            problem, error = judged(ended, _problem_of)
            if error is None and ended is not None:
                draft = StoryDraft.model_validate(json.loads(unfenced(ended.text)))
                found, pages = await asyncio.to_thread(self._checked, draft, base)
                if not found:
                    return StoryMade(pages, _glossary(draft, base), base.facts, self.model)
                problem = "\n".join(f"- {words}" for _, words in found[:10])
                error = _unfit(found)
            # an answer that was cut off would be cut off again, and one that was refused is refused
            if not (repairs and problem and ended is not None):
                break
            shown = (Message("assistant", ended.text[:SHOWN_BACK]),) if ended.text else ()
            request = first.followed_by(*shown, Message("user", prompt.MEND.format(problems=problem)))
        assert error is not None
        raise error

    def _checked(self, draft: StoryDraft, base: StoryMade) -> tuple[list[Problem], tuple[PageMade, ...]]:
        """What is wrong with the draft; its pages where nothing is."""
        scoreboard = base.pages[-1]
        found = problems([*draft.pages, scoreboard], base.facts)
        drawn = {page.kind: page for page in base.pages[:-1]}
        strange = [page.kind.value for page in draft.pages if page.kind not in drawn]
        if strange:
            found.insert(0, (ErrorCode.E_STORY_TEXT, f"There is no scene {', '.join(strange)}."))
        for entry in draft.glossary:
            for unknown in unfounded(entry.meaning, base.facts):
                found.append(
                    (ErrorCode.E_STORY_UNFOUNDED, f"Glossary, {entry.word[:40]}: {unknown!r} is in no fact.")
                )
        if found:
            return found, ()
        return [], (*(self._page(page, drawn[page.kind], base) for page in draft.pages), scoreboard)

    def _page(self, page: DraftPage, drawn: PageMade, base: StoryMade) -> PageMade:
        names = [name for fact in base.facts if fact.id in page.facts for name in fact.names]
        return PageMade(
            kind=page.kind,
            title=page.title,
            text=page.text,
            alt_text=page.alt_text,
            svg=drawn.svg,
            facts=tuple(dict.fromkeys(page.facts)),
            readability=measure(page.text, names),
            author=self.model,
            artist=drawn.artist,
        )


def _glossary(draft: StoryDraft, base: StoryMade) -> tuple[GlossaryEntry, ...]:
    own = [GlossaryEntry(word=entry.word, meaning=entry.meaning) for entry in draft.glossary]
    return (*own, *base.glossary)


def _unfit(found: Sequence[Problem]) -> P2NError:
    code, words = found[0]
    return P2NError(
        code,
        f"The model's story can't be shown. {words}",
        "Ask again, or take the offline story; another model can be set in P2NApp.models.",
        {"problems": [{"code": code.value, "problem": words} for code, words in found[:20]]},
    )
