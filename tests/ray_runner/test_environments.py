"""Environments in real containers: built once, whole or not at all, from hashed wheels, and by no foreign code."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from made_wheels import make_wheel
from sandbox_notebooks import metric_cell

from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.execution import ResolvedEnvironment
from ray_runner.sandbox import leases
from ray_runner.sandbox.container import run_container
from ray_runner.sandbox.engine import connect
from ray_runner.sandbox.environment import Builder, environment_path, environment_volume
from ray_runner.sandbox.eviction import remove_environment
from ray_runner.sandbox.lock import CPU_TORCH, DockerResolver, environment_hash
from ray_runner.sandbox.package_index import HOST_SETTINGS, PackageSource
from ray_runner.sandbox.reaper import stop_run
from tests.bridge_network import host_address

pytestmark = pytest.mark.docker

ROOT = Path(__file__).parents[2]


@dataclass
class Environment:
    """A lock that nothing else stands on, and what its builders say."""

    client: Any
    lock: str
    image: str
    packages: PackageSource = HOST_SETTINGS
    said: list[str] = field(default_factory=list)

    @property
    def env_hash(self) -> str:
        return environment_hash(self.lock, self.image, "3.11")

    @property
    def volume(self) -> str:
        return environment_volume(self.env_hash)

    def ensure(self, seconds: float = 120, cancelled: Callable[[], bool] = lambda: False) -> bool:
        builder = Builder(self.client, "test-environments", cancelled, packages=self.packages)
        try:
            return builder.environment(
                self.env_hash, self.image, self.lock, time.time() + seconds, self.said.append
            )
        finally:
            builder.close()

    def is_published(self) -> bool:
        return any(volume.name == self.volume for volume in self.client.volumes.list())

    def store(self, *command: str) -> str:
        return run_in(self.client, self.image, {"p2n-packages": "/p2n"}, *command)

    def left(self) -> list[str]:
        """What the store and this node still hold of it."""
        key = self.volume.removeprefix("p2n-env-")
        found = [name for name in self.store("ls", "/p2n/envs").split() if name.startswith(key)]
        found += [volume.name for volume in self.client.volumes.list() if key in volume.name]
        return found + (["lease"] if leases.last_used(self.volume) is not None else [])

    def python(self, code: str) -> str:
        path = environment_path(self.env_hash)
        return run_in(self.client, self.image, {self.volume: path}, f"{path}/bin/python", "-c", code)


def run_in(client: Any, image: str, volumes: dict[str, str], *command: str) -> str:
    mounts = {name: {"bind": place, "mode": "ro"} for name, place in volumes.items()}
    output: bytes = client.containers.run(
        image, list(command), remove=True, network_mode="none", volumes=mounts, environment={"HOME": "/tmp"}
    )
    return output.decode()


@pytest.fixture(scope="session")
def small() -> ResolvedEnvironment:
    return asyncio.run(DockerResolver().resolve("packaging==24.2\nsix==1.17.0\n"))


@pytest.fixture
def make_environment(small: ResolvedEnvironment) -> Iterator[Callable[..., Environment]]:
    client = connect()
    made: list[Environment] = []

    def make(lock: str | None = None, packages: PackageSource = HOST_SETTINGS) -> Environment:
        text = f"{small.requirements_lock if lock is None else lock}# {uuid.uuid4()}\n"
        made.append(Environment(client, text, small.image_digest, packages))
        return made[-1]

    yield make
    for environment in made:
        remove_environment(client, environment.env_hash, environment.image)
    client.close()


def failure_of(environment: Environment) -> P2NError:
    with pytest.raises(P2NError) as raised:
        environment.ensure()
    assert environment.left() == []
    return raised.value


def test_however_many_wait_one_builds(make_environment: Callable[..., Environment]) -> None:
    environment = make_environment()
    had: list[bool] = []
    together = threading.Barrier(4)

    def ensure() -> None:
        together.wait()
        had.append(environment.ensure())

    threads = [threading.Thread(target=ensure) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert sorted(had) == [False, True, True, True]
    assert len([line for line in environment.said if line.startswith("environment built")]) == 1
    assert environment.said.count("another run is building this environment: waiting for it") == 3
    took = []
    for _ in range(5):
        begun = time.perf_counter()
        assert environment.ensure() is True
        took.append(time.perf_counter() - begun)
    assert min(took) < 0.3


def test_who_waits_can_be_cancelled_and_runs_out_of_time(
    make_environment: Callable[..., Environment],
) -> None:
    environment = make_environment()
    alone = leases.own(environment.volume)
    assert alone is not None
    with alone:
        for cancelled, seconds, code in (
            (lambda: True, 60, ErrorCode.E_RUN_CANCELLED),
            (lambda: False, 0.5, ErrorCode.E_RUN_TIMEOUT),
        ):
            begun = time.monotonic()
            with pytest.raises(P2NError) as raised:
                environment.ensure(seconds, cancelled)
            assert raised.value.code is code
            assert time.monotonic() - begun < 2
        alone.forget()
    assert not environment.is_published()


@pytest.mark.parametrize(
    ("change", "code", "word"),
    [
        (lambda lock: lock.replace("sha256:", "sha256:0000"), "E_SANDBOX_FAILED", "hash digest"),
        (lambda lock: "six==1.17.0\n", "E_REQUIREMENTS_UNSATISFIABLE", "no hash for six"),
        (
            lambda lock: f"numpy==1.11.0 --hash=sha256:{'1' * 64}\n",
            "E_REQUIREMENTS_NEED_BUILD",
            "numpy has no wheel",
        ),
        (
            lambda lock: f"six==99.0 --hash=sha256:{'1' * 64}\n",
            "E_REQUIREMENTS_UNSATISFIABLE",
            "no version of six==99.0",
        ),
    ],
    ids=["broken hash", "no hash", "no wheel", "no such version"],
)
def test_what_cannot_be_built_says_why_and_leaves_nothing(
    make_environment: Callable[..., Environment],
    small: ResolvedEnvironment,
    change: Callable[[str], str],
    code: str,
    word: str,
) -> None:
    error = failure_of(make_environment(change(small.requirements_lock)))
    assert error.code == code
    assert word in error.info.message


def test_a_file_with_another_hash_is_refused(make_environment: Callable[..., Environment]) -> None:
    error = failure_of(make_environment(f"packaging==24.2 --hash=sha256:{'0' * 64}\n"))
    assert error.code is ErrorCode.E_REQUIREMENTS_UNSATISFIABLE
    assert error.info.detail["package"] == "packaging==24.2"
    assert "hash differs" in error.info.message


@pytest.fixture
def silent_index(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A package index that takes every question and answers none, so that a build lasts as long as one likes."""
    client = connect()
    gateway = host_address(client)
    client.close()
    with socket.create_server((gateway, 0)) as server:
        monkeypatch.setenv("UV_DEFAULT_INDEX", f"http://{gateway}:{server.getsockname()[1]}/simple")
        yield


def test_a_build_ends_at_the_deadline_and_leaves_nothing(
    make_environment: Callable[..., Environment], silent_index: None
) -> None:
    environment = make_environment()
    begun = time.monotonic()
    with pytest.raises(P2NError) as raised:
        environment.ensure(seconds=3)
    assert raised.value.code is ErrorCode.E_RUN_TIMEOUT
    assert time.monotonic() - begun < 15
    assert environment.left() == []


def test_a_killed_builder_leaves_nothing_once_its_container_is_removed(
    make_environment: Callable[..., Environment], silent_index: None, tmp_path: Path
) -> None:
    environment = make_environment()
    (tmp_path / "lock").write_text(environment.lock)
    code = (
        "import sys, time, pathlib\n"
        "from ray_runner.sandbox.engine import connect\n"
        "from ray_runner.sandbox.environment import Builder\n"
        "lock = pathlib.Path(sys.argv[3]).read_text()\n"
        "Builder(connect(), 'test-killed', lambda: False)"
        ".environment(sys.argv[1], sys.argv[2], lock, time.time() + 100, print)\n"
    )
    worker = subprocess.Popen(
        [sys.executable, "-c", code, environment.env_hash, environment.image, str(tmp_path / "lock")],
        env=os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'schemas'}"},
    )
    try:
        key = environment.volume.removeprefix("p2n-env-")
        until = time.monotonic() + 30
        while key not in environment.store("ls", "/p2n/envs").split():
            assert time.monotonic() < until, "the builder did not begin"
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait(10)
    assert environment.left() != []
    assert stop_run("test-killed") == 1
    own = leases.own(environment.volume)
    assert own is not None, "its lease ended with it"
    own.forget()
    assert environment.left() == []


def test_bytecode_is_there_and_compiled_once_a_wheel(
    make_environment: Callable[..., Environment], tmp_path: Path
) -> None:
    name = f"p2nonce{uuid.uuid4().hex[:8]}"
    make_wheel(tmp_path, name)
    source = PackageSource(str(tmp_path), offline=True)
    lock = asyncio.run(DockerResolver(source).resolve(f"{name}==1.0")).requirements_lock
    inodes = set()
    for _ in range(2):
        environment = make_environment(lock, source)
        assert environment.ensure() is False
        found = environment.python(
            f"import importlib.util, os; print(os.stat(importlib.util.find_spec({name!r}).cached).st_ino)"
        )
        inodes.add(found)
    assert len(inodes) == 1, "the second environment links the bytecode of the first"


def test_no_code_of_a_wheel_runs_while_it_is_installed(
    make_environment: Callable[..., Environment], tmp_path: Path
) -> None:
    # Python runs a .pth file's import lines whenever an interpreter starts in its environment.
    mark = f"/p2n/ran-{uuid.uuid4().hex}"
    make_wheel(tmp_path, "p2nhostile", p2nhostile__pth=f"import os; open({mark!r}, 'w').close()\n")
    source = PackageSource(str(tmp_path), offline=True)
    lock = asyncio.run(DockerResolver(source).resolve("p2nhostile")).requirements_lock
    environment = make_environment(lock, source)
    assert environment.ensure() is False
    assert mark.rpartition("/")[2] not in environment.store("ls", "/p2n")


def test_a_notebook_sees_its_environment_only_and_cannot_write_it(
    make_spec: Callable[..., Any], run_here: Callable[..., Any]
) -> None:
    look = (
        "import pathlib, sys\n"
        "print([str(path) for path in pathlib.Path('/p2n').rglob('*') if len(path.parts) < 5])\n"
        "try: pathlib.Path(sys.prefix, 'x').touch()\n"
        "except OSError as error: print(error.strerror)\n"
    )
    spec = make_spec(look, metric_cell())
    finished = run_here(spec)
    listed, refused = finished.lines("stdout")
    assert listed == str(["/p2n/envs", environment_path(spec.env_hash)])
    assert refused == "Read-only file system"


async def test_without_network_all_comes_from_the_folder_of_wheels(
    make_environment: Callable[..., Environment], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    networks: list[str] = []

    def noting(client: Any, settings: dict[str, Any], **more: Any) -> Any:
        networks.append(settings["network_mode"])
        return run_container(client, settings, **more)

    monkeypatch.setattr("ray_runner.sandbox.environment.run_container", noting)
    make_wheel(tmp_path, "p2nairgap", requires=("p2nairdep>=1",))
    make_wheel(tmp_path, "p2nairdep", version="1.5")
    source = PackageSource(str(tmp_path), offline=True)
    resolved = await DockerResolver(source).resolve("p2nairgap==1.0")
    assert "p2nairdep==1.5" in resolved.requirements_lock
    assert str(tmp_path) not in resolved.requirements_lock
    environment = make_environment(resolved.requirements_lock, source)
    assert await asyncio.to_thread(environment.ensure) is False
    assert set(networks) == {"none"}
    assert environment.python("import p2nairgap, p2nairdep; print(p2nairdep.VERSION)") == "1.5\n"
    with pytest.raises(P2NError) as raised:
        await DockerResolver(source).resolve("packaging==24.2")
    assert raised.value.code is ErrorCode.E_REQUIREMENTS_UNSATISFIABLE


async def test_torch_is_its_cpu_build(make_environment: Callable[..., Environment]) -> None:
    resolved = await DockerResolver().resolve("torch==2.13.0\nipykernel==7.4.0\nnbclient==0.11.0\n")
    lock = resolved.requirements_lock
    assert "torch==2.13.0+cpu" in lock or "torch==2.13.0 " in lock
    assert not [line for line in lock.splitlines() if line.startswith(("nvidia-", "cuda-", "-", "/"))]
    assert "://" not in lock
    environment = make_environment(lock)
    begun = time.monotonic()
    await asyncio.to_thread(environment.ensure, 280)
    seconds = time.monotonic() - begun
    said = environment.python(
        "import torch; print(float(torch.ones(2).sum()), torch.version.cuda, torch.cuda.is_available())"
    )
    assert said == "2.0 None False\n"
    folder = environment_path(environment.env_hash)
    megabytes = int(environment.store("du", "-sm", folder).split()[0])
    print(f"torch environment: {megabytes} MB in {seconds:.1f} s")
    assert megabytes < 1500
    assert "nvidia" not in environment.store("ls", f"{folder}/lib/python3.11/site-packages")


async def test_a_lock_with_packages_for_graphics_cards_is_refused(tmp_path: Path) -> None:
    make_wheel(tmp_path, "nvidia_cublas", version="13.1")
    make_wheel(tmp_path, "p2nboost", requires=("nvidia-cublas",))
    with pytest.raises(P2NError) as raised:
        await DockerResolver(PackageSource(str(tmp_path), offline=True)).resolve("p2nboost==1.0")
    assert raised.value.code is ErrorCode.E_REQUIREMENTS_UNSATISFIABLE
    assert raised.value.info.detail["packages"] == ["nvidia-cublas"]
    assert "P2NApp.wheel_dir" in raised.value.info.remediation


async def test_torch_without_a_local_wheel_is_its_cpu_build_or_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PIP_FIND_LINKS", "UV_FIND_LINKS", "PIP_CONFIG_FILE", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("sys.prefix", str(tmp_path))
    lock, refused = "", None
    try:
        lock = (await DockerResolver().resolve("torch==2.13.0")).requirements_lock
    except P2NError as error:
        refused = error
    if refused is None:
        assert lock.startswith(CPU_TORCH)
        assert "nvidia-" not in lock
    else:
        # The index of CPU builds is out of this machine's reach.
        assert refused.code is ErrorCode.E_REQUIREMENTS_UNSATISFIABLE
        assert any(name.startswith("nvidia-") for name in refused.info.detail["packages"])
        assert "CPU wheel" in refused.info.remediation
