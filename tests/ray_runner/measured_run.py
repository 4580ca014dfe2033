"""One run in a process of its own, so that its memory can be told from the test's, and its guest's driver watched."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import threading
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from p2n_schemas.runs import RunSpec
from ray_runner.sandbox.engine import LABEL_RUN, connect

_SECONDS = 240


@dataclass
class Measured:
    """`worker` and `driver`: the peak of resident memory in MiB, the worker's beyond what it began with."""

    status: str = ""
    error: dict[str, Any] | None = None
    lines: int = 0
    marks: int = 0
    longest: int = 0
    head: list[str] = field(default_factory=list)
    tail: list[str] = field(default_factory=list)
    events: int = 0
    worker: float = 0
    driver: float = 0
    seconds: float = 0

    def hear(self, encoded: bytes) -> None:
        event = json.loads(encoded)
        payload = event["payload"]
        self.events += 1
        assert event["seq"] == self.events
        if event["type"] == "log_line" and payload["stream"] != "system":
            self.lines += len(payload["lines"])
            self.marks += payload["truncated"]
            self.longest = max(self.longest, *map(len, payload["lines"]))
            self.head = self.head or payload["lines"]
            self.tail = payload["lines"]
        elif event["type"] == "end":
            self.status, self.error = payload["status"], payload["error"]


def measured(spec: RunSpec) -> Measured:
    """Raises AssertionError where the run does not end in time."""
    context = multiprocessing.get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(spec.model_dump_json(), sending))
    over = threading.Event()
    peaks: list[float] = [0]
    watcher = threading.Thread(target=_watch_driver, args=(spec.run_id, over, peaks))
    process.start()
    watcher.start()
    try:
        assert receiving.poll(_SECONDS), "the run did not end"
        found: Measured = receiving.recv()
    finally:
        over.set()
        watcher.join()
        process.join(10)
        process.kill()
    found.driver = max(peaks)
    return found


def _run(spec_json: str, sending: Connection) -> None:
    from ray_runner.sandbox.docker import DockerSandbox
    from ray_runner.task import run

    spec = RunSpec.model_validate_json(spec_json)
    found = Measured()
    before = _peak()
    begun = time.monotonic()
    run(spec, found.hear, lambda run_id, cancelled: DockerSandbox(run_id, cancelled=cancelled))
    found.seconds = time.monotonic() - begun
    found.worker = _peak() - before
    sending.send(found)


def _peak(pid: int | str = "self") -> float:
    # Not getrusage: what that gives a new process begins with the peak of the one that started it.
    text = Path(f"/proc/{pid}/status").read_text()
    return float(text.partition("VmHWM:")[2].split()[0]) / 1024


def _watch_driver(run_id: str, over: threading.Event, peaks: list[float]) -> None:
    """The driver is pid 1 of the exec container; the kernel keeps a process's peak for as long as it lives."""
    client = connect()
    where = {"label": [f"{LABEL_RUN}={run_id}", "p2n.phase=exec"]}
    pid = 0
    while not over.wait(0.1):
        with contextlib.suppress(Exception):
            if not pid and (found := client.containers.list(filters=where)):
                found[0].reload()
                pid = int(found[0].attrs["State"]["Pid"])
            peaks.append(_peak(pid))
    client.close()
