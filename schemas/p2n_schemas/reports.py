"""Claimed against observed, with the rule behind each verdict."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from .base import Schema
from .claims import Claim
from .plans import Assumption, Fidelity, Justification
from .runs import Run


class VerdictKind(StrEnum):
    REPRODUCED = "reproduced"
    CLOSE = "close"
    NOT_REPRODUCED = "not_reproduced"
    NOT_COMPARABLE = "not_comparable"
    NOT_RUN = "not_run"


class Observed(Schema):
    """What the runs measured, in the claim's own units."""

    n: int = Field(ge=1)
    mean: float
    standard_deviation: float | None = Field(
        default=None, description="sample standard deviation; null for n = 1"
    )
    low: float = Field(description="lower end of the interval that the rule used")
    high: float
    values: list[float]


class ClaimVerdict(Schema):
    claim: Claim
    verdict: VerdictKind
    rule: str = Field(description="the rule as applied, in words with its numbers")
    observed: Observed | None = None
    gap: float | None = Field(default=None, description="observed mean minus claimed, in the claim's units")
    fidelity: Fidelity | None = None
    fidelity_reasons: list[str] = Field(default_factory=list)
    plan_id: str | None = None
    experiment: str | None = None
    run_ids: list[str] = Field(default_factory=list)
    reason: str | None = Field(default=None, description="why it was not run")
    notebook_edited: bool = False


class Report(Schema):
    paper_id: str
    title: str
    created_at: datetime
    reader: str
    rule: str = Field(description="the general rule, in words")
    verdicts: list[ClaimVerdict]
    counts: dict[VerdictKind, int]
    assumptions: list[Assumption] = Field(default_factory=list)
    justifications: list[Justification] = Field(default_factory=list)
    runs: list[Run] = Field(default_factory=list)
