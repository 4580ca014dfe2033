"""Who asked to be told of a run's end is told, whatever fails meanwhile: a real local server listens here."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from p2n_ext.services import webhook as webhook_module
from p2n_ext.services.webhook import MAX_ATTEMPTS, Webhook
from p2n_ext.stores.sqlite import SqliteDatabase
from p2n_schemas.runs import RunStatus
from tests.stores.made_rows import PAPER, PLAN, run


class Listener:
    """Answers each POST with the next status of `script` (200 when it is used up); None: no answer at all."""

    def __init__(self) -> None:
        self.script: list[int | None] = []
        self.heard: list[tuple[str, dict[str, str], bytes]] = []
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                listener.heard.append((self.path, dict(self.headers), body))
                status = listener.script.pop(0) if listener.script else 200
                if status is None:
                    self.close_connection = True
                    return
                self.send_response(status)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hooks/s3cret-path"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.close()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[SqliteDatabase]:
    opened = SqliteDatabase(tmp_path / "p2n.sqlite3")

    async def fill() -> None:
        await opened.put_paper(PAPER)
        await opened.put_plan(PLAN)
        await opened.add_run(run(1), None, 10)
        await opened.transition("r_1", RunStatus.FAILED, announce=True)

    asyncio.run(fill())
    yield opened
    asyncio.run(opened.close())


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook_module, "pause_seconds", lambda attempts: 0.02)


async def told(database: SqliteDatabase) -> None:
    for _ in range(500):
        if await database.seconds_to_delivery() is None:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("the delivery is still there")


async def test_an_end_is_told_again_until_it_is_heard(
    database: SqliteDatabase, listener: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    listener.script = [503, None, 429, 204]
    with caplog.at_level(logging.INFO):
        webhook = Webhook(database, listener.url, "k3y")
        webhook.wake("r_1")
        await told(database)
        await webhook.close()
    assert len(listener.heard) == 4
    for _, headers, body in listener.heard:
        value = json.loads(body)
        assert (value["event"], value["run"]["id"], value["run"]["status"]) == ("run.ended", "r_1", "failed")
        assert value["delivery_id"] == headers["X-P2N-Delivery"] == "r_1.ended"
        expected = hmac.new(b"k3y", body, hashlib.sha256).hexdigest()
        assert headers["X-P2N-Signature"] == f"sha256={expected}"
    assert "k3y" not in caplog.text
    assert "s3cret-path" not in caplog.text
    assert "503" in caplog.text


async def test_a_new_server_tells_what_the_old_one_could_not(
    database: SqliteDatabase, listener: Listener, tmp_path: Path
) -> None:
    listener.close()
    webhook = Webhook(database, listener.url)
    webhook.wake("r_1")
    await asyncio.sleep(0.2)
    await webhook.close()
    assert await database.seconds_to_delivery() is not None
    await database.postpone_delivery("r_1.ended", 0)
    second = Listener()
    later = Webhook(SqliteDatabase(tmp_path / "p2n.sqlite3"), second.url)
    later.wake()
    await told(database)
    await later.close()
    await later._database.close()
    second.close()
    assert [headers["X-P2N-Delivery"] for _, headers, _ in second.heard] == ["r_1.ended"]
    assert "X-P2N-Signature" not in second.heard[0][1]


@pytest.mark.parametrize("status", [302, 400, 404, 410])
async def test_a_refusal_or_a_redirect_is_final(
    database: SqliteDatabase, listener: Listener, status: int
) -> None:
    listener.script = [status]
    webhook = Webhook(database, listener.url)
    webhook.wake("r_1")
    await told(database)
    await webhook.close()
    assert [path for path, _, _ in listener.heard] == ["/hooks/s3cret-path"]


async def test_a_server_that_never_takes_it_is_given_up(database: SqliteDatabase, listener: Listener) -> None:
    listener.script = [500] * 100
    webhook = Webhook(database, listener.url)
    webhook.wake("r_1")
    await told(database)
    await webhook.close()
    assert len(listener.heard) == MAX_ATTEMPTS


async def test_what_is_due_is_told_before_the_end_of_a_short_command(
    database: SqliteDatabase, listener: Listener
) -> None:
    webhook = Webhook(database, listener.url)
    webhook.wake("r_1")
    await webhook.close()
    assert len(listener.heard) == 1


def test_the_pauses_grow_and_are_bounded() -> None:
    from importlib import reload

    pauses = [reload(webhook_module).pause_seconds(attempt) for attempt in range(1, MAX_ATTEMPTS)]
    assert pauses[:4] == [1, 2, 4, 8]
    assert max(pauses) == 600
