"""Runs over REST: filtered, paged and deleted, with every trace of theirs."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError

from p2n_ext.handlers import API_PATH
from p2n_ext.services import Services
from p2n_schemas.api import RunDeletionResult, RunList
from p2n_schemas.base import utc_now
from p2n_schemas.errors import ErrorBody, ErrorCode
from p2n_schemas.runs import RunStatus
from tests.stores.made_rows import PAPER, PLAN, run

API = API_PATH.strip("/").split("/")
EVENT = b'{"seq":1,"ts":"2026-01-01T00:00:00Z","type":"stage_update","payload":{"stage":"queued","state":"started"}}'


@pytest.fixture
def services(jp_serverapp: Any) -> Services:
    made: Services = jp_serverapp.web_app.settings["p2n_services"]()
    return made


async def fill(services: Services, statuses: Sequence[RunStatus], days_old: int = 0) -> None:
    """Runs r_0, r_1, …; each with an artifact, its inputs and an event."""
    database, objects, log = (
        getattr(services.deletion, f"_{name}") for name in ("database", "objects", "log")
    )
    await database.put_paper(PAPER)
    await database.put_plan(PLAN)
    for number, status in enumerate(statuses):
        created = utc_now() - timedelta(days=days_old, seconds=-number)
        made = run(number).model_copy(update={"created_at": created, "status": status})
        await database.add_run(made, None, 1000)
        await objects.put(f"runs/r_{number}/metrics.json", b"x" * 10_000)
        await objects.put(f"runs/r_{number}/inputs.json", b"{}")
        await log.append(made.id, [EVENT])


def traces(data_dir: Path, run_id: str) -> list[Path]:
    return [
        path for path in data_dir.rglob("*") if run_id in path.name and not path.name.startswith("p2n.sqlite")
    ]


async def failure(fetch: Any, *path: str, **options: Any) -> tuple[int, ErrorBody]:
    with pytest.raises(HTTPClientError) as caught:
        await fetch(*API, *path, **options)
    assert caught.value.response is not None
    return caught.value.code, ErrorBody.model_validate_json(caught.value.response.body)


async def delete_many(fetch: Any, request: dict[str, Any]) -> RunDeletionResult:
    response = await fetch(*API, "runs", "delete", method="POST", body=json.dumps(request))
    return RunDeletionResult.model_validate_json(response.body)


async def test_a_run_is_deleted_with_all_that_is_of_it(
    services: Services, jp_fetch: Any, data_dir: Path
) -> None:
    await fill(services, [RunStatus.FAILED, RunStatus.RUNNING])
    assert len(traces(data_dir, "r_0")) == 2
    assert (await jp_fetch(*API, "runs", "r_0", method="DELETE")).code == 204
    assert traces(data_dir, "r_0") == []
    assert (await failure(jp_fetch, "runs", "r_0"))[0] == 404
    status, body = await failure(jp_fetch, "runs", "r_1", method="DELETE")
    assert (status, body.error.code) == (409, ErrorCode.E_CONFLICT)
    assert len(traces(data_dir, "r_1")) == 2


async def test_many_are_deleted_and_what_is_kept_is_said(services: Services, jp_fetch: Any) -> None:
    await fill(services, [RunStatus.FAILED, RunStatus.RUNNING, RunStatus.SUCCEEDED])
    result = await delete_many(jp_fetch, {"run_ids": ["r_0", "r_1", "r_none", "r_0"]})
    assert result.deleted == ["r_0"]
    assert [(kept.run_id, kept.reason.code) for kept in result.kept] == [
        ("r_1", ErrorCode.E_CONFLICT),
        ("r_none", ErrorCode.E_NOT_FOUND),
    ]
    assert 10_000 <= result.bytes_freed < 50_000


async def test_runs_are_deleted_by_what_they_have_in_common(services: Services, jp_fetch: Any) -> None:
    await fill(services, [RunStatus.FAILED, RunStatus.CANCELLED, RunStatus.SUCCEEDED], days_old=3)
    assert (await delete_many(jp_fetch, {"filter": {"older_than_days": 4}})).deleted == []
    wanted = {"filter": {"status": ["failed", "cancelled"], "older_than_days": 2, "paper_id": "p_1"}}
    assert sorted((await delete_many(jp_fetch, wanted)).deleted) == ["r_0", "r_1"]
    assert [found.id for found in (await services.runs.runs()).runs] == ["r_2"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"filter": {}},
        {"run_ids": ["r_0"], "filter": {"status": ["failed"]}},
        {"filter": {"status": ["x"]}},
    ],
)
async def test_no_accident_deletes_everything(
    services: Services, jp_fetch: Any, body: dict[str, Any]
) -> None:
    await fill(services, [RunStatus.FAILED])
    status, error = await failure(jp_fetch, "runs", "delete", method="POST", body=json.dumps(body))
    assert (status, error.error.code) == (400, ErrorCode.E_VALIDATION)
    assert (await services.runs.runs()).total == 1


async def test_filters_and_pages_over_rest(services: Services, jp_fetch: Any) -> None:
    await fill(services, [RunStatus.FAILED, RunStatus.RUNNING, RunStatus.QUEUED, RunStatus.FAILED])

    async def page(**query: Any) -> RunList:
        return RunList.model_validate_json((await jp_fetch(*API, "runs", params=query)).body)

    found = await page(limit="1", offset="1")
    assert ([run.id for run in found.runs], found.total) == (["r_2"], 4)
    several = await jp_fetch(*API, "runs", params=[("status", "running"), ("status", "queued")])
    assert [run["id"] for run in json.loads(several.body)["runs"]] == ["r_2", "r_1"]
    moment = (await services.runs.get("r_1")).created_at
    assert [run.id for run in (await page(created_after=moment.isoformat())).runs] == ["r_3", "r_2"]
    assert [run.id for run in (await page(created_before=moment.isoformat())).runs] == ["r_0"]
    assert (await page(kind="notebook")).total == 0
    for wrong in ({"kind": "x"}, {"created_after": "yesterday"}):
        assert (await failure(jp_fetch, "runs", params=wrong))[0] == 400


async def test_a_plan_that_was_edited_into_none_is_said_to_be_none(
    services: Services, jp_fetch: Any, data_dir: Path
) -> None:
    await fill(services, [])
    with sqlite3.connect(data_dir / "p2n.sqlite3") as connection:
        connection.execute("UPDATE plans SET body = '{\"version\": 3}'")
    for path, method in (("", "GET"), ("/materialize", "POST"), ("/run", "POST"), ("/assets", "GET")):
        body = "{}" if method == "POST" else None
        status, error = await failure(jp_fetch, *f"plans/pl_1{path}".split("/"), method=method, body=body)
        assert (status, error.error.code) == (422, ErrorCode.E_PLAN_INVALID)
        assert error.error.detail["problems"]
    assert not (data_dir / "ray").exists(), "nothing is started for a plan that is none"
    assert json.loads((await jp_fetch(*API, "papers", "p_1", "plans")).body) == {"plans": []}
    assert (await jp_fetch(*API, "papers", "p_1", "report")).code == 200
