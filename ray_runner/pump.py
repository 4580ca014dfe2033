"""One run's events to the server: from the queue while it flows, from the worker's file where it does not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from .workdir import is_end, sequence_number

# A queue that is silent this long is checked against the file: another reader may have taken its batches. Each check costs
# the dispatcher milliseconds, so a run that goes on being silent is looked after less often.
_IDLE_SECONDS = 1.0
LONGEST_IDLE_SECONDS = 4.0
_AWAY_SECONDS = 1.0
_FILL_TRIES = 10
_READ_TRIES = 3

Deliver = Callable[[str, list[bytes]], Awaitable[None]]
Lost = Callable[[str], Awaitable[None]]


class Pump:
    """Delivers every event with seq > `after` once and in order, until `end` or until the task is gone."""

    def __init__(
        self, run_id: str, after: int, queue: Any, dispatcher: Any, deliver: Deliver, lost: Lost
    ) -> None:
        self._run_id = run_id
        self._last = after
        self._offset = 0
        self._again: int | None = None
        self._queue = queue
        self._dispatcher = dispatcher
        self._deliver = deliver
        self._lost = lost
        self._ended = False
        self._idle = _IDLE_SECONDS

    def use(self, queue: Any) -> None:
        """Take this queue; to be called before `run`, or while it has none."""
        self._queue = queue

    def rewind(self, after: int) -> None:
        """Deliver once more what comes after seq `after`; to be called while `run` goes on."""
        self._again = after

    async def run(self) -> None:
        """Raises what Ray raises where the dispatcher is dead, and waits where it is only away."""
        while True:
            if self._again is not None:
                self._last, self._offset, self._ended, self._again = self._again, 0, False, None
                await self._fill()
            elif self._ended:
                return
            elif batch := await self._next_batch():
                await self._take(batch)
            elif not await self._fill() and not self._ended and not await self._is_alive():
                await self._finish()
                if self._again is None:
                    return

    async def _next_batch(self) -> list[bytes]:
        from ray.exceptions import RayError
        from ray.util.queue import Empty

        if self._queue is None:
            return []
        try:
            # The actor itself waits, so the timeout loses nothing; a get must never be cancelled.
            batch: list[bytes] = await self._queue.get_async(timeout=self._idle)
            self._idle = _IDLE_SECONDS
            return batch
        except Empty:
            self._idle = min(self._idle * 2, LONGEST_IDLE_SECONDS)
            return []
        except RayError:
            self._queue = None
            return []

    async def _take(self, batch: list[bytes]) -> None:
        for _ in range(_FILL_TRIES):
            batch = [event for event in batch if sequence_number(event) > self._last]
            if not batch or sequence_number(batch[0]) == self._last + 1:
                break
            # Dropped by a full queue, or taken by another reader.
            if not await self._fill():
                await asyncio.sleep(0.2)
        else:
            # Left for the file, which the next round reads.
            return
        if batch:
            await self._hand_on(batch)

    async def _fill(self) -> bool:
        """Deliver some of what the file holds beyond what was delivered; false where that is nothing."""
        events = await self._read()
        if events:
            await self._hand_on(events)
        elif self._queue is None and not self._ended:
            await asyncio.sleep(_IDLE_SECONDS)
        return bool(events)

    async def _finish(self) -> None:
        while not self._ended and (events := await self._read()):
            await self._hand_on(events)
        if not self._ended:
            await self._lost(self._run_id)

    async def _read(self) -> list[bytes]:
        from ray.exceptions import RayTaskError

        for _ in range(_READ_TRIES):
            try:
                events, self._offset = await self._ask("read_events", self._last, self._offset)
            except RayTaskError:
                await asyncio.sleep(_AWAY_SECONDS)
            else:
                found: list[bytes] = events
                return found
        # The run's node is gone, and its file with it.
        return []

    async def _is_alive(self) -> bool:
        _, alive, queue = await self._ask("state")
        if self._queue is None and alive:
            self._queue = queue
        return bool(alive)

    async def _ask(self, method: str, *arguments: Any) -> Any:
        from ray.exceptions import ActorDiedError, ActorUnschedulableError, RayError, RayTaskError

        while True:
            try:
                return await getattr(self._dispatcher, method).remote(self._run_id, *arguments)
            except (ActorDiedError, ActorUnschedulableError, RayTaskError):
                raise
            except RayError:
                # Starting again, or hard to reach: that says nothing about the run.
                await asyncio.sleep(_AWAY_SECONDS)

    async def _hand_on(self, events: list[bytes]) -> None:
        await self._deliver(self._run_id, events)
        self._last = sequence_number(events[-1])
        self._ended = is_end(events[-1])
