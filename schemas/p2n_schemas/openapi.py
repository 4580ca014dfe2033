"""The REST API as an OpenAPI 3.1 document, and all schemas in one bundle."""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from . import (
    api,
    claims,
    datasets,
    determinism,
    errors,
    events,
    model_calls,
    papers,
    plans,
    reports,
    runs,
    storage,
    storyboards,
    traces,
)
from .operation import API_PATH, Operation
from .operations import OPERATIONS

MODELS: tuple[type[BaseModel], ...] = (
    papers.Paper,
    claims.Claim,
    claims.ClaimPatch,
    plans.PlanBody,
    plans.Plan,
    runs.Run,
    runs.RunInputs,
    runs.RunSpec,
    reports.Report,
    errors.ErrorBody,
    api.PaperFromUrl,
    api.PaperCreated,
    api.PaperList,
    api.PaperVerification,
    api.ClaimList,
    api.PlanRequest,
    api.PlanImport,
    api.PlanList,
    datasets.UploadedDataset,
    datasets.DatasetCreated,
    datasets.DatasetList,
    api.PlanAssets,
    api.NotebookUpdate,
    api.ExtractRequest,
    model_calls.PaperUsage,
    api.NotebookRunRequest,
    api.RunList,
    api.RunDeletionRequest,
    api.RunDeletionResult,
    api.RunGone,
    api.WebhookBody,
    api.ArtifactList,
    determinism.ValidationRequest,
    determinism.DeterminismValidation,
    storage.Storage,
    storage.StorageDeletion,
    storage.StorageRemoval,
    storyboards.Storyboard,
    storyboards.StoryRequest,
    api.Doctor,
    api.Health,
    traces.RunTrace,
    events.StageUpdateEvent,
    events.ProgressEvent,
    events.LogLineEvent,
    events.MetricUpdateEvent,
    events.SamplePredEvent,
    events.ErrorEvent,
    events.EndEvent,
    events.TokenEvent,
    events.ResultEvent,
    events.PlanEvent,
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
    names = re.findall(r"{(\w+)}", operation.path)
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
    if operation.body is not None and operation.other_body is not None:
        either = [_ref(operation.body), _ref(operation.other_body)]
        content["application/json"] = {"schema": {"anyOf": either}}
    if operation.upload:
        file = {
            "type": "object",
            "required": ["file"],
            "properties": {"file": {"type": "string", "format": "binary"}}
            | {name: {"type": "string"} for name in operation.fields},
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
