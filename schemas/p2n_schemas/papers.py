"""A paper as P2N keeps it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from .base import Schema
from .errors import ErrorInfo

Provider = Literal["auto", "offline", "openai"]


class PdfInfo(Schema):
    """What a look into a PDF tells before any reading."""

    pages: int = Field(ge=1)
    title: str | None = None
    characters: int = Field(ge=0, description="characters of text in all pages")


class DroppedClaim(Schema):
    """What a model proposed and its page does not show; never kept as a claim."""

    text: str = Field(description="method, metric and value as proposed", max_length=500)
    page: int | None
    reason: str = Field(max_length=1000)


class Extraction(Schema):
    """How the claims of a paper were read the last time."""

    readers: list[str] = Field(min_length=1, description="who read it, first reader first")
    provider: Provider = Field(description="what was asked for")
    model: str | None = Field(default=None, description="the model that read; null where none did")
    claims: int = Field(ge=0)
    dropped: list[DroppedClaim] = Field(
        default_factory=list, max_length=200, description="left out of the list of papers"
    )
    notices: list[ErrorInfo] = Field(
        default_factory=list, max_length=20, description="what did not work though the reading went on"
    )
    seconds: float = Field(ge=0)
    finished_at: datetime


class Paper(Schema):
    """An ingested PDF; the same bytes are the same paper."""

    id: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    title: str
    filename: str
    size_bytes: int = Field(ge=1)
    pages: int = Field(ge=1)
    source_url: str | None = None
    created_at: datetime
    reader: str | None = Field(default=None, description="who extracted the claims; null before extraction")
    claim_count: int = Field(default=0, ge=0)
    extraction: Extraction | None = Field(default=None, description="null before extraction")
