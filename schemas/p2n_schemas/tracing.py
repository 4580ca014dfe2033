"""Spans: what was done, when, for how long and within what, in every process of P2N.

A span is written as plain data by whoever does the work, server or worker alike, and the server alone hands spans on
over OTLP: OpenTelemetry's SDK takes longer to load than a standby container takes to its first line. The context
crosses processes explicitly, as a W3C `traceparent`.
"""

from __future__ import annotations

import contextlib
import re
import secrets
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from .errors import P2NError
from .redaction import Redactor

Record = dict[str, Any]
"""One line of a telemetry file: `kind` is `span` or `log`."""

Sink = Callable[[Record], None]

_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_MAX_EVENTS = 64
_MAX_TEXT = 2000
_MAX_STACK = 6000


@dataclass(frozen=True)
class TraceContext:
    """Where a span stands (W3C Trace Context, section 3.2); `sampled`: whoever began the trace wants it recorded."""

    trace_id: str
    span_id: str
    sampled: bool = True

    @property
    def traceparent(self) -> str:
        return f"00-{self.trace_id}-{self.span_id}-{1 if self.sampled else 0:02x}"

    @classmethod
    def parse(cls, text: str | None) -> TraceContext | None:
        """None where the text is no valid traceparent, which is then as good as none."""
        found = _TRACEPARENT.fullmatch((text or "").strip())
        if found is None or found[1] == "ff" or (found[1] == "00" and found[5]):
            return None
        if not int(found[2], 16) or not int(found[3], 16):
            return None
        return cls(found[2], found[3], bool(int(found[4], 16) & 1))


def new_trace_id() -> str:
    return secrets.token_hex(16)


def new_span_id() -> str:
    return secrets.token_hex(8)


class Span:
    """One that goes on. `shared` attributes pass on to its children; ids of the run, for instance."""

    def __init__(
        self,
        tracer: Tracer,
        name: str,
        context: TraceContext,
        parent_id: str | None,
        shared: Mapping[str, Any],
        attributes: Mapping[str, Any],
        start: int | None = None,
    ) -> None:
        self.tracer = tracer
        self.name = name
        self.context = context
        self.parent_id = parent_id
        self.shared = dict(shared)
        self.attributes = {**shared, **attributes}
        self.start = start or time.time_ns()
        self.end_time: int | None = None
        self.events: list[dict[str, Any]] = []
        self.status = "unset"
        self.message = ""

    def set(self, **attributes: Any) -> None:
        """None sets nothing."""
        self.attributes.update({name: value for name, value in attributes.items() if value is not None})

    def share(self, **attributes: Any) -> None:
        """Set them here and on children that begin from now on."""
        self.set(**attributes)
        self.shared.update({name: value for name, value in attributes.items() if value is not None})

    def event(self, name: str, **attributes: Any) -> None:
        if len(self.events) < _MAX_EVENTS:
            self.events.append({"name": name, "time": time.time_ns(), "attributes": attributes})

    def fail(self, error: BaseException | str) -> None:
        """It failed, and of this. The stack is kept of what was not foreseen only."""
        self.status = "error"
        if isinstance(error, str):
            self.message = error[:_MAX_TEXT]
            return
        self.message = f"{type(error).__name__}: {error}"[:_MAX_TEXT]
        told = {"exception.type": type(error).__qualname__, "exception.message": str(error)[:_MAX_TEXT]}
        if isinstance(error, P2NError):
            told["p2n.error_code"] = error.code.value
            self.set(error_code=error.code.value)
        else:
            stack = "".join(traceback.format_exception(error))
            told["exception.stacktrace"] = stack[-_MAX_STACK:]
        self.event("exception", **told)

    def announce(self) -> None:
        """Write it down as one that goes on, so that it is known where its process dies."""
        self.tracer.write(self)

    def end(self, at: int | None = None) -> None:
        """Write it down; a second end is none."""
        if self.end_time is None:
            self.end_time = max(at or time.time_ns(), self.start)
            self.tracer.write(self)

    def child(self, name: str, **attributes: Any) -> Span:
        return self.tracer.begin(name, parent=self, **attributes)


_CURRENT: ContextVar[Span | None] = ContextVar("p2n_span", default=None)


class Tracer:
    """Writes the spans of one kind of process (`server`, `bridge`, `dispatcher`, `worker`, `cli`) to a sink, without
    secrets. The sink may not block and may not raise."""

    def __init__(self, process: str, sink: Sink, redactor: Redactor) -> None:
        self.process = process
        self._sink = sink
        self.redactor = redactor

    def begin(
        self,
        name: str,
        parent: Span | TraceContext | None = None,
        *,
        context: TraceContext | None = None,
        shared: Mapping[str, Any] | None = None,
        start: int | None = None,
        **attributes: Any,
    ) -> Span:
        """A span below `parent`, or the root of a new trace; `context` gives it ids that were fixed elsewhere."""
        above = parent.context if isinstance(parent, Span) else parent
        if context is None:
            context = TraceContext(
                above.trace_id if above else new_trace_id(), new_span_id(), above.sampled if above else True
            )
        passed_on = {**(parent.shared if isinstance(parent, Span) else {}), **(shared or {})}
        passed_on = {key: value for key, value in passed_on.items() if value is not None}
        own = {key: value for key, value in attributes.items() if value is not None}
        return Span(self, name, context, above.span_id if above else None, passed_on, own, start)

    @contextlib.contextmanager
    def span(
        self,
        name: str,
        parent: Span | TraceContext | None = None,
        *,
        announce: bool = False,
        shared: Mapping[str, Any] | None = None,
        **attributes: Any,
    ) -> Iterator[Span]:
        """A span that is the current one within, and that fails where an exception passes."""
        span = self.begin(name, parent, shared=shared, **attributes)
        if announce:
            span.announce()
        with current_span(span):
            yield span

    def write(self, span: Span) -> None:
        self._sink(self.record_of(span))

    def record_of(self, span: Span) -> Record:
        """What is written of a span now, whether it has ended or not."""
        return {
            "kind": "span",
            "trace_id": span.context.trace_id,
            "span_id": span.context.span_id,
            "parent_id": span.parent_id,
            "name": span.name,
            "process": self.process,
            "start": span.start,
            "end": span.end_time,
            "status": span.status if span.end_time or span.status == "error" else "open",
            "message": self.redactor.text(span.message),
            "attributes": self.redactor.value(span.attributes),
            "events": self.redactor.value(span.events),
            "sampled": span.context.sampled,
        }


@contextlib.contextmanager
def current_span(span: Span) -> Iterator[Span]:
    """The span is the current one within, and ends with it."""
    token = _CURRENT.set(span)
    try:
        yield span
    except BaseException as error:
        span.fail(error)
        raise
    finally:
        span.end()
        _CURRENT.reset(token)


@contextlib.contextmanager
def within(span: Span | None) -> Iterator[None]:
    """The span is the current one within, and goes on after it."""
    token = _CURRENT.set(span)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def current() -> Span | None:
    return _CURRENT.get()


def current_redactor() -> Redactor:
    """That of whatever is going on; one that knows no secret of a process where nothing is traced."""
    span = _CURRENT.get()
    return span.tracer.redactor if span is not None else _NOWHERE.redactor


def enter(span: Span) -> None:
    """The span is the current one for what is left of this task."""
    _CURRENT.set(span)


def begin_child(name: str, **attributes: Any) -> Span | None:
    """A child of the current span, which the caller ends; None where nothing is traced."""
    above = _CURRENT.get()
    return above.child(name, **attributes) if above is not None else None


@contextlib.contextmanager
def child(name: str, *, announce: bool = False, **attributes: Any) -> Iterator[Span]:
    """A child of the current span; where nothing is traced, a span that is written nowhere."""
    above = _CURRENT.get()
    if above is None:
        yield _NOWHERE.begin(name, **attributes)
        return
    with above.tracer.span(name, above, announce=announce, **attributes) as span:
        yield span


def folded(records: list[Record]) -> list[Record]:
    """Each span once, with the last that was said of it, in order of their beginnings."""
    known: dict[str, Record] = {}
    for record in records:
        if record.get("kind") != "span":
            continue
        before = known.get(record["span_id"])
        if before is not None and before["end"] is not None and record["end"] is None:
            continue
        if before is not None and record["parent_id"] is None:
            record = {**record, "parent_id": before["parent_id"]}
        known[record["span_id"]] = record
    return sorted(known.values(), key=lambda record: (record["start"], record["span_id"]))


def closed_as_lost(records: list[Record], at: int | None = None) -> list[Record]:
    """An end for each span that has none: its process died. They end at `at`, or with the last thing that is known."""
    spans = folded(records)
    moments = [record["end"] or record["start"] for record in spans]
    end = at or max(moments, default=0)
    return [
        {**record, "end": max(end, record["start"]), "status": "lost", "message": "its process ended first"}
        for record in spans
        if record["end"] is None
    ]


_NOWHERE = Tracer("none", lambda record: None, Redactor())
