"""The run's events as its worker writes them: numbered, validated, on disk first, then to whoever listens."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from p2n_schemas.base import Schema, utc_now
from p2n_schemas.errors import ErrorInfo
from p2n_schemas.event_redaction import redacted
from p2n_schemas.events import (
    End,
    LogLine,
    MetricUpdate,
    Progress,
    SamplePrediction,
    Stage,
    StageUpdate,
)
from p2n_schemas.redaction import Redactor

from .workdir import EVENTS

_TYPES: dict[type[Schema], str] = {
    StageUpdate: "stage_update",
    Progress: "progress",
    LogLine: "log_line",
    MetricUpdate: "metric_update",
    SamplePrediction: "sample_pred",
    ErrorInfo: "error",
    End: "end",
}


class Journal:
    """Appends to events.jsonl and logs.txt in `folder`; `listener` gets each event's bytes.

    An event is serialised once, here: compact JSON with the keys in the order seq, ts, type, payload. Secrets are taken
    out of what P2N says itself, and with `redact_output` out of the notebook's lines.
    """

    def __init__(
        self,
        folder: Path,
        first_seq: int,
        listener: Callable[[bytes], None],
        redactor: Redactor | None = None,
        redact_output: bool = False,
    ) -> None:
        self._redactor = redactor or Redactor()
        self._redact_output = redact_output
        self._next = first_seq
        self._listener = listener
        self._lock = threading.Lock()
        # Unbuffered: a killed worker leaves every event that anyone has seen.
        self._events = os.open(folder / EVENTS, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._logs = (folder / "logs.txt").open("w", encoding="utf-8")
        self.folder = folder

    def emit(self, payload: Schema) -> None:
        """Number, write and hand on one event. Raises OSError where the disk is full: then there is no such event."""
        payload = redacted(payload, self._redactor, output=self._redact_output)
        with self._lock:
            event = b'{"seq":%d,"ts":"%s","type":"%s","payload":%s}' % (
                self._next,
                utc_now().isoformat().replace("+00:00", "Z").encode(),
                _TYPES[type(payload)].encode(),
                payload.model_dump_json().encode(),
            )
            self._write(event + b"\n")
            self._next += 1
            if isinstance(payload, LogLine):
                self._log(payload)
            self._listener(event)

    def say(self, *lines: str) -> None:
        """Lines of the worker's own."""
        self.emit(LogLine(stream="system", lines=list(lines)))

    def stage(self, stage: Stage, state: Any, **more: Any) -> None:
        self.emit(StageUpdate(stage=stage, state=state, **more))

    def logs_path(self) -> Path:
        """logs.txt, with all that was emitted."""
        self._logs.flush()
        return self.folder / "logs.txt"

    def events_path(self) -> Path:
        """events.jsonl, with all that was emitted."""
        return self.folder / EVENTS

    def close(self) -> None:
        os.close(self._events)
        self._logs.close()

    def _write(self, data: bytes) -> None:
        whole = os.fstat(self._events).st_size
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._events, view) :]
        except OSError:
            # Half a line would spoil the next one.
            os.ftruncate(self._events, whole)
            raise

    def _log(self, payload: LogLine) -> None:
        place = f"{payload.stream}[{payload.cell}]" if payload.cell is not None else payload.stream
        begin = f"{place:<11} "
        self._logs.write(begin + f"\n{begin}".join(payload.lines) + "\n")
