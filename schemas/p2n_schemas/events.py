"""What a run, an extraction or a planning tells while it goes on; the frames of the SSE streams."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from .base import Schema
from .claims import Claim
from .errors import ErrorInfo
from .plans import Plan
from .runs import Artifact, RunStatus

MAX_LINES_PER_EVENT = 256


class Stage(StrEnum):
    QUEUED = "queued"
    ENVIRONMENT = "environment"
    DATASETS = "datasets"
    EXECUTION = "execution"
    UPLOAD = "upload"
    # extraction
    READING = "reading"
    INDEXING = "indexing"
    SEARCH = "search"
    MODEL = "model"
    CHECKING = "checking"
    # planning; with a model MODEL and CHECKING too
    PLANNING = "planning"
    CODE = "code"


class StageUpdate(Schema):
    stage: Stage
    state: Literal["started", "completed", "failed"]
    message: str = ""
    seconds: float | None = Field(default=None, description="time the stage took; with completed or failed")
    cached: bool | None = Field(default=None, description="nothing had to be done")


class Progress(Schema):
    """Units done of a total: cells of a notebook, pages of a paper."""

    done: int = Field(ge=0)
    total: int = Field(ge=0)
    unit: Literal["cell", "page"]
    cell: int | None = Field(default=None, description="0-based index among the notebook's code cells")
    state: Literal["started", "completed", "failed"] = "completed"
    label: str = ""


class LogLine(Schema):
    """1 to 256 whole lines of one stream."""

    stream: Literal["stdout", "stderr", "system"]
    cell: int | None = None
    lines: list[str] = Field(min_length=1, max_length=MAX_LINES_PER_EVENT)
    truncated: bool = Field(default=False, description="output was cut here: the bound was reached")


class MetricUpdate(Schema):
    """A number reported by the notebook (application/vnd.p2n.metric+json).

    Only name and value are needed; metrics with equal names but for `step` are a series, drawn as a curve.
    """

    name: str = Field(min_length=1, max_length=200)
    value: float
    split: str = Field(default="", max_length=200)
    dataset: str = Field(default="", max_length=200)
    experiment: str = Field(default="", max_length=200)
    repeat: int = Field(default=0, ge=0)
    step: int | None = Field(default=None, ge=0)


class SamplePrediction(Schema):
    """A few expected and predicted values, to see the model at work."""

    experiment: str
    items: list[dict[str, Any]] = Field(max_length=64)


class Token(Schema):
    text: str


class End(Schema):
    """The last event of a stream."""

    status: RunStatus
    error: ErrorInfo | None = None
    artifacts: list[Artifact] = Field(default_factory=list)
    node: str | None = None
    seconds: float | None = None


class _Event(Schema):
    seq: int = Field(ge=1, description="from 1, no gap, no repeat, per stream")
    ts: datetime


class StageUpdateEvent(_Event):
    type: Literal["stage_update"] = "stage_update"
    payload: StageUpdate


class ProgressEvent(_Event):
    type: Literal["progress"] = "progress"
    payload: Progress


class LogLineEvent(_Event):
    type: Literal["log_line"] = "log_line"
    payload: LogLine


class MetricUpdateEvent(_Event):
    type: Literal["metric_update"] = "metric_update"
    payload: MetricUpdate


class SamplePredEvent(_Event):
    type: Literal["sample_pred"] = "sample_pred"
    payload: SamplePrediction


class ErrorEvent(_Event):
    type: Literal["error"] = "error"
    payload: ErrorInfo


class EndEvent(_Event):
    type: Literal["end"] = "end"
    payload: End


class TokenEvent(_Event):
    """Extraction or planning with a model: text as it is written."""

    type: Literal["token"] = "token"
    payload: Token


class ResultEvent(_Event):
    """Extraction: a claim whose value was found on its page; with a known id, the claim as a second reader left it."""

    type: Literal["result"] = "result"
    payload: Claim


class PlanEvent(_Event):
    """Planning: the plan as it was stored."""

    type: Literal["plan"] = "plan"
    payload: Plan


Event = Annotated[
    StageUpdateEvent
    | ProgressEvent
    | LogLineEvent
    | MetricUpdateEvent
    | SamplePredEvent
    | ErrorEvent
    | EndEvent
    | TokenEvent
    | ResultEvent
    | PlanEvent,
    Field(discriminator="type"),
]

EVENT: TypeAdapter[Event] = TypeAdapter(Event)
"""Reads one event from JSON or Python data; raises pydantic.ValidationError."""
