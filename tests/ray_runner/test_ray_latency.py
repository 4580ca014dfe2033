"""What a run on a warm Ray head does not pay for: a new worker, a queue's process, a kernel and its imports."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sandbox_notebooks import metric_cell
from test_ray_executor import Listener

from p2n_schemas.runs import RunSpec
from ray_runner.client import RayExecutor
from ray_runner.head import Head
from ray_runner.processes import descendants, mentioning
from ray_runner.sandbox import standby
from ray_runner.sandbox.engine import connect, containers_of

pytestmark = [pytest.mark.docker, pytest.mark.ray]

CELLS = ("import json\nimport statistics", "print('begun')\nimport time\ntime.sleep(0.5)", metric_cell())


def begun(listener: Listener) -> Callable[[], bool]:
    return lambda: "begun" in listener.lines()


def workers_of(run_id: str) -> set[int]:
    return mentioning(f"ray::p2n-run {run_id}")


def queues(state_dir: Path) -> int:
    return len(descendants(mentioning(f"{Head(state_dir).temp_dir}/")) & mentioning("ray::_QueueActor"))


async def until(condition: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if await asyncio.to_thread(condition):
            return True
        await asyncio.sleep(0.1)
    return False


@pytest.fixture
def own_state_dir() -> Iterator[Path]:
    """A head whose dispatcher belongs to the test's own bridge: Ray ends the workers of a driver that is gone."""
    folder = Path(tempfile.mkdtemp(prefix="p2n-test-"))
    yield folder
    Head(folder).stop()
    shutil.rmtree(folder, ignore_errors=True)


async def test_two_runs_in_a_row_have_one_worker_and_one_queue(
    make_spec: Callable[..., RunSpec], own_state_dir: Path
) -> None:
    executor = RayExecutor(own_state_dir)
    await executor.warm()
    pids: list[set[int]] = []
    numbers: list[int] = []
    delays: list[float] = []
    for _ in range(3):
        listener, spec = Listener(), make_spec(*CELLS)
        asked = time.monotonic()
        await executor.submit(spec, listener)
        await listener.until(lambda listener=listener: bool(listener.events))  # type: ignore[misc]
        delays.append(time.monotonic() - asked)
        await listener.until(begun(listener))
        pids.append(workers_of(spec.run_id))
        numbers.append(queues(own_state_dir))
        await listener.until(listener.ended)
        # Ray by itself ends a worker that it has no use for within this time.
        await asyncio.sleep(6)
    await executor.close()
    print("submit to first event: " + ", ".join(f"{delay:.3f} s" for delay in delays))
    assert len(pids[0]) == 1
    assert pids[1] == pids[2] == pids[0]
    assert numbers[2] == numbers[1]


async def test_runs_that_wait_have_no_process_of_their_own(
    make_spec: Callable[..., RunSpec], state_dir: Path
) -> None:
    executor = RayExecutor(state_dir)
    await executor.warm()
    before = queues(state_dir)
    first = Listener()
    spec = make_spec("print('begun')\nimport time\ntime.sleep(100)")
    await executor.submit(spec, first)
    await first.until(begun(first))
    waiting = [make_spec(*CELLS) for _ in range(20)]
    listeners = [Listener() for _ in waiting]
    for each, listener in zip(waiting, listeners, strict=True):
        await executor.submit(each, listener)
    await asyncio.sleep(3)
    assert queues(state_dir) <= max(before, 2)
    assert [listener.events for listener in listeners] == [[]] * 20
    # A run that waits can be cancelled, and the next in line begins as soon as there is room.
    ends = await asyncio.gather(*(executor.cancel(each.run_id) for each in [*waiting[1:], spec]))
    assert [end.alive for end in ends] == [False] * 20
    await listeners[0].until(listeners[0].ended)
    assert listeners[0].events[-1]["payload"]["status"] == "succeeded"
    assert listeners[0].seqs() == list(range(1, len(listeners[0].events) + 1))
    await executor.close()


async def test_a_rerun_comes_from_standby_and_the_pool_keeps_its_bound(
    make_spec: Callable[..., RunSpec], state_dir: Path
) -> None:
    client = connect()
    executor, without = RayExecutor(state_dir, standby=1), RayExecutor(state_dir, standby=0)
    name = Head(state_dir).name

    async def execute(executor: RayExecutor, spec: RunSpec) -> tuple[bool, Listener]:
        listener = Listener()
        await executor.submit(spec, listener)
        await listener.until(begun(listener))
        (container,) = containers_of(client, spec.run_id)
        await listener.until(listener.ended)
        assert listener.events[-1]["payload"]["status"] == "succeeded"
        return container.name.startswith("p2n-claimed."), listener

    seen: set[str] = set()

    async def another(kind: str = "") -> str:
        """Wait for one that was not seen before, of this kind, and for it alone; gives its kind."""
        found: list[str] = []

        def is_there() -> bool:
            listed = client.containers.list(
                filters={"label": ["p2n.standby", f"p2n.head={name}"], "status": "paused"},
                ignore_removed=True,
            )
            found[:] = [container.labels["p2n.standby"] for container in listed if container.id not in seen]
            if len(listed) != 1 or not found or kind not in found[0]:
                return False
            seen.update(container.id for container in listed)
            return True

        assert await until(is_there, 150)
        return found[0]

    try:
        claimed, _ = await execute(executor, make_spec(*CELLS))
        assert not claimed
        kind = await another()
        asked = time.monotonic()
        claimed, listener = await execute(executor, make_spec(*CELLS))
        print(f"a rerun from standby: {time.monotonic() - asked:.2f} s")
        assert claimed
        assert listener.lines() == ["begun"]
        # It is not used again; another is made, and one of another kind takes its place.
        assert await another() == kind
        other = make_spec("import bisect", *CELLS[1:], seed=5)
        assert (await execute(executor, other))[0] is False
        assert await another() != kind
        claimed, _ = await execute(executor, other.model_copy(update={"run_id": f"{other.run_id}-again"}))
        assert claimed

        assert await another() != kind
        await executor.stand_by(make_spec(*CELLS))
        await another(kind)
        assert (await execute(executor, make_spec(*CELLS)))[0]
        # Switched off, none is kept.
        await execute(without, make_spec(*CELLS))
        assert await until(lambda: standby.waiting(client, name) == 0, 30)
    finally:
        client.close()
        await executor.close()
        await without.close()


async def test_functions_are_called_where_runs_are_executed(state_dir: Path) -> None:
    executor = RayExecutor(state_dir)
    (answer,) = await executor.on_nodes("ray_runner.processes:alive", pid=1)
    assert answer["result"] is True
    with pytest.raises(ValueError, match="not a function of this package"):
        await executor.on_nodes("os:getpid")
    await executor.close()
