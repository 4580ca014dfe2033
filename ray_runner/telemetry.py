"""What a worker tells of its own work: spans and structured lines in telemetry.jsonl, beside the run's events.

The file outlives a worker that is killed; a span that it began and did not end is found there and closed as lost.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import platform
import sys
import threading
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from p2n_schemas.log_records import JsonFormatter, SinkHandler
from p2n_schemas.redaction import Redactor
from p2n_schemas.runs import RunSpec
from p2n_schemas.tracing import Record, Span, TraceContext, Tracer, closed_as_lost

from .workdir import run_folder

FILE = "telemetry.jsonl"
MAX_BYTES = 2 << 20
MAX_CELLS = 500
MAX_RECORDS = 200


class RecordFile:
    """A sink: one JSON object a line, whole or not at all, up to a bound. It never fails: a run does not end of this."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._left = MAX_BYTES

    def __call__(self, record: Record) -> None:
        line = json.dumps(record, separators=(",", ":"), default=str).encode() + b"\n"
        with self._lock, contextlib.suppress(OSError):
            if self._descriptor >= 0 and len(line) <= self._left:
                self._left -= len(line)
                os.write(self._descriptor, line)

    def close(self) -> None:
        with self._lock:
            os.close(self._descriptor)
            self._descriptor = -1


class RecordList:
    """A sink in memory, for what is told with an answer; bounded, the oldest go first."""

    def __init__(self) -> None:
        self._records: deque[Record] = deque(maxlen=MAX_RECORDS)

    def __call__(self, record: Record) -> None:
        self._records.append(record)

    def all(self) -> list[Record]:
        return list(self._records)


def process_redactor(patterns: list[str] | None = None) -> Redactor:
    """Knows the secrets among this process's variables. Raises ValueError on a bad pattern."""
    return Redactor.of_environment(os.environ, patterns=patterns or [])


def stderr_handler(process: str, redactor: Redactor, level: int = logging.INFO) -> logging.Handler:
    """Lines of JSON to where Ray, or the bridge's log, keeps what a process says."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(process, redactor))
    handler.setLevel(level)
    return handler


@contextlib.contextmanager
def recording(spec: RunSpec, folder: Path, redactor: Redactor, traceparent: str | None) -> Iterator[Span]:
    """The span `p2n.worker` around a run, and a file for it, its children and the worker's lines."""
    file = RecordFile(folder / FILE)
    logger = logging.getLogger("ray_runner")
    handlers = [SinkHandler("worker", file, redactor), stderr_handler("worker", redactor, logging.WARNING)]
    level = logger.level
    for handler in handlers:
        logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    tracer = Tracer("worker", file, redactor)
    parent = TraceContext.parse(traceparent or spec.traceparent)
    try:
        with tracer.span(
            "p2n.worker", parent, announce=True, shared=shared_of(spec) | {"node": platform.node()}
        ) as span:
            yield span
    finally:
        for handler in handlers:
            logger.removeHandler(handler)
        logger.setLevel(level)
        file.close()


def shared_of(spec: RunSpec) -> dict[str, str | None]:
    """What every span of a run says of it."""
    return {
        "run_id": spec.run_id,
        "plan_id": spec.plan_id,
        "paper_id": spec.paper_id,
        "env_hash": spec.env_hash,
    }


class CellSpans:
    """A span for each cell that the guest says to have begun; hostile ones are bounded. Below `parent`."""

    def __init__(self, parent: Span) -> None:
        self._parent = parent
        self._open: Span | None = None
        self._count = 0

    def __call__(self, cell: int | None, state: str, label: str) -> None:
        if state == "started":
            self.close()
            self._count += 1
            if self._count <= MAX_CELLS:
                self._open = self._parent.child("p2n.worker.cell", cell=cell, label=label or None)
                self._open.announce()
            self._parent.set(cells=self._count)
        elif self._open is not None and self._open.attributes.get("cell") == cell:
            if state == "failed":
                self._open.fail("the cell failed")
            self._open.end()
            self._open = None

    def close(self) -> None:
        """One that was not told to have ended did so with the container."""
        if self._open is not None:
            self._open.fail("the cell did not come to its end")
            self._open.end()
            self._open = None


def read(run_id: str) -> list[Record]:
    """What the worker of a run has told on this node so far; nothing where the run is unknown here."""
    try:
        data = (run_folder(run_id) / FILE).read_bytes()
    except OSError:
        return []
    found = []
    for line in data.split(b"\n")[:-1]:
        with contextlib.suppress(ValueError):
            found.append(json.loads(line))
    return found


def read_ended(run_id: str) -> list[Record]:
    """The same of a run whose worker is gone: what it did not end is lost."""
    found = read(run_id)
    return found + closed_as_lost(found)
