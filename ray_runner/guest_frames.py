"""What comes out of the container, distrusted: each frame is checked, counted and bounded before it counts.

The guest's own bounds are courtesy; these here hold.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Annotated, Any, Literal

import pydantic

from p2n_schemas.base import Schema
from p2n_schemas.events import LogLine, MetricUpdate, Progress, SamplePrediction

from .artifacts import check_artifact
from .guest import lines as guest
from .journal import Journal
from .plain_text import is_plain_json, plain, plain_lines
from .telemetry import CellSpans

MAX_FRAME_BYTES = 4 * 1024 * 1024
MAX_SAMPLE_BYTES = 256 * 1024
MAX_LINE_CHARACTERS = 9 * 1024
# A little above the guest's own, so that an honest one is never cut here.
MAX_TOTAL_LINES = guest.MAX_TOTAL_LINES + 10_000
MAX_TOTAL_BYTES = guest.MAX_TOTAL_BYTES + 2 * 1024 * 1024
MAX_METRICS = 100_000
MAX_SAMPLES = 256
MAX_PROGRESS = 20_000
MAX_ARTIFACT_BYTES = 25 * 1000 * 1000
_MAX_COMPLAINTS = 20
_MAX_FAULTS = 100
_MAX_NAMES = 100
_MAX_FIGURES_OF_USE = 32
_MAX_LABEL = 200
_MAX_CELL_LABEL = 80

_ARTIFACT = re.compile(r"executed\.ipynb|figure-(0[1-9]|1[0-9]|20)\.png|files\.zip")


class _LogFrame(Schema):
    type: Literal["log_line"]
    payload: LogLine


class _ProgressFrame(Schema):
    type: Literal["progress"]
    payload: Progress


class _MetricFrame(Schema):
    type: Literal["metric_update"]
    payload: MetricUpdate


class _SampleFrame(Schema):
    type: Literal["sample_pred"]
    payload: SamplePrediction


class _OtherFrame(Schema):
    """Not an event; its payload is checked where it is used."""

    type: Literal["artifact", "done"]
    payload: dict[str, Any]


_Frame = _LogFrame | _ProgressFrame | _MetricFrame | _SampleFrame | _OtherFrame
# Parses and validates at once: the same checks, several times as fast as doing one after the other.
_FRAME: pydantic.TypeAdapter[_Frame] = pydantic.TypeAdapter(
    Annotated[_Frame, pydantic.Field(discriminator="type")]
)


class GuestFrames:
    """Feed it the container's stdout; it writes the journal and keeps metrics, files and the final word."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._partial = bytearray()
        self._skipping = False
        self._seen: dict[str, int] = {}
        self._lines = 0
        self._bytes = 0
        self._complaints = 0
        self._artifact_bytes = 0
        self._open: dict[str, bytearray] = {}
        self.metrics: list[MetricUpdate] = []
        self.artifacts: dict[str, bytes] = {}
        self.over_quota: list[str] = []
        self.done: dict[str, Any] | None = None
        self.output_cut = False
        # The cell that runs, or ran last, and of how many.
        self.cell: int | None = None
        self.cell_count: int | None = None
        self.cells: CellSpans | None = None

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
            frame = _parsed(line)
            if self.done is not None:
                return self._complain("a frame after the last one")
            if isinstance(frame, _LogFrame):
                self._log(frame.payload, is_plain_json(line))
            elif isinstance(frame, _ProgressFrame):
                self._progress(frame.payload)
            elif isinstance(frame, _MetricFrame):
                self._metric(frame.payload)
            elif isinstance(frame, _SampleFrame):
                self._sample(frame.payload, len(line))
            elif frame.type == "artifact":
                self._artifact(frame.payload)
            else:
                self._finish(frame.payload)
        except (pydantic.ValidationError, ValueError, TypeError, KeyError, RecursionError) as error:
            # A flood of them must not cost a look at each.
            self._complain(_reason(error, line) if self._complaints < _MAX_COMPLAINTS else "")

    def _log(self, event: LogLine, is_plain: bool) -> None:
        if self._lines > MAX_TOTAL_LINES or self._bytes > MAX_TOTAL_BYTES:
            if not self.output_cut:
                self.output_cut = True
                self._journal.emit(LogLine(stream="system", lines=[guest.CUT_MARK], truncated=True))
            return
        if event.stream == "system":
            raise ValueError("stream")
        lines = event.lines if is_plain else plain_lines(event.lines)
        if max(map(len, lines)) > MAX_LINE_CHARACTERS:
            lines = [_cut(line) for line in lines]
        self._lines += len(lines)
        self._bytes += guest.size_of(lines)
        self.output_cut = self.output_cut or event.truncated
        self._journal.emit(event if lines is event.lines else event.model_copy(update={"lines": lines}))

    def _progress(self, event: Progress) -> None:
        if event.unit != "cell":
            raise ValueError("unit")
        if self._counts("progress", MAX_PROGRESS):
            self._journal.emit(event.model_copy(update={"label": plain(event.label)[:_MAX_LABEL]}))
            if self.cells is not None:
                self.cells(event.cell, event.state, plain(event.label)[:_MAX_CELL_LABEL])
            if event.state == "started":
                self.cell = event.cell
                self.cell_count = event.total

    def _metric(self, event: MetricUpdate) -> None:
        if self._counts("metric_update", MAX_METRICS):
            names = (event.name, event.split, event.dataset, event.experiment)
            if not "".join(names).isprintable():
                told = zip(("name", "split", "dataset", "experiment"), map(plain, names), strict=True)
                event = event.model_copy(update=dict(told))
            self._journal.emit(event)
            # What can't be told does not count either.
            self.metrics.append(event)

    def _sample(self, event: SamplePrediction, size: int) -> None:
        if size > MAX_SAMPLE_BYTES:
            raise ValueError(f"larger than {MAX_SAMPLE_BYTES >> 10} KiB")
        if self._counts("sample_pred", MAX_SAMPLES):
            self._journal.emit(event)

    def _counts(self, kind: str, bound: int) -> bool:
        """Count one more; false beyond the bound, which is told once."""
        count = self._seen[kind] = self._seen.get(kind, 0) + 1
        if count == bound + 1:
            self.output_cut = True
            self._journal.say(f"more than {bound} {kind} frames: the rest is left out")
        return count <= bound

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
            whole = bytes(self._open.pop(name))
            check_artifact(name, whole)
            self.artifacts[name] = whole

    def _finish(self, payload: dict[str, Any]) -> None:
        if payload.get("status") not in ("ok", "failed", "timeout", "lost"):
            raise ValueError("status")
        self.done = {
            "status": payload["status"],
            "cell": payload.get("cell") if isinstance(payload.get("cell"), int) else None,
            "ename": plain(str(payload.get("ename", "")))[:200],
            "evalue": plain(str(payload.get("evalue", "")))[:1000],
            "usage": _numbers(payload.get("usage")),
            "left_out": _names(payload.get("left_out")),
            "skipped": _names(payload.get("skipped")),
        }

    def _complain(self, what: str) -> None:
        self._complaints += 1
        if self._complaints <= _MAX_COMPLAINTS:
            self._journal.say(f"dropped from the sandbox: {what}")
        elif self._complaints == _MAX_COMPLAINTS + 1:
            self._journal.say("dropped from the sandbox: more of the like, not reported any longer")


def _parsed(line: bytes) -> _Frame:
    """Raises ValueError, ValidationError, RecursionError. Strictly UTF-8, which is all that an event can hold."""
    if b"\\u" in line and b"\\ud" in line.lower():
        # Halves of a pair make one character; a half alone is none.
        line = json.dumps(json.loads(line.decode()), ensure_ascii=False).encode(errors="replace")
    return _FRAME.validate_json(line)


def _cut(line: str) -> str:
    return line if len(line) <= MAX_LINE_CHARACTERS else line[:MAX_LINE_CHARACTERS] + " …"


def _numbers(value: Any) -> dict[str, int]:
    if not isinstance(value, dict):
        return {}
    known = {str(name)[:40]: number for name, number in list(value.items())[:_MAX_FIGURES_OF_USE]}
    return {name: number for name, number in known.items() if type(number) is int and number >= 0}


def _names(value: Any) -> list[str]:
    return [plain(str(name))[:200] for name in value[:_MAX_NAMES]] if isinstance(value, list) else []


def _reason(error: Exception, line: bytes) -> str:
    """What was dropped and why; all words of the guest's in it are cut and made harmless."""
    if not isinstance(error, pydantic.ValidationError):
        why = "not base64" if isinstance(error, binascii.Error) else str(error)[:80]
        return f"an invalid frame ({plain(why)})"
    if error.error_count() > _MAX_FAULTS:
        return "a frame with very many faults"
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    if first["type"] in ("union_tag_invalid", "union_tag_not_found"):
        return "a frame of a type that it may not send"
    if not first["loc"]:
        return "something that is no frame"
    kind, *place = map(str, first["loc"])
    why = f"{'.'.join(place).removeprefix('payload.')[:60]}: {first['msg'][:80]}"
    what = _metric_named(line) if kind == "metric_update" else f"an invalid {kind} frame"
    return plain(f"{what} ({why})")


def _metric_named(line: bytes) -> str:
    """So that whoever reported it knows which one it was."""
    try:
        payload = json.loads(line)["payload"]
        step = payload.get("step")
        at = f" at step {step:d}" if isinstance(step, int) else ""
        return f"the metric {str(payload['name'])[:100]!r}{at}"
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return "an invalid metric_update frame"
