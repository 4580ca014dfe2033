"""The hub: every viewer gets the same complete sequence, whenever it comes."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from p2n_ext.services.hub import Hub
from p2n_ext.stores.event_log import JsonlEventLog


def event(seq: int, kind: str = "token", size: int = 10) -> bytes:
    return json.dumps(
        {"seq": seq, "ts": "2026-01-01T00:00:00Z", "type": kind, "payload": {"text": "x" * size}},
        separators=(",", ":"),
    ).encode()


def seqs(blob: bytes) -> list[int]:
    return [int(line[4:]) for line in blob.split(b"\n") if line.startswith(b"id: ")]


async def view(hub: Hub, after: int = 0, pause: float = 0) -> list[int]:
    found: list[int] = []
    async for blob in hub.frames("r", after):
        found += seqs(blob)
        await asyncio.sleep(pause)
    return found


async def test_early_late_slow_and_resumed_viewers_see_the_same(tmp_path: Path) -> None:
    hub = Hub(JsonlEventLog(tmp_path))
    early = [asyncio.create_task(view(hub)) for _ in range(10)]
    slow = asyncio.create_task(view(hub, pause=0.01))
    seq = 0
    for batch in range(60):
        # Larger than the ring in sum, so that the slow viewer has to fall back to the log.
        await hub.publish("r", [event(seq + n + 1, size=20_000) for n in range(10)])
        seq += 10
        if batch == 30:
            early.append(asyncio.create_task(view(hub)))
            resumed = asyncio.create_task(view(hub, after=155))
        await asyncio.sleep(0)
    await hub.publish("r", [event(seq + 1, "end")])
    whole = list(range(1, seq + 2))
    for viewer in [*early, slow]:
        assert await asyncio.wait_for(viewer, 20) == whole
    assert await asyncio.wait_for(resumed, 20) == whole[155:]
    assert await asyncio.wait_for(view(hub), 20) == whole, "after the end as well"
    assert hub.viewers() == 0


async def test_events_written_by_another_process_are_seen(tmp_path: Path) -> None:
    hub = Hub(JsonlEventLog(tmp_path))
    viewer = asyncio.create_task(view(hub))
    await asyncio.sleep(0.05)
    await JsonlEventLog(tmp_path).append("r", [event(1), event(2, "end")])
    assert await asyncio.wait_for(viewer, 10) == [1, 2]


async def test_repeated_batches_are_shown_once(tmp_path: Path) -> None:
    hub = Hub(JsonlEventLog(tmp_path))
    viewer = asyncio.create_task(view(hub))
    await asyncio.sleep(0)
    await hub.publish("r", [event(1), event(2)])
    await hub.publish("r", [event(1), event(2), event(3)])
    await hub.publish("r", [event(3)])
    await hub.publish("r", [event(4, "end")])
    assert await asyncio.wait_for(viewer, 10) == [1, 2, 3, 4]


async def test_close_ends_every_stream(tmp_path: Path) -> None:
    hub = Hub(JsonlEventLog(tmp_path))
    viewer = asyncio.create_task(view(hub))
    await asyncio.sleep(0.05)
    hub.close()
    assert await asyncio.wait_for(viewer, 5) == []
