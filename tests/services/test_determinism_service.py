"""Validations that survive what real parts can't be made to do on demand; a scripted backend stands in here.

The same over the real backend: tests/test_determinism.py.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from p2n_ext.judging import NotebookAnalyst
from p2n_ext.services import keys
from p2n_ext.services.determinism import DeterminismService
from p2n_schemas.determinism import DeterminismCode, DeterminismValidation, ValidationStatus
from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.runs import RunSpec, RunStatus
from tests.services.test_runs import RUNNING, ScriptedExecutor, World, event, fill
from tests.stores.made_rows import PLAN

SAME = (
    b'{"metrics":[{"dataset":"d","experiment":"x","name":"accuracy","repeat":0,"split":"test","value":0.5}]}'
)
OTHER = SAME.replace(b"0.5", b"0.75")


class StoringExecutor(ScriptedExecutor):
    """Runs that end at once, or once `hold` is lifted; each leaves the next of `metrics`, the last one ever after."""

    def __init__(self) -> None:
        super().__init__()
        self.metrics: list[bytes | None] = [SAME]
        self.world: World
        self.hold: asyncio.Event | None = None

    async def submit(self, spec: RunSpec, sink: Any) -> None:
        self.submitted.append(spec)
        metrics = self.metrics[min(len(self.submitted), len(self.metrics)) - 1]
        await sink(spec.run_id, [RUNNING])
        if self.hold is not None:
            await self.hold.wait()
        await sink(spec.run_id, [await self.end_of(spec.run_id, metrics)])

    async def end_of(self, run_id: str, metrics: bytes | None) -> bytes:
        if metrics is None:
            error = {"code": "E_NOTEBOOK_FAILED", "message": "no", "remediation": "mend it", "detail": {}}
            return event(3, "end", {"status": "failed", "error": error, "node": "n", "seconds": 1.0})
        await self.world.objects.put(keys.run_artifact(run_id, keys.METRICS), metrics)
        artifact = {
            "name": keys.METRICS,
            "size_bytes": len(metrics),
            "sha256": hashlib.sha256(metrics).hexdigest(),
            "content_type": "application/json",
        }
        return event(3, "end", {"status": "succeeded", "node": "n", "seconds": 1.0, "artifacts": [artifact]})


class Validated(World):
    """A world with the determinism service on top."""

    executor: StoringExecutor

    def restart(self) -> None:
        super().restart()
        self.executor.world = self
        self.determinism = DeterminismService(self.database, self.runs, NotebookAnalyst())
        self.runs.on_ended.append(self.determinism.poke)

    async def original(self) -> str:
        run = await self.settled((await self.runs.start(PLAN.id)).id)
        return run.id

    async def until_submitted(self, count: int) -> None:
        for _ in range(500):
            if len(self.executor.submitted) >= count:
                return
            await asyncio.sleep(0.01)
        raise AssertionError(self.executor.submitted)

    async def ended(self, run_id: str) -> DeterminismValidation:
        return await asyncio.wait_for(self.determinism.ended(run_id), 20)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Validated]:
    made = Validated(tmp_path, StoringExecutor())
    asyncio.run(fill(made))
    yield made
    asyncio.run(made.database.close())


async def test_equal_bytes_are_identical_and_each_run_is_marked(world: Validated) -> None:
    run_id = await world.original()
    begun = await world.determinism.start(run_id, 2)
    assert (begun.status, begun.wanted) == (ValidationStatus.RUNNING, 2)
    done = await world.ended(run_id)
    assert done.status is ValidationStatus.IDENTICAL
    assert [entry.original for entry in done.runs] == [True, False, False]
    assert {entry.metrics_sha256 for entry in done.runs} == {hashlib.sha256(SAME).hexdigest()}
    assert done.comparison is not None
    assert (done.comparison.metrics_compared, done.comparison.causes) == (1, [])
    for entry in done.runs[1:]:
        assert (await world.runs.get(entry.run_id)).validation_id == done.id
    specs = world.executor.submitted
    assert [spec.independent for spec in specs] == [False, True, True]
    assert len({(spec.seed, spec.notebook, spec.env_hash) for spec in specs}) == 1


async def test_one_other_byte_is_a_difference(world: Validated) -> None:
    world.executor.metrics = [SAME, SAME, OTHER]
    run_id = await world.original()
    await world.determinism.start(run_id, 3)
    done = await world.ended(run_id)
    assert done.status is ValidationStatus.DIFFERENT
    assert done.comparison is not None
    [metric] = done.comparison.metrics
    assert (metric.name, metric.values, metric.spread) == ("accuracy", [0.5, 0.5, 0.75, 0.75], 0.25)
    # There is no notebook to read here, and that is said.
    assert done.comparison.causes[0].code is DeterminismCode.E_DETERMINISM_UNKNOWN


async def test_a_second_post_meanwhile_gives_the_same_validation(world: Validated) -> None:
    run_id = await world.original()
    world.executor.hold = asyncio.Event()
    first, second = await asyncio.gather(
        world.determinism.start(run_id, 2), world.determinism.start(run_id, 5)
    )
    assert (first.id, first.wanted) == (second.id, second.wanted)
    world.executor.hold.set()
    await world.ended(run_id)
    again = await world.determinism.start(run_id, 2)
    assert again.id != first.id
    await world.ended(run_id)
    assert len(world.executor.submitted) == 1 + first.wanted + 2


async def test_a_validation_outlives_its_server(world: Validated) -> None:
    run_id = await world.original()
    world.executor.hold = asyncio.Event()
    begun = await world.determinism.start(run_id, 2)
    await world.until_submitted(3)
    await world.determinism.close()
    await world.runs.close()
    await world.database.close()
    world.restart()
    # What the worker went on to do meanwhile.
    world.executor.hold = None
    for entry in (await world.determinism.get(run_id)).runs[1:]:
        await world.runs.receive(entry.run_id, [await world.executor.end_of(entry.run_id, SAME)])
    assert await world.determinism.recover() == [begun.id]
    done = await world.ended(run_id)
    assert (done.id, done.status) == (begun.id, ValidationStatus.IDENTICAL)
    assert len(world.executor.submitted) == 3, "nothing was run twice"
    await world.determinism.close()


async def test_cancel_stops_its_runs_and_stays(world: Validated) -> None:
    run_id = await world.original()
    world.executor.hold = asyncio.Event()
    await world.determinism.start(run_id, 2)
    await world.until_submitted(3)
    cancelled = await world.determinism.cancel(run_id)
    assert cancelled.status is ValidationStatus.CANCELLED
    assert {entry.status for entry in cancelled.runs[1:]} == {RunStatus.CANCELLED}
    with pytest.raises(P2NError) as caught:
        await world.determinism.cancel(run_id)
    assert caught.value.code is ErrorCode.E_RUN_ALREADY_ENDED
    assert (await world.ended(run_id)).status is ValidationStatus.CANCELLED


async def test_a_full_queue_is_waited_for(world: Validated) -> None:
    run_id = await world.original()
    world.executor.hold = asyncio.Event()
    others = [await world.runs.start(PLAN.id) for _ in range(2)]
    await world.determinism.start(run_id, 2)
    await world.until_submitted(4)
    with pytest.raises(P2NError) as caught:
        await world.runs.start(PLAN.id)
    assert caught.value.code is ErrorCode.E_QUEUE_FULL
    world.executor.hold.set()
    assert (await world.ended(run_id)).status is ValidationStatus.IDENTICAL
    assert len(others) == 2


async def test_a_run_that_fails_fails_the_validation_with_its_reason(world: Validated) -> None:
    world.executor.metrics = [SAME, None]
    run_id = await world.original()
    await world.determinism.start(run_id, 2)
    done = await world.ended(run_id)
    assert done.status is ValidationStatus.FAILED
    assert done.error is not None
    assert (done.error.code, done.error.remediation) == (ErrorCode.E_NOTEBOOK_FAILED, "mend it")


async def test_what_is_refused(world: Validated) -> None:
    with pytest.raises(P2NError) as caught:
        await world.determinism.start("r_0", 2)
    assert caught.value.code is ErrorCode.E_NOT_FOUND
    world.executor.hold = asyncio.Event()
    live = await world.runs.start(PLAN.id)
    with pytest.raises(P2NError) as caught:
        await world.determinism.start(live.id, 2)
    assert caught.value.code is ErrorCode.E_CONFLICT
    with pytest.raises(P2NError) as caught:
        await world.determinism.get(live.id)
    assert caught.value.code is ErrorCode.E_NOT_FOUND
    world.executor.hold.set()
    await world.settled(live.id)
    # Without a metric there is nothing to compare, and nothing is run to find that out.
    world.executor.script = [RUNNING, event(3, "end", {"status": "succeeded", "node": "n", "seconds": 1.0})]
    world.executor.submit = super(StoringExecutor, world.executor).submit  # type: ignore[method-assign]
    silent = await world.settled((await world.runs.start(PLAN.id)).id)
    with pytest.raises(P2NError) as caught:
        await world.determinism.start(silent.id, 2)
    assert caught.value.code is ErrorCode.E_CONFLICT
    assert await world.database.live_validations() == []


async def test_who_deletes_the_run_ends_its_validation(world: Validated) -> None:
    run_id = await world.original()
    world.executor.hold = asyncio.Event()
    await world.determinism.start(run_id, 2)
    await world.until_submitted(3)
    members = [spec.run_id for spec in world.executor.submitted[1:]]
    await world.database.delete_run(run_id)
    world.determinism.poke()
    for member in members:
        assert (await world.settled(member)).status is RunStatus.CANCELLED
    assert await world.database.live_validations() == []
    assert json.loads(SAME)["metrics"]
