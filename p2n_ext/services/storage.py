"""What P2N keeps on disk: shown by kind and by item, and removed where nothing uses it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from p2n_schemas.api import Check
from p2n_schemas.base import utc_now
from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.runs import Run, RunStatus
from p2n_schemas.storage import (
    Storage,
    StorageGroup,
    StorageItem,
    StorageKept,
    StorageKey,
    StorageKind,
    StorageRemoval,
)

from ..protocols import Database, EngineSizes, EngineStorage, EventLog, ObjectStore, RunFilter
from .datasets import DatasetService
from .papers import PaperService
from .run_deletion import RunDeletion
from .run_inputs import RunInputStore

_LIVE = RunFilter(statuses=(RunStatus.QUEUED, RunStatus.RUNNING))
_ON_ENGINE = (StorageKind.ENVIRONMENT, StorageKind.DATASET, StorageKind.WHEELS, StorageKind.IMAGE)
_MOST_ITEMS = 1000
_MOST_RUNS = 10_000
_FRESH_SECONDS = 60.0
_WAIT_SECONDS = 3.0
_LOW_BYTES = 5_000_000_000
_KEY_DIGITS = 16

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Needs:
    """What live runs need: digits of env_hashes, names of datasets, images, papers."""

    environments: frozenset[str] = frozenset()
    datasets: frozenset[str] = frozenset()
    images: frozenset[str] = frozenset()
    papers: frozenset[str | None] = frozenset()


@dataclass(frozen=True)
class _Measured:
    """Sizes as they were at a moment."""

    at: datetime
    clock: float
    engine: EngineSizes | None
    files: dict[tuple[StorageKind, str], int] = field(default_factory=dict)

    def size(self, kind: StorageKind, key: str) -> int | None:
        found = self.files.get((kind, key))
        if found is None and self.engine is not None:
            found = self.engine.items.get((kind, key))
        return found


class StorageService:
    """`free_bytes` gives what is free where the data folder lies; it may take a moment and runs in a thread."""

    def __init__(
        self,
        database: Database,
        objects: ObjectStore,
        log: EventLog,
        inputs: RunInputStore,
        engine: EngineStorage,
        papers: PaperService,
        deletion: RunDeletion,
        datasets: DatasetService,
        free_bytes: Callable[[], int],
    ) -> None:
        self._database = database
        self._objects = objects
        self._events = log
        self._inputs = inputs
        self._engine = engine
        self._papers = papers
        self._deletion = deletion
        self._datasets = datasets
        self._free_bytes = free_bytes
        self._measured: _Measured | None = None
        self._measuring: asyncio.Task[None] | None = None

    async def view(self, *, wait_seconds: float = _WAIT_SECONDS) -> Storage:
        """What there is now, with sizes at most a minute old, or being measured where they take longer than the wait."""
        if self._measured is None or time.monotonic() - self._measured.clock > _FRESH_SECONDS:
            measuring = self.measure()
            if self._measured is None:
                await asyncio.wait([measuring], timeout=wait_seconds)
        items, problem = await self._items(_MOST_ITEMS)
        items.sort(key=lambda item: item.size_bytes or 0, reverse=True)
        # Every await lets a measurement end in between: from here on it is one and the same.
        measured = self._measured
        engine = measured.engine if measured else None
        return Storage(
            groups=await self._groups(items),
            items=items[:_MOST_ITEMS],
            measured_at=measured.at if measured else None,
            measuring=self._measuring is not None,
            free_bytes=await asyncio.to_thread(self._free_bytes),
            engine_free_bytes=engine.free_bytes if engine else None,
            problem=problem,
        )

    async def items(self, kind: StorageKind) -> list[StorageItem]:
        """All of a kind, with the sizes last measured."""
        return [item for item in (await self._items(_MOST_RUNS))[0] if item.kind is kind]

    def measure(self) -> asyncio.Task[None]:
        """Look up all sizes anew, once however many ask meanwhile."""
        if self._measuring is None:
            self._measuring = asyncio.create_task(self._measure(), name="p2n-measure-storage")
        return self._measuring

    async def delete(self, keys: Sequence[StorageKey]) -> StorageRemoval:
        """Remove what nothing uses; what is kept says why. One that can't be removed keeps no other from it."""
        deleted: list[StorageKey] = []
        kept: list[StorageKept] = []
        freed = 0
        needs = await self._needs()
        on_engine: list[StorageKey] = []
        named = {(item.kind, item.id): item.label for item in await self._named_datasets(keys)}
        for key in dict.fromkeys(keys):
            if key.kind in _ON_ENGINE:
                if _is_needed(key, named.get((key.kind, key.id), ""), needs):
                    kept.append(_kept(key, "a run that waits or goes on needs it"))
                else:
                    on_engine.append(key)
                continue
            size = await self._size_of(key)
            try:
                await self._remove(key)
            except P2NError as error:
                kept.append(
                    _kept(
                        key,
                        "it is not there" if error.code is ErrorCode.E_NOT_FOUND else error.info.message,
                    )
                )
            else:
                deleted.append(key)
                freed += size
        if on_engine:
            removal = await self._engine.remove(on_engine)
            deleted += removal.deleted
            kept += removal.kept
            freed += removal.freed_bytes
        if deleted:
            await self._forget_sizes(deleted)
        return StorageRemoval(deleted=deleted, kept=kept, freed_bytes=freed)

    async def free_wheels(self, wanted: int) -> int:
        """Remove cached wheels that no environment uses, up to `wanted` bytes; gives the bytes freed."""
        return await self._engine.free_wheels(wanted)

    async def tidy(self) -> None:
        """Remove what killed builders left on the engine."""
        engine = self._measured.engine if self._measured else None
        await self._engine.tidy(engine.orphans if engine else ())

    async def check(self) -> Check:
        """For the doctor."""
        found = await self.view()
        words = ", ".join(
            f"{group.count} {_plural(group.kind, group.count)}"
            + (f" ({_bytes(group.size_bytes)})" if group.size_bytes is not None else "")
            for group in found.groups
            if group.count
        )
        free = min(filter(None, [found.free_bytes, found.engine_free_bytes]), default=0)
        if found.problem:
            return Check(
                name="storage", status="unknown", message=f"{words or 'nothing kept'}; {found.problem}"
            )
        low = free < _LOW_BYTES
        return Check(
            name="storage",
            status="warning" if low else "ok",
            message=f"{words or 'nothing kept'}; {_bytes(free)} free",
            remediation="`jupyter p2n storage` shows what takes it and removes it; P2NApp.keep_… sets limits."
            if low
            else "",
        )

    async def close(self) -> None:
        if self._measuring is not None:
            self._measuring.cancel()
            await asyncio.gather(self._measuring, return_exceptions=True)

    # inside

    async def _measure(self) -> None:
        try:
            clock, at = time.monotonic(), utc_now()
            engine: EngineSizes | None = None
            try:
                engine = await self._engine.measure()
            except P2NError as error:
                _log.warning("what the Docker Engine keeps can't be measured: %s", error)
            self._measured = _Measured(at, clock, engine, await self._file_sizes())
        finally:
            self._measuring = None

    async def _file_sizes(self) -> dict[tuple[StorageKind, str], int]:
        plans = {
            plan.id: paper.id
            for paper in await self._database.list_papers()
            for plan in await self._database.list_plans(paper.id)
        }
        sizes: Counter[tuple[StorageKind, str]] = Counter()
        for prefix, kind in (
            ("runs", StorageKind.RUN),
            ("papers", StorageKind.PAPER),
            ("plans", StorageKind.PAPER),
            ("datasets", StorageKind.UPLOAD),
        ):
            for key, size in (await self._objects.sizes(prefix)).items():
                owner = key.split("/")[1]
                sizes[kind, plans.get(owner, owner) if prefix == "plans" else owner] += size
        for run_id, size in (await self._events.sizes()).items():
            sizes[StorageKind.RUN, run_id] += size
        return dict(sizes)

    async def _size_of(self, key: StorageKey) -> int:
        known = self._measured.size(key.kind, key.id) if self._measured else None
        if known is not None or key.kind is not StorageKind.RUN:
            return known or 0
        return sum((await self._objects.sizes(f"runs/{key.id}")).values()) + await self._events.size(key.id)

    async def _remove(self, key: StorageKey) -> None:
        if key.kind is StorageKind.RUN:
            await self._deletion.delete(key.id)
        elif key.kind is StorageKind.PAPER:
            await self._papers.delete(key.id)
        else:
            await self._datasets.delete(key.id)

    async def _needs(self) -> _Needs:
        live = await self._database.list_runs(_LIVE, limit=_MOST_RUNS)
        datasets: set[str] = set()
        for run in live:
            # Its snapshot may not be there yet, or no more.
            with contextlib.suppress(P2NError):
                datasets |= {mount.name for mount in (await self._inputs.load(run)).datasets}
        return _Needs(
            frozenset(run.env_hash[:_KEY_DIGITS] for run in live),
            frozenset(datasets),
            frozenset(run.image_digest.removeprefix("sha256:")[:_KEY_DIGITS] for run in live),
            frozenset(run.paper_id for run in live),
        )

    async def _named_datasets(self, keys: Sequence[StorageKey]) -> list[StorageItem]:
        if not any(key.kind is StorageKind.DATASET for key in keys):
            return []
        return [item for item in await self._engine.items() if item.kind is StorageKind.DATASET]

    async def _items(self, most_runs: int) -> tuple[list[StorageItem], str]:
        """Items, and what hinders to list them all."""
        problem = ""
        try:
            on_engine = await self._engine.items()
        except P2NError as error:
            on_engine, problem = [], error.info.message
        needs = await self._needs()
        runs = await self._database.list_runs(limit=most_runs)
        items = [*_run_items(runs), *_engine_items(on_engine, runs, needs), *await self._kept_items(needs)]
        if wheels := self._wheels():
            items.append(wheels)
        return self._with_sizes(items), problem

    async def _kept_items(self, needs: _Needs) -> list[StorageItem]:
        papers = [
            StorageItem(
                kind=StorageKind.PAPER,
                id=paper.id,
                label=paper.title,
                created_at=paper.created_at,
                in_use=paper.id in needs.papers,
            )
            for paper in await self._papers.papers()
        ]
        uploads = [
            StorageItem(
                kind=StorageKind.UPLOAD,
                id=dataset.id,
                label=dataset.name,
                created_at=dataset.created_at,
                in_use=dataset.name in needs.datasets,
            )
            for dataset in await self._datasets.datasets()
        ]
        return papers + uploads

    def _wheels(self) -> StorageItem | None:
        engine = self._measured.engine if self._measured else None
        for (kind, key), size in engine.items.items() if engine else ():
            if kind is StorageKind.WHEELS:
                label = "packages for new environments, in no environment now"
                return StorageItem(kind=kind, id=key, label=label, size_bytes=size)
        return None

    def _with_sizes(self, items: Sequence[StorageItem]) -> list[StorageItem]:
        measured = self._measured
        if measured is None:
            return list(items)
        return [
            item
            if item.size_bytes is not None
            else item.model_copy(update={"size_bytes": measured.size(item.kind, item.id)})
            for item in items
        ]

    async def _groups(self, items: Sequence[StorageItem]) -> list[StorageGroup]:
        by_kind: dict[StorageKind, list[StorageItem]] = defaultdict(list)
        for item in items:
            by_kind[item.kind].append(item)
        groups = []
        for kind in StorageKind:
            sizes = [item.size_bytes for item in by_kind[kind] if item.size_bytes is not None]
            size: int | None = sum(sizes) if sizes or not by_kind[kind] else None
            count = len(by_kind[kind])
            if kind is StorageKind.ENVIRONMENT and sizes and self._measured and self._measured.engine:
                size = self._measured.engine.environment_bytes
            if kind is StorageKind.RUN:
                count = await self._database.count_runs()
                if self._measured:
                    size = sum(size for (of, _), size in self._measured.files.items() if of is kind)
            groups.append(StorageGroup(kind=kind, count=count, size_bytes=size))
        return groups

    async def _forget_sizes(self, keys: Sequence[StorageKey]) -> None:
        """What is gone has no size, and what the others share has changed: measured anew when next asked for."""
        if self._measured is None:
            return
        gone = {(key.kind, key.id) for key in keys}
        files = {key: size for key, size in self._measured.files.items() if key not in gone}
        clock = float("-inf") if any(key.kind in _ON_ENGINE for key in keys) else self._measured.clock
        self._measured = _Measured(self._measured.at, clock, self._measured.engine, files)


def _run_items(runs: Sequence[Run]) -> list[StorageItem]:
    return [
        StorageItem(
            kind=StorageKind.RUN,
            id=run.id,
            label=f"{run.title or 'run'} ({run.status})",
            created_at=run.created_at,
            last_used_at=run.ended_at,
            in_use=not run.status.is_terminal(),
        )
        for run in runs
    ]


def _engine_items(items: Sequence[StorageItem], runs: Sequence[Run], needs: _Needs) -> list[StorageItem]:
    newest: dict[str, Run] = {}
    for run in runs:
        newest.setdefault(run.env_hash[:_KEY_DIGITS], run)
    found = []
    for item in items:
        changes: dict[str, object] = {"in_use": item.in_use or _is_needed(item, item.label, needs)}
        last = newest.get(item.id) if item.kind is StorageKind.ENVIRONMENT else None
        if last is not None:
            used = last.ended_at or last.created_at
            changes["last_used_at"] = max(used, item.last_used_at or used)
            if last.title:
                changes["label"] = f"{item.label}, last for {last.title}"
        found.append(item.model_copy(update=changes))
    return found


def _is_needed(key: StorageKey, label: str, needs: _Needs) -> bool:
    return (
        (key.kind is StorageKind.ENVIRONMENT and key.id in needs.environments)
        or (key.kind is StorageKind.IMAGE and key.id in needs.images)
        or (key.kind is StorageKind.DATASET and label in needs.datasets)
    )


def _kept(key: StorageKey, reason: str) -> StorageKept:
    return StorageKept(kind=key.kind, id=key.id, reason=reason)


def _plural(kind: StorageKind, count: int) -> str:
    if kind is StorageKind.WHEELS:
        return "wheel cache"
    return f"{kind}" if count == 1 else f"{kind}s"


def _bytes(size: int) -> str:
    for unit, power in (("GB", 10**9), ("MB", 10**6)):
        if size >= power:
            return f"{size / power:.1f} {unit}"
    return f"{size / 1000:.0f} kB"
