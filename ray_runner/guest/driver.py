"""Runs one notebook and tells about it in frames (see frames.py); pid 1 of the exec container.

Frames sent: progress, log_line, metric_update, sample_pred as in the run's events, and for the worker alone
`artifact` (a file in pieces) and, last of all, `done`: {status: ok|failed|timeout|lost, cell, ename, evalue, usage,
left_out, skipped}. Where the job is not there yet when the kernel stands, the plan's imports are done and `ready` is
sent; then the container may be paused until its job comes.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from .frames import FrameWriter
from .kernel import Kernel
from .process import (
    close_to_others,
    end_all_others,
    ignore_signals,
    offer_to_oom_killer,
    take_frames_descriptor,
)
from .syscalls import narrow_system_calls

UNFIT_FOR_STANDBY = 3


def main(settings: dict[str, Any], preload: list[tuple[str, list[str]]], read_job: Callable[[], Any]) -> int:
    """`settings`: work, data (paths), seed, threads, contained; `preload`: modules, each with what is taken from it."""
    frames = FrameWriter(take_frames_descriptor())
    if settings["contained"]:
        close_to_others()
        narrow_system_calls()
        ignore_signals()
    kernel = Kernel(settings)
    kernel.start()
    offer_to_oom_killer(kernel.pid)
    # Heavy, so it comes after the kernel's start: both then load at once.
    import asyncio

    from .execution import Unfit, execute
    from .leavings import send_leavings
    from .outputs import notebook_bytes
    from .usage import usage

    try:
        notebook, result = asyncio.run(execute(kernel, preload, read_job, frames))
    except Unfit as error:
        sys.stderr.write(f"{error}\n")
        sys.stderr.flush()
        os._exit(UNFIT_FOR_STANDBY)
    if settings["contained"]:
        end_all_others()
    frames.send_artifact("executed.ipynb", notebook_bytes(notebook))
    left = send_leavings(frames, kernel.artifacts)
    frames.send("done", result | left | {"usage": usage()})
    sys.stderr.flush()
    # Threads of libraries must not hold the container's end up.
    os._exit(0)
