"""Structured lines of P2N's own: one JSON object a line, alike from server, bridge, dispatcher and worker.

The names are structlog's (`timestamp`, `level`, `event`, `logger`). structlog itself is not used: importing it loads
rich, which is as slow as all that the extension may add to a server's start.
"""

from __future__ import annotations

import json
import logging
import traceback
from datetime import UTC, datetime
from typing import Any

from .redaction import Redactor
from .tracing import Record, Sink, current

RUN_KEYS = ("run_id", "plan_id", "paper_id", "env_hash", "node")
_MAX_TEXT = 8000
_STYLE = {"warning": "33", "error": "31", "critical": "31", "debug": "2"}


def structured(record: logging.LogRecord, process: str, redactor: Redactor) -> Record:
    """A log record with the ids of the run and the trace that it belongs to, and without secrets."""
    try:
        words = record.getMessage()
    except (TypeError, ValueError):
        words = str(record.msg)
    line: Record = {
        "kind": "log",
        "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z"),
        "level": record.levelname.lower(),
        "process": process,
        "logger": record.name,
        "event": redactor.text(words[:_MAX_TEXT]),
    }
    span = current()
    if span is not None:
        known = {key: span.shared[key] for key in RUN_KEYS if key in span.shared}
        line |= redactor.value(known) | {"trace_id": span.context.trace_id, "span_id": span.context.span_id}
    told = getattr(record, "run_id", None)
    if isinstance(told, str):
        line["run_id"] = redactor.text(told)
    if record.exc_info and record.exc_info[0] is not None:
        stack = "".join(traceback.format_exception(*record.exc_info))
        line["exception"] = redactor.text(stack[-_MAX_TEXT:])
    return line


class JsonFormatter(logging.Formatter):
    """A line of JSON."""

    def __init__(self, process: str, redactor: Redactor) -> None:
        super().__init__()
        self._process = process
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(structured(record, self._process, self._redactor), ensure_ascii=False)


class ConsoleFormatter(JsonFormatter):
    """A line for a person, with colours where `colours`."""

    def __init__(self, process: str, redactor: Redactor, colours: bool = False) -> None:
        super().__init__(process, redactor)
        self._colours = colours

    def format(self, record: logging.LogRecord) -> str:
        return console_line(structured(record, self._process, self._redactor), self._colours)


class SinkHandler(logging.Handler):
    """Hands structured lines to a sink; those of one run only, where `run_id` is given."""

    def __init__(self, process: str, sink: Sink, redactor: Redactor) -> None:
        super().__init__(logging.INFO)
        self._process = process
        self._sink = sink
        self._redactor = redactor

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._sink(structured(record, self._process, self._redactor))
        except Exception:
            self.handleError(record)


def console_line(line: dict[str, Any], colours: bool = False) -> str:
    """One structured line as a person reads it: time, level, process, words, ids."""
    level = str(line.get("level", "info"))
    shown = f"{level:<8}"
    if colours and level in _STYLE:
        shown = f"\x1b[{_STYLE[level]}m{shown}\x1b[0m"
    ids = " ".join(f"{key}={line[key]}" for key in ("run_id", "trace_id") if key in line)
    words = str(line.get("event", "")).replace("\n", "\n    ")
    text = f"{str(line.get('timestamp', ''))[11:23]} {shown} {line.get('process', ''):<10} {words}"
    text += f"  {ids}" if ids else ""
    if "exception" in line:
        text += "\n    " + str(line["exception"]).rstrip().replace("\n", "\n    ")
    return text
