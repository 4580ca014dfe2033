"""Telemetry for tests that look at something else, and records to look at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry

from p2n_ext.telemetry.files import TelemetryFiles
from p2n_ext.telemetry.metrics import Metrics
from p2n_ext.telemetry.runs import RunTelemetry
from p2n_schemas.redaction import Redactor
from p2n_schemas.tracing import Record, Tracer


def run_telemetry(folder: Path, redactor: Redactor | None = None) -> RunTelemetry:
    files = TelemetryFiles(folder / "telemetry", 10_000_000)
    redactor = redactor or Redactor()
    return RunTelemetry(Tracer("server", files.put, redactor), files, Metrics(CollectorRegistry()), redactor)


class Told:
    """A sink that keeps what it is told."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    def __call__(self, record: Record) -> None:
        self.records.append(record)

    def spans(self) -> dict[str, Record]:
        """The ended ones by name."""
        return {record["name"]: record for record in self.records if record.get("end") is not None}

    def attributes(self, name: str) -> dict[str, Any]:
        return dict(self.spans()[name]["attributes"])
