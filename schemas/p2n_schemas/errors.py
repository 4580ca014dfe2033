"""Every error that a client can meet: code, HTTP status and what to do about it."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import Field

from .base import Schema


class ErrorCode(StrEnum):
    """The closed list of error codes; `http_status` binds each to its status."""

    E_BAD_REQUEST = "E_BAD_REQUEST"
    E_VALIDATION = "E_VALIDATION"
    E_UNAUTHENTICATED = "E_UNAUTHENTICATED"
    E_FORBIDDEN = "E_FORBIDDEN"
    E_NOT_FOUND = "E_NOT_FOUND"
    E_METHOD_NOT_ALLOWED = "E_METHOD_NOT_ALLOWED"
    E_CONFLICT = "E_CONFLICT"
    E_INTERNAL = "E_INTERNAL"
    # ingest
    E_NOT_A_PDF = "E_NOT_A_PDF"
    E_PDF_ENCRYPTED = "E_PDF_ENCRYPTED"
    E_PDF_EMPTY = "E_PDF_EMPTY"
    E_PDF_NO_TEXT = "E_PDF_NO_TEXT"
    E_PDF_DAMAGED = "E_PDF_DAMAGED"
    E_PDF_TOO_LARGE = "E_PDF_TOO_LARGE"
    E_PDF_TIMEOUT = "E_PDF_TIMEOUT"
    E_URL_REFUSED = "E_URL_REFUSED"
    E_URL_UNREACHABLE = "E_URL_UNREACHABLE"
    # plans
    E_NO_CLAIMS = "E_NO_CLAIMS"
    E_NOTHING_RUNNABLE = "E_NOTHING_RUNNABLE"
    E_PLAN_NOT_MATERIALIZED = "E_PLAN_NOT_MATERIALIZED"
    E_NOTEBOOK_INVALID = "E_NOTEBOOK_INVALID"
    E_REQUIREMENTS_UNSATISFIABLE = "E_REQUIREMENTS_UNSATISFIABLE"
    E_REQUIREMENTS_NEED_BUILD = "E_REQUIREMENTS_NEED_BUILD"
    # runs
    E_QUEUE_FULL = "E_QUEUE_FULL"
    E_RUN_ALREADY_ENDED = "E_RUN_ALREADY_ENDED"
    E_RUN_LOST = "E_RUN_LOST"
    E_RUN_TIMEOUT = "E_RUN_TIMEOUT"
    E_RUN_CANCELLED = "E_RUN_CANCELLED"
    E_RUN_NO_METRICS = "E_RUN_NO_METRICS"
    E_RUN_OUTPUT_LOST = "E_RUN_OUTPUT_LOST"
    E_NOTEBOOK_FAILED = "E_NOTEBOOK_FAILED"
    E_OUT_OF_MEMORY = "E_OUT_OF_MEMORY"
    E_SANDBOX_FAILED = "E_SANDBOX_FAILED"
    E_DATASET_FAILED = "E_DATASET_FAILED"
    E_ARTIFACT_QUOTA = "E_ARTIFACT_QUOTA"
    E_UPLOAD_FAILED = "E_UPLOAD_FAILED"
    # what P2N stands on
    E_DOCKER_UNAVAILABLE = "E_DOCKER_UNAVAILABLE"
    E_IMAGE_UNAVAILABLE = "E_IMAGE_UNAVAILABLE"
    E_RAY_UNAVAILABLE = "E_RAY_UNAVAILABLE"
    # signed files
    E_SIGNATURE_INVALID = "E_SIGNATURE_INVALID"
    E_SIGNATURE_EXPIRED = "E_SIGNATURE_EXPIRED"

    @property
    def http_status(self) -> int:
        """The status a client sees when a request ends with this error; 500 where none is bound."""
        return _STATUS.get(self, 500)


_STATUS = {
    ErrorCode.E_BAD_REQUEST: 400,
    ErrorCode.E_VALIDATION: 400,
    ErrorCode.E_UNAUTHENTICATED: 403,
    ErrorCode.E_FORBIDDEN: 403,
    ErrorCode.E_NOT_FOUND: 404,
    ErrorCode.E_METHOD_NOT_ALLOWED: 405,
    ErrorCode.E_CONFLICT: 409,
    ErrorCode.E_NOT_A_PDF: 415,
    ErrorCode.E_PDF_ENCRYPTED: 422,
    ErrorCode.E_PDF_EMPTY: 422,
    ErrorCode.E_PDF_NO_TEXT: 422,
    ErrorCode.E_PDF_DAMAGED: 422,
    ErrorCode.E_PDF_TOO_LARGE: 413,
    ErrorCode.E_PDF_TIMEOUT: 422,
    ErrorCode.E_URL_REFUSED: 400,
    ErrorCode.E_URL_UNREACHABLE: 502,
    ErrorCode.E_NO_CLAIMS: 409,
    ErrorCode.E_NOTHING_RUNNABLE: 422,
    ErrorCode.E_PLAN_NOT_MATERIALIZED: 409,
    ErrorCode.E_NOTEBOOK_INVALID: 400,
    ErrorCode.E_REQUIREMENTS_UNSATISFIABLE: 422,
    ErrorCode.E_REQUIREMENTS_NEED_BUILD: 422,
    ErrorCode.E_QUEUE_FULL: 429,
    ErrorCode.E_RUN_ALREADY_ENDED: 409,
    ErrorCode.E_DOCKER_UNAVAILABLE: 503,
    ErrorCode.E_IMAGE_UNAVAILABLE: 503,
    ErrorCode.E_RAY_UNAVAILABLE: 503,
    ErrorCode.E_SIGNATURE_INVALID: 403,
    ErrorCode.E_SIGNATURE_EXPIRED: 403,
}


class ErrorInfo(Schema):
    """What went wrong, in words for a person, and what to do next."""

    code: ErrorCode
    message: str
    remediation: str
    detail: dict[str, Any] = Field(default_factory=dict)


class ErrorBody(Schema):
    """The one body of every failed request."""

    error: ErrorInfo


class P2NError(Exception):
    """The one exception that carries an error to a client; everything else becomes E_INTERNAL."""

    def __init__(
        self, code: ErrorCode, message: str, remediation: str, detail: dict[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.info = ErrorInfo(code=code, message=message, remediation=remediation, detail=detail or {})

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.info.code, self.info.message, self.info.remediation, self.info.detail))

    @classmethod
    def of(cls, info: ErrorInfo) -> P2NError:
        """The exception for an error that came as data, say from another process."""
        return cls(info.code, info.message, info.remediation, info.detail)

    @property
    def code(self) -> ErrorCode:
        return self.info.code
