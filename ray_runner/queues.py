"""The Ray queues of the runs that go on: a run gets one as it starts, and the next run gets it once it was read out.

Each is an actor's process, which takes seconds of a processor to start: that must neither happen during a run nor
once for every run that only waits.
"""

from __future__ import annotations

import contextlib
import uuid
from dataclasses import dataclass
from typing import Any

from .stream import make_queue

_MOST_FREE = 2


@dataclass(frozen=True)
class RunQueue:
    """A queue as one run uses it: what another run has left in it, or its reader still takes, is never this run's."""

    run_id: str
    queue: Any

    def put_nowait_batch(self, batches: list[list[bytes]]) -> None:
        """Raises Full, RayError."""
        self.queue.put_nowait_batch([(self.run_id, batch) for batch in batches])

    async def get_async(self, timeout: float) -> list[bytes]:  # noqa: ASYNC109 - the actor itself waits
        """A batch of this run, or nothing where another's was taken. Raises Empty, RayError."""
        run_id, batch = await self.queue.get_async(timeout=timeout)
        return list(batch) if run_id == self.run_id else []


class QueuePool:
    """Hands out queues and takes them back."""

    def __init__(self) -> None:
        self._free: list[Any] = []

    def reserve(self) -> None:
        """Have one at hand, so that the next run need not wait for it."""
        if not self._free:
            self._free.append(_new())

    def take(self, run_id: str) -> RunQueue:
        return RunQueue(run_id, self._free.pop() if self._free else _new())

    async def give_back(self, used: RunQueue) -> None:
        queue = used.queue
        try:
            if left := await queue.actor.qsize.remote():
                await queue.actor.get_nowait_batch.remote(left)
        except Exception:
            # Dead, or read by someone still: not for others.
            _end(queue)
            return
        if len(self._free) < _MOST_FREE:
            self._free.append(queue)
        else:
            _end(queue)


def _new() -> Any:
    return make_queue(f"p2n-events {uuid.uuid4().hex[:8]}")


def _end(queue: Any) -> None:
    with contextlib.suppress(Exception):
        queue.shutdown(force=True)
