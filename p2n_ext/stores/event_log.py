"""The server's copy of each run's events: one JSON Lines file a run, append-only.

A line is one event exactly as the worker wrote it, `{"seq":…,"ts":…,"type":…,"payload":…}`. Server and
command line may follow the same run at once, so each append is made under a file lock and keeps only
what comes next in seq: both write the same file and no event is missing or doubled.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_SEQ = re.compile(rb'\{"seq":(\d+),')
_END = re.compile(rb'\{"seq":\d+,"ts":"[^"]*","type":"end"')
_READ_BYTES = 1 << 20
_TAIL_BYTES = 1 << 16


def seq_of(event: bytes) -> int:
    """The seq that an encoded event begins with. Raises ValueError where it has none."""
    found = _SEQ.match(event)
    if found is None:
        raise ValueError(f"not an encoded event: {event[:80]!r}")
    return int(found[1])


@dataclass
class _End:
    size: int = 0
    seq: int = 0
    closed: bool = False


class JsonlEventLog:
    """Implements `protocols.EventLog`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._ends: dict[str, _End] = {}

    def _path(self, run_id: str) -> Path:
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,80}", run_id):
            raise ValueError(f"not a run id: {run_id!r}")
        return self._root / f"{run_id}.jsonl"

    async def append(self, run_id: str, events: Sequence[bytes]) -> int:
        return await asyncio.to_thread(self._append, run_id, events)

    def _append(self, run_id: str, events: Sequence[bytes]) -> int:
        path = self._path(run_id)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            end = self._end(run_id, handle.fileno(), path)
            fresh = []
            seq, closed = end.seq, end.closed
            for event in events:
                number = seq_of(event)
                if number <= seq or closed:
                    continue
                if number != seq + 1:
                    raise ValueError(f"event {number} of {run_id} does not follow {seq}")
                seq = number
                fresh.append(event)
                closed = _is_end(event)
            if fresh:
                handle.write(b"\n".join(fresh) + b"\n")
                handle.flush()
                self._ends[run_id] = _End(handle.tell(), seq, closed)
            return seq

    def _end(self, run_id: str, descriptor: int, path: Path) -> _End:
        size = os.fstat(descriptor).st_size
        known = self._ends.get(run_id)
        if known is not None and known.size == size:
            return known
        whole, line = _last_whole_line(path, size)
        if whole < size:
            # A writer died within a line: what follows the last whole line was never an event.
            os.ftruncate(descriptor, whole)
        end = _End(whole, seq_of(line) if line else 0, _is_end(line))
        self._ends[run_id] = end
        return end

    async def last_seq(self, run_id: str) -> int:
        known = self._ends.get(run_id)
        if known is not None and known.closed:
            return known.seq
        last = await self.last_event(run_id)
        return seq_of(last) if last else 0

    async def last_event(self, run_id: str) -> bytes | None:
        def look() -> bytes | None:
            path = self._path(run_id)
            try:
                size = path.stat().st_size
            except FileNotFoundError:
                return None
            return _last_whole_line(path, size)[1] or None

        return await asyncio.to_thread(look)

    def reader(self, run_id: str) -> JsonlReader:
        return JsonlReader(self._path(run_id))

    async def delete(self, run_id: str) -> None:
        self._ends.pop(run_id, None)
        await asyncio.to_thread(self._path(run_id).unlink, True)


class JsonlReader:
    """A place in one log; implements `protocols.EventReader`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0

    async def read(self, after: int) -> list[bytes]:
        """About 1 MiB of what has a greater seq: a long run is never held whole."""
        return await asyncio.to_thread(self._read, after)

    def _read(self, after: int) -> list[bytes]:
        events: list[bytes] = []
        while not events:
            try:
                with self._path.open("rb") as handle:
                    handle.seek(self._offset)
                    chunk = handle.read(_READ_BYTES)
                    if chunk and not chunk.endswith(b"\n"):
                        chunk += handle.readline()
            except FileNotFoundError:
                return []
            whole = chunk.rfind(b"\n") + 1
            if whole == 0:
                return []
            self._offset += whole
            events = [line for line in chunk[:whole].split(b"\n") if line and seq_of(line) > after]
        return events


def _is_end(event: bytes) -> bool:
    return _END.match(event) is not None


def _last_whole_line(path: Path, size: int) -> tuple[int, bytes]:
    """(bytes up to the end of the last whole line, that line), reading from the end."""
    with path.open("rb") as handle:
        span = _TAIL_BYTES
        while True:
            start = max(0, size - span)
            handle.seek(start)
            tail = handle.read(size - start)
            last = tail.rfind(b"\n")
            begin = tail.rfind(b"\n", 0, last) + 1 if last >= 0 else 0
            if last >= 0 and (begin > 0 or start == 0):
                return start + last + 1, tail[begin:last]
            if start == 0:
                return 0, b""
            span *= 4
