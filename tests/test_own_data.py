"""A person's own data over REST, on real parts: uploaded, bound to a plan, run in the sandbox, judged; and to `exec`."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from sklearn.datasets import load_breast_cancer

from p2n_schemas.datasets import DatasetCreated
from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.plans import Fidelity, Plan
from p2n_schemas.reports import Report, VerdictKind
from tests.live_server import LiveServer

pytestmark = [pytest.mark.docker, pytest.mark.ray]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    folder = tmp_path_factory.mktemp("own") / "p2n"
    with LiveServer(folder) as running:
        yield running
    subprocess.run(
        [sys.executable, "-m", "ray_runner.head", "stop", "--state-dir", str(folder)],
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def csv() -> bytes:
    """The paper's own data as a person might keep it."""
    data = load_breast_cancer(as_frame=True)
    frame = data.frame.rename(columns={"target": "diagnosis"})
    frame["diagnosis"] = frame["diagnosis"].map(lambda code: str(data.target_names[code]))
    return bytes(frame.to_csv(index=False).encode())


def upload(server: LiveServer, data: bytes, filename: str) -> DatasetCreated:
    body = (
        b'--x\r\nContent-Disposition: form-data; name="licence"\r\n\r\nCC BY 4.0\r\n'
        + f'--x\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n\r\n'.encode()
        + data
        + b"\r\n--x--\r\n"
    )
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    status, answer = server.request("POST", "/datasets", body, headers)
    assert status in (200, 201), answer
    return DatasetCreated.model_validate_json(answer)


def test_from_an_uploaded_file_to_a_verdict(server: LiveServer, csv: bytes) -> None:
    dataset = upload(server, csv, "my cancer data.csv").dataset
    assert dataset.name == "my-cancer-data"
    paper = server.call("POST", "/papers/sample")["paper"]
    list(server.events(f"/papers/{paper['id']}/extract", method="POST"))
    claims = server.call("GET", f"/papers/{paper['id']}/claims")["claims"]
    wanted = [claim["id"] for claim in claims if (claim["dataset"], claim["method"]) == ("WDBC", "5-NN")]
    binding: dict[str, Any] = {"dataset_id": dataset.id, "stands_for": "WDBC", "target": "diagnosis"}

    def planned(**changes: Any) -> Plan:
        request = {"claim_ids": wanted, "budget_minutes": 5, "dataset": binding | changes}
        return Plan.model_validate(server.call("POST", f"/papers/{paper['id']}/plans", request))

    with pytest.raises(P2NError) as caught:
        planned(target="nothing")
    assert caught.value.code is ErrorCode.E_VALIDATION
    with pytest.raises(P2NError) as caught:
        planned(dataset_id="d_nothing")
    assert caught.value.code is ErrorCode.E_NOT_FOUND

    for same_data, fidelity in ((False, Fidelity.PROXY), (True, Fidelity.EXACT)):
        plan = planned(same_data=same_data)
        assert {experiment.fidelity for experiment in plan.body.experiments} == {fidelity}
        server.call("POST", f"/plans/{plan.id}/materialize")
        run = server.call("POST", f"/plans/{plan.id}/run")
        events = list(server.events(f"/runs/{run['id']}/events", timeout=290))
        end = events[-1]["payload"]
        assert end["status"] == "succeeded", end["error"]
        metrics = [event["payload"] for event in events if event["type"] == "metric_update"]
        assert {metric["dataset"] for metric in metrics} == {"my-cancer-data"}
        report = Report.model_validate(server.call("GET", f"/papers/{paper['id']}/report"))
        judged = {verdict.claim.id: verdict for verdict in report.verdicts if verdict.claim.id in wanted}
        assert set(judged) == set(wanted)
        kinds = {verdict.verdict for verdict in judged.values()}
        # a stand-in can never reproduce a claim; the same data, asserted to be so, can
        good = {VerdictKind.REPRODUCED, VerdictKind.CLOSE}
        assert kinds <= (good if same_data else {VerdictKind.NOT_COMPARABLE})

    # The data of the second run was there already: the same bytes, whatever the plan.
    stages = {
        event["payload"]["stage"]: event["payload"].get("cached")
        for event in events
        if event["type"] == "stage_update" and event["payload"]["state"] == "completed"
    }
    assert stages["datasets"] is True
    server.call("DELETE", f"/datasets/{dataset.id}")
    with pytest.raises(P2NError) as caught:
        server.call("GET", f"/datasets/{dataset.id}")
    assert caught.value.code is ErrorCode.E_NOT_FOUND


def test_a_notebook_of_one_s_own_finds_both_kinds_of_data(server: LiveServer, csv: bytes) -> None:
    dataset = upload(server, csv, "mine.csv").dataset
    code = (
        "import csv, os, pathlib\n"
        "root = pathlib.Path(os.environ['P2N_DATA'])\n"
        "for name in ('iris/data.csv', 'mine/mine.csv'):\n"
        "    with open(root / name, newline='') as file:\n"
        "        rows = list(csv.reader(file))\n"
        "    print(name, len(rows), rows[0][-1])\n"
        "try:\n    open(root / 'iris' / 'data.csv', 'a')\n"
        "except OSError:\n    print('refused')\n"
    )
    cell = {
        "cell_type": "code",
        "execution_count": None,
        "id": "a",
        "metadata": {},
        "outputs": [],
        "source": code,
    }
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    run = server.call(
        "POST", "/runs", {"notebook": notebook, "datasets": ["iris", dataset.id], "budget_minutes": 5}
    )
    events = list(server.events(f"/runs/{run['id']}/events", timeout=290))
    assert events[-1]["payload"]["status"] == "succeeded", json.dumps(events[-1])
    lines = [
        line
        for event in events
        if event["type"] == "log_line" and event["payload"]["stream"] == "stdout"
        for line in event["payload"]["lines"]
    ]
    assert lines == ["iris/data.csv 151 species", "mine/mine.csv 570 diagnosis", "refused"]
