"""What the extension costs a Jupyter Server that starts, and what Ray's start costs its event loop."""

from __future__ import annotations

import asyncio
import itertools
import time
from pathlib import Path

from benchmarks.measure import Comparison, Side, compare
from tests.live_server import LiveServer


def start(folder: Path, rounds: int) -> Comparison:
    number = itertools.count()

    def seconds(extension: bool) -> float:
        begin = time.perf_counter()
        with LiveServer(folder / str(next(number)) / "p2n", extension=extension):
            return time.perf_counter() - begin

    return compare(
        "Jupyter Server start, process to first answer",
        Side("with P2N", "jupyter server, p2n_ext on", lambda: seconds(True)),
        Side("without", "jupyter server, p2n_ext off", lambda: seconds(False)),
        rounds,
    )


async def longest_stall_while_ray_starts(state_dir: Path) -> tuple[float, float]:
    """(seconds that Ray took to start, longest time that the event loop could not run meanwhile)."""
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
