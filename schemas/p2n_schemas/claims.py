"""A quantitative claim of a paper, with the place on the page that shows it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field

from .base import Schema


class ClaimStatus(StrEnum):
    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    CORRECTED = "corrected"
    REJECTED = "rejected"


class Box(Schema):
    """A rectangle on a page in PDF points, origin at the page's top left, y growing downwards."""

    x0: float
    top: float
    x1: float
    bottom: float


class Quote(Schema):
    """Text found verbatim (white space folded) on a page of the paper."""

    text: str = Field(min_length=1)
    page: int = Field(ge=1, description="1-based page of the file")
    box: Box | None = None


class Citation(Schema):
    """Where a value stands: the quote holds the value as printed, the box marks it."""

    label: str = Field(description='as the paper says it: "Table 2", "Abstract", "Section 3"')
    page: int = Field(ge=1, description="1-based page of the file")
    row_headings: list[str] = Field(default_factory=list)
    column_headings: list[str] = Field(default_factory=list)
    quote: str = Field(min_length=1)
    box: Box = Field(description="the value itself")
    region: Box = Field(description="the table or the lines around it, for the evidence picture")


class Uncertainty(Schema):
    """What the paper prints beside the value."""

    kind: Literal["plus_minus", "interval", "standard_error", "standard_deviation"]
    value: float | None = Field(default=None, description="half width, in the claim's units")
    low: float | None = None
    high: float | None = None
    printed: str


class Claim(Schema):
    """One number that the paper reports as a result."""

    id: str
    paper_id: str
    method: str
    dataset: str | None
    split: str | None
    metric: str
    value: float = Field(description="the number as printed, in `units`")
    value_printed: str
    units: str | None = Field(description='"%" or the printed unit; null where the number has none')
    direction: Literal["maximize", "minimize"] | None
    uncertainty: Uncertainty | None = None
    own_method: bool | None = Field(default=None, description="this paper's method, not a baseline")
    headline: bool = Field(default=False, description="the value also stands in the abstract")
    citation: Citation
    confidence: float = Field(ge=0, le=1)
    reasons: list[str] = Field(default_factory=list, description="why this confidence")
    status: ClaimStatus = ClaimStatus.PROPOSED
    note: str | None = Field(default=None, description="what a person said about it")
    corrected_at: datetime | None = Field(
        default=None, description="when a person changed what it is about; plans made before do not cover it"
    )


class ClaimPatch(Schema):
    """A person's word on a claim; only the fields given are changed."""

    status: ClaimStatus | None = None
    method: str | None = Field(default=None, min_length=1)
    dataset: str | None = None
    split: str | None = None
    metric: str | None = Field(default=None, min_length=1)
    value: float | None = None
    units: str | None = None
    note: str | None = Field(default=None, max_length=2000)
