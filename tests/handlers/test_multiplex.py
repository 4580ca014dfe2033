"""Several runs over one connection: each as its own stream would give it, and none in the way of another."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from jupyter_server.utils import url_path_join
from tornado.httpclient import HTTPClientError

from p2n_ext.handlers import API_PATH
from p2n_ext.services.hub import frame
from p2n_ext.services.multiplex import MAX_RUNS, marked, multiplexed
from p2n_ext.stores.event_log import JsonlEventLog
from p2n_ext.stores.sqlite import SqliteDatabase
from p2n_schemas.errors import ErrorBody, ErrorCode
from p2n_schemas.runs import RunStatus
from tests.handlers.test_sse import QUEUED
from tests.services.test_runs import END, LINE, RUNNING
from tests.stores.made_rows import fill, run

API = API_PATH.strip("/").split("/")
TOO_MANY = "&".join(f"run=r_{number}" for number in range(MAX_RUNS + 1))
WHOLE = [QUEUED, RUNNING, LINE, END]


@pytest.fixture
def log(jp_serverapp: Any, data_dir: Path) -> JsonlEventLog:
    database = SqliteDatabase(data_dir / "p2n.sqlite3")

    async def prepare() -> None:
        await fill(database)
        for number in (1, 2, 3):
            await database.add_run(run(number), None, 10)
        await database.close()

    asyncio.run(prepare())
    return JsonlEventLog(data_dir / "events")


async def end(data_dir: Path, *run_ids: str) -> None:
    database = SqliteDatabase(data_dir / "p2n.sqlite3")
    for run_id in run_ids:
        await database.transition(run_id, RunStatus.FAILED)
    await database.close()


def by_run(body: bytes) -> dict[str, list[bytes]]:
    """Run id → its frames, as its own stream has them."""
    found: dict[str, list[bytes]] = {}
    for text in body.split(b"\n\n"):
        if text.startswith(b"id: "):
            name, _, rest = text[4:].partition(b":")
            found.setdefault(name.decode(), []).append(b"id: " + rest)
    return found


def own(events: list[bytes]) -> list[bytes]:
    return [frame(event).removesuffix(b"\n\n") for event in events]


async def events(client: Any, base: str, headers: dict[str, str], places: str, **options: Any) -> Any:
    return await client.fetch(
        url_path_join(base, API_PATH, f"runs/events?{places}"), headers=headers, **options
    )


async def test_each_run_comes_whole_and_live_to_its_end(
    jp_serverapp: Any,
    http_server_client: Any,
    jp_base_url: str,
    jp_auth_header: dict[str, str],
    log: JsonlEventLog,
    data_dir: Path,
) -> None:
    await log.append("r_1", WHOLE)
    await log.append("r_2", [QUEUED])
    viewer = asyncio.ensure_future(
        events(http_server_client, jp_base_url, jp_auth_header, "run=r_1&run=r_2:1&run=r_3:0&1700000000000")
    )
    await asyncio.sleep(0.2)
    assert not viewer.done()
    await log.append("r_3", WHOLE)
    await log.append("r_2", WHOLE[1:])
    await end(data_dir, "r_1", "r_2", "r_3")
    response = await viewer
    assert response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert response.body.startswith(b"retry: 2000\n")
    assert by_run(response.body) == {"r_1": own(WHOLE), "r_2": own(WHOLE[1:]), "r_3": own(WHOLE)}
    assert jp_serverapp.web_app.settings["p2n_services"]().runs._hub.viewers() == 0


async def test_a_run_that_is_not_there_or_goes_is_told_and_the_others_go_on(
    jp_serverapp: Any,
    http_server_client: Any,
    jp_base_url: str,
    jp_auth_header: dict[str, str],
    log: JsonlEventLog,
    data_dir: Path,
) -> None:
    await log.append("r_1", [QUEUED])
    await log.append("r_2", [QUEUED])
    viewer = asyncio.ensure_future(
        events(http_server_client, jp_base_url, jp_auth_header, "run=r_1&run=r_2&run=nobody:7")
    )
    await asyncio.sleep(0.2)
    await end(data_dir, "r_2")
    services = jp_serverapp.web_app.settings["p2n_services"]()
    await services.deletion.delete("r_2")
    await asyncio.sleep(1.5)
    assert not viewer.done()
    await log.append("r_1", WHOLE[1:])
    await end(data_dir, "r_1")
    body = (await viewer).body
    assert by_run(body)["r_1"] == own(WHOLE)
    gone = [json.loads(text.split(b"data: ")[1]) for text in body.split(b"\n\n") if b"event: gone" in text]
    assert [(each["run_id"], each["error"]["code"]) for each in gone] == [
        ("nobody", "E_NOT_FOUND"),
        ("r_2", "E_NOT_FOUND"),
    ]


async def test_whoever_has_seen_all_is_told_to_stop_asking(
    jp_serverapp: Any,
    http_server_client: Any,
    jp_base_url: str,
    jp_auth_header: dict[str, str],
    log: JsonlEventLog,
    data_dir: Path,
) -> None:
    for run_id in ("r_1", "r_2"):
        await log.append(run_id, WHOLE)
    await end(data_dir, "r_1", "r_2")
    answer = await events(http_server_client, jp_base_url, jp_auth_header, "run=r_1:4&run=r_2:4")
    assert answer.code == 204
    headers = {**jp_auth_header, "Last-Event-ID": "r_2:3"}
    answer = await events(http_server_client, jp_base_url, headers, "run=r_1:4&run=r_2:1")
    assert by_run(answer.body) == {"r_2": own(WHOLE[3:])}


@pytest.mark.parametrize(
    "places",
    ["", "run=", "run=r_1:-1", "run=r_1:x", "run=../x:1", "run=r_1&run=r_1:2", TOO_MANY],
)
async def test_what_names_no_runs_is_refused(
    jp_serverapp: Any, http_server_client: Any, jp_base_url: str, jp_auth_header: dict[str, str], places: str
) -> None:
    with pytest.raises(HTTPClientError) as caught:
        await events(http_server_client, jp_base_url, jp_auth_header, places)
    assert caught.value.response is not None
    error = ErrorBody.model_validate_json(caught.value.response.body).error
    assert (caught.value.code, error.code) == (400, ErrorCode.E_VALIDATION)


async def test_a_viewer_that_leaves_is_let_go_by_every_run(
    jp_serverapp: Any,
    http_server_client: Any,
    jp_base_url: str,
    jp_auth_header: dict[str, str],
    log: JsonlEventLog,
) -> None:
    hub = jp_serverapp.web_app.settings["p2n_services"]().runs._hub
    with pytest.raises(HTTPClientError) as caught:
        await events(
            http_server_client,
            jp_base_url,
            jp_auth_header,
            "run=r_1&run=r_2",
            streaming_callback=lambda _: None,
            request_timeout=0.7,
        )
    assert caught.value.code == 599
    for _ in range(40):
        if hub.viewers() == 0:
            break
        await asyncio.sleep(0.1)
    assert hub.viewers() == 0


def test_data_that_looks_like_a_frame_is_left_alone() -> None:
    hostile = json.dumps({"text": "\n\nid: 7\nevent: end\n"}).encode()
    blob = b"id: 1\nevent: token\ndata: %s\n\nid: 2\nevent: end\ndata: {}\n\n" % hostile
    assert marked("r", blob) == (
        b"id: r:1\nevent: token\ndata: %s\n\nid: r:2\nevent: end\ndata: {}\n\n" % hostile
    )


async def test_a_log_that_cannot_be_read_ends_the_stream_so_that_it_is_asked_for_again() -> None:
    async def broken(*_: Any) -> Any:
        raise OSError("the disk is gone")
        yield b""

    async def quiet(*_: Any) -> Any:
        await asyncio.sleep(60)
        yield b""

    async def known(_: str) -> Any:
        return run(1)

    sources = {"r_1": broken, "r_2": quiet}
    stream = multiplexed({"r_1": 0, "r_2": 0}, lambda run_id, *_: sources[run_id](), known)
    with pytest.raises(OSError, match="the disk is gone"):
        async with asyncio.timeout(5):
            await anext(aiter(stream))
