"""Removal from a real engine: never what a run uses or is about to use, and nothing half gone."""

from __future__ import annotations

import asyncio
import os
import random
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from p2n_schemas.errors import P2NError
from p2n_schemas.storage import StorageKey, StorageKind
from ray_runner.guest import tend_stores
from ray_runner.sandbox import leases
from ray_runner.sandbox.engine import LABEL_PHASE, connect
from ray_runner.sandbox.environment import Builder, environment_path, environment_volume
from ray_runner.sandbox.eviction import Removed, remove_environment, remove_volumes
from ray_runner.sandbox.inventory import list_items
from ray_runner.sandbox.lock import DockerResolver, environment_hash
from ray_runner.sandbox.storage import DockerStorage
from ray_runner.sandbox.volumes import ensure_store, is_published, publish

pytestmark = pytest.mark.docker


class World:
    """One small environment on the real engine, which comes and goes."""

    def __init__(self, client: Any, lock: str, image: str) -> None:
        self.client, self.image = client, image
        self.lock = f"{lock}# {uuid.uuid4()}\n"
        self.env_hash = environment_hash(self.lock, image, "3.11")
        self.volume = environment_volume(self.env_hash)
        self.key = StorageKey(kind=StorageKind.ENVIRONMENT, id=self.volume.removeprefix("p2n-env-"))

    def builder(self) -> Builder:
        return Builder(self.client, "test-eviction", lambda: False)

    def ensure(self, builder: Builder) -> bool:
        return builder.environment(self.env_hash, self.image, self.lock, time.time() + 120, lambda _: None)

    def built(self) -> World:
        builder = self.builder()
        self.ensure(builder)
        builder.close()
        return self

    def container(self, client: Any = None, **settings: Any) -> Any:
        path = environment_path(self.env_hash)
        return (client or self.client).containers.create(
            self.image,
            [f"{path}/bin/python", "-c", "import packaging; print(packaging.__version__)"],
            volumes={self.volume: {"bind": path, "mode": "ro"}},
            network_mode="none",
            **settings,
        )

    def evict(self) -> Removed:
        return remove_volumes(self.client, self.image, [self.volume])

    def is_there(self) -> bool:
        return any(volume.name == self.volume for volume in self.client.volumes.list())


@pytest.fixture
def world() -> Iterator[World]:
    resolved = asyncio.run(DockerResolver().resolve("packaging==24.2"))
    client = connect()
    made = World(client, resolved.requirements_lock, resolved.image_digest)
    yield made
    remove_environment(client, made.env_hash, made.image)
    client.close()


def test_what_a_run_uses_stays(world: World) -> None:
    builder = world.builder()
    world.ensure(builder)
    assert world.evict().kept == {world.volume: "a run uses it, or is building it"}
    container = world.container()
    builder.close()
    try:
        assert world.evict().kept == {world.volume: "a container uses it"}
        container.start()
        assert container.wait()["StatusCode"] == 0
    finally:
        container.remove(force=True)
    assert world.evict().gone == [world.volume]
    assert not world.is_there()


def test_standby_is_no_use(world: World) -> None:
    world.built()
    container = world.container(labels={LABEL_PHASE: "standby"}, name=f"p2n-standby.{uuid.uuid4().hex}")
    item = next(item for item in list_items(world.client) if item.id == world.key.id)
    assert not item.in_use
    assert world.evict().gone == [world.volume]
    assert container.id not in [found.id for found in world.client.containers.list(all=True)]


def test_a_standby_container_that_a_run_has_claimed_is_use(world: World) -> None:
    world.built()
    name = f"p2n-claimed.{int(time.time()) + 60}.test-{uuid.uuid4().hex}"
    container = world.container(labels={LABEL_PHASE: "standby"}, name=name)
    try:
        item = next(item for item in list_items(world.client) if item.id == world.key.id)
        assert item.in_use
        assert list(world.evict().kept) == [world.volume]
    finally:
        container.remove(force=True)


def test_runs_and_eviction_at_once(world: World) -> None:
    """Each user finds what it was given, however often it is taken away in between."""
    failures: list[str] = []
    uses, evictions = [0], 0
    until = time.monotonic() + 100
    ended = threading.Event()

    def use() -> None:
        client = connect()
        while not ended.is_set():
            builder = Builder(client, "test-eviction", lambda: False)
            try:
                builder.environment(
                    world.env_hash, world.image, world.lock, time.time() + 100, lambda _: None
                )
                # The moment in which nothing but the lease holds it.
                time.sleep(random.random() * 0.05)
                container = world.container(client)
                builder.close()
                try:
                    container.start()
                    if container.wait()["StatusCode"] != 0:
                        failures.append(container.logs().decode())
                finally:
                    container.remove(force=True)
                uses[0] += 1
            except Exception as error:
                failures.append(repr(error))
            finally:
                builder.close()
            time.sleep(random.random() * 0.3)
        client.close()

    users = [threading.Thread(target=use) for _ in range(2)]
    for user in users:
        user.start()
    while (uses[0] < 8 or evictions < 3) and not failures and time.monotonic() < until:
        evictions += len(world.evict().gone)
        time.sleep(random.random() * 0.2)
    ended.set()
    for user in users:
        user.join(120)
    assert failures == []
    assert uses[0] >= 8
    assert evictions >= 3


def test_a_volume_that_the_engine_made_by_itself_is_no_environment(world: World) -> None:
    # A container that asks for a volume that is not there gets an empty one of that name.
    world.container().remove(v=False)
    assert world.is_there()
    builder = world.builder()
    assert world.ensure(builder) is False
    builder.close()


def test_what_a_pruned_store_showed_is_no_environment() -> None:
    client = connect()
    store, shown = f"p2n-test-{uuid.uuid4().hex}", f"p2n-test-{uuid.uuid4().hex}"
    try:
        ensure_store(client, store)
        publish(client, store, "folder", shown, {})
        assert is_published(client, store, shown)
        ensure_store(client, store)
        assert is_published(client, store, shown)
        client.volumes.get(store).remove()
        ensure_store(client, store)
        assert not is_published(client, store, shown)
        assert shown not in [volume.name for volume in client.volumes.list()]
    finally:
        client.volumes.get(store).remove()
        client.close()


async def test_a_build_that_was_never_published_is_tidied_away(world: World) -> None:
    world.built()
    world.client.volumes.get(world.volume).remove()
    storage = DockerStorage()
    sizes = await storage.measure()
    assert sizes is not None
    assert sizes.items[StorageKind.ENVIRONMENT, world.key.id] > 100_000
    assert world.volume in sizes.orphans
    gone = f"p2n-env-{uuid.uuid4().hex[:16]}"
    lease = leases.share(gone)
    assert lease is not None
    lease.close()
    assert await storage.tidy([world.volume]) > 0
    assert leases.last_used(gone) is None
    sizes = await storage.measure()
    assert sizes is not None
    assert (StorageKind.ENVIRONMENT, world.key.id) not in sizes.items


async def test_what_is_removed_is_told_and_what_is_not_there_too(world: World) -> None:
    world.built()
    unknown = StorageKey(kind=StorageKind.DATASET, id="nothing")
    current = next(item for item in list_items(world.client) if item.kind is StorageKind.IMAGE)
    image = StorageKey(kind=StorageKind.IMAGE, id=current.id)
    removal = await DockerStorage().remove([world.key, unknown, image])
    assert removal.deleted == [world.key]
    assert {(kept.id, kept.reason) for kept in removal.kept} == {
        ("nothing", "it is not there"),
        (current.id, "it is the base image of every new plan"),
    }


async def test_an_old_base_image_goes_where_no_container_is_made_of_it(world: World) -> None:
    container = world.client.containers.create(world.image, ["true"], network_mode="none")
    old = container.commit(repository="p2n-base", tag="test-old", changes=["LABEL p2n.python=3.0.0"])
    container.remove()
    key = next(item for item in list_items(world.client) if "test-old" in item.label)
    user = world.client.containers.create(old.id, ["true"], network_mode="none")
    try:
        kept = (await DockerStorage().remove([StorageKey(kind=key.kind, id=key.id)])).kept
        assert [found.reason for found in kept] == ["a container uses it"]
    finally:
        user.remove()
    removal = await DockerStorage().remove([StorageKey(kind=key.kind, id=key.id)])
    assert [found.id for found in removal.deleted] == [key.id]
    assert "test-old" not in str([image.tags for image in world.client.images.list()])


class TestInTheStore:
    """What the container does, in folders of this machine."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> Path:
        for name in ("packages/envs", "packages/cache/archive-v0", "datasets"):
            (tmp_path / name).mkdir(parents=True)
        return tmp_path

    def tend(self, store: Path, **wanted: Any) -> dict[str, Any]:
        places = {"packages": str(store / "packages"), "datasets": str(store / "datasets")}
        return tend_stores.main(places | wanted)

    def wheel(self, store: Path, name: str, kilobytes: int, age: int) -> Path:
        archive = store / "packages/cache/archive-v0" / name
        (archive / f"{name}-1.0.dist-info").mkdir(parents=True)
        (archive / f"{name}-1.0.dist-info/METADATA").write_text(name)
        (archive / f"{name}.py").write_bytes(os.urandom(kilobytes * 1024))
        os.utime(archive, (time.time() - age, time.time() - age))
        return archive

    def link(self, store: Path, archive: Path, key: str) -> Path:
        environment = store / "packages/envs" / key
        for path in archive.rglob("*"):
            if path.is_file():
                target = environment / path.relative_to(archive)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.hardlink_to(path)
        (environment / ".p2n-ready").touch()
        return environment

    def test_wheels_that_no_environment_links_go_oldest_first(self, store: Path) -> None:
        used, old, new = (
            self.wheel(store, *wheel)
            for wheel in (("used", 100, 9000), ("old", 200, 8000), ("new", 300, 7000))
        )
        self.link(store, used, "a" * 16)
        freed = self.tend(store, free_wheels=50_000)["freed"]
        assert 200 * 1024 <= freed < 300 * 1024
        assert (used.exists(), old.exists(), new.exists()) == (True, False, True)
        self.tend(store, free_wheels=-1)
        assert (used.exists(), new.exists()) == (True, False)

    def test_no_wheel_goes_while_an_environment_is_built(self, store: Path) -> None:
        from ray_runner.guest import locks

        old = self.wheel(store, "old", 10, 8000)
        with locks.shared(str(store / "packages/builds.lock")):
            assert self.tend(store, free_wheels=-1)["freed"] == 0
        assert old.exists()

    def test_shared_files_are_measured_once_and_freed_last(self, store: Path) -> None:
        archive = self.wheel(store, "shared", 500, 10)
        environments = [self.link(store, archive, key * 16) for key in "ab"]
        found = self.tend(store, measure=True)
        assert found["environments"].keys() == {"a" * 16, "b" * 16}
        one = found["environments"]["a" * 16]
        assert one >= 500 * 1024
        assert found["environment_bytes"] < 1.1 * one
        assert found["wheel_bytes"] < 100_000
        assert self.tend(store, remove=[str(environments[0])])["freed"] < 10_000
        self.tend(store, remove=[str(environments[1])])
        assert self.tend(store, measure=True)["wheel_bytes"] >= 500 * 1024
        assert list((store / "packages/envs").iterdir()) == []

    def test_a_sweep_takes_what_is_half_done_and_leaves_what_is_being_done(self, store: Path) -> None:
        from ray_runner.guest import locks

        for path in (
            "packages/envs/half/bin",
            "packages/envs/gone.building",
            "packages/envs/going",
            "datasets/half.building",
            "datasets/whole",
        ):
            (store / path).mkdir(parents=True)
        for path in ("packages/envs/half.lock", "datasets/half.lock", "datasets/whole.lock"):
            (store / path).touch()
        self.link(store, self.wheel(store, "some", 1, 1), "whole")
        with locks.alone(str(store / "packages/envs/going.lock")):
            self.tend(store, sweep=True)
            assert sorted(os.listdir(store / "packages/envs")) == ["going", "going.lock", "whole"]
        assert os.listdir(store / "datasets") == ["whole"]


def test_an_engine_that_is_away_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    with pytest.raises(P2NError, match="no Docker Engine answers"):
        asyncio.run(DockerStorage().items())
