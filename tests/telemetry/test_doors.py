"""What comes out of the server's doors: traced, and without the secrets that were planted."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError

from p2n_ext.services.faults import internal_error
from p2n_ext.telemetry.files import read_records
from tests.telemetry.parts import Told

PLANTED = {
    "OPENAI_API_KEY": "sk-proj-PLANTED0key1234567890abcd",
    "P2N_DB_PASSWORD": "planted-db-word",
    "OTHER_SERVICE_TOKEN": "planted.service.token",
}
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJwbGFudGVkIjoidHJ1ZSJ9.cGxhbnRlZHNpZ25hdHVyZXBsYW50ZWRzaWc"
SAID = [
    JWT,
    "planted.person@mail.example.org",
    "/home/plantedperson/data",
    "postgresql://p2n:plantedpw1@db.example.org/p2n",
    "PLANTED-004211",
    "https://x.example.org/f?token=plantedquery&x=1",
    "Cookie: session=plantedcookie",
    "Authorization: Bearer plantedbearer0123456789",
]
SECRETS = [*PLANTED.values(), JWT, "planted.person", "plantedperson", "plantedpw1", "PLANTED-004211"]
SECRETS += ["plantedquery", "plantedcookie", "plantedbearer"]


@pytest.fixture
def jp_server_config(jp_server_config: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    for name, value in PLANTED.items():
        monkeypatch.setenv(name, value)
    jp_server_config["P2NApp"] |= {
        "provider": "offline",
        "redact_patterns": ["PLANTED-[0-9]{6}"],
        "log_format": "json",
        "log_shown": "INFO",
    }
    return jp_server_config


async def test_planted_secrets_come_out_of_no_door(
    jp_fetch: Any, jp_serverapp: Any, data_dir: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    outputs: dict[str, str] = {}
    services = jp_serverapp.web_app.settings["p2n_services"]()
    everything = " | ".join([*PLANTED.values(), *SAID])

    async def refuse(path: list[str], **options: Any) -> None:
        with pytest.raises(HTTPClientError) as refused:
            await jp_fetch("p2n", "api", "v1", *path, **options)
        assert refused.value.response is not None
        outputs[f"error body {len(outputs)}"] = refused.value.response.body.decode()

    headers = {"Cookie": "session=plantedcookie", "traceparent": everything.replace("\n", "")}
    for said in [*PLANTED.values(), "PLANTED-004211"]:
        await refuse(
            ["runs", said.replace(".", "-").replace("planted-service-token", "PLANTED-004211")],
            headers=headers,
        )
    body = json.dumps(
        {
            "notebook": {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5},
            "datasets": [everything],
        }
    )
    await refuse(["runs"], method="POST", body=body, headers=headers)
    await refuse(["papers"], method="POST", body=json.dumps({"url": SAID[5]}), headers=headers)
    await refuse(["papers"], method="POST", body=json.dumps({JWT: everything}), headers=headers)
    await refuse(["runs"], params={"limit": "PLANTED-004211", "token": "plantedquery"}, headers=headers)

    async def broken() -> None:
        raise RuntimeError(everything)

    monkeypatch.setattr(services.papers, "papers", broken)
    await refuse(["papers"], headers=headers)
    internal_error(ValueError(everything))
    logging.getLogger("ray_runner.client").error("said: %s", everything)

    async def failing_check() -> Any:
        from p2n_schemas.api import Check

        return [
            Check(name="planted", status="failed", message=everything, remediation=everything, url=SAID[5])
        ]

    services.doctor._sources = [failing_check]
    outputs["doctor"] = (await jp_fetch("p2n", "api", "v1", "doctor")).body.decode()
    outputs["metrics"] = (await jp_fetch("metrics")).body.decode()
    services.telemetry.files.flush()
    files = [path for path in (data_dir / "telemetry").rglob("*") if path.is_file()]
    assert {path.name for path in files} == {"server.log.jsonl", "requests.jsonl"}
    outputs |= {path.name: path.read_text() for path in files}
    captured = capfd.readouterr()
    ours = [line for line in captured.err.splitlines() if line.startswith("{")]
    outputs["stderr of ours"] = "\n".join(ours)
    assert len(ours) >= 3

    found = [(where, secret) for where, text in outputs.items() for secret in SECRETS if secret in text]
    size = sum(map(len, outputs.values()))
    print(
        f"{len(SECRETS)} secrets planted, {len(outputs)} outputs of {size} characters searched, {len(found)} found"
    )
    assert not found
    # It was there to be found: what stands around it is.
    assert outputs["server.log.jsonl"].count("said: ") == 1
    assert "[redacted]" in outputs["server.log.jsonl"]
    assert "[redacted]" in outputs["doctor"]


async def test_each_request_is_a_span_by_its_operations_name(
    jp_fetch: Any, jp_serverapp: Any, data_dir: Path
) -> None:
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    await jp_fetch("p2n", "api", "v1", "runs", headers={"traceparent": parent})
    with pytest.raises(HTTPClientError):
        await jp_fetch("p2n", "api", "v1", "papers", "pa_none", "claims.csv")
    with pytest.raises(HTTPClientError):
        await jp_fetch("p2n", "api", "v1", "nowhere", "at-all")
    services = jp_serverapp.web_app.settings["p2n_services"]()
    services.telemetry.files.flush()
    told = Told()
    told.records = read_records(data_dir / "telemetry" / "requests.jsonl")
    spans = told.spans()
    assert {"p2n.api.get_runs", "p2n.api.get_papers_id_claims_csv", "p2n.api.unknown"} <= set(spans)
    asked = spans["p2n.api.get_runs"]
    assert (asked["trace_id"], asked["parent_id"]) == (parent[3:35], parent[36:52])
    assert asked["attributes"]["http.response.status_code"] == 200
    below = [record for record in told.records if record["parent_id"] == asked["span_id"]]
    assert {"p2n.store.list_runs", "p2n.store.count_runs"} <= {record["name"] for record in below}
    missing = spans["p2n.api.get_papers_id_claims_csv"]["attributes"]
    assert missing["paper_id"] == "pa_none"
    assert missing["error_code"] == "E_NOT_FOUND"


async def test_a_run_that_is_not_there_has_no_trace(jp_fetch: Any) -> None:
    with pytest.raises(HTTPClientError) as refused:
        await jp_fetch("p2n", "api", "v1", "runs", "r_none", "trace")
    assert refused.value.code == 404
