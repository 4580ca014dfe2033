"""Runs: started, followed, cancelled, and brought to their end whatever happens to this server."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from typing import Any

from p2n_schemas.api import ArtifactList
from p2n_schemas.base import utc_now
from p2n_schemas.errors import ErrorCode, ErrorInfo, P2NError
from p2n_schemas.events import EVENT, End, EndEvent, ErrorEvent, Stage, StageUpdate, StageUpdateEvent
from p2n_schemas.plans import Plan
from p2n_schemas.runs import Run, RunSpec, RunStatus, UploadGrant

from ..protocols import Database, EventLog, Executor, NotebookBuilder, ObjectStore, TaskState
from . import keys
from .extraction import internal_error
from .hub import Hub, head
from .papers import missing
from .planning import require_materialized, signed_file

_LIVE = (RunStatus.QUEUED, RunStatus.RUNNING)
_log = logging.getLogger(__name__)
_MAX_PAUSE_SECONDS = 60.0
UPLOAD_SECONDS = 6 * 3600.0


class RunService:
    def __init__(
        self,
        database: Database,
        objects: ObjectStore,
        log: EventLog,
        hub: Hub,
        builder: NotebookBuilder,
        executor: Executor,
        queue_bound: int,
        link_seconds: float,
    ) -> None:
        self._database = database
        self._objects = objects
        self._events = log
        self._hub = hub
        self._builder = builder
        self._executor = executor
        self._queue_bound = queue_bound
        self._link_seconds = link_seconds
        self._tasks: set[asyncio.Task[None]] = set()

    # what a client asks for

    async def start(
        self, plan_id: str, idempotency_key: str | None = None, rerun_of: Run | None = None
    ) -> Run:
        """A queued run. The same plan and key give the run that they gave before.

        Raises E_NOT_FOUND, E_PLAN_NOT_MATERIALIZED, E_QUEUE_FULL.
        """
        plan = await self._database.get_plan(plan_id)
        if plan is None:
            raise missing("plan", plan_id)
        env_hash = require_materialized(plan)
        wanted = Run(
            id=f"r_{uuid.uuid4().hex[:16]}",
            plan_id=plan.id,
            paper_id=plan.paper_id,
            env_hash=env_hash,
            image_digest=plan.image_digest or "",
            status=RunStatus.QUEUED,
            notebook_sha256=plan.notebook_sha256,
            notebook_edited=plan.notebook_edited,
            attempt=rerun_of.attempt + 1 if rerun_of else 1,
            rerun_of=rerun_of.id if rerun_of else None,
            created_at=utc_now(),
        )
        key = f"{plan_id}:{idempotency_key}" if idempotency_key else None
        run = await self._database.add_run(wanted, key, self._queue_bound)
        if run.id == wanted.id:
            self._spawn(run.id, self._submit(run, plan))
        return run

    def warm(self) -> None:
        """A run is near: let the backend start meanwhile. What fails here fails again, and is told, with the run."""

        async def warm() -> None:
            with contextlib.suppress(P2NError):
                await self._executor.warm()

        self._keep(asyncio.create_task(warm(), name="p2n-warm"))

    async def rerun(self, run_id: str) -> Run:
        """The same plan once more. Raises E_NOT_FOUND, E_QUEUE_FULL."""
        run = await self.get(run_id)
        return await self.start(run.plan_id, rerun_of=run)

    async def get(self, run_id: str) -> Run:
        """Raises E_NOT_FOUND."""
        run = await self._database.get_run(run_id)
        if run is None:
            raise missing("run", run_id)
        return run.model_copy(update={"last_seq": await self._events.last_seq(run_id)})

    async def runs(self, **filters: Any) -> list[Run]:
        return await self._database.list_runs(**filters)

    async def cancel(self, run_id: str) -> Run:
        """Stop a run at whatever stage it is. Raises E_NOT_FOUND, E_RUN_ALREADY_ENDED."""
        run = await self.get(run_id)
        if await self._database.request_cancel(run_id) is None:
            raise P2NError(
                ErrorCode.E_RUN_ALREADY_ENDED,
                f"This run has ended: {run.status}.",
                "Rerun it to run it again.",
            )
        state = await self._executor.cancel(run_id)
        if not state.alive:
            # What the worker has written, its own end perhaps, comes before any word of ours.
            await self._executor.attach(run_id, await self._events.last_seq(run_id), self.receive)
            await self.lost(run_id)
        return await self.get(run_id)

    def whereabouts(self, run_id: str) -> str:
        """Where a person finds the run's artifacts."""
        return self._objects.whereabouts(keys.run_folder(run_id))

    async def artifacts(self, run_id: str) -> ArtifactList:
        """Raises E_NOT_FOUND."""
        run = await self.get(run_id)
        files = [
            signed_file(
                self._objects,
                keys.run_artifact(run_id, artifact.name),
                artifact.name,
                artifact.size_bytes,
                artifact.sha256,
                self._link_seconds,
            )
            for artifact in run.artifacts
        ]
        return ArtifactList(run_id=run_id, artifacts=files)

    async def frames(
        self, run_id: str, after: int, gone: Callable[[], bool] = lambda: False
    ) -> AsyncIterator[bytes]:
        """Server-sent events of a run: its whole history behind `after`, then live, to its end."""
        async for blob in self._hub.frames(run_id, after, gone):
            yield blob

    # what the backend tells

    async def receive(self, run_id: str, events: Sequence[bytes]) -> None:
        """Keep and show events; the run's row follows its stages and its end."""
        fresh = await self._hub.keep(run_id, events)
        for event in events:
            kind = head(event)[1]
            if kind == "stage_update":
                await self._begun(run_id, event)
            elif kind == "end":
                await self._ended(run_id, event)
        # Shown last: who sees the end and asks for the run is told of an ended run, with its artifacts.
        self._hub.show(run_id, fresh)

    async def lost(self, run_id: str) -> None:
        """The run's task is gone, and all that it had written has been received."""
        run = await self._database.get_run(run_id)
        if run is None or run.status.is_terminal():
            return
        # A task that is cancelled before it has begun, or that does not stop by itself, leaves no end either.
        if run.cancel_requested_at is not None:
            await self._close(run_id, RunStatus.CANCELLED, _cancelled())
        else:
            await self._close(run_id, RunStatus.FAILED, _lost())

    async def follow(self, run_id: str) -> None:
        """Take up one run that another process started. Raises E_NOT_FOUND."""
        run = await self.get(run_id)
        if not run.status.is_terminal():
            self._spawn(run.id, self._take_up(run))

    async def recover(self) -> list[str]:
        """Take up the runs that an earlier server left alive; gives their ids."""
        live = [
            run for status in _LIVE for run in await self._database.list_runs(status=status, limit=10_000)
        ]
        for run in live:
            self._spawn(run.id, self._take_up(run))
        return [run.id for run in live]

    async def is_busy(self) -> bool:
        return any([await self._database.list_runs(status=status, limit=1) for status in _LIVE])

    async def close(self) -> None:
        """Let go; the runs themselves go on."""
        self._hub.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._executor.close()

    # inside

    async def _submit(self, run: Run, plan: Plan) -> None:
        queued = StageUpdate(stage=Stage.QUEUED, state="started", message="waiting for a worker")
        event = StageUpdateEvent(seq=1, ts=utc_now(), payload=queued)
        await self._hub.publish(run.id, [event.model_dump_json().encode()])
        spec = await self._spec(run, plan)
        if await self._is_wanted(run.id):
            await self._executor.submit(spec, self.receive)
            # A cancel that came meanwhile may have met a backend that did not know the run yet.
            if not await self._is_wanted(run.id):
                await self._executor.cancel(run.id)
        else:
            await self.lost(run.id)

    async def _is_wanted(self, run_id: str) -> bool:
        run = await self._database.get_run(run_id)
        return run is not None and not run.status.is_terminal() and run.cancel_requested_at is None

    async def _spec(self, run: Run, plan: Plan) -> RunSpec:
        notebook = await self._objects.get(keys.plan_asset(plan.id, keys.NOTEBOOK))
        if hashlib.sha256(notebook).hexdigest() != run.notebook_sha256:
            raise P2NError(
                ErrorCode.E_CONFLICT,
                "The plan's notebook was changed after this run was queued.",
                "Run the plan again: the new run takes the new notebook.",
            )
        lock = await self._objects.get(keys.plan_asset(plan.id, keys.LOCK))
        grants = [
            UploadGrant(
                name=name, url=self._objects.upload_url(keys.run_artifact(run.id, name), UPLOAD_SECONDS)
            )
            for name in keys.RUN_ARTIFACTS
        ]
        return RunSpec(
            run_id=run.id,
            plan_id=plan.id,
            paper_id=plan.paper_id,
            env_hash=run.env_hash,
            image_digest=run.image_digest,
            python_version=plan.python_version or "",
            requirements_lock=lock.decode(),
            notebook=notebook.decode(),
            datasets=list(self._builder.datasets(plan.body)),
            budget_seconds=plan.body.policy.budget_minutes * 60.0,
            seed=plan.body.config.seed,
            first_seq=2,
            grants=grants,
        )

    async def _take_up(self, run: Run) -> None:
        last = await self._events.last_seq(run.id)
        if await self._settle_from_log(run.id):
            return
        state = await self._attach_patiently(run.id, last)
        if state.alive:
            return
        plan = await self._database.get_plan(run.plan_id)
        never_handed_over = not state.known and run.status is RunStatus.QUEUED and last <= 1
        if never_handed_over and run.cancel_requested_at is None and plan is not None:
            await self._submit(run, plan)
        else:
            await self.lost(run.id)

    async def _attach_patiently(self, run_id: str, after: int) -> TaskState:
        """Only the backend's own word ends a run: one that can't be asked now is asked again, for as long as it takes."""
        pause = 1.0
        while True:
            try:
                return await self._executor.attach(run_id, after, self.receive)
            except P2NError as error:
                _log.warning("run %s can't be taken up yet: %s", run_id, error.info.message)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _MAX_PAUSE_SECONDS)

    async def _settle_from_log(self, run_id: str) -> bool:
        """An `end` that was kept by a server that died before it told the database."""
        last = await self._events.last_event(run_id)
        if last is None or head(last)[1] != "end":
            return False
        await self._ended(run_id, last)
        return True

    async def _begun(self, run_id: str, encoded: bytes) -> None:
        event = EVENT.validate_json(encoded)
        if isinstance(event, StageUpdateEvent) and event.payload.stage is not Stage.QUEUED:
            await self._database.transition(run_id, RunStatus.RUNNING, started_at=event.ts)

    async def _ended(self, run_id: str, encoded: bytes) -> None:
        event = EVENT.validate_json(encoded)
        if not isinstance(event, EndEvent):
            return
        end = await self._checked(run_id, event.payload)
        await self._database.transition(
            run_id,
            end.status,
            ended_at=event.ts,
            duration_seconds=end.seconds,
            node=end.node,
            error=end.error,
            artifacts=end.artifacts,
            last_seq=event.seq,
        )

    async def _checked(self, run_id: str, end: End) -> End:
        """A success whose artifacts did not reach our store is none."""
        keys_of = {entry.name: keys.run_artifact(run_id, entry.name) for entry in end.artifacts}
        missing_names = [name for name, key in keys_of.items() if not await self._objects.exists(key)]
        if end.status is not RunStatus.SUCCEEDED or not missing_names:
            return end
        error = ErrorInfo(
            code=ErrorCode.E_UPLOAD_FAILED,
            message=f"The worker stored {', '.join(missing_names)} where this server can't see it.",
            remediation="Runs on another machine need an object store that both reach.",
        )
        return end.model_copy(update={"status": RunStatus.FAILED, "error": error, "artifacts": []})

    async def _close(self, run_id: str, status: RunStatus, error: ErrorInfo) -> None:
        """End a run whose worker can't say so itself."""
        seq = await self._events.last_seq(run_id)
        now = utc_now()
        closing = [
            ErrorEvent(seq=seq + 1, ts=now, payload=error),
            EndEvent(seq=seq + 2, ts=now, payload=End(status=status, error=error)),
        ]
        # Where the worker's own end arrived meanwhile, these are older than the log and are ignored by it,
        # and the compare-and-set keeps the worker's word.
        if not await self._settle_from_log(run_id):
            await self.receive(run_id, [event.model_dump_json().encode() for event in closing])

    def _spawn(self, run_id: str, work: Coroutine[Any, Any, None]) -> None:
        async def guarded() -> None:
            try:
                await work
            except P2NError as error:
                await self._close(run_id, RunStatus.FAILED, error.info)
            except Exception as error:
                await self._close(run_id, RunStatus.FAILED, internal_error(error))

        self._keep(asyncio.create_task(guarded(), name=f"p2n-{run_id}"))

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _lost() -> ErrorInfo:
    return ErrorInfo(
        code=ErrorCode.E_RUN_LOST,
        message="The worker of this run is gone and left no end.",
        remediation="Rerun it. If it happens again, look at the Ray dashboard for what ended the task.",
    )


def _cancelled() -> ErrorInfo:
    return ErrorInfo(
        code=ErrorCode.E_RUN_CANCELLED,
        message="The run was cancelled.",
        remediation="Rerun it to run it again.",
    )
