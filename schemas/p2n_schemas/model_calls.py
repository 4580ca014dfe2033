"""What calls of a language model took: tokens and money, call by call."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from .base import Schema

Agent = Literal["extractor", "planner", "coder", "storyteller"]


class ModelCall(Schema):
    """One request to a model. While `open`, `cost_usd` is the most that it can cost, so that a call that
    nobody saw the end of counts against the cap."""

    id: str
    paper_id: str
    agent: Agent
    model: str
    at: datetime
    outcome: Literal["open", "completed", "incomplete", "refused", "failed"] = "open"
    response_id: str | None = None
    input_tokens: int = Field(default=0, ge=0)
    cached_tokens: int = Field(default=0, ge=0, description="of the input tokens")
    output_tokens: int = Field(default=0, ge=0)
    searches: int = Field(default=0, ge=0, description="file searches that the model made")
    cost_usd: float = Field(ge=0, description="by the prices that were set when the call was made")
    seconds: float | None = Field(default=None, ge=0)


class PaperUsage(Schema):
    """What models have cost for one paper, and what they may."""

    calls: list[ModelCall]
    spent_usd: float = Field(ge=0)
    cap_usd: float | None = Field(description="null: no cap")


class RemoteIndex(Schema):
    """Where a paper stands at the model's provider, so that it can be deleted there."""

    paper_id: str
    base_url: str
    file_id: str = Field(description="empty while the file is uploaded")
    vector_store_id: str | None = Field(default=None, description="null while it is being made")
    ready: bool = False
    created_at: datetime
