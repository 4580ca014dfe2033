"""Use cases, free of HTTP and of Ray: they speak to the outside through `p2n_ext.protocols`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from ..telemetry.process import Telemetry
from .claims import ClaimService
from .datasets import DatasetService
from .determinism import DeterminismService
from .doctor import DoctorService
from .extraction import ExtractionService
from .files import FileService
from .ingest import IngestService
from .lost_runs import LostRuns
from .own_notebooks import OwnNotebookService
from .papers import PaperService
from .plan_door import PlanDoor
from .planning import PlanningService
from .report_files import ReportFiles
from .reports import ReportService
from .retention import Retention
from .run_deletion import RunDeletion
from .runs import RunService
from .storage import StorageService
from .storyboards import StoryService
from .traces import TraceService
from .webhook import Webhook


@dataclass(frozen=True)
class Services:
    """All use cases, built once by app.py."""

    ingest: IngestService
    papers: PaperService
    claims: ClaimService
    extraction: ExtractionService
    planning: PlanningService
    plan_door: PlanDoor
    runs: RunService
    determinism: DeterminismService
    lost_runs: LostRuns
    own_notebooks: OwnNotebookService
    deletion: RunDeletion
    webhook: Webhook | None
    reports: ReportService
    report_files: ReportFiles
    stories: StoryService
    files: FileService
    datasets: DatasetService
    storage: StorageService
    retention: Retention
    doctor: DoctorService
    traces: TraceService
    telemetry: Telemetry
    connections: Sequence[Callable[[], Awaitable[None]]]  # to be closed after all that use them

    async def close(self) -> None:
        await self.retention.close()
        await self.storage.close()
        await self.extraction.close()
        await self.planning.close()
        await self.determinism.close()
        await self.lost_runs.close()
        await self.telemetry.settle()
        await self.runs.close()
        if self.webhook is not None:
            await self.webhook.close()
        for close in self.connections:
            await close()
        await self.papers.close()
        await asyncio.to_thread(self.telemetry.close)


__all__ = ["Services"]
