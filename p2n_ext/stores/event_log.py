"""The server's copy of each run's events: one JSON Lines file a run, append-only.

A line is one event exactly as the worker wrote it, `{"seq":…,"ts":…,"type":…,"payload":…}`. Server and
command line may follow the same run at once, so each append is made under a file lock and keeps only
what comes next in seq: both write the same file and no event is missing or doubled.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import re
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_SEQ = re.compile(rb'\{"seq":(\d+),')
_END = re.compile(rb'\{"seq":\d+,"ts":"[^"]*","type":"end"')
_PAGE_BYTES = 1 << 16
_PAGES = 64
_KNOWN_ENDS = 1000
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
        self._pages = _Pages()

    def _path(self, run_id: str) -> Path:
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,80}", run_id):
            raise ValueError(f"not a run id: {run_id!r}")
        return self._root / f"{run_id}.jsonl"

    async def append(self, run_id: str, events: Sequence[bytes]) -> list[bytes]:
        return await asyncio.to_thread(self._append, run_id, events)

    def _append(self, run_id: str, events: Sequence[bytes]) -> list[bytes]:
        path = self._path(run_id)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab", buffering=0) as handle:
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
                size = _write(handle.fileno(), b"\n".join([*fresh, b""]), end.size)
                self._know(run_id, _End(size, seq, closed))
            return fresh

    def _know(self, run_id: str, end: _End) -> None:
        self._ends[run_id] = end
        if len(self._ends) > _KNOWN_ENDS:
            del self._ends[next(iter(self._ends))]

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
        self._know(run_id, end)
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

    async def size(self, run_id: str) -> int:
        def look() -> int:
            try:
                return self._path(run_id).stat().st_size
            except FileNotFoundError:
                return 0

        return await asyncio.to_thread(look)

    async def sizes(self) -> dict[str, int]:
        def look() -> dict[str, int]:
            found = {}
            with contextlib.suppress(FileNotFoundError), os.scandir(self._root) as entries:
                for entry in entries:
                    # One may be deleted while the others are looked at.
                    with contextlib.suppress(FileNotFoundError):
                        if entry.name.endswith(".jsonl"):
                            found[entry.name.removesuffix(".jsonl")] = entry.stat().st_size
            return found

        return await asyncio.to_thread(look)

    def reader(self, run_id: str) -> JsonlReader:
        return JsonlReader(self._path(run_id), self._pages)

    async def delete(self, run_id: str) -> None:
        self._ends.pop(run_id, None)
        await asyncio.to_thread(self._path(run_id).unlink, True)


@dataclass(frozen=True)
class _Page:
    """Whole events of one place in a log; at the log's present end it is not full and would grow."""

    events: list[bytes]
    last: int
    end: int
    full: bool


class _Pages:
    """Pages read lately: viewers of a long run come past the same places at about the same time."""

    def __init__(self) -> None:
        self._readings: OrderedDict[tuple[Path, int], asyncio.Future[_Page | None]] = OrderedDict()

    async def at(self, path: Path, offset: int) -> _Page | None:
        """None where nothing whole stands there yet."""
        key = path, offset
        other = self._readings.get(key)
        if other is not None:
            page = await asyncio.shield(other)
            # Begun earlier, it may have missed what this viewer was woken for.
            if page is not None and page.full:
                return page
        reading = asyncio.ensure_future(asyncio.to_thread(_read_page, path, offset))
        self._readings[key] = reading
        if len(self._readings) > _PAGES:
            self._readings.popitem(last=False)
        page = await asyncio.shield(reading)
        if (page is None or not page.full) and self._readings.get(key) is reading:
            del self._readings[key]
        return page


class JsonlReader:
    """A place in one log; implements `protocols.EventReader`."""

    def __init__(self, path: Path, pages: _Pages) -> None:
        self._path = path
        self._pages = pages
        self._offset = 0

    async def read(self, after: int) -> list[bytes]:
        """About 64 KiB of what has a greater seq: a long run is never held whole."""
        while (page := await self._pages.at(self._path, self._offset)) is not None:
            self._offset = page.end
            if page.last > after:
                return [event for event in page.events if seq_of(event) > after]
        return []


def _read_page(path: Path, offset: int) -> _Page | None:
    try:
        with path.open("rb") as handle:
            handle.seek(offset)
            chunk = handle.read(_PAGE_BYTES)
            if chunk and not chunk.endswith(b"\n"):
                chunk += handle.readline()
    except FileNotFoundError:
        return None
    whole = chunk.rfind(b"\n") + 1
    events = chunk[:whole].split(b"\n")[:-1]
    return _Page(events, seq_of(events[-1]), offset + whole, len(chunk) >= _PAGE_BYTES) if events else None


def _write(descriptor: int, data: bytes, before: int) -> int:
    """Append all or nothing; gives the file's size then. Raises OSError, as where the disk is full."""
    view = memoryview(data)
    try:
        while view:
            view = view[os.write(descriptor, view) :]
    except OSError:
        os.ftruncate(descriptor, before)
        raise
    return before + len(data)


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
