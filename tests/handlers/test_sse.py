"""The stream of a run's events as a client sees it: complete, resumable, and let go of when it leaves."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from jupyter_server.utils import url_path_join
from tornado.httpclient import HTTPClientError

from p2n_ext.handlers import API_PATH
from p2n_ext.stores.event_log import JsonlEventLog
from p2n_ext.stores.sqlite import SqliteDatabase
from p2n_schemas.runs import RunStatus
from tests.services.test_runs import END, LINE, RUNNING
from tests.stores.made_rows import fill, run

API = API_PATH.strip("/").split("/")
QUEUED = json.dumps(
    {
        "seq": 1,
        "ts": "2026-01-01T00:00:00Z",
        "type": "stage_update",
        "payload": {"stage": "queued", "state": "started"},
    },
    separators=(",", ":"),
).encode()


@pytest.fixture
def log(jp_serverapp: Any, data_dir: Path) -> JsonlEventLog:
    """A queued run, kept by the stores that the server itself uses, but written by another process's hand."""
    database = SqliteDatabase(data_dir / "p2n.sqlite3")

    async def prepare() -> None:
        await fill(database)
        await database.add_run(run(1), None, 10)
        await database.close()

    asyncio.run(prepare())
    return JsonlEventLog(data_dir / "events")


def frames(body: bytes) -> list[bytes]:
    return [frame for frame in body.split(b"\n\n") if frame.startswith(b"id: ")]


async def test_the_whole_history_then_live_to_the_end(jp_fetch: Any, log: JsonlEventLog) -> None:
    await log.append("r_1", [QUEUED, RUNNING])
    viewer = asyncio.ensure_future(jp_fetch(*API, "runs", "r_1", "events"))
    await asyncio.sleep(0.2)
    assert not viewer.done()
    await log.append("r_1", [LINE, END])
    response = await viewer
    assert response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-cache, no-transform"
    assert response.headers["X-Accel-Buffering"] == "no"
    assert response.headers["Content-Encoding"] == "identity"
    assert frames(response.body) == [
        b"id: %d\nevent: %s\ndata: %s" % (number, kind, data)
        for number, (kind, data) in enumerate(
            [(b"stage_update", QUEUED), (b"stage_update", RUNNING), (b"log_line", LINE), (b"end", END)],
            start=1,
        )
    ]


@pytest.mark.parametrize("options", [{"params": {"after": "2"}}, {"headers": {"Last-Event-ID": "2"}}])
async def test_a_viewer_that_comes_back_gets_the_rest(
    jp_fetch: Any, log: JsonlEventLog, options: dict[str, Any]
) -> None:
    await log.append("r_1", [QUEUED, RUNNING, LINE, END])
    response = await jp_fetch(*API, "runs", "r_1", "events", **options)
    assert [frame.split(b"\n")[0] for frame in frames(response.body)] == [b"id: 3", b"id: 4"]


async def test_a_viewer_that_has_seen_the_end_is_told_to_stop_asking(
    jp_fetch: Any, log: JsonlEventLog, data_dir: Path
) -> None:
    await log.append("r_1", [QUEUED, RUNNING, LINE, END])
    database = SqliteDatabase(data_dir / "p2n.sqlite3")
    await database.transition("r_1", RunStatus.FAILED)
    await database.close()
    for last in ("4", "400"):
        response = await jp_fetch(*API, "runs", "r_1", "events", headers={"Last-Event-ID": last})
        assert response.code == 204


async def test_unknown_arguments_and_a_strange_last_event_id_do_no_harm(
    jp_fetch: Any, log: JsonlEventLog
) -> None:
    await log.append("r_1", [QUEUED, RUNNING, LINE, END])
    response = await jp_fetch(
        *API, "runs", "r_1", "events", params={"1700000000000": ""}, headers={"Last-Event-ID": "x' OR 1=1"}
    )
    assert len(frames(response.body)) == 4


async def test_a_place_that_is_no_number_is_refused(jp_fetch: Any, log: JsonlEventLog) -> None:
    with pytest.raises(HTTPClientError) as caught:
        await jp_fetch(*API, "runs", "r_1", "events", params={"after": "-1"})
    assert caught.value.code == 400


async def test_first_bytes_come_at_once_and_a_viewer_that_leaves_is_let_go(
    jp_serverapp: Any,
    http_server_client: Any,
    jp_base_url: str,
    jp_auth_header: dict[str, str],
    log: JsonlEventLog,
) -> None:
    services = jp_serverapp.web_app.settings["p2n_services"]()
    hub = services.runs._hub
    got: list[bytes] = []
    with pytest.raises(HTTPClientError) as caught:
        await http_server_client.fetch(
            url_path_join(jp_base_url, API_PATH, "runs/r_1/events"),
            headers=jp_auth_header,
            streaming_callback=got.append,
            request_timeout=0.7,
        )
    assert caught.value.code == 599, "the stream is open until the client's own time is over"
    assert b"".join(got).startswith(b"retry: 2000\n")
    for _ in range(40):
        if hub.viewers() == 0:
            break
        await asyncio.sleep(0.1)
    assert hub.viewers() == 0
