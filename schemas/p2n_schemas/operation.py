"""What one operation of the REST API is: its request, its answer and its errors, as data."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel

from .errors import ErrorCode

API_PATH = "/p2n/api/v1"
EVENT_STREAM = "text/event-stream"


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    summary: str
    answer: type[BaseModel] | str | None
    status: int = 200
    body: type[BaseModel] | None = None
    upload: bool = False
    fields: tuple[str, ...] = ()
    other_body: type[BaseModel] | None = None
    query: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    errors: tuple[ErrorCode, ...] = ()
    public: bool = False
