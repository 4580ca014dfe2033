"""What a hostile container may say, and what becomes of it."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ray_runner import guest_frames
from ray_runner.artifacts import metrics_json
from ray_runner.guest import lines
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


@pytest.mark.parametrize(
    ("bound", "line", "fitting"), [("MAX_TOTAL_LINES", "x", 40), ("MAX_TOTAL_BYTES", "ä" * 128, 40)]
)
def test_lines_beyond_the_total_bound_are_cut_with_one_mark(
    heard: Heard, monkeypatch: pytest.MonkeyPatch, bound: str, line: str, fitting: int
) -> None:
    size = len(line.encode()) if bound == "MAX_TOTAL_BYTES" else 1
    monkeypatch.setattr(guest_frames, bound, 256 * size * fitting - 1)
    batch = json.dumps(log(*[line] * 256)).encode() + b"\n"
    for _ in range(fitting + 100):
        heard.frames.feed(batch)
    assert heard.frames.output_cut
    assert [len(event["payload"]["lines"]) for event in heard.events] == [256] * fitting + [1]
    mark = heard.events[-1]["payload"]
    assert mark["truncated"] is True
    assert mark["lines"][0].startswith("[output cut here")


def test_the_guests_own_mark_is_enough(heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guest_frames, "MAX_TOTAL_LINES", 1)
    heard.feed(log("x", "[output cut here: …]", truncated=True), log("y"), log("z"))
    assert heard.frames.output_cut
    assert len(heard.events) == 1


def test_a_guest_within_its_bounds_is_never_cut_by_the_worker() -> None:
    assert guest_frames.MAX_TOTAL_LINES > lines.MAX_TOTAL_LINES
    assert guest_frames.MAX_TOTAL_BYTES > lines.MAX_TOTAL_BYTES


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "nan", None, "much"])
def test_a_metric_without_a_finite_value_is_dropped_by_name(heard: Heard, value: object) -> None:
    heard.feed({"type": "metric_update", "payload": {"name": "lo\x07ss", "value": value, "step": 3}})
    (complaint,) = heard.system()
    assert complaint.startswith("dropped from the sandbox: the metric 'lo\\x07ss' at step 3 (value: ")
    assert heard.frames.metrics == []


def test_a_metric_needs_no_more_than_a_name_and_a_value(heard: Heard) -> None:
    heard.feed({"type": "metric_update", "payload": {"name": "loss", "value": 1, "step": 0}})
    assert heard.events[0]["payload"] == {
        "name": "loss", "value": 1.0, "split": "", "dataset": "", "experiment": "", "repeat": 0, "step": 0,
    }  # fmt: skip


def test_names_and_labels_can_steer_nothing_either(heard: Heard) -> None:
    heard.feed(
        {"type": "metric_update", "payload": {"name": "a\x1b[2Jb", "value": 1, "split": "t\x00"}},
        {"type": "progress", "payload": {"done": 0, "total": 1, "unit": "cell", "label": "x\x1b[1m" * 1000}},
    )
    assert heard.events[0]["payload"]["name"] == "ab"
    assert heard.events[0]["payload"]["split"] == "t\ufffd"
    assert heard.events[1]["payload"]["label"] == "x" * 200


def test_samples_are_bounded_in_size(heard: Heard) -> None:
    items = [{"text": "x" * 100_000}] * 4
    heard.feed({"type": "sample_pred", "payload": {"experiment": "e", "items": items}})
    assert len(heard.events) == 1
    assert "larger than" in heard.system()[0]


def test_a_frame_with_a_million_faults_is_dropped_cheaply(heard: Heard) -> None:
    faults = {f"f{number}": 0 for number in range(100_000)}
    heard.feed({"type": "metric_update", "payload": faults})
    assert heard.system() == ["dropped from the sandbox: a frame with very many faults"]


def test_a_series_is_cheap(heard: Heard) -> None:
    data = b"".join(
        json.dumps({"type": "metric_update", "payload": {"name": "loss", "value": 1.5, "step": n}}).encode()
        + b"\n"
        for n in range(5000)
    )
    begun = time.process_time()
    heard.frames.feed(data)
    # 13 µs each where it was measured, and as much for the test's own listener.
    assert time.process_time() - begun < 2
    assert [metric.step for metric in heard.frames.metrics] == list(range(5000))


def test_artifacts_over_the_quota_are_named_and_the_others_stay(heard: Heard) -> None:
    piece = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"x" * 1_000_000).decode()
    for _ in range(30):
        heard.feed({"type": "artifact", "payload": {"name": "figure-02.png", "data": piece, "last": False}})
    heard.feed({"type": "artifact", "payload": {"name": "figure-03.png", "data": piece, "last": True}})
    assert heard.frames.over_quota == ["figure-02.png"]
    assert list(heard.frames.artifacts) == ["figure-03.png"]


def test_after_the_last_frame_nothing_counts(heard: Heard) -> None:
    heard.feed({"type": "done", "payload": {"status": "ok"}}, {"type": "metric_update", "payload": METRIC})
    assert heard.frames.metrics == []
    assert len(heard.system()) == 1
