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
    """One execution of a materialized plan, or of a person's own notebook (then there is no plan and no paper)."""

    id: str
    plan_id: str | None = None
    paper_id: str | None = None
    title: str = Field(default="", description="for people: the paper's title, or the notebook's name")
    env_hash: str
    image_digest: str
    status: RunStatus
    notebook_sha256: str | None = Field(default=None, description="the notebook that it runs")
    notebook_edited: bool = Field(default=False, description="a person's notebook, not the plan's own")
    attempt: int = Field(default=1, ge=1)
    rerun_of: str | None = None
    validation_id: str | None = Field(
        default=None, description="the determinism validation that it was made for; no evidence of its own"
    )
    budget_seconds: float | None = Field(default=None, gt=0, description="deadline of the whole run")
    created_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    duration_seconds: float | None = Field(default=None, description="from start to end, whole run")
    cancel_requested_at: datetime | None = None
    node: str | None = None
    error: ErrorInfo | None = None
    artifacts: list[Artifact] = Field(default_factory=list)
    last_seq: int = Field(default=0, ge=0, description="newest event that the server has kept")
    trace_id: str | None = Field(
        default=None, description="by which an OpenTelemetry backend knows the run's trace"
    )


class UploadGrant(Schema):
    """Leave to write one artifact of one run, and nothing else.

    `url` is `file://` for the embedded store, or a signed https upload URL.
    """

    name: str
    url: str


class DatasetFile(Schema):
    """An uploaded file that a loader reads; `url` is a grant to read this one object (`file://` or https)."""

    filename: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")
    url: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    size_bytes: int = Field(ge=0)


class DatasetMount(Schema):
    """A dataset that the run reads, as the catalogue's loader fetches and checks it."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", description="mounted at $P2N_DATA/<name>")
    loader: str = Field(description="Python source run in the datasets container; writes below $P2N_DATA")
    sha256: str | None = Field(default=None, description="expected digest of the data, where known")
    recorded_as: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$",
        description="where no digest is known: the first fetch's is kept under this name, and later fetches must equal it",
    )
    needs_network: bool = False
    needs_environment: bool = Field(
        default=True, description="the loader imports packages; false: the image's own Python runs it"
    )
    file: DatasetFile | None = Field(
        default=None, description="copied into the datasets container, where $P2N_SOURCE names it"
    )


class RunInputs(Schema):
    """What one run executes, fixed when it is queued: later edits of a plan's notebook can't reach it."""

    notebook: str = Field(description="nbformat 4 JSON")
    requirements_lock: str
    python_version: str
    datasets: list[DatasetMount] = Field(default_factory=list)
    seed: int
    requires_metrics: bool = True


class RunSpec(Schema):
    """All that a worker gets to know; it needs no server, no database and no key."""

    run_id: str
    plan_id: str | None = None
    paper_id: str | None = None
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
    independent: bool = Field(
        default=False,
        description="compared with others of its kind: no standby container, and another node where there is one",
    )
    wheel_dir: str | None = Field(default=None, description="folder of wheels that the worker's node sees")
    offline: bool = Field(default=False, description="packages come from folders of wheels only")
    traceparent: str | None = Field(
        default=None, description="the span that hands the run over (W3C Trace Context)"
    )
    redact_patterns: list[str] = Field(
        default_factory=list,
        description="regular expressions of what is also taken out of telemetry and errors",
    )
    redact_output: bool = Field(
        default=False, description="secrets are taken out of the notebook's own lines too"
    )
