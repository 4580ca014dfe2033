"""An environment from cached wheels, and one that is there, against uv and docker by hand."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.measure import Row, alternate, at_most, ratio_at_most
from benchmarks.stand import Stand
from ray_runner.sandbox.docker import DockerSandbox
from ray_runner.sandbox.engine import connect
from ray_runner.sandbox.environment import engine_is_local, environment_volume
from ray_runner.sandbox.eviction import remove_environment
from ray_runner.sandbox.lock import environment_hash, find_uv
from ray_runner.sandbox.package_index import package_index
from ray_runner.sandbox.volumes import PACKAGES

_SECONDS = 600
_SYNC = (
    "uv venv --quiet $ENV && "
    "uv pip sync --quiet --python $ENV/bin/python --require-hashes --link-mode hardlink {options} requirements.lock"
)
_HOW = "docker run -v {cache} … sh -c 'uv venv && uv pip sync --link-mode hardlink{options}'"
_COMPILED = "--compile-bytecode"


def measure(stand: Stand, rounds: int, folder: Path) -> list[Row]:
    image = stand.plan["image_digest"]
    # A lock of its own, so that nothing else stands on the environment that comes and goes here.
    lock = f"# {uuid.uuid4()}\n{stand.asset('requirements.lock')}"
    env_hash = environment_hash(lock, image, stand.plan["python_version"])
    (folder / "requirements.lock").write_text(lock)
    client = connect()

    def ensure() -> float:
        # What a sandbox has ensured is in use until it is closed.
        sandbox = DockerSandbox(f"r_bench{uuid.uuid4().hex[:12]}")
        try:
            begin = time.perf_counter()
            sandbox.ensure_environment(env_hash, image, lock, time.time() + _SECONDS, lambda _: None)
            return time.perf_counter() - begin
        finally:
            sandbox.close()

    def build() -> float:
        if not remove_environment(client, env_hash, image):
            raise RuntimeError("the environment is in use, so it can't be built anew")
        return ensure()

    def look() -> float:
        return _seconds(["docker", "volume", "inspect", environment_volume(env_hash)])

    with _by_hand(image, folder, PACKAGES) as linked, _own_cache() as cache:  # noqa: SIM117
        with _by_hand(image, folder, cache) as compiled:
            sides: dict[str, Callable[[], float]] = {
                "build": build,
                "linked": lambda: linked(""),
                "compiled": lambda: compiled(_COMPILED),
            }
            try:
                # Every wheel comes into the caches, and what uv unpacks of it.
                alternate(sides, 1)
                built = alternate(sides, rounds)
                reused = alternate({"ours": ensure, "theirs": look}, rounds * 2)
            finally:
                remove_environment(client, env_hash, image)
                client.close()
    ours, what = built["build"], "environment from cached wheels, compiled"
    same_cache = _HOW.format(cache="<our cache>", options="")
    own_cache = _HOW.format(cache="<a cache that only uv filled>", options=f" {_COMPILED}")
    inspect = "docker volume inspect <environment>"
    return [
        Row(f"{what}, against linked", "s", ours, built["linked"], same_cache, ratio_at_most(1.3)),
        Row(f"{what}, against compiled", "s", ours, built["compiled"], own_cache),
        Row("environment reused", "s", reused["ours"], reused["theirs"], inspect, at_most(0.3)),
    ]


@contextlib.contextmanager
def _own_cache() -> Iterator[str]:
    name = f"p2n-bench-cache-{os.getpid()}"
    _seconds(["docker", "volume", "create", name])
    try:
        yield name
    finally:
        _seconds(["docker", "volume", "rm", "-f", name])


@contextlib.contextmanager
def _by_hand(image: str, folder: Path, cache: str) -> Iterator[Callable[[str], float]]:
    """Gives a call that makes the environment with uv in a container of the same image, with that volume as cache."""
    index = package_index(engine_is_local=engine_is_local())
    place = f"/p2n/envs/p2n-bench-{os.getpid()}"
    mounts = ["-v", f"{cache}:/p2n", "-v", f"{find_uv()}:/usr/local/bin/uv:ro"]
    mounts += ["-v", f"{folder / 'requirements.lock'}:/tmp/requirements.lock:ro"]
    for number, (path, data) in enumerate(index.files.items()):
        (folder / f"index-{number}").write_bytes(data)
        mounts += ["-v", f"{folder / f'index-{number}'}:{path}:ro"]
    for host, inside in index.links.items():
        mounts += ["-v", f"{host}:{inside}:ro"]
    variables = index.variables | {
        "ENV": place,
        "UV_CACHE_DIR": "/p2n/cache",
        "UV_PYTHON_DOWNLOADS": "never",
    }
    # By name only: what an index's address holds is not for a process list.
    named = [part for variable in variables for part in ("-e", variable)]
    run = [
        "docker",
        "run",
        "--rm",
        "--cap-drop",
        "ALL",
        "--memory",
        "4g",
        "-w",
        "/tmp",
        "-e",
        "HOME=/tmp",
        *mounts,
    ]

    def sync(options: str) -> float:
        try:
            return _seconds([*run, *named, image, "sh", "-c", _SYNC.format(options=options)], variables)
        finally:
            _seconds([*run, "--network", "none", image, "rm", "-rf", place])

    yield sync


def _seconds(command: list[str], variables: dict[str, str] | None = None) -> float:
    begin = time.perf_counter()
    done = subprocess.run(
        command,
        env=os.environ | (variables or {}),
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command[:2])} failed: {done.stderr.strip()[-800:]}")
    return time.perf_counter() - begin
