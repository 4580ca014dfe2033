"""The REST API as data: every operation with its request, its answer and its errors (OpenAPI 3.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from . import api, claims, errors, events, papers, plans, reports, runs
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
    query: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    errors: tuple[ErrorCode, ...] = ()
    public: bool = False


_PDF_ERRORS = (
    ErrorCode.E_NOT_A_PDF,
    ErrorCode.E_PDF_ENCRYPTED,
    ErrorCode.E_PDF_EMPTY,
    ErrorCode.E_PDF_NO_TEXT,
    ErrorCode.E_PDF_DAMAGED,
    ErrorCode.E_PDF_TOO_LARGE,
    ErrorCode.E_PDF_TIMEOUT,
)
_GONE = (ErrorCode.E_NOT_FOUND,)
_RUN = (ErrorCode.E_NOT_FOUND, ErrorCode.E_PLAN_NOT_MATERIALIZED, ErrorCode.E_QUEUE_FULL)

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "POST",
        "/papers",
        "Ingest a PDF: multipart field `file`, or JSON with a URL. 200 where these bytes were known already.",
        api.PaperCreated,
        201,
        body=api.PaperFromUrl,
        upload=True,
        errors=(
            *_PDF_ERRORS,
            ErrorCode.E_BAD_REQUEST,
            ErrorCode.E_VALIDATION,
            ErrorCode.E_URL_REFUSED,
            ErrorCode.E_URL_UNREACHABLE,
        ),
    ),
    Operation("GET", "/papers", "All papers, newest first.", api.PaperList),
    Operation(
        "POST",
        "/papers/sample",
        "Ingest the sample paper that P2N brings along.",
        api.PaperCreated,
        201,
        errors=_GONE,
    ),
    Operation("GET", "/papers/{id}", "One paper.", papers.Paper, errors=_GONE),
    Operation(
        "DELETE",
        "/papers/{id}",
        "Delete a paper with all that came of it.",
        None,
        204,
        errors=(*_GONE, ErrorCode.E_CONFLICT),
    ),
    Operation(
        "GET",
        "/papers/{id}/verify",
        "Do the PDF and its claims exist, and is the PDF unchanged?",
        api.PaperVerification,
        errors=_GONE,
    ),
    Operation(
        "POST",
        "/papers/{id}/extract",
        "Read the paper; claims as they are verified.",
        EVENT_STREAM,
        errors=_GONE,
    ),
    Operation("GET", "/papers/{id}/claims", "The claims with their evidence.", api.ClaimList, errors=_GONE),
    Operation(
        "POST",
        "/papers/{id}/plans",
        "A plan v1.1 for the chosen claims and budget.",
        plans.Plan,
        201,
        body=api.PlanRequest,
        errors=(*_GONE, ErrorCode.E_VALIDATION, ErrorCode.E_NO_CLAIMS, ErrorCode.E_NOTHING_RUNNABLE),
    ),
    Operation("GET", "/papers/{id}/plans", "The paper's plans, newest first.", api.PlanList, errors=_GONE),
    Operation(
        "GET",
        "/papers/{id}/report",
        "Claimed against observed, with a verdict for each claim.",
        reports.Report,
        errors=_GONE,
    ),
    Operation(
        "PATCH",
        "/claims/{id}",
        "Confirm, correct or reject a claim.",
        claims.Claim,
        body=claims.ClaimPatch,
        errors=(*_GONE, ErrorCode.E_VALIDATION),
    ),
    Operation(
        "GET",
        "/claims/{id}/evidence.png",
        "The crop of the page where the value stands, marked.",
        "image/png",
        errors=_GONE,
    ),
    Operation("GET", "/plans/{id}", "One plan.", plans.Plan, errors=_GONE),
    Operation(
        "POST",
        "/plans/{id}/materialize",
        "Write notebook, requirements and hash-pinned lock; gives the env_hash.",
        plans.Plan,
        errors=(
            *_GONE,
            ErrorCode.E_REQUIREMENTS_UNSATISFIABLE,
            ErrorCode.E_REQUIREMENTS_NEED_BUILD,
            ErrorCode.E_DOCKER_UNAVAILABLE,
            ErrorCode.E_IMAGE_UNAVAILABLE,
        ),
    ),
    Operation(
        "GET",
        "/plans/{id}/assets",
        "Signed links to notebook, requirements and lock.",
        api.PlanAssets,
        errors=(*_GONE, ErrorCode.E_PLAN_NOT_MATERIALIZED),
    ),
    Operation(
        "PUT",
        "/plans/{id}/notebook",
        "Run an edited notebook instead; the report says so.",
        plans.Plan,
        body=api.NotebookUpdate,
        errors=(
            *_GONE,
            ErrorCode.E_PLAN_NOT_MATERIALIZED,
            ErrorCode.E_NOTEBOOK_INVALID,
            ErrorCode.E_VALIDATION,
        ),
    ),
    Operation(
        "POST",
        "/plans/{id}/run",
        "Queue a run.",
        runs.Run,
        202,
        headers=("Idempotency-Key",),
        errors=(*_RUN, ErrorCode.E_VALIDATION),
    ),
    Operation(
        "GET",
        "/runs",
        "Runs, newest first.",
        api.RunList,
        query=("paper_id", "plan_id", "status", "limit", "offset"),
        errors=(ErrorCode.E_VALIDATION,),
    ),
    Operation("GET", "/runs/{id}", "One run.", runs.Run, errors=_GONE),
    Operation(
        "GET",
        "/runs/{id}/events",
        "The run's whole history, then live, to its end.",
        EVENT_STREAM,
        query=("after",),
        headers=("Last-Event-ID",),
        errors=(*_GONE, ErrorCode.E_VALIDATION),
    ),
    Operation(
        "POST",
        "/runs/{id}/cancel",
        "Stop a run at whatever stage it is.",
        runs.Run,
        errors=(*_GONE, ErrorCode.E_RUN_ALREADY_ENDED),
    ),
    Operation("POST", "/runs/{id}/rerun", "The same plan once more.", runs.Run, 202, errors=_RUN),
    Operation(
        "GET",
        "/runs/{id}/artifacts",
        "What the run left behind, with signed links.",
        api.ArtifactList,
        errors=_GONE,
    ),
    Operation("GET", "/health", "Is the extension up?", api.Health),
    Operation("GET", "/doctor", "What works, and what to do about what does not.", api.Doctor),
    Operation("GET", "/openapi.json", "This description.", "application/json"),
    Operation(
        "GET",
        "/files/{token}",
        "A signed file; the token is the whole permission.",
        "application/octet-stream",
        errors=(ErrorCode.E_SIGNATURE_INVALID, ErrorCode.E_SIGNATURE_EXPIRED, ErrorCode.E_NOT_FOUND),
        public=True,
    ),
)

MODELS: tuple[type[BaseModel], ...] = (
    papers.Paper,
    claims.Claim,
    claims.ClaimPatch,
    plans.PlanBody,
    plans.Plan,
    runs.Run,
    runs.RunSpec,
    reports.Report,
    errors.ErrorBody,
    api.PaperFromUrl,
    api.PaperCreated,
    api.PaperList,
    api.PaperVerification,
    api.ClaimList,
    api.PlanRequest,
    api.PlanList,
    api.PlanAssets,
    api.NotebookUpdate,
    api.RunList,
    api.ArtifactList,
    api.Doctor,
    api.Health,
    events.StageUpdateEvent,
    events.ProgressEvent,
    events.LogLineEvent,
    events.MetricUpdateEvent,
    events.SamplePredEvent,
    events.ErrorEvent,
    events.EndEvent,
    events.TokenEvent,
    events.ResultEvent,
)


def _definitions(template: str) -> dict[str, Any]:
    pairs = [(model, "serialization") for model in MODELS]
    _, schema = models_json_schema(pairs, ref_template=template)  # type: ignore[arg-type]
    return dict(schema["$defs"])


def bundle() -> dict[str, Any]:
    """All JSON Schemas (draft 2020-12) in one document; `Event` is the union of the stream's events."""
    definitions = _definitions("#/$defs/{model}")
    kinds = [name for name in definitions if name.endswith("Event")]
    definitions["Event"] = {
        "oneOf": [{"$ref": f"#/$defs/{name}"} for name in kinds],
        "discriminator": {"propertyName": "type"},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://p2n.invalid/schemas/p2n.json",
        "title": "P2N",
        "$defs": dict(sorted(definitions.items())),
    }


def document() -> dict[str, Any]:
    """The OpenAPI 3.1 document of the REST API."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": "P2N", "version": "1", "description": "Paper in, verdict out."},
        "servers": [{"url": API_PATH, "description": "below the Jupyter Server's base URL"}],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(_definitions("#/components/schemas/{model}").items())),
            "securitySchemes": {"token": {"type": "apiKey", "in": "header", "name": "Authorization"}},
        },
        "security": [{"token": []}],
    }


def _operation(operation: Operation) -> dict[str, Any]:
    result: dict[str, Any] = {
        "summary": operation.summary,
        "operationId": _operation_id(operation),
        "responses": {str(operation.status): _answer(operation)},
    }
    names = [part[1:-1] for part in operation.path.split("/") if part.startswith("{")]
    parameters = (
        [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]
        + [{"name": name, "in": "query", "schema": {"type": "string"}} for name in operation.query]
        + [{"name": name, "in": "header", "schema": {"type": "string"}} for name in operation.headers]
    )
    if parameters:
        result["parameters"] = parameters
    content: dict[str, Any] = {}
    if operation.body is not None:
        content["application/json"] = {"schema": _ref(operation.body)}
    if operation.upload:
        file = {
            "type": "object",
            "required": ["file"],
            "properties": {"file": {"type": "string", "format": "binary"}},
        }
        content["multipart/form-data"] = {"schema": file}
    if content:
        result["requestBody"] = {"content": content}
    by_status: dict[int, list[str]] = {}
    for code in operation.errors:
        by_status.setdefault(code.http_status, []).append(code.value)
    for status, codes in sorted(by_status.items()):
        result["responses"][str(status)] = {
            "description": ", ".join(codes),
            "content": {"application/json": {"schema": _ref(errors.ErrorBody)}},
        }
    if operation.public:
        result["security"] = []
    return result


def _operation_id(operation: Operation) -> str:
    words = operation.path.replace("{", "").replace("}", "").replace(".", "/").strip("/").split("/")
    return "_".join([operation.method.lower(), *words])


def _answer(operation: Operation) -> dict[str, Any]:
    if operation.answer is None:
        return {"description": operation.summary}
    if isinstance(operation.answer, str):
        return {
            "description": operation.summary,
            "content": {operation.answer: {"schema": {"type": "string"}}},
        }
    return {
        "description": operation.summary,
        "content": {"application/json": {"schema": _ref(operation.answer)}},
    }


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{model.__name__}"}
