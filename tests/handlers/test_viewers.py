"""Nobody, somebody slow or many watching: a run takes the same time, the server stays small and answers others."""

from __future__ import annotations

import hashlib
import json
import selectors
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import psutil
import pytest

from p2n_ext.handlers import API_PATH
from tests.live_server import LiveServer

pytestmark = [pytest.mark.docker, pytest.mark.ray]

LINES = 200_000
MANY = 30
SERVER_MIB = 400


def notebook(lines: int) -> dict[str, Any]:
    sources = (
        f"for n in range({lines}): print('%09d ' % n + 'x' * 69)",
        "from IPython.display import display\n"
        "display({'application/vnd.p2n.metric+json': {'name': 'accuracy', 'value': 0.5}}, raw=True)",
    )
    cells = [
        {
            "cell_type": "code",
            "id": f"c{number}",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
            "source": source,
        }
        for number, source in enumerate(sources)
    ]
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    folder = tmp_path_factory.mktemp("viewers") / "p2n"
    with LiveServer(folder) as running:
        yield running
    subprocess.run(
        [sys.executable, "-m", "ray_runner.head", "stop", "--state-dir", str(folder)],
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def plan_id(server: LiveServer) -> str:
    """A plan whose notebook floods, run once before so that Ray and the environment are there."""
    plan_id = str(server.prepare()["id"])
    server.call("PUT", f"/plans/{plan_id}/notebook", {"notebook": notebook(10)})
    ended(server, server.call("POST", f"/plans/{plan_id}/run")["id"])
    server.call("PUT", f"/plans/{plan_id}/notebook", {"notebook": notebook(LINES)})
    return plan_id


def ended(server: LiveServer, run_id: str) -> dict[str, Any]:
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        run = dict(server.call("GET", f"/runs/{run_id}"))
        if run["status"] not in ("queued", "running"):
            assert run["status"] == "succeeded", run["error"]
            return run
        time.sleep(0.2)
    raise AssertionError("the run did not end")


class Viewers(threading.Thread):
    """As many streams of one run, read as fast as they come, or a kilobyte a second."""

    def __init__(self, server: LiveServer, run_id: str, count: int, *, slow: bool = False) -> None:
        super().__init__(daemon=True)
        self.bodies = [hashlib.sha256() for _ in range(count)]
        self.first = bytearray()
        self.left = threading.Event()
        self._slow = slow
        self._selector = selectors.DefaultSelector()
        for number in range(count):
            # HTTP/1.0: the body comes as it is, without chunks.
            request = (
                f"GET {API_PATH}/runs/{run_id}/events HTTP/1.0\r\nAuthorization: token {server.token}\r\n\r\n"
            )
            stream = socket.create_connection(("127.0.0.1", server.port))
            stream.sendall(request.encode())
            self._selector.register(stream, selectors.EVENT_READ, [number, b""])
        self.start()

    def run(self) -> None:
        while self._selector.get_map() and not self.left.is_set():
            for key, _ in self._selector.select(timeout=1):
                stream = key.fileobj
                assert isinstance(stream, socket.socket)
                data = stream.recv(1000 if self._slow else 1 << 20)
                if not data:
                    self._selector.unregister(stream)
                    stream.close()
                    continue
                number, head = key.data
                if head is not None:
                    head, found, data = (head + data).partition(b"\r\n\r\n")
                    key.data[1] = None if found else head
                self.bodies[number].update(data)
                if number == 0:
                    self.first += data
            if self._slow:
                time.sleep(1)
        for key in list(self._selector.get_map().values()):
            stream = key.fileobj
            assert isinstance(stream, socket.socket)
            stream.close()


def watched(
    server: LiveServer, plan_id: str, count: int, *, slow: bool = False
) -> tuple[Viewers, float, float, float]:
    """The viewers, the run's seconds, the server's peak in MiB and its slowest answer but one in a hundred."""
    process = psutil.Process(server.process.pid)
    peak, answers = 0, []
    run_id = server.call("POST", f"/plans/{plan_id}/run")["id"]
    viewers = Viewers(server, run_id, count, slow=slow)
    over = threading.Event()

    def look() -> None:
        nonlocal peak
        while not over.wait(0.05):
            begun = time.perf_counter()
            assert server.request("GET", "/api/status")[0] == 200
            answers.append(time.perf_counter() - begun)
            peak = max(peak, process.memory_info().rss)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        run = ended(server, run_id)
        if not slow:
            viewers.join(60)
            assert not viewers.is_alive()
    finally:
        over.set()
        looking.join()
        viewers.left.set()
        viewers.join(10)
    answers.sort()
    return viewers, run["duration_seconds"], peak / 2**20, answers[len(answers) * 99 // 100]


def test_whoever_watches_the_run_takes_the_same_time(server: LiveServer, plan_id: str) -> None:
    _, alone, peak, _ = watched(server, plan_id, 0)
    assert peak < SERVER_MIB

    _, with_slow, peak, _ = watched(server, plan_id, 3, slow=True)
    # Room for a machine that does other things too; a viewer that held the run up would take hours.
    assert with_slow < 2 * alone + 5
    assert peak < SERVER_MIB

    many, with_many, peak, slowest = watched(server, plan_id, MANY)
    assert with_many < 2 * alone + 5
    assert peak < SERVER_MIB
    assert slowest < 1
    assert len({body.hexdigest() for body in many.bodies}) == 1, "everyone saw the same, byte by byte"
    events = [json.loads(line[6:]) for line in many.first.split(b"\n") if line.startswith(b"data: ")]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    lines = [
        line
        for event in events
        if event["type"] == "log_line" and event["payload"]["stream"] == "stdout"
        for line in event["payload"]["lines"]
    ]
    assert [int(line[:9]) for line in lines] == list(range(LINES))
    assert events[-1]["type"] == "end"


def frames_by_run(body: bytes) -> dict[str, list[bytes]]:
    found: dict[str, list[bytes]] = {}
    for text in body.split(b"\n\n"):
        if text.startswith(b"id: "):
            name, _, rest = text[4:].partition(b":")
            found.setdefault(name.decode(), []).append(b"id: " + rest)
    return found


def test_two_runs_over_one_connection_that_is_lost_and_taken_up(server: LiveServer, plan_id: str) -> None:
    server.call("PUT", f"/plans/{plan_id}/notebook", {"notebook": notebook(30_000)})
    run_ids = [str(server.call("POST", f"/plans/{plan_id}/run")["id"]) for _ in range(2)]
    shown: dict[str, list[bytes]] = {run_id: [] for run_id in run_ids}
    for size in (3_000, 400_000, None):
        places = "&".join(f"run={run_id}:{len(frames)}" for run_id, frames in shown.items())
        with server._open("GET", f"/runs/events?{places}", None, {}, 240) as response:
            body = response.read(size)
        # The last frame may be cut: what is not whole was not seen.
        for run_id, frames in frames_by_run(body[: body.rfind(b"\n\n") + 2]).items():
            shown[run_id] += frames
    for run_id, frames in shown.items():
        ended(server, run_id)
        own = server.request("GET", f"/runs/{run_id}/events")[1]
        assert frames == [text for text in own.split(b"\n\n") if text.startswith(b"id: ")]
        assert frames[-1].split(b"\n")[1] == b"event: end"
