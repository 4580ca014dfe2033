"""What P2N did for a run, process by process: its spans as a tree, and the structured lines."""

from __future__ import annotations

import contextlib

from p2n_schemas.errors import P2NError
from p2n_schemas.runs import Run
from p2n_schemas.traces import RunTrace
from p2n_schemas.tracing import Record

from ..protocols import Database, Executor
from ..telemetry.files import TelemetryFiles
from ..telemetry.trees import run_trace
from .faults import missing


class TraceService:
    def __init__(self, database: Database, files: TelemetryFiles, executor: Executor) -> None:
        self._database = database
        self._files = files
        self._executor = executor

    async def trace(self, run_id: str) -> RunTrace:
        """All spans that are known; of a live run also those that its worker has just begun. Raises E_NOT_FOUND."""
        run = await self._run(run_id)
        records = await self._files.read(run.id) + await self._live(run)
        return run_trace(run.id, run.trace_id, records, ended=run.status.is_terminal())

    async def lines(self, run_id: str) -> list[Record]:
        """Structured lines of server, bridge, dispatcher and worker, by time. Raises E_NOT_FOUND."""
        run = await self._run(run_id)
        found = [
            *await self._files.lines(run.id),
            *(record for record in await self._live(run) if record.get("kind") == "log"),
        ]
        known = {(line["timestamp"], line.get("process"), line.get("event")): line for line in found}
        return [known[key] for key in sorted(known, key=lambda key: str(key[0]))]

    async def _run(self, run_id: str) -> Run:
        run = await self._database.get_run(run_id)
        if run is None:
            raise missing("run", run_id)
        return run

    async def _live(self, run: Run) -> list[Record]:
        if run.status.is_terminal():
            return []
        # What can't be asked now is told at the run's end.
        with contextlib.suppress(P2NError):
            return await self._executor.telemetry(run.id)
        return []
