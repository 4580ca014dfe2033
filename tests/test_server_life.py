"""What servers go through, on real parts: many requests at once, two servers on one database, one that dies."""

from __future__ import annotations

import asyncio
import http.client
import json
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import docker
import pytest

from p2n_ext.handlers import API_PATH
from p2n_ext.services import keys
from p2n_ext.stores.event_log import JsonlEventLog
from p2n_ext.stores.files import write_atomically
from p2n_ext.stores.sqlite import SqliteDatabase
from p2n_schemas.base import utc_now
from p2n_schemas.errors import ErrorBody, ErrorCode, P2NError
from p2n_schemas.runs import Run, RunStatus
from tests.live_server import LiveServer
from tests.own_notebooks import ended, notebook, queue, request, seqs, ticking, ticks
from tests.services.test_webhook import Listener

pytestmark = [pytest.mark.docker, pytest.mark.ray]

BOUND, POSTS = 6, 60


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("life") / "p2n"
    yield folder
    subprocess.run(
        [sys.executable, "-m", "ray_runner.head", "stop", "--state-dir", str(folder)],
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    """What the server's webhook speaks to; it is out of order at first."""
    made = Listener()
    made.script = [503]
    yield made
    made.close()


@pytest.fixture(scope="module")
def server(data_dir: Path, listener: Listener) -> Iterator[LiveServer]:
    options = (f"--P2NApp.queue_bound={BOUND}", f"--P2NApp.webhook_url={listener.url}")
    with LiveServer(data_dir, options=options) as running:
        # The environment is built once here, and Ray is up.
        ended(running, queue(running, notebook("print(1)")), 240)
        yield running


def post_run(server: LiveServer, start: threading.Barrier) -> tuple[int, str | None, dict[str, Any]]:
    """Status, Retry-After and body of a POST /runs that is sent when all others are."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    body = json.dumps(request(notebook("print(1)")))
    connection.connect()
    start.wait(60)
    connection.request(
        "POST",
        f"{API_PATH}/runs",
        body,
        {"Authorization": f"token {server.token}", "Content-Type": "application/json"},
    )
    response = connection.getresponse()
    value = json.loads(response.read())
    connection.close()
    return response.status, response.headers["Retry-After"], value


def flood(server: LiveServer, posts: int) -> tuple[list[str], Counter[int]]:
    """The ids of the accepted runs, and how often each status was answered."""
    start = threading.Barrier(posts)
    with ThreadPoolExecutor(posts) as pool:
        answers = list(pool.map(lambda _: post_run(server, start), range(posts)))
    for status, retry_after, value in answers:
        if status != 202:
            error = ErrorBody.model_validate(value).error
            assert (status, error.code) == (429, ErrorCode.E_QUEUE_FULL)
            assert int(retry_after or 0) > 0
    accepted = [value["id"] for status, _, value in answers if status == 202]
    return accepted, Counter(status for status, _, _ in answers)


def wait_until_told(listener: Listener, run_ids: list[str]) -> None:
    for _ in range(200):
        told = {json.loads(body)["run"]["id"] for _, _, body in listener.heard}
        if told >= set(run_ids):
            return
        time.sleep(0.1)
    raise AssertionError(f"the ends of {set(run_ids) - told} were not told")


def test_of_many_runs_at_once_as_many_are_accepted_as_the_bound_says_and_they_all_end(
    server: LiveServer, listener: Listener
) -> None:
    accepted, statuses = flood(server, POSTS)
    assert statuses == {202: BOUND, 429: POSTS - BOUND}
    assert [ended(server, run_id, 120).status for run_id in accepted] == [RunStatus.SUCCEEDED] * BOUND
    folders = {folder.name for folder in (server.data_dir / "objects" / "runs").iterdir()}
    runs = server.call("GET", "/runs?limit=1000")["runs"]
    assert folders == {run["id"] for run in runs}, "what was refused left nothing behind"
    wait_until_told(listener, accepted)
    # There is room again.
    ended(server, queue(server, notebook("print(1)")))


def containers(run_id: str) -> list[Any]:
    found: list[Any] = docker.from_env().containers.list(all=True, filters={"label": f"p2n.run_id={run_id}"})
    return found


def test_a_run_is_followed_and_cancelled_through_another_server(data_dir: Path, server: LiveServer) -> None:
    with LiveServer(data_dir) as other:
        run_id = queue(server, ticking(60))
        shown: list[dict[str, Any]] = []
        stream = other.events(f"/runs/{run_id}/events")
        for event in stream:
            shown.append(event)
            if len(ticks(shown)) >= 5:
                break
        assert other.call("GET", "/runs?status=running")["runs"][0]["id"] == run_id
        assert other.call("POST", f"/runs/{run_id}/cancel")["status"] == "cancelled"
        shown += list(stream)
        assert containers(run_id) == []
        for each in (server, other):
            assert ended(each, run_id).status is RunStatus.CANCELLED
            assert list(each.events(f"/runs/{run_id}/events")) == shown
        assert seqs(shown) == list(range(1, len(shown) + 1))
        assert [event["type"] for event in shown].count("end") == 1
        seen = ticks(shown)
        assert seen == list(range(len(seen)))
        # What one deletes is gone for the other.
        other.call("DELETE", f"/runs/{run_id}")
        with pytest.raises(P2NError) as caught:
            server.call("GET", f"/runs/{run_id}")
        assert caught.value.code is ErrorCode.E_NOT_FOUND


def test_two_servers_that_take_up_one_run_execute_it_once(data_dir: Path, server: LiveServer) -> None:
    """What a kill -9 between the row and the hand-over leaves, found by two servers at once."""
    earlier = Run.model_validate(server.call("GET", "/runs?status=succeeded&limit=1")["runs"][0])
    inputs = json.loads((data_dir / "objects" / keys.run_inputs(earlier.id)).read_bytes())
    inputs["notebook"] = json.dumps(ticking(4))
    left = earlier.model_copy(
        update={
            "id": f"r_{uuid.uuid4().hex[:16]}",
            "status": RunStatus.QUEUED,
            "created_at": utc_now(),
            "started_at": None,
            "ended_at": None,
            "artifacts": [],
            "node": None,
        }
    )
    write_atomically(data_dir / "objects" / keys.run_inputs(left.id), json.dumps(inputs).encode())

    async def leave() -> None:
        database = SqliteDatabase(data_dir / "p2n.sqlite3")
        await database.add_run(left, None, 100)
        await database.close()

    asyncio.run(leave())
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: LiveServer(data_dir), range(2))
    with first, second:
        events = list(first.events(f"/runs/{left.id}/events"))
        assert list(second.events(f"/runs/{left.id}/events")) == events
        assert ended(second, left.id).status is RunStatus.SUCCEEDED
    assert seqs(events) == list(range(1, len(events) + 1))
    assert ticks(events) == list(range(40))
    assert asyncio.run(JsonlEventLog(data_dir / "events").last_seq(left.id)) == len(events)


def test_the_runs_of_a_server_that_dies_are_taken_up_by_the_other(
    data_dir: Path, server: LiveServer, listener: Listener
) -> None:
    with LiveServer(data_dir) as mortal:
        run_id = queue(mortal, ticking(5))
        before = []
        for event in mortal.events(f"/runs/{run_id}/events"):
            before.append(event)
            if len(ticks(before)) >= 3:
                break
        mortal.kill()
    begin = time.monotonic()
    events = list(server.events(f"/runs/{run_id}/events"))
    assert time.monotonic() - begin < 60
    assert events[: len(before)] == before
    assert seqs(events) == list(range(1, len(events) + 1))
    assert ticks(events) == list(range(50))
    assert ended(server, run_id).status is RunStatus.SUCCEEDED
    wait_until_told(listener, [run_id])
