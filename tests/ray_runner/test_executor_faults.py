"""The server's side through faults of its sinks and of the bridge, with a bridge that speaks the same protocol."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.execution import TaskState
from p2n_schemas.runs import RunSpec
from ray_runner import client
from ray_runner.client import RayExecutor
from ray_runner.workdir import is_end, sequence_number

# A file per run holds its events; `<op>-deaths` says how often the bridge dies when asked for that.
BRIDGE = """
import json, os, sys
from pathlib import Path

folder = Path(sys.argv[1])

def tell(message, body=b""):
    sys.stdout.buffer.write(json.dumps(message).encode() + b"\\n" + body)
    sys.stdout.buffer.flush()

for line in sys.stdin:
    request = json.loads(line)
    op, run_id = request["op"], request["run_id"]
    with (folder / "asked").open("a") as asked:
        asked.write(f"{op} {run_id} {request.get('after')}\\n")
    deaths = folder / f"{op}-deaths"
    left = int(deaths.read_text()) if deaths.exists() else 0
    if left:
        deaths.write_text(str(left - 1))
        os._exit(1)
    if op == "cancel":
        tell({"id": request["id"], "result": {"known": True, "alive": False}})
        continue
    events = (folder / run_id).read_bytes().splitlines()
    for event in events:
        if int(event[7:event.index(b",")]) > request["after"]:
            tell({"run_id": run_id, "size": len(event) + 1}, event + b"\\n")
    gone = b'"end"' not in events[-1] and op == "attach"
    if gone:
        tell({"lost": run_id})
    tell({"id": request["id"], "result": {"known": True, "alive": not gone} if op == "attach" else {}})
"""


class Executor(RayExecutor):
    async def _start(self) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            BRIDGE,
            str(self._state_dir),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )


class Sink:
    """Keeps events as the server's log does: what does not follow is refused; fails as often as told."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.seqs: list[int] = []
        self.ended = asyncio.Event()

    async def __call__(self, run_id: str, events: list[bytes]) -> None:
        if self.failures and len(self.seqs) == 3:
            self.failures -= 1
            raise OSError("disk full")
        for event in events:
            assert sequence_number(event) == len(self.seqs) + 1
            self.seqs.append(sequence_number(event))
        if is_end(events[-1]):
            self.ended.set()


def events_of(folder: Path, run_id: str, *, ended: bool = True) -> None:
    kinds = [*["log_line"] * 9, "end" if ended else "log_line"]
    (folder / run_id).write_bytes(
        b"".join(
            b'{"seq":%d,"ts":"2026-01-01T00:00:00Z","type":"%s","payload":{}}\n' % (seq, kind.encode())
            for seq, kind in enumerate(kinds, 1)
        )
    )


def spec_of(run_id: str) -> RunSpec:
    return RunSpec(
        run_id=run_id,
        plan_id="plan",
        paper_id="paper",
        env_hash="e",
        image_digest="sha256:0",
        python_version="3.11.2",
        requirements_lock="",
        notebook="{}",
        budget_seconds=1,
        seed=1,
        first_seq=1,
        grants=[],
    )


def asked(folder: Path, op: str) -> list[str]:
    return [line for line in (folder / "asked").read_text().splitlines() if line.startswith(op)]


async def test_a_sink_that_fails_gets_its_events_again_and_holds_no_other_run_up(tmp_path: Path) -> None:
    events_of(tmp_path, "one")
    events_of(tmp_path, "two")
    executor, failing, other = Executor(tmp_path), Sink(failures=2), Sink()
    async with asyncio.timeout(20):
        await executor.submit(spec_of("one"), failing)
        await executor.submit(spec_of("two"), other)
        await other.ended.wait()
        await failing.ended.wait()
    assert failing.seqs == other.seqs == list(range(1, 11))
    assert asked(tmp_path, "attach") == ["attach one 3"] * 2
    await executor.close()


async def test_an_ended_run_that_could_not_be_kept_is_not_called_dead(tmp_path: Path) -> None:
    events_of(tmp_path, "one")
    executor, sink = Executor(tmp_path), Sink(failures=1)
    async with asyncio.timeout(20):
        assert await executor.attach("one", 0, sink) == TaskState(known=True, alive=True)
        await sink.ended.wait()
    await executor.close()


async def test_a_loss_that_could_not_be_told_is_told_again_after_every_event(tmp_path: Path) -> None:
    events_of(tmp_path, "one", ended=False)
    executor, sink = Executor(tmp_path), Sink(failures=1)
    told: list[int] = []
    done = asyncio.Event()

    async def on_lost(run_id: str) -> None:
        told.append(len(sink.seqs))
        if len(told) == 1:
            raise OSError("database is locked")
        done.set()

    executor.on_lost = on_lost
    async with asyncio.timeout(20):
        await executor.attach("one", 0, sink)
        await done.wait()
    assert told == [10, 10]
    await executor.close()


async def test_a_run_is_taken_up_again_however_often_the_bridge_dies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "_LONGEST_DELAY", 0.01)
    events_of(tmp_path, "one")
    (tmp_path / "attach-deaths").write_text("30")
    executor, sink = Executor(tmp_path), Sink(failures=1)
    lost: list[str] = []

    async def on_lost(run_id: str) -> None:
        lost.append(run_id)

    executor.on_lost = on_lost
    async with asyncio.timeout(60):
        await executor.submit(spec_of("one"), sink)
        await sink.ended.wait()
    assert sink.seqs == list(range(1, 11))
    assert lost == []
    await executor.close()


async def test_a_submit_whose_bridge_dies_is_tried_once_more(tmp_path: Path) -> None:
    events_of(tmp_path, "one")
    (tmp_path / "submit-deaths").write_text("1")
    executor, sink = Executor(tmp_path), Sink()
    async with asyncio.timeout(20):
        await executor.submit(spec_of("one"), sink)
        await sink.ended.wait()
    assert asked(tmp_path, "attach") == []
    await executor.close()


async def test_a_submit_that_fails_for_good_takes_its_task_back(tmp_path: Path) -> None:
    (tmp_path / "submit-deaths").write_text("2")
    executor = Executor(tmp_path)
    with pytest.raises(P2NError) as raised:
        await executor.submit(spec_of("one"), Sink())
    assert raised.value.code is ErrorCode.E_RAY_UNAVAILABLE
    assert [line.split()[0] for line in (tmp_path / "asked").read_text().splitlines()] == [
        "submit",
        "submit",
        "cancel",
    ]
    await executor.close()


async def test_the_end_of_a_bridge_fails_only_what_it_was_asked(tmp_path: Path) -> None:
    executor = Executor(tmp_path)
    old, new = await executor._start(), await executor._start()
    loop = asyncio.get_running_loop()
    first, second = loop.create_future(), loop.create_future()
    executor._answers = {1: (old, first), 2: (new, second)}
    old.kill()
    await executor._read(old)
    assert isinstance(first.exception(), client._BridgeEnded)
    assert not second.done()
    new.kill()
    await new.wait()
