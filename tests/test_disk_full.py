"""The disk of the data folder fills while a run goes on, for real: a small tmpfs and a file that takes the rest."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.runs import RunStatus
from tests.live_server import LiveServer
from tests.own_notebooks import ended, notebook, queue, request, seqs, ticking, ticks

pytestmark = [pytest.mark.docker, pytest.mark.ray]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "p2n"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m,mode=700", "p2n-test", str(folder)], capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip("a small file system can't be mounted here (that needs root)")
    yield folder
    subprocess.run(
        [sys.executable, "-m", "ray_runner.head", "stop", "--state-dir", str(folder)],
        timeout=120,
        check=False,
    )
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """A file that leaves no byte free."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue
    return ballast


def test_a_run_waits_for_room_and_loses_nothing(small_disk: Path) -> None:
    with LiveServer(small_disk) as server:
        ended(server, queue(server, notebook("print(1)")), 240)
        run_id = queue(server, ticking(15))
        seen = []
        for event in server.events(f"/runs/{run_id}/events"):
            seen.append(event)
            if len(ticks(seen)) >= 10:
                break
        ballast = fill(small_disk)
        time.sleep(4)
        for method, path, value in (
            ("POST", "/runs", request(notebook("print(1)"))),
            ("POST", f"/runs/{run_id}/cancel", {}),
            ("POST", "/papers/sample", {}),
        ):
            with pytest.raises(P2NError) as caught:
                server.call(method, path, value)
            assert caught.value.code is ErrorCode.E_STORAGE_FULL, (path, caught.value.info)
        # What only looks goes on.
        assert server.call("GET", f"/runs/{run_id}")["status"] == "running"
        assert server.call("GET", "/runs?status=running")["total"] == 1
        store = next(check for check in server.call("GET", "/doctor")["checks"] if check["name"] == "store")
        assert store["status"] == "failed"
        ballast.unlink()
        events = list(server.events(f"/runs/{run_id}/events"))
        run = ended(server, run_id)
        assert run.status is RunStatus.SUCCEEDED, run.error
        assert seqs(events) == list(range(1, len(events) + 1))
        assert ticks(events) == list(range(150))
        assert events[: len(seen)] == seen
        assert server.call("GET", "/runs")["total"] == 2, "what was refused left nothing behind"
        again = ended(server, queue(server, notebook("print(1)")))
        assert again.status is RunStatus.SUCCEEDED
