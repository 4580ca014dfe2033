"""C-RUN-02: the same notebook with the same seed, run several times, has to give the same bytes of metrics.json."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field

from .base import Schema
from .errors import ErrorInfo
from .runs import RunStatus

MIN_RUNS, MAX_RUNS = 2, 10


class DeterminismCode(StrEnum):
    """What makes two runs of one notebook with one seed differ; each comes with its remedy."""

    E_DETERMINISM_UNSEEDED_RNG = "E_DETERMINISM_UNSEEDED_RNG"
    E_DETERMINISM_HASH_ORDER = "E_DETERMINISM_HASH_ORDER"
    E_DETERMINISM_TIME_DEPENDENT = "E_DETERMINISM_TIME_DEPENDENT"
    E_DETERMINISM_THREADS = "E_DETERMINISM_THREADS"
    E_DETERMINISM_FILESYSTEM_ORDER = "E_DETERMINISM_FILESYSTEM_ORDER"
    E_DETERMINISM_UUID = "E_DETERMINISM_UUID"
    E_DETERMINISM_PROCESS_ID = "E_DETERMINISM_PROCESS_ID"
    E_DETERMINISM_MEMORY_ADDRESS = "E_DETERMINISM_MEMORY_ADDRESS"
    E_DETERMINISM_DATALOADER_WORKERS = "E_DETERMINISM_DATALOADER_WORKERS"
    E_DETERMINISM_GPU = "E_DETERMINISM_GPU"
    E_DETERMINISM_EXTERNAL_INPUT = "E_DETERMINISM_EXTERNAL_INPUT"
    E_DETERMINISM_UNKNOWN = "E_DETERMINISM_UNKNOWN"


class ValidationStatus(StrEnum):
    """`identical` and `different` speak of the bytes of metrics.json and of nothing else."""

    RUNNING = "running"
    IDENTICAL = "identical"
    DIFFERENT = "different"
    FAILED = "failed"
    CANCELLED = "cancelled"

    def is_terminal(self) -> bool:
        return self is not ValidationStatus.RUNNING


class ValidationRequest(Schema):
    runs: int = Field(default=3, ge=MIN_RUNS, le=MAX_RUNS)


class ComparedRun(Schema):
    """One of the runs that are compared. The run that was asked about is the first, and `original`."""

    run_id: str
    original: bool = False
    status: RunStatus
    node: str | None = None
    seconds: float | None = None
    metrics_sha256: str | None = Field(default=None, description="digest of the bytes of its metrics.json")


class MetricDifference(Schema):
    """A metric that the runs do not agree on."""

    name: str
    split: str = ""
    dataset: str = ""
    experiment: str = ""
    repeat: int = 0
    step: int | None = None
    values: list[float | None] = Field(
        description="in the order of `runs`; null where a run did not report it"
    )
    spread: float = Field(ge=0, description="the largest value minus the smallest")


class CellDigest(Schema):
    """A code cell's outputs in canonical form, hashed, one digest a run in the order of `runs`."""

    cell: int = Field(ge=0, description="0-based index among the notebook's code cells")
    label: str = ""
    digests: list[str | None]


class CellDifference(Schema):
    """The first code cell whose outputs are not the same, as two of the runs show it."""

    cell: int = Field(ge=0)
    label: str = ""
    source: str = Field(description="the cell's code; cut where it is very long")
    line: int = Field(ge=1, description="1-based line of the outputs at which they part")
    left_run: str
    right_run: str
    left: list[str] = Field(description="lines of its outputs from a little before `line`")
    right: list[str]


class CauseEvidence(Schema):
    cell: int = Field(ge=0)
    line: int = Field(ge=1, description="1-based line of the cell's code")
    code: str
    reaches: bool = Field(description="whether what it gives can reach the number that differs first")


class Cause(Schema):
    """A likely cause. `certain`: it alone explains what differs; `likely`: the best of several; `possible`: else."""

    code: DeterminismCode
    certainty: Literal["certain", "likely", "possible"]
    message: str
    remedy: str
    evidence: list[CauseEvidence] = Field(default_factory=list)


class Comparison(Schema):
    """What the runs left behind, compared."""

    identical: bool = Field(description="all have the same bytes of metrics.json")
    metrics_compared: int = Field(default=0, ge=0)
    metrics_different: int = Field(default=0, ge=0)
    metrics: list[MetricDifference] = Field(
        default_factory=list, description="the first 50 that differ, in the order in which cells report them"
    )
    cells: list[CellDigest] = Field(default_factory=list, description="every code cell")
    first: CellDifference | None = Field(
        default=None,
        description="the first cell whose outputs differ; also where the metrics are the same, then as a note",
    )
    causes: list[Cause] = Field(default_factory=list, description="likeliest first; none where identical")


class DeterminismValidation(Schema):
    """n runs of what one run executed, and what came of comparing them with it."""

    id: str
    run_id: str
    plan_id: str | None = None
    status: ValidationStatus
    wanted: int = Field(ge=MIN_RUNS, le=MAX_RUNS, description="runs made for it, beside the original")
    runs: list[ComparedRun] = Field(default_factory=list)
    created_at: datetime
    ended_at: datetime | None = None
    comparison: Comparison | None = None
    error: ErrorInfo | None = Field(default=None, description="why nothing could be compared")
