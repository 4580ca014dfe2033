"""What is looked at while something else goes on: how soon a server answers, and how large processes grow."""

from __future__ import annotations

import contextlib
import http.client
import re
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

_PEAK = re.compile(r"VmHWM:\s+(\d+) kB")
_RESET_PEAK = "5"


class _Meanwhile:
    """A thread that looks again and again while the context lasts."""

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._go, daemon=True)

    def look(self) -> None:
        raise NotImplementedError

    def _go(self) -> None:
        while not self._done.is_set():
            self.look()
            self._done.wait(self._interval)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join(60)


class Answers(_Meanwhile):
    """How long each `GET /api/status` took, one after the other on one connection."""

    def __init__(self, port: int, token: str = "", interval: float = 0.01) -> None:
        super().__init__(interval)
        self._taken: list[tuple[float, float]] = []
        self._headers = {"Authorization": f"token {token}"}
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def look(self) -> None:
        begin = time.perf_counter()
        try:
            self._connection.request("GET", "/api/status", headers=self._headers)
            self._connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            # Its time counts: a server that gives no answer is no fast one.
            self._connection.close()
        self._taken.append((begin, time.perf_counter()))

    def between(self, begun: float, ended: float) -> list[float]:
        """Seconds of each that was under way in that time (time.perf_counter)."""
        return [end - begin for begin, end in self._taken if end >= begun and begin <= ended]


class Memory(_Meanwhile):
    """The most resident memory (MB, 10^6 bytes) of processes since the context began.

    `processes` gives pid → command line; a process that comes later counts from its start. `before` holds the
    peaks (see `by_kind`) of the beginning.
    """

    def __init__(self, processes: Callable[[], Mapping[int, str]], interval: float = 0.25) -> None:
        super().__init__(interval)
        self._processes = processes
        self._lock = threading.Lock()
        self._peaks: dict[int, float] = {}
        self._names: dict[int, str] = {}
        for pid in processes():
            with contextlib.suppress(OSError):
                Path(f"/proc/{pid}/clear_refs").write_text(_RESET_PEAK)
        self.look()
        self.before = self.by_kind()

    def look(self) -> None:
        found = self._processes()
        with self._lock:
            for pid, name in found.items():
                with contextlib.suppress(OSError):
                    peak = _PEAK.search(Path(f"/proc/{pid}/status").read_text())
                    if peak:
                        self._peaks[pid] = max(self._peaks.get(pid, 0.0), int(peak[1]) * 1024 / 1e6)
                        # A worker that waits is called IDLE: what it did tells more.
                        if "IDLE" not in name or pid not in self._names:
                            self._names[pid] = name

    def by_kind(self) -> dict[str, float]:
        """The largest process of each kind (see `_kind`)."""
        with self._lock:
            kinds: dict[str, float] = {}
            for pid, peak in self._peaks.items():
                kind = _kind(self._names[pid])
                kinds[kind] = max(kinds.get(kind, 0.0), peak)
            return kinds


def _kind(command: str) -> str:
    if not command.startswith("ray::"):
        return "bridge" if "ray_runner.bridge" in command else "server"
    if "Dispatcher" in command:
        return "dispatcher"
    return "event queue" if "Queue" in command else "worker"
