"""Which node has a run's files, where nobody remembers: a dispatcher that was started again knows no run."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

# A node that was away may be back by then.
_AGAIN_SECONDS = 30.0

Ask = Callable[[], Awaitable[dict[str, list[str]]]]


class Whereabouts:
    """`ask` gives the runs that have files on each live node. However many runs are looked for, the nodes are asked once."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._asking = asyncio.Lock()
        self._asked: float | None = None
        self._nodes: dict[str, str] = {}

    async def node_of(self, run_id: str) -> str | None:
        """The node that has files of the run; None where none has."""
        if (known := self._nodes.get(run_id)) is not None:
            return known
        async with self._asking:
            if self._asked is None or time.monotonic() - self._asked > _AGAIN_SECONDS:
                found = await self._ask()
                self._nodes = {run: node for node, runs in found.items() for run in runs}
                self._asked = time.monotonic()
        return self._nodes.get(run_id)
