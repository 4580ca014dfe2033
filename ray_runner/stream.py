"""Events from a run's worker to the bridge: batches over a bounded Ray queue, ended by the `end` event.

The queue is for speed, events.jsonl for truth: a batch that finds the queue full is dropped, the reader sees
the gap in seq and reads the file instead. So neither a slow nor a dead reader ever holds a run up.
"""

from __future__ import annotations

import threading
import time
from typing import Any

QUEUE_BATCHES = 64
MAX_BATCH_BYTES = 1 << 20
_MAX_WAITING_BYTES = 8 << 20
# A put costs some milliseconds of four processes, however much it carries: in a flood they are fewer and larger.
_SECONDS_BETWEEN_PUTS = 0.02
_SECONDS_IN_A_FLOOD = 0.06
_FLOOD_BYTES = 64 << 10
# After a silence so many go at once: a run begins with several small events, and its first line waits for none.
_AT_ONCE = 5
_CLOSE_SECONDS = 10


def make_queue(name: str) -> Any:
    """A bounded `ray.util.queue.Queue` that takes no CPU from the runs."""
    from ray.util.queue import Queue

    return Queue(maxsize=QUEUE_BATCHES, actor_options={"num_cpus": 0, "name": name})


class QueueSender:
    """A run's listener: takes events at any rate and never blocks; a thread sends what has gathered.

    The first few events after a silence go at once; what follows them gathers for 20 ms, behind a large batch for 60 ms.
    """

    def __init__(self, queue: Any) -> None:
        self._queue = queue
        self._changed = threading.Condition()
        self._waiting: list[bytes] = []
        self._size = 0
        self._may_go = 0.0
        self._closing = False
        self.dropped = 0
        self._thread = threading.Thread(target=self._send_all, name="p2n-events", daemon=True)
        self._thread.start()

    def __call__(self, event: bytes) -> None:
        with self._changed:
            if self._size + len(event) > _MAX_WAITING_BYTES:
                self.dropped += 1
                return
            self._waiting.append(event)
            self._size += len(event)
            if len(self._waiting) == 1 or self._size >= MAX_BATCH_BYTES:
                self._changed.notify()

    def close(self) -> None:
        """Send what is left, in bounded time."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(_CLOSE_SECONDS)

    def _send_all(self) -> None:
        from ray.exceptions import RayError
        from ray.util.queue import Full

        while batch := self._next():
            if sum(map(len, batch)) >= _FLOOD_BYTES:
                self._may_go = time.monotonic() + _SECONDS_IN_A_FLOOD
            else:
                credit = (_AT_ONCE - 1) * _SECONDS_BETWEEN_PUTS
                self._may_go = max(self._may_go, time.monotonic() - credit) + _SECONDS_BETWEEN_PUTS
            try:
                self._queue.put_nowait_batch([batch])
            except Full:
                self.dropped += len(batch)
            except RayError:
                # The queue's actor is gone; the file still takes everything.
                self.dropped += len(batch)

    def _pause(self) -> float | None:
        """Seconds until something is to be sent; None where there is nothing."""
        if not self._waiting:
            return None
        if self._size >= MAX_BATCH_BYTES:
            return 0
        return max(self._may_go - time.monotonic(), 0)

    def _next(self) -> list[bytes]:
        with self._changed:
            while not self._closing and (pause := self._pause()) != 0:
                self._changed.wait(pause)
            batch: list[bytes] = []
            size = 0
            for event in self._waiting:
                if batch and size + len(event) > MAX_BATCH_BYTES:
                    break
                batch.append(event)
                size += len(event)
            del self._waiting[: len(batch)]
            self._size -= size
            return batch
