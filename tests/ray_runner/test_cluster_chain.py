"""A server whose runs go to a cluster: a run that dies with its node is run again on another, as the plan allows."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from p2n_schemas.errors import ErrorCode
from p2n_schemas.runs import Run
from tests.live_server import LiveServer
from tests.ray_cluster import GIB, RayCluster

pytestmark = [pytest.mark.docker, pytest.mark.ray]


def slow_plan(server: LiveServer) -> str:
    """The sample paper's plan, with one retry and a notebook that takes its time at first."""
    made = server.prepare()
    body = made["body"]
    body["policy"]["max_retries"] = 1
    plan = server.call("POST", f"/papers/{made['paper_id']}/plans", {"plan": body, "parent": made["id"]})
    server.call("POST", f"/plans/{plan['id']}/materialize")
    assets = {
        asset["name"]: asset["url"] for asset in server.call("GET", f"/plans/{plan['id']}/assets")["files"]
    }
    notebook: dict[str, Any] = server.call("GET", assets["notebook.ipynb"])
    wait = {
        "cell_type": "code",
        "id": "wait",
        "metadata": {},
        "execution_count": None,
        "outputs": [],
        "source": "import time\nprint('begun')\ntime.sleep(15)",
    }
    notebook["cells"].insert(0, wait)
    server.call("PUT", f"/plans/{plan['id']}/notebook", {"notebook": notebook})
    return str(plan["id"])


def runs_of(server: LiveServer) -> list[Run]:
    """The oldest first."""
    listed = server.call("GET", "/runs")["runs"]
    return sorted((Run.model_validate(run) for run in listed), key=lambda run: run.created_at)


def test_a_run_that_dies_with_its_node_is_run_again_on_another(tmp_path: Path) -> None:
    with RayCluster([(2, 8 * GIB), (2, 8 * GIB)]) as cluster:
        options = (
            f"--P2NApp.ray_address={cluster.address}",
            f"--P2NApp.ray_token_file={cluster.token_file}",
            "--P2NApp.provider=offline",
            "--P2NApp.standby=0",
        )
        with LiveServer(tmp_path / "p2n", options=options) as server:
            checks = {check["name"]: check["status"] for check in server.call("GET", "/doctor")["checks"]}
            assert checks["ray"] == "ok", "every node sees the data folder and has the base image"
            started = server.call("POST", f"/plans/{slow_plan(server)}/run")
            for event in server.events(f"/runs/{started['id']}/events"):
                if event["type"] == "log_line" and "begun" in event["payload"]["lines"]:
                    break
            place = cluster.node_of(started["id"])
            assert place is not None
            begun = time.monotonic()
            cluster.kill(place)
            events = list(server.events(f"/runs/{started['id']}/events"))
            assert events[-1]["payload"]["error"]["code"] == ErrorCode.E_RUN_LOST
            print(f"the end of the lost run was told {time.monotonic() - begun:.1f} s after its node")
            while len(runs_of(server)) < 2:
                assert time.monotonic() - begun < 60
                time.sleep(0.2)
            again = runs_of(server)[1]
            list(server.events(f"/runs/{again.id}/events", timeout=200))
            lost, repeated = runs_of(server)
            assert lost.error is not None
            assert (lost.status, lost.error.code) == ("failed", ErrorCode.E_RUN_LOST)
            assert (repeated.status, repeated.rerun_of, repeated.attempt) == ("succeeded", lost.id, 2)
            assert repeated.notebook_sha256 == lost.notebook_sha256
            assert cluster.node_of(repeated.id) == 1 - place
