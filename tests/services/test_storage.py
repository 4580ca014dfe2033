"""What takes disk space: shown, removed by hand, kept to limits. Runs and papers are real rows and files.

The engine is scripted where gigabytes, old age or an engine that is away are needed; the real one is asked in
tests/ray_runner/test_eviction.py and at the end of this file.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from p2n_ext.cli import main
from p2n_ext.handlers import API_PATH
from p2n_ext.services.datasets import DatasetService
from p2n_ext.services.papers import PaperService
from p2n_ext.services.retention import Limit, Limits, Retention
from p2n_ext.services.run_deletion import RunDeletion
from p2n_ext.services.run_inputs import RunInputStore
from p2n_ext.services.storage import StorageService
from p2n_ext.stores.event_log import JsonlEventLog
from p2n_ext.stores.files import LocalObjectStore
from p2n_ext.stores.signing import Signer
from p2n_ext.stores.sqlite import SqliteDatabase
from p2n_schemas.base import utc_now
from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.runs import DatasetMount, Run, RunInputs, RunStatus
from p2n_schemas.storage import (
    Storage,
    StorageItem,
    StorageKept,
    StorageKey,
    StorageKind,
    StorageRemoval,
)
from tests.stores.made_rows import PAPER, PLAN

GB = 10**9
NOW = utc_now()


def key(kind: str, name: str) -> StorageKey:
    return StorageKey(kind=StorageKind(kind), id=name)


@dataclass
class Sizes:
    items: dict[tuple[StorageKind, str], int]
    environment_bytes: int
    free_bytes: int = 50 * GB
    orphans: tuple[str, ...] = ()


@dataclass
class ScriptedEngine:
    """Environments of 2 GB each, half of it shared with the cache of wheels; datasets of 1 GB."""

    ages: dict[tuple[str, str], float] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    cached: int = 0
    away: bool = False
    slow: asyncio.Event | None = None
    measured: int = 0

    async def items(self) -> list[StorageItem]:
        self._answer()
        return [
            StorageItem(
                kind=StorageKind(kind),
                id=name,
                label=name,
                created_at=NOW - timedelta(days=400),
                last_used_at=NOW - timedelta(days=age),
                in_use=name in self.used,
            )
            for (kind, name), age in self.ages.items()
        ]

    async def measure(self) -> Sizes:
        self._answer()
        self.measured += 1
        if self.slow is not None:
            await self.slow.wait()
        sizes = {
            (StorageKind(kind), name): 2 * GB if kind == "environment" else GB for kind, name in self.ages
        }
        environments = sum(size for (kind, _), size in sizes.items() if kind is StorageKind.ENVIRONMENT)
        return Sizes(sizes | {(StorageKind.WHEELS, "cache"): self.cached}, environments)

    async def remove(self, keys: Sequence[StorageKey]) -> StorageRemoval:
        self._answer()
        kept = [
            StorageKept(kind=one.kind, id=one.id, reason="a run uses it")
            for one in keys
            if one.id in self.used
        ]
        deleted = [one for one in keys if one.id not in self.used]
        for one in deleted:
            del self.ages[one.kind.value, one.id]
        environments = sum(one.kind is StorageKind.ENVIRONMENT for one in deleted)
        self.cached += environments * GB
        return StorageRemoval(deleted=deleted, kept=kept, freed_bytes=len(deleted) * GB)

    async def free_wheels(self, wanted: int) -> int:
        freed = min(wanted, self.cached)
        self.cached -= freed
        return freed

    async def tidy(self, orphans: Sequence[str]) -> int:
        self._answer()
        return 0

    def _answer(self) -> None:
        if self.away:
            raise P2NError(ErrorCode.E_DOCKER_UNAVAILABLE, "no Docker Engine answers", "start it")

    def names(self) -> list[str]:
        return sorted(name for _, name in self.ages)


class World:
    def __init__(self, folder: Path) -> None:
        self.database = SqliteDatabase(folder / "p2n.sqlite3")
        self.objects = LocalObjectStore(folder / "objects", Signer(b"k" * 32), lambda: "/")
        self.log = JsonlEventLog(folder / "events")
        self.engine = ScriptedEngine()
        self.inputs = RunInputStore(self.database, self.objects, None)  # type: ignore[arg-type]
        papers = PaperService(self.database, self.objects, None, self.log)  # type: ignore[arg-type]
        deletion = RunDeletion(self.database, self.objects, self.log)
        datasets = DatasetService(self.database, self.objects, None, None, folder, 1)  # type: ignore[arg-type]
        self.storage = StorageService(
            self.database,
            self.objects,
            self.log,
            self.inputs,
            self.engine,
            papers,
            deletion,
            datasets,
            lambda: 100 * GB,
        )

    async def add_run(
        self,
        name: str,
        status: RunStatus = RunStatus.SUCCEEDED,
        age_days: float = 0,
        size: int = 1000,
        **more: Any,
    ) -> Run:
        at = NOW - timedelta(days=age_days)
        run = Run(
            id=name,
            plan_id=PLAN.id,
            paper_id=PAPER.id,
            title="T",
            env_hash=more.pop("env_hash", "e" * 64),
            image_digest="sha256:" + "1" * 64,
            status=RunStatus.QUEUED,
            created_at=at,
        )
        await self.database.add_run(run, None, 1000)
        await self.objects.put(f"runs/{name}/logs.txt", b"x" * size)
        mounts = [DatasetMount(name=dataset, loader="pass") for dataset in more.pop("datasets", [])]
        inputs = RunInputs(
            notebook="{}", requirements_lock="", python_version="3.11", datasets=mounts, seed=0
        )
        await self.inputs.save(name, inputs)
        if status is not RunStatus.QUEUED:
            await self.database.transition(name, status, ended_at=at)
        return run

    def retention(self, **limits: Limit) -> Retention:
        return Retention(self.storage, Limits(**limits))

    async def runs(self) -> set[str]:
        return {run.id for run in await self.database.list_runs()}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)

    async def fill() -> None:
        await made.database.put_paper(PAPER)
        await made.database.put_plan(PLAN)
        await made.objects.put(f"papers/{PAPER.id}/paper.pdf", b"p" * 50_000)
        await made.objects.put(f"plans/{PLAN.id}/notebook.ipynb", b"n" * 20_000)

    asyncio.run(fill())
    yield made
    asyncio.run(made.database.close())


def group(found: Storage, kind: str) -> tuple[int, int | None]:
    return next((group.count, group.size_bytes) for group in found.groups if group.kind == kind)


async def test_each_kind_is_counted_with_its_size(world: World) -> None:
    await world.add_run("r_1", size=100_000)
    await world.add_run("r_2", RunStatus.QUEUED)
    world.engine.ages = {("environment", "e" * 16): 30.0, ("dataset", "wine"): 3.0}
    found = await world.storage.view()
    assert not found.measuring
    count, size = group(found, "run")
    assert count == 2
    assert size is not None
    assert 100_000 <= size < 150_000
    count, size = group(found, "paper")
    assert size is not None
    assert count == 1
    assert 70_000 <= size < 90_000, "a paper's plans are its own"
    assert group(found, "environment") == (1, 2 * GB)
    assert (found.free_bytes, found.engine_free_bytes) == (100 * GB, 50 * GB)
    items = {item.id: item for item in found.items}
    assert items["r_2"].in_use
    assert not items["r_1"].in_use
    environment = items["e" * 16]
    assert environment.in_use, "a queued run needs it"
    assert environment.last_used_at is not None
    assert environment.last_used_at > NOW - timedelta(days=1), "a run used it today"


async def test_what_takes_long_to_measure_is_told_as_such(world: World) -> None:
    world.engine.slow = asyncio.Event()
    world.engine.ages = {("dataset", "wine"): 3.0}
    first = await world.storage.view(wait_seconds=0.05)
    assert first.measuring
    assert [item.size_bytes for item in first.items if item.kind is StorageKind.DATASET] == [None]
    await asyncio.gather(*(world.storage.view(wait_seconds=0.01) for _ in range(5)))
    assert world.engine.measured == 1, "once, however many ask"
    world.engine.slow.set()
    await world.storage.measure()
    second = await world.storage.view()
    assert [item.size_bytes for item in second.items if item.kind is StorageKind.DATASET] == [GB]


async def test_without_an_engine_the_rest_is_shown(world: World) -> None:
    await world.add_run("r_1")
    world.engine.away = True
    found = await world.storage.view()
    assert "no Docker Engine" in found.problem
    assert group(found, "run")[0] == 1
    assert (await world.storage.check()).status == "unknown"


async def test_what_a_live_run_needs_is_kept_with_the_reason(world: World) -> None:
    await world.add_run("r_live", RunStatus.QUEUED, datasets=["wine"])
    await world.add_run("r_done")
    world.engine.ages = {
        ("environment", "e" * 16): 1.0,
        ("environment", "f" * 16): 1.0,
        ("dataset", "wine"): 1.0,
        ("dataset", "iris"): 1.0,
        ("image", "1" * 16): 1.0,
    }
    wanted = [
        key("environment", "e" * 16),
        key("environment", "f" * 16),
        key("dataset", "wine"),
        key("dataset", "iris"),
        key("image", "1" * 16),
        key("run", "r_live"),
        key("run", "r_done"),
        key("paper", PAPER.id),
        key("upload", "d_none"),
    ]
    removal = await world.storage.delete(wanted)
    assert {one.id for one in removal.deleted} == {"f" * 16, "iris", "r_done"}
    reasons = {one.id: one.reason for one in removal.kept}
    assert reasons.keys() == {"e" * 16, "wine", "1" * 16, "r_live", PAPER.id, "d_none"}
    assert reasons["wine"] == "a run that waits or goes on needs it"
    assert reasons["d_none"] == "it is not there"
    assert await world.runs() == {"r_live"}
    assert removal.freed_bytes >= 2 * GB


async def test_runs_go_by_age_and_live_ones_never(world: World) -> None:
    await world.add_run("r_old", age_days=40)
    await world.add_run("r_new", age_days=5)
    await world.add_run("r_live", RunStatus.QUEUED, age_days=50)
    removal = await world.retention(runs=Limit(days=30)).enforce()
    assert [one.id for one in removal.deleted] == ["r_old"]
    assert await world.runs() == {"r_new", "r_live"}
    assert await world.objects.sizes("runs/r_old") == {}


async def test_runs_go_by_size_the_oldest_first(world: World) -> None:
    for number in range(4):
        await world.add_run(f"r_{number}", age_days=10 - number, size=1_000_000)
    await world.retention(runs=Limit(bytes=2_500_000)).enforce()
    assert await world.runs() == {"r_2", "r_3"}


async def test_the_least_recently_used_environment_goes_first_and_never_one_in_use(world: World) -> None:
    world.engine.ages = {
        ("environment", "oldest"): 90.0,
        ("environment", "older"): 60.0,
        ("environment", "old"): 30.0,
        ("environment", "new"): 1.0,
    }
    world.engine.used = {"oldest"}
    world.engine.cached = GB
    # 9 GB are there; the cache alone is not enough, one environment with its wheels is.
    await world.retention(environments=Limit(bytes=6 * GB)).enforce()
    assert world.engine.names() == ["new", "old", "oldest"]
    assert world.engine.cached == 0
    await world.retention(environments=Limit(days=10)).enforce()
    assert world.engine.names() == ["new", "oldest"]
    await world.retention(environments=Limit(bytes=1)).enforce()
    assert world.engine.names() == ["oldest"], "what is in use stays over any limit"


async def test_only_the_cache_goes_where_that_is_enough(world: World) -> None:
    world.engine.ages = {("environment", "one"): 90.0}
    world.engine.cached = 5 * GB
    await world.retention(environments=Limit(bytes=4 * GB)).enforce()
    assert world.engine.names() == ["one"]
    assert world.engine.cached == 2 * GB


async def test_datasets_go_by_age_and_size(world: World) -> None:
    world.engine.ages = {("dataset", name): age for name, age in (("a", 50.0), ("b", 9.0), ("c", 1.0))}
    await world.retention(datasets=Limit(days=30)).enforce()
    assert world.engine.names() == ["b", "c"]
    await world.retention(datasets=Limit(bytes=GB)).enforce()
    assert world.engine.names() == ["c"]


async def test_without_limits_nothing_goes(world: World) -> None:
    await world.add_run("r_old", age_days=4000)
    world.engine.ages = {("environment", "ancient"): 4000.0, ("dataset", "ancient"): 4000.0}
    assert (await world.retention().enforce()).deleted == []
    assert await world.runs() == {"r_old"}


async def test_the_doctor_warns_where_room_is_low(world: World) -> None:
    await world.add_run("r_1")
    check = await world.storage.check()
    assert (check.name, check.status) == ("storage", "ok")
    assert "1 run (" in check.message
    world.storage._free_bytes = lambda: 3 * GB
    check = await world.storage.check()
    assert check.status == "warning"
    assert "jupyter p2n storage" in check.remediation


@pytest.mark.docker
async def test_the_routes_on_the_real_engine(jp_fetch: Any) -> None:
    path = API_PATH.strip("/").split("/")
    found = Storage.model_validate_json((await jp_fetch(*path, "storage")).body)
    assert found.problem == ""
    assert any(item.kind is StorageKind.IMAGE and item.size_bytes for item in found.items)
    assert datetime.now(NOW.tzinfo) >= (found.measured_at or NOW)
    body = {"items": [{"kind": "run", "id": "r_none"}, {"kind": "environment", "id": "none"}]}
    answer = await jp_fetch(*path, "storage", "delete", method="POST", body=json.dumps(body))
    removal = StorageRemoval.model_validate_json(answer.body)
    assert removal.deleted == []
    assert {kept.reason for kept in removal.kept} == {"it is not there"}


@pytest.mark.docker
def test_the_command_line_lists_and_removes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def run(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            main(["storage", "--plain", "--data-dir", str(tmp_path), *arguments])
        return int(str(ended.value.code)), capsys.readouterr().out

    status, out = run("--json")
    assert status == 0
    assert not Storage.model_validate_json(out).measuring
    status, out = run("--delete", "run:r_none", "environment:none")
    assert status == 1
    assert "kept run:r_none: it is not there" in out
    status, out = run("--delete", "everything")
    assert (status, "E_VALIDATION" in out) == (1, True)
