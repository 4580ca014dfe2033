"""Runs through faults that real parts can't be made to show on demand: a scripted backend stands in here.

The same services over the real backend are tested in tests/test_chain.py.
"""

from __future__ import annotations

import asyncio
import errno
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from p2n_ext.protocols import EventSink
from p2n_ext.services import keys
from p2n_ext.services.hub import Hub
from p2n_ext.services.run_inputs import Prepared, RunInputStore
from p2n_ext.services.runs import RunService
from p2n_ext.stores.event_log import JsonlEventLog
from p2n_ext.stores.files import LocalObjectStore
from p2n_ext.stores.signing import Signer
from p2n_ext.stores.sqlite import SqliteDatabase
from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.execution import TaskState
from p2n_schemas.runs import Run, RunInputs, RunSpec, RunStatus
from tests.stores.made_rows import PAPER, PLAN
from tests.telemetry.parts import run_telemetry


def event(seq: int, kind: str, payload: dict[str, Any]) -> bytes:
    return json.dumps(
        {"seq": seq, "ts": "2026-01-01T00:00:00Z", "type": kind, "payload": payload}, separators=(",", ":")
    ).encode()


RUNNING = event(2, "stage_update", {"stage": "environment", "state": "started"})
LINE = event(3, "log_line", {"stream": "stdout", "cell": 0, "lines": ["a"]})
END = event(4, "end", {"status": "succeeded", "node": "n", "seconds": 1.5})


class ScriptedExecutor:
    def __init__(self) -> None:
        self.submitted: list[RunSpec] = []
        self.stood_by: list[RunSpec] = []
        self.attached: list[tuple[str, int]] = []
        self.script: list[bytes] = [RUNNING, LINE, END]
        self.failure: P2NError | None = None
        self.state = TaskState(known=False, alive=False)
        self.on_lost: Any = None
        self.deaf = 0
        self.cancelled: list[str] = []
        self.gate: asyncio.Event | None = None

    async def warm(self) -> None:
        pass

    async def stand_by(self, spec: RunSpec) -> None:
        self.stood_by.append(spec)

    async def submit(self, spec: RunSpec, sink: EventSink) -> None:
        if self.gate is not None:
            await self.gate.wait()
        self.submitted.append(spec)
        if self.failure:
            raise self.failure
        for one in self.script:
            await sink(spec.run_id, [one])

    async def attach(self, run_id: str, after: int, sink: EventSink) -> TaskState:
        self.attached.append((run_id, after))
        if self.deaf:
            self.deaf -= 1
            raise P2NError(ErrorCode.E_RAY_UNAVAILABLE, "no Ray", "wait")
        if self.state.known:
            await sink(run_id, self.script[max(0, after - 1) :])
        elif self.on_lost is not None:
            # As the real one: a task that is not there is gone, whether there ever was one or not.
            await self.on_lost(run_id)
        return self.state

    async def cancel(self, run_id: str) -> TaskState:
        self.cancelled.append(run_id)
        return self.state

    async def checks(self) -> list[Any]:
        return []

    async def close(self) -> None:
        pass


class NoDatasets:
    def build(self, *args: Any) -> Any:
        raise AssertionError("not built here")

    def datasets(self, body: Any) -> tuple[()]:
        return ()

    def check(self, *args: Any) -> None:
        raise AssertionError("not checked here")


class World:
    """The embedded stores with that backend; `restart` is a new server on the same data folder."""

    def __init__(self, folder: Path, executor: ScriptedExecutor) -> None:
        self.folder = folder
        self.executor = executor
        self.restart()

    def restart(self) -> None:
        self.database = SqliteDatabase(self.folder / "p2n.sqlite3")
        self.log = JsonlEventLog(self.folder / "events")
        objects = LocalObjectStore(self.folder / "objects", Signer(b"k" * 32), lambda: "/")
        self.objects = objects
        self.runs = RunService(
            self.database,
            objects,
            self.log,
            Hub(self.log),
            RunInputStore(self.database, objects, NoDatasets()),
            self.executor,
            3,
            60.0,
            telemetry=run_telemetry(self.folder),
        )
        self.executor.on_lost = self.runs.lost

    async def settled(self, run_id: str) -> Run:
        for _ in range(500):
            run = await self.runs.get(run_id)
            if run.status.is_terminal():
                return run
            await asyncio.sleep(0.01)
        raise AssertionError(run)

    async def seqs(self, run_id: str) -> list[tuple[int, str]]:
        found = await self.log.reader(run_id).read(0)
        return [(json.loads(one)["seq"], json.loads(one)["type"]) for one in found]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path, ScriptedExecutor())
    asyncio.run(fill(made))
    yield made
    asyncio.run(made.database.close())


async def fill(world: World) -> None:
    await world.database.put_paper(PAPER)
    digest = hashlib.sha256(b"{}").hexdigest()
    materialized = {"env_hash": "e" * 64, "image_digest": "sha256:1", "notebook_sha256": digest}
    await world.database.put_plan(PLAN.model_copy(update=materialized))
    for name in keys.PLAN_ASSETS:
        await world.objects.put(keys.plan_asset(PLAN.id, name), b"{}")


async def test_a_run_follows_its_events(world: World) -> None:
    queued = await world.runs.start(PLAN.id)
    run = await world.settled(queued.id)
    assert (run.status, run.node, run.duration_seconds, run.last_seq) == (RunStatus.SUCCEEDED, "n", 1.5, 4)
    assert run.started_at is not None
    assert await world.seqs(run.id) == [(1, "stage_update"), (2, "stage_update"), (3, "log_line"), (4, "end")]
    assert world.executor.submitted[0].first_seq == 2


async def test_who_sees_the_end_finds_the_run_ended(world: World) -> None:
    transition = world.database.transition

    async def slowly(run_id: str, to: RunStatus, **changes: Any) -> Run | None:
        await asyncio.sleep(0.1)
        return await transition(run_id, to, **changes)

    world.database.transition = slowly  # type: ignore[method-assign]
    queued = await world.runs.start(PLAN.id)
    async for blob in world.runs.frames(queued.id, 0):
        if b"event: end" in blob:
            assert (await world.runs.get(queued.id)).status is RunStatus.SUCCEEDED


async def test_a_backend_that_can_not_start_ends_the_run_with_its_reason(world: World) -> None:
    world.executor.failure = P2NError(ErrorCode.E_RAY_UNAVAILABLE, "no Ray", "start it")
    run = await world.settled((await world.runs.start(PLAN.id)).id)
    assert run.status is RunStatus.FAILED
    assert run.error is not None
    assert run.error.code is ErrorCode.E_RAY_UNAVAILABLE
    assert await world.seqs(run.id) == [(1, "stage_update"), (2, "error"), (3, "end")]


async def test_a_lost_worker_is_said_to_be_lost(world: World) -> None:
    world.executor.script = [RUNNING, LINE]
    queued = await world.runs.start(PLAN.id)
    await asyncio.sleep(0.05)
    await world.runs.lost(queued.id)
    run = await world.settled(queued.id)
    assert run.error is not None
    assert (run.status, run.error.code) == (RunStatus.FAILED, ErrorCode.E_RUN_LOST)
    assert [kind for _, kind in await world.seqs(run.id)][-2:] == ["error", "end"]


async def test_an_end_that_was_kept_but_not_told_to_the_database(world: World) -> None:
    world.executor.script = [RUNNING]
    queued = await world.runs.start(PLAN.id)
    await asyncio.sleep(0.05)
    await world.log.append(queued.id, [LINE, END])
    world.restart()
    await world.runs.recover()
    assert (await world.settled(queued.id)).status is RunStatus.SUCCEEDED
    assert world.executor.attached == [], "there was nothing to ask for"


async def test_a_lost_worker_of_a_run_that_was_to_be_cancelled_is_cancelled(world: World) -> None:
    world.executor.script = [RUNNING, LINE]
    world.executor.state = TaskState(known=True, alive=True)
    queued = await world.runs.start(PLAN.id)
    await asyncio.sleep(0.05)
    await world.runs.cancel(queued.id)
    world.restart()
    await world.runs.lost(queued.id)
    run = await world.settled(queued.id)
    assert run.error is not None
    assert (run.status, run.error.code) == (RunStatus.CANCELLED, ErrorCode.E_RUN_CANCELLED)


async def test_a_new_server_takes_up_where_the_old_one_stopped(world: World) -> None:
    world.executor.script = [RUNNING]
    queued = await world.runs.start(PLAN.id)
    await asyncio.sleep(0.05)
    world.restart()
    world.executor.script = [RUNNING, LINE, END]
    world.executor.state = TaskState(known=True, alive=True)
    await world.runs.recover()
    assert (await world.settled(queued.id)).status is RunStatus.SUCCEEDED
    assert world.executor.attached == [(queued.id, 2)]
    assert [seq for seq, _ in await world.seqs(queued.id)] == [1, 2, 3, 4]


async def test_a_run_that_was_never_handed_over_is_handed_over(world: World) -> None:
    world.executor.script = []
    queued = await world.runs.start(PLAN.id)
    await asyncio.sleep(0.05)
    world.restart()
    world.executor.script = [RUNNING, LINE, END]
    await world.runs.recover()
    assert (await world.settled(queued.id)).status is RunStatus.SUCCEEDED
    assert [spec.run_id for spec in world.executor.submitted] == [queued.id, queued.id]


async def test_a_running_run_that_the_backend_does_not_know_is_lost(world: World) -> None:
    world.executor.script = [RUNNING]
    queued = await world.runs.start(PLAN.id)
    await asyncio.sleep(0.05)
    world.restart()
    await world.runs.recover()
    run = await world.settled(queued.id)
    assert run.error is not None
    assert run.error.code is ErrorCode.E_RUN_LOST


async def test_cancelling_a_run_that_no_worker_has(world: World) -> None:
    world.executor.script = []
    queued = await world.runs.start(PLAN.id)
    run = await world.runs.cancel(queued.id)
    assert run.status is RunStatus.CANCELLED
    with pytest.raises(P2NError) as caught:
        await world.runs.cancel(queued.id)
    assert caught.value.code is ErrorCode.E_RUN_ALREADY_ENDED


async def test_a_cancel_that_comes_before_the_hand_over_holds(world: World) -> None:
    world.executor.gate = asyncio.Event()
    world.executor.script = []
    queued = await world.runs.start(PLAN.id)
    await asyncio.sleep(0.05)
    assert (await world.runs.cancel(queued.id)).status is RunStatus.CANCELLED
    world.executor.gate.set()
    await asyncio.sleep(0.05)
    assert world.executor.cancelled == [queued.id, queued.id], "what was handed over meanwhile is taken back"
    assert [kind for _, kind in await world.seqs(queued.id)] == ["stage_update", "error", "end"]


async def test_a_run_that_was_cancelled_at_once_is_not_handed_over(world: World) -> None:
    queued = await world.runs.start(PLAN.id)
    await world.runs.cancel(queued.id)
    await world.settled(queued.id)
    await asyncio.sleep(0.05)
    assert world.executor.submitted == []


async def test_a_backend_that_can_not_be_asked_yet_ends_no_run(world: World) -> None:
    world.executor.script = [RUNNING]
    queued = await world.runs.start(PLAN.id)
    await asyncio.sleep(0.05)
    world.restart()
    world.executor.deaf = 1
    world.executor.script = [RUNNING, LINE, END]
    world.executor.state = TaskState(known=True, alive=True)
    await world.runs.recover()
    await asyncio.sleep(0.2)
    assert (await world.runs.get(queued.id)).status is RunStatus.RUNNING
    assert (await world.settled(queued.id)).status is RunStatus.SUCCEEDED
    assert len(world.executor.attached) == 2


async def test_what_comes_after_the_end_is_not_kept(world: World) -> None:
    run = await world.settled((await world.runs.start(PLAN.id)).id)
    await world.runs.receive(run.id, [LINE.replace(b'"seq":3', b'"seq":5')])
    assert [kind for _, kind in await world.seqs(run.id)][-1] == "end"


async def test_an_edit_of_the_notebook_does_not_reach_a_queued_run(world: World) -> None:
    world.executor.gate = asyncio.Event()
    queued = await world.runs.start(PLAN.id)
    edited = b'{"edited": true}'
    await world.objects.put(keys.plan_asset(PLAN.id, keys.NOTEBOOK), edited)
    digest = hashlib.sha256(edited).hexdigest()
    plan = await world.database.get_plan(PLAN.id)
    assert plan is not None
    await world.database.put_plan(plan.model_copy(update={"notebook_sha256": digest}))
    world.executor.gate.set()
    await world.settled(queued.id)
    again = await world.settled((await world.runs.rerun(queued.id)).id)
    assert [spec.notebook for spec in world.executor.submitted] == ["{}", edited.decode()]
    assert again.notebook_sha256 == digest


async def test_a_server_killed_before_the_hand_over_leaves_a_run_that_is_executed_from_its_inputs(
    world: World,
) -> None:
    queued = await world.runs.start(PLAN.id)
    for task in asyncio.all_tasks():
        if task.get_name() == f"p2n-{queued.id}":
            task.cancel()
    await asyncio.sleep(0.05)
    assert world.executor.submitted == []
    await world.objects.put(keys.plan_asset(PLAN.id, keys.NOTEBOOK), b"[]")
    world.restart()
    await world.runs.recover()
    assert (await world.settled(queued.id)).status is RunStatus.SUCCEEDED
    assert [spec.notebook for spec in world.executor.submitted] == ["{}"]


async def test_a_run_that_an_older_version_queued_is_executed_from_its_plan(world: World) -> None:
    world.executor.script = []
    queued = await world.runs.start(PLAN.id)
    await asyncio.sleep(0.05)
    await world.objects.delete_prefix(keys.run_inputs(queued.id))
    world.restart()
    world.executor.script = [RUNNING, LINE, END]
    await world.runs.recover()
    assert (await world.settled(queued.id)).status is RunStatus.SUCCEEDED


async def test_a_notebook_that_does_not_match_its_plan_starts_nothing(world: World) -> None:
    await world.objects.put(keys.plan_asset(PLAN.id, keys.NOTEBOOK), b"{ }")
    with pytest.raises(P2NError) as caught:
        await world.runs.start(PLAN.id)
    assert caught.value.code is ErrorCode.E_CONFLICT
    assert (await world.runs.runs()).total == 0


OWN = Prepared(
    title="mine.ipynb",
    env_hash="e" * 64,
    image_digest="sha256:1",
    budget_seconds=60,
    inputs=RunInputs(
        notebook='{"own": 1}', requirements_lock="l", python_version="3.11", seed=7, requires_metrics=False
    ),
    notebook_edited=True,
)


async def test_a_notebook_without_a_plan_is_run_and_rerun(world: World) -> None:
    first = await world.settled((await world.runs.queue(OWN)).id)
    assert (first.plan_id, first.paper_id, first.title) == (None, None, "mine.ipynb")
    again = await world.settled((await world.runs.rerun(first.id)).id)
    assert (again.rerun_of, again.attempt, again.title) == (first.id, 2, "mine.ipynb")
    for spec in world.executor.submitted:
        assert (spec.notebook, spec.seed, spec.budget_seconds) == ('{"own": 1}', 7, 60)
        assert not spec.requires_metrics
    assert {grant.name for grant in world.executor.submitted[0].grants} >= {"files.zip", "logs.txt.gz"}
    assert keys.RUN_INPUTS not in {grant.name for grant in world.executor.submitted[0].grants}


async def test_a_refused_run_leaves_no_inputs(world: World) -> None:
    world.executor.script = []
    kept = {(await world.runs.queue(OWN, key=name)).id for name in "abc"}
    with pytest.raises(P2NError):
        await world.runs.queue(OWN, key="d")
    assert (await world.runs.queue(OWN, key="a")).id in kept, (
        "a known key is answered though the queue is full"
    )
    assert {folder.name for folder in (world.folder / "objects" / "runs").iterdir()} == kept


async def test_a_run_left_by_another_server_is_taken_up(world: World, monkeypatch: Any) -> None:
    monkeypatch.setattr("p2n_ext.services.runs._LOOK_SECONDS", 0.05)
    await world.runs.recover()
    mine = world.runs
    world.restart()
    world.executor.script = [RUNNING]
    world.executor.state = TaskState(known=True, alive=True)
    other = await world.runs.start(PLAN.id)
    await asyncio.sleep(0.02)
    world.executor.script = [RUNNING, LINE, END]
    assert mine is not world.runs
    assert (await world.settled(other.id)).status is RunStatus.SUCCEEDED
    assert world.executor.attached == [(other.id, 2)]
    await mine.close()


class FullDisk:
    """The event log on a disk without room, for as long as `full`."""

    def __init__(self, log: JsonlEventLog) -> None:
        self.full = True
        self._log = log
        self._append = log.append
        log.append = self.append  # type: ignore[method-assign]

    async def append(self, run_id: str, events: Any) -> int:
        if self.full:
            raise OSError(errno.ENOSPC, "No space left on device")
        return await self._append(run_id, events)


async def test_the_backend_is_told_what_a_coming_run_would_be(world: World) -> None:
    world.runs.stand_by(PLAN.id)
    world.runs.stand_by("pl_none")
    await asyncio.sleep(0.05)
    await world.settled((await world.runs.start(PLAN.id)).id)
    (coming,), (real,) = world.executor.stood_by, world.executor.submitted
    assert (coming.run_id, coming.grants) == ("standby", [])
    told = {"run_id": real.run_id, "grants": real.grants, "traceparent": real.traceparent}
    assert coming.model_copy(update=told) == real


async def test_a_run_waits_for_disk_space(world: World) -> None:
    disk = FullDisk(world.log)
    queued = await world.runs.start(PLAN.id)
    await asyncio.sleep(0.1)
    assert (await world.runs.get(queued.id)).status is RunStatus.QUEUED
    disk.full = False
    assert (await world.settled(queued.id)).status is RunStatus.SUCCEEDED
    assert [seq for seq, _ in await world.seqs(queued.id)] == [1, 2, 3, 4]


async def test_the_queue_is_bounded(world: World) -> None:
    world.executor.script = []
    for _ in range(3):
        await world.runs.start(PLAN.id)
    with pytest.raises(P2NError) as caught:
        await world.runs.start(PLAN.id)
    assert caught.value.code is ErrorCode.E_QUEUE_FULL


async def test_a_rerun_says_what_it_repeats(world: World) -> None:
    first = await world.settled((await world.runs.start(PLAN.id)).id)
    again = await world.settled((await world.runs.rerun(first.id)).id)
    assert (again.rerun_of, again.attempt) == (first.id, 2)


async def test_a_run_that_another_server_hands_over_meanwhile_is_not_lost(world: World) -> None:
    world.executor.script = []
    queued = await world.runs.start(PLAN.id)
    await asyncio.sleep(0.05)
    world.restart()
    attach = world.executor.attach

    async def while_the_other_submits(run_id: str, after: int, sink: EventSink) -> TaskState:
        state = await attach(run_id, after, sink)
        await sink(run_id, [RUNNING])
        return state

    world.executor.attach = while_the_other_submits  # type: ignore[method-assign]
    world.executor.script = [LINE, END]
    await world.runs.recover()
    run = await world.settled(queued.id)
    assert run.status is RunStatus.SUCCEEDED, run.error
