"""Claimed against observed, with the rule behind each verdict."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal

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


class Whose(StrEnum):
    """Whose method a claim is about."""

    OWN = "own_method"
    BASELINE = "baseline"
    NOT_STATED = "not_stated"

    @classmethod
    def of(cls, claim: Claim) -> Whose:
        return {True: cls.OWN, False: cls.BASELINE, None: cls.NOT_STATED}[claim.own_method]


class Claimed(Schema):
    """The range that the printed claim stands for, in the claim's own units."""

    printed: str = Field(description="as the page has it, with what is printed beside it")
    low: float
    high: float
    words: str = Field(description="how the range came about")


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


class Printing(Schema):
    """One place of the paper that prints a value."""

    claim_id: str
    label: str
    page: int = Field(ge=1)
    printed: str
    value: float = Field(description="in the claim's units")
    quote: str
    evidence: str = Field(description="the picture of the place; relative to the API's root")


class Contradiction(Schema):
    """One number that the paper itself prints in two ways, further apart than their rounding."""

    id: str
    kind: Literal["summary_against_results", "table_against_table"]
    method: str
    dataset: str | None
    split: str | None
    metric: str
    places: list[Printing] = Field(min_length=2)
    difference: float = Field(gt=0, description="largest less smallest value, in the first place's units")
    words: str


class ClaimVerdict(Schema):
    claim: Claim
    verdict: VerdictKind
    rule: str = Field(description="the rule as applied, in words with its numbers")
    whose: Whose = Whose.NOT_STATED
    claimed: Claimed | None = Field(default=None, description="null where nothing was compared")
    observed: Observed | None = None
    gap: float | None = Field(default=None, description="observed mean minus claimed, in the claim's units")
    metric: str | None = Field(default=None, description="the catalogue's metric that was measured")
    metric_unit: str | None = Field(
        default=None, description="that metric's own unit: fraction, target, score …"
    )
    metric_gap: float | None = Field(
        default=None, description="the gap in that unit: 0.01 for one percentage point"
    )
    distance: float | None = Field(
        default=None, ge=0, description="between the claimed and the observed range, in the claim's units"
    )
    tolerance: float | None = Field(
        default=None,
        description="how far from the observed mean a claim is still close, in its units",
    )
    fidelity: Fidelity | None = None
    fidelity_reasons: list[str] = Field(default_factory=list)
    assumptions: list[Assumption] = Field(
        default_factory=list, description="what the paper leaves unsaid of this claim's experiment"
    )
    justifications: list[Justification] = Field(default_factory=list)
    plan_id: str | None = None
    plan_version: int | None = None
    experiment: str | None = None
    run_ids: list[str] = Field(
        default_factory=list, description="their artifacts stand with the report's runs"
    )
    pages: list[int] = Field(
        default_factory=list,
        description="pages of the claim, of its contradictions and of what its plan quotes",
    )
    evidence: str | None = Field(
        default=None, description="the picture of the printed value; relative to the API's root"
    )
    contradictions: list[str] = Field(default_factory=list, description="ids of the report's contradictions")
    reason: str | None = Field(default=None, description="why it was not run, or can't be compared")
    notebook_edited: bool = False


class PlanVersion(Schema):
    """A plan behind the report: which version of it, who made it, and from which plan."""

    id: str
    version: int = Field(ge=1)
    parent: str | None
    planner: str
    author: str | None
    created_at: datetime
    env_hash: str | None
    image_digest: str | None
    python_version: str | None
    runs: list[str] = Field(description="its runs in the report, newest first")
    verdicts: int = Field(ge=0, description="claims judged from this version")


class Report(Schema):
    paper_id: str
    title: str
    created_at: datetime
    reader: str
    rule: str = Field(description="the general rule, in words")
    verdicts: list[ClaimVerdict]
    counts: dict[VerdictKind, int]
    counts_by_method: dict[Whose, dict[VerdictKind, int]] = Field(
        default_factory=dict, description="the same, for the paper's own methods and for its baselines"
    )
    contradictions: list[Contradiction] = Field(default_factory=list)
    assumptions: list[Assumption] = Field(default_factory=list)
    justifications: list[Justification] = Field(default_factory=list)
    plans: list[PlanVersion] = Field(default_factory=list, description="newest first")
    runs: list[Run] = Field(default_factory=list)
