"""Work that goes on when its viewer leaves, and that a later viewer sees from its beginning."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Literal

from p2n_schemas.base import Schema, utc_now
from p2n_schemas.event_redaction import redacted
from p2n_schemas.events import Event, Stage, StageUpdate, StageUpdateEvent
from p2n_schemas.tracing import current_redactor

from .hub import PING, PING_SECONDS, frame

StageState = Literal["started", "completed", "failed"]


class Watched:
    """The events of one piece of work; whoever tells them keeps their number bounded. The last one is an `end`."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._changed = asyncio.Event()

    def tell(self, kind: type[Any], payload: Schema) -> None:
        payload = redacted(payload, current_redactor())
        self.events.append(kind(seq=len(self.events) + 1, ts=utc_now(), payload=payload))
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    def tell_stage(
        self, stage: Stage, state: StageState, message: str = "", seconds: float | None = None
    ) -> None:
        self.tell(
            StageUpdateEvent, StageUpdate(stage=stage, state=state, message=message[:2000], seconds=seconds)
        )

    async def follow(self, after: int = 0) -> AsyncIterator[Event | None]:
        """The events with seq > after, to the end; None where nothing happened for 15 s.

        An `after` that this work has not come to is of another one, and is not heeded.
        """
        shown = after if after <= len(self.events) else 0
        while True:
            changed = self._changed
            while shown < len(self.events):
                event = self.events[shown]
                shown += 1
                yield event
                if event.type == "end":
                    return
            try:
                await asyncio.wait_for(changed.wait(), PING_SECONDS)
            except TimeoutError:
                yield None

    async def frames(self, after: int = 0) -> AsyncIterator[bytes]:
        """The same as server-sent events."""
        async for event in self.follow(after):
            yield PING if event is None else frame(event.model_dump_json().encode())
