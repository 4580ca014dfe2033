"""The operations of the REST API, as data: each with its request, its answer and its errors."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel

from . import (
    api,
    claims,
    datasets,
    determinism,
    model_calls,
    papers,
    plans,
    reports,
    runs,
    storage,
    storyboards,
    traces,
)
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


_PDF_ERRORS = (
    ErrorCode.E_NOT_A_PDF,
    ErrorCode.E_PDF_ENCRYPTED,
    ErrorCode.E_PDF_EMPTY,
    ErrorCode.E_PDF_NO_TEXT,
    ErrorCode.E_PDF_DAMAGED,
    ErrorCode.E_PDF_TOO_LARGE,
    ErrorCode.E_PDF_TIMEOUT,
)
_MODEL_ERRORS = (
    ErrorCode.E_MODEL_NOT_CONFIGURED,
    ErrorCode.E_MODEL_UNAVAILABLE,
    ErrorCode.E_MODEL_REJECTED,
)
_STORY_ERRORS = (
    ErrorCode.E_STORY_TOO_FEW_PAGES,
    ErrorCode.E_STORY_TOO_MANY_PAGES,
    ErrorCode.E_STORY_ALT_TEXT,
    ErrorCode.E_STORY_TEXT,
    ErrorCode.E_STORY_TOO_HARD,
    ErrorCode.E_STORY_UNFOUNDED,
)
_CLAIM_FILTER = ("table", "method", "dataset", "metric", "status", "headline", "own_method")
_GONE = (ErrorCode.E_NOT_FOUND,)
_RUN = (
    ErrorCode.E_NOT_FOUND,
    ErrorCode.E_PLAN_INVALID,
    ErrorCode.E_PLAN_NOT_MATERIALIZED,
    ErrorCode.E_QUEUE_FULL,
    ErrorCode.E_STORAGE_FULL,
)

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
            ErrorCode.E_RATE_LIMITED,
            ErrorCode.E_STORAGE_FULL,
            *_MODEL_ERRORS,
            ErrorCode.E_VECTOR_STORE_INVALID,
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
        "Delete a paper with all that came of it, and its index at a model's provider; `forget_index=true` leaves that there"
        " where it can't be deleted.",
        None,
        204,
        query=("forget_index",),
        errors=(*_GONE, ErrorCode.E_CONFLICT, *_MODEL_ERRORS),
    ),
    Operation(
        "GET",
        "/papers/{id}/verify",
        "Do the PDF, its claims and its index exist, and is the PDF unchanged?",
        api.PaperVerification,
        errors=(*_GONE, *_MODEL_ERRORS),
    ),
    Operation(
        "POST",
        "/papers/{id}/extract",
        "Read the paper, maybe with another reader than the server is set up for; claims as they are verified.",
        EVENT_STREAM,
        body=api.ExtractRequest,
        errors=(*_GONE, ErrorCode.E_VALIDATION, ErrorCode.E_CONFLICT, ErrorCode.E_MODEL_NOT_CONFIGURED),
    ),
    Operation(
        "GET",
        "/papers/{id}/extract",
        "Follow the reading that goes on, from its first event or the one after `Last-Event-ID`.",
        EVENT_STREAM,
        query=("after",),
        headers=("Last-Event-ID",),
        errors=(*_GONE, ErrorCode.E_VALIDATION),
    ),
    Operation(
        "POST",
        "/papers/{id}/extract/cancel",
        "Stop a reading that is going on; the claims of an earlier one stay.",
        None,
        204,
        errors=_GONE,
    ),
    Operation(
        "GET",
        "/papers/{id}/claims",
        "The claims with their evidence; `status` may be given several times, texts are sought anywhere in a name.",
        api.ClaimList,
        query=_CLAIM_FILTER,
        errors=(*_GONE, ErrorCode.E_VALIDATION),
    ),
    Operation(
        "GET",
        "/papers/{id}/claims.{kind}",
        "The same as a file to keep; `kind` is csv or json.",
        "text/csv",
        query=_CLAIM_FILTER,
        errors=(*_GONE, ErrorCode.E_VALIDATION),
    ),
    Operation(
        "GET",
        "/papers/{id}/usage",
        "What models have cost for this paper, call by call, and what they may.",
        model_calls.PaperUsage,
        errors=_GONE,
    ),
    Operation(
        "POST",
        "/papers/{id}/plans",
        "A plan v1.1 for the chosen claims and budget, maybe on an uploaded dataset; or a whole plan that a person wrote,"
        " the next version of its `parent`. A planning, which takes minutes with a model, is told as server-sent events"
        " where the client accepts text/event-stream: its stages, the model's text, `plan`, `end`.",
        plans.Plan,
        201,
        body=api.PlanRequest,
        other_body=api.PlanImport,
        errors=(
            *_GONE,
            ErrorCode.E_VALIDATION,
            ErrorCode.E_NO_CLAIMS,
            ErrorCode.E_NOTHING_RUNNABLE,
            *_MODEL_ERRORS,
            ErrorCode.E_MODEL_REFUSED,
            ErrorCode.E_MODEL_OUTPUT_INVALID,
            ErrorCode.E_POLICY_CAP_EXCEEDED,
        ),
    ),
    Operation("GET", "/papers/{id}/plans", "The paper's plans, newest first.", api.PlanList, errors=_GONE),
    Operation(
        "GET",
        "/papers/{id}/report",
        "Claimed against observed, with a verdict for each claim, and what the paper contradicts itself in.",
        reports.Report,
        errors=_GONE,
    ),
    *(
        Operation(
            "GET", f"/papers/{{id}}/report.{form}", summary, kind, errors=(*_GONE, ErrorCode.E_STORAGE_FULL)
        )
        for form, kind, summary in (
            ("json", "application/json", "The report as a JSON file to keep."),
            ("md", "text/markdown", "The report as Markdown."),
            ("html", "text/html", "The report as one page that loads nothing from elsewhere, with plots."),
        )
    ),
    Operation(
        "GET",
        "/papers/{id}/report.crate.zip",
        "The report as an RO-Crate 1.1 with plans, notebooks, locks, artifacts and evidence, to be run again with one"
        " `docker` command; `pdf=1` puts the paper in.",
        "application/zip",
        query=("pdf",),
        errors=(*_GONE, ErrorCode.E_VALIDATION, ErrorCode.E_CONFLICT, ErrorCode.E_STORAGE_FULL),
    ),
    Operation(
        "PATCH",
        "/claims/{id}",
        "Confirm, correct or reject a claim; a corrected value has to stand on its page.",
        claims.Claim,
        body=claims.ClaimPatch,
        errors=(*_GONE, ErrorCode.E_VALIDATION),
    ),
    Operation(
        "GET",
        "/claims/{id}/evidence.png",
        "The crop of the page where the value stands, marked; `view=page`: the whole page.",
        "image/png",
        query=("view",),
        errors=(*_GONE, ErrorCode.E_VALIDATION),
    ),
    Operation("GET", "/plans/{id}", "One plan.", plans.Plan, errors=(*_GONE, ErrorCode.E_PLAN_INVALID)),
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
        "Runs, newest first; `status` may be given several times, `kind` is plan or notebook.",
        api.RunList,
        query=(
            "paper_id",
            "plan_id",
            "status",
            "kind",
            "created_after",
            "created_before",
            "limit",
            "offset",
        ),
        errors=(ErrorCode.E_VALIDATION,),
    ),
    Operation(
        "POST",
        "/runs",
        "Queue a run of a person's own notebook: locked, then run like a plan's.",
        runs.Run,
        202,
        body=api.NotebookRunRequest,
        headers=("Idempotency-Key",),
        errors=(
            ErrorCode.E_NOT_FOUND,
            ErrorCode.E_VALIDATION,
            ErrorCode.E_NOTEBOOK_INVALID,
            ErrorCode.E_REQUIREMENTS_UNSATISFIABLE,
            ErrorCode.E_REQUIREMENTS_NEED_BUILD,
            ErrorCode.E_QUEUE_FULL,
            ErrorCode.E_DOCKER_UNAVAILABLE,
            ErrorCode.E_IMAGE_UNAVAILABLE,
            ErrorCode.E_STORAGE_FULL,
        ),
    ),
    Operation(
        "POST",
        "/runs/delete",
        "Delete many runs, by id or by filter; says which were kept and why, and the bytes freed.",
        api.RunDeletionResult,
        body=api.RunDeletionRequest,
        errors=(ErrorCode.E_VALIDATION,),
    ),
    Operation("GET", "/runs/{id}", "One run.", runs.Run, errors=_GONE),
    Operation(
        "DELETE",
        "/runs/{id}",
        "Delete a run that has ended, with its events and artifacts.",
        None,
        204,
        errors=(*_GONE, ErrorCode.E_CONFLICT),
    ),
    Operation(
        "GET",
        "/runs/events",
        "Up to 50 runs in one stream, each from `run=ID:SEQ` on, `SEQ` the newest event known: frames as the runs'"
        " own streams give them, with `id: ID:SEQ`. A run that is not there gives one event `gone` (`RunGone`). To add"
        " or leave a run, ask again with the present places.",
        EVENT_STREAM,
        query=("run",),
        headers=("Last-Event-ID",),
        errors=(ErrorCode.E_VALIDATION,),
    ),
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
    Operation(
        "POST",
        "/runs/{id}/rerun",
        "The same plan as it is now, or the same notebook, once more.",
        runs.Run,
        202,
        errors=(*_RUN, ErrorCode.E_CONFLICT),
    ),
    Operation(
        "POST",
        "/runs/{id}/validate_determinism",
        "Run what this run executed `runs` times more and compare the bytes of metrics.json; while that goes on, the same"
        " request gives the same validation.",
        determinism.DeterminismValidation,
        202,
        body=determinism.ValidationRequest,
        errors=(
            *_GONE,
            ErrorCode.E_VALIDATION,
            ErrorCode.E_CONFLICT,
            ErrorCode.E_QUEUE_FULL,
            ErrorCode.E_STORAGE_FULL,
        ),
    ),
    Operation(
        "GET",
        "/runs/{id}/validate_determinism",
        "The newest validation of this run, as far as it is: ask again until `status` is not `running`.",
        determinism.DeterminismValidation,
        errors=_GONE,
    ),
    Operation(
        "POST",
        "/runs/{id}/validate_determinism/cancel",
        "Stop the validation that goes on, with its runs.",
        determinism.DeterminismValidation,
        errors=(*_GONE, ErrorCode.E_RUN_ALREADY_ENDED),
    ),
    Operation(
        "GET",
        "/runs/{id}/artifacts",
        "What the run left behind, with signed links.",
        api.ArtifactList,
        errors=_GONE,
    ),
    Operation(
        "POST",
        "/datasets",
        "Upload data: csv, parquet, or a zip of such files. 200 where these bytes were known already.",
        datasets.DatasetCreated,
        201,
        upload=True,
        fields=("name", "licence", "source"),
        errors=(
            ErrorCode.E_BAD_REQUEST,
            ErrorCode.E_VALIDATION,
            ErrorCode.E_CONFLICT,
            ErrorCode.E_DATASET_INVALID,
            ErrorCode.E_DATASET_TOO_LARGE,
            ErrorCode.E_STORAGE_FULL,
        ),
    ),
    Operation("GET", "/datasets", "All uploaded datasets, newest first.", datasets.DatasetList),
    Operation("GET", "/datasets/{id}", "One uploaded dataset.", datasets.UploadedDataset, errors=_GONE),
    Operation(
        "DELETE",
        "/datasets/{id}",
        "Delete an uploaded dataset, unless a run that is going on uses it.",
        None,
        204,
        errors=(*_GONE, ErrorCode.E_CONFLICT),
    ),
    Operation(
        "GET",
        "/storage",
        "What runs, environments, datasets, uploads, papers and images take on disk.",
        storage.Storage,
    ),
    Operation(
        "POST",
        "/storage/delete",
        "Remove some of it; what is in use is kept, with the reason.",
        storage.StorageRemoval,
        body=storage.StorageDeletion,
        errors=(
            ErrorCode.E_VALIDATION,
            ErrorCode.E_DOCKER_UNAVAILABLE,
            ErrorCode.E_IMAGE_UNAVAILABLE,
            ErrorCode.E_SANDBOX_FAILED,
        ),
    ),
    Operation(
        "POST",
        "/papers/{id}/storyboard",
        "Tell the paper as a story for children; a paper has one, and telling it again makes its pages anew. 200 where"
        " there was one.",
        storyboards.Storyboard,
        201,
        body=storyboards.StoryRequest,
        errors=(
            *_GONE,
            ErrorCode.E_VALIDATION,
            ErrorCode.E_CONFLICT,
            *_MODEL_ERRORS,
            ErrorCode.E_MODEL_REFUSED,
            ErrorCode.E_MODEL_OUTPUT_INVALID,
            ErrorCode.E_POLICY_CAP_EXCEEDED,
            *_STORY_ERRORS,
            ErrorCode.E_STORAGE_FULL,
        ),
    ),
    Operation(
        "GET",
        "/papers/{id}/storyboard",
        "The paper's story; `stale` where the paper has newer facts.",
        storyboards.Storyboard,
        errors=_GONE,
    ),
    Operation(
        "GET",
        "/storyboards/{id}",
        "One story; `stale` where the paper has newer facts.",
        storyboards.Storyboard,
        errors=_GONE,
    ),
    Operation(
        "POST",
        "/storyboards/{id}/refresh",
        "Make the scoreboard, and each page whose facts have changed, anew; the same facts change nothing.",
        storyboards.Storyboard,
        errors=(*_GONE, ErrorCode.E_CONFLICT, ErrorCode.E_STORAGE_FULL),
    ),
    Operation(
        "GET",
        "/storyboards/{id}/pages/{number}.svg",
        "The picture of one page, to be shown as an image.",
        "image/svg+xml",
        query=("v",),
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
