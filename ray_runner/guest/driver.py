"""Runs one notebook and tells about it in frames (see frames.py); pid 1 of the exec container.

Frames sent: progress, log_line, metric_update, sample_pred as in the run's events, and for the worker alone
`artifact` (a file in pieces) and, last of all, `done`: {status: ok|failed|timeout|lost, cell, ename, evalue}.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import re
import sys
import time
from typing import Any

from .frames import FrameWriter
from .kernel import Kernel
from .lines import LineBatcher, LineSplitter, OutputBudget
from .outputs import Display, StreamRecorder, bounded_output, notebook_bytes
from .process import (
    close_to_others,
    ignore_signals,
    offer_to_oom_killer,
    reap_orphans,
    take_frames_descriptor,
)

FLUSH_SECONDS = 0.02
_READ_BYTES = 1 << 16
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_TRACEBACK_LINES = 60


class Streams:
    """The kernel's stdout and stderr, read while the event loop runs."""

    def __init__(self, kernel: Kernel, frames: FrameWriter) -> None:
        budget = OutputBudget()
        self.cell: int | None = None
        self.recorder = StreamRecorder()
        self._frames = frames
        self._descriptors = {"stdout": kernel.stdout, "stderr": kernel.stderr}
        self._splitters = {name: LineSplitter() for name in self._descriptors}
        self._batchers = {
            name: LineBatcher(budget, functools.partial(self._send, name)) for name in self._descriptors
        }
        self._timer: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()
        for name, descriptor in self._descriptors.items():
            self._loop.add_reader(descriptor, self._read, name)

    def say(self, stream: str, lines: list[str]) -> None:
        """Lines of the driver's own, such as a traceback."""
        self._batchers[stream].add(lines)
        self._batchers[stream].flush()

    def drain(self) -> None:
        """Read all that the kernel has written by now."""
        for name in self._descriptors:
            while self._read(name):
                pass

    def end_cell(self) -> None:
        """After a cell nothing of it is held back, not even a line without its end."""
        self.drain()
        for name, splitter in self._splitters.items():
            self._batchers[name].add(splitter.finish())
        self._flush()

    def close(self) -> None:
        for descriptor in self._descriptors.values():
            self._loop.remove_reader(descriptor)
        if self._timer is not None:
            self._timer.cancel()

    def _read(self, name: str) -> bool:
        try:
            data = os.read(self._descriptors[name], _READ_BYTES)
        except BlockingIOError:
            return False
        if not data:
            self._loop.remove_reader(self._descriptors[name])
            return False
        self.recorder.add(name, data)
        self._batchers[name].add(self._splitters[name].feed(data))
        if self._timer is None and self._batchers[name].waiting:
            self._timer = self._loop.call_later(FLUSH_SECONDS, self._flush)
        return True

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for batcher in self._batchers.values():
            batcher.flush()

    def _send(self, name: str, lines: list[str], truncated: bool) -> None:
        self._frames.send(
            "log_line", {"stream": name, "cell": self.cell, "lines": lines, "truncated": truncated}
        )


def _client_class() -> Any:
    from nbclient import NotebookClient

    class Client(NotebookClient):  # type: ignore[misc, unused-ignore]
        """nbclient's execution, with what cells show going through the driver's bounds."""

        streams: Streams
        display: Display

        def output(self, outs: Any, msg: Any, display_id: Any, cell_index: int) -> Any:
            self.take_streams(outs)
            content = msg["content"]
            if msg["msg_type"] in ("display_data", "execute_result") and isinstance(
                content.get("data"), dict
            ):
                self.display.show(content["data"])
            out = super().output(outs, msg, display_id, cell_index)
            if out is not None and outs:
                outs[-1] = _node(bounded_output(outs[-1]))
            return out

        def take_streams(self, outs: Any) -> None:
            self.streams.drain()
            outs.extend(_node(output) for output in self.streams.recorder.take())

    return Client


def _node(output: Any) -> Any:
    import nbformat

    from_dict: Any = nbformat.from_dict
    return from_dict(output)


async def run(notebook: Any, settings: dict[str, Any], frames: FrameWriter) -> dict[str, Any]:
    """Execute; gives the payload of `done`."""
    kernel = Kernel(settings)
    await kernel.start()
    offer_to_oom_killer(kernel.pid)
    streams = Streams(kernel, frames)
    reaper = asyncio.ensure_future(_reap(kernel.pid))
    client = _client_class()(notebook, km=kernel.manager, timeout=None, startup_timeout=120)
    client.raise_on_iopub_timeout = True
    client.coalesce_streams = False
    client.streams = streams
    client.display = Display(frames)
    client.record_timing = False
    cells = asyncio.ensure_future(_cells(client, notebook, frames))
    try:
        # Not wait_for: it would cancel, which nbclient takes for the kernel's death.
        await asyncio.wait({cells}, timeout=settings["seconds"])
        if cells.done():
            return cells.result()
        streams.end_cell()
        return {"status": "timeout"}
    finally:
        reaper.cancel()
        streams.close()
        with contextlib.suppress(Exception):
            client.kc.stop_channels()
        with contextlib.suppress(Exception):
            await asyncio.wait_for(kernel.stop(), 5)


async def _cells(client: Any, notebook: Any, frames: FrameWriter) -> dict[str, Any]:
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    streams: Streams = client.streams
    await client.async_start_new_kernel_client()
    code = [
        (index, cell)
        for index, cell in enumerate(notebook.cells)
        if cell.cell_type == "code" and cell.source.strip()
    ]
    for done, (index, cell) in enumerate(code):
        streams.cell = done
        report = {"total": len(code), "unit": "cell", "cell": done, "label": _label(notebook, index)}
        frames.send("progress", report | {"done": done, "state": "started"})
        failure: dict[str, Any] | None = None
        try:
            await client.async_execute_cell(cell, index, execution_count=done + 1)
        except CellExecutionError as error:
            failure = {
                "status": "failed",
                "cell": done,
                "ename": error.ename,
                "evalue": str(error.evalue)[:2000],
            }
            traceback = _traceback(cell)
        except DeadKernelError:
            failure = {"status": "failed", "cell": done, "ename": "DeadKernel", "evalue": "the kernel died"}
            traceback = ["The kernel died while this cell ran."]
        except CellTimeoutError:
            failure = {"status": "lost", "cell": done}
            traceback = ["The kernel's answer was lost: an output was larger than the sandbox carries."]
        client.take_streams(cell.outputs)
        cell.outputs = _joined(cell.outputs)
        streams.end_cell()
        if failure is not None:
            streams.say("stderr", [line[:2000] for line in traceback[-_TRACEBACK_LINES:]])
            frames.send("progress", report | {"done": done, "state": "failed"})
            return failure
        frames.send("progress", report | {"done": done + 1, "state": "completed"})
    return {"status": "ok"}


def _traceback(cell: Any) -> list[str]:
    """As the kernel showed it, without colours."""
    shown = [output["traceback"] for output in cell.outputs if output["output_type"] == "error"]
    return _ANSI.sub("", "\n".join(shown[-1] if shown else [])).splitlines()


def _joined(outputs: list[Any]) -> list[Any]:
    """stdout as one output, stderr as one, then the rest in its order.

    Pipes and messages reach the driver apart, so any finer order would differ between equal runs.
    """
    streams: dict[str, Any] = {}
    rest = []
    for output in outputs:
        if output["output_type"] != "stream":
            rest.append(output)
        elif output["name"] in streams:
            streams[output["name"]]["text"] += output["text"]
        else:
            streams[output["name"]] = output
    return [streams[name] for name in sorted(streams, reverse=True)] + rest


def _label(notebook: Any, index: int) -> str:
    """The heading above a code cell, else its first line."""
    before = notebook.cells[index - 1] if index else None
    text = (
        before.source
        if before is not None and before.cell_type == "markdown"
        else notebook.cells[index].source
    )
    first: str = next((line for line in text.splitlines() if line.strip()), "")
    return first.lstrip("#").strip()[:120]


async def _reap(kernel_pid: int) -> None:
    while True:
        await asyncio.sleep(1)
        reap_orphans(kernel_pid)


def main(source: str, settings: dict[str, Any]) -> int:
    """The notebook's JSON and settings: work, data (paths), seed, threads, seconds (until the deadline)."""
    frames = FrameWriter(take_frames_descriptor())
    if settings["contained"]:
        close_to_others()
        ignore_signals()
    import nbformat

    begun = time.monotonic()
    reads: Any = nbformat.reads
    notebook = reads(source, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
            cell.execution_count = None
    settings["seconds"] = max(settings["seconds"] - (time.monotonic() - begun), 0.1)
    result = asyncio.run(run(notebook, settings, frames))
    frames.send_artifact("executed.ipynb", notebook_bytes(notebook))
    frames.send("done", result)
    sys.stderr.flush()
    # Threads of the notebook's libraries must not hold the container's end up.
    os._exit(0)
