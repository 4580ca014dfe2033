"""What P2N keeps on the Docker Engine of this machine: environments, datasets, cached wheels, base images."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from p2n_schemas.storage import StorageItem, StorageKind

from . import leases
from .engine import LABEL_PHASE, docker_errors
from .eviction import DATASET_PREFIX, ENVIRONMENT_PREFIX, STANDBY
from .image import TAG
from .tending import tend

if TYPE_CHECKING:
    from docker import DockerClient

WHEELS_ID = "cache"
_IMAGE_DIGITS = 16
_TIME = "%Y-%m-%dT%H:%M:%S"


@dataclass(frozen=True)
class Sizes:
    """Bytes on the engine's disk; `environment_bytes` counts a file once that several environments link."""

    items: dict[tuple[StorageKind, str], int]
    environment_bytes: int
    free_bytes: int
    orphans: tuple[str, ...] = ()


def list_items(client: DockerClient) -> list[StorageItem]:
    """Without sizes, some hundredths of a second. Raises E_DOCKER_UNAVAILABLE."""
    with docker_errors("list what P2N keeps"):
        volumes = client.volumes.list(filters={"name": "p2n-"})
        containers = client.api.containers(all=True)
        images = client.images.list(filters={"label": "p2n.python"})
    mounted = {
        mount.get("Name")
        for container in containers
        if not _stands_by(container)
        for mount in container.get("Mounts", [])
    }
    used_images = {container["ImageID"] for container in containers}
    items = [
        item for volume in volumes if (item := _volume_item(volume.name, volume.attrs, mounted)) is not None
    ]
    for image in images:
        items.append(
            StorageItem(
                kind=StorageKind.IMAGE,
                id=image_key(str(image.id)),
                label=f"{', '.join(image.tags) or 'without a name'}: Python {image.labels['p2n.python']}",
                size_bytes=int(image.attrs["Size"]),
                created_at=_time(image.attrs["Created"]),
                in_use=image.id in used_images or TAG in image.tags,
            )
        )
    return items


def measure(client: DockerClient) -> Sizes | None:
    """Sizes by looking through the stores, which takes seconds; None where there is no image to do it with.

    Raises E_DOCKER_UNAVAILABLE, E_SANDBOX_FAILED.
    """
    image = any_image(client)
    if image is None:
        return None
    found = tend(client, image, measure=True)
    items = {(StorageKind.ENVIRONMENT, key): size for key, size in found["environments"].items()}
    items |= {(StorageKind.DATASET, key): size for key, size in found["datasets"].items()}
    items[StorageKind.WHEELS, WHEELS_ID] = found["wheel_bytes"]
    with docker_errors("list volumes"):
        published = {volume.name for volume in client.volumes.list(filters={"name": "p2n-"})}
    folders = {f"{ENVIRONMENT_PREFIX}{key}" for key in found["environments"]}
    folders |= {f"{DATASET_PREFIX}{key}" for key in found["datasets"]}
    return Sizes(items, found["environment_bytes"], found["free_bytes"], tuple(sorted(folders - published)))


def any_image(client: DockerClient) -> str | None:
    """A base image's id, the present one's first."""
    with docker_errors("look for a base image"):
        images = client.images.list(filters={"label": "p2n.python"})
    images.sort(key=lambda image: TAG not in image.tags)
    return str(images[0].id) if images else None


def image_key(digest: str) -> str:
    """The first digits of an image's digest, which the engine takes for the whole."""
    return digest.removeprefix("sha256:")[:_IMAGE_DIGITS]


def _volume_item(name: str, attributes: dict[str, Any], mounted: set[str | None]) -> StorageItem | None:
    labels = attributes.get("Labels") or {}
    if name.startswith(ENVIRONMENT_PREFIX):
        kind, key = StorageKind.ENVIRONMENT, name.removeprefix(ENVIRONMENT_PREFIX)
        count = labels.get("p2n.packages")
        label = f"{count} packages" if count else "Python environment"
    elif name.startswith(DATASET_PREFIX):
        kind, key = StorageKind.DATASET, name.removeprefix(DATASET_PREFIX)
        label = labels.get("p2n.dataset", "dataset")
    else:
        return None
    used = leases.last_used(name)
    return StorageItem(
        kind=kind,
        id=key,
        label=label,
        created_at=_time(attributes["CreatedAt"]),
        last_used_at=datetime.fromtimestamp(used, UTC) if used is not None else None,
        in_use=name in mounted or leases.is_held(name),
    )


def _stands_by(container: dict[str, Any]) -> bool:
    """A standby container that no run has claimed (see engine.run_of)."""
    is_standby = (container.get("Labels") or {}).get(LABEL_PHASE) == STANDBY
    return is_standby and not any(name.startswith("/p2n-claimed.") for name in container.get("Names", []))


def _time(text: str) -> datetime:
    return datetime.strptime(text[:19], _TIME).replace(tzinfo=UTC)
