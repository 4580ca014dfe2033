"""The event log: append-only, no gap, no repeat, whoever writes."""

from __future__ import annotations

import asyncio
import errno
import json
import multiprocessing
import os
from pathlib import Path
from typing import Any

import pytest

from p2n_ext.stores.event_log import JsonlEventLog


def event(seq: int, size: int = 10) -> bytes:
    return json.dumps(
        {"seq": seq, "ts": "2026-01-01T00:00:00Z", "type": "token", "payload": {"text": "x" * size}},
        separators=(",", ":"),
    ).encode()


async def everything(log: JsonlEventLog, run_id: str, after: int = 0) -> list[int]:
    reader = log.reader(run_id)
    found: list[int] = []
    while events := await reader.read(after):
        found += [json.loads(line)["seq"] for line in events]
        after = found[-1]
    return found


async def test_a_repeated_event_is_kept_once(tmp_path: Path) -> None:
    log = JsonlEventLog(tmp_path)
    await log.append("r", [event(1), event(2)])
    assert await log.append("r", [event(2), event(3)]) == [event(3)]
    assert await everything(log, "r") == [1, 2, 3]


async def test_a_gap_is_refused_and_nothing_of_it_is_kept(tmp_path: Path) -> None:
    log = JsonlEventLog(tmp_path)
    await log.append("r", [event(1)])
    with pytest.raises(ValueError, match="does not follow"):
        await log.append("r", [event(2), event(4)])
    assert await log.last_seq("r") == 1


async def test_a_late_viewer_reads_in_bounded_pieces(tmp_path: Path) -> None:
    log = JsonlEventLog(tmp_path)
    await log.append("r", [event(seq, size=3000) for seq in range(1, 2001)])
    reader = log.reader("r")
    first = await reader.read(0)
    assert len(first) < 50, "about 64 KiB at a time"
    assert await everything(log, "r", after=1990) == list(range(1991, 2001))


async def test_a_new_process_takes_up_where_the_old_one_stopped(tmp_path: Path) -> None:
    await JsonlEventLog(tmp_path).append("r", [event(1), event(2, size=200_000)])
    fresh = JsonlEventLog(tmp_path)
    assert await fresh.last_seq("r") == 2
    assert await fresh.append("r", [event(1), event(2), event(3)]) == [event(3)]


async def test_a_line_cut_by_a_dying_writer_is_dropped(tmp_path: Path) -> None:
    log = JsonlEventLog(tmp_path)
    await log.append("r", [event(1), event(2)])
    with (tmp_path / "r.jsonl").open("ab") as handle:
        handle.write(event(3)[:20])
    fresh = JsonlEventLog(tmp_path)
    assert await fresh.append("r", [event(3), event(4)]) == [event(3), event(4)]
    assert await everything(fresh, "r") == [1, 2, 3, 4]


async def test_a_run_id_never_leaves_the_folder(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not a run id"):
        await JsonlEventLog(tmp_path / "events").append("../escape", [event(1)])


async def test_a_full_disk_keeps_nothing_of_a_batch_and_later_all_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = JsonlEventLog(tmp_path)
    await log.append("r", [event(1)])
    write, room = os.write, [150]

    def until_full(descriptor: int, data: Any) -> int:
        if not room:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(descriptor, data[: room.pop()])

    with monkeypatch.context() as full:
        full.setattr(os, "write", until_full)
        with pytest.raises(OSError, match="No space") as caught:
            await log.append("r", [event(2), event(3)])
    assert caught.value.errno == errno.ENOSPC
    assert await log.last_seq("r") == 1
    assert await log.append("r", [event(2), event(3)]) == [event(2), event(3)]
    assert await everything(log, "r") == [1, 2, 3]


async def test_sizes_are_those_on_disk(tmp_path: Path) -> None:
    log = JsonlEventLog(tmp_path / "events")
    assert await log.sizes() == {}
    assert await log.size("r") == 0
    await log.append("r", [event(1)])
    await log.append("s", [event(1), event(2)])
    assert await log.sizes() == {"r": len(event(1)) + 1, "s": 2 * len(event(1)) + 2}
    assert await log.size("s") == 2 * len(event(1)) + 2
    await log.delete("s")
    assert await log.sizes() == {"r": len(event(1)) + 1}


async def test_readers_at_the_present_end_see_what_comes_however_they_share(tmp_path: Path) -> None:
    log = JsonlEventLog(tmp_path)
    readers = [log.reader("r") for _ in range(20)]
    seen: list[list[int]] = [[] for _ in readers]
    for seq in range(1, 200):
        await log.append("r", [event(seq, size=1000)])

        async def catch_up(number: int) -> None:
            while events := await readers[number].read(seen[number][-1] if seen[number] else 0):
                seen[number] += [json.loads(line)["seq"] for line in events]

        await asyncio.gather(*(catch_up(number) for number in range(20)))
        assert all(each[-1] == seq for each in seen)
    assert seen == [list(range(1, 200))] * 20


def _write(folder: str, count: int) -> None:
    log = JsonlEventLog(Path(folder))
    for start in range(1, count + 1, 7):
        log._append("r", [event(seq) for seq in range(start, min(start + 7, count + 1))])


async def test_two_processes_write_the_same_run_without_a_gap_or_a_repeat(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write, args=(str(tmp_path), 700)) for _ in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert await everything(JsonlEventLog(tmp_path), "r") == list(range(1, 701))
