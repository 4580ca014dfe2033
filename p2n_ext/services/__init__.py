"""Use cases, free of HTTP and of Ray: they speak to the outside through `p2n_ext.protocols`."""

from __future__ import annotations

from dataclasses import dataclass

from .doctor import DoctorService
from .extraction import ExtractionService
from .files import FileService
from .ingest import IngestService
from .papers import PaperService
from .planning import PlanningService
from .reports import ReportService
from .runs import RunService


@dataclass(frozen=True)
class Services:
    """All use cases, built once by app.py."""

    ingest: IngestService
    papers: PaperService
    extraction: ExtractionService
    planning: PlanningService
    runs: RunService
    reports: ReportService
    files: FileService
    doctor: DoctorService

    async def close(self) -> None:
        await self.extraction.close()
        await self.runs.close()
        await self.papers.close()


__all__ = ["Services"]
