"""Telemetry in local files: a run's spans in a file of its own, requests' spans and lines in files that rotate.

A thread does the writing, so that nothing of it holds up the event loop. All of it is bounded.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import queue
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from pathlib import Path

from p2n_schemas.tracing import Record

_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_RUN_BYTES = 4 << 20
_ROTATE_BYTES = 8 << 20
_WAITING = 20_000
_PENDING_TRACES = 256
_PENDING_SPANS = 300
_BOUND_TRACES = 10_000
_FILES_BETWEEN_SWEEPS = 20
_CLOSE_SECONDS = 5


class RotatingLines:
    """Appends to a file, and once that is full begins it anew: the one before is kept as `.1`. Processes may share it."""

    def __init__(self, path: Path, max_bytes: int = _ROTATE_BYTES) -> None:
        self._path = path
        self._max_bytes = max_bytes

    def append(self, line: bytes) -> None:
        """Raises OSError."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._opened() as descriptor:
            if os.fstat(descriptor).st_size + len(line) <= self._max_bytes:
                os.write(descriptor, line)
                return
            os.replace(self._path, self.older())
        with self._opened() as descriptor:
            os.write(descriptor, line)

    def older(self) -> Path:
        return self._path.with_name(self._path.name + ".1")

    @contextlib.contextmanager
    def _opened(self) -> Iterator[int]:
        """Locked, and not one that another process has just put aside."""
        while True:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                with contextlib.suppress(FileNotFoundError):
                    if os.stat(self._path).st_ino == os.fstat(descriptor).st_ino:
                        yield descriptor
                        return
            finally:
                os.close(descriptor)


class TelemetryFiles:
    """`also` is told of every record, in the same thread; `on_drop` of each that is lost; `max_bytes` bounds all runs' files
    together."""

    def __init__(
        self,
        folder: Path,
        max_bytes: int,
        also: Callable[[Record], None] = lambda record: None,
        on_drop: Callable[[], None] = lambda: None,
    ) -> None:
        self._folder = folder
        self._runs = folder / "runs"
        self._max_bytes = max_bytes
        self._also = also
        self._waiting: queue.SimpleQueue[Record | Callable[[], None] | None] = queue.SimpleQueue()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._bound: OrderedDict[str, str] = OrderedDict()
        self._pending: OrderedDict[str, list[Record]] = OrderedDict()
        self._lines: dict[str, RotatingLines] = {}
        self._files_made = 0
        self._on_drop = on_drop

    def put(self, record: Record) -> None:
        """Take a span or a line; never blocks and never fails."""
        if self._closed or self._waiting.qsize() > _WAITING:
            self._on_drop()
            return
        self._do(record)

    def bind(self, trace_id: str, run_id: str) -> None:
        """The trace is this run's: its spans, those that came before too, belong into the run's file."""
        self._do(lambda: self._bind(trace_id, run_id))

    async def read(self, run_id: str) -> list[Record]:
        """All records of a run that were put before."""
        await asyncio.to_thread(self.flush)
        return await asyncio.to_thread(read_records, self._path(run_id))

    async def lines(self, run_id: str) -> list[Record]:
        """The structured lines of this and other processes that tell of a run, in the order of the files."""

        def search() -> list[Record]:
            wanted = run_id.encode()
            paths = [*sorted(self._folder.glob("*.log.jsonl.1")), *sorted(self._folder.glob("*.log.jsonl"))]
            ray = self._folder.parent / "ray"
            paths += [path for name in ("bridge.log.1", "bridge.log") if (path := ray / name).is_file()]
            found = [line for path in paths for line in read_records(path, wanted)]
            return [line for line in found if line.get("run_id") == run_id]

        await asyncio.to_thread(self.flush)
        return await asyncio.to_thread(search)

    async def delete(self, run_id: str) -> None:
        await asyncio.to_thread(self.flush)
        await asyncio.to_thread(lambda: self._path(run_id).unlink(missing_ok=True))

    def flush(self) -> None:
        """Wait, for a while, until what was put before is written."""
        if self._thread is not None and self._thread.is_alive():
            done = threading.Event()
            self._do(done.set)
            done.wait(_CLOSE_SECONDS)

    def close(self) -> None:
        self._closed = True
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join(_CLOSE_SECONDS)

    def _path(self, run_id: str) -> Path:
        """Raises ValueError on an id that is no plain name."""
        if not _RUN_ID.fullmatch(run_id):
            raise ValueError(f"not a run id: {run_id!r}")
        return self._runs / f"{run_id}.jsonl"

    def _do(self, work: Record | Callable[[], None]) -> None:
        self._waiting.put(work)
        if self._thread is None:
            with self._starting:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._write_all, name="p2n-telemetry", daemon=True)
                    self._thread.start()

    # in the thread

    def _write_all(self) -> None:
        while (work := self._waiting.get()) is not None:
            try:
                if callable(work):
                    work()
                else:
                    self._write(work)
            except Exception:
                # A full disk, or an exporter that fails, loses telemetry and nothing else.
                self._on_drop()
        for trace_id in list(self._pending):
            with contextlib.suppress(OSError):
                self._release(trace_id)

    def _write(self, record: Record) -> None:
        try:
            if record["kind"] == "log":
                self._append(f"{record.get('process', 'server')}.log.jsonl", record)
            else:
                self._write_span(record)
        finally:
            self._also(record)

    def _write_span(self, record: Record) -> None:
        trace_id = record["trace_id"]
        if (run_id := self._bound.get(trace_id)) is not None:
            self._append_to_run(run_id, record)
            return
        waiting = self._pending.setdefault(trace_id, [])
        if len(waiting) < _PENDING_SPANS:
            waiting.append(record)
        # Which run a request is of is known by its end at the latest.
        if record["end"] is not None and record["name"].startswith("p2n.api."):
            self._release(trace_id)
        elif len(self._pending) > _PENDING_TRACES:
            self._release(next(iter(self._pending)))

    def _bind(self, trace_id: str, run_id: str) -> None:
        self._bound[trace_id] = run_id
        if len(self._bound) > _BOUND_TRACES:
            self._bound.popitem(last=False)
        for record in self._pending.pop(trace_id, []):
            self._append_to_run(run_id, record)

    def _release(self, trace_id: str) -> None:
        for record in self._pending.pop(trace_id, []):
            self._append("requests.jsonl", record)

    def _append(self, name: str, record: Record) -> None:
        lines = self._lines.setdefault(name, RotatingLines(self._folder / name))
        lines.append(_encoded(record))

    def _append_to_run(self, run_id: str, record: Record) -> None:
        path = self._path(run_id)
        if not path.exists():
            self._runs.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._files_made += 1
            if self._files_made % _FILES_BETWEEN_SWEEPS == 1:
                self._sweep()
        line = _encoded(record)
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            if os.fstat(descriptor).st_size + len(line) <= _RUN_BYTES:
                os.write(descriptor, line)
        finally:
            os.close(descriptor)

    def _sweep(self) -> None:
        """Remove the oldest runs' files where there are too many bytes of them."""
        with os.scandir(self._runs) as entries:
            found = sorted(
                ((entry.stat().st_mtime, entry.stat().st_size, entry.path) for entry in entries), reverse=True
            )
        total = 0
        for _, size, path in found:
            total += size
            if total > self._max_bytes:
                Path(path).unlink(missing_ok=True)


def read_records(path: Path, holding: bytes = b"") -> list[Record]:
    """The whole lines of a file that are JSON objects, those that hold some bytes; none of a file that is not there."""
    found: list[Record] = []
    with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
        for line in file:
            if holding in line and line.endswith(b"\n"):
                with contextlib.suppress(ValueError):
                    record = json.loads(line)
                    if isinstance(record, dict):
                        found.append(record)
    return found


def _encoded(record: Record) -> bytes:
    return json.dumps(record, separators=(",", ":"), default=str).encode() + b"\n"
