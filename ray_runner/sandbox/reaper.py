"""Containers that outlived their run: past their deadline, or left by a worker that was killed."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from .container import remove
from .engine import (
    LABEL_DEADLINE,
    LABEL_HEAD,
    LABEL_PHASE,
    connect,
    containers_of,
    deadline_of,
    run_of,
)
from .tending import sweep

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

GRACE_SECONDS = 20
INTERVAL_SECONDS = 20
_BUILDERS = ("environment", "datasets")


def reap(now: float | None = None) -> list[str]:
    """Remove every container of ours that is past its deadline; gives the runs' ids. Raises E_DOCKER_UNAVAILABLE."""
    late = (time.time() if now is None else now) - GRACE_SECONDS
    with _client() as client:
        return _remove(
            client,
            [
                container
                for container in _labelled(client, LABEL_DEADLINE)
                if (deadline := deadline_of(container)) is not None and deadline < late
            ],
        )


def remove_orphans(head: str, live: Collection[str]) -> list[str]:
    """Remove the containers of this head whose run is not among the live ones; gives the runs' ids.

    They outlived a dispatcher that died, or an engine that was away when their run ended. Raises E_DOCKER_UNAVAILABLE.
    """
    if not head:
        # Without a head's name the label says nothing about who owns a container.
        return []
    with _client() as client:
        return _remove(
            client,
            [
                container
                for container in _labelled(client, f"{LABEL_HEAD}={head}")
                if (run_id := run_of(container)) and run_id not in live
            ],
        )


def stop_run(run_id: str) -> int:
    """Remove the containers of one run; gives how many. Raises E_DOCKER_UNAVAILABLE."""
    with _client() as client:
        return len(_remove(client, containers_of(client, run_id)))


def stop_head(head: str) -> int:
    """Remove the containers of a head that is gone, in standby or not. Raises E_DOCKER_UNAVAILABLE."""
    with _client() as client:
        return len(_remove(client, _labelled(client, f"{LABEL_HEAD}={head}")))


@contextlib.contextmanager
def _client() -> Iterator[DockerClient]:
    client = connect()
    try:
        yield client
    finally:
        client.close()


def _labelled(client: DockerClient, label: str) -> list[Container]:
    found: list[Container] = client.containers.list(all=True, filters={"label": label}, ignore_removed=True)
    return found


def _remove(client: DockerClient, containers: Collection[Container]) -> list[str]:
    for container in containers:
        remove(container)
    builders = [one for one in containers if one.labels.get(LABEL_PHASE) in _BUILDERS]
    if builders:
        # One that is killed leaves what it had half built.
        sweep(client, builders[0].attrs["Image"])
    return [run_of(container) for container in containers]
