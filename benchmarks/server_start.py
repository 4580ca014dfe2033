"""What the extension costs a Jupyter Server: its start, a stream's first byte, and its loop while Ray starts."""

from __future__ import annotations

import asyncio
import http.client
import itertools
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.measure import Row, alternate, at_most
from benchmarks.stand import Stand
from tests.live_server import LiveServer


def start(rounds: int, folder: Path) -> list[Row]:
    number = itertools.count()

    def seconds(extension: bool) -> float:
        begin = time.perf_counter()
        with LiveServer(folder / str(next(number)) / "p2n", extension=extension):
            return time.perf_counter() - begin

    found = alternate({"ours": lambda: seconds(True), "theirs": lambda: seconds(False)}, rounds)
    what = "Jupyter Server start, process to first answer"
    return [Row(what, "s", found["ours"], found["theirs"], "jupyter server, p2n_ext off")]


def first_byte(stand: Stand, rounds: int) -> list[Row]:
    """A stream's first byte against the smallest answer that the same server can give."""
    server = stand.server
    run = server.call("GET", "/runs")["runs"][0]

    def seconds(path: str) -> float:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        connection.connect()
        begin = time.perf_counter()
        connection.request("GET", path, headers={"Authorization": f"token {server.token}"})
        connection.getresponse().read(1)
        took = time.perf_counter() - begin
        connection.close()
        return took

    path = f"/p2n/api/v1/runs/{run['id']}/events"
    sides = {"ours": lambda: seconds(path), "theirs": lambda: seconds("/api/status")}
    found = alternate(sides, rounds * 20)
    return [Row("first byte of a run's stream", "s", found["ours"], found["theirs"], "GET /api/status")]


def stall(folder: Path) -> list[Row]:
    """How long an event loop stands still at the longest while Ray's head and driver start."""
    state = folder / "stall" / "p2n"
    state.mkdir(parents=True)
    try:
        took, longest = asyncio.run(_longest_stall(state))
    finally:
        command = [sys.executable, "-m", "ray_runner.head", "stop", "--state-dir", str(state)]
        subprocess.run(command, check=False, timeout=120, stdout=subprocess.DEVNULL)
    note = f"Ray was up after {took:.1f} s"
    return [
        Row("longest stall of the server while Ray starts", "s", [longest], target=at_most(0.1), note=note)
    ]


async def _longest_stall(state_dir: Path) -> tuple[float, float]:
    from ray_runner.client import RayExecutor

    longest = 0.0
    done = asyncio.Event()

    async def heartbeat() -> None:
        nonlocal longest
        last = time.perf_counter()
        while not done.is_set():
            await asyncio.sleep(0.001)
            now = time.perf_counter()
            longest = max(longest, now - last - 0.001)
            last = now

    beating = asyncio.create_task(heartbeat())
    executor = RayExecutor(state_dir=state_dir)
    begin = time.perf_counter()
    await executor.warm()
    took = time.perf_counter() - begin
    done.set()
    await beating
    await executor.close()
    return took, longest
