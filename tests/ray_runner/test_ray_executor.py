"""The whole backend: a real Ray head, the bridge, the dispatcher, real containers."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sandbox_notebooks import metric_cell

from p2n_schemas.execution import TaskState
from ray_runner.client import RayExecutor
from ray_runner.head import Head
from ray_runner.processes import alive, mentioning
from ray_runner.sandbox.engine import LABEL_RUN, connect

pytestmark = [pytest.mark.docker, pytest.mark.ray]

SLOW = "import time\nfor i in range(150):\n    print('line', i)\n    time.sleep(0.1)"


class Listener:
    """A sink that keeps everything and can be waited on."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.lost: list[str] = []
        self._changed = asyncio.Event()

    async def __call__(self, run_id: str, events: list[bytes]) -> None:
        assert events
        self.events += [json.loads(event) for event in events]
        self._changed.set()

    async def on_lost(self, run_id: str) -> None:
        self.lost.append(run_id)
        self._changed.set()

    async def until(self, condition: Callable[[], bool], seconds: float = 90) -> None:
        async with asyncio.timeout(seconds):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    def ended(self) -> bool:
        return bool(self.events) and self.events[-1]["type"] == "end"

    def lines(self) -> list[str]:
        return [
            line
            for event in self.events
            if event["type"] == "log_line" and event["payload"]["stream"] == "stdout"
            for line in event["payload"]["lines"]
        ]

    def seqs(self) -> list[int]:
        return [event["seq"] for event in self.events]


def bridge_pid(state_dir: Path) -> int:
    (pid,) = mentioning(f"ray_runner.bridge --state-dir={state_dir}")
    return pid


async def test_a_run_goes_through_ray_and_the_loop_never_stalls(
    make_spec: Callable[..., Any], state_dir: Path
) -> None:
    executor = RayExecutor(state_dir)
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.01)
            longest = max(longest, time.monotonic() - before - 0.01)

    watcher = asyncio.ensure_future(watch())
    listener = Listener()
    spec = make_spec("for i in range(3): print(i)", metric_cell(), first_seq=2)
    try:
        await executor.submit(spec, listener)
        await executor.submit(spec, listener)
        await listener.until(listener.ended)
    finally:
        watcher.cancel()
        await executor.close()
    assert listener.events[-1]["payload"]["status"] == "succeeded"
    assert listener.seqs() == list(range(2, len(listener.events) + 2))
    assert listener.lines() == ["0", "1", "2"]
    assert "ray" not in sys.modules or "ray_runner.dispatcher" not in sys.modules
    print(f"longest stall of the event loop while Ray started and ran: {longest * 1000:.0f} ms")
    assert longest < 0.25

    info = Head(state_dir).find()
    assert info is not None
    assert info.dashboard.startswith("http://127.0.0.1:")
    assert stat.S_IMODE((state_dir / "ray" / "token").stat().st_mode) == 0o600


async def test_a_run_survives_kill_9_of_the_bridge_with_no_event_missing(
    make_spec: Callable[..., Any], state_dir: Path
) -> None:
    first, second = RayExecutor(state_dir), RayExecutor(state_dir)
    before, after = Listener(), Listener()
    spec = make_spec(SLOW, metric_cell())
    await first.submit(spec, before)
    await before.until(lambda: len(before.lines()) >= 5)
    # The server dies with its bridge: it must not come back and read on.
    first._closing = True
    os.kill(bridge_pid(state_dir), signal.SIGKILL)
    await first.close()
    kept = before.seqs()[-1]
    assert not before.ended()

    await asyncio.sleep(1)
    assert await second.attach(spec.run_id, kept, after) == TaskState(known=True, alive=True)
    await after.until(after.ended)
    assert before.seqs() + after.seqs() == list(range(1, after.seqs()[-1] + 1))
    assert before.lines() + after.lines() == [f"line {i}" for i in range(150)]
    assert after.events[-1]["payload"]["status"] == "succeeded"

    # And who comes after the end gets it all again.
    late = Listener()
    assert (await second.attach(spec.run_id, 0, late)).known
    await late.until(late.ended)
    assert late.seqs() == list(range(1, after.seqs()[-1] + 1))
    await second.close()


async def test_a_bridge_that_dies_alone_is_started_again(
    make_spec: Callable[..., Any], state_dir: Path
) -> None:
    executor = RayExecutor(state_dir)
    listener = Listener()
    executor.on_lost = listener.on_lost
    await executor.submit(make_spec(SLOW, metric_cell()), listener)
    await listener.until(lambda: len(listener.lines()) >= 5)
    os.kill(bridge_pid(state_dir), signal.SIGKILL)
    await listener.until(listener.ended)
    assert listener.seqs() == list(range(1, len(listener.events) + 1))
    assert listener.lines() == [f"line {i}" for i in range(150)]
    assert listener.lost == []
    await executor.close()


async def test_output_faster_than_the_queue_arrives_whole(
    make_spec: Callable[..., Any], state_dir: Path
) -> None:
    executor = RayExecutor(state_dir)
    seen: list[bytes] = []
    ended = asyncio.Event()

    async def slow(run_id: str, events: list[bytes]) -> None:
        seen.extend(events)
        await asyncio.sleep(0.1)
        if b'"type":"end"' in events[-1][:128]:
            ended.set()

    text = "x" * 400
    await executor.submit(make_spec(f"for i in range(40_000): print(i, '{text}')", metric_cell()), slow)
    await asyncio.wait_for(ended.wait(), 150)
    await executor.close()
    events = [json.loads(event) for event in seen]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    lines = [
        line
        for event in events
        if event["type"] == "log_line" and event["payload"]["stream"] == "stdout"
        for line in event["payload"]["lines"]
    ]
    assert [int(line.split()[0]) for line in lines] == list(range(40_000))
    assert events[-1]["payload"]["status"] == "succeeded"
    # 16 MB of lines are kept compressed, and so within the quota.
    names = [artifact["name"] for artifact in events[-1]["payload"]["artifacts"]]
    assert {"metrics.json", "logs.txt.gz", "events.jsonl.gz"} <= set(names)


async def test_cancel_stops_the_container_and_ends_the_run(
    make_spec: Callable[..., Any], state_dir: Path
) -> None:
    executor = RayExecutor(state_dir)
    listener = Listener()
    spec = make_spec("print('begun')\nimport time\ntime.sleep(100)")
    await executor.submit(spec, listener)
    await listener.until(lambda: "begun" in listener.lines())
    assert await executor.cancel(spec.run_id) == TaskState(known=True, alive=False)
    await listener.until(listener.ended, 5)
    assert listener.events[-1]["payload"]["status"] == "cancelled"
    client = connect()
    assert client.containers.list(all=True, filters={"label": f"{LABEL_RUN}={spec.run_id}"}) == []
    client.close()
    assert await executor.cancel(spec.run_id) == TaskState(known=True, alive=False)
    assert await executor.cancel("unknown") == TaskState(known=False, alive=False)
    await executor.close()


async def test_a_run_whose_worker_is_killed_is_lost_and_its_container_goes(
    make_spec: Callable[..., Any], state_dir: Path
) -> None:
    executor = RayExecutor(state_dir)
    listener = Listener()
    executor.on_lost = listener.on_lost
    spec = make_spec("print('begun')\nimport time\ntime.sleep(100)")
    await executor.submit(spec, listener)
    await listener.until(lambda: "begun" in listener.lines())
    (worker,) = mentioning(f"ray::p2n-run {spec.run_id}")
    os.kill(worker, signal.SIGKILL)
    await listener.until(lambda: bool(listener.lost))
    assert listener.lost == [spec.run_id]
    assert not listener.ended()
    client = connect()
    assert client.containers.list(all=True, filters={"label": f"{LABEL_RUN}={spec.run_id}"}) == []
    client.close()
    await executor.close()


async def test_the_doctor_sees_the_engine_the_image_and_the_dashboard(state_dir: Path) -> None:
    executor = RayExecutor(state_dir)
    await executor.warm()
    checks = {name: (status, url) for name, status, _, _, url in await executor.checks()}
    info = Head(state_dir).find()
    assert info is not None
    assert checks["docker"][0] == "ok"
    assert checks["base image"][0] == "ok"
    assert checks["ray"] == ("ok", info.dashboard)
    await executor.close()


async def test_a_head_that_died_is_replaced_and_its_runs_are_unknown(
    tmp_path: Path, make_spec: Callable[..., Any]
) -> None:
    head = Head(tmp_path)
    (tmp_path / "ray").mkdir()
    (tmp_path / "ray" / "head.json").write_text(
        json.dumps({"address": "127.0.0.1:1", "dashboard": "", "temp_dir": "", "code": "", "started": 0})
    )
    assert head.find() is None
    executor = RayExecutor(tmp_path)
    listener = Listener()
    assert await executor.attach("gone", 0, listener) == TaskState(known=False, alive=False)
    assert listener.events == []
    await executor.close()
    assert not any(map(alive, mentioning(str(head.temp_dir))))


async def test_a_head_that_dies_under_a_server_is_replaced_and_its_run_is_lost(
    make_spec: Callable[..., Any], state_dir: Path
) -> None:
    executor = RayExecutor(state_dir)
    first, second = Listener(), Listener()
    executor.on_lost = first.on_lost
    spec = make_spec("print('begun')\nimport time\ntime.sleep(100)")
    await executor.submit(spec, first)
    await first.until(lambda: "begun" in first.lines())
    assert Head(state_dir).stop()
    client = connect()
    assert client.containers.list(all=True, filters={"label": f"{LABEL_RUN}={spec.run_id}"}) == []
    client.close()
    await first.until(lambda: bool(first.lost), 60)
    assert first.lost == [spec.run_id]
    await executor.submit(make_spec("print('again')", metric_cell()), second)
    await second.until(second.ended, 150)
    assert second.lines() == ["again"]
    assert second.events[-1]["payload"]["status"] == "succeeded"
    await executor.close()
