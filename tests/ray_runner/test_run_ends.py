"""A run ends with `end`, whatever fails in its worker; and what fails tells clients no path and no traceback."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from test_executor_faults import spec_of

from p2n_schemas.errors import ErrorCode
from p2n_schemas.runs import RunSpec, RunStatus, UploadGrant
from ray_runner import task
from ray_runner.sandbox.lock import _explained
from ray_runner.sandbox.package_index import without_credentials
from ray_runner.sandbox.protocol import Outcome

METRIC = {"name": "a", "value": 1.0, "split": "t", "dataset": "d", "experiment": "e", "repeat": 0}


class Place:
    """A sandbox whose notebook reports one metric; `failing` names the method that breaks."""

    def __init__(self, failing: str = "") -> None:
        self.failing = failing

    def _may_fail(self, name: str) -> None:
        if self.failing == name:
            raise RuntimeError("/home/somebody/secret \ud800")

    def ensure_environment(self, *arguments: Any) -> bool:
        return True

    def ensure_dataset(self, *arguments: Any) -> bool:
        return True

    def execute(self, *arguments: Any) -> Outcome:
        self._may_fail("execute")
        feed: Callable[[bytes], None] = arguments[-1]
        for kind, payload in (("metric_update", METRIC), ("done", {"status": "ok"})):
            feed(json.dumps({"type": kind, "payload": payload}).encode() + b"\n")
        return Outcome(0)

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


@pytest.mark.parametrize("broken", ["metrics_json", "Journal.events"])
def test_what_can_not_be_stored_is_an_error_of_the_run(
    spec: RunSpec, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def fail(*arguments: Any) -> bytes:
        raise UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed")

    monkeypatch.setattr(f"ray_runner.task.{broken}", fail)
    end = run_of(spec, Place())[-1]
    assert end["type"] == "end"
    assert end["payload"]["error"]["code"] == ErrorCode.E_UPLOAD_FAILED


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
    error = _explained(f"{words}\n  hint: tried https://me:hunter2@mirror.test/simple/x/")
    assert "hunter2" not in error.info.model_dump_json()
    assert "mirror.test" in error.info.detail["reason"]
