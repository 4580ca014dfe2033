"""Keeps standby containers for the runs that are likely to come: those that came last."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from p2n_schemas.errors import P2NError
from p2n_schemas.runs import RunSpec

# Who reruns at once shall not meet a container being made.
_QUIET_SECONDS = 1.0

_log = logging.getLogger(__name__)

OnNode = Callable[..., Awaitable[Any]]


class Keeper:
    """`busy` tells whether a run goes on: nothing is prepared beside one. `on_node` runs a function on a node."""

    def __init__(self, busy: Callable[[], bool], on_node: OnNode) -> None:
        self._busy = busy
        self._on_node = on_node
        # The last runs that differ, the newest last, with their node.
        self._recent: dict[str, tuple[str, str]] = {}
        self._bound = 0
        self._runtime: str | None = None
        self._wake = asyncio.Event()
        self._nodes: set[str] = set()

    def want(self, spec: RunSpec, node: str, runtime: str | None, bound: int) -> None:
        """A run like this may come again: prepare for it once nothing runs. Bound: how many a node keeps."""
        self._bound, self._runtime = bound, runtime
        likeness = spec.model_copy(
            update={"run_id": "standby", "grants": [], "first_seq": 1, "traceparent": None}
        )
        key = likeness.model_dump_json()
        self._recent.pop(key, None)
        self._recent[key] = node, key
        while len(self._recent) > max(bound, 1):
            self._recent.pop(next(iter(self._recent)))

    def look(self) -> None:
        """Something has changed: a run has ended, or one is wanted."""
        if self._recent and (self._bound or self._nodes):
            self._wake.set()

    async def run(self) -> None:
        """For as long as the dispatcher lives."""
        while True:
            await self._wake.wait()
            await asyncio.sleep(_QUIET_SECONDS)
            self._wake.clear()
            if self._busy():
                # Its end wakes this again.
                continue
            by_node: dict[str, list[str]] = {node: [] for node in self._nodes}
            for node, spec in reversed(self._recent.values()):
                by_node.setdefault(node, []).append(spec)
            for node, specs in by_node.items():
                try:
                    await self._on_node(node, tend, specs, self._runtime, self._bound)
                except Exception:
                    _log.exception("standby containers could not be kept")
            self._nodes = set(by_node) if self._bound else set()


def tend(specs: list[str], runtime: str | None, bound: int) -> int:
    """Bring this node's standby containers to what is wanted, the likeliest run first; gives how many were made.

    What is not built yet is not built for this. Raises E_DOCKER_UNAVAILABLE, E_SANDBOX_FAILED.
    """
    from . import bundle
    from .sandbox import standby
    from .sandbox.docker import DockerSandbox
    from .sandbox.protocol import Limits

    sandbox = DockerSandbox("standby", runtime=runtime)
    try:
        wanted = {}
        for spec in map(RunSpec.model_validate_json, specs[:bound]):
            preparation = bundle.preparation(spec.notebook, spec.seed)
            key = sandbox.standby_key(preparation, spec.env_hash, spec.image_digest, spec.datasets)
            wanted[key] = spec, preparation
        had = sandbox.keep_standby(list(wanted))
        made = 0
        for key, (spec, preparation) in wanted.items():
            if key in had or not standby.fits(Limits().memory):
                continue
            if not sandbox.has(spec.env_hash, spec.datasets):
                continue
            made += sandbox.stand_by(preparation, spec.env_hash, spec.image_digest, spec.datasets)
        return made
    finally:
        sandbox.close()


def drop_where_short() -> None:
    """Remove what waits where the machine runs short of memory."""
    from .sandbox import standby
    from .sandbox.engine import connect

    if standby.fits(0):
        return
    with contextlib.suppress(P2NError):
        client = connect()
        try:
            standby.keep_only(client, [])
        finally:
            client.close()
