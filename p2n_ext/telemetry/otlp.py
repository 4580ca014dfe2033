"""Spans and metrics over OTLP, where the standard OTEL_* variables ask for it.

OpenTelemetry's SDK is loaded then only, in the thread that writes telemetry. It brings sampling, resource, batching,
retries and the exporter with their variables; the spans are ours, because most of them were begun and ended elsewhere.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from p2n_schemas.tracing import Record

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan
    from prometheus_client import CollectorRegistry

_INTERVAL_SECONDS = 60.0
_PREFIX = "p2n_"
_log = logging.getLogger(__name__)


def wanted(environment: Mapping[str, str], signal: str) -> bool:
    """Whether the variables name a collector for a signal (`traces`, `metrics`)."""
    if environment.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return False
    exporters = environment.get(f"OTEL_{signal.upper()}_EXPORTER", "otlp").split(",")
    endpoints = ("OTEL_EXPORTER_OTLP_ENDPOINT", f"OTEL_EXPORTER_OTLP_{signal.upper()}_ENDPOINT")
    return "otlp" in exporters and any(environment.get(name) for name in endpoints)


def protocol(environment: Mapping[str, str], signal: str) -> str:
    return environment.get(
        f"OTEL_EXPORTER_OTLP_{signal.upper()}_PROTOCOL",
        environment.get("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
    )


class SpanExport:
    """Hands ended spans on; made with the first one. Where the exporter is not installed it says so once."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._export: Callable[[Record], None] | None = None
        self._stop: Callable[[], object] = lambda: None

    def __call__(self, record: Record) -> None:
        if record["kind"] != "span" or record["end"] is None or not record["sampled"]:
            return
        if self._export is None:
            self._export = self._begin()
        self._export(record)

    def close(self) -> None:
        """Send what waits, in bounded time."""
        self._stop()

    def _begin(self) -> Callable[[Record], None]:
        exporter = _exporter(self._environment, "traces")
        if exporter is None:
            return lambda record: None
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.sampling import Decision

        # For what it reads of the variables: the resource, and the sampler.
        provider = TracerProvider(resource=_resource(self._environment), shutdown_on_exit=False)
        batches = BatchSpanProcessor(exporter)
        self._stop = batches.shutdown

        def export(record: Record) -> None:
            sampled = provider.sampler.should_sample(None, int(record["trace_id"], 16), record["name"])
            if sampled.decision is Decision.RECORD_AND_SAMPLE:
                batches.on_end(readable(record, provider.resource))

        return export


def readable(record: Record, resource: Any) -> ReadableSpan:
    """A record as the SDK's span."""
    from opentelemetry.sdk.trace import Event, ReadableSpan
    from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

    def context(span_id: str) -> SpanContext:
        trace_id = int(record["trace_id"], 16)
        return SpanContext(
            trace_id, int(span_id, 16), is_remote=False, trace_flags=TraceFlags(TraceFlags.SAMPLED)
        )

    failed = record["status"] in ("error", "lost")
    return ReadableSpan(
        name=record["name"],
        context=context(record["span_id"]),
        parent=context(record["parent_id"]) if record["parent_id"] else None,
        resource=resource,
        attributes=_plain(record["attributes"]) | {"p2n.process": record["process"]},
        events=[
            Event(event["name"], _plain(event["attributes"]), timestamp=event["time"])
            for event in record["events"]
        ],
        kind=SpanKind.SERVER if record["name"].startswith("p2n.api.") else SpanKind.INTERNAL,
        status=Status(StatusCode.ERROR, record["message"] or record["status"])
        if failed
        else Status(StatusCode.UNSET),
        start_time=record["start"],
        end_time=record["end"],
    )


class MetricExport:
    """Sends what a Prometheus registry holds of P2N's metrics on an interval (OTEL_METRIC_EXPORT_INTERVAL, in ms)."""

    def __init__(self, environment: Mapping[str, str], registry: CollectorRegistry) -> None:
        self._environment = environment
        self._registry = registry
        self._closing = threading.Event()
        self._interval = (
            float(environment.get("OTEL_METRIC_EXPORT_INTERVAL") or _INTERVAL_SECONDS * 1e3) / 1e3
        )
        self._thread = threading.Thread(target=self._send_all, name="p2n-otlp-metrics", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._closing.set()
        self._thread.join(5)

    def _send_all(self) -> None:
        closing = self._closing.wait(self._interval)
        exporter = _exporter(self._environment, "metrics")
        if exporter is None:
            return
        resource = _resource(self._environment)
        while True:
            exporter.export(metrics_data(self._registry, resource))
            if closing:
                break
            closing = self._closing.wait(self._interval)
        exporter.shutdown()


def metrics_data(registry: CollectorRegistry, resource: Any) -> Any:
    """P2N's metrics of a registry, as the SDK's exporters take them."""
    import time

    from opentelemetry.sdk.metrics.export import Metric, MetricsData, ResourceMetrics, ScopeMetrics
    from opentelemetry.sdk.util.instrumentation import InstrumentationScope

    now = time.time_ns()
    metrics = [
        Metric(family.name, family.documentation, _unit(family.name), data)
        for family in registry.collect()
        if family.name.startswith(_PREFIX) and (data := _data(family, now)) is not None
    ]
    scope = ScopeMetrics(InstrumentationScope("p2n"), metrics, "")
    return MetricsData([ResourceMetrics(resource, [scope], "")])


def _data(family: Any, now: int) -> Any:
    from opentelemetry.sdk.metrics.export import (
        AggregationTemporality,
        Gauge,
        Histogram,
        HistogramDataPoint,
        NumberDataPoint,
        Sum,
    )

    begun = {
        tuple(sorted(sample.labels.items())): int(sample.value * 1e9)
        for sample in family.samples
        if sample.name.endswith("_created")
    }
    if family.type in ("gauge", "counter"):
        suffix = "_total" if family.type == "counter" else ""
        points = [
            NumberDataPoint(
                sample.labels, begun.get(tuple(sorted(sample.labels.items())), now), now, sample.value
            )
            for sample in family.samples
            if sample.name == family.name + suffix
        ]
        return Sum(points, AggregationTemporality.CUMULATIVE, True) if suffix else Gauge(points)
    if family.type != "histogram":
        return None
    points_of: dict[tuple[tuple[str, str], ...], dict[str, Any]] = {}
    for sample in family.samples:
        labels = {key: value for key, value in sample.labels.items() if key != "le"}
        point = points_of.setdefault(
            tuple(sorted(labels.items())), {"labels": labels, "bounds": [], "counts": [], "sum": 0.0}
        )
        if sample.name.endswith("_bucket"):
            point["bounds"].append(float(sample.labels["le"]))
            point["counts"].append(int(sample.value))
        elif sample.name.endswith("_sum"):
            point["sum"] = sample.value
    histogram = [
        HistogramDataPoint(
            attributes=point["labels"],
            start_time_unix_nano=begun.get(key, now),
            time_unix_nano=now,
            count=point["counts"][-1],
            sum=point["sum"],
            # Prometheus counts all below a bound, OTLP those between two.
            bucket_counts=[
                count - below for count, below in zip(point["counts"], [0, *point["counts"]], strict=False)
            ],
            explicit_bounds=point["bounds"][:-1],
            min=0.0,
            max=0.0,
        )
        for key, point in points_of.items()
    ]
    return Histogram(histogram, AggregationTemporality.CUMULATIVE)


def _unit(name: str) -> str:
    return "s" if name.endswith("_seconds") else "USD" if name.endswith("_usd") else "1"


def _resource(environment: Mapping[str, str]) -> Any:
    from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource

    from .._release import VERSION

    # The variables come before what is given here, but the name has a default of the SDK's own.
    named = "OTEL_SERVICE_NAME" in environment or "service.name=" in environment.get(
        "OTEL_RESOURCE_ATTRIBUTES", ""
    )
    return Resource.create({SERVICE_VERSION: VERSION} | ({} if named else {SERVICE_NAME: "p2n"}))


def _exporter(environment: Mapping[str, str], signal: str) -> Any:
    """None where it is not installed, or the protocol is none that is spoken here."""
    spoken = protocol(environment, signal)
    try:
        if spoken == "http/protobuf" and signal == "traces":
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

            return OTLPSpanExporter()
        if spoken == "http/protobuf":
            from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter

            return OTLPMetricExporter()
    except ImportError:
        _log.warning('%s are not exported: install the exporter with pip install "p2n[otel]"', signal)
        return None
    _log.warning(
        "%s are not exported: OTEL_EXPORTER_OTLP_PROTOCOL is %r, and http/protobuf is spoken here",
        signal,
        spoken,
    )
    return None


def _plain(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: value if isinstance(value, str | bool | int | float) else json.dumps(value, default=str)
        for key, value in _told(attributes)
    }


def _told(attributes: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    return ((key, value) for key, value in attributes.items() if value is not None)
