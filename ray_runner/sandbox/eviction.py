"""Removal of what runs left on the engine: environments, datasets, cached wheels, old images; never one in use."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import leases
from .container import remove
from .engine import LABEL_PHASE, docker_errors, run_of
from .environment import dataset_folder, environment_folder
from .image import TAG
from .tending import tend
from .volumes import unpublish

if TYPE_CHECKING:
    from docker import DockerClient

STANDBY = "standby"
ENVIRONMENT_PREFIX = "p2n-env-"
DATASET_PREFIX = "p2n-data-"


@dataclass
class Removed:
    """Volumes that are gone, those that stay with the reason, and the bytes that came free."""

    gone: list[str] = field(default_factory=list)
    kept: dict[str, str] = field(default_factory=dict)
    freed: int = 0


def remove_volumes(client: DockerClient, image: str, volumes: Iterable[str]) -> Removed:
    """Remove environments and datasets by their volumes' names; a folder without a volume goes too.

    A standby container is no use of it: those that mount one are removed first. Raises E_SANDBOX_FAILED.
    """
    done = Removed()
    with contextlib.ExitStack() as held:
        mine: dict[str, leases.Lease] = {}
        for volume in volumes:
            lease = leases.own(volume)
            if lease is None:
                done.kept[volume] = "a run uses it, or is building it"
                continue
            held.enter_context(lease)
            # With the lease alone, no run can be about to take the standby container.
            _remove_standby(client, volume)
            if unpublish(client, volume):
                mine[volume] = lease
            else:
                done.kept[volume] = "a container uses it"
        if mine:
            answer = tend(client, image, remove=[_folder(volume) for volume in mine])
            done.freed = answer["freed"]
            for volume, lease in mine.items():
                lease.forget()
                done.gone.append(volume)
    return done


def free_wheels(client: DockerClient, image: str, wanted: int) -> int:
    """Remove cached wheels that no environment links, the oldest first, until `wanted` bytes are free (-1: all).

    Gives the bytes freed; none while an environment is being built.
    """
    return int(tend(client, image, free_wheels=wanted)["freed"]) if wanted else 0


def remove_image(client: DockerClient, digest: str) -> tuple[int, str]:
    """Remove an old base image: bytes freed, or 0 and why it stays."""
    import docker.errors

    with docker_errors("remove an old base image"):
        try:
            image = client.images.get(digest)
            if TAG in image.tags:
                return 0, "it is the base image of every new plan"
            size = int(image.attrs.get("Size", 0))
            client.images.remove(digest, force=len(image.tags) > 1)
        except docker.errors.ImageNotFound:
            return 0, "it is not there"
        except docker.errors.APIError as error:
            if error.status_code == 409:
                return 0, "a container uses it"
            raise
    return size, ""


def remove_environment(client: DockerClient, env_hash: str, image_digest: str) -> bool:
    """Remove an environment and the data made with it; false where a run uses one of them."""
    with docker_errors("list volumes"):
        volumes = client.volumes.list(filters={"label": f"p2n.env_hash={env_hash}"})
    return not remove_volumes(client, image_digest, [volume.name for volume in volumes]).kept


def _remove_standby(client: DockerClient, volume: str) -> None:
    with docker_errors("list containers"):
        standing_by = client.containers.list(
            all=True,
            filters={"volume": volume, "label": f"{LABEL_PHASE}={STANDBY}"},
            ignore_removed=True,
        )
    for container in standing_by:
        if not run_of(container):
            remove(container)


def _folder(volume: str) -> str:
    if volume.startswith(ENVIRONMENT_PREFIX):
        return environment_folder(volume.removeprefix(ENVIRONMENT_PREFIX))
    return dataset_folder(volume.removeprefix(DATASET_PREFIX))
