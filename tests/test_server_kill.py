"""kill -9 of the server at each stage of a run, on real parts: the run goes on, and no event is lost or repeated."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from p2n_schemas.runs import Run, RunStatus
from ray_runner.processes import mentioning
from ray_runner.sandbox.engine import connect, containers_of
from ray_runner.sandbox.eviction import remove_environment
from tests.live_server import LiveServer
from tests.own_notebooks import ended, notebook, queue, seqs, ticking, ticks

pytestmark = [pytest.mark.docker, pytest.mark.ray]

# Not what any other test builds.
OWN_ENVIRONMENT = "six==1.15.0"
SLOW_UPLOAD = (
    "import os\n"
    "for part in range(150):\n    print('\\n'.join(os.urandom(40).hex() for _ in range(1000)))\n"
    "open(os.environ['P2N_ARTIFACTS'] + '/large', 'wb').write(os.urandom(3_000_000))"
)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("kill") / "p2n"
    yield folder
    subprocess.run(
        [sys.executable, "-m", "ray_runner.head", "stop", "--state-dir", str(folder)],
        timeout=120,
        check=False,
    )


def until_stage(stage: str) -> Callable[[list[dict[str, Any]]], bool]:
    def reached(events: list[dict[str, Any]]) -> bool:
        return any(event["type"] == "stage_update" and event["payload"]["stage"] == stage for event in events)

    return reached


def watch(
    server: LiveServer, run_id: str, reached: Callable[[list[dict[str, Any]]], bool]
) -> list[dict[str, Any]]:
    """The events of a run up to a point of it."""
    events = []
    for event in server.events(f"/runs/{run_id}/events"):
        events.append(event)
        if reached(events):
            return events
    raise AssertionError(f"it ended before: {events[-1]}")


def seen_through(server: LiveServer, run_id: str, before: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The events of a run after its end, which it must come to well, with nothing lost, repeated or left behind."""
    events = list(server.events(f"/runs/{run_id}/events", timeout=150))
    assert seqs(events) == list(range(1, len(events) + 1))
    assert events[: len(before)] == before
    run = ended(server, run_id)
    assert run.status is RunStatus.SUCCEEDED, run.error
    # The worker's own record is what the server kept, but for what only one of them knows: the queueing and the end.
    files = {
        file["name"]: file["url"] for file in server.call("GET", f"/runs/{run_id}/artifacts")["artifacts"]
    }
    name = "events.jsonl" if "events.jsonl" in files else "events.jsonl.gz"
    record = server.request("GET", files[name], headers={"Authorization": ""})[1]
    kept = server.request("GET", f"/runs/{run_id}/events")[1]
    shown = [line[6:] for line in kept.split(b"\n") if line.startswith(b"data: ")]
    assert (gzip.decompress(record) if name.endswith(".gz") else record).split(b"\n")[:-1] == shown[1:-1]
    client = connect()
    assert containers_of(client, run_id) == []
    client.close()
    return events


def forget(run: Run) -> None:
    client = connect()
    remove_environment(client, run.env_hash, run.image_digest)
    client.close()


def test_a_run_that_executes_and_one_that_waits_outlive_their_server(data_dir: Path) -> None:
    with LiveServer(data_dir) as first:
        running = queue(first, ticking(8))
        before = watch(first, running, lambda events: len(ticks(events)) >= 3)
        waiting = [queue(first, notebook(f"print('waited {number}')")) for number in range(2)]
        before_of = {run_id: watch(first, run_id, until_stage("queued")) for run_id in waiting}
        first.kill()
    with LiveServer(data_dir) as second:
        assert second.call("GET", f"/runs/{running}")["status"] == "running", (
            "there is something to see through"
        )
        assert ticks(seen_through(second, running, before)) == list(range(80))
        for run_id in waiting:
            seen_through(second, run_id, before_of[run_id])
    assert not mentioning(f"ray::p2n-run {running}")


@pytest.mark.parametrize("stage", ["environment", "datasets", "upload"])
def test_a_run_outlives_its_server_at_each_stage(data_dir: Path, stage: str) -> None:
    run: Run | None = None
    try:
        with LiveServer(data_dir) as first:
            if stage == "environment":
                run_id = queue(
                    first, notebook("import six\nprint(six.__version__)"), requirements=OWN_ENVIRONMENT
                )
            elif stage == "datasets":
                run_id = queue(first, notebook("print('read')"), datasets=[upload(first)])
            else:
                run_id = queue(first, notebook(SLOW_UPLOAD))
            before = watch(first, run_id, until_stage(stage))
            first.kill()
        assert before[-1]["payload"] == before[-1]["payload"] | {"stage": stage, "state": "started"}
        with LiveServer(data_dir) as second:
            events = seen_through(second, run_id, before)
            run = ended(second, run_id)
    finally:
        if stage == "environment" and run is not None:
            forget(run)
    (done,) = (
        event["payload"]
        for event in events
        if event["type"] == "stage_update"
        and event["payload"]["stage"] == stage
        and event["payload"]["state"] == "completed"
    )
    assert not done.get("cached"), "there was something to do at this stage"


def upload(server: LiveServer) -> str:
    """A dataset that nobody has loaded yet."""
    boundary = uuid.uuid4().hex
    rows = "".join(f"{number},{uuid.uuid4()}\n" for number in range(20_000))
    body = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="d.csv"\r\n'
        f"Content-Type: text/csv\r\n\r\nnumber,word\n{rows}\r\n--{boundary}--\r\n"
    ).encode()
    status, answer = server.request(
        "POST", "/datasets", body, {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    )
    assert status in (200, 201), answer

    return str(json.loads(answer)["dataset"]["id"])
