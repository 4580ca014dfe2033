"""Faults under real Ray: cancel at every stage, and the death of workers and of the dispatcher."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from leftovers import (
    NEVER_READY,
    assert_nothing_left,
    containers,
    fresh_environment,
    gone_within,
    half_built,
    no_more_volumes,
)
from sandbox_notebooks import metric_cell
from test_ray_executor import Listener

from p2n_schemas.execution import ResolvedEnvironment, TaskState
from p2n_schemas.runs import DatasetMount, RunSpec, UploadGrant
from ray_runner.client import RayExecutor
from ray_runner.head import Head
from ray_runner.processes import descendants, mentioning

pytestmark = [pytest.mark.docker, pytest.mark.ray]

# A guest that no signal but SIGKILL ends.
STUBBORN = (
    "import os, signal, time\n"
    "for n in range(1, 65):\n"
    "    try: signal.signal(n, signal.SIG_IGN)\n"
    "    except (OSError, ValueError): pass\n"
    "if os.fork() == 0:\n    os.setsid()\n    time.sleep(100)\n"
    "print('begun', flush=True)\ntime.sleep(100)"
)


@pytest.fixture(autouse=True)
def volumes(resolved: ResolvedEnvironment) -> Iterator[None]:
    with no_more_volumes(resolved):
        yield


@pytest.fixture
def hanging_store() -> Iterator[str]:
    """Takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture
def spec_at(make_spec: Callable[..., Any], hanging_store: str) -> Callable[[str], RunSpec]:
    """A run that stays at a stage until someone ends it."""

    def make(stage: str) -> RunSpec:
        if stage == "environment":
            return fresh_environment(make_spec(metric_cell()), uuid.uuid4().hex)
        if stage == "datasets":
            slow = DatasetMount(name=NEVER_READY, loader=f"# {uuid.uuid4()}\nimport time\ntime.sleep(100)")
            return RunSpec.model_validate(make_spec(metric_cell(), datasets=[slow]))
        if stage == "upload":
            spec = make_spec(metric_cell())
            hung = [
                grant
                if grant.name != "logs.txt"
                else UploadGrant(name=grant.name, url=f"{hanging_store}/logs.txt")
                for grant in spec.grants
            ]
            return RunSpec.model_validate(spec.model_copy(update={"grants": hung}))
        return RunSpec.model_validate(make_spec(metric_cell(), STUBBORN))

    return make


async def reach(listener: Listener, spec: RunSpec, stage: str) -> None:
    """Wait until the run is in the midst of a stage."""
    if stage == "execution":
        await listener.until(lambda: "begun" in listener.lines())
        return
    await listener.until(
        lambda: any(
            event["type"] == "stage_update" and event["payload"]["stage"] == stage
            for event in listener.events
        )
    )
    if stage != "upload":
        await asyncio.to_thread(
            wait_until, lambda: any(one.status == "running" for one in containers(spec.run_id))
        )


def wait_until(condition: Callable[[], bool], seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


def in_order(listener: Listener) -> bool:
    return listener.seqs() == list(range(1, len(listener.events) + 1))


@pytest.mark.parametrize("stage", ["environment", "datasets", "execution", "upload"])
async def test_a_cancel_ends_a_run_at_each_stage_and_nothing_half_built_stays(
    spec_at: Callable[[str], RunSpec], state_dir: Path, stage: str
) -> None:
    executor, listener, spec = RayExecutor(state_dir), Listener(), spec_at(stage)
    executor.on_lost = listener.on_lost
    await executor.submit(spec, listener)
    await reach(listener, spec, stage)
    begun = time.monotonic()
    cancelling = asyncio.ensure_future(executor.cancel(spec.run_id))
    gone = await asyncio.to_thread(gone_within, spec.run_id, 10)
    assert await cancelling == TaskState(known=True, alive=False)
    await listener.until(listener.ended, 5)
    print(f"{stage}: container gone after {gone:.2f} s, the run ended after {time.monotonic() - begun:.2f} s")
    assert listener.events[-1]["payload"]["status"] == "cancelled"
    assert listener.events[-1]["payload"]["error"]["code"] == "E_RUN_CANCELLED"
    assert listener.lost == []
    assert in_order(listener)
    if stage in ("execution", "upload"):
        assert gone < 2
    if stage == "upload":
        assert time.monotonic() - begun < 3
    if stage == "environment":
        assert half_built(spec.env_hash, spec.image_digest) == ""
    assert_nothing_left(spec.run_id)
    await executor.close()


async def test_a_cancel_ends_a_run_that_waits_for_a_worker(
    spec_at: Callable[[str], RunSpec], state_dir: Path
) -> None:
    executor, waiting = RayExecutor(state_dir), Listener()
    executor.on_lost = waiting.on_lost
    before = [(spec_at("execution"), Listener()) for _ in range(max(os.cpu_count() or 2, 2) // 2)]
    for spec, listener in before:
        await executor.submit(spec, listener)
    spec = spec_at("execution")
    await executor.submit(spec, waiting)
    await before[0][1].until(lambda: "begun" in before[0][1].lines())
    assert waiting.events == []
    assert await executor.cancel(spec.run_id) == TaskState(known=True, alive=False)
    await waiting.until(lambda: spec.run_id in waiting.lost, 10)
    assert waiting.events == []
    for other, _ in before:
        await executor.cancel(other.run_id)
        assert_nothing_left(other.run_id)
    assert_nothing_left(spec.run_id)
    await executor.close()


@pytest.mark.parametrize("stage", ["environment", "execution"])
async def test_a_worker_that_is_killed_leaves_nothing_and_no_event_is_lost_or_repeated(
    spec_at: Callable[[str], RunSpec], state_dir: Path, stage: str
) -> None:
    executor, listener, spec = RayExecutor(state_dir), Listener(), spec_at(stage)
    executor.on_lost = listener.on_lost
    await executor.submit(spec, listener)
    await reach(listener, spec, stage)
    (worker,) = mentioning(f"ray::p2n-run {spec.run_id}")
    os.kill(worker, signal.SIGKILL)
    gone = await asyncio.to_thread(gone_within, spec.run_id, 10)
    print(f"{stage}: container gone {gone:.2f} s after kill -9 of its worker")
    await listener.until(lambda: bool(listener.lost), 30)
    assert listener.lost == [spec.run_id]
    assert not listener.ended()
    assert in_order(listener)
    if stage == "environment":
        await asyncio.to_thread(wait_until, lambda: half_built(spec.env_hash, spec.image_digest) == "")
    assert_nothing_left(spec.run_id)
    await executor.close()


async def test_a_dispatcher_that_is_killed_leaves_no_container_and_comes_back(
    spec_at: Callable[[str], RunSpec], make_spec: Callable[..., Any], state_dir: Path
) -> None:
    executor, listener, after = RayExecutor(state_dir), Listener(), Listener()
    executor.on_lost = listener.on_lost
    spec = spec_at("execution")
    await executor.submit(spec, listener)
    await reach(listener, spec, "execution")
    of_this_head = descendants(mentioning(f"{Head(state_dir).temp_dir}/"))
    (dispatcher,) = of_this_head & (mentioning("ray::Dispatcher") | mentioning("ray::p2n-dispatcher"))
    begun = time.monotonic()
    os.kill(dispatcher, signal.SIGKILL)
    # Its tasks die with it; the container must not stay until its deadline.
    gone = await asyncio.to_thread(gone_within, spec.run_id, 30)
    print(f"container gone {gone:.1f} s after kill -9 of the dispatcher")
    await listener.until(lambda: bool(listener.lost), 60)
    print(f"told as lost {time.monotonic() - begun:.1f} s after")
    assert listener.lost == [spec.run_id]
    assert in_order(listener)
    assert_nothing_left(spec.run_id)

    await executor.submit(make_spec("print('again')", metric_cell()), after)
    await after.until(after.ended, 60)
    assert after.events[-1]["payload"]["status"] == "succeeded"
    print(f"and the next run had ended {time.monotonic() - begun:.1f} s after")
    assert in_order(after)
    await executor.close()
