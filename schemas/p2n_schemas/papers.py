"""A paper as P2N keeps it."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from .base import Schema


class PdfInfo(Schema):
    """What a look into a PDF tells before any reading."""

    pages: int = Field(ge=1)
    title: str | None = None
    characters: int = Field(ge=0, description="characters of text in all pages")


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
