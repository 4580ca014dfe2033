"""What is measured: a server of our own with the sample plan made ready, and its Ray head."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.notebooks import notebook
from p2n_schemas.errors import P2NError
from ray_runner.head import Head
from ray_runner.processes import descendants, mentioning
from ray_runner.sandbox.engine import HEAD_VARIABLE, LABEL_HEAD, LABEL_STANDBY
from tests.live_server import LiveServer

_STANDBY_SECONDS = 90


@dataclass(frozen=True)
class Times:
    """Seconds from asking for a run to its first line of output and to its end."""

    first: float
    total: float


class Stand:
    """Use it as a context. `standby` is how many containers the server keeps ready; `options` are the server's own."""

    def __init__(self, folder: Path, standby: int, options: tuple[str, ...] = ()) -> None:
        self._state = folder / f"standby-{standby}" / "p2n"
        self._options = (f"--P2NApp.standby={standby}", *options)
        self.server: LiveServer
        self.plan: dict[str, Any]

    def __enter__(self) -> Stand:
        self._state.mkdir(parents=True)
        self.server = LiveServer(self._state, options=self._options)
        try:
            self.plan = self.server.prepare()
            self.run(self.plan["id"])
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        self.server.__exit__()
        command = [sys.executable, "-m", "ray_runner.head", "stop", "--state-dir", str(self._state)]
        subprocess.run(command, check=False, timeout=120, stdout=subprocess.DEVNULL)

    def plan_for(self, cells: list[str]) -> str:
        """The id of a new materialized plan that runs these cells."""
        asked = {"budget_minutes": 10}
        plan = self.server.call("POST", f"/papers/{self.plan['paper_id']}/plans", asked)
        self.server.call("POST", f"/plans/{plan['id']}/materialize")
        self.server.call("PUT", f"/plans/{plan['id']}/notebook", {"notebook": notebook(cells)})
        return str(plan["id"])

    def start(self, plan_id: str) -> str:
        return str(self.server.call("POST", f"/plans/{plan_id}/run")["id"])

    def run(self, plan_id: str) -> Times:
        """A run as one client sees it. Raises RuntimeError unless it succeeds."""
        begin = time.perf_counter()
        run_id = self.start(plan_id)
        first = None
        last: dict[str, Any] = {}
        for last in self.server.events(f"/runs/{run_id}/events", timeout=600):
            is_output = last["type"] == "log_line" and last["payload"]["cell"] is not None
            if first is None and (is_output or last["type"] == "metric_update"):
                first = time.perf_counter() - begin
        end: dict[str, Any] = last["payload"] if last.get("type") == "end" else {"status": "no end"}
        if end["status"] != "succeeded" or first is None:
            error = end.get("error") or {}
            raise RuntimeError(
                f"the run ended as {end['status']}: {error.get('code')}: {error.get('message')}"
            )
        return Times(first, time.perf_counter() - begin)

    def cancel_all(self) -> None:
        """So that what one topic left behind is not in the next one's way."""
        for status in ("running", "queued"):
            for run in self.server.call("GET", f"/runs?status={status}")["runs"]:
                with contextlib.suppress(P2NError):
                    self.server.call("POST", f"/runs/{run['id']}/cancel")

    def wait_for_standby(self) -> None:
        """Until a prepared container of this stand has waited for a moment. Raises RuntimeError where none comes."""
        until = time.monotonic() + _STANDBY_SECONDS
        while not ((found := self._waiting()) and self._stays(found)):
            if time.monotonic() > until:
                raise RuntimeError(f"no container stood by within {_STANDBY_SECONDS} s")
            time.sleep(0.1)

    def _stays(self, found: set[str]) -> bool:
        # One that is to be replaced by another for the notebook that ran last goes soon.
        time.sleep(1.5)
        return found == self._waiting()

    def _waiting(self) -> set[str]:
        head = Head(self._state).environment()[HEAD_VARIABLE]
        wanted = ("status=paused", f"label={LABEL_STANDBY}", f"label={LABEL_HEAD}={head}")
        filters = [part for each in wanted for part in ("--filter", each)]
        command = ["docker", "ps", "--quiet", "--no-trunc", *filters]
        listing = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
        return set(listing.stdout.split())

    def asset(self, name: str) -> str:
        files = self.server.call("GET", f"/plans/{self.plan['id']}/assets")["files"]
        url = next(file["url"] for file in files if file["name"] == name)
        return self.server.request("GET", url)[1].decode()

    def processes(self) -> dict[int, str]:
        """pid → command line of the server, its bridge and its Ray workers, as they are now."""
        head = Head(self._state).temp_dir
        ours = {self.server.process.pid}
        ours |= {pid for pid in descendants(ours) if "ray_runner.bridge" in command_line(pid)}
        workers = descendants(mentioning(f"{head}/"))
        ours |= {pid for pid in workers if command_line(pid).startswith("ray::")}
        return {pid: command_line(pid) for pid in ours}


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""
