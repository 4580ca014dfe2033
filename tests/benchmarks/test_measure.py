"""How figures are made: alternation, medians, targets, and what counts as a stream that lost nothing."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from benchmarks import notebooks
from benchmarks.flood import check
from benchmarks.measure import Row, alternate, at_least, at_most, percentile, ratio_at_most, time_limit
from benchmarks.tornado_alone import TornadoAlone
from benchmarks.viewers import Watched, Watching


def test_sides_take_turns_and_slow_ones_fewer() -> None:
    turns: list[str] = []

    def side(name: str) -> float:
        turns.append(name)
        return float(len(turns))

    found = alternate(
        {"a": lambda: side("a"), "b": lambda: side("b")},
        3,
        at_most={"b": 2},
        settle=lambda: turns.append("-"),
    )
    assert "".join(turns) == "-a-b-a-b-a"
    assert found == {"a": [2.0, 6.0, 10.0], "b": [4.0, 8.0]}


def test_ratio_is_of_medians_and_targets_hold_it() -> None:
    row = Row("x", "s", [1.0, 9.0, 2.0], [4.0, 4.0, 100.0], target=ratio_at_most(0.5))
    assert (row.ratio, row.is_met) == (0.5, True)
    assert Row("x", "s", [3.0], [4.0], target=ratio_at_most(0.5)).is_met is False
    assert Row("x", "s", [3.0], target=ratio_at_most(0.5)).is_met is None
    assert Row("x", "s", [3.0], [4.0], target=at_most(2)).is_met is False
    assert Row("x", "lines/s", [3.0], target=at_least(2)).is_met is True


@pytest.mark.parametrize(("share", "expected"), [(0.5, 50), (0.99, 99), (1.0, 100)])
def test_percentile(share: float, expected: float) -> None:
    assert percentile([float(n) for n in range(100, 0, -1)], share) == expected


def test_time_limit_ends_what_takes_too_long() -> None:
    with pytest.raises(TimeoutError), time_limit(1):
        time.sleep(10)


def _stream(path: Path, numbers: list[int], first_seq: int = 1) -> Path:
    frames = [b"retry: 2000\n: open\n\n"]
    for seq, number in enumerate(numbers, first_seq):
        payload = {"stream": "stdout", "cell": 1, "lines": [notebooks.line(number)], "truncated": False}
        event = {"seq": seq, "type": "log_line", "payload": payload}
        frames.append(f"id: {seq}\nevent: log_line\ndata: {json.dumps(event)}\n\n".encode())
    path.write_bytes(b"".join(frames))
    return path


def test_a_stream_that_lost_or_repeated_a_line_is_refused(tmp_path: Path) -> None:
    check(Watched(0, 1, [9], [3]), _stream(tmp_path / "whole", [0, 1, 2]), 3)
    with pytest.raises(RuntimeError):
        check(Watched(0, 1, [9], [2]), _stream(tmp_path / "lost", [0, 2]), 3)
    with pytest.raises(RuntimeError):
        check(Watched(0, 1, [9], [4]), _stream(tmp_path / "twice", [0, 1, 1, 2]), 3)
    with pytest.raises(RuntimeError):
        check(Watched(0, 1, [9], [3]), _stream(tmp_path / "seq", [0, 1, 2], first_seq=2), 3)
    with pytest.raises(RuntimeError):
        check(Watched(0, 1, [9, 8], [3, 3]), _stream(tmp_path / "other", [0, 1, 2]), 3)


def test_viewers_count_what_tornado_sends_them(tmp_path: Path) -> None:
    stream = _stream(tmp_path / "stream", list(range(5000)))
    seen = tmp_path / "seen"
    with TornadoAlone(stream, 3) as server, Watching(server.port, "/stream", "", 3, seen) as watching:
        watching.begin()
        watched = watching.end()
    assert seen.read_bytes() == stream.read_bytes()
    assert watched.ids == [5000] * 3
    assert watched.sizes == [stream.stat().st_size] * 3
    check(watched, seen, 5000)
