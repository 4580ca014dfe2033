"""A run ends with `end`, whatever fails in its worker; and what fails tells clients no path and no traceback."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from test_executor_faults import spec_of

from p2n_schemas.errors import ErrorCode
from p2n_schemas.runs import RunSpec, RunStatus, UploadGrant
from ray_runner import task
from ray_runner.guest.lines import MAX_TOTAL_LINES
from ray_runner.sandbox.lock import explained
from ray_runner.sandbox.package_index import without_credentials
from ray_runner.sandbox.protocol import Outcome
from ray_runner.workdir import mark_cancelled

METRIC = {"name": "a", "value": 1.0, "split": "t", "dataset": "d", "experiment": "e", "repeat": 0}


class Place:
    """A sandbox whose notebook reports one metric; `failing` names the method that breaks, `more` are frames of it."""

    def __init__(
        self, failing: str = "", more: tuple[tuple[str, Any], ...] = (), outcome: Outcome | None = None
    ) -> None:
        self.failing = failing
        self.more = more
        self.outcome = outcome

    def _may_fail(self, name: str) -> None:
        if self.failing == name:
            raise RuntimeError("/home/somebody/secret \ud800")

    def claim(self, *arguments: Any) -> bool:
        return False

    def ensure_environment(self, *arguments: Any) -> bool:
        return True

    def ensure_dataset(self, *arguments: Any) -> bool:
        return True

    def execute(self, *arguments: Any) -> Outcome:
        self._may_fail("execute")
        feed: Callable[[bytes], None] = arguments[-1]
        last = () if self.outcome else (("done", {"status": "ok"}),)
        for kind, payload in (("metric_update", METRIC), *self.more, *last):
            feed(json.dumps({"type": kind, "payload": payload}).encode() + b"\n")
        return self.outcome or Outcome(0)

    def close(self) -> None:
        self._may_fail("close")


def run_of(spec: RunSpec, place: Place) -> list[dict[str, Any]]:
    events: list[bytes] = []
    task.run(spec, events.append, lambda run_id, cancelled: place)
    return [json.loads(event) for event in events]


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunSpec:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    names = ("metrics.json", "events.jsonl", "logs.txt")
    grants = [UploadGrant(name=name, url=(tmp_path / "store" / name).as_uri()) for name in names]
    return spec_of("run-1").model_copy(update={"grants": grants})


def test_a_sandbox_that_does_not_close_changes_nothing(spec: RunSpec) -> None:
    end = run_of(spec, Place("close"))[-1]
    assert (end["type"], end["payload"]["status"]) == ("end", RunStatus.SUCCEEDED)


def test_an_unforeseen_failure_is_told_by_its_kind_only(spec: RunSpec) -> None:
    events = run_of(spec, Place("execute"))
    assert (events[-1]["type"], events[-1]["payload"]["status"]) == ("end", RunStatus.FAILED)
    assert "RuntimeError" in events[-1]["payload"]["error"]["message"]
    assert "somebody" not in json.dumps(events)


@pytest.mark.parametrize("broken", ["metrics_json", "Journal.events_path"])
def test_what_can_not_be_stored_is_an_error_of_the_run(
    spec: RunSpec, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def fail(*arguments: Any) -> bytes:
        raise UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed")

    monkeypatch.setattr(f"ray_runner.task.{broken}", fail)
    end = run_of(spec, Place())[-1]
    assert end["type"] == "end"
    assert end["payload"]["error"]["code"] == ErrorCode.E_UPLOAD_FAILED


CUT = ("log_line", {"stream": "stdout", "cell": 0, "lines": ["cut"], "truncated": True})
RUNS = ("progress", {"done": 2, "total": 4, "unit": "cell", "cell": 2, "state": "started"})
LIMIT = 1 << 30


def test_a_run_whose_output_was_cut_is_no_success_and_keeps_the_rest(spec: RunSpec) -> None:
    events = run_of(spec, Place(more=(CUT,)))
    end = events[-1]["payload"]
    assert (end["status"], end["error"]["code"]) == (RunStatus.FAILED, ErrorCode.E_RUN_OUTPUT_LOST)
    assert f"{MAX_TOTAL_LINES} lines" in end["error"]["message"]
    assert "$P2N_ARTIFACTS" in end["error"]["remediation"]
    assert {artifact["name"] for artifact in end["artifacts"]} == {"metrics.json", "logs.txt", "events.jsonl"}


@pytest.mark.parametrize(
    ("outcome", "code", "words"),
    [
        (
            Outcome(137, out_of_memory=True, memory_limit=LIMIT),
            ErrorCode.E_RUN_OOM,
            "limit of 1024 MiB in cell 3 of 4",
        ),
        (Outcome(137, removed=True), ErrorCode.E_SANDBOX_FAILED, "removed or killed from outside"),
        (Outcome(1, diagnostics="Traceback"), ErrorCode.E_RUN_OUTPUT_LOST, "status 1"),
        (Outcome(137, timed_out=True), ErrorCode.E_RUN_TIMEOUT, "deadline"),
    ],
)
def test_a_sandbox_that_ends_without_a_last_word_is_told_by_what_ended_it(
    spec: RunSpec, outcome: Outcome, code: ErrorCode, words: str
) -> None:
    error = run_of(spec, Place(more=(RUNS,), outcome=outcome))[-1]["payload"]["error"]
    assert error["code"] == code
    assert words in error["message"]
    assert error["detail"]["cell"] == 2
    if code is ErrorCode.E_RUN_OOM:
        assert error["detail"] == {"limit_bytes": LIMIT, "peak_bytes": LIMIT, "cell": 2}


def test_a_notebook_that_got_over_a_kill_for_memory_has_succeeded(spec: RunSpec) -> None:
    done = (
        "done",
        {"status": "ok", "usage": {"oom_kills": 1, "memory_peak": 300 << 20, "memory_limit": LIMIT}},
    )
    events = run_of(spec, Place(more=(done,), outcome=Outcome(0, out_of_memory=True)))
    assert events[-1]["payload"]["status"] == RunStatus.SUCCEEDED
    told = [event["payload"] for event in events if event["type"] == "stage_update"]
    (execution,) = (
        stage for stage in told if stage["stage"] == "execution" and stage["state"] == "completed"
    )
    assert execution["message"] == "peak memory 300 of 1024 MiB"


def test_files_beyond_the_limits_are_named_and_what_is_no_file_is_told(spec: RunSpec) -> None:
    done = ("done", {"status": "ok", "left_out": ["big.bin"], "skipped": ["link: not a plain file"]})
    events = run_of(spec, Place(more=(done,), outcome=Outcome(0)))
    end = events[-1]["payload"]
    assert (end["status"], end["error"]["code"]) == (RunStatus.FAILED, ErrorCode.E_ARTIFACT_QUOTA)
    assert end["error"]["detail"] == {"artifacts": ["files.zip:big.bin"]}
    lines = [line for event in events if event["type"] == "log_line" for line in event["payload"]["lines"]]
    assert "link: not a plain file" in lines
    assert "files.zip:big.bin" in lines
    assert {artifact["name"] for artifact in end["artifacts"]} == {"metrics.json", "logs.txt", "events.jsonl"}


class Hanging:
    """A store that takes a connection, says nothing, and never ends it."""

    def __enter__(self) -> str:
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=50)
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def __exit__(self, *exc: object) -> None:
        self._socket.close()


def hang_at(spec: RunSpec, name: str, base: str, **changes: Any) -> RunSpec:
    grants = [
        UploadGrant(name=grant.name, url=f"{base}/{name}") if grant.name == name else grant
        for grant in spec.grants
    ]
    return spec.model_copy(update={"grants": grants} | changes)


def test_a_store_that_hangs_holds_no_run_beyond_its_deadline(spec: RunSpec) -> None:
    begun = time.monotonic()
    with Hanging() as base:
        events = run_of(hang_at(spec, "logs.txt", base, budget_seconds=2), Place())
    end = events[-1]["payload"]
    assert (end["status"], end["error"]["code"]) == (RunStatus.TIMEOUT, ErrorCode.E_RUN_TIMEOUT)
    assert "while its artifacts were stored" in end["error"]["message"]
    # What was stored stays listed.
    assert "metrics.json" in {artifact["name"] for artifact in end["artifacts"]}
    assert 1.9 < time.monotonic() - begun < 4


def test_a_failed_run_gives_a_store_that_hangs_little_time(
    spec: RunSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(task, "_LAST_UPLOAD_SECONDS", 1)
    begun = time.monotonic()
    with Hanging() as base:
        place = Place(outcome=Outcome(137, timed_out=True))
        events = run_of(hang_at(spec, "logs.txt", base, budget_seconds=0.1), place)
    assert events[-1]["payload"]["error"]["code"] == ErrorCode.E_RUN_TIMEOUT
    assert "metrics.json" in {artifact["name"] for artifact in events[-1]["payload"]["artifacts"]}
    assert time.monotonic() - begun < 3


def test_a_cancel_ends_a_hanging_upload_at_once(spec: RunSpec) -> None:
    cancelled: list[float] = []

    def cancel() -> None:
        mark_cancelled(spec.run_id)
        cancelled.append(time.monotonic())

    with Hanging() as base:
        threading.Timer(1, cancel).start()
        events = run_of(hang_at(spec, "logs.txt", base, budget_seconds=100), Place())
    took = time.monotonic() - cancelled[0]
    assert events[-1]["payload"]["status"] == RunStatus.CANCELLED
    print(f"ended {took:.2f} s after the cancel")
    assert took < 2


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("at https://me:se%20cret@mirror.test/simple/x", "at https://***@mirror.test/simple/x"),
        ("`http://token@a.test` and ftp://u:p@b@c.test/", "`http://***@a.test` and ftp://***@c.test/"),
        ("https://mirror.test/simple mail@example.org", "https://mirror.test/simple mail@example.org"),
    ],
)
def test_credentials_in_urls_are_masked(said: str, shown: str) -> None:
    assert without_credentials(said) == shown


@pytest.mark.parametrize(
    "words", ["No solution found", "Wheels are required for `x` because building from source is disabled"]
)
def test_uv_tells_nobody_the_credentials_of_the_index(words: str) -> None:
    error = explained(f"{words}\n  hint: tried https://me:hunter2@mirror.test/simple/x/")
    assert "hunter2" not in error.info.model_dump_json()
    assert "mirror.test" in error.info.detail["reason"]
