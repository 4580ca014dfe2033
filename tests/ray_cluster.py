"""A Ray cluster of several nodes on this machine, in a process of its own: `ray.cluster_utils.Cluster`.

Each node has a temporary folder of its own, as machines have, so a run's files are on its node alone. They share the
Docker Engine. Run as a module it is that process: a JSON object a line in and out.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from ray_runner.processes import alive, descendants, mentioning

GIB = 1024**3


class RayCluster:
    """A head that takes no runs, and a node for each (CPUs, memory) of `nodes`; with token authentication."""

    def __init__(self, nodes: list[tuple[int, int]]) -> None:
        # Ray gives up where a node is not up within 30 s, as on a machine that is busy.
        for last in (False, False, True):
            try:
                self._start(nodes)
            except BaseException as error:
                self.stop()
                if last or not isinstance(error, RuntimeError):
                    raise
            else:
                return

    def _start(self, nodes: list[tuple[int, int]]) -> None:
        # Short: sockets below it must keep their paths under 107 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="p2n-ray-", dir="/tmp"))
        self.token_file = self.folder / "token"
        self.token_file.write_text(secrets.token_hex(32))
        environment = os.environ | {
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN_PATH": str(self.token_file),
            "RAY_TMPDIR": str(self.folder),
            "RAY_USAGE_STATS_ENABLED": "0",
            "RAY_memory_monitor_refresh_ms": "0",
            # A node that is gone is found out in some 5 s and not in 20; one that is only slow has as long as ever.
            "RAY_health_check_period_ms": "1000",
            "RAY_health_check_timeout_ms": "10000",
        }
        self._count = 0
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.ray_cluster", str(self.folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
            start_new_session=True,
        )
        self.address = str(self._ask("head")["address"])
        for cpus, memory in nodes:
            self.add(cpus, memory)

    def add(self, cpus: int, memory: int) -> int:
        """Gives the node's number, from 0."""
        number = self._count
        self._count += 1
        self._tmp(number).mkdir()
        self._ask("add", cpus=cpus, memory=memory, tmp=str(self._tmp(number)))
        return number

    def kill(self, number: int) -> None:
        """All processes of a node at once, as when a machine loses its power."""
        self._ask("kill", number=number)

    def kill_head_node(self) -> None:
        """The head's own node with all that runs there; the cluster's directory (GCS) stays."""
        self._ask("kill_head_node")

    def node_of(self, run_id: str) -> int | None:
        """Which node has the run's files."""
        return next(
            (
                number
                for number in range(self._count)
                if list(self._tmp(number).glob(f"p2n-runs-*/{run_id}/events.jsonl"))
            ),
            None,
        )

    def stop(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(30)
        found = descendants(mentioning(f"{self.folder}/") | {self._process.pid}) - {os.getpid()}
        for how in (signal.SIGTERM, signal.SIGKILL):
            for pid in found:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, how)
            until = time.monotonic() + 3
            while any(map(alive, found)) and time.monotonic() < until:
                time.sleep(0.1)
        self._process.wait(10)
        self._process.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> RayCluster:
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def _tmp(self, number: int) -> Path:
        return self.folder / f"tmp-{number}"

    def _ask(self, op: str, **arguments: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        line = ""
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps({"op": op, **arguments}) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the cluster's process ended at {op}")
        answer: dict[str, Any] = json.loads(line)
        return answer


def main() -> None:
    from ray.cluster_utils import Cluster

    # What Ray prints must not mix with answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    cluster = Cluster()
    nodes: list[Any] = []
    for line in sys.stdin:
        request = json.loads(line)
        answer: dict[str, Any] = {}
        match request["op"]:
            case "head":
                cluster.add_node(num_cpus=0, memory=GIB, include_dashboard=False)
                answer["address"] = cluster.address
            case "add":
                nodes.append(
                    cluster.add_node(
                        num_cpus=request["cpus"],
                        memory=request["memory"],
                        env_vars={"TMPDIR": request["tmp"]},
                    )
                )
            case "kill":
                cluster.remove_node(nodes[request["number"]], allow_graceful=False)
            case "kill_head_node":
                assert cluster.head_node is not None
                cluster.head_node.kill_raylet(check_alive=False)
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
