"""Every error that a client can meet: code, HTTP status and what to do about it."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import Field, ValidationError

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
    E_MODEL_NOT_CONFIGURED = "E_MODEL_NOT_CONFIGURED"
    E_MODEL_UNAVAILABLE = "E_MODEL_UNAVAILABLE"
    E_MODEL_REJECTED = "E_MODEL_REJECTED"
    E_MODEL_REFUSED = "E_MODEL_REFUSED"
    E_MODEL_OUTPUT_INVALID = "E_MODEL_OUTPUT_INVALID"
    E_VECTOR_STORE_INVALID = "E_VECTOR_STORE_INVALID"
    E_POLICY_CAP_EXCEEDED = "E_POLICY_CAP_EXCEEDED"

    E_NO_CLAIMS = "E_NO_CLAIMS"
    E_NOTHING_RUNNABLE = "E_NOTHING_RUNNABLE"
    E_PLAN_NOT_MATERIALIZED = "E_PLAN_NOT_MATERIALIZED"
    E_PLAN_INVALID = "E_PLAN_INVALID"
    E_NOTEBOOK_INVALID = "E_NOTEBOOK_INVALID"
    E_REQUIREMENTS_UNSATISFIABLE = "E_REQUIREMENTS_UNSATISFIABLE"
    E_REQUIREMENTS_NEED_BUILD = "E_REQUIREMENTS_NEED_BUILD"
    # runs
    E_QUEUE_FULL = "E_QUEUE_FULL"
    E_RATE_LIMITED = "E_RATE_LIMITED"
    E_RUN_ALREADY_ENDED = "E_RUN_ALREADY_ENDED"
    E_RUN_LOST = "E_RUN_LOST"
    E_RUN_TIMEOUT = "E_RUN_TIMEOUT"
    E_RUN_CANCELLED = "E_RUN_CANCELLED"
    E_RUN_NO_METRICS = "E_RUN_NO_METRICS"
    E_RUN_OUTPUT_LOST = "E_RUN_OUTPUT_LOST"
    E_NOTEBOOK_FAILED = "E_NOTEBOOK_FAILED"
    E_RUN_OOM = "E_RUN_OOM"
    E_RUN_KERNEL_DIED = "E_RUN_KERNEL_DIED"
    E_RUN_PROCESS_LIMIT = "E_RUN_PROCESS_LIMIT"
    E_RUN_DISK_FULL = "E_RUN_DISK_FULL"
    E_SANDBOX_FAILED = "E_SANDBOX_FAILED"
    E_DATASET_FAILED = "E_DATASET_FAILED"
    E_DATASET_INVALID = "E_DATASET_INVALID"
    E_DATASET_TOO_LARGE = "E_DATASET_TOO_LARGE"
    E_ARTIFACT_QUOTA = "E_ARTIFACT_QUOTA"
    E_UPLOAD_FAILED = "E_UPLOAD_FAILED"
    # stories
    E_STORY_TOO_FEW_PAGES = "E_STORY_TOO_FEW_PAGES"
    E_STORY_TOO_MANY_PAGES = "E_STORY_TOO_MANY_PAGES"
    E_STORY_ALT_TEXT = "E_STORY_ALT_TEXT"
    E_STORY_TEXT = "E_STORY_TEXT"
    E_STORY_TOO_HARD = "E_STORY_TOO_HARD"
    E_STORY_UNFOUNDED = "E_STORY_UNFOUNDED"
    # what P2N stands on
    E_DOCKER_UNAVAILABLE = "E_DOCKER_UNAVAILABLE"
    E_IMAGE_UNAVAILABLE = "E_IMAGE_UNAVAILABLE"
    E_RAY_UNAVAILABLE = "E_RAY_UNAVAILABLE"
    E_CLUSTER_MISMATCH = "E_CLUSTER_MISMATCH"
    E_STORAGE_FULL = "E_STORAGE_FULL"
    E_STORE_UNAVAILABLE = "E_STORE_UNAVAILABLE"
    E_STORE_REJECTED = "E_STORE_REJECTED"
    E_STORE_OUTDATED = "E_STORE_OUTDATED"
    E_BUCKET_MISSING = "E_BUCKET_MISSING"
    E_OBJECT_REFUSED = "E_OBJECT_REFUSED"
    # signed files
    E_SIGNATURE_INVALID = "E_SIGNATURE_INVALID"
    E_SIGNATURE_EXPIRED = "E_SIGNATURE_EXPIRED"

    @property
    def http_status(self) -> int:
        """The status a client sees when a request ends with this error; 500 for what ends a run."""
        return _TABLE[self][0]

    @property
    def meaning(self) -> str:
        return _TABLE[self][1]


_TABLE: dict[ErrorCode, tuple[int, str]] = {
    ErrorCode.E_BAD_REQUEST: (400, "The request can't be understood."),
    ErrorCode.E_VALIDATION: (
        400,
        "A field or argument is not what the contract says; `detail.problems` names each.",
    ),
    ErrorCode.E_UNAUTHENTICATED: (403, "No login, or a wrong token."),
    ErrorCode.E_FORBIDDEN: (403, "This user may not do this here."),
    ErrorCode.E_NOT_FOUND: (404, "There is no such thing, or no such route."),
    ErrorCode.E_METHOD_NOT_ALLOWED: (405, "The route does not take this verb."),
    ErrorCode.E_CONFLICT: (409, "The present state does not allow it."),
    ErrorCode.E_INTERNAL: (500, "A fault of P2N itself; the server's log has the details."),
    ErrorCode.E_NOT_A_PDF: (415, "The bytes are no PDF, whatever the file is called."),
    ErrorCode.E_PDF_ENCRYPTED: (422, "The PDF asks for a password."),
    ErrorCode.E_PDF_EMPTY: (422, "The file or the document has no pages."),
    ErrorCode.E_PDF_NO_TEXT: (422, "The pages are pictures: there is no text to check a quote against."),
    ErrorCode.E_PDF_DAMAGED: (422, "The PDF can't be read, or reading it broke the reader."),
    ErrorCode.E_PDF_TOO_LARGE: (413, "Larger than `P2NApp.max_pdf_mb`."),
    ErrorCode.E_PDF_TIMEOUT: (422, "Reading took longer than `P2NApp.extraction_seconds`."),
    ErrorCode.E_URL_REFUSED: (400, "Not a public http(s) address, or it led to one that is not."),
    ErrorCode.E_URL_UNREACHABLE: (502, "The address gave no document in time."),
    ErrorCode.E_MODEL_NOT_CONFIGURED: (
        409,
        "No key, no price or no package for the model that was asked for.",
    ),
    # 424 and no 5xx: this server is well, what it depends on is not.
    ErrorCode.E_MODEL_UNAVAILABLE: (
        424,
        "The model's provider could not be reached, or is too busy, after retries.",
    ),
    ErrorCode.E_MODEL_REJECTED: (424, "The provider refused the request: key, model or quota."),
    ErrorCode.E_MODEL_REFUSED: (424, "The model declined to answer."),
    ErrorCode.E_MODEL_OUTPUT_INVALID: (
        424,
        "The model's answer was cut off or not of the schema, also after a repair.",
    ),
    ErrorCode.E_VECTOR_STORE_INVALID: (424, "The provider's index of the paper has no valid id, or failed."),
    ErrorCode.E_POLICY_CAP_EXCEEDED: (
        402,
        "The call could cost more than is left of the paper's spending cap.",
    ),
    ErrorCode.E_NO_CLAIMS: (409, "No claims were extracted, so there is nothing to plan."),
    ErrorCode.E_NOTHING_RUNNABLE: (422, "No claim can be run; `detail` has the reason of each."),
    ErrorCode.E_PLAN_NOT_MATERIALIZED: (409, "The plan has no notebook and no env_hash yet."),
    ErrorCode.E_PLAN_INVALID: (
        422,
        "The stored plan does not follow v1.1; `detail.problems` names each problem.",
    ),
    ErrorCode.E_NOTEBOOK_INVALID: (400, "Not an nbformat 4 notebook, or too large."),
    ErrorCode.E_REQUIREMENTS_UNSATISFIABLE: (
        422,
        "The packages can't be had together; uv's reason is in the message.",
    ),
    ErrorCode.E_REQUIREMENTS_NEED_BUILD: (
        422,
        "A package has no wheel for the sandbox; nothing is built there.",
    ),
    ErrorCode.E_QUEUE_FULL: (
        429,
        "`P2NApp.queue_bound` runs are queued or running; Retry-After says when to ask again.",
    ),
    ErrorCode.E_RATE_LIMITED: (
        429,
        "This user has used up the papers of this hour; Retry-After says when to ask again.",
    ),
    ErrorCode.E_RUN_ALREADY_ENDED: (409, "The run has ended and stays as it is."),
    ErrorCode.E_RUN_LOST: (500, "The run's worker is gone and left no end."),
    ErrorCode.E_RUN_TIMEOUT: (500, "The run used up its budget and was stopped."),
    ErrorCode.E_RUN_CANCELLED: (500, "A person stopped the run."),
    ErrorCode.E_RUN_NO_METRICS: (500, "The notebook ended well but reported no metric."),
    ErrorCode.E_RUN_OUTPUT_LOST: (500, "Some of the notebook's output did not arrive."),
    ErrorCode.E_NOTEBOOK_FAILED: (500, "A cell raised; `detail` names the cell."),
    ErrorCode.E_RUN_OOM: (500, "The sandbox needed more than its memory limit; `detail` has limit and peak."),
    ErrorCode.E_RUN_KERNEL_DIED: (
        500,
        "The notebook's kernel died: a crash in native code, or it was killed.",
    ),
    ErrorCode.E_RUN_PROCESS_LIMIT: (500, "The notebook started more processes than the sandbox allows."),
    ErrorCode.E_RUN_DISK_FULL: (500, "The notebook filled the sandbox's scratch space."),
    ErrorCode.E_SANDBOX_FAILED: (500, "The container could not be made, started or heard."),
    ErrorCode.E_DATASET_FAILED: (500, "A dataset could not be fetched, or is not the one expected."),
    ErrorCode.E_DATASET_INVALID: (422, "The uploaded file is no csv, parquet or zip that can be used."),
    ErrorCode.E_DATASET_TOO_LARGE: (413, "The uploaded dataset, or what it unpacks to, is over the limit."),
    ErrorCode.E_ARTIFACT_QUOTA: (500, "The artifacts exceed 25 MB; `detail` names what was refused."),
    ErrorCode.E_UPLOAD_FAILED: (500, "An artifact could not be stored."),
    # like a model's other answers that can't be used
    ErrorCode.E_STORY_TOO_FEW_PAGES: (424, "The storyteller gave fewer than 5 pages, also after a repair."),
    ErrorCode.E_STORY_TOO_MANY_PAGES: (424, "The storyteller gave more than 7 pages, also after a repair."),
    ErrorCode.E_STORY_ALT_TEXT: (424, "A page of the storyteller's has no alt text that says what is seen."),
    ErrorCode.E_STORY_TEXT: (
        424,
        "A page of the storyteller's has no text that can be read, or its pages are not those asked for.",
    ),
    ErrorCode.E_STORY_TOO_HARD: (424, "A page of the storyteller's is above a grade-3 reading level."),
    ErrorCode.E_STORY_UNFOUNDED: (
        424,
        "The storyteller said a number or a name that is in none of the paper's facts.",
    ),
    ErrorCode.E_DOCKER_UNAVAILABLE: (503, "No Docker Engine answers."),
    ErrorCode.E_IMAGE_UNAVAILABLE: (503, "The sandbox's base image is missing and could not be made."),
    ErrorCode.E_RAY_UNAVAILABLE: (503, "The Ray head could not be started or reached."),
    # 424 and no 5xx: as with a model, this server is well, what it depends on is not.
    ErrorCode.E_CLUSTER_MISMATCH: (
        424,
        "The Ray cluster runs another version of Python, Ray or P2N; `detail` has both.",
    ),
    ErrorCode.E_STORAGE_FULL: (
        507,
        "The disk of the data folder, or the Supabase project, is full; nothing was changed.",
    ),
    ErrorCode.E_STORE_UNAVAILABLE: (503, "Supabase can't be reached, or is too busy, after retries."),
    ErrorCode.E_STORE_REJECTED: (424, "Supabase refused the key, or no key or package is there."),
    ErrorCode.E_STORE_OUTDATED: (424, "The database at Supabase has not the schema of this version of P2N."),
    ErrorCode.E_BUCKET_MISSING: (424, "The bucket at Supabase does not exist."),
    ErrorCode.E_OBJECT_REFUSED: (424, "The bucket's size limit or list of types refused an object."),
    ErrorCode.E_SIGNATURE_INVALID: (403, "The link was not signed here, or was changed."),
    ErrorCode.E_SIGNATURE_EXPIRED: (403, "The link has ended; list the files again for a fresh one."),
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


def invalid(error: ValidationError) -> P2NError:
    """What a model refused, as E_VALIDATION with every problem in `detail`."""
    problems = [
        {"where": ".".join(str(part) for part in problem["loc"]), "problem": problem["msg"]}
        for problem in error.errors(include_url=False, include_input=False, include_context=False)[:20]
    ]
    first = problems[0] if problems else {"where": "", "problem": "invalid"}
    where = f"{first['where']}: " if first["where"] else ""
    return P2NError(
        ErrorCode.E_VALIDATION,
        f"{where}{first['problem']}",
        "Correct the request; GET /p2n/api/v1/openapi.json describes it.",
        {"problems": problems},
    )


def storage_full() -> P2NError:
    """What a write that found no room becomes."""
    return P2NError(
        ErrorCode.E_STORAGE_FULL,
        "The disk that holds P2N's data folder is full.",
        "Make room there (`jupyter p2n delete` removes runs), then try again. Runs that are going on wait for it.",
    )
