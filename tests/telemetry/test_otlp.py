"""OTLP with OpenTelemetry's own exporter, against a collector that reads its protocol."""

from __future__ import annotations

import gzip
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from prometheus_client import CollectorRegistry

from p2n_ext.telemetry import otlp
from p2n_ext.telemetry.files import TelemetryFiles
from p2n_ext.telemetry.metrics import Metrics
from p2n_schemas.redaction import Redactor
from p2n_schemas.tracing import TraceContext, Tracer, closed_as_lost
from tests.telemetry.parts import Told


class Collector(http.server.ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Take)
        self.bodies: list[tuple[str, bytes, dict[str, str]]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def spans(self) -> dict[str, Any]:
        found = {}
        for path, body, _ in self.bodies:
            if path == "/v1/traces":
                for group in ExportTraceServiceRequest.FromString(body).resource_spans:
                    for scope in group.scope_spans:
                        found |= {span.name: (span, _told(group.resource.attributes)) for span in scope.spans}
        return found

    def metrics(self) -> dict[str, Any]:
        found = {}
        for path, body, _ in self.bodies:
            if path == "/v1/metrics":
                for group in ExportMetricsServiceRequest.FromString(body).resource_metrics:
                    for scope in group.scope_metrics:
                        found |= {metric.name: metric for metric in scope.metrics}
        return found


class _Take(http.server.BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.server.bodies.append((self.path, body, {k.lower(): v for k, v in self.headers.items()}))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


def _told(attributes: Any) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in attributes}


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as serving:
        thread = threading.Thread(target=serving.serve_forever, daemon=True)
        thread.start()
        yield serving
        serving.shutdown()


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch, collector: Collector) -> dict[str, str]:
    """What the SDK reads stands in the process's own environment."""
    given = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.address,
        "OTEL_EXPORTER_OTLP_HEADERS": "x-team=blue",
        "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
        "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=lab",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    return given


def test_spans_arrive_as_they_were_written(
    tmp_path: Path, collector: Collector, variables: dict[str, str]
) -> None:
    export = otlp.SpanExport(variables)
    files = TelemetryFiles(tmp_path, 1_000_000, export)
    tracer = Tracer("server", files.put, Redactor())
    root = tracer.begin("p2n.api.x", shared={"run_id": "r_1"})
    files.bind(root.context.trace_id, "r_1")
    below = root.child("p2n.run", cells=[1, 2], cached=True)
    below.end()
    root.fail(RuntimeError("no, says ada@example.org"))
    root.end()
    # A worker elsewhere, and killed: its span is handed on from here.
    worker = Told()
    Tracer("worker", worker, Redactor()).begin("p2n.worker", below.context).announce()
    for record in worker.records + closed_as_lost(worker.records):
        files.put(record)
    unwanted = TraceContext(root.context.trace_id, root.context.span_id, sampled=False)
    tracer.begin("not.sampled", unwanted).end()
    files.close()
    export.close()
    spans = collector.spans()
    assert set(spans) == {"p2n.api.x", "p2n.run", "p2n.worker"}
    api, resource = spans["p2n.api.x"]
    run, lost = spans["p2n.run"][0], spans["p2n.worker"][0]
    assert api.trace_id == run.trace_id == lost.trace_id == bytes.fromhex(root.context.trace_id)
    assert (run.parent_span_id, lost.parent_span_id) == (api.span_id, run.span_id)
    assert run.start_time_unix_nano == below.start
    assert _told(run.attributes) == {
        "run_id": "r_1",
        "cells": "[1, 2]",
        "cached": True,
        "p2n.process": "server",
    }
    assert api.status.code == lost.status.code == 2
    event = _told(api.events[0].attributes)
    assert event["exception.type"] == "RuntimeError"
    assert event["exception.message"] == "no, says [email]"
    assert resource["service.name"] == "p2n"
    assert resource["deployment.environment.name"] == "lab"
    assert collector.bodies[0][2]["x-team"] == "blue"


def test_the_sampler_of_the_variables_is_kept(
    tmp_path: Path, collector: Collector, variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "always_off")
    export = otlp.SpanExport(variables)
    Tracer("server", export, Redactor()).begin("p2n.run").end()
    export.close()
    assert collector.spans() == {}


def test_metrics_arrive_as_prometheus_has_them(collector: Collector, variables: dict[str, str]) -> None:
    metrics = Metrics(CollectorRegistry())
    metrics.log_lines.inc(41)
    metrics.runs.labels("queued").set(3)
    for seconds in (0.02, 0.2, 3.0, 5000.0):
        metrics.stage_seconds.labels("execution").observe(seconds)
    otlp.MetricExport(variables, metrics.registry).close()
    found = collector.metrics()
    assert found["p2n_log_lines"].sum.data_points[0].as_double == 41
    assert found["p2n_log_lines"].sum.is_monotonic
    point = found["p2n_runs"].gauge.data_points[0]
    assert (point.as_double, _told(point.attributes)) == (3, {"status": "queued"})
    stage = found["p2n_stage_seconds"].histogram.data_points[0]
    assert (stage.count, round(stage.sum, 2)) == (4, 5003.22)
    assert sum(stage.bucket_counts) == 4
    assert stage.bucket_counts[-1] == 1
    assert len(stage.bucket_counts) == len(stage.explicit_bounds) + 1
    assert found["p2n_stage_seconds"].unit == "s"
    assert all(name.startswith("p2n_") for name in found)


@pytest.mark.parametrize(
    ("variables", "traces", "metrics"),
    [
        ({}, False, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, True, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c:4318/v1/traces"}, True, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_SDK_DISABLED": "true"}, False, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_METRICS_EXPORTER": "none"}, True, False),
    ],
)
def test_only_what_is_asked_for_is_exported(variables: dict[str, str], traces: bool, metrics: bool) -> None:
    assert (otlp.wanted(variables, "traces"), otlp.wanted(variables, "metrics")) == (traces, metrics)


def test_another_protocol_is_said_once_and_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    export = otlp.SpanExport({"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"})
    tracer = Tracer("server", export, Redactor())
    tracer.begin("a").end()
    tracer.begin("b").end()
    assert len([record for record in caplog.records if "grpc" in record.getMessage()]) == 1
