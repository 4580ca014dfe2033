"""A report as a file to keep, made off the event loop and never held whole where it is large."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal, cast

from p2n_schemas.claims import Claim
from p2n_schemas.reports import Report, VerdictKind
from p2n_schemas.runs import Run

from ..protocols import Database, Documents, ObjectStore
from . import keys
from .faults import missing
from .report_export import CrateParts, RunParts, markdown, page, write_crate
from .reports import ReportService
from .run_inputs import RunInputStore

Form = Literal["json", "md", "html", "crate.zip"]
CONTENT_TYPES: dict[Form, str] = {
    "json": "application/json; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "crate.zip": "application/zip",
}
# Each run is 25 MB at most, so that a crate is bounded too.
_MAX_RUNS = 8
# Each takes a process of its own, and somebody waits.
_MAX_PICTURES = 40
_AT_ONCE = 2
_BLOCK = 1 << 20


@dataclass
class ReportFile:
    """Read it to its end or close it: its bytes lie in a file without a name."""

    filename: str
    content_type: str
    size: int
    _file: IO[bytes]

    async def blocks(self) -> AsyncGenerator[bytes, None]:
        try:
            while block := await asyncio.to_thread(self._file.read, _BLOCK):
                yield block
        finally:
            self.close()

    def close(self) -> None:
        self._file.close()


class ReportFiles:
    """`scratch`: a folder for what is being made; a process that is killed leaves nothing in it."""

    def __init__(
        self,
        reports: ReportService,
        database: Database,
        objects: ObjectStore,
        documents: Documents,
        inputs: RunInputStore,
        version: str,
        scratch: Path,
    ) -> None:
        self._reports = reports
        self._database = database
        self._objects = objects
        self._documents = documents
        self._inputs = inputs
        self._version = version
        self._scratch = scratch
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def make(self, paper_id: str, form: Form, *, with_pdf: bool = False) -> ReportFile:
        """The report in one form. Raises E_NOT_FOUND, E_STORAGE_FULL."""
        async with self._turns:
            report = await self._reports.report(paper_id)
            parts = await self._crate_parts(report, with_pdf) if form == "crate.zip" else None
            file, size = await asyncio.to_thread(self._write, report, form, parts)
        return ReportFile(f"report-{paper_id}.{form}", CONTENT_TYPES[form], size, file)

    def _write(self, report: Report, form: Form, parts: CrateParts | None) -> tuple[IO[bytes], int]:
        file = cast(IO[bytes], tempfile.TemporaryFile(dir=self._scratch))  # noqa: SIM115 - whoever reads it closes it
        try:
            if parts is not None:
                write_crate(parts, file)
            elif form == "json":
                file.write(report.model_dump_json(indent=2).encode())
            else:
                file.write((markdown(report) if form == "md" else page(report)).encode())
            size = file.tell()
            file.seek(0)
        except BaseException:
            file.close()
            raise
        return file, size

    async def _crate_parts(self, report: Report, with_pdf: bool) -> CrateParts:
        paper = await self._database.get_paper(report.paper_id)
        if paper is None:
            raise missing("paper", report.paper_id)
        pdf = await self._objects.local_path(keys.paper(paper.id))
        runs = [await self._run_parts(run) for run in _behind(report)]
        shown = _shown(report)
        pictures = await self._documents.evidence_all(pdf, [claim.citation for claim in shown])
        evidence = {claim.id: picture for claim, picture in zip(shown, pictures, strict=True)}
        return CrateParts(report, paper, self._version, runs, evidence, pdf if with_pdf else None)

    async def _run_parts(self, run: Run) -> RunParts:
        plan = await self._database.get_plan(run.plan_id or "")
        if plan is None:
            raise missing("plan", run.plan_id or "")
        key = keys.plan_asset(plan.id, keys.REQUIREMENTS)
        requirements = (await self._objects.get(key)).decode() if await self._objects.exists(key) else None
        artifacts: dict[str, Path] = {}
        for artifact in run.artifacts:
            artifacts[artifact.name] = await self._objects.local_path(
                keys.run_artifact(run.id, artifact.name)
            )
        return RunParts(run, plan, await self._inputs.load(run), requirements, artifacts)


def _behind(report: Report) -> list[Run]:
    """The newest run behind each verdict: others gave the very same values."""
    newest = dict.fromkeys(
        verdict.run_ids[0]
        for verdict in report.verdicts
        if verdict.run_ids and verdict.verdict is not VerdictKind.NOT_RUN
    )
    return [run for run in report.runs if run.id in newest][:_MAX_RUNS]


def _shown(report: Report) -> list[Claim]:
    """Claims whose places are pictured: those that contradict each other, then the abstract's, then the others judged."""
    judged = [verdict.claim for verdict in report.verdicts if verdict.verdict is not VerdictKind.NOT_RUN]
    known = {verdict.claim.id: verdict.claim for verdict in report.verdicts}
    places = [known[place.claim_id] for entry in report.contradictions for place in entry.places]
    judged.sort(key=lambda claim: not claim.headline)
    return list({claim.id: claim for claim in [*places, *judged]}.values())[:_MAX_PICTURES]
