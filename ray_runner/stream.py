"""Events from a run's worker to the bridge: batches over a bounded Ray queue, ended by the `end` event.

The queue is for speed, events.jsonl for truth: a batch that finds the queue full is dropped, the reader sees
the gap in seq and reads the file instead. So neither a slow nor a dead reader ever holds a run up.
"""

from __future__ import annotations

import threading
from typing import Any

QUEUE_BATCHES = 64
MAX_BATCH_BYTES = 1 << 20
_MAX_WAITING_BYTES = 8 << 20
_CLOSE_SECONDS = 10


def make_queue(name: str) -> Any:
    """A bounded `ray.util.queue.Queue` that takes no CPU from the runs."""
    from ray.util.queue import Queue

    return Queue(maxsize=QUEUE_BATCHES, actor_options={"num_cpus": 0, "name": name})


class QueueSender:
    """A run's listener: takes events at any rate and never blocks; a thread sends what has gathered."""

    def __init__(self, queue: Any) -> None:
        self._queue = queue
        self._changed = threading.Condition()
        self._waiting: list[bytes] = []
        self._size = 0
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
            try:
                self._queue.put_nowait_batch([batch])
            except Full:
                self.dropped += len(batch)
            except RayError:
                # The queue's actor is gone; the file still takes everything.
                self.dropped += len(batch)

    def _next(self) -> list[bytes]:
        with self._changed:
            while not self._waiting and not self._closing:
                self._changed.wait()
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
