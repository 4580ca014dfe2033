"""Telemetry on disk: whole, bounded, in the right file, and gone with its run."""

from __future__ import annotations

import json
import logging
import multiprocessing
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from p2n_ext.telemetry.files import RotatingLines, TelemetryFiles, read_records
from p2n_schemas.log_records import ConsoleFormatter, JsonFormatter, SinkHandler, console_line
from p2n_schemas.redaction import Redactor
from p2n_schemas.tracing import Tracer
from tests.telemetry.parts import Told


@pytest.fixture
def files(tmp_path: Path) -> Iterator[TelemetryFiles]:
    made = TelemetryFiles(tmp_path / "telemetry", 100_000)
    yield made
    made.close()


async def test_a_requests_spans_come_into_the_file_of_the_run_that_it_began(files: TelemetryFiles) -> None:
    tracer = Tracer("server", files.put, Redactor())
    with tracer.span("p2n.api.post_plans_id_run") as request:
        request.child("p2n.store.get_plan").end()
        files.bind(request.context.trace_id, "r_1")
    with tracer.span("p2n.api.get_runs") as other:
        other.child("p2n.store.list_runs").end()
    assert {record["name"] for record in await files.read("r_1")} == {
        "p2n.api.post_plans_id_run",
        "p2n.store.get_plan",
    }
    folder = files._folder
    requests = read_records(folder / "requests.jsonl")
    assert [record["name"] for record in requests] == ["p2n.store.list_runs", "p2n.api.get_runs"]
    await files.delete("r_1")
    assert await files.read("r_1") == []


async def test_the_oldest_runs_go_where_there_are_too_many(files: TelemetryFiles) -> None:
    tracer = Tracer("server", files.put, Redactor())
    for number in range(60):
        with tracer.span("p2n.run", text="x" * 4000) as span:
            files.bind(span.context.trace_id, f"r_{number}")
    assert len(await files.read("r_59")) == 1
    kept = list((files._folder / "runs").iterdir())
    # Looked at with every twentieth file.
    assert sum(path.stat().st_size for path in kept) < 100_000 + 20 * 5000
    assert await files.read("r_0") == []


async def test_a_bad_record_and_a_bad_id_stop_nothing(files: TelemetryFiles) -> None:
    tracer = Tracer("server", files.put, Redactor())
    with tracer.span("p2n.run") as span:
        files.bind(span.context.trace_id, "../escape")
    with tracer.span("p2n.run") as span:
        files.bind(span.context.trace_id, "r_1")
    assert len(await files.read("r_1")) == 1
    assert not (files._folder.parent / "escape.jsonl").exists()


def _append(path: Path, mark: int) -> None:
    lines = RotatingLines(path, 20_000)
    for number in range(400):
        lines.append(json.dumps({"by": mark, "n": number, "pad": "x" * 20}).encode() + b"\n")


def test_lines_of_two_processes_stay_whole_where_files_rotate(tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    context = multiprocessing.get_context("fork")
    others = [context.Process(target=_append, args=(path, mark)) for mark in (1, 2)]
    for other in others:
        other.start()
    _append(path, 0)
    for other in others:
        other.join(60)
        assert other.exitcode == 0
    older = path.with_name("lines.jsonl.1")
    for part in (path, older):
        data = part.read_bytes()
        assert 0 < len(data) <= 20_000
        assert all(json.loads(line)["pad"] for line in data.splitlines())
    # What is kept is each writer's newest: nothing between two kept lines of one is missing.
    kept = [json.loads(line) for part in (older, path) for line in part.read_bytes().splitlines()]
    for mark in (0, 1, 2):
        numbers = [line["n"] for line in kept if line["by"] == mark]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers))) if numbers else True


def test_structured_lines_know_their_run_and_no_secret() -> None:
    told, lines = Told(), Told()
    tracer = Tracer("server", told, Redactor())
    logger = logging.getLogger("p2n_test_lines")
    logger.propagate = False
    logger.setLevel(logging.INFO)
    logger.addHandler(SinkHandler("server", lines, Redactor()))
    with tracer.span("p2n.run", shared={"run_id": "r_1", "plan_id": "pl_1", "paper_id": "pa_1"}) as span:
        logger.info("mail to %s", "ada@example.org")
        thread = threading.Thread(target=lambda: logger.info("no run here"))
        thread.start()
        thread.join()
    try:
        raise ValueError("in /home/alice/x")
    except ValueError:
        logger.exception("it failed", extra={"run_id": "r_2"})
    first, second, third = lines.records
    assert first["event"] == "mail to [email]"
    assert (first["run_id"], first["plan_id"], first["paper_id"]) == ("r_1", "pl_1", "pa_1")
    assert (first["trace_id"], first["span_id"]) == (span.context.trace_id, span.context.span_id)
    assert "run_id" not in second
    assert third["run_id"] == "r_2"
    assert "ValueError: in ~/x" in third["exception"]
    record = logging.LogRecord("p2n_ext.x", logging.WARNING, "f", 1, "bad %d", ("x",), None)
    assert json.loads(JsonFormatter("server", Redactor()).format(record))["event"] == "bad %d"
    assert "warning" in ConsoleFormatter("server", Redactor()).format(record)
    assert "\x1b[33m" in console_line({"level": "warning"}, colours=True)
