"""The main job over REST, on real parts: a real server, real Ray, a real container, a real paper."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import pytest

from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.events import EVENT
from p2n_schemas.plans import Plan
from p2n_schemas.reports import Report
from p2n_schemas.runs import Run
from ray_runner.sandbox.environment import environment_volume
from tests.live_server import LiveServer
from tests.services.crates import check_crate, run_again, unpack
from tests.test_cli import p2n

pytestmark = [pytest.mark.docker, pytest.mark.ray]


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("chain") / "p2n"
    yield folder
    subprocess.run(
        [sys.executable, "-m", "ray_runner.head", "stop", "--state-dir", str(folder)],
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def server(data_dir: Path) -> Iterator[LiveServer]:
    with LiveServer(data_dir) as running:
        yield running


@pytest.fixture(scope="module")
def plan(server: LiveServer) -> Plan:
    return Plan.model_validate(server.prepare())


def slow_notebook(seconds: int) -> dict[str, Any]:
    """A person's own notebook: a line ten times a second, and a metric at the end."""
    code = (
        "import time\nfrom IPython.display import display\n"
        f"for tick in range({seconds * 10}):\n    print('tick', tick, flush=True)\n    time.sleep(0.1)\n"
        "display({'application/vnd.p2n.metric+json': {'name': 'accuracy', 'value': 0.5, 'split': 'test',"
        " 'dataset': 'wine', 'experiment': 'x', 'repeat': 0}}, raw=True)\n"
    )
    cell = {
        "cell_type": "code",
        "id": "c0",
        "metadata": {},
        "execution_count": None,
        "outputs": [],
        "source": code,
    }
    return {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def edited_plan(server: LiveServer, plan: Plan, notebook: dict[str, Any]) -> str:
    """A plan of its own with that notebook."""
    fresh = server.call("POST", f"/papers/{plan.paper_id}/plans", {"budget_minutes": 5})
    server.call("POST", f"/plans/{fresh['id']}/materialize")
    edited = server.call("PUT", f"/plans/{fresh['id']}/notebook", {"notebook": notebook})
    assert edited["notebook_edited"] is True
    return str(fresh["id"])


def ticks(events: list[dict[str, Any]]) -> list[int]:
    lines = [line for event in events if event["type"] == "log_line" for line in event["payload"]["lines"]]
    return [int(line.split()[1]) for line in lines if line.startswith("tick")]


def ended(server: LiveServer, run_id: str) -> Run:
    for _ in range(100):
        run = Run.model_validate(server.call("GET", f"/runs/{run_id}"))
        if run.status.is_terminal():
            return run
        time.sleep(0.1)
    raise AssertionError(f"the run did not end: {run}")


def test_from_a_pdf_to_a_verdict(server: LiveServer, plan: Plan) -> None:
    queued = Run.model_validate(server.call("POST", f"/plans/{plan.id}/run"))
    events = [
        EVENT.validate_python(event) for event in server.events(f"/runs/{queued.id}/events", timeout=300)
    ]
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert events[-1].type == "end"
    run = ended(server, queued.id)
    assert run.status == "succeeded", run.error
    stages = [event.payload.stage for event in events if event.type == "stage_update"]
    assert list(dict.fromkeys(stages)) == ["queued", "environment", "datasets", "execution", "upload"]
    assert any(event.type == "log_line" for event in events)

    listed = server.call("GET", f"/runs/{run.id}/artifacts")["artifacts"]
    assert {"metrics.json", "events.jsonl", "logs.txt", "executed.ipynb"} <= {file["name"] for file in listed}
    contents = {}
    for file in listed:
        status, contents[file["name"]] = server.request("GET", file["url"], headers={"Authorization": ""})
        assert status == 200
        assert hashlib.sha256(contents[file["name"]]).hexdigest() == file["sha256"]
    # The worker's own record is what the server showed, byte for byte, but for what only one of them knows:
    # the server's "queued" before it, and the end that names the artifacts after it.
    shown = server.request("GET", f"/runs/{run.id}/events")[1]
    data = [line[6:] for line in shown.split(b"\n") if line.startswith(b"data: ")]
    assert contents["events.jsonl"].split(b"\n")[:-1] == data[1:-1]

    report = Report.model_validate(server.call("GET", f"/papers/{plan.paper_id}/report"))
    judged = [verdict for verdict in report.verdicts if verdict.verdict != "not_run"]
    planned = {metric.claim_id for experiment in plan.body.experiments for metric in experiment.metrics}
    assert {verdict.claim.id for verdict in judged} == planned
    metrics = json.loads(contents["metrics.json"])["metrics"]
    for verdict in judged:
        assert verdict.observed is not None
        assert verdict.run_ids == [run.id]
        scale = 100 if verdict.claim.units == "%" else 1
        known = {
            round(metric["value"] * scale, 6)
            for metric in metrics
            if metric["experiment"] == verdict.experiment
        }
        assert {round(value, 6) for value in verdict.observed.values} <= known


@pytest.mark.timeout(500)
def test_the_reports_crate_runs_again_with_its_one_command(
    server: LiveServer, plan: Plan, tmp_path: Path
) -> None:
    runs = server.call("GET", f"/runs?plan_id={plan.id}&status=succeeded")["runs"]
    status, data = server.request("GET", f"/papers/{plan.paper_id}/report.crate.zip")
    assert status == 200
    crate = unpack(data, tmp_path / "crate")
    check_crate(crate)
    done = run_again(crate)
    assert done.returncode == 0, done.stdout + done.stderr
    (folder,) = (crate / "rerun").iterdir()
    assert folder.name == runs[0]["id"]
    for name in (
        "metrics.json",
        "notebook.ipynb",
        "requirements.lock",
        "events.jsonl",
        "logs.txt",
        "plan.json",
    ):
        assert (crate / "runs" / folder.name / name).is_file(), name
    assert (folder / "metrics.json").read_bytes() == (
        crate / "runs" / folder.name / "metrics.json"
    ).read_bytes()
    pictures = list((crate / "evidence").iterdir())
    assert pictures
    assert all(picture.read_bytes().startswith(b"\x89PNG") for picture in pictures)


def test_a_second_run_installs_nothing(server: LiveServer, plan: Plan) -> None:
    list(server.events(f"/runs/{server.call('POST', f'/plans/{plan.id}/run')['id']}/events", timeout=300))
    volume = docker.from_env().volumes.get(environment_volume(str(plan.env_hash)))
    run = server.call("POST", f"/plans/{plan.id}/run")
    events = list(server.events(f"/runs/{run['id']}/events", timeout=300))
    done = {
        event["payload"]["stage"]: event["payload"].get("cached")
        for event in events
        if event["type"] == "stage_update" and event["payload"]["state"] == "completed"
    }
    assert events[-1]["payload"]["status"] == "succeeded"
    again = docker.from_env().volumes.get(volume.name)
    assert again.attrs["CreatedAt"] == volume.attrs["CreatedAt"]
    assert done["environment"] is True
    assert done["datasets"] is True


def test_the_same_idempotency_key_starts_one_run(server: LiveServer, plan: Plan) -> None:
    first, second = (
        server.call("POST", f"/plans/{plan.id}/run", headers={"Idempotency-Key": "k"}) for _ in range(2)
    )
    assert first["id"] == second["id"]
    list(server.events(f"/runs/{first['id']}/events", timeout=300))


def test_a_plan_without_an_environment_does_not_run(server: LiveServer, plan: Plan) -> None:
    bare = server.call("POST", f"/papers/{plan.paper_id}/plans", {"budget_minutes": 5})
    with pytest.raises(P2NError) as caught:
        server.call("POST", f"/plans/{bare['id']}/run")
    assert caught.value.code is ErrorCode.E_PLAN_NOT_MATERIALIZED


def test_an_edited_notebook_stays_one_in_the_report(server: LiveServer, plan: Plan) -> None:
    notebook = slow_notebook(0)
    claim_id = plan.body.experiments[0].metrics[0].claim_id
    fresh = server.call(
        "POST", f"/papers/{plan.paper_id}/plans", {"claim_ids": [claim_id], "budget_minutes": 5}
    )
    server.call("POST", f"/plans/{fresh['id']}/materialize")
    server.call("PUT", f"/plans/{fresh['id']}/notebook", {"notebook": notebook})
    run = server.call("POST", f"/plans/{fresh['id']}/run")
    list(server.events(f"/runs/{run['id']}/events", timeout=120))
    assert ended(server, run["id"]).notebook_edited is True
    # Writing the plan's own notebook back does not make the edited run the plan's own.
    server.call("POST", f"/plans/{fresh['id']}/materialize")
    report = Report.model_validate(server.call("GET", f"/papers/{plan.paper_id}/report"))
    verdict = next(verdict for verdict in report.verdicts if verdict.claim.id == claim_id)
    assert verdict.run_ids == [run["id"]]
    assert verdict.notebook_edited is True


def test_lines_arrive_while_the_cell_runs_and_cancel_ends_it(server: LiveServer, plan: Plan) -> None:
    plan_id = edited_plan(server, plan, slow_notebook(120))
    run_id = server.call("POST", f"/plans/{plan_id}/run")["id"]
    events = []
    stream = server.events(f"/runs/{run_id}/events", timeout=120)
    for event in stream:
        events.append(event)
        if len(ticks(events)) >= 3:
            break
    assert server.call("GET", f"/runs/{run_id}")["status"] == "running"
    with pytest.raises(P2NError) as caught:
        server.call("DELETE", f"/papers/{plan.paper_id}")
    assert caught.value.code is ErrorCode.E_CONFLICT
    server.call("POST", f"/runs/{run_id}/cancel")
    events += list(stream)
    assert events[-1]["type"] == "end"
    assert events[-1]["payload"]["status"] == "cancelled"
    assert ended(server, run_id).status == "cancelled"
    assert len(ticks(events)) < 1200
    with pytest.raises(P2NError) as caught:
        server.call("POST", f"/runs/{run_id}/cancel")
    assert caught.value.code is ErrorCode.E_RUN_ALREADY_ENDED


def test_the_command_line_does_the_same(data_dir: Path, server: LiveServer, plan: Plan) -> None:
    done = p2n(data_dir, "run", "sample", "--json")
    assert done.returncode == 0, done.stdout[-3000:]
    report = Report.model_validate_json(done.stdout)
    # Both data sets of the paper: what one plan leaves to another is planned and run too.
    ran = [verdict for verdict in report.verdicts if verdict.verdict != "not_run"]
    # The paper is true: what 20 other seeds do not confirm is left open, and nothing is refuted.
    assert {verdict.verdict for verdict in ran} <= {"reproduced", "close", "not_comparable"}
    assert all(
        "more repeats would tell" in verdict.rule for verdict in ran if verdict.verdict == "not_comparable"
    )
    assert {verdict.claim.dataset for verdict in ran} == {"WDBC", "Wine"}
    (left,) = (verdict for verdict in report.verdicts if verdict.verdict == "not_run")
    assert left.claim.value_printed == "74.63%"
    assert "does not say with what settings" in (left.reason or "")
    assert "logistic-regression  repeat 1/" in done.stderr, "the container's own lines"
    shown = p2n(data_dir, "report", "sample").stdout
    assert "Verdict: " in shown
    # The server sees the runs of the command line.
    runs = {run["id"] for run in server.call("GET", "/runs")["runs"]}
    assert {run.id for run in report.runs} <= runs


def test_a_run_survives_kill_9_of_the_server(data_dir: Path, plan: Plan, server: LiveServer) -> None:
    with LiveServer(data_dir) as first:
        plan_id = edited_plan(first, plan, slow_notebook(25))
        run_id = first.call("POST", f"/plans/{plan_id}/run")["id"]
        before = []
        for event in first.events(f"/runs/{run_id}/events"):
            before.append(event)
            if len(ticks(before)) >= 5:
                break
        first.kill()
    # Nobody follows the run now but the second server of this module; it has its own bridge.
    time.sleep(3)
    with LiveServer(data_dir) as second:
        assert second.call("GET", f"/runs/{run_id}")["status"] == "running", (
            "there is something left to see through"
        )
        events = list(second.events(f"/runs/{run_id}/events", timeout=120))
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
        assert events[: len(before)] == before
        assert ticks(events) == list(range(250))
        assert ended(second, run_id).status == "succeeded"
        # A viewer that had seen the beginning asks for the rest only.
        rest = list(second.events(f"/runs/{run_id}/events?after={before[-1]['seq']}"))
        assert before + rest == events
