"""Deleting runs: row, events and every object, for one run or for many."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from p2n_schemas.api import RunDeletionFilter, RunDeletionRequest, RunDeletionResult, RunKept
from p2n_schemas.base import utc_now
from p2n_schemas.errors import ErrorCode, P2NError

from ..protocols import Database, EventLog, ObjectStore, RunFilter
from . import keys
from .faults import missing

_MAX_AT_ONCE = 10_000
Forget = Callable[[str], Awaitable[None]]
"""Removes what else is kept of a run."""


class RunDeletion:
    def __init__(self, database: Database, objects: ObjectStore, log: EventLog) -> None:
        self._database = database
        self._objects = objects
        self._log = log
        self.forgetters: list[Forget] = []

    async def delete(self, run_id: str) -> None:
        """Raises E_NOT_FOUND, and E_CONFLICT while the run is going on."""
        run = await self._database.get_run(run_id)
        if run is None:
            raise missing("run", run_id)
        if not run.status.is_terminal():
            raise P2NError(
                ErrorCode.E_CONFLICT,
                f"The run is still going on: {run.status}.",
                "Cancel it first, then delete it.",
                {"runs": [run_id]},
            )
        await remove_files(run_id, self._objects, self._log, self.forgetters)
        await self._database.delete_run(run_id)

    async def delete_many(self, request: RunDeletionRequest) -> RunDeletionResult:
        """One run that can't be deleted keeps no other from it."""
        run_ids = list(dict.fromkeys(request.run_ids))
        if request.filter is not None:
            where = _matching(request.filter)
            run_ids = [run.id for run in await self._database.list_runs(where, limit=_MAX_AT_ONCE)]
        deleted: list[str] = []
        kept: list[RunKept] = []
        freed = 0
        events = await self._log.sizes() if run_ids else {}
        for run_id in run_ids:
            try:
                size = sum((await self._objects.sizes(keys.run_folder(run_id))).values())
                await self.delete(run_id)
            except P2NError as error:
                kept.append(RunKept(run_id=run_id, reason=error.info))
            else:
                deleted.append(run_id)
                freed += size + events.get(run_id, 0)
        return RunDeletionResult(deleted=deleted, kept=kept, bytes_freed=freed)


async def remove_files(
    run_id: str, objects: ObjectStore, log: EventLog, forgetters: Sequence[Forget] = ()
) -> None:
    """Before the row: a row without its files can be deleted again, files without a row are lost space."""
    await objects.delete_prefix(keys.run_folder(run_id))
    await log.delete(run_id)
    for forget in forgetters:
        await forget(run_id)


def _matching(asked: RunDeletionFilter) -> RunFilter:
    before = None if asked.older_than_days is None else utc_now() - timedelta(days=asked.older_than_days)
    return RunFilter(paper_id=asked.paper_id, statuses=tuple(asked.status), created_before=before)
