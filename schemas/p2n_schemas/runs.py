"""A run: its life, what the worker is told, and what it leaves behind."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from .base import Schema
from .errors import ErrorInfo


class RunStatus(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    TIMEOUT = "timeout"
    CANCELLED = "cancelled"

    def is_terminal(self) -> bool:
        return self not in (RunStatus.QUEUED, RunStatus.RUNNING)

    def can_become(self, other: RunStatus) -> bool:
        """A terminal state is never left; a queued run may end without having run."""
        if self.is_terminal():
            return False
        return other.is_terminal() or (self is RunStatus.QUEUED and other is RunStatus.RUNNING)


class Artifact(Schema):
    name: str
    size_bytes: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    content_type: str


class Run(Schema):
    """One execution of a materialized plan."""

    id: str
    plan_id: str
    paper_id: str
    env_hash: str
    image_digest: str
    status: RunStatus
    notebook_sha256: str | None = Field(default=None, description="the notebook that it runs")
    notebook_edited: bool = Field(default=False, description="a person's notebook, not the plan's own")
    attempt: int = Field(default=1, ge=1)
    rerun_of: str | None = None
    created_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    duration_seconds: float | None = Field(default=None, description="from start to end, whole run")
    cancel_requested_at: datetime | None = None
    node: str | None = None
    error: ErrorInfo | None = None
    artifacts: list[Artifact] = Field(default_factory=list)
    last_seq: int = Field(default=0, ge=0, description="newest event that the server has kept")


class UploadGrant(Schema):
    """Leave to write one artifact of one run, and nothing else.

    `url` is `file://` for the embedded store, or a signed https upload URL.
    """

    name: str
    url: str


class DatasetMount(Schema):
    """A dataset that the run reads, as the catalogue's loader fetches and checks it."""

    name: str
    loader: str = Field(description="Python source run in the datasets container; writes below $P2N_DATA")
    sha256: str | None = Field(default=None, description="expected digest of the data, where known")
    needs_network: bool = False


class RunSpec(Schema):
    """All that a worker gets to know; it needs no server, no database and no key."""

    run_id: str
    plan_id: str
    paper_id: str
    env_hash: str
    image_digest: str
    python_version: str
    requirements_lock: str
    notebook: str = Field(description="nbformat 4 JSON")
    datasets: list[DatasetMount] = Field(default_factory=list)
    budget_seconds: float = Field(gt=0)
    seed: int
    first_seq: int = Field(ge=1, description="seq of the worker's first event")
    grants: list[UploadGrant]
    requires_metrics: bool = True
