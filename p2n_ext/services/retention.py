"""Limits by age and size, kept in the background: the least recently used goes first, never what is in use."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from p2n_schemas.base import utc_now
from p2n_schemas.errors import P2NError
from p2n_schemas.storage import Storage, StorageItem, StorageKept, StorageKey, StorageKind, StorageRemoval

from .storage import StorageService

_INTERVAL_SECONDS = 3600.0
_AFTER_A_RUN_SECONDS = 60.0
_GAP_SECONDS = 600.0
_AT_ONCE = 200
_EVER = datetime.min.replace(tzinfo=UTC)

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limit:
    """Days since the last use, and bytes in all; 0 is no limit."""

    days: float = 0.0
    bytes: int = 0

    @property
    def is_set(self) -> bool:
        return self.days > 0 or self.bytes > 0


@dataclass(frozen=True)
class Limits:
    """`environments` counts the cached wheels in."""

    runs: Limit = Limit()
    environments: Limit = Limit()
    datasets: Limit = Limit()

    def by_kind(self) -> dict[StorageKind, Limit]:
        return {
            StorageKind.RUN: self.runs,
            StorageKind.DATASET: self.datasets,
            StorageKind.ENVIRONMENT: self.environments,
        }


class Retention:
    def __init__(self, storage: StorageService, limits: Limits) -> None:
        self._storage = storage
        self._limits = limits
        self._poked = asyncio.Event()
        self._one_at_a_time = asyncio.Lock()
        self._loop: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Enforce every hour, and some time after a run has ended."""
        if self._loop is None:
            self._loop = asyncio.create_task(self._go_on(), name="p2n-retention")

    def poke(self, run_id: str) -> None:
        """A run has ended."""
        self._poked.set()

    async def enforce(self) -> StorageRemoval:
        """Once, now. Raises E_DOCKER_UNAVAILABLE, E_SANDBOX_FAILED; then what was removed is removed."""
        async with self._one_at_a_time:
            await self._storage.measure()
            await self._storage.tidy()
            done = StorageRemoval(deleted=[], kept=[], freed_bytes=0)
            for kind, limit in self._limits.by_kind().items():
                if limit.is_set:
                    done = _sum(done, await self._keep_to(kind, limit))
            for key in done.deleted:
                _log.warning("removed by retention: %s %s", key.kind, key.id)
            if done.deleted or done.freed_bytes:
                _log.warning("retention freed %.1f MB", done.freed_bytes / 1e6)
            return done

    async def close(self) -> None:
        if self._loop is not None:
            self._loop.cancel()
            await asyncio.gather(self._loop, return_exceptions=True)

    async def _go_on(self) -> None:
        while True:
            try:
                await asyncio.wait_for(self._poked.wait(), _INTERVAL_SECONDS)
                # Not in the way of a run that follows at once.
                await asyncio.sleep(_AFTER_A_RUN_SECONDS)
            except TimeoutError:
                pass
            self._poked.clear()
            try:
                await self.enforce()
            except P2NError as error:
                _log.warning("the storage limits can't be kept now: %s", error)
            except Exception:
                _log.exception("the storage limits could not be kept")
            await asyncio.sleep(_GAP_SECONDS)

    async def _keep_to(self, kind: StorageKind, limit: Limit) -> StorageRemoval:
        items = sorted(await self._storage.items(kind), key=_last_used)
        old = _too_old(items, limit)
        done = await self._delete(old)
        if limit.bytes == 0:
            return done
        if done.deleted:
            await self._storage.measure()
        gone = {key.id for key in done.deleted}
        rest = [item for item in items if item.id not in gone and not item.in_use]
        over = _size_of(await self._storage.view(), kind) - limit.bytes
        if kind is StorageKind.ENVIRONMENT and over > 0:
            freed = await self._storage.free_wheels(over)
            over -= freed
            done = done.model_copy(update={"freed_bytes": done.freed_bytes + freed})
        for item in rest:
            if over <= 0:
                break
            removal = await self._delete([item])
            freed = removal.freed_bytes
            if kind is StorageKind.ENVIRONMENT and over > freed and removal.deleted:
                # Most of an environment is shared with the cache and comes free with its wheels only.
                extra = await self._storage.free_wheels(over - freed)
                removal = removal.model_copy(update={"freed_bytes": freed + extra})
            over -= removal.freed_bytes
            done = _sum(done, removal)
        return done

    async def _delete(self, items: Sequence[StorageKey]) -> StorageRemoval:
        done = StorageRemoval(deleted=[], kept=[], freed_bytes=0)
        for begin in range(0, len(items), _AT_ONCE):
            keys = [StorageKey(kind=item.kind, id=item.id) for item in items[begin : begin + _AT_ONCE]]
            done = _sum(done, await self._storage.delete(keys))
        return done


def _too_old(items: Sequence[StorageItem], limit: Limit) -> list[StorageItem]:
    if limit.days <= 0:
        return []
    before = utc_now() - timedelta(days=limit.days)
    return [item for item in items if not item.in_use and _last_used(item) < before]


def _last_used(item: StorageItem) -> datetime:
    return max(item.last_used_at or _EVER, item.created_at or _EVER)


def _size_of(view: Storage, kind: StorageKind) -> int:
    counted = {kind, StorageKind.WHEELS} if kind is StorageKind.ENVIRONMENT else {kind}
    return sum(group.size_bytes or 0 for group in view.groups if group.kind in counted)


def _sum(one: StorageRemoval, other: StorageRemoval) -> StorageRemoval:
    kept: list[StorageKept] = [*one.kept, *other.kept]
    return StorageRemoval(
        deleted=[*one.deleted, *other.deleted], kept=kept, freed_bytes=one.freed_bytes + other.freed_bytes
    )
