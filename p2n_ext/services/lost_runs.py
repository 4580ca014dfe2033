"""Runs whose worker is gone, as with its node: run again, as often as the plan's policy says."""

from __future__ import annotations

import asyncio
import logging

from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.runs import Run

from ..protocols import Database
from .runs import RunService

_log = logging.getLogger(__name__)


class LostRuns:
    """A lost run stays what it is; its repeat is a run of its own, of the very same inputs.

    One of a determinism validation is the validation's to repeat.
    """

    def __init__(self, database: Database, runs: RunService) -> None:
        self._database = database
        self._runs = runs
        self._tasks: set[asyncio.Task[None]] = set()

    def look_at(self, run_id: str) -> None:
        """A run has ended."""
        task = asyncio.create_task(self._look(run_id), name=f"p2n-lost-{run_id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _look(self, run_id: str) -> None:
        try:
            run = await self._database.get_run(run_id)
            if run is None or not _is_lost(run) or run.plan_id is None or run.validation_id is not None:
                return
            plan = await self._database.get_plan(run.plan_id)
            allowed = plan.body.policy.max_retries if plan is not None else 0
            if await self._losses(run, allowed) > allowed:
                return
            # The key: another server that sees the same end starts no second one.
            again = await self._runs.queue(await self._runs.prepared_again(run), f"lost:{run.id}", run)
            _log.info("run %s was lost and is run again as %s", run.id, again.id)
        except P2NError as error:
            _log.warning("run %s was lost and is not run again: %s", run_id, error.info.message)
        except Exception:
            _log.exception("run %s was lost and could not be run again", run_id)

    async def _losses(self, run: Run, enough: int) -> int:
        """How many runs in a row were lost, this one the last; not counted far beyond `enough`."""
        count = 1
        before = run.rerun_of
        while before is not None and count <= enough:
            earlier = await self._database.get_run(before)
            if earlier is None or not _is_lost(earlier):
                break
            count += 1
            before = earlier.rerun_of
        return count


def _is_lost(run: Run) -> bool:
    return run.error is not None and run.error.code is ErrorCode.E_RUN_LOST
