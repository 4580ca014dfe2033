"""What comes out of the container, distrusted: each frame is checked, counted and bounded before it counts.

The guest's own bounds are courtesy; these here hold.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from typing import Any

import pydantic

from p2n_schemas.base import Schema
from p2n_schemas.events import LogLine, MetricUpdate, Progress, SamplePrediction

from .journal import Journal

MAX_FRAME_BYTES = 4 * 1024 * 1024
MAX_LINE_CHARACTERS = 9 * 1024
MAX_TOTAL_LINES = 210_000
MAX_TOTAL_CHARACTERS = 66 * 1024 * 1024
MAX_METRICS = 100_000
MAX_SAMPLES = 256
MAX_PROGRESS = 20_000
MAX_ARTIFACT_BYTES = 25 * 1000 * 1000
_MAX_COMPLAINTS = 20

_ARTIFACT = re.compile(r"executed\.ipynb|figure-(0[1-9]|1[0-9]|20)\.png")
# Colours go; other control characters become visible, so that no log line can steer a terminal.
_ANSI = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)?|[@-Z\\-_])")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")

_MODELS: dict[str, tuple[type[Schema], int]] = {
    "progress": (Progress, MAX_PROGRESS),
    "metric_update": (MetricUpdate, MAX_METRICS),
    "sample_pred": (SamplePrediction, MAX_SAMPLES),
}


class GuestFrames:
    """Feed it the container's stdout; it writes the journal and keeps metrics, files and the final word."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._partial = bytearray()
        self._skipping = False
        self._counts: dict[str, int] = {}
        self._lines = 0
        self._characters = 0
        self._complaints = 0
        self._artifact_bytes = 0
        self._open: dict[str, bytearray] = {}
        self.metrics: list[MetricUpdate] = []
        self.artifacts: dict[str, bytes] = {}
        self.over_quota: list[str] = []
        self.done: dict[str, Any] | None = None
        self.output_cut = False

    def feed(self, data: bytes) -> None:
        start = 0
        while (end := data.find(b"\n", start)) >= 0:
            piece = data[start:end]
            start = end + 1
            if self._skipping:
                self._skipping = False
            elif self._partial:
                self._partial += piece
                line = bytes(self._partial)
                self._partial.clear()
                self._frame(line)
            else:
                self._frame(piece)
        if not self._skipping:
            self._partial += data[start:]
            if len(self._partial) > MAX_FRAME_BYTES:
                self._partial.clear()
                self._skipping = True
                self._complain("a frame longer than its bound")

    def _frame(self, line: bytes) -> None:
        if len(line) > MAX_FRAME_BYTES:
            return self._complain("a frame longer than its bound")
        try:
            # Strictly UTF-8: of bytes, json would let lone surrogates through, which no event can hold.
            frame = json.loads(line.decode())
            if b"\\ud" in line.lower():
                frame = json.loads(json.dumps(frame, ensure_ascii=False).encode(errors="replace"))
            kind, payload = frame["type"], frame["payload"]
            if not isinstance(payload, dict):
                raise TypeError("payload")
        except (ValueError, TypeError, KeyError, RecursionError):
            return self._complain("something that is no frame")
        if self.done is not None:
            return self._complain("a frame after the last one")
        try:
            if kind == "log_line":
                self._log(payload)
            elif kind == "artifact":
                self._artifact(payload)
            elif kind == "done":
                self._finish(payload)
            elif isinstance(kind, str) and kind in _MODELS:
                self._event(kind, payload)
            else:
                self._complain("a frame of a type that it may not send")
        except (pydantic.ValidationError, ValueError, TypeError, KeyError, RecursionError) as error:
            self._complain(f"an invalid {str(kind)[:40]} frame ({_reason(error)})")

    def _event(self, kind: str, payload: dict[str, Any]) -> None:
        model, bound = _MODELS[kind]
        count = self._counts[kind] = self._counts.get(kind, 0) + 1
        if count > bound:
            if count == bound + 1:
                self.output_cut = True
                self._journal.say(f"more than {bound} {kind} frames: the rest is left out")
            return
        event = model.model_validate(payload)
        if isinstance(event, MetricUpdate) and not math.isfinite(event.value):
            raise ValueError("the value is not a finite number")
        if isinstance(event, Progress) and event.unit != "cell":
            raise ValueError("unit")
        self._journal.emit(event)
        # What can't be told does not count either.
        if isinstance(event, MetricUpdate):
            self.metrics.append(event)

    def _log(self, payload: dict[str, Any]) -> None:
        if self._lines > MAX_TOTAL_LINES or self._characters > MAX_TOTAL_CHARACTERS:
            if not self.output_cut:
                self.output_cut = True
                self._journal.emit(
                    LogLine(
                        stream="system", lines=["[output cut here: the bound is reached]"], truncated=True
                    )
                )
            return
        event = LogLine.model_validate(payload)
        if event.stream == "system":
            raise ValueError("stream")
        lines = [_clean(line) for line in event.lines]
        self._lines += len(lines)
        self._characters += sum(map(len, lines))
        self.output_cut = self.output_cut or event.truncated
        self._journal.emit(event.model_copy(update={"lines": lines}))

    def _artifact(self, payload: dict[str, Any]) -> None:
        name = payload["name"]
        if not isinstance(name, str) or not _ARTIFACT.fullmatch(name):
            raise ValueError("name")
        if name in self.over_quota:
            return
        piece = base64.b64decode(payload["data"], validate=True)
        self._artifact_bytes += len(piece)
        if self._artifact_bytes > MAX_ARTIFACT_BYTES:
            self._artifact_bytes -= len(piece) + len(self._open.pop(name, b""))
            self.over_quota.append(name)
            return
        self._open.setdefault(name, bytearray()).extend(piece)
        if payload["last"] is True:
            self.artifacts[name] = bytes(self._open.pop(name))

    def _finish(self, payload: dict[str, Any]) -> None:
        if payload.get("status") not in ("ok", "failed", "timeout", "lost"):
            raise ValueError("status")
        self.done = {
            "status": payload["status"],
            "cell": payload.get("cell") if isinstance(payload.get("cell"), int) else None,
            "ename": _clean(str(payload.get("ename", "")))[:200],
            "evalue": _clean(str(payload.get("evalue", "")))[:1000],
        }

    def _complain(self, what: str) -> None:
        self._complaints += 1
        if self._complaints <= _MAX_COMPLAINTS:
            self._journal.say(f"dropped from the sandbox: {what}")
        elif self._complaints == _MAX_COMPLAINTS + 1:
            self._journal.say("dropped from the sandbox: more of the like, not reported any longer")


def _clean(line: str) -> str:
    if not line.isprintable():
        if "\x1b" in line:
            line = _ANSI.sub("", line)
        line = _CONTROL.sub("\ufffd", line)
    return line if len(line) <= MAX_LINE_CHARACTERS else line[:MAX_LINE_CHARACTERS] + " …"


def _reason(error: Exception) -> str:
    if isinstance(error, pydantic.ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        return f"{'.'.join(map(str, first['loc']))[:60]}: {first['msg'][:80]}"
    if isinstance(error, binascii.Error):
        return "not base64"
    return str(error)[:80]
