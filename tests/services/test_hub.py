"""The hub: every viewer gets the same complete sequence, whenever it comes."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from p2n_ext.services.hub import Hub
from p2n_ext.stores.event_log import JsonlEventLog, JsonlReader


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


class Counting(JsonlEventLog):
    """The real log, counting how often it is asked."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.looks = 0

    async def size(self, run_id: str) -> int:
        self.looks += 1
        return await super().size(run_id)


async def test_a_hundred_idle_viewers_cost_one_look_a_second(tmp_path: Path) -> None:
    log = Counting(tmp_path)
    hub = Hub(log)
    await hub.publish("r", [event(1)])
    viewers = [asyncio.create_task(view(hub)) for _ in range(100)]
    await asyncio.sleep(2.5)
    assert 1 <= log.looks <= 4
    await hub.publish("r", [event(2, "end")])
    for viewer in viewers:
        assert await asyncio.wait_for(viewer, 10) == [1, 2]


async def test_viewers_of_the_same_place_are_sent_the_same_bytes(tmp_path: Path) -> None:
    log = JsonlEventLog(tmp_path)
    await log.append("r", [*(event(n, size=10_000) for n in range(1, 100)), event(100, "end")])
    hub = Hub(log)

    async def blobs() -> list[bytes]:
        return [blob async for blob in hub.frames("r", 0)]

    first, *others = await asyncio.gather(*(blobs() for _ in range(20)))
    assert max(map(len, first)) < 200_000, "one write must not hold the others up"
    for other in others:
        assert all(mine is theirs for mine, theirs in zip(first, other, strict=True))


async def test_a_large_batch_is_shown_in_pieces_and_a_small_one_soon(tmp_path: Path) -> None:
    hub = Hub(JsonlEventLog(tmp_path))
    sizes: list[int] = []

    async def watch() -> None:
        async for blob in hub.frames("r", 0):
            sizes.append(len(blob))

    viewer = asyncio.create_task(watch())
    await asyncio.sleep(0.05)
    begun = asyncio.get_running_loop().time()
    await hub.publish("r", [event(1)])
    while not sizes:  # noqa: ASYNC110 - what is measured
        await asyncio.sleep(0.001)
    assert asyncio.get_running_loop().time() - begun < 0.5, "not only at the next look at the log"
    await hub.publish("r", [*(event(n, size=20_000) for n in range(2, 60)), event(60, "end")])
    await asyncio.wait_for(viewer, 10)
    assert len(sizes) > 4
    assert max(sizes) < 300_000


async def test_what_is_not_for_viewers_gets_its_turn_between_them(tmp_path: Path) -> None:
    hub = Hub(JsonlEventLog(tmp_path))
    written: list[int] = []

    async def watch(number: int) -> None:
        async for _ in hub.frames("r", 0):
            written.append(number)

    viewers = [asyncio.create_task(watch(number)) for number in range(100)]
    await asyncio.sleep(0.2)
    before, most = 0, 0
    showing = asyncio.create_task(hub.publish("r", [event(1, "end")]))
    while len(written) < 100:
        await asyncio.sleep(0)
        before, most = len(written), max(most, len(written) - before)
    await showing
    await asyncio.wait_for(asyncio.gather(*viewers), 10)
    assert sorted(written) == list(range(100))
    assert most <= 16, "a hundred at once would hold up everything else"


async def test_a_viewer_that_has_all_does_not_read_the_log_again(tmp_path: Path) -> None:
    log = JsonlEventLog(tmp_path)
    hub = Hub(log)
    reads = 0
    reader = log.reader

    def counting(run_id: str) -> JsonlReader:
        made = reader(run_id)
        read = made.read

        async def count(after: int) -> list[bytes]:
            nonlocal reads
            reads += 1
            return await read(after)

        made.read = count  # type: ignore[method-assign]
        return made

    log.reader = counting  # type: ignore[method-assign]
    viewer = asyncio.create_task(view(hub))
    await asyncio.sleep(0.1)
    for number in range(1, 21):
        await hub.publish("r", [event(number, "end" if number == 20 else "log_line")])
        await asyncio.sleep(0.005)
    assert await asyncio.wait_for(viewer, 10) == list(range(1, 21))
    assert reads <= 4, "its first look, and one after the log was seen to have grown"


async def test_viewers_of_a_run_that_is_deleted_are_let_go(tmp_path: Path) -> None:
    log = JsonlEventLog(tmp_path)
    hub = Hub(log)
    await hub.publish("r", [event(1)])
    viewer = asyncio.create_task(view(hub))
    await asyncio.sleep(0.1)
    await log.delete("r")
    assert await asyncio.wait_for(viewer, 10) == [1]
    assert hub.viewers() == 0


async def test_a_viewer_that_is_gone_is_let_go_while_nothing_happens(tmp_path: Path) -> None:
    hub = Hub(JsonlEventLog(tmp_path))
    gone = False

    async def watch() -> list[bytes]:
        return [blob async for blob in hub.frames("r", 0, lambda: gone)]

    viewer = asyncio.create_task(watch())
    await asyncio.sleep(0.05)
    gone = True
    assert await asyncio.wait_for(viewer, 5) == []
    assert hub.viewers() == 0


async def test_close_ends_every_stream(tmp_path: Path) -> None:
    hub = Hub(JsonlEventLog(tmp_path))
    viewer = asyncio.create_task(view(hub))
    await asyncio.sleep(0.05)
    hub.close()
    assert await asyncio.wait_for(viewer, 5) == []
