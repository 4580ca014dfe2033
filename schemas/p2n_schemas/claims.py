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

    def overlap(self, other: Box) -> float:
        """The common area as a share of the smaller box, 0 to 1."""
        width = min(self.x1, other.x1) - max(self.x0, other.x0)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        if width <= 0 or height <= 0:
            return 0.0
        return width * height / max(min(self.area(), other.area()), 1e-9)

    def area(self) -> float:
        return (self.x1 - self.x0) * (self.bottom - self.top)


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


class Disagreement(Schema):
    """Where a second reader says something else of the same number; the claim keeps what the first said."""

    field: Literal["method", "dataset", "split", "metric", "units", "direction", "own_method"]
    reader: str
    value: str | None


class ClaimFacts(Schema):
    """What a claim is about, as its reader proposed it."""

    method: str
    dataset: str | None
    split: str | None
    metric: str
    value: float
    value_printed: str
    units: str | None
    direction: Literal["maximize", "minimize"] | None
    own_method: bool | None
    uncertainty: Uncertainty | None
    headline: bool
    citation: Citation


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
    readers: list[str] = Field(
        default_factory=lambda: ["offline"], description="who found it, first reader first"
    )
    disagreements: list[Disagreement] = Field(default_factory=list)
    status: ClaimStatus = ClaimStatus.PROPOSED
    note: str | None = Field(default=None, description="what a person said about it")
    proposed: ClaimFacts | None = Field(
        default=None, description="what the reader had proposed; with a claim that a person corrected"
    )
    corrected_at: datetime | None = Field(
        default=None, description="when a person changed what it is about; plans made before do not cover it"
    )

    def same_place(self, other: Claim) -> bool:
        """Whether both stand on the same printed number: one box covers more than half of the other, and is not so much
        larger that it could hold several."""
        mine, theirs = self.citation, other.citation
        if mine.page != theirs.page or mine.box.overlap(theirs.box) <= 0.5:
            return False
        small, large = sorted((mine.box.area(), theirs.box.area()))
        return small > large / 4


class ClaimPatch(Schema):
    """A person's word on a claim; only the fields given are changed."""

    status: ClaimStatus | None = None
    method: str | None = Field(default=None, min_length=1)
    dataset: str | None = None
    split: str | None = None
    metric: str | None = Field(default=None, min_length=1)
    value: float | None = None
    value_printed: str | None = Field(
        default=None,
        min_length=1,
        max_length=40,
        description="as the page prints it; with `value` where that changes",
    )
    units: str | None = None
    direction: Literal["maximize", "minimize"] | None = None
    own_method: bool | None = None
    note: str | None = Field(default=None, max_length=2000)
