"""C-RUN-02: what a run executed is run some times more with the same seed, and the bytes of metrics.json compared.

The row in the database is the truth. Each run of a validation is queued under a key of its own, so that whoever takes a
validation up again, after a restart or beside another server, queues nothing twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from collections.abc import Sequence

from p2n_schemas.base import utc_now
from p2n_schemas.determinism import ComparedRun, DeterminismValidation, ValidationStatus
from p2n_schemas.errors import ErrorCode, ErrorInfo, P2NError
from p2n_schemas.runs import Run, RunStatus

from ..protocols import Database, DeterminismAnalyst, RunOutcome
from . import keys
from .faults import explained, missing, store_will_mend
from .runs import RunService

# Runs that another process ends are noticed by looking.
_LOOK_SECONDS = 2.0
# Validations that another process began and left.
_ADOPT_SECONDS = 15.0
_MAX_PAUSE_SECONDS = 15.0
_REPORT_ONE = "Report what matters as application/vnd.p2n.metric+json; docs/users.md says how."
_log = logging.getLogger(__name__)


class DeterminismService:
    def __init__(
        self,
        database: Database,
        runs: RunService,
        analyst: DeterminismAnalyst,
    ) -> None:
        self._database = database
        self._runs = runs
        self._analyst = analyst
        self._news = asyncio.Event()
        self._tasks: dict[str, asyncio.Task[None]] = {}

    # what a client asks for

    async def start(self, run_id: str, wanted: int) -> DeterminismValidation:
        """Validate what a run executed; while that goes on, the same validation again, whatever is wanted.

        Raises E_NOT_FOUND, E_CONFLICT while the run itself goes on or where it reported no metric, E_QUEUE_FULL,
        E_STORAGE_FULL.
        """
        run = await self._runs.get(run_id)
        if not run.status.is_terminal():
            raise P2NError(
                ErrorCode.E_CONFLICT,
                f"The run is still going on: {run.status}.",
                "Wait for its end, then validate it.",
            )
        if run.status is RunStatus.SUCCEEDED and _compared(run).metrics_sha256 is None:
            raise P2NError(
                ErrorCode.E_CONFLICT,
                "This run reported no metric, so there is no metrics.json to compare.",
                _REPORT_ONE,
            )
        latest = await self._database.latest_validation(run_id)
        if latest is None or latest.status.is_terminal():
            # What can't be run again is told at once.
            await self._runs.prepared_again(run)
            await self._runs.check_room()
        opened = await self._database.open_validation(
            DeterminismValidation(
                id=f"v_{uuid.uuid4().hex[:16]}",
                run_id=run_id,
                plan_id=run.plan_id,
                status=ValidationStatus.RUNNING,
                wanted=wanted,
                runs=[_compared(run, original=True)],
                created_at=utc_now(),
            )
        )
        if opened is None:
            raise missing("run", run_id)
        self._take_up(opened.id)
        return await self._fresh(opened)

    async def get(self, run_id: str) -> DeterminismValidation:
        """The newest validation of a run. Raises E_NOT_FOUND."""
        await self._runs.get(run_id)
        found = await self._database.latest_validation(run_id)
        if found is None:
            raise P2NError(
                ErrorCode.E_NOT_FOUND,
                "This run was not validated yet.",
                "POST to the same address begins a validation.",
            )
        return await self._fresh(found)

    async def cancel(self, run_id: str) -> DeterminismValidation:
        """Stop a validation with its runs. Raises E_NOT_FOUND, E_RUN_ALREADY_ENDED."""
        found = await self.get(run_id)
        cancelled = found.model_copy(update={"status": ValidationStatus.CANCELLED, "ended_at": utc_now()})
        if not await self._database.keep_validation(cancelled):
            raise P2NError(
                ErrorCode.E_RUN_ALREADY_ENDED,
                f"This validation has ended: {found.status}.",
                "Validate the run again to have another one.",
            )
        await self._stop([entry.run_id for entry in cancelled.runs if not entry.original])
        return await self._fresh(cancelled)

    async def ended(self, run_id: str) -> DeterminismValidation:
        """The newest validation of a run, once it has ended. Raises E_NOT_FOUND."""
        while True:
            news = self._news
            found = await self.get(run_id)
            if found.status.is_terminal():
                return found
            await _either(news, _LOOK_SECONDS)

    # a server's life

    def poke(self, _run_id: str = "") -> None:
        """A run has ended."""
        self._news.set()
        self._news = asyncio.Event()

    async def recover(self) -> list[str]:
        """Take up the validations that an earlier server left, and later those that another one leaves."""
        live = await self._adopt()
        self._tasks["adopt"] = asyncio.create_task(self._watch(), name="p2n-validations")
        return live

    async def close(self) -> None:
        """Let go; the next server takes up what goes on."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # inside

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_ADOPT_SECONDS)
            try:
                await self._adopt()
            except Exception:
                _log.exception("validations could not be looked up")

    async def _adopt(self) -> list[str]:
        live = [validation.id for validation in await self._database.live_validations()]
        for validation_id in live:
            self._take_up(validation_id)
        return live

    def _take_up(self, validation_id: str) -> None:
        if validation_id not in self._tasks:
            task = asyncio.create_task(self._drive(validation_id), name=f"p2n-{validation_id}")
            self._tasks[validation_id] = task
            task.add_done_callback(lambda _: self._tasks.pop(validation_id, None))

    async def _drive(self, validation_id: str) -> None:
        """To its end; what fails for want of room is tried again for as long as it takes."""
        pause = 1.0
        while True:
            try:
                return await self._bring_on(validation_id)
            except Exception as error:
                wants_room = isinstance(error, P2NError) and error.code is ErrorCode.E_QUEUE_FULL
                if not wants_room and not store_will_mend(error):
                    _log.info("validation %s ends: %s", validation_id, type(error).__name__)
                    return await self._fail(validation_id, explained(error))
            await _either(self._news, pause)
            pause = min(pause * 2, _MAX_PAUSE_SECONDS)

    async def _fail(self, validation_id: str, reason: ErrorInfo) -> None:
        try:
            found = await self._database.get_validation(validation_id)
            if found is not None:
                await self._end(await self._fresh(found), ValidationStatus.FAILED, error=reason)
                await self._stop([entry.run_id for entry in found.runs if not entry.original])
        except Exception:
            # It goes on in the database, so that it is taken up again.
            _log.exception("the end of validation %s could not be kept", validation_id)

    async def _bring_on(self, validation_id: str) -> None:
        validation = await self._database.get_validation(validation_id)
        if validation is None or validation.status.is_terminal():
            return
        original = await self._runs.get(validation.run_id)
        members: list[Run] = []
        for number in range(validation.wanted):
            member = await self._member(validation, original, number)
            members.append(member)
            validation = validation.model_copy(
                update={"runs": [_compared(original, original=True), *map(_compared, members)]}
            )
            if not await self._database.keep_validation(validation):
                # Cancelled meanwhile, or deleted with its run.
                return await self._stop([run.id for run in members])
        members = await self._until_ended(validation, members)
        if members:
            await self._conclude(validation, original, members)

    async def _member(self, validation: DeterminismValidation, original: Run, number: int) -> Run:
        known = [entry for entry in validation.runs if not entry.original]
        if number < len(known):
            return await self._runs.get(known[number].run_id)
        prepared = await self._runs.prepared_again(original)
        key = f"validation:{validation.id}:{number}"
        return await self._runs.queue(prepared, key, validation_id=validation.id)

    async def _until_ended(self, validation: DeterminismValidation, members: Sequence[Run]) -> list[Run]:
        """The runs as they ended, after the first that failed the others stopped; empty where nobody waits any more."""
        run_ids = [run.id for run in members]
        while True:
            news = self._news
            found = await self._database.get_validation(validation.id)
            if found is None or found.status.is_terminal():
                await self._stop(run_ids)
                return []
            now = [await self._runs.get(run_id) for run_id in run_ids]
            if all(run.status.is_terminal() for run in now):
                return now
            if any(run.status.is_terminal() and run.status is not RunStatus.SUCCEEDED for run in now):
                await self._stop([run.id for run in now if not run.status.is_terminal()])
            await _either(news, _LOOK_SECONDS)

    async def _conclude(
        self, validation: DeterminismValidation, original: Run, members: Sequence[Run]
    ) -> None:
        counted = [original, *members] if original.status is RunStatus.SUCCEEDED else list(members)
        outcomes = [await self._outcome(run) for run in counted]
        comparison = await asyncio.to_thread(self._analyst.compare, outcomes)
        validation = await self._fresh(validation)
        error = _why_not(members, outcomes)
        if error is not None:
            await self._end(
                validation.model_copy(update={"comparison": comparison if comparison.causes else None}),
                ValidationStatus.FAILED,
                error=error,
            )
            return
        status = ValidationStatus.IDENTICAL if comparison.identical else ValidationStatus.DIFFERENT
        await self._end(validation.model_copy(update={"comparison": comparison}), status)

    async def _end(
        self, validation: DeterminismValidation, status: ValidationStatus, error: ErrorInfo | None = None
    ) -> None:
        ended = validation.model_copy(update={"status": status, "ended_at": utc_now(), "error": error})
        await self._database.keep_validation(ended)
        self.poke()

    async def _outcome(self, run: Run) -> RunOutcome:
        stored = {artifact.name for artifact in run.artifacts}

        async def read(name: str) -> bytes | None:
            return await self._runs.artifact(run.id, name) if name in stored else None

        return RunOutcome(run.id, await read(keys.METRICS), await read(keys.EXECUTED))

    async def _stop(self, run_ids: Sequence[str]) -> None:
        async def stop(run_id: str) -> None:
            try:
                await self._runs.cancel(run_id)
            except P2NError as error:
                if error.code not in (ErrorCode.E_RUN_ALREADY_ENDED, ErrorCode.E_NOT_FOUND):
                    _log.warning("run %s could not be stopped: %s", run_id, error.info.message)

        await asyncio.gather(*map(stop, run_ids))

    async def _fresh(self, validation: DeterminismValidation) -> DeterminismValidation:
        """With its runs as they are now; one that was deleted stays as it was."""
        runs = []
        for entry in validation.runs:
            run = await self._database.get_run(entry.run_id)
            runs.append(entry if run is None else _compared(run, original=entry.original))
        return validation.model_copy(update={"runs": runs})


def _compared(run: Run, original: bool = False) -> ComparedRun:
    digests = [artifact.sha256 for artifact in run.artifacts if artifact.name == keys.METRICS]
    return ComparedRun(
        run_id=run.id,
        original=original,
        status=run.status,
        node=run.node,
        seconds=run.duration_seconds,
        metrics_sha256=digests[0] if digests else None,
    )


def _why_not(members: Sequence[Run], outcomes: Sequence[RunOutcome]) -> ErrorInfo | None:
    """Why there is nothing to compare; None where there is."""
    fallen = [run for run in members if run.status is not RunStatus.SUCCEEDED]
    # Those that were stopped after another had failed are not the reason.
    fallen.sort(key=lambda run: run.status is RunStatus.CANCELLED)
    if fallen:
        reason = fallen[0].error
        return ErrorInfo(
            code=reason.code if reason else ErrorCode.E_RUN_LOST,
            message=f"Run {fallen[0].id} of the validation ended as {fallen[0].status}"
            f"{': ' + reason.message if reason else '.'}",
            remediation=reason.remediation if reason else "Validate the run again.",
            detail={"run_id": fallen[0].id},
        )
    if any(outcome.metrics is None for outcome in outcomes):
        return ErrorInfo(
            code=ErrorCode.E_RUN_NO_METRICS,
            message="The notebook reports no metric, so there is no metrics.json to compare.",
            remediation=_REPORT_ONE,
        )
    return None


async def _either(news: asyncio.Event, seconds: float) -> None:
    """Until there is news, or the time is over."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(news.wait(), seconds)
