"""Runs that were lost with their worker are run again as often as the plan says, each once; the backend is scripted."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from p2n_ext.protocols import EventSink
from p2n_ext.services.lost_runs import LostRuns
from p2n_schemas.errors import ErrorCode
from p2n_schemas.runs import Run, RunSpec, RunStatus
from tests.services.test_runs import RUNNING, ScriptedExecutor, World, fill
from tests.stores.made_rows import PLAN


class Unlucky(ScriptedExecutor):
    """Loses the first runs that it gets."""

    def __init__(self, losses: int) -> None:
        super().__init__()
        self.losses = losses

    async def submit(self, spec: RunSpec, sink: EventSink) -> None:
        if len(self.submitted) >= self.losses:
            await super().submit(spec, sink)
            return
        self.submitted.append(spec)
        await sink(spec.run_id, [RUNNING])
        await self.on_lost(spec.run_id)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path, Unlucky(2))
    asyncio.run(fill(made))
    yield made
    asyncio.run(made.database.close())


async def allow(world: World, retries: int) -> None:
    plan = await world.database.get_plan(PLAN.id)
    assert plan is not None
    policy = plan.body.policy.model_copy(update={"max_retries": retries})
    body = plan.body.model_copy(update={"policy": policy})
    await world.database.put_plan(plan.model_copy(update={"body": body}))


async def all_runs(world: World, first: Run) -> list[Run]:
    """Once nothing goes on any more, the oldest first."""
    await world.settled(first.id)
    for _ in range(500):
        await asyncio.sleep(0.02)
        runs = (await world.runs.runs()).runs
        if all(run.status.is_terminal() for run in runs):
            await asyncio.sleep(0.1)
            if len((await world.runs.runs()).runs) == len(runs):
                return sorted(runs, key=lambda run: run.attempt)
    raise AssertionError(runs)


@pytest.mark.parametrize(("retries", "ends"), [(0, "lost"), (1, "lost lost"), (3, "lost lost succeeded")])
async def test_a_lost_run_is_run_again_as_often_as_the_policy_says(
    world: World, retries: int, ends: str
) -> None:
    await allow(world, retries)
    lost_runs = LostRuns(world.database, world.runs)
    # Two servers on one database both see the end.
    world.runs.on_ended += [lost_runs.look_at, LostRuns(world.database, world.runs).look_at]
    runs = await all_runs(world, await world.runs.start(PLAN.id))
    assert (
        " ".join(
            "lost" if run.error and run.error.code is ErrorCode.E_RUN_LOST else run.status.value
            for run in runs
        )
        == ends
    )
    assert [run.rerun_of for run in runs] == [None, *(run.id for run in runs[:-1])]
    assert len({run.notebook_sha256 for run in runs}) == 1
    await lost_runs.close()


async def test_what_failed_or_belongs_to_no_plan_is_not_run_again(world: World) -> None:
    await allow(world, 3)
    lost_runs = LostRuns(world.database, world.runs)
    world.runs.on_ended.append(lost_runs.look_at)
    first = await world.runs.start(PLAN.id)
    (validated,) = [await world.runs.queue(await world.runs.prepared_again(first), validation_id="v_1")]
    ended = await world.settled(validated.id)
    assert ended.error is not None
    assert ended.error.code is ErrorCode.E_RUN_LOST
    runs = await all_runs(world, first)
    assert [run for run in runs if run.rerun_of == validated.id] == []
    assert runs[-1].status is RunStatus.SUCCEEDED
    await lost_runs.close()
