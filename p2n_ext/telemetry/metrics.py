"""Metrics in Prometheus' default registry, which Jupyter Server shows at `/metrics`."""

from __future__ import annotations

import functools
from typing import Any

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram

from p2n_schemas.tracing import Record

_STAGE_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1200)
_WAIT_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600)
_MODEL = ("agent", "model")


class Metrics:
    """All metrics of P2N. A registry takes each name once: ask `metrics_of` for those of a registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry

        def counter(name: str, text: str, labels: tuple[str, ...] = ()) -> Counter:
            return Counter(f"p2n_{name}", text, labels, registry=registry)

        def histogram(
            name: str, text: str, buckets: tuple[float, ...], label: str | None = None
        ) -> Histogram:
            return Histogram(
                f"p2n_{name}", text, (label,) if label else (), buckets=buckets, registry=registry
            )

        self.runs = Gauge(
            "p2n_runs",
            "Runs that this server follows, by status (queued, running)",
            ("status",),
            registry=registry,
        )
        self.queue_bound = Gauge(
            "p2n_queue_bound",
            "How many runs may be queued or running (P2NApp.queue_bound)",
            registry=registry,
        )
        self.runs_ended = counter("runs_ended", "Runs that ended, by status", ("status",))
        self.queue_wait = histogram(
            "queue_wait_seconds", "From a run's being queued to its worker's first stage", _WAIT_BUCKETS
        )
        self.run_seconds = histogram(
            "run_seconds", "From a run's being queued to its end, by status", _STAGE_BUCKETS, "status"
        )
        self.stage_seconds = histogram("stage_seconds", "Stages of runs, by stage", _STAGE_BUCKETS, "stage")
        self.cache = counter(
            "cache_requests",
            "Environments and datasets that a run wanted, by cache and whether they were there",
            ("cache", "result"),
        )
        self.log_lines = counter("log_lines", "Lines of notebooks that were received")
        self.events = counter("events", "Events of runs that were received")
        self.sse_clients = Gauge("p2n_sse_clients", "Event streams that are open", registry=registry)
        self.model_calls = counter("model_calls", "Calls of models, by outcome", (*_MODEL, "outcome"))
        self.model_tokens = counter("model_tokens", "Tokens of models, by kind", (*_MODEL, "kind"))
        self.model_cost = counter("model_cost_usd", "What models cost, in USD", _MODEL)
        self.model_seconds = histogram("model_seconds", "Calls of models, by agent", _STAGE_BUCKETS, "agent")
        self.telemetry_dropped = counter("telemetry_dropped", "Spans and lines that were not written down")

    def observe(self, record: Record) -> None:
        """Count what a model's call took, from its span."""
        if record["kind"] != "span" or record["end"] is None or not record["name"].startswith("p2n.agent."):
            return
        told: dict[str, Any] = record["attributes"]
        agent = record["name"].removeprefix("p2n.agent.")
        model = str(told.get("model", ""))
        self.model_calls.labels(agent, model, str(told.get("outcome", "failed"))).inc()
        for kind in ("input", "cached", "output"):
            self.model_tokens.labels(agent, model, kind).inc(float(told.get(f"tokens.{kind}", 0)))
        self.model_cost.labels(agent, model).inc(float(told.get("cost_usd", 0.0)))
        self.model_seconds.labels(agent).observe((record["end"] - record["start"]) / 1e9)


@functools.cache
def metrics_of(registry: CollectorRegistry = REGISTRY) -> Metrics:
    """One set of metrics for a registry, however often the server's app is built in its process."""
    return Metrics(registry)
