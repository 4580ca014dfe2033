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


def runs_of(head: str) -> list[str]:
    """The runs that containers of this head, or of this cluster, are here for. Raises E_DOCKER_UNAVAILABLE.

    One that does not go on is an orphan: its container outlived a dispatcher that died, or an engine that was away when
    it ended. Whether it goes on is to be asked after this: a run may begin meanwhile.
    """
    if not head:
        # Without a name the label says nothing about who owns a container.
        return []
    with _client() as client:
        return sorted({run_of(found) for found in _labelled(client, f"{LABEL_HEAD}={head}")} - {""})


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
