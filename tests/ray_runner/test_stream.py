"""The sender and the pump around a queue that overflows or is gone, with a queue of the same promises."""

from __future__ import annotations

import asyncio
import json
import os
import queue
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from p2n_schemas.errors import P2NError
from p2n_schemas.events import LogLine
from ray_runner.journal import Journal
from ray_runner.pump import Pump
from ray_runner.stream import QueueSender
from ray_runner.workdir import EVENTS, is_end, make_run_folder, mark_cancelled, read_events, sequence_number


def event(seq: int, kind: str = "log_line") -> bytes:
    return b'{"seq":%d,"ts":"2026-01-01T00:00:00Z","type":"%s","payload":{}}' % (seq, kind.encode())


class Answer:
    """What Ray gives for a remote call: something to await."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def remote(self, *arguments: Any) -> Any:
        async def answer() -> Any:
            return self._value(*arguments)

        return answer()


class LetGo:
    """Called and not waited for."""

    def remote(self, run_id: str) -> None:
        pass


class FakeDispatcher:
    def __init__(self, file: list[bytes], *, alive: bool = True) -> None:
        self.file = file
        self.alive = alive
        self.reads = 0
        self.read_events = Answer(self._read)
        self.state = Answer(lambda run_id: (True, self.alive, None))
        self.queue_of = Answer(lambda run_id: (True, None))
        self.let_go = LetGo()

    def _read(self, run_id: str, after: int, offset: int) -> tuple[list[bytes], int]:
        self.reads += 1
        return [each for each in self.file[offset:] if sequence_number(each) > after], len(self.file)


class FakeQueue:
    def __init__(self, *batches: list[bytes]) -> None:
        self.batches = list(batches)

    async def get_async(self, timeout: float) -> list[bytes]:  # noqa: ASYNC109
        from ray.util.queue import Empty

        if not self.batches:
            raise Empty
        return self.batches.pop(0)


async def pumped(source: Any, dispatcher: FakeDispatcher, after: int = 0) -> tuple[list[int], list[str]]:
    seen: list[int] = []
    lost: list[str] = []

    async def deliver(run_id: str, events: list[bytes]) -> None:
        seen.extend(map(sequence_number, events))

    async def on_lost(run_id: str) -> None:
        lost.append(run_id)

    await asyncio.wait_for(Pump("r", after, source, dispatcher, deliver, on_lost).run(), 20)
    return seen, lost


async def test_what_the_queue_dropped_comes_from_the_file() -> None:
    file = [*(event(n) for n in range(1, 10)), event(10, "end")]
    seen, lost = await pumped(FakeQueue(file[:2], file[5:7], file[9:]), FakeDispatcher(file))
    assert seen == list(range(1, 11))
    assert lost == []


async def test_repeats_are_not_delivered_twice_and_an_old_start_is_kept() -> None:
    file = [*(event(n) for n in range(1, 6)), event(6, "end")]
    seen, _ = await pumped(FakeQueue(file[:4], file[2:]), FakeDispatcher(file), after=2)
    assert seen == [3, 4, 5, 6]


async def test_an_end_that_never_came_over_the_queue_is_found() -> None:
    file = [event(1), event(2, "end")]
    seen, lost = await pumped(FakeQueue(file[:1]), FakeDispatcher(file))
    assert (seen, lost) == ([1, 2], [])


async def test_a_task_that_is_gone_without_an_end_is_lost_after_its_last_words() -> None:
    seen, lost = await pumped(None, FakeDispatcher([event(1), event(2)], alive=False))
    assert (seen, lost) == ([1, 2], ["r"])


class Failing(Answer):
    """Fails with each of the errors first."""

    def __init__(self, value: Any, *errors: Exception) -> None:
        super().__init__(value)
        self.errors = list(errors)

    def remote(self, *arguments: Any) -> Any:
        async def fail(error: Exception) -> Any:
            raise error

        return fail(self.errors.pop(0)) if self.errors else super().remote(*arguments)


def away() -> Exception:
    from ray.exceptions import ActorUnavailableError

    return ActorUnavailableError("restarting", b"0" * 16)


async def test_a_dispatcher_that_is_away_says_nothing_about_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ray_runner.pump._AWAY_SECONDS", 0.01)
    file = [event(1)]
    dispatcher = FakeDispatcher(file)
    dispatcher.state = Failing(lambda run_id: (file.append(event(2, "end")), True, None), away(), away())
    dispatcher.read_events = Failing(dispatcher._read, away(), away(), away(), away())
    assert await pumped(None, dispatcher) == ([1, 2], [])


async def test_a_dispatcher_that_is_dead_ends_the_pump_aloud() -> None:
    from ray.exceptions import ActorDiedError

    dispatcher = FakeDispatcher([event(1)])
    dispatcher.state = Failing(None, ActorDiedError())
    with pytest.raises(ActorDiedError):
        await pumped(None, dispatcher)


async def test_a_pump_that_goes_on_tells_again_what_was_not_kept() -> None:
    file = [event(n) for n in range(1, 6)]
    seen: list[int] = []

    async def deliver(run_id: str, events: list[bytes]) -> None:
        seen.extend(map(sequence_number, events))
        if seen == [1, 2, 3, 4, 5]:
            pump.rewind(2)
            file.append(event(6, "end"))

    async def on_lost(run_id: str) -> None:
        raise AssertionError

    pump = Pump("r", 0, FakeQueue(file[:]), FakeDispatcher(file), deliver, on_lost)
    await asyncio.wait_for(pump.run(), 20)
    assert seen == [1, 2, 3, 4, 5, 3, 4, 5, 6]


class BoundedQueue:
    """Like Ray's: full means an exception, at once."""

    def __init__(self, size: int) -> None:
        self.items: queue.Queue[list[bytes]] = queue.Queue(size)
        self.blocked = threading.Event()

    def put_nowait_batch(self, items: list[list[bytes]]) -> None:
        from ray.util.queue import Full

        self.blocked.wait(5)
        try:
            for item in items:
                self.items.put_nowait(item)
        except queue.Full:
            raise Full from None


def test_a_full_queue_never_holds_the_run_up() -> None:
    bounded = BoundedQueue(1)
    sender = QueueSender(bounded)
    for n in range(1, 50_001):
        sender(event(n))
    bounded.blocked.set()
    sender.close()
    assert sender.dropped > 0
    first = bounded.items.get_nowait()
    assert sequence_number(first[0]) == 1


class Puts:
    """A queue that keeps what was put, and when."""

    def __init__(self) -> None:
        self.batches: list[list[bytes]] = []
        self.times: list[float] = []

    def put_nowait_batch(self, items: list[list[bytes]]) -> None:
        self.times.append(time.monotonic())
        self.batches += items


def test_a_first_event_goes_at_once_and_what_follows_gathers() -> None:
    puts = Puts()
    sender = QueueSender(puts)
    begun = time.monotonic()
    for n in range(1, 201):
        sender(event(n))
        time.sleep(0.001)
    took = time.monotonic() - begun
    sender.close()
    assert puts.times[0] - begun < 0.1
    assert [sequence_number(each) for batch in puts.batches for each in batch] == list(range(1, 201))
    assert len(puts.batches) <= took / 0.02 + 6, "but for the first, a put a 20 ms at most"


def test_a_few_events_after_a_silence_wait_for_nothing() -> None:
    fastest = []
    for _ in range(5):
        puts = Puts()
        sender = QueueSender(puts)
        for n in range(1, 5):
            sender(event(n))
            time.sleep(0.002)
        sender.close()
        fastest.append(puts.times[-1] - puts.times[0])
    # A busy machine may be slow each time but one.
    assert min(fastest) < 0.02


def test_the_journal_is_what_the_readers_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    heard: list[bytes] = []
    folder = make_run_folder("run-1")
    journal = Journal(folder, 5, heard.append)
    for number in range(100):
        journal.emit(LogLine(stream="stdout", cell=0, lines=[f'"type":"end" {number}']))
    journal.close()
    with (folder / EVENTS).open("ab") as file:
        file.write(b'{"seq":105,"ts":"half')
    assert [sequence_number(each) for each in heard] == list(range(5, 105))
    whole = sum(len(each) + 1 for each in heard)
    assert read_events("run-1", 4) == (heard, whole)
    assert read_events("run-1", 100) == (heard[-4:], whole)
    some, offset = read_events("run-1", 0, limit_bytes=1000)
    assert 0 < len(some) < 10
    # What lies before the offset is not looked at again.
    assert read_events("run-1", 0, offset) == (heard[len(some) :], whole)
    assert read_events("run-1", 0, whole) == ([], whole)
    assert not any(map(is_end, heard))
    assert json.loads(heard[0])["payload"]["lines"] == ['"type":"end" 0']
    with pytest.raises(FileExistsError):
        make_run_folder("run-1")
    with pytest.raises(ValueError, match="not a run id"):
        read_events("../run-1", 0)


@pytest.mark.parametrize("kind", ["link", "open to others"])
def test_a_root_that_others_may_have_made_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    root = tmp_path / f"p2n-runs-{os.getuid()}"
    if kind == "link":
        (tmp_path / "elsewhere").mkdir(mode=0o700)
        root.symlink_to(tmp_path / "elsewhere")
    else:
        root.mkdir()
        root.chmod(0o755)
    for use in (make_run_folder, mark_cancelled, lambda run_id: read_events(run_id, 0)):
        with pytest.raises(P2NError, match="only its own user"):
            use("run-1")


def test_a_full_disk_leaves_no_half_event(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    heard: list[bytes] = []
    journal = Journal(make_run_folder("run-1"), 1, heard.append)
    journal.say("one")
    write, room = os.write, [10]

    def until_full(descriptor: int, data: Any) -> int:
        if not room:
            raise OSError(28, "No space left on device")
        return write(descriptor, data[: room.pop()])

    with monkeypatch.context() as full:
        full.setattr(os, "write", until_full)
        with pytest.raises(OSError, match="No space"):
            journal.say("two")
    journal.say("three")
    journal.close()
    assert read_events("run-1", 0)[0] == heard
    assert [sequence_number(each) for each in heard] == [1, 2]
