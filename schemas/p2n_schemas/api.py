"""Bodies of requests and answers that are not an object of their own."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Self

from pydantic import Field, model_validator

from .base import Schema
from .claims import Claim
from .datasets import DatasetBinding
from .errors import ErrorInfo
from .papers import Extraction, Paper, Provider
from .plans import Plan, PlanBody
from .runs import Artifact, Run, RunStatus


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
    index_exists: bool | None = Field(
        default=None, description="the provider's index of the paper is there; null where none was made"
    )


class ExtractRequest(Schema):
    """Which reader; null: as the server is set up."""

    provider: Provider | None = None


class ClaimList(Schema):
    """Those that fit the filters, and how they were read."""

    reader: str | None
    extraction: Extraction | None = None
    claims: list[Claim]
    total: int = Field(ge=0, description="claims of the paper before filtering")
    reading: bool = Field(default=False, description="a reading goes on: GET /papers/{id}/extract follows it")


class PlanRequest(Schema):
    """Empty claim_ids: every claim that can be run."""

    claim_ids: list[str] = Field(default_factory=list)
    budget_minutes: int = Field(default=10, ge=1, le=20)
    dataset: DatasetBinding | None = Field(
        default=None, description="run the claims about one of the paper's datasets on an uploaded one"
    )
    provider: Provider | None = Field(
        default=None, description="who plans: rules alone, or a model too; null: as the server is set"
    )


class PlanImport(Schema):
    """A whole plan v1.1, written or edited by a person."""

    plan: PlanBody
    parent: str | None = Field(
        default=None, min_length=1, max_length=80, description="the paper's plan that it was edited from"
    )


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


class NotebookRunRequest(Schema):
    """A person's own notebook, run like a plan's."""

    notebook: dict[str, object] = Field(description="nbformat 4 document, of a Python kernel")
    name: str = Field(default="notebook.ipynb", min_length=1, max_length=200, description="for people")
    requirements: str | None = Field(
        default=None,
        max_length=100_000,
        description="requirements.txt, a package a line; absent: the catalogue's standard stack",
    )
    datasets: list[str] = Field(
        default_factory=list, max_length=20, description="names in the catalogue, ids or names of uploads"
    )
    budget_minutes: int = Field(default=10, ge=1, le=20, description="deadline of the whole run")
    seed: int = Field(default=0, ge=0, le=2**32 - 1)


class RunList(Schema):
    runs: list[Run]
    total: int = Field(default=0, ge=0, description="how many the filters match, whatever the page")


class RunDeletionFilter(Schema):
    """Runs that fit all that is given."""

    status: list[RunStatus] = Field(default_factory=list, description="empty: any")
    older_than_days: float | None = Field(default=None, ge=0, description="since they were created")
    paper_id: str | None = None

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if not self.status and self.older_than_days is None and self.paper_id is None:
            raise ValueError(
                "an empty filter would delete every run; give status, older_than_days or paper_id"
            )
        return self


class RunDeletionRequest(Schema):
    """Either run_ids or a filter."""

    run_ids: list[str] = Field(default_factory=list, max_length=1000)
    filter: RunDeletionFilter | None = None

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        if bool(self.run_ids) == (self.filter is not None):
            raise ValueError("give either run_ids or filter")
        return self


class RunKept(Schema):
    run_id: str
    reason: ErrorInfo


class RunDeletionResult(Schema):
    deleted: list[str]
    kept: list[RunKept]
    bytes_freed: int = Field(ge=0)


class RunGone(Schema):
    """The data of a stream's event `gone`: this run gives no more events, the others of the stream go on."""

    run_id: str
    error: ErrorInfo


class WebhookBody(Schema):
    """What `P2NApp.webhook_url` is sent; the same delivery may come more than once, with the same id."""

    event: Literal["run.ended"] = "run.ended"
    delivery_id: str
    run: Run


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
    "ExtractRequest",
    "Health",
    "NotebookRunRequest",
    "NotebookUpdate",
    "PaperCreated",
    "PaperFromUrl",
    "PaperList",
    "PaperVerification",
    "PlanAssets",
    "PlanImport",
    "PlanList",
    "PlanRequest",
    "RunDeletionFilter",
    "RunDeletionRequest",
    "RunDeletionResult",
    "RunGone",
    "RunKept",
    "RunList",
    "SignedFile",
    "WebhookBody",
]
