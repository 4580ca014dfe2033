"""Bodies of requests and answers that are not an object of their own."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from .base import Schema
from .claims import Claim
from .papers import Paper
from .plans import Plan
from .runs import Artifact, Run


class PaperFromUrl(Schema):
    url: str = Field(min_length=8, max_length=2000)


class PaperCreated(Schema):
    paper: Paper
    created: bool = Field(description="false: these bytes were known already")


class PaperList(Schema):
    papers: list[Paper]


class PaperVerification(Schema):
    paper_id: str
    pdf_exists: bool
    checksum_matches: bool
    claims_extracted: bool


class ClaimList(Schema):
    reader: str | None
    claims: list[Claim]


class PlanRequest(Schema):
    """Empty claim_ids: every claim that can be run."""

    claim_ids: list[str] = Field(default_factory=list)
    budget_minutes: int = Field(default=10, ge=1, le=20)


class PlanList(Schema):
    plans: list[Plan]


class SignedFile(Schema):
    name: str
    size_bytes: int
    sha256: str
    content_type: str
    url: str = Field(description="signed; relative to the server's root, ends at expires_at")
    expires_at: datetime


class PlanAssets(Schema):
    plan_id: str
    env_hash: str
    files: list[SignedFile]


class NotebookUpdate(Schema):
    notebook: dict[str, object] = Field(description="nbformat 4 document")


class RunList(Schema):
    runs: list[Run]


class ArtifactList(Schema):
    run_id: str
    artifacts: list[SignedFile]


class Check(Schema):
    """One thing that P2N stands on."""

    name: str
    status: Literal["ok", "warning", "failed", "unknown"]
    message: str
    remediation: str = ""
    url: str | None = None


class Doctor(Schema):
    version: str
    checks: list[Check]


class Health(Schema):
    status: Literal["ok"]
    version: str


__all__ = [
    "Artifact",
    "ArtifactList",
    "Check",
    "ClaimList",
    "Doctor",
    "Health",
    "NotebookUpdate",
    "PaperCreated",
    "PaperFromUrl",
    "PaperList",
    "PaperVerification",
    "PlanAssets",
    "PlanList",
    "PlanRequest",
    "RunList",
    "SignedFile",
]
