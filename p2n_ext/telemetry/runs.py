"""One trace a run, and what is counted of runs."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
import time
from collections.abc import Iterator, Sequence

from p2n_schemas.errors import ErrorInfo
from p2n_schemas.event_redaction import redacted
from p2n_schemas.events import Stage, StageUpdateEvent
from p2n_schemas.redaction import Redactor
from p2n_schemas.runs import Run, RunStatus
from p2n_schemas.tracing import Record, Span, TraceContext, Tracer, current, new_trace_id, within

from .files import TelemetryFiles
from .metrics import Metrics

_CACHES = {Stage.ENVIRONMENT: "environment", Stage.DATASETS: "dataset"}
_RUNS_KEPT = 200
_LAST_WORDS_SECONDS = 5.0
_TOLD_KEYS = ("message", "attributes", "events", "event", "exception")
_LINES = b'"lines":['
_SPAN_ID = re.compile(r"r_([0-9a-f]{16})")


def span_id_of(run_id: str) -> str:
    """The id of a run's own span follows from the run's, so that any server can end what another one began."""
    found = _SPAN_ID.fullmatch(run_id)
    if found is not None and int(found[1], 16):
        return found[1]
    return hashlib.sha256(run_id.encode()).hexdigest()[:16]


def line_count(events: Sequence[bytes]) -> int:
    """Lines within encoded log_line events, without parsing: no text within JSON can hold what stands between two."""
    return sum(
        event.count(b'","', begin) + 1 for event in events if (begin := event.find(_LINES, 0, 400)) >= 0
    )


class RunTelemetry:
    """Told by the run service what happens to runs; nothing of it can fail or block."""

    def __init__(self, tracer: Tracer, files: TelemetryFiles, metrics: Metrics, redactor: Redactor) -> None:
        self._tracer = tracer
        self._files = files
        self._metrics = metrics
        self._redactor = redactor
        self._live: dict[str, tuple[Span, RunStatus]] = {}
        self._traces: set[str] = set()
        # When runs ended, and whether all that their worker has to tell has come.
        self._ended: dict[str, float] = {}
        self._told: dict[str, asyncio.Event] = {}

    def clean(self, error: ErrorInfo | None) -> ErrorInfo | None:
        """An error without secrets."""
        return redacted(error, self._redactor) if error is not None else None

    def trace_id(self) -> str:
        """For a new run: the trace of the request that asks for it, unless that has a run already."""
        above = current()
        taken = above is None or above.context.trace_id in self._traces
        return new_trace_id() if above is None or taken else above.context.trace_id

    def queued(self, run: Run) -> None:
        above = current()
        self._begin(run, above if above and above.context.trace_id == run.trace_id else None)
        self._live[run.id][0].announce()

    def taken_up(self, run: Run) -> None:
        """One that this server did not queue, or not in this life."""
        if run.id not in self._live and not run.status.is_terminal():
            self._begin(run, None)
            self._live[run.id][0].event("taken up by another server")

    def _begin(self, run: Run, above: Span | None) -> None:
        context = TraceContext(run.trace_id or new_trace_id(), span_id_of(run.id))
        ids = {
            "run_id": run.id,
            "plan_id": run.plan_id,
            "paper_id": run.paper_id,
            "env_hash": run.env_hash,
        }
        span = self._tracer.begin(
            "p2n.run",
            above,
            context=context,
            shared=ids,
            start=int(run.created_at.timestamp() * 1e6) * 1000,
            rerun_of=run.rerun_of,
            validation_id=run.validation_id,
        )
        self._files.bind(context.trace_id, run.id)
        self._traces.add(context.trace_id)
        self._live[run.id] = span, run.status
        self._count()

    @contextlib.contextmanager
    def working(self, run_id: str, name: str) -> Iterator[Span | None]:
        """A span `p2n.run.<name>` below the run's own; None of a run that is not followed here."""
        known = self._live.get(run_id)
        if known is None:
            with within(None):
                yield None
        else:
            with self._tracer.span(f"p2n.run.{name}", known[0], announce=True) as span:
                yield span

    def received(self, events: Sequence[bytes]) -> None:
        self._metrics.events.inc(len(events))
        if count := line_count(events):
            self._metrics.log_lines.inc(count)

    def stage(self, run_id: str, event: StageUpdateEvent) -> None:
        update = event.payload
        if (known := self._live.get(run_id)) is not None:
            known[0].event(f"{update.stage.value} {update.state}")
        if update.seconds is not None:
            self._metrics.stage_seconds.labels(update.stage.value).observe(update.seconds)
        if update.state == "completed" and update.stage in _CACHES:
            self._metrics.cache.labels(_CACHES[update.stage], "hit" if update.cached else "miss").inc()

    def running(self, run: Run) -> None:
        if run.started_at is not None:
            self._metrics.queue_wait.observe(max(0.0, (run.started_at - run.created_at).total_seconds()))
        if (known := self._live.get(run.id)) is not None:
            self._live[run.id] = known[0], RunStatus.RUNNING
            self._count()

    def ended(self, run: Run) -> None:
        """The run's end is in the database, by this server's word."""
        if run.id not in self._live:
            self._begin(run, None)
        span, _ = self._live.pop(run.id)
        span.set(status=run.status.value, node=run.node, artifacts=len(run.artifacts))
        if run.error is not None:
            span.set(error_code=run.error.code.value)
            span.fail(run.error.message)
        span.end()
        self._traces.discard(span.context.trace_id)
        self._ended[run.id] = time.monotonic()
        while len(self._ended) > _RUNS_KEPT:
            self._ended.pop(next(iter(self._ended)))
        self._metrics.runs_ended.labels(run.status.value).inc()
        if run.ended_at is not None:
            seconds = (run.ended_at - run.created_at).total_seconds()
            self._metrics.run_seconds.labels(run.status.value).observe(max(0.0, seconds))
        self._count()

    def told(self, run_id: str | None, records: Sequence[Record]) -> None:
        """What processes behind the backend have told; with a run's id the last of that run."""
        for record in records:
            self._files.put(self._cleaned(record))
        if run_id is not None:
            self._of(run_id).set()

    async def settle(self, seconds: float) -> None:
        """Wait, for a while, for the last words of runs that have just ended."""
        just_now = time.monotonic() - _LAST_WORDS_SECONDS
        waited = [self._of(run_id) for run_id, ended in self._ended.items() if ended > just_now]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                for told in waited:
                    await told.wait()

    def _of(self, run_id: str) -> asyncio.Event:
        told = self._told.setdefault(run_id, asyncio.Event())
        while len(self._told) > _RUNS_KEPT:
            self._told.pop(next(iter(self._told)))
        return told

    def _cleaned(self, record: Record) -> Record:
        """By this server's patterns too; ids that hold the trace together stay."""
        clean = {key: self._redactor.value(record[key]) for key in _TOLD_KEYS if key in record}
        return {**record, **clean}

    def _count(self) -> None:
        statuses = [status for _, status in self._live.values()]
        for status in (RunStatus.QUEUED, RunStatus.RUNNING):
            self._metrics.runs.labels(status.value).set(statuses.count(status))
