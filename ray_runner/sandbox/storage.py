"""What P2N keeps on the Docker Engine of this machine, for a server: listed, measured, removed.

On a cluster each node's engine has its own; this looks at the one that this machine talks to.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.storage import StorageItem, StorageKept, StorageKey, StorageKind, StorageRemoval

from . import leases
from .engine import connect
from .eviction import DATASET_PREFIX, ENVIRONMENT_PREFIX, free_wheels, remove_image, remove_volumes
from .inventory import WHEELS_ID, Sizes, any_image, list_items, measure
from .tending import tend

if TYPE_CHECKING:
    from docker import DockerClient

T = TypeVar("T")
_PREFIXES = {StorageKind.ENVIRONMENT: ENVIRONMENT_PREFIX, StorageKind.DATASET: DATASET_PREFIX}


class DockerStorage:
    """Implements `protocols.EngineStorage`. All methods raise E_DOCKER_UNAVAILABLE and E_SANDBOX_FAILED."""

    async def items(self) -> list[StorageItem]:
        return await asyncio.to_thread(_with_client, list_items)

    async def measure(self) -> Sizes | None:
        return await asyncio.to_thread(_with_client, measure)

    async def remove(self, keys: Sequence[StorageKey]) -> StorageRemoval:
        return await asyncio.to_thread(_with_client, lambda client: _remove(client, keys))

    async def free_wheels(self, wanted: int) -> int:
        def free(client: DockerClient) -> int:
            image = any_image(client)
            return free_wheels(client, image, wanted) if image else 0

        return await asyncio.to_thread(_with_client, free)

    async def tidy(self, orphans: Sequence[str]) -> int:
        """Remove what builders left that were killed, before or after they had published; gives the bytes freed."""

        def sweep(client: DockerClient) -> int:
            image = any_image(client)
            if image is None:
                return 0
            tend(client, image, sweep=True)
            freed = remove_volumes(client, image, orphans).freed if orphans else 0
            leases.forget_all_but(_volumes(client))
            return freed

        return await asyncio.to_thread(_with_client, sweep)


def _with_client(work: Callable[[DockerClient], T]) -> T:
    client = connect()
    try:
        return work(client)
    finally:
        client.close()


def _remove(client: DockerClient, keys: Sequence[StorageKey]) -> StorageRemoval:
    volumes = {_PREFIXES[key.kind] + key.id: key for key in keys if key.kind in _PREFIXES}
    deleted: list[StorageKey] = []
    kept: list[StorageKept] = []
    freed = 0

    def keep(key: StorageKey, reason: str) -> None:
        kept.append(StorageKept(kind=key.kind, id=key.id, reason=reason))

    image = any_image(client)
    if image is None and any(key.kind is not StorageKind.IMAGE for key in keys):
        raise P2NError(
            ErrorCode.E_IMAGE_UNAVAILABLE,
            "There is no base image to look through the stores with.",
            "Materialize a plan, which makes one, or run scripts/setup_docker.sh; then try again.",
        )
    if volumes and image is not None:
        known = _volumes(client)
        for volume in volumes.keys() - known:
            keep(volumes[volume], "it is not there")
        done = remove_volumes(client, image, sorted(volumes.keys() & known))
        deleted += [volumes[volume] for volume in done.gone]
        for volume, reason in done.kept.items():
            keep(volumes[volume], reason)
        freed += done.freed
    for key in keys:
        if key.kind is StorageKind.IMAGE:
            size, reason = remove_image(client, key.id)
            freed += size
            if reason:
                keep(key, reason)
            else:
                deleted.append(key)
        elif key.kind is StorageKind.WHEELS and image is not None:
            if key.id == WHEELS_ID:
                freed += free_wheels(client, image, -1)
                deleted.append(key)
            else:
                keep(key, "it is not there")
    return StorageRemoval(deleted=deleted, kept=kept, freed_bytes=freed)


def _volumes(client: DockerClient) -> set[str]:
    return {_PREFIXES[item.kind] + item.id for item in list_items(client) if item.kind in _PREFIXES}
