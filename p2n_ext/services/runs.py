"""Runs: started, followed, cancelled, and brought to their end whatever happens to this server."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from p2n_schemas.api import ArtifactList, RunList
from p2n_schemas.base import utc_now
from p2n_schemas.errors import ErrorCode, ErrorInfo, P2NError
from p2n_schemas.events import EVENT, EndEvent, Stage, StageUpdate, StageUpdateEvent
from p2n_schemas.execution import TaskState
from p2n_schemas.runs import Run, RunStatus

from ..protocols import ANY_RUN, Database, EventLog, Executor, ObjectStore, RunFilter
from ..telemetry.runs import RunTelemetry
from . import keys, run_ends
from .faults import explained, missing, store_will_mend
from .hub import Hub, has_end, head
from .planning import signed_file
from .run_inputs import Prepared, RunInputStore

_LIVE = RunFilter(statuses=(RunStatus.QUEUED, RunStatus.RUNNING))
_log = logging.getLogger(__name__)
_MAX_PAUSE_SECONDS = 60.0
# How long disk space may be back before what waits for it goes on.
_MAX_STORAGE_PAUSE_SECONDS = 8.0
# A live run that nobody here follows and that says nothing between two looks may have lost its server.
_LOOK_SECONDS = 15.0


@dataclass(frozen=True)
class Redaction:
    """What workers are told to take out: `patterns` from what P2N says, with `output` secrets from the notebook's lines."""

    patterns: tuple[str, ...] = ()
    output: bool = False


class RunService:
    """`on_ended`: called with a run's id after its end is in the database; these may not block."""

    def __init__(
        self,
        database: Database,
        objects: ObjectStore,
        log: EventLog,
        hub: Hub,
        inputs: RunInputStore,
        executor: Executor,
        queue_bound: int,
        link_seconds: float,
        announce: bool = False,
        *,
        telemetry: RunTelemetry,
        redaction: Redaction = Redaction(),
    ) -> None:
        self._telemetry = telemetry
        self._redaction = redaction
        self.on_ended: list[Callable[[str], None]] = []
        self._database = database
        self._objects = objects
        self._events = log
        self._hub = hub
        self._inputs = inputs
        self._executor = executor
        self._queue_bound = queue_bound
        self._link_seconds = link_seconds
        self._announce = announce
        self._followed: set[str] = set()
        self._asked_for: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    # what a client asks for

    async def start(
        self, plan_id: str, idempotency_key: str | None = None, rerun_of: Run | None = None
    ) -> Run:
        """A queued run of a plan. The same plan and key give the run that they gave before.

        Raises E_NOT_FOUND, E_PLAN_INVALID, E_PLAN_NOT_MATERIALIZED, E_QUEUE_FULL, E_STORAGE_FULL.
        """
        key = f"{plan_id}:{idempotency_key}" if idempotency_key else None
        return await self.queue(await self._inputs.of_plan(plan_id), key, rerun_of)

    async def check_room(self, coming: int = 0) -> None:
        """Raises E_QUEUE_FULL where a run could not be queued behind `coming` others."""
        await self._database.check_room(self._queue_bound, coming)

    async def queue(
        self,
        prepared: Prepared,
        key: str | None = None,
        rerun_of: Run | None = None,
        validation_id: str | None = None,
    ) -> Run:
        """A queued run; a key that was used before gives its run. Raises E_QUEUE_FULL, E_STORAGE_FULL."""
        wanted = Run(
            id=f"r_{uuid.uuid4().hex[:16]}",
            plan_id=prepared.plan_id,
            paper_id=prepared.paper_id,
            title=prepared.title,
            env_hash=prepared.env_hash,
            image_digest=prepared.image_digest,
            status=RunStatus.QUEUED,
            notebook_sha256=prepared.notebook_sha256,
            notebook_edited=prepared.notebook_edited,
            attempt=rerun_of.attempt + 1 if rerun_of else 1,
            rerun_of=rerun_of.id if rerun_of else None,
            validation_id=validation_id,
            budget_seconds=prepared.budget_seconds,
            created_at=utc_now(),
            trace_id=self._telemetry.trace_id(),
        )
        if key is None:
            await self.check_room()
        kept = None
        try:
            # First, so that there is never a run that nobody knows how to execute.
            await self._inputs.save(wanted.id, prepared.inputs)
            kept = await self._database.add_run(wanted, key, self._queue_bound)
        finally:
            if kept is None or kept.id != wanted.id:
                await self._inputs.forget(wanted.id)
        if kept.id == wanted.id:
            self._telemetry.queued(kept)
            self._spawn(kept.id, lambda: self._submit(kept))
        return kept

    def warm(self) -> None:
        """A run is near: let the backend start meanwhile."""
        self._get_ready(self._executor.warm)

    def stand_by(self, plan_id: str) -> None:
        """A run of this plan is near: let a backend that is up prepare for just that one."""

        async def prepare() -> None:
            await self._executor.stand_by(await self._inputs.coming_spec(plan_id))

        self._get_ready(prepare)

    def _get_ready(self, work: Callable[[], Awaitable[None]]) -> None:
        async def quietly() -> None:
            # What fails here fails again, and is told, with the run.
            with contextlib.suppress(P2NError):
                await work()

        self._keep(asyncio.create_task(quietly(), name="p2n-get-ready"))

    async def rerun(self, run_id: str) -> Run:
        """The plan as it is now, or the very same notebook, once more. Raises E_NOT_FOUND, E_QUEUE_FULL."""
        run = await self.get(run_id)
        if run.plan_id is not None:
            return await self.start(run.plan_id, rerun_of=run)
        return await self.queue(await self._inputs.of_run(run), rerun_of=run)

    async def prepared_again(self, run: Run) -> Prepared:
        """The very same inputs as a run's, for another one. Raises E_NOT_FOUND, E_CONFLICT."""
        again = await self._inputs.of_run(run)
        return replace(again, plan_id=run.plan_id, paper_id=run.paper_id)

    async def get(self, run_id: str) -> Run:
        """Raises E_NOT_FOUND."""
        run = await self._database.get_run(run_id)
        if run is None:
            raise missing("run", run_id)
        return run.model_copy(update={"last_seq": await self._events.last_seq(run_id)})

    async def runs(self, where: RunFilter = ANY_RUN, *, limit: int = 100, offset: int = 0) -> RunList:
        """A page of the runs that fit, newest first, and how many there are in all."""
        runs = await self._database.list_runs(where, limit=limit, offset=offset)
        return RunList(runs=runs, total=await self._database.count_runs(where))

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
            await self._lose(run_id)
        return await self.get(run_id)

    def whereabouts(self, run_id: str) -> str:
        """Where a person finds the run's artifacts."""
        return self._objects.whereabouts(keys.run_folder(run_id))

    async def artifacts(self, run_id: str) -> ArtifactList:
        """Raises E_NOT_FOUND."""
        run = await self.get(run_id)
        files = await asyncio.gather(
            *(
                signed_file(
                    self._objects,
                    keys.run_artifact(run_id, artifact.name),
                    artifact.name,
                    artifact.size_bytes,
                    artifact.sha256,
                    self._link_seconds,
                )
                for artifact in run.artifacts
            )
        )
        return ArtifactList(run_id=run_id, artifacts=files)

    async def artifact(self, run_id: str, name: str) -> bytes:
        """Raises E_NOT_FOUND."""
        return await self._objects.get(keys.run_artifact(run_id, name))

    async def frames(
        self, run_id: str, after: int, gone: Callable[[], bool] = lambda: False
    ) -> AsyncIterator[bytes]:
        """Server-sent events of a run: its whole history behind `after`, then live, to its end."""
        async for blob in self._hub.frames(run_id, after, gone):
            # Who sees the end and asks for the run is told of an ended run, with its artifacts.
            if has_end(blob):
                await self._row_has_ended(run_id)
            yield blob

    # what the backend tells

    async def receive(self, run_id: str, events: Sequence[bytes]) -> None:
        """Keep and show events; the run's row follows its stages and its end."""
        fresh = await self._hub.keep(run_id, events)
        self._telemetry.received(fresh)
        for event in events:
            kind = head(event)[1]
            if kind == "stage_update":
                await self._begun(run_id, event)
            elif kind == "end":
                await self._ended(run_id, event)
        self._hub.show(run_id, fresh)

    async def lost(self, run_id: str) -> None:
        """The run's task is gone, and all that it had written has been received."""
        # Of a run that nobody was ever given the backend says so too; whoever asks for it knows what to do.
        if run_id not in self._asked_for:
            await self._lose(run_id)

    async def _lose(self, run_id: str) -> None:
        run = await self._database.get_run(run_id)
        if run is None or run.status.is_terminal():
            return
        # A task that is cancelled before it has begun, or that does not stop by itself, leaves no end either.
        if run.cancel_requested_at is not None:
            await self._close(run_id, RunStatus.CANCELLED, run_ends.cancelled())
        else:
            await self._close(run_id, RunStatus.FAILED, run_ends.lost())

    async def follow(self, run_id: str) -> None:
        """Take up one run that another process started. Raises E_NOT_FOUND."""
        run = await self.get(run_id)
        if not run.status.is_terminal():
            self._spawn(run.id, lambda: self._take_up(run.id))

    async def recover(self) -> list[str]:
        """Take up the runs that an earlier server left alive, and later those that another one leaves; gives their ids."""
        live = [run.id for run in await self._database.list_runs(_LIVE, limit=10_000)]
        for run_id in live:
            self._spawn(run_id, functools.partial(self._take_up, run_id))
        self._keep(asyncio.create_task(self._watch(), name="p2n-watch"))
        return live

    async def close(self) -> None:
        """Let go; the runs themselves go on."""
        self._hub.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._executor.close()

    # inside

    async def _watch(self) -> None:
        """Two servers may share one database: the runs of one that is gone are taken up by the other."""
        silent: dict[str, int] = {}
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            try:
                silent = await self._adopt(silent)
            except Exception:
                _log.exception("the runs of other servers could not be looked at")

    async def _adopt(self, before: dict[str, int]) -> dict[str, int]:
        """Take up live runs whose last event is still that of `before`; gives the last events of now."""
        live = [run.id for run in await self._database.list_runs(_LIVE, limit=10_000)]
        self._followed.intersection_update(live)
        strangers = [run_id for run_id in live if run_id not in self._followed]
        now = {run_id: await self._events.last_seq(run_id) for run_id in strangers}
        for run_id in strangers:
            if before.get(run_id) == now[run_id]:
                _log.info("run %s is taken up: the server that followed it says nothing", run_id)
                self._spawn(run_id, functools.partial(self._take_up, run_id))
        return now

    async def _submit(self, run: Run) -> None:
        with self._telemetry.working(run.id, "submit") as span:
            await self._hand_over(run, span.context.traceparent if span is not None else None)

    async def _hand_over(self, run: Run, traceparent: str | None) -> None:
        queued = StageUpdate(stage=Stage.QUEUED, state="started", message="waiting for a worker")
        event = StageUpdateEvent(seq=1, ts=utc_now(), payload=queued)
        await self._hub.publish(run.id, [event.model_dump_json().encode()])
        spec = (await self._inputs.spec(run)).model_copy(
            update={
                "traceparent": traceparent,
                "redact_patterns": list(self._redaction.patterns),
                "redact_output": self._redaction.output,
            }
        )
        if await self._is_wanted(run.id):
            await self._executor.submit(spec, self.receive)
            # A cancel that came meanwhile may have met a backend that did not know the run yet.
            if not await self._is_wanted(run.id):
                await self._executor.cancel(run.id)
        else:
            await self._lose(run.id)

    async def _row_has_ended(self, run_id: str) -> None:
        """The log is read as it is written, by other servers too, and the row follows it by some milliseconds."""
        for _ in range(100):
            run = await self._database.get_run(run_id)
            if run is None or run.status.is_terminal():
                return
            await asyncio.sleep(0.02)

    async def _is_wanted(self, run_id: str) -> bool:
        run = await self._database.get_run(run_id)
        return run is not None and not run.status.is_terminal() and run.cancel_requested_at is None

    async def _take_up(self, run_id: str) -> None:
        # Looked at before the backend is asked: another server may hand the run over meanwhile, and a run that
        # is running by then is not one that the backend has lost.
        run = await self._database.get_run(run_id)
        last = await self._events.last_seq(run_id)
        if run is None:
            return
        self._telemetry.taken_up(run)
        if await self._settle_from_log(run_id):
            return
        state = await self._attach_patiently(run_id, last)
        if state.alive:
            return
        never_handed_over = not state.known and run.status is RunStatus.QUEUED and last <= 1
        if never_handed_over and await self._is_wanted(run_id):
            await self._submit(run)
        else:
            await self._lose(run_id)

    async def _attach_patiently(self, run_id: str, after: int) -> TaskState:
        """Only the backend's own word ends a run: one that can't be asked now is asked again, for as long as it takes."""
        pause = 1.0
        while True:
            self._asked_for.add(run_id)
            try:
                return await self._executor.attach(run_id, after, self.receive)
            except P2NError as error:
                _log.warning("run %s can't be taken up yet: %s", run_id, error.info.message)
            finally:
                self._asked_for.discard(run_id)
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
            self._telemetry.stage(run_id, event)
            running = await self._database.transition(run_id, RunStatus.RUNNING, started_at=event.ts)
            if running is not None:
                self._telemetry.running(running)

    async def _ended(self, run_id: str, encoded: bytes) -> None:
        event = EVENT.validate_json(encoded)
        if not isinstance(event, EndEvent):
            return
        with self._telemetry.working(run_id, "keep"):
            end = await run_ends.checked(run_id, event.payload, self._objects)
            ended = await self._database.transition(
                run_id,
                end.status,
                announce=self._announce,
                ended_at=event.ts,
                duration_seconds=end.seconds,
                node=end.node,
                error=self._telemetry.clean(end.error),
                artifacts=end.artifacts,
                last_seq=event.seq,
            )
        self._followed.discard(run_id)
        if ended is not None:
            self._telemetry.ended(ended)
            for tell in self.on_ended:
                tell(run_id)

    async def _close(self, run_id: str, status: RunStatus, error: ErrorInfo) -> None:
        """End a run whose worker can't say so itself."""
        error = self._telemetry.clean(error) or error
        closing = run_ends.closing_events(await self._events.last_seq(run_id), status, error)
        # Where the worker's own end arrived meanwhile, these are older than the log and are ignored by it,
        # and the compare-and-set keeps the worker's word.
        if not await self._settle_from_log(run_id):
            await self.receive(run_id, closing)

    def _spawn(self, run_id: str, work: Callable[[], Awaitable[None]]) -> None:
        """Work that ends the run where it fails, or waits for a store that has no room or is away; it can be begun again."""
        self._followed.add(run_id)

        async def guarded() -> None:
            try:
                await work()
            except Exception as error:
                if store_will_mend(error):
                    raise
                await self._close(run_id, RunStatus.FAILED, explained(error))

        async def patient() -> None:
            pause = 0.5
            while True:
                try:
                    return await guarded()
                except Exception as error:
                    if not store_will_mend(error):
                        _log.exception("run %s could not be brought on", run_id)
                        self._followed.discard(run_id)
                        return
                _log.warning("run %s waits for its store", run_id)
                await asyncio.sleep(pause)
                pause = min(pause * 2, _MAX_STORAGE_PAUSE_SECONDS)

        self._keep(asyncio.create_task(patient(), name=f"p2n-{run_id}"))

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
