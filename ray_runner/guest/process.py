"""The driver as a process: pid 1 of its container, closed to the notebook's code."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import time

_PR_SET_DUMPABLE = 4
_MOST_WILLING_TO_DIE = "1000"
_COLLECT_SECONDS = 3


def close_to_others() -> None:
    """Keep /proc/<pid>/mem and /proc/<pid>/fd of this process from others of the same user.

    Raises OSError: without this the notebook's code could read and forge what the driver says.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_DUMPABLE)")


def take_frames_descriptor() -> int:
    """Keep the real stdout for frames, and point stdout at stderr: nothing printed by chance can be a frame."""
    descriptor = os.dup(1)
    os.set_inheritable(descriptor, False)
    os.dup2(2, 1)
    return descriptor


def ignore_signals() -> None:
    """The default action is not taken for pid 1, and a handler would give the notebook's code a lever."""
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)


def offer_to_oom_killer(pid: int) -> None:
    """Let the kernel die first where memory runs out: the driver must live to tell."""
    with contextlib.suppress(OSError), open(f"/proc/{pid}/oom_score_adj", "w") as file:
        file.write(_MOST_WILLING_TO_DIE)


def reap_orphans(kernel_pid: int) -> None:
    """Collect ended processes that came to pid 1, but not the kernel, whose manager waits for it."""
    if os.getpid() != 1:
        return
    while True:
        try:
            ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return
        if ended is None or ended.si_pid == kernel_pid:
            return
        with contextlib.suppress(ChildProcessError):
            os.waitpid(ended.si_pid, 0)


def end_all_others() -> None:
    """Kill and collect every other process of the container, so that nothing changes files any more."""
    if os.getpid() != 1:
        return
    with contextlib.suppress(ProcessLookupError):
        # From pid 1 this reaches every process of the namespace but itself.
        os.kill(-1, signal.SIGKILL)
    until = time.monotonic() + _COLLECT_SECONDS
    with contextlib.suppress(ChildProcessError):
        while time.monotonic() < until:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.005)
