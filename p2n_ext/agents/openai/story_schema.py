"""What the storyteller's model answers: pages without the scoreboard, which is never a model's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from p2n_schemas.storyboards import StoryKind

NAME = "p2n_story"
_Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DraftPage(_Strict):
    kind: StoryKind
    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
    text: _Text
    alt_text: _Text
    facts: list[str] = Field(max_length=20)


class DraftWord(_Strict):
    word: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
    meaning: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]


class StoryDraft(_Strict):
    pages: list[DraftPage] = Field(max_length=30)
    glossary: list[DraftWord] = Field(max_length=30)


def schema(kinds: Sequence[str], facts: Sequence[str]) -> dict[str, Any]:
    """The JSON Schema within what strict structured outputs allow; kinds and facts are closed lists."""
    page = _object(
        kind={"type": "string", "enum": list(kinds)},
        title={"type": "string", "description": "2 to 6 short words"},
        text={"type": "string", "description": "3 to 7 short sentences; paragraphs parted by an empty line"},
        alt_text={"type": "string", "description": "what is seen in the page's picture"},
        facts={
            "type": "array",
            "items": {"type": "string", "enum": list(facts)},
            "description": "ids of all facts that the page rests on",
        },
    )
    word = _object(word={"type": "string"}, meaning={"type": "string"})
    return _object(pages={"type": "array", "items": page}, glossary={"type": "array", "items": word})


def _object(**fields: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": fields,
        "required": list(fields),
        "additionalProperties": False,
    }
