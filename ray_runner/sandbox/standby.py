"""Containers prepared ahead of a run: kernel started, the notebook's imports done, paused until they are claimed.

One is made for one key, which is all that shapes it: settings of the container and what its driver prepares. It serves
one run and is removed with it, as any other; unclaimed it ends with its idle life, its environment or its head.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import logging
import os
import threading
import time
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..workdir import make_root
from .container import Demultiplexer, attach, detach, remove, socket_of, write
from .engine import (
    LABEL_DEADLINE,
    LABEL_ENVIRONMENT,
    LABEL_HEAD,
    LABEL_PHASE,
    LABEL_STANDBY,
    claimed_name,
    docker_errors,
    head_name,
)

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

PHASE = "standby"
IDLE_SECONDS = 20 * 60
# One that is about to end is left to the reaper.
_LEAST_LIFE_SECONDS = 10
_READY_SECONDS = 180
_POLL_SECONDS = 0.2
_UNCLAIMED = "p2n-standby."
# What is kept paused stays in memory; imports that need more than this are not worth it.
_MOST_BYTES = 1024**3
# A run may need its whole 4 GiB beside what waits, and the machine something for itself.
_MARGIN_BYTES = 2 * 1024**3
_MOST_SAID = 64 * 1024

_log = logging.getLogger(__name__)


def key_of(settings: dict[str, Any], preparation: bytes) -> str:
    """Equal for containers that can't be told apart. `settings` as for `containers.create`, labels aside."""
    shape = {name: value for name, value in settings.items() if name != "labels"}
    digest = hashlib.sha256(json.dumps([head_name(), shape], sort_keys=True).encode())
    digest.update(preparation)
    return digest.hexdigest()[:32]


def claim(client: DockerClient, key: str, run_id: str, deadline: float) -> tuple[Container, Any] | None:
    """A container that is this run's alone from now on, awake, and its attached stream; None where there is none.

    Raises E_DOCKER_UNAVAILABLE.
    """
    import docker.errors

    with docker_errors("claim a standby container"):
        found = _claim(client, key, run_id, deadline)
        if found is None:
            return None
        container: Container = client.containers.prepare_model({"Id": found})
        try:
            container.unpause()
            return container, attach(container, with_stdin=True)
        except docker.errors.APIError:
            # Removed by hand, or with its environment: an ordinary miss.
            remove(container)
            return None


def prepare(client: DockerClient, settings: dict[str, Any], preparation: bytes, env_hash: str) -> bool:
    """Make one and pause it; false where it is unfit or was taken away meanwhile. Raises E_SANDBOX_FAILED."""
    import docker.errors

    labels = {
        LABEL_STANDBY: key_of(settings, preparation),
        LABEL_DEADLINE: str(int(time.time() + IDLE_SECONDS)),
        LABEL_PHASE: PHASE,
        LABEL_HEAD: head_name(),
        LABEL_ENVIRONMENT: env_hash,
    }
    made = settings | {"labels": labels, "name": f"{_UNCLAIMED}{uuid.uuid4().hex}"}
    with docker_errors("create a standby container"):
        container: Container = client.containers.create(**made, stdin_open=True, detach=True)
    ready = False
    try:
        with docker_errors("prepare a standby container"):
            attached = attach(container, with_stdin=True)
            try:
                container.start()
                ready = _becomes_ready(attached, preparation)
            finally:
                detach(attached)
            if ready:
                try:
                    container.pause()
                except docker.errors.APIError:
                    ready = False
    finally:
        if not ready:
            remove(container)
    return ready


def keep_only(client: DockerClient, keys: list[str]) -> list[str]:
    """Remove every unclaimed one of this head but one for each of the keys; gives the keys that have one."""
    kept: list[str] = []
    with docker_errors("look for standby containers"), _locked():
        for found in _unclaimed(client, {LABEL_HEAD: head_name()}):
            key = found["Labels"][LABEL_STANDBY]
            # Who is not paused was left by a keeper that died.
            if key in keys and key not in kept and found["State"] == "paused" and _lives(found):
                kept.append(key)
            else:
                remove(client.containers.prepare_model(found))
    return kept


def drop(client: DockerClient, env_hash: str) -> int:
    """Remove the unclaimed ones of an environment, whoever's they are; gives how many.

    For who holds the environment's lease alone, so that no run can claim one meanwhile.
    """
    with docker_errors("look for standby containers"):
        found = _unclaimed(client, {LABEL_ENVIRONMENT: env_hash})
        for each in found:
            remove(client.containers.prepare_model(each))
        return len(found)


def waiting(client: DockerClient, head: str) -> int:
    """How many of a head's wait to be claimed."""
    with docker_errors("look for standby containers"):
        return sum(found["State"] == "paused" for found in _unclaimed(client, {LABEL_HEAD: head}))


def default_count() -> int:
    """1 where the machine has 8 GiB or more, else 0."""
    return int(_memory("MemTotal", 0) >= 8 * 1024**3 - 512 * 1024**2)


def fits(limit: int) -> bool:
    """Whether a run with this memory limit, in bytes, fits beside what waits; true where nobody can tell."""
    return _memory("MemAvailable", limit + _MARGIN_BYTES) >= limit + _MARGIN_BYTES


def _claim(client: DockerClient, key: str, run_id: str, deadline: float) -> str | None:
    api: Any = client.api
    with _locked():
        for found in _unclaimed(client, {LABEL_STANDBY: key}):
            if found["State"] == "paused" and _lives(found):
                api.rename(found["Id"], claimed_name(run_id, deadline))
                return str(found["Id"])
        # Preparing takes the processors that this run needs now.
        for found in _unclaimed(client, {LABEL_HEAD: head_name()}):
            if found["State"] == "running":
                with contextlib.suppress(Exception):
                    api.kill(found["Id"])
    return None


def _unclaimed(client: DockerClient, labels: dict[str, str]) -> list[dict[str, Any]]:
    """As the engine lists them: one request, however many there are."""
    wanted = [LABEL_STANDBY, *(f"{label}={value}" for label, value in labels.items())]
    api: Any = client.api
    listed = api.containers(all=True, filters={"label": wanted})
    return [each for each in listed if any(name.strip("/").startswith(_UNCLAIMED) for name in each["Names"])]


def _lives(found: dict[str, Any]) -> bool:
    return float(found["Labels"][LABEL_DEADLINE]) > time.time() + _LEAST_LIFE_SECONDS


def _becomes_ready(attached: Any, preparation: bytes) -> bool:
    stream = socket_of(attached)
    threading.Thread(target=write, args=(stream, preparation), daemon=True).start()
    said, complaint = bytearray(), bytearray()
    demultiplexer = Demultiplexer(said.extend, complaint.extend)
    stream.settimeout(_POLL_SECONDS)
    until = time.monotonic() + _READY_SECONDS
    while time.monotonic() < until and len(said) + len(complaint) < _MOST_SAID:
        try:
            data = stream.recv(1 << 16)
        except TimeoutError:
            continue
        if not data:
            break
        demultiplexer.feed(data)
        if b"\n" in said:
            return _is_ready(bytes(said))
    # Empty where a run that began took it away.
    _log.info("no standby container: %s", complaint.decode(errors="replace").strip()[-500:])
    return False


def _is_ready(said: bytes) -> bool:
    try:
        frame = json.loads(said)
        kind, peak = frame["type"], int(frame["payload"]["usage"].get("memory_peak", 0))
    except (ValueError, KeyError, TypeError, AttributeError):
        return False
    return bool(kind == "ready") and peak <= _MOST_BYTES


@contextlib.contextmanager
def _locked() -> Iterator[None]:
    """One of this head's processes on this node at a time: those of another head never claim ours."""
    with (make_root() / f"standby-{head_name()}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _memory(field: str, unknown: int) -> int:
    """A field of /proc/meminfo in bytes. An engine in a virtual machine has its own, which can't be asked this way."""
    if field == "MemTotal":
        with contextlib.suppress(ValueError, OSError):
            return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        with open("/proc/meminfo") as file:
            for line in file:
                if line.startswith(f"{field}:"):
                    return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    return unknown
