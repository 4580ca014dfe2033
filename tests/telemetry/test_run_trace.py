"""One trace from the request to the stored end, through real Ray and a real container."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from p2n_schemas.runs import Run
from p2n_schemas.traces import RunTrace
from tests.live_server import LiveServer
from tests.telemetry.notebooks import METRIC, notebook

pytestmark = [pytest.mark.docker, pytest.mark.ray]

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("trace") / "p2n"
    yield folder
    stop = [sys.executable, "-m", "ray_runner.head", "stop", "--state-dir", str(folder)]
    subprocess.run(stop, timeout=120, check=False)


@pytest.fixture(scope="module")
def server(data_dir: Path) -> Iterator[LiveServer]:
    options = ("--P2NApp.provider=offline", "--P2NApp.standby=0")
    with LiveServer(data_dir, options=options) as running:
        yield running


def run_to_its_end(server: LiveServer, cells: list[str], headers: dict[str, str] | None = None) -> Run:
    started = server.call("POST", "/runs", {"notebook": notebook(*cells), "name": "trace.ipynb"}, headers)
    list(server.events(f"/runs/{started['id']}/events", timeout=300))
    return Run.model_validate(server.call("GET", f"/runs/{started['id']}"))


def whole_trace(server: LiveServer, run_id: str) -> RunTrace:
    """The worker's last words come a moment after its last event."""
    for _ in range(100):
        trace = RunTrace.model_validate(server.call("GET", f"/runs/{run_id}/trace"))
        if any(span.process == "worker" for span in trace.spans) and trace.complete:
            return trace
        time.sleep(0.2)
    raise AssertionError(trace)


@pytest.fixture(scope="module")
def ended(server: LiveServer) -> Run:
    return run_to_its_end(server, ["print('hello')", METRIC], {"traceparent": PARENT})


def test_one_trace_from_the_request_to_the_stored_end(server: LiveServer, ended: Run) -> None:
    assert ended.status == "succeeded", ended.error
    trace = whole_trace(server, ended.id)
    # The client's own trace goes on.
    assert trace.trace_id == ended.trace_id == PARENT[3:35]
    by_name = {span.name: span for span in trace.spans}
    by_id = {span.span_id: span for span in trace.spans}
    way = [by_name["p2n.worker.cell"]]
    while (parent := by_id.get(way[-1].parent_id or "")) is not None:
        way.append(parent)
    assert [(span.name, span.process) for span in reversed(way)] == [
        ("p2n.api.post_runs", "server"),
        ("p2n.run", "server"),
        ("p2n.run.submit", "server"),
        ("p2n.bridge.submit", "bridge"),
        ("p2n.dispatcher.task", "dispatcher"),
        ("p2n.worker", "worker"),
        ("p2n.worker.exec", "worker"),
        ("p2n.worker.cell", "worker"),
    ]
    assert by_name["p2n.api.post_runs"].parent_id == PARENT[36:52]
    assert {"p2n.dispatcher.wait", "p2n.worker.prepare", "p2n.worker.prepare.environment"} <= set(by_name)
    assert {"p2n.worker.upload", "p2n.store.upload", "p2n.run.keep", "p2n.store.transition"} <= set(by_name)
    stored = [span.attributes["artifact"] for span in trace.spans if span.name == "p2n.store.upload"]
    assert {"metrics.json", "events.jsonl", "logs.txt", "executed.ipynb"} <= set(stored)
    keeps = {span.span_id for span in trace.spans if span.name == "p2n.run.keep"}
    assert any(span.name == "p2n.store.transition" and span.parent_id in keeps for span in trace.spans)
    assert [span.attributes["cell"] for span in trace.spans if span.name == "p2n.worker.cell"] == [0, 1]
    for span in trace.spans:
        assert span.status == "ok", span
        if span.process == "worker":
            assert span.attributes["run_id"] == ended.id
            assert span.attributes["env_hash"] == ended.env_hash
            assert span.attributes["node"]
    assert by_name["p2n.run"].attributes["status"] == "succeeded"
