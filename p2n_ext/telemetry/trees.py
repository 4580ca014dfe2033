"""The records of a run as a tree of spans that a client may see."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from p2n_schemas.traces import RunTrace, SpanEvent, TraceSpan
from p2n_schemas.tracing import Record, closed_as_lost, folded

_MAX_SPANS = 2000
_UNSAID = ("exception.stacktrace",)


def run_trace(run_id: str, trace_id: str | None, records: list[Record], *, ended: bool) -> RunTrace:
    """Of a run that has `ended`, spans that never did are lost with their process."""
    if ended:
        records = records + closed_as_lost(records)
    spans = folded(records)[:_MAX_SPANS]
    if not spans:
        return RunTrace(run_id=run_id, trace_id=trace_id, complete=False)
    begin = min(record["start"] for record in spans)
    last = max(record["end"] or record["start"] for record in spans)
    return RunTrace(
        run_id=run_id,
        trace_id=trace_id or spans[0]["trace_id"],
        complete=ended and all(record["end"] is not None for record in spans),
        begin=_moment(begin),
        seconds=_seconds(last - begin),
        spans=[_span(record, depth, begin) for record, depth in _in_order(spans)],
    )


def _in_order(spans: list[Record]) -> Iterable[tuple[Record, int]]:
    """Depth first; a span whose parent nobody recorded here is a root."""
    known = {record["span_id"] for record in spans}
    children: dict[str | None, list[Record]] = {}
    for record in spans:
        parent = record["parent_id"] if record["parent_id"] in known else None
        children.setdefault(parent if parent != record["span_id"] else None, []).append(record)
    waiting = [(record, 0) for record in reversed(children.get(None, []))]
    while waiting:
        record, depth = waiting.pop()
        yield record, depth
        waiting += [(below, depth + 1) for below in reversed(children.pop(record["span_id"], []))]


def _span(record: Record, depth: int, begin: int) -> TraceSpan:
    status = record["status"]
    foreseen = all(
        "p2n.error_code" in event["attributes"] for event in record["events"] if event["name"] == "exception"
    )
    return TraceSpan(
        span_id=record["span_id"],
        parent_id=record["parent_id"],
        depth=depth,
        name=record["name"],
        process=record["process"],
        start=_moment(record["start"]),
        offset_seconds=_seconds(record["start"] - begin),
        seconds=_seconds(record["end"] - record["start"]) if record["end"] is not None else None,
        status="ok" if status == "unset" else status,
        # Words of what was not foreseen may tell of this machine: they are for the log.
        message=record["message"] if foreseen else record["message"].partition(":")[0],
        attributes=record["attributes"],
        events=[_event(event, begin) for event in record["events"]],
    )


def _event(event: dict[str, Any], begin: int) -> SpanEvent:
    attributes = event["attributes"]
    unsaid = _UNSAID if "p2n.error_code" in attributes else (*_UNSAID, "exception.message")
    return SpanEvent(
        name=event["name"],
        offset_seconds=_seconds(event["time"] - begin),
        attributes={key: value for key, value in attributes.items() if key not in unsaid},
    )


def _moment(nanoseconds: int) -> datetime:
    return datetime.fromtimestamp(nanoseconds / 1e9, UTC)


def _seconds(nanoseconds: int) -> float:
    return round(nanoseconds / 1e9, 6)
