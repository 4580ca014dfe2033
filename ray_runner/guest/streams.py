"""The kernel's stdout and stderr, read as they come and sent on as lines.

A pipe is emptied at once, then left alone for a moment: whoever prints line by line fills it meanwhile, and both
sides work in large pieces. So a line is on its way after 10 ms at most, 20 ms where its batch is filled up.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import functools
import os
import struct
import termios
from collections.abc import Callable

from .frames import FrameWriter
from .kernel import Kernel
from .lines import LineBatcher, LineSplitter, OutputBudget
from .outputs import StreamRecorder

_PAUSE_SECONDS = 0.01
_DRAWING_SECONDS = 2.0
_PIPE_BYTES = 1 << 20


class Streams:
    """The kernel's stdout and stderr, read while the event loop runs.

    A progress bar that is drawn over in place becomes one line once it is finished; until then its state is shown
    every two seconds, as a line too.
    """

    def __init__(self, kernel: Kernel, frames: FrameWriter) -> None:
        self._budget = OutputBudget()
        self.cell: int | None = None
        self.recorder = StreamRecorder()
        self._frames = frames
        self._descriptors = {"stdout": kernel.stdout, "stderr": kernel.stderr}
        self._splitters = {name: LineSplitter() for name in self._descriptors}
        self._batchers = {
            name: LineBatcher(self._budget, functools.partial(self._send, name)) for name in self._descriptors
        }
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._loop = asyncio.get_running_loop()
        for name, descriptor in self._descriptors.items():
            # Refused by some sandboxes and beyond the user's share; then the pipe is just smaller.
            with contextlib.suppress(OSError):
                fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
            self._loop.add_reader(descriptor, self._readable, name)
        self._later("drawing", _DRAWING_SECONDS, self._show_drawings)

    def say(self, stream: str, lines: list[str]) -> None:
        """Lines of the driver's own, such as a traceback: told even where the run's bound is reached."""
        self._batchers[stream].flush()
        if lines:
            self._send(stream, lines, False)

    def show(self, lines: list[str]) -> None:
        """What a cell shows other than by printing, as text: at once, behind what it has printed."""
        self.drain()
        self._batchers["stdout"].add(lines)
        self._batchers["stdout"].flush()

    def drain(self) -> None:
        """Read all that the kernel has written by now, and no more: a thread of it may never stop."""
        for name, descriptor in self._descriptors.items():
            left = _readable_bytes(descriptor)
            while left > 0 and (size := self._read(name)):
                left -= size
            self._batchers[name].flush()

    def end_cell(self) -> None:
        """After a cell nothing of it is held back, not even a line without its end."""
        self.drain()
        for name, splitter in self._splitters.items():
            self._batchers[name].add(splitter.finish())
            self._batchers[name].flush()

    def close(self) -> None:
        for descriptor in self._descriptors.values():
            self._loop.remove_reader(descriptor)
        for timer in self._timers.values():
            timer.cancel()

    def _readable(self, name: str) -> None:
        """There is something after a silence."""
        self._loop.remove_reader(self._descriptors[name])
        if self._read(name) is not None:
            self._batchers[name].flush()
            self._later(name, _PAUSE_SECONDS, self._look_again, name)

    def _look_again(self, name: str) -> None:
        batcher = self._batchers[name]
        waited, sent = batcher.waiting, batcher.sent
        size = self._read(name)
        if size is None:
            return
        if size == 0 and not waited:
            self._loop.add_reader(self._descriptors[name], self._readable, name)
            return
        # While lines stream, the rest of a batch may wait once for its other lines.
        if waited and batcher.sent == sent:
            batcher.flush()
        # A pipe that was full holds somebody up.
        self._later(name, 0 if size >= _PIPE_BYTES // 2 else _PAUSE_SECONDS, self._look_again, name)

    def _read(self, name: str) -> int | None:
        """How many bytes came, 0 where there are none for now; None behind the stream's end."""
        try:
            data = os.read(self._descriptors[name], _PIPE_BYTES)
        except BlockingIOError:
            return 0
        if not data:
            return None
        self.recorder.add(name, data)
        if not self._budget.exhausted:
            self._batchers[name].add(self._splitters[name].feed(data))
        return len(data)

    def _show_drawings(self) -> None:
        for name, splitter in self._splitters.items():
            self._batchers[name].add(splitter.drawing())
            self._batchers[name].flush()
        self._later("drawing", _DRAWING_SECONDS, self._show_drawings)

    def _later(self, name: str, seconds: float, what: Callable[..., None], *arguments: str) -> None:
        self._timers[name] = self._loop.call_later(seconds, what, *arguments)

    def _send(self, name: str, lines: list[str], truncated: bool) -> None:
        self._frames.send(
            "log_line", {"stream": name, "cell": self.cell, "lines": lines, "truncated": truncated}
        )


def _readable_bytes(descriptor: int) -> int:
    answer = fcntl.ioctl(descriptor, termios.FIONREAD, bytes(4))
    return int(struct.unpack("i", answer)[0])
