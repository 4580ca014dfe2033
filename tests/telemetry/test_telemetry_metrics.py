"""Metrics as Prometheus reads them, as OTLP carries them, and as the dashboard asks for them."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY, CollectorRegistry, generate_latest

from p2n_ext.telemetry.metrics import Metrics, metrics_of
from p2n_ext.telemetry.runs import line_count, span_id_of
from p2n_schemas.base import utc_now
from p2n_schemas.events import LogLine, LogLineEvent, Stage, StageUpdate, StageUpdateEvent
from p2n_schemas.redaction import Redactor
from p2n_schemas.runs import Run, RunStatus
from p2n_schemas.tracing import Tracer
from tests.telemetry.parts import run_telemetry

ROOT = Path(__file__).parent.parent.parent
DASHBOARD = ROOT / "docs" / "operators" / "grafana.json"


def a_run(run_id: str = "r_0123456789abcdef") -> Run:
    return Run(
        id=run_id,
        plan_id="pl_1",
        paper_id="pa_1",
        env_hash="e" * 64,
        image_digest="sha256:1",
        status=RunStatus.QUEUED,
        created_at=utc_now() - timedelta(seconds=3),
        trace_id="a" * 32,
    )


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    registry: CollectorRegistry = metrics.registry
    return registry.get_sample_value(name, labels)


def test_names_are_registered_once_however_often_the_app_is_built() -> None:
    assert metrics_of(REGISTRY) is metrics_of(REGISTRY)
    with pytest.raises(ValueError, match="Duplicated"):
        Metrics(REGISTRY)


def test_a_runs_life_is_counted(tmp_path: Path) -> None:
    telemetry = run_telemetry(tmp_path)
    metrics = telemetry._metrics
    run = a_run()
    telemetry.queued(run)
    assert value(metrics, "p2n_runs", status="queued") == 1
    now = utc_now()
    running = run.model_copy(update={"status": RunStatus.RUNNING, "started_at": now})
    telemetry.running(running)
    assert value(metrics, "p2n_runs", status="queued") == 0
    assert value(metrics, "p2n_runs", status="running") == 1
    wait = value(metrics, "p2n_queue_wait_seconds_sum")
    assert wait is not None
    assert 2.9 < wait < 10
    for stage, cached in ((Stage.ENVIRONMENT, True), (Stage.DATASETS, False)):
        update = StageUpdate(stage=stage, state="completed", seconds=0.5, cached=cached)
        telemetry.stage(run.id, StageUpdateEvent(seq=2, ts=now, payload=update))
    assert value(metrics, "p2n_cache_requests_total", cache="environment", result="hit") == 1
    assert value(metrics, "p2n_cache_requests_total", cache="dataset", result="miss") == 1
    assert value(metrics, "p2n_stage_seconds_count", stage="datasets") == 1
    telemetry.ended(running.model_copy(update={"status": RunStatus.SUCCEEDED, "ended_at": now}))
    assert value(metrics, "p2n_runs", status="running") == 0
    assert value(metrics, "p2n_runs_ended_total", status="succeeded") == 1


@pytest.mark.parametrize("lines", [["a"], ["a", "b"], ['"', '","', "\\", '\\","'], ["", ""], ["x"] * 256])
def test_lines_are_counted_without_parsing(lines: list[str]) -> None:
    event = LogLineEvent(seq=1, ts=utc_now(), payload=LogLine(stream="stdout", cell=0, lines=lines))
    other = StageUpdateEvent(
        seq=2, ts=utc_now(), payload=StageUpdate(stage=Stage.UPLOAD, state="started", message='"lines":["","')
    )
    encoded = [event.model_dump_json().encode(), other.model_dump_json().encode()]
    assert line_count(encoded) == len(lines)


def test_a_models_call_is_counted_from_its_span() -> None:
    metrics = Metrics(CollectorRegistry())
    tracer = Tracer("server", metrics.observe, Redactor())
    span = tracer.begin("p2n.agent.extractor", model="gpt-4o-mini")
    span.announce()
    span.set(**{"tokens.input": 100, "tokens.cached": 10, "tokens.output": 7, "cost_usd": 0.25})
    span.set(outcome="completed")
    span.end()
    tracer.begin("p2n.store.get").end()
    labels = {"agent": "extractor", "model": "gpt-4o-mini"}
    assert value(metrics, "p2n_model_cost_usd_total", **labels) == 0.25
    assert value(metrics, "p2n_model_tokens_total", kind="input", **labels) == 100
    assert value(metrics, "p2n_model_calls_total", outcome="completed", **labels) == 1


def test_a_runs_span_has_an_id_that_any_server_knows() -> None:
    assert span_id_of("r_0123456789abcdef") == "0123456789abcdef"
    for odd in ("r_1", "r_0000000000000000", "another"):
        assert re.fullmatch("[0-9a-f]{16}", span_id_of(odd))
        assert int(span_id_of(odd), 16)


def _expressions(found: Any) -> list[str]:
    if isinstance(found, dict):
        own = [found["expr"]] if isinstance(found.get("expr"), str) else []
        return own + [text for item in found.values() for text in _expressions(item)]
    if isinstance(found, list):
        return [text for item in found for text in _expressions(item)]
    return []


def test_the_dashboard_asks_for_metrics_that_there_are() -> None:
    board = json.loads(DASHBOARD.read_text())
    assert {"title", "panels", "schemaVersion", "templating", "uid"} <= set(board)
    assert all({"id", "type", "title", "gridPos", "targets"} <= set(panel) for panel in board["panels"])
    metrics = Metrics(CollectorRegistry())
    families = {family.name: family for family in metrics.registry.collect()}
    known = {}
    for name, family in families.items():
        names = {
            "counter": [f"{name}_total"],
            "histogram": [f"{name}_bucket", f"{name}_sum", f"{name}_count"],
        }
        for sample in names.get(family.type, [name]):
            known[sample] = family
    asked = {name for text in _expressions(board) for name in re.findall(r"\bp2n_\w+", text)}
    assert asked
    assert asked <= set(known)
    # Each metric is shown somewhere.
    shown = {known[name].name for name in asked}
    assert set(families) == shown
    labels = {
        label
        for text in _expressions(board)
        for found in re.findall(r"by \(([^)]*)\)", text)
        for label in found.split(",")
    }
    assert {label.strip() for label in labels} <= {
        "le",
        "status",
        "stage",
        "cache",
        "result",
        "agent",
        "model",
        "kind",
        "outcome",
    }


async def test_jupyters_own_address_shows_them(jp_fetch: Any, jp_serverapp: Any) -> None:
    await jp_fetch("p2n", "api", "v1", "health")
    answer = await jp_fetch("metrics")
    text = answer.body.decode()
    assert "# TYPE p2n_runs_ended_total counter" in text
    assert "p2n_queue_bound 20.0" in text
    assert "# TYPE p2n_stage_seconds histogram" in text
    assert generate_latest(REGISTRY)
