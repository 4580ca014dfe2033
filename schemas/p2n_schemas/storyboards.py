"""Kid mode: a paper told in 5 to 7 pages at a grade-3 reading level, with nothing in it but the paper's own facts."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from .base import Schema
from .errors import ErrorInfo
from .papers import Provider

MIN_PAGES, MAX_PAGES = 5, 7
MAX_GRADE = 3.9
MAX_GLOSSARY = 30
PICTURE_WIDTH, PICTURE_HEIGHT = 800, 450
OPEN_QUOTE, CLOSE_QUOTE = "“", "”"

_Alt = Annotated[str, StringConstraints(strip_whitespace=True, min_length=10, max_length=1000)]


class StoryKind(StrEnum):
    """What a page is about; a story has each at most once, in this order, and ends with the scoreboard."""

    PAPER = "paper"
    READING = "reading"
    CLAIM = "claim"
    DATA = "data"
    METHOD = "method"
    PLAN = "plan"
    RUN = "run"
    SCOREBOARD = "scoreboard"


class StoryFact(Schema):
    """One thing that the story may say, and where it comes from. Every number and name of a page stands in one of its facts."""

    id: str = Field(min_length=1, max_length=120, description="within the storyboard")
    source: Literal["paper", "claim", "catalogue", "plan", "run", "report"]
    text: str = Field(min_length=1, max_length=2000)
    names: list[str] = Field(
        default_factory=list,
        description="quoted from the paper or the catalogue; the reading level leaves them out",
    )
    claim_id: str | None = None
    plan_id: str | None = None
    run_id: str | None = None


class Readability(Schema):
    """How hard a page's text is to read.

    Flesch-Kincaid grade level: 0.39 · words / sentences + 11.8 · syllables / words − 15.59. Names that the paper or the
    catalogue gives stand between “ and ” in the text; they were taken out before it was counted, and are listed in `names`. A
    number in digits is one word of one syllable.
    """

    formula: Literal["flesch_kincaid_grade"] = "flesch_kincaid_grade"
    grade: float = Field(description="rounded to 2 digits; may be below 0 for very plain text")
    words: int = Field(ge=1)
    sentences: int = Field(ge=1)
    syllables: int = Field(ge=1)
    names: list[str] = Field(default_factory=list, description="left out of the count")


class Illustration(Schema):
    """A picture of `url`: image/svg+xml without scripts or references to elsewhere, to be shown as an image."""

    url: str = Field(description="relative to the API's root; another picture has another URL")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    width: int = Field(ge=1, description="in CSS pixels")
    height: int = Field(ge=1)
    artist: str = Field(description='"p2n", or the image model that painted what stands in the frame')


class StoryPage(Schema):
    number: int = Field(ge=1, le=MAX_PAGES)
    kind: StoryKind
    title: str = Field(min_length=1, max_length=120)
    text: str = Field(min_length=1, max_length=2000, description="paragraphs are parted by an empty line")
    alt_text: _Alt
    illustration: Illustration
    facts: list[str] = Field(min_length=1, description="ids of the storyboard's facts that it is made from")
    readability: Readability = Field(description="of `text`")
    author: str = Field(description='"offline", or the model that wrote it')


class GlossaryEntry(Schema):
    """A word of the story, explained as for a child."""

    word: str = Field(min_length=1, max_length=60)
    meaning: str = Field(min_length=1, max_length=300)


class Storyboard(Schema):
    """The story of one paper. The same facts give the same pages."""

    id: str
    paper_id: str
    title: str = Field(description="the paper's, as it is printed")
    version: int = Field(ge=1, description="grows with each change")
    author: str = Field(description='"offline", or the model that wrote pages of it')
    created_at: datetime
    refreshed_at: datetime = Field(description="when its pages were last made anew")
    pages: list[StoryPage] = Field(min_length=MIN_PAGES, max_length=MAX_PAGES)
    glossary: list[GlossaryEntry] = Field(max_length=MAX_GLOSSARY)
    facts: list[StoryFact] = Field(min_length=1)
    notices: list[ErrorInfo] = Field(
        default_factory=list, max_length=20, description="what did not work though the story was told"
    )
    stale: bool = Field(
        default=False,
        description="claims, plans or runs have changed since: POST …/refresh brings it up to date",
    )


class StoryRequest(Schema):
    """Who tells it; null: as the server is set up."""

    provider: Provider | None = None
