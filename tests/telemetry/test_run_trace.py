"""One trace from the request to the stored end, through real Ray and a real container; and no planted secret anywhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.runs import Run
from p2n_schemas.traces import RunTrace
from tests.live_server import LiveServer
from tests.telemetry.notebooks import METRIC, notebook
from tests.test_cli import p2n

pytestmark = [pytest.mark.docker, pytest.mark.ray]

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
# Planted in the server's environment, in requests, in addresses and in what a notebook prints and raises.
PLANTED = {
    "OPENAI_API_KEY": "sk-proj-PLANTED0key1234567890abcd",
    "P2N_DB_PASSWORD": "planted-db-word",
    "OTHER_SERVICE_TOKEN": "planted service token",
}
SAID = {
    "jwt": "eyJhbGciOiJIUzI1NiJ9.eyJwbGFudGVkIjoidHJ1ZSJ9.cGxhbnRlZHNpZ25hdHVyZXBsYW50ZWRzaWc",
    "mail": "planted.person@mail.example.org",
    "home": "/home/plantedperson/data",
    "database": "postgresql://p2n:plantedpw1@db.example.org/p2n",
    "patient": "PLANTED-004211",
    "query": "planted0query",
    "cookie": "plantedcookie=12",
}
SECRETS = [
    *PLANTED.values(),
    SAID["jwt"],
    SAID["mail"],
    "plantedperson",
    "plantedpw1",
    SAID["patient"],
    "planted0query",
]
SECRETS += ["plantedcookie"]


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("trace") / "p2n"
    yield folder
    stop = [sys.executable, "-m", "ray_runner.head", "stop", "--state-dir", str(folder)]
    subprocess.run(stop, timeout=120, check=False)


@pytest.fixture(scope="module")
def server(data_dir: Path) -> Iterator[LiveServer]:
    before = {name: os.environ.get(name) for name in PLANTED}
    os.environ.update(PLANTED)
    options = (
        "--P2NApp.provider=offline",
        "--P2NApp.redact_patterns=PLANTED-[0-9]{6}",
        "--P2NApp.log_format=json",
        "--P2NApp.log_shown=INFO",
        "--P2NApp.standby=0",
    )
    try:
        with LiveServer(data_dir, options=options) as running:
            yield running
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


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
    assert len(keeps) == 1, "one server follows the run, and once"
    assert any(span.name == "p2n.store.transition" and span.parent_id in keeps for span in trace.spans)
    assert [span.attributes["cell"] for span in trace.spans if span.name == "p2n.worker.cell"] == [0, 1]
    for span in trace.spans:
        assert span.status == "ok", span
        if span.process == "worker":
            assert span.attributes["run_id"] == ended.id
            assert span.attributes["env_hash"] == ended.env_hash
            assert span.attributes["node"]
    assert by_name["p2n.run"].attributes["status"] == "succeeded"


def test_the_command_line_prints_the_tree_and_the_lines(
    server: LiveServer, data_dir: Path, ended: Run
) -> None:
    whole_trace(server, ended.id)
    shown = p2n(data_dir, "trace", ended.id, "--plain")
    assert shown.returncode == 0, shown.stderr
    print(shown.stdout)
    assert "p2n.api.post_runs [server]" in shown.stdout
    assert "p2n.worker.exec [worker]" in shown.stdout
    asked = p2n(data_dir, "trace", ended.id, "--json")
    assert RunTrace.model_validate_json(asked.stdout).run_id == ended.id
    lines = p2n(data_dir, "logs", ended.id, "--system", "-f", "--json")
    told = [json.loads(line) for line in lines.stdout.splitlines()]
    assert {"bridge", "worker"} <= {line["process"] for line in told}
    assert {line["run_id"] for line in told} == {ended.id}
    assert {line["trace_id"] for line in told} == {ended.trace_id}
    assert [line["timestamp"] for line in told] == sorted(line["timestamp"] for line in told)
    absent = p2n(data_dir, "trace", "r_none")
    assert absent.returncode == 1
    assert "E_NOT_FOUND" in absent.stdout + absent.stderr


def test_a_live_run_and_a_killed_worker(server: LiveServer) -> None:
    started = server.call("POST", "/runs", {"notebook": notebook("import time\ntime.sleep(120)")})
    run_id = str(started["id"])
    for _ in range(300):
        trace = RunTrace.model_validate(server.call("GET", f"/runs/{run_id}/trace"))
        begun = {span.name: span for span in trace.spans}
        if "p2n.worker.cell" in begun:
            break
        time.sleep(0.2)
    assert (begun["p2n.worker.exec"].status, begun["p2n.worker.exec"].seconds) == ("open", None)
    assert not trace.complete
    for pid in _workers(run_id):
        os.kill(pid, 9)
    list(server.events(f"/runs/{run_id}/events", timeout=120))
    assert Run.model_validate(server.call("GET", f"/runs/{run_id}")).error.code is ErrorCode.E_RUN_LOST
    trace = whole_trace(server, run_id)
    spans = {span.name: span for span in trace.spans}
    assert trace.trace_id == started["trace_id"]
    for name in ("p2n.worker", "p2n.worker.exec", "p2n.worker.cell"):
        assert spans[name].status == "lost", spans[name]
    assert spans["p2n.worker.prepare"].status == "ok"
    assert spans["p2n.dispatcher.task"].status == "error"
    assert spans["p2n.run"].attributes["error_code"] == "E_RUN_LOST"


def _workers(run_id: str) -> list[int]:
    """Processes that hold the run's telemetry file open: its worker."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            links = [os.readlink(link) for link in (entry / "fd").iterdir()] if entry.name.isdigit() else []
        except OSError:
            continue
        if any(link.endswith(f"{run_id}/telemetry.jsonl") for link in links):
            found.append(int(entry.name))
    assert found
    return found


def test_no_planted_secret_is_in_any_output(server: LiveServer, data_dir: Path) -> None:
    # A word of a request's is known as a secret by where it stands there; in a sentence it is a word.
    said = [text for name, text in SAID.items() if name not in ("query", "cookie")]
    words = " ".join([PLANTED["OPENAI_API_KEY"], *said])
    hostile = f"raise RuntimeError({json.dumps(words)})"
    run = run_to_its_end(server, [f"print({SAID['mail']!r})", hostile])
    assert run.error is not None
    assert run.error.code is ErrorCode.E_NOTEBOOK_FAILED
    whole_trace(server, run.id)
    bearer = {"Cookie": SAID["cookie"], "X-Api-Key": PLANTED["OPENAI_API_KEY"]}
    outputs: dict[str, str] = {
        "run": run.model_dump_json(),
        "trace": json.dumps(server.call("GET", f"/runs/{run.id}/trace")),
        "doctor": json.dumps(server.call("GET", "/doctor")),
        "metrics": server.request("GET", "/metrics")[1].decode(),
    }
    bodies: list[Any] = [
        ("POST", "/papers", {"url": f"http://127.0.0.1:1/x?token={SAID['query']}"}),
        ("GET", f"/runs/{SAID['patient']}", None),
        ("GET", f"/runs/{PLANTED['P2N_DB_PASSWORD']}", None),
        ("PATCH", "/claims/c_1", {"value": SAID["database"], SAID["mail"]: SAID["jwt"]}),
        ("GET", f"/runs?limit=x&token={SAID['query']}", None),
        (
            "POST",
            "/runs",
            {"notebook": notebook("1"), "datasets": [PLANTED["OTHER_SERVICE_TOKEN"], SAID["jwt"]]},
        ),
    ]
    for number, (method, path, body) in enumerate(bodies):
        with pytest.raises(P2NError) as refused:
            server.call(method, path, body, bearer)
        outputs[f"error {number}"] = refused.value.info.model_dump_json()
    shown = server.request("GET", f"/runs/{run.id}/events")[1].decode()
    events = [json.loads(line[6:]) for line in shown.split("\n") if line.startswith("data: ")]
    outputs["events of ours"] = json.dumps([event for event in events if not _of_the_notebook(event)])
    for command in (["trace", run.id], ["logs", run.id, "--system"], ["doctor"], ["runs"]):
        done = p2n(data_dir, *command, "--plain")
        outputs[" ".join(command[:1])] = done.stdout + done.stderr
    files = [path for path in (data_dir / "telemetry").rglob("*") if path.is_file()]
    files += [data_dir / "ray" / "bridge.log"]
    outputs |= {str(path.relative_to(data_dir)): path.read_text() for path in files}
    # Jupyter's own lines are Jupyter's.
    outputs["server's stderr"] = "\n".join(line for line in server.log().splitlines() if line.startswith("{"))
    assert len(files) >= 4
    found = [(where, secret) for where, text in outputs.items() for secret in SECRETS if secret in text]
    size = sum(map(len, outputs.values()))
    print(
        f"{len(SECRETS)} secrets planted, {len(outputs)} outputs of {size} characters searched, {len(found)} found"
    )
    assert not found
    # What the notebook printed is its author's own, and stays.
    assert SAID["mail"] in shown


def _of_the_notebook(event: dict[str, Any]) -> bool:
    return event["type"] == "log_line" and event["payload"]["stream"] != "system"
