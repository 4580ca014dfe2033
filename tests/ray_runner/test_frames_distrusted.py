"""What a hostile container may say, and what becomes of it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ray_runner import guest_frames
from ray_runner.artifacts import metrics_json
from ray_runner.guest_frames import MAX_FRAME_BYTES, GuestFrames
from ray_runner.journal import Journal


class Heard:
    def __init__(self, folder: Path) -> None:
        self.events: list[dict[str, Any]] = []
        self.journal = Journal(folder, 1, lambda event: self.events.append(json.loads(event)))
        self.frames = GuestFrames(self.journal)

    def feed(self, *frames: Any) -> None:
        for frame in frames:
            self.frames.feed(frame if isinstance(frame, bytes) else json.dumps(frame).encode() + b"\n")

    def system(self) -> list[str]:
        return [
            line
            for event in self.events
            if event["type"] == "log_line" and event["payload"]["stream"] == "system"
            for line in event["payload"]["lines"]
        ]


@pytest.fixture
def heard(tmp_path: Path) -> Iterator[Heard]:
    heard = Heard(tmp_path)
    yield heard
    heard.journal.close()


def log(*lines: str, **more: Any) -> dict[str, Any]:
    return {"type": "log_line", "payload": {"stream": "stdout", "cell": 0, "lines": list(lines)} | more}


METRIC = {"name": "a", "value": 1.0, "split": "t", "dataset": "d", "experiment": "e", "repeat": 0}


@pytest.mark.parametrize(
    "frame",
    [
        b"not json\n",
        b"[]\n",
        b'{"type": "log_line"}\n',
        b'{"type": "log_line", "payload": []}\n',
        b"[" * 100_000 + b"\n",
        b"\xff\xfe\n",
        b'{"type": "log_line", "payload": {"stream": "stdout", "cell": 0, "lines": ["\xed\xa0\x80"]}}\n',
        {"type": "end", "payload": {"status": "succeeded"}},
        {"type": "stage_update", "payload": {"stage": "upload", "state": "completed"}},
        {"type": ["log_line"], "payload": {}},
        log(),
        log(*["x"] * 257),
        log("x", stream="system"),
        log("x", extra=1),
        {"type": "metric_update", "payload": METRIC | {"value": float("nan")}},
        {"type": "metric_update", "payload": METRIC | {"value": float("inf")}},
        {"type": "metric_update", "payload": METRIC | {"repeat": -1}},
        {"type": "progress", "payload": {"done": -1, "total": 1, "unit": "cell"}},
        {"type": "progress", "payload": {"done": 1, "total": 1, "unit": "page"}},
        {"type": "artifact", "payload": {"name": "../../etc/passwd", "data": "", "last": True}},
        {"type": "artifact", "payload": {"name": "metrics.json", "data": "", "last": True}},
        {"type": "artifact", "payload": {"name": "figure-01.png", "data": "%%%", "last": True}},
        {"type": "done", "payload": {"status": "succeeded"}},
    ],
)
def test_an_invalid_frame_is_dropped_with_a_word(heard: Heard, frame: Any) -> None:
    heard.feed(frame, log("still here"))
    (complaint,) = heard.system()
    assert complaint.startswith("dropped from the sandbox:")
    assert heard.events[-1]["payload"]["lines"] == ["still here"]
    assert [event["seq"] for event in heard.events] == [1, 2]
    assert heard.frames.metrics == []
    assert heard.frames.artifacts == {}
    assert heard.frames.done is None


def test_frames_come_in_any_pieces(heard: Heard) -> None:
    data = b"".join(json.dumps(log(f"line {n}")).encode() + b"\n" for n in range(50))
    for start in range(0, len(data), 7):
        heard.frames.feed(data[start : start + 7])
    assert [event["payload"]["lines"] for event in heard.events] == [[f"line {n}"] for n in range(50)]


def test_an_endless_frame_takes_bounded_memory_and_the_next_one_counts(heard: Heard) -> None:
    for _ in range(20):
        heard.frames.feed(b"x" * (1 << 20))
        assert len(heard.frames._partial) <= MAX_FRAME_BYTES + (1 << 20)
    heard.frames.feed(b"\n")
    heard.feed(log("ok"))
    assert heard.events[-1]["payload"]["lines"] == ["ok"]
    assert len(heard.system()) == 1


def test_no_line_can_steer_a_terminal(heard: Heard) -> None:
    heard.feed(
        log("\x1b[31mred\x1b[0m", "\x1b]0;title\x07x", "a\x1b[2Jb", "bell\x07", "up\x9b1A", "tab\tstays")
    )
    assert heard.events[0]["payload"]["lines"] == ["red", "x", "ab", "bell\ufffd", "up\ufffd1A", "tab\tstays"]


def test_lone_surrogates_are_replaced_wherever_they_stand(heard: Heard) -> None:
    heard.feed(
        log("a\ud800b", "pair \U0001f600"),
        {"type": "metric_update", "payload": METRIC | {"name": "accu\udfff"}},
        {"type": "sample_pred", "payload": {"experiment": "e", "items": [{"\ud800": "\ud800"}]}},
        {"type": "done", "payload": {"status": "failed", "ename": "E\ud800", "evalue": ""}},
    )
    assert [event["type"] for event in heard.events] == ["log_line", "metric_update", "sample_pred"]
    assert heard.events[0]["payload"]["lines"] == ["a?b", "pair \U0001f600"]
    assert b'"name":"accu?"' in metrics_json(heard.frames.metrics)
    assert heard.frames.done is not None
    assert heard.frames.done["ename"] == "E?"


def test_lines_are_cut_to_their_bound(heard: Heard) -> None:
    heard.feed(log("x" * 100_000))
    assert len(heard.events[0]["payload"]["lines"][0]) < 10_000


def test_a_flood_of_nonsense_is_reported_a_few_times_only(heard: Heard) -> None:
    for _ in range(1000):
        heard.frames.feed(b"nonsense\n")
    assert len(heard.events) == guest_frames._MAX_COMPLAINTS + 1


def test_lines_beyond_the_total_bound_are_cut_with_a_mark(heard: Heard) -> None:
    batch = json.dumps(log(*["x"] * 256)).encode() + b"\n"
    for _ in range(guest_frames.MAX_TOTAL_LINES // 256 + 100):
        heard.frames.feed(batch)
    assert heard.frames.output_cut
    assert heard.events[-1]["payload"]["truncated"] is True
    total = sum(len(event["payload"]["lines"]) for event in heard.events)
    assert total <= guest_frames.MAX_TOTAL_LINES + 257


def test_artifacts_over_the_quota_are_named_and_the_others_stay(heard: Heard) -> None:
    piece = base64.b64encode(b"x" * 1_000_000).decode()
    for _ in range(30):
        heard.feed({"type": "artifact", "payload": {"name": "figure-02.png", "data": piece, "last": False}})
    heard.feed({"type": "artifact", "payload": {"name": "figure-03.png", "data": piece, "last": True}})
    assert heard.frames.over_quota == ["figure-02.png"]
    assert list(heard.frames.artifacts) == ["figure-03.png"]


def test_after_the_last_frame_nothing_counts(heard: Heard) -> None:
    heard.feed({"type": "done", "payload": {"status": "ok"}}, {"type": "metric_update", "payload": METRIC})
    assert heard.frames.metrics == []
    assert len(heard.system()) == 1
