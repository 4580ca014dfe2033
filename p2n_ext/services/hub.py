"""One run, any number of viewers: events are kept first, then every viewer is woken.

A frame is encoded once and the same bytes go to every viewer that keeps up; one that comes late or falls
behind reads the event log instead, so a slow viewer costs no memory and slows nobody.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

from ..protocols import EventLog

_HEAD = re.compile(rb'\{"seq":(\d+),"ts":"[^"]*","type":"(\w+)"')
_RECENT_BYTES = 4 << 20
_POLL_SECONDS = 1.0
PING_SECONDS = 15.0
PING = b": ping\n\n"


def head(event: bytes) -> tuple[int, str]:
    """(seq, type) of an encoded event. Raises ValueError where it does not begin with them."""
    found = _HEAD.match(event)
    if found is None:
        raise ValueError(f"not an encoded event: {event[:80]!r}")
    return int(found[1]), found[2].decode()


def frame(event: bytes) -> bytes:
    """The server-sent event (WHATWG HTML, section 9.2) of one encoded event."""
    seq, kind = head(event)
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (seq, kind.encode(), event)


@dataclass(frozen=True)
class _Batch:
    first: int
    last: int
    frames: bytes
    ended: bool


def _batch(events: Sequence[bytes]) -> _Batch:
    last, kind = head(events[-1])
    return _Batch(head(events[0])[0], last, b"".join(map(frame, events)), kind == "end")


@dataclass
class _Channel:
    viewers: int = 0
    size: int = 0
    recent: deque[_Batch] = field(default_factory=deque)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, batch: _Batch) -> None:
        self.recent.append(batch)
        self.size += len(batch.frames)
        while self.size > _RECENT_BYTES and len(self.recent) > 1:
            self.size -= len(self.recent.popleft().frames)
        changed, self.changed = self.changed, asyncio.Event()
        changed.set()

    def after(self, seq: int) -> _Batch | None:
        return next((batch for batch in self.recent if batch.first == seq + 1), None)


class Hub:
    """Keeps events and wakes viewers."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._channels: dict[str, _Channel] = {}
        self._closing = asyncio.Event()

    async def publish(self, run_id: str, events: Sequence[bytes]) -> None:
        """Keep events that come next in seq, then show them. Events known already are ignored."""
        self.show(run_id, await self.keep(run_id, events))

    async def keep(self, run_id: str, events: Sequence[bytes]) -> list[bytes]:
        """Keep events without waking a viewer; gives those that were not known yet."""
        before = await self._log.last_seq(run_id)
        after = await self._log.append(run_id, events)
        return [event for event in events if before < head(event)[0] <= after]

    def show(self, run_id: str, fresh: Sequence[bytes]) -> None:
        """Wake the viewers for events that were just kept."""
        channel = self._channels.get(run_id)
        if channel is not None and fresh:
            channel.add(_batch(fresh))

    async def frames(
        self, run_id: str, after: int, gone: Callable[[], bool] = lambda: False
    ) -> AsyncIterator[bytes]:
        """Server-sent events with seq > after: all kept ones, then live ones, to the run's `end`.

        A comment is sent where nothing happens for 15 s. Ends without `end` when the hub is closed,
        or within a second of the viewer being `gone`.
        """
        channel = self._channels.setdefault(run_id, _Channel())
        channel.viewers += 1
        reader = self._log.reader(run_id)
        silent = 0.0
        try:
            while not self._closing.is_set() and not gone():
                changed = channel.changed
                batch = channel.after(after)
                if batch is None:
                    events = await reader.read(after)
                    batch = _batch(events) if events else None
                if batch is not None:
                    after = batch.last
                    silent = 0.0
                    yield batch.frames
                    if batch.ended:
                        return
                    continue
                # Another process may write this log too (the command line), so the wait looks up by itself.
                try:
                    await asyncio.wait_for(changed.wait(), _POLL_SECONDS)
                except TimeoutError:
                    silent += _POLL_SECONDS
                    if silent >= PING_SECONDS:
                        silent = 0.0
                        yield PING
        finally:
            channel.viewers -= 1
            if channel.viewers == 0 and self._channels.get(run_id) is channel:
                del self._channels[run_id]

    def viewers(self) -> int:
        return sum(channel.viewers for channel in self._channels.values())

    def close(self) -> None:
        """End every stream, so that the server can stop."""
        self._closing.set()
        for channel in self._channels.values():
            channel.changed.set()
