"""The bridge through faults of Ray: it answers without Ray's words, or ends so that another can take over."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from test_stream import Answer, Failing, FakeDispatcher, away, event

from ray_runner import bridge as bridge_module
from ray_runner.bridge import Bridge
from ray_runner.head import HeadInfo


class Joined:
    """A bridge that has joined a head with this dispatcher."""

    def __init__(self, folder: Path, dispatcher: Any) -> None:
        self.told: list[bytes] = []
        self.ended = asyncio.Event()
        self.bridge = Bridge(folder, None, None, 0, self.told.append, self.ended.set)
        self.bridge._dispatcher = dispatcher
        self.bridge._joined = "127.0.0.1:1"

    async def asked(self, op: str, **fields: Any) -> None:
        await asyncio.wait_for(self.bridge.handle({"id": 1, "op": op, "run_id": "r", **fields}), 20)


async def test_what_goes_wrong_is_answered_without_a_traceback(tmp_path: Path) -> None:
    dispatcher = FakeDispatcher([])
    dispatcher.state = Failing(None, ValueError("Traceback … /home/somebody, pid=1, ip=10.0.0.1"))
    joined = Joined(tmp_path, dispatcher)
    await joined.asked("attach", after=0)
    (answer,) = map(json.loads, joined.told)
    assert answer["error"]["detail"] == {"error": "ValueError", "log": "bridge.log"}
    assert "somebody" not in json.dumps(answer)
    assert not joined.ended.is_set()
    await joined.asked("no such operation")
    assert "AttributeError" in json.loads(joined.told[-1])["error"]["message"]


async def test_a_stale_handle_ends_the_bridge_unanswered(tmp_path: Path) -> None:
    dispatcher = FakeDispatcher([])
    dispatcher.state = Failing(None, away())
    joined = Joined(tmp_path, dispatcher)
    await joined.asked("attach", after=0)
    assert joined.ended.is_set()
    assert joined.told == []


async def test_a_pump_that_fails_ends_the_bridge(tmp_path: Path) -> None:
    dispatcher = FakeDispatcher([event(1)])
    dispatcher.read_events = Failing(None, RuntimeError("unforeseen"))
    joined = Joined(tmp_path, dispatcher)
    await joined.asked("attach", after=0)
    await asyncio.wait_for(joined.ended.wait(), 20)


async def test_an_attach_rewinds_what_is_followed_already(tmp_path: Path) -> None:
    file = [event(1), event(2)]
    dispatcher = FakeDispatcher(file)
    joined = Joined(tmp_path, dispatcher)
    await joined.asked("attach", after=0)
    pumping = joined.bridge._pumps["r"][1]
    await asyncio.sleep(0.5)
    assert len(joined.told) == 2
    await joined.asked("attach", after=1)
    file.append(event(3, "end"))
    await asyncio.wait_for(pumping, 20)
    assert b"".join(joined.told).count(b'{"seq":1,') == 1
    assert b"".join(joined.told).count(b'{"seq":2,') == 2
    assert joined.bridge._pumps == {}


@pytest.mark.parametrize("now", [None, HeadInfo("127.0.0.1:2", "", "", "", 0)])
async def test_a_head_that_is_gone_or_replaced_ends_the_bridge(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, now: HeadInfo | None
) -> None:
    monkeypatch.setattr(bridge_module, "_WATCH_SECONDS", 0.01)
    joined = Joined(tmp_path, Answer(None))
    found: list[HeadInfo | None] = [now, HeadInfo("127.0.0.1:1", "", "", "", 0)]
    monkeypatch.setattr(joined.bridge._head, "find", lambda: found.pop() if len(found) > 1 else found[0])
    await asyncio.wait_for(joined.bridge.watch(), 20)
    assert joined.ended.is_set()
    assert found == [now]
