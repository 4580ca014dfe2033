"""The events and errors that P2N itself writes, without secrets.

What a notebook prints stays as it is unless an operator wants otherwise: no secret of ours enters a container, so what
comes out of one is its author's own.
"""

from __future__ import annotations

from typing import TypeVar, cast

from .base import Schema
from .errors import ErrorInfo
from .events import End, LogLine, Progress, StageUpdate
from .redaction import Redactor

S = TypeVar("S", bound=Schema)


def redacted(payload: S, redactor: Redactor, *, output: bool = False) -> S:
    """An event's payload, or an error; `output`: lines of a notebook too."""
    return cast(S, _redacted(payload, redactor, output))


def _redacted(payload: Schema, redactor: Redactor, output: bool) -> Schema:
    if isinstance(payload, ErrorInfo):
        clean = {
            "message": redactor.text(payload.message),
            "remediation": redactor.text(payload.remediation),
            "detail": redactor.value(payload.detail),
        }
        return payload.model_copy(update=clean)
    if isinstance(payload, StageUpdate) and payload.message:
        return payload.model_copy(update={"message": redactor.text(payload.message)})
    if isinstance(payload, Progress) and payload.label:
        return payload.model_copy(update={"label": redactor.text(payload.label)})
    if isinstance(payload, End) and payload.error is not None:
        return payload.model_copy(update={"error": _redacted(payload.error, redactor, output)})
    if isinstance(payload, LogLine) and (output or payload.stream == "system"):
        return payload.model_copy(update={"lines": [redactor.text(line) for line in payload.lines]})
    return payload
