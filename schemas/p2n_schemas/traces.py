"""The trace of a run as a client gets it: a tree of spans, ready to be drawn as a timeline."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from .base import Schema


class SpanEvent(Schema):
    """A moment within a span: a stage that began, an exception."""

    name: str
    offset_seconds: float = Field(description="from the trace's begin")
    attributes: dict[str, Any] = Field(default_factory=dict)


class TraceSpan(Schema):
    """One piece of work of one process."""

    span_id: str = Field(pattern=r"^[0-9a-f]{16}$")
    parent_id: str | None = Field(description="null, or a span that another system recorded, at the root")
    depth: int = Field(ge=0, description="of the tree; spans stand in its order, a child behind its parent")
    name: str
    process: str = Field(description="server, cli, bridge, dispatcher or worker")
    start: datetime
    offset_seconds: float = Field(description="from the trace's begin; clocks of two nodes may differ")
    seconds: float | None = Field(description="null while it goes on")
    status: Literal["ok", "error", "lost", "open"] = Field(
        description="lost: its process ended before it; open: it goes on"
    )
    message: str = Field(default="", description="of an error")
    attributes: dict[str, Any] = Field(default_factory=dict)
    events: list[SpanEvent] = Field(default_factory=list)


class RunTrace(Schema):
    """All spans of one run that have reached this server."""

    run_id: str
    trace_id: str | None = Field(
        description="by which an OpenTelemetry backend knows it; null: nothing was recorded"
    )
    complete: bool = Field(description="the run has ended and every span with it")
    begin: datetime | None = None
    seconds: float | None = Field(default=None, description="from the first begin to the last end")
    spans: list[TraceSpan] = Field(default_factory=list)
