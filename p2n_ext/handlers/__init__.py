"""The route table: HTTP only, one thin module a resource."""

from __future__ import annotations

from jupyter_server.utils import url_path_join

from .base import SERVICES, P2NHandler, UnknownRoute
from .claims import ClaimExportHandler, ClaimHandler, EvidenceHandler, PageHandler, PaperClaimsHandler
from .datasets import DatasetHandler, DatasetsHandler
from .determinism import DeterminismCancelHandler, DeterminismHandler
from .files import SignedFileHandler
from .papers import (
    ExtractCancelHandler,
    ExtractHandler,
    PaperHandler,
    PapersHandler,
    SamplePaperHandler,
    UsageHandler,
    VerifyHandler,
)
from .plans import (
    AssetsHandler,
    MaterializeHandler,
    NotebookHandler,
    PaperPlansHandler,
    PlanHandler,
    RunPlanHandler,
)
from .reports import (
    ReportCrateHandler,
    ReportHandler,
    ReportHtmlHandler,
    ReportJsonHandler,
    ReportMarkdownHandler,
)
from .runs import (
    ArtifactsHandler,
    CancelHandler,
    RerunHandler,
    RunDeletionHandler,
    RunEventsHandler,
    RunHandler,
    RunsEventsHandler,
    RunsHandler,
)
from .storage import StorageDeletionHandler, StorageHandler
from .storyboards import PaperStoryHandler, StoryHandler, StoryPictureHandler, StoryRefreshHandler
from .system import DoctorHandler, HealthHandler, OpenApiHandler
from .traces import TraceHandler

API_PATH = "/p2n/api/v1"

ROUTES: tuple[tuple[str, type[P2NHandler]], ...] = (
    ("/papers", PapersHandler),
    ("/papers/sample", SamplePaperHandler),
    ("/papers/{id}", PaperHandler),
    ("/papers/{id}/verify", VerifyHandler),
    ("/papers/{id}/extract", ExtractHandler),
    ("/papers/{id}/extract/cancel", ExtractCancelHandler),
    ("/papers/{id}/claims", PaperClaimsHandler),
    ("/papers/{id}/claims.{kind}", ClaimExportHandler),
    ("/papers/{id}/pages/{number}.png", PageHandler),
    ("/papers/{id}/usage", UsageHandler),
    ("/papers/{id}/plans", PaperPlansHandler),
    ("/papers/{id}/report", ReportHandler),
    ("/papers/{id}/report.json", ReportJsonHandler),
    ("/papers/{id}/report.md", ReportMarkdownHandler),
    ("/papers/{id}/report.html", ReportHtmlHandler),
    ("/papers/{id}/report.crate.zip", ReportCrateHandler),
    ("/papers/{id}/storyboard", PaperStoryHandler),
    ("/storyboards/{id}", StoryHandler),
    ("/storyboards/{id}/refresh", StoryRefreshHandler),
    ("/storyboards/{id}/pages/{number}.svg", StoryPictureHandler),
    ("/claims/{id}", ClaimHandler),
    ("/claims/{id}/evidence.png", EvidenceHandler),
    ("/plans/{id}", PlanHandler),
    ("/plans/{id}/materialize", MaterializeHandler),
    ("/plans/{id}/assets", AssetsHandler),
    ("/plans/{id}/notebook", NotebookHandler),
    ("/plans/{id}/run", RunPlanHandler),
    ("/runs", RunsHandler),
    ("/runs/delete", RunDeletionHandler),
    ("/runs/events", RunsEventsHandler),
    ("/runs/{id}", RunHandler),
    ("/runs/{id}/events", RunEventsHandler),
    ("/runs/{id}/cancel", CancelHandler),
    ("/runs/{id}/trace", TraceHandler),
    ("/runs/{id}/rerun", RerunHandler),
    ("/runs/{id}/validate_determinism", DeterminismHandler),
    ("/runs/{id}/validate_determinism/cancel", DeterminismCancelHandler),
    ("/runs/{id}/artifacts", ArtifactsHandler),
    ("/datasets", DatasetsHandler),
    ("/datasets/{id}", DatasetHandler),
    ("/storage", StorageHandler),
    ("/storage/delete", StorageDeletionHandler),
    ("/health", HealthHandler),
    ("/doctor", DoctorHandler),
    ("/openapi.json", OpenApiHandler),
    ("/files/{token}", SignedFileHandler),
)

_PATTERNS = {
    "{id}": r"([A-Za-z0-9_-]{1,80})",
    "{kind}": "(csv|json)",
    "{number}": "([1-9][0-9]{0,4})",
    "{token}": r"([A-Za-z0-9_.-]{1,4000})",
}


def _pattern(path: str) -> str:
    pattern = path.replace(".", r"\.")
    for name, expression in _PATTERNS.items():
        pattern = pattern.replace(name, expression)
    return pattern


def handlers(base: str = "") -> list[tuple[str, type[P2NHandler]]]:
    """Tornado's form of the route table, with a last route that answers for unknown addresses."""
    prefix = url_path_join(base, API_PATH)
    table = [(f"{prefix}{_pattern(path)}", handler) for path, handler in ROUTES]
    return [*table, (rf"{prefix}(?:/.*)?", UnknownRoute)]


__all__ = ["API_PATH", "ROUTES", "SERVICES", "handlers"]
