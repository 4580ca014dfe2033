"""One run, any number of viewers: events are kept first, then every viewer is woken.

A frame is encoded once and the same bytes go to every viewer that keeps up; one that comes late or falls
behind reads the event log instead, so a slow viewer costs no memory and slows nobody.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field

from ..protocols import EventLog

_HEAD = re.compile(rb'\{"seq":(\d+),"ts":"[^"]*","type":"(\w+)"')
_RECENT_BYTES = 4 << 20
_WRITE_BYTES = 1 << 18
_WRITES_A_TURN = 8
_READ_BATCHES = 64
_WAKE_SECONDS = 0.0005
_POLL_SECONDS = 1.0
PING_SECONDS = 15.0
PING = b": ping\n\n"
# No data line can hold this: JSON has no line break.
_END_FRAME = b"\nevent: end\n"
_END_BYTES = 1 << 15


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


def has_end(frames: bytes) -> bool:
    """Whether the last of these frames is the run's `end`."""
    return _END_FRAME in frames[-_END_BYTES:]


@dataclass(frozen=True)
class _Batch:
    first: int
    last: int
    frames: bytes
    ended: bool


def _batch(events: Sequence[bytes]) -> _Batch:
    last, kind = head(events[-1])
    return _Batch(head(events[0])[0], last, b"".join(map(frame, events)), kind == "end")


def _pieces(events: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """Parts of at most 256 KiB, or one event: what one write to one viewer may hold up all others for."""
    begin = size = 0
    for number, event in enumerate(events):
        if number > begin and size + len(event) > _WRITE_BYTES:
            yield events[begin:number]
            begin, size = number, 0
        size += len(event)
    yield events[begin:]


class _Turns:
    """Lets a few viewers be written to in each turn of the event loop, so that others than viewers get theirs soon.

    A hundred that were woken at once would hold up an answer in each of the several turns that it takes.
    """

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def take(self) -> None:
        turn = asyncio.get_running_loop().create_future()
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._next)
        self._waiting.append(turn)
        await turn

    def _next(self) -> None:
        for _ in range(min(_WRITES_A_TURN, len(self._waiting))):
            turn = self._waiting.popleft()
            # Its viewer may have left meanwhile.
            if not turn.done():
                turn.set_result(None)
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._next)


@dataclass(eq=False)
class _Viewer:
    """`look`: the log may hold what was not shown here, because it was written before or by another process."""

    gone: Callable[[], bool]
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    look: bool = True


class _Channel:
    """The viewers of one run, and what was shown last, for those who keep up."""

    def __init__(self) -> None:
        self.viewers: set[_Viewer] = set()
        self.watcher: asyncio.Task[None] | None = None
        self.deleted = False
        self.last = 0
        self._recent: OrderedDict[int, _Batch] = OrderedDict()
        self._size = 0
        self._read: OrderedDict[tuple[int, int], _Batch] = OrderedDict()
        self._fresh: list[bytes] = []
        self._shown = 0.0

    def show(self, events: Sequence[bytes]) -> None:
        """To wake somebody costs about half a millisecond: the more there are, the more each is woken for."""
        loop = asyncio.get_running_loop()
        if not self._fresh:
            pause = _WAKE_SECONDS * len(self.viewers)
            loop.call_at(max(loop.time(), self._shown + pause), self._show)
        self._fresh.extend(events)

    def after(self, seq: int) -> _Batch | None:
        return self._recent.get(seq + 1)

    def framed(self, events: Sequence[bytes]) -> _Batch:
        """What was read from the log, encoded once for all who read the same."""
        key = head(events[0])[0], len(events)
        batch = self._read.get(key)
        if batch is None:
            batch = self._read[key] = _batch(events)
            if len(self._read) > _READ_BATCHES:
                self._read.popitem(last=False)
        return batch

    def wake(self) -> None:
        for viewer in self.viewers:
            viewer.woken.set()

    def _show(self) -> None:
        fresh, self._fresh = self._fresh, []
        self._shown = asyncio.get_running_loop().time()
        for piece in _pieces(fresh):
            batch = _batch(piece)
            self._recent[batch.first] = batch
            self._size += len(batch.frames)
            self.last = batch.last
        while self._size > _RECENT_BYTES and len(self._recent) > 1:
            self._size -= len(self._recent.popitem(last=False)[1].frames)
        self.wake()


class Hub:
    """Keeps events and wakes viewers."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._channels: dict[str, _Channel] = {}
        self._turns = _Turns()
        self._closing = False

    async def publish(self, run_id: str, events: Sequence[bytes]) -> None:
        """Keep events that come next in seq, then show them. Events known already are ignored."""
        self.show(run_id, await self.keep(run_id, events))

    async def keep(self, run_id: str, events: Sequence[bytes]) -> list[bytes]:
        """Keep events without waking a viewer; gives those that were not known yet."""
        return await self._log.append(run_id, events)

    def show(self, run_id: str, fresh: Sequence[bytes]) -> None:
        """Wake the viewers for events that were just kept."""
        channel = self._channels.get(run_id)
        if channel is not None and fresh:
            channel.show(fresh)

    async def frames(
        self, run_id: str, after: int, gone: Callable[[], bool] = lambda: False
    ) -> AsyncIterator[bytes]:
        """Server-sent events with seq > after: all kept ones, then live ones, to the run's `end`.

        A comment is sent where nothing happens for 15 s. Ends without `end` when the hub is closed or the run is
        deleted, or within a second of the viewer being `gone`.
        """
        loop = asyncio.get_running_loop()
        viewer = _Viewer(gone)
        channel = self._join(run_id, viewer)
        reader = self._log.reader(run_id)
        silent_until = loop.time() + PING_SECONDS
        try:
            while not (self._closing or channel.deleted or gone()):
                viewer.woken.clear()
                batch = channel.after(after)
                if batch is None and (viewer.look or after < channel.last):
                    viewer.look = False
                    events = await reader.read(after)
                    batch = channel.framed(events) if events else None
                    viewer.look = viewer.look or batch is not None
                if batch is not None:
                    after = batch.last
                    # A client that reads fast would be written to without end, and all others would wait.
                    await self._turns.take()
                    yield batch.frames
                    if batch.ended:
                        return
                    silent_until = loop.time() + PING_SECONDS
                    continue
                try:
                    async with asyncio.timeout_at(silent_until):
                        await viewer.woken.wait()
                except TimeoutError:
                    yield PING
                    silent_until = loop.time() + PING_SECONDS
        finally:
            self._leave(run_id, channel, viewer)

    def viewers(self) -> int:
        return sum(len(channel.viewers) for channel in self._channels.values())

    def close(self) -> None:
        """End every stream, so that the server can stop."""
        self._closing = True
        for channel in self._channels.values():
            channel.wake()

    def _join(self, run_id: str, viewer: _Viewer) -> _Channel:
        channel = self._channels.setdefault(run_id, _Channel())
        channel.viewers.add(viewer)
        if channel.watcher is None:
            channel.watcher = asyncio.create_task(self._watch(run_id, channel))
        return channel

    def _leave(self, run_id: str, channel: _Channel, viewer: _Viewer) -> None:
        channel.viewers.discard(viewer)
        if not channel.viewers and self._channels.get(run_id) is channel:
            del self._channels[run_id]
            if channel.watcher is not None:
                channel.watcher.cancel()

    async def _watch(self, run_id: str, channel: _Channel) -> None:
        """One look a second for all viewers of a run: another process, the command line, may write its log too."""
        known = 0
        while True:
            size = await self._log.size(run_id)
            channel.deleted = size == 0 < known
            for viewer in channel.viewers:
                viewer.look = viewer.look or size != known
                if size != known or viewer.gone():
                    viewer.woken.set()
            known = size
            await asyncio.sleep(_POLL_SECONDS)
