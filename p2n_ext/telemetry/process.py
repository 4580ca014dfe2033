"""The telemetry of one process: where its spans, lines and metrics go."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Literal

from prometheus_client import REGISTRY

from p2n_schemas.log_records import ConsoleFormatter, JsonFormatter, SinkHandler
from p2n_schemas.redaction import Redactor
from p2n_schemas.tracing import Record, Tracer

from . import otlp
from .files import TelemetryFiles
from .metrics import metrics_of
from .runs import RunTelemetry

_LOGGERS = ("p2n_ext", "ray_runner", "opentelemetry")
_SETTLE_SECONDS = 2.0


class _Stderr(logging.Handler):
    """To what stderr is at that moment."""

    def emit(self, record: logging.LogRecord) -> None:
        with contextlib.suppress(Exception):
            print(self.format(record), file=sys.stderr, flush=True)


class Telemetry:
    """`folder`: of the local files, `max_bytes` of them; `process`: server or cli; `shown`: from which level on lines are
    shown on stderr, as JSON or for a person; `environment`: where the OTEL_* variables stand."""

    def __init__(
        self,
        folder: Path,
        max_bytes: int,
        redactor: Redactor,
        process: Literal["server", "cli"] = "server",
        log_format: str = "console",
        shown: str = "WARNING",
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        self.redactor = redactor
        self.metrics = metrics_of(REGISTRY)
        self._closers: list[Callable[[], None]] = []
        also: Callable[[Record], None] = lambda record: None  # noqa: E731
        if otlp.wanted(environment, "traces"):
            also = spans = otlp.SpanExport(environment)
            self._closers.append(spans.close)
        if otlp.wanted(environment, "metrics"):
            self._closers.append(otlp.MetricExport(environment, REGISTRY).close)
        self.files = TelemetryFiles(folder, max_bytes, also, self.metrics.telemetry_dropped.inc)
        self.tracer = Tracer(process, self._take, redactor)
        self.runs = RunTelemetry(self.tracer, self.files, self.metrics, redactor)
        formatter = JsonFormatter if log_format == "json" else ConsoleFormatter
        stderr = _Stderr(shown)
        stderr.setFormatter(formatter(process, redactor))
        self._listen([SinkHandler(process, self.files.put, redactor), stderr])

    @contextlib.contextmanager
    def viewer(self) -> Iterator[None]:
        """An event stream is open within."""
        self.metrics.sse_clients.inc()
        try:
            yield
        finally:
            self.metrics.sse_clients.dec()

    async def settle(self) -> None:
        await self.runs.settle(_SETTLE_SECONDS)

    def close(self) -> None:
        """Write and send what waits, in bounded time."""
        self.files.close()
        for close in reversed(self._closers):
            close()

    def _take(self, record: Record) -> None:
        self.metrics.observe(record)
        self.files.put(record)

    def _listen(self, handlers: Iterable[logging.Handler]) -> None:
        for name in _LOGGERS:
            logger = logging.getLogger(name)
            if name != "opentelemetry":
                logger.setLevel(logging.INFO)
            for handler in handlers:
                logger.addHandler(handler)
                self._closers.append(lambda logger=logger, handler=handler: logger.removeHandler(handler))  # type: ignore[misc]
