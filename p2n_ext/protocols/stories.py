"""Who tells a paper as a story for children."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from p2n_schemas.errors import ErrorInfo
from p2n_schemas.papers import Paper
from p2n_schemas.plans import Plan
from p2n_schemas.reports import Report
from p2n_schemas.storyboards import GlossaryEntry, Readability, StoryFact, StoryKind


@dataclass(frozen=True)
class StorySource:
    """All that a story may rest on; plans newest first."""

    paper: Paper
    report: Report
    plans: Sequence[Plan]


@dataclass(frozen=True)
class PageMade:
    """A page without its place in a storyboard. `svg`: its picture; `facts`: ids of the story's facts."""

    kind: StoryKind
    title: str
    text: str
    alt_text: str
    svg: str
    facts: tuple[str, ...]
    readability: Readability
    author: str
    artist: str


@dataclass(frozen=True)
class StoryMade:
    """5 to 7 pages in the order of their kinds, the scoreboard last."""

    pages: tuple[PageMade, ...]
    glossary: tuple[GlossaryEntry, ...]
    facts: tuple[StoryFact, ...]
    author: str
    notices: tuple[ErrorInfo, ...] = ()


class Storyteller(Protocol):
    async def tell(self, source: StorySource) -> StoryMade:
        """The whole story; equal facts give equal pages where no model writes.

        Raises E_STORY_…, E_MODEL_… and E_POLICY_CAP_EXCEEDED where a model was asked for.
        """
        ...
