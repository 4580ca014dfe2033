"""A flood of lines from a container to one client, to 20 and to 100, kept on disk and none lost."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import by_hand, notebooks
from benchmarks.meanwhile import Answers, Memory
from benchmarks.measure import Row, at_least, at_most, percentile, ratio_at_least
from benchmarks.stand import Stand
from benchmarks.tornado_alone import TornadoAlone
from benchmarks.viewers import Watched, Watching

LINES = int(os.environ.get("P2N_BENCH_LINES", "1000000"))
# With many viewers the lines are fewer, so that each round delivers millions and not a hundred millions.
_SHARE = {20: 5, 100: 10}
_PATIENCE = {1: 1.0, 20: 2.0, 100: 4.0}


@dataclass(frozen=True)
class Flooded:
    """One flood: lines a second over all viewers, seconds of each answer to GET /api/status meanwhile."""

    rate: float
    answers: list[float]
    peaks: dict[str, float]
    before: dict[str, float]


def one_viewer(stand: Stand, rounds: int, folder: Path) -> list[Row]:
    plan = stand.plan_for(notebooks.flood(LINES, _PATIENCE[1]))
    code = notebooks.PRINT.format(lines=LINES)
    command = by_hand.docker_run(stand.plan["env_hash"], stand.plan["image_digest"], code)
    ours: list[Flooded] = []
    theirs: list[float] = []
    for _ in range(rounds):
        ours.append(_flood(stand, plan, LINES, 1, folder / "stream"))
        theirs.append(by_hand.print_lines(command))
    docker = "docker run … python -c 'print …' | reader (keeps nothing)"
    name = f"{LINES:,} lines of 80 bytes to one viewer"
    rows = [Row(name, "lines/s", [flood.rate for flood in ours], theirs, docker, at_least(100_000))]
    rows += _answers(f"/api/status while one views {LINES:,} lines", [flood.answers for flood in ours], 0.05)
    for kind in sorted({kind for flood in ours for kind in flood.peaks}):
        found = [(flood.peaks.get(kind, 0.0), flood.before.get(kind, 0.0)) for flood in ours]
        what = f"peak memory of the {kind} in the flood"
        rows.append(
            Row(what, "MB", [peak for peak, _ in found], [old for _, old in found], "before the flood")
        )
    return rows


def many_viewers(stand: Stand, rounds: int, folder: Path) -> list[Row]:
    rows = []
    for viewers, share in _SHARE.items():
        lines = LINES // share
        plan = stand.plan_for(notebooks.flood(lines, _PATIENCE[viewers]))
        stream = folder / "stream"
        live, again, theirs = [], [], []
        for _ in range(rounds):
            live.append(_flood(stand, plan, lines, viewers, stream))
            again.append(_again(stand, lines, viewers, stream))
            theirs.append(_tornado(stream, lines, viewers))
        how = f"python -m benchmarks.tornado_alone <the same events> {viewers}"
        rates = [flood.rate for flood in theirs]
        name = f"{lines:,} lines to {viewers} viewers, sum of all"
        rows += [
            Row(f"{name}, live", "lines/s", [flood.rate for flood in live], rates, how, ratio_at_least(0.25)),
            Row(f"{name}, kept", "lines/s", [flood.rate for flood in again], rates, how),
        ]
        answers = [flood.answers for flood in live], [flood.answers for flood in theirs]
        rows += _answers(f"/api/status while {viewers} view", answers[0], 0.05, answers[1], how)
    return rows


def _answers(
    what: str, ours: list[list[float]], bound: float, theirs: list[list[float]] | None = None, how: str = ""
) -> list[Row]:
    rows = []
    for name, share, target in (("p50", 0.5, None), ("p99", 0.99, at_most(bound))):
        found = [percentile(each, share) for each in ours]
        others = [percentile(each, share) for each in theirs or []]
        rows.append(Row(f"{what}: {name}", "s", found, others, how, target))
    return rows


def _flood(stand: Stand, plan: str, lines: int, viewers: int, keep: Path) -> Flooded:
    """A run that prints, watched from its start by so many; what the first has seen stays in `keep`."""
    server = stand.server
    with Memory(stand.processes) as memory, Answers(server.port, server.token) as answers:
        path = _path(stand.start(plan))
        with Watching(server.port, path, server.token, viewers, keep) as watching:
            watching.begin()
            watched = watching.end()
    check(watched, keep, lines)
    # Again from what is kept: the same bytes, or something is lost.
    if (again := server.request("GET", path)[1]) != keep.read_bytes():
        raise RuntimeError(f"what is kept differs from what was shown: {len(again)} bytes")
    return _flooded(lines, watched, answers, memory)


def _again(stand: Stand, lines: int, viewers: int, stream: Path) -> Flooded:
    """The newest run once more from what is kept, to so many that come at once."""
    server = stand.server
    path, again = _path(server.call("GET", "/runs?limit=1")["runs"][0]["id"]), stream.with_name("again")
    with Answers(server.port, server.token) as answers:  # noqa: SIM117
        with Watching(server.port, path, server.token, viewers, again) as watching:
            watched = watching.end()
    check(watched, again, lines)
    return _flooded(lines, watched, answers)


def _tornado(stream: Path, lines: int, viewers: int) -> Flooded:
    again = stream.with_name("again")
    with (
        TornadoAlone(stream, viewers) as server,
        Answers(server.port) as answers,
        Watching(server.port, "/stream", "", viewers, again) as watching,
    ):
        watching.begin()
        watched = watching.end()
    check(watched, again, lines)
    return _flooded(lines, watched, answers)


def _flooded(lines: int, watched: Watched, answers: Answers, memory: Memory | None = None) -> Flooded:
    return Flooded(
        rate=lines * len(watched.sizes) / watched.seconds,
        answers=answers.between(watched.begun, watched.ended),
        peaks=memory.by_kind() if memory else {},
        before=memory.before if memory else {},
    )


def _path(run_id: str) -> str:
    return f"/p2n/api/v1/runs/{run_id}/events"


def check(watched: Watched, kept: Path, lines: int) -> None:
    """Every event and every line came once, in order, to every viewer. Raises RuntimeError."""
    if len(set(watched.sizes)) != 1 or len(set(watched.ids)) != 1:
        raise RuntimeError(f"the viewers saw different streams: {watched}")
    number = events = 0
    for events, event in enumerate(_events(kept), 1):
        if event["seq"] != events:
            raise RuntimeError(f"event {event['seq']} came as number {events}")
        if event["type"] == "log_line" and event["payload"]["stream"] == "stdout":
            for text in event["payload"]["lines"]:
                if text != notebooks.line(number):
                    raise RuntimeError(f"line {number} came as {text[:100]!r}")
                number += 1
    if number != lines or events != watched.ids[0]:
        raise RuntimeError(f"{number} of {lines} lines and {events} of {watched.ids[0]} events arrived")


def _events(kept: Path) -> Iterator[dict[str, Any]]:
    with kept.open("rb") as stream:
        for text in stream:
            if text.startswith(b"data: "):
                yield json.loads(text[6:])
