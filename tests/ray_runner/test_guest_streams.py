"""The guest's reading of the kernel's pipes: soon, in whole batches, bounded, and never holding the kernel up."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from ray_runner.guest import lines, streams
from ray_runner.guest.streams import Streams


class Pipes:
    """What a kernel has: two pipes, of which the guest holds the reading ends."""

    def __init__(self) -> None:
        self.stdout, self.out = os.pipe()
        self.stderr, self.err = os.pipe()
        for reading in (self.stdout, self.stderr):
            os.set_blocking(reading, False)


class Frames:
    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.times: list[float] = []

    def send(self, kind: str, payload: dict[str, Any]) -> None:
        assert kind == "log_line"
        assert 1 <= len(payload["lines"]) <= lines.BATCH_LINES
        self.sent.append(payload)
        self.times.append(time.monotonic())

    def lines(self, stream: str = "stdout") -> list[str]:
        return [line for payload in self.sent if payload["stream"] == stream for line in payload["lines"]]


Body = Callable[[Streams, Pipes, Frames], Awaitable[None]]


def streaming(body: Body) -> None:
    async def run() -> None:
        pipes, frames = Pipes(), Frames()
        reading = Streams(pipes, frames)  # type: ignore[arg-type]
        try:
            await asyncio.wait_for(body(reading, pipes, frames), 60)
        finally:
            reading.close()
            for descriptor in (pipes.stdout, pipes.stderr, pipes.out, pipes.err):
                os.close(descriptor)

    asyncio.run(run())


async def until(found: Callable[[], bool]) -> None:
    while not found():  # noqa: ASYNC110 - the reading side has no event to wait for
        await asyncio.sleep(0.002)


def test_a_line_after_a_silence_is_sent_at_once_and_the_streams_stay_apart() -> None:
    async def body(reading: Streams, pipes: Pipes, frames: Frames) -> None:
        reading.cell = 3
        for number in range(3):
            await asyncio.sleep(0.1)
            written = time.monotonic()
            os.write(pipes.out, b"out %d\n" % number)
            os.write(pipes.err, b"err\n")
            await until(lambda: len(frames.sent) == 2 * number + 2)  # noqa: B023
            assert frames.times[-1] - written < 0.1
        assert frames.lines() == ["out 0", "out 1", "out 2"]
        assert frames.lines("stderr") == ["err"] * 3
        assert {payload["cell"] for payload in frames.sent} == {3}

    streaming(body)


def test_a_flood_comes_whole_in_full_batches() -> None:
    count = 200_000

    async def body(reading: Streams, pipes: Pipes, frames: Frames) -> None:
        def write() -> None:
            for number in range(0, count, 100):
                block = b"".join(b"%d\n" % each for each in range(number, number + 100))
                while block:
                    block = block[os.write(pipes.out, block) :]

        writer = threading.Thread(target=write)
        writer.start()
        await until(lambda: not writer.is_alive())
        reading.end_cell()
        assert frames.lines() == [str(number) for number in range(count)]
        # Where the machine is busy the writer may be slower than the reader's pauses.
        assert len(frames.sent) < count / lines.BATCH_LINES * 3

    streaming(body)


def test_looking_for_what_was_written_by_now_ends_while_somebody_goes_on_writing() -> None:
    async def body(reading: Streams, pipes: Pipes, frames: Frames) -> None:
        stop = threading.Event()

        def write() -> None:
            while not stop.is_set():
                os.write(pipes.out, b"x" * 79 + b"\n")

        writer = threading.Thread(target=write, daemon=True)
        writer.start()
        try:
            await asyncio.sleep(0.05)
            begun = time.monotonic()
            reading.drain()
            assert time.monotonic() - begun < 2
            assert frames.lines()
        finally:
            stop.set()
            while writer.is_alive():
                reading.drain()

    streaming(body)


def test_beyond_the_bound_pipes_are_drained_and_the_drivers_own_words_still_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    budget = lines.OutputBudget(lines=1000)
    monkeypatch.setattr(streams, "OutputBudget", lambda: budget)

    async def body(reading: Streams, pipes: Pipes, frames: Frames) -> None:
        block = (b"x" * 79 + b"\n") * 10_000

        def write() -> None:
            for _ in range(100):
                view = memoryview(block)
                while view:
                    view = view[os.write(pipes.out, view) :]

        writer = threading.Thread(target=write)
        writer.start()
        await until(lambda: not writer.is_alive())
        os.write(pipes.err, b"not shown either\n")
        reading.end_cell()
        reading.show(["nor this"])
        reading.say("stderr", ["ValueError: told"])
        assert frames.lines() == ["x" * 79] * 1000 + [lines.CUT_MARK]
        assert frames.lines("stderr") == ["ValueError: told"]
        assert [payload["truncated"] for payload in frames.sent].count(True) == 1

    streaming(body)


def test_a_progress_bar_is_seen_moving_and_becomes_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "_DRAWING_SECONDS", 0.1)

    async def body(reading: Streams, pipes: Pipes, frames: Frames) -> None:
        for percent in range(101):
            os.write(pipes.err, b"\r%d%%" % percent)
            await asyncio.sleep(0.005)
        os.write(pipes.err, b"\r100%\nnext\n")
        reading.end_cell()
        *moving, last, after = frames.lines("stderr")
        assert (last, after) == ("100%", "next")
        assert 1 <= len(moving) < 30
        assert [int(shown[:-1]) for shown in moving] == sorted({int(shown[:-1]) for shown in moving})

    streaming(body)


def test_what_a_cell_shows_stands_behind_what_it_has_printed() -> None:
    async def body(reading: Streams, pipes: Pipes, frames: Frames) -> None:
        os.write(pipes.out, b"printed\n")
        reading.show(["shown"])
        os.write(pipes.out, b"no end")
        reading.end_cell()
        reading.say("stderr", [])
        assert frames.lines() == ["printed", "shown", "no end"]

    streaming(body)
