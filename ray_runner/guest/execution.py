"""From a started kernel to the notebook's end: connect, prepare where there is time for it, then cell by cell."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import threading
import time
from collections.abc import Callable
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from .frames import FrameWriter
from .kernel import Kernel
from .outputs import Display, bounded_output, notebook_bytes
from .process import reap_orphans
from .streams import Streams
from .usage import usage

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_TRACEBACK_LINES = 60
_START_SECONDS = 120
_PRELOAD_SECONDS = 120
_SUBSCRIBED_SECONDS = 0.5

ReadJob = Callable[[], Any]


class Unfit(Exception):
    """A container prepared in advance would differ from one that was not."""


class Client(NotebookClient):  # type: ignore[misc, unused-ignore]
    """nbclient's execution, with what cells show going through the driver's bounds."""

    streams: Streams
    display: Display
    heard = 0

    def output(self, outs: Any, msg: Any, display_id: Any, cell_index: int) -> Any:
        self.take_streams(outs)
        content = msg["content"]
        shown = msg["msg_type"] in ("display_data", "execute_result") and isinstance(
            content.get("data"), dict
        )
        if shown and not self.display.show(content["data"]):
            return None
        out = super().output(outs, msg, display_id, cell_index)
        if out is not None and outs:
            outs[-1] = _node(bounded_output(outs[-1]))
        return out

    def process_message(self, msg: Any, cell: Any, cell_index: int) -> Any:
        self.heard += 1
        return super().process_message(msg, cell, cell_index)

    async def _async_poll_for_reply(
        self, msg_id: str, cell: Any, _: Any, outputs: asyncio.Future[Any], alive: asyncio.Future[Any]
    ) -> Any:
        """The kernel's answer, and all that it has shown before.

        nbclient gives outputs 4 s in all to come in after the answer, and a long series is further behind than that:
        so here they are lost only where none has come for as long.
        """
        channels: Any = self.kc
        answer: dict[str, Any] = {"parent_header": {}}
        while answer["parent_header"].get("msg_id") != msg_id:
            answer = await channels.shell_channel.get_msg(timeout=None)
        heard = -1
        while not outputs.done() and heard != self.heard:
            heard = self.heard
            await asyncio.wait({outputs}, timeout=self.iopub_timeout)
        alive.cancel()
        if not outputs.done():
            outputs.cancel()
            raise CellTimeoutError.error_from_timeout_and_cell(
                "outputs are missing", self.iopub_timeout, cell
            )
        outputs.result()
        return answer

    def take_streams(self, outs: Any) -> None:
        self.streams.drain()
        outs.extend(_node(output) for output in self.streams.recorder.take())


def _node(output: Any) -> Any:
    from_dict: Any = nbformat.from_dict
    return from_dict(output)


async def execute(
    kernel: Kernel, preload: list[tuple[str, list[str]]], read_job: ReadJob, frames: FrameWriter
) -> tuple[Any, dict[str, Any]]:
    """Gives the executed notebook and the payload of `done`. Raises Unfit before a job has come."""
    reaper = asyncio.ensure_future(_reap(kernel.pid))
    reading = _reading(read_job)
    try:
        manager = kernel.manager()
        channels = await _connect(kernel, manager)
        if not reading.done():
            await _prepare(kernel, channels, preload)
            _rehearse(manager, frames)
            frames.send("ready", {"usage": usage()})
        notebook, until = await reading
        streams = Streams(kernel, frames)
        client = Client(notebook, km=manager, timeout=None)
        client.kc = channels
        client.raise_on_iopub_timeout = True
        client.coalesce_streams = False
        client.record_timing = False
        client.streams = streams
        client.display = Display(frames, streams.show)
        cells = asyncio.ensure_future(_cells(client, kernel, notebook, frames))
        # Not wait_for: it would cancel, which nbclient takes for the kernel's death.
        await asyncio.wait({cells}, timeout=until - time.monotonic())
        result = cells.result() if cells.done() else {"status": "timeout"}
        streams.end_cell()
        streams.close()
        with contextlib.suppress(Exception):
            channels.stop_channels()
        return notebook, result
    finally:
        reaper.cancel()
        kernel.stop()


def _reading(read_job: ReadJob) -> asyncio.Future[tuple[Any, float]]:
    """The job once it is read, in a thread that keeps no one from ending."""
    loop = asyncio.get_running_loop()
    reading: asyncio.Future[tuple[Any, float]] = loop.create_future()

    def read() -> None:
        try:
            job = _job(read_job)
        except Exception as error:
            loop.call_soon_threadsafe(reading.set_exception, error)
        else:
            loop.call_soon_threadsafe(reading.set_result, job)

    threading.Thread(target=read, name="job", daemon=True).start()
    return reading


def _job(read_job: ReadJob) -> tuple[Any, float]:
    """The notebook, and when its time is over by this machine's monotonic clock."""
    job = read_job()
    until = time.monotonic() + max(job["seconds"], 0.1)
    return _notebook(job["notebook"]), until


def _notebook(source: str) -> Any:
    """Without outputs."""
    reads: Any = nbformat.reads
    notebook = reads(source, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
            cell.execution_count = None
    return notebook


async def _connect(kernel: Kernel, manager: Any) -> Any:
    """Channels to a kernel that answers. Raises RuntimeError where it does not.

    jupyter_client's own way waits a fifth of a second for silence; here the kernel's word ends the wait.
    """
    channels = manager.client()
    channels.start_channels(hb=False)
    channels.allow_stdin = False
    until = time.monotonic() + _START_SECONDS
    if await _reply(kernel, channels, channels.kernel_info(), until) is None:
        raise RuntimeError(f"the kernel did not start: {kernel.how_it_ended()}")
    # What is published before the subscription stands is lost, so only hearing something proves it.
    while not await _hears(channels, channels.kernel_info(), _SUBSCRIBED_SECONDS):
        if time.monotonic() > until:
            raise RuntimeError("the kernel's output could not be subscribed to")
    return channels


async def _reply(kernel: Kernel, channels: Any, message_id: str, until: float) -> Any:
    """The kernel's reply to this request, others passed over; None where it is dead or too slow."""
    while kernel.is_alive() and time.monotonic() < until:
        if await _readable(channels.shell_channel, 0.2):
            message = await channels.get_shell_msg(timeout=1)
            if message["parent_header"].get("msg_id") == message_id:
                return message["content"]
    return None


async def _readable(channel: Any, seconds: float) -> bool:
    return bool(await channel.socket.poll(int(seconds * 1000)))


async def _hears(channels: Any, message_id: str, seconds: float) -> bool:
    """Whether the kernel is heard to be done with a request within this time."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0 and await _readable(channels.iopub_channel, left):
        message = await channels.get_iopub_msg(timeout=1)
        is_of_it = message["parent_header"].get("msg_id") == message_id
        if is_of_it and message["content"].get("execution_state") == "idle":
            return True
    return False


async def _prepare(kernel: Kernel, channels: Any, preload: list[tuple[str, list[str]]]) -> None:
    """Import what the notebook will, without leaving a name in its namespace."""
    code = f"[__import__(name, None, None, taken) for name, taken in {preload!r}]"
    message_id = channels.execute(code, silent=True, store_history=False, allow_stdin=False)
    reply = await _reply(kernel, channels, message_id, time.monotonic() + _PRELOAD_SECONDS)
    if reply is None:
        raise Unfit("the imports did not come to their end")
    if reply["status"] != "ok":
        raise Unfit(f"the imports failed: {reply.get('evalue', '')}")
    for descriptor in (kernel.stdout, kernel.stderr):
        # Said in advance, it would be missing in the run.
        with contextlib.suppress(BlockingIOError):
            if said := os.read(descriptor, 1000):
                raise Unfit(f"the imports said: {said.decode(errors='replace')}")


def _rehearse(manager: Any, frames: FrameWriter) -> None:
    """What is loaded and compiled when first used, such as the schema of notebooks, is used once."""
    notebook = _notebook('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
    notebook_bytes(notebook)
    Client(notebook, km=manager, timeout=None)
    Display(frames, lambda _: None)


async def _cells(client: Client, kernel: Kernel, notebook: Any, frames: FrameWriter) -> dict[str, Any]:
    streams = client.streams
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
            how = kernel.how_it_ended()
            failure = {"status": "failed", "cell": done, "ename": "DeadKernel", "evalue": how}
            traceback = [f"The kernel died while this cell ran: {how}."]
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
