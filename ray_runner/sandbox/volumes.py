"""Published volumes: a volume of this kind exists only once its content is complete.

Content is built inside a store volume (`p2n-packages`, `p2n-datasets`), one folder a key, where uv can link
wheels from a cache of the same filesystem. Publishing creates a second volume that shows just that folder.
So a look for the published volume is the whole test for "ready", and a notebook's container sees its own
environment and no other. (Mounting a sub-path of a volume directly needs Docker 26.)
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from .engine import docker_errors

if TYPE_CHECKING:
    from docker import DockerClient

PACKAGES = "p2n-packages"
DATASETS = "p2n-datasets"
_LABEL_STORE_ID = "p2n.store_id"


def ensure_store(client: DockerClient, store: str) -> None:
    """Create the store unless it exists."""
    with docker_errors(f"create the volume {store}"):
        # One that exists keeps its own labels.
        client.volumes.create(store, labels={"p2n.store": store, _LABEL_STORE_ID: uuid.uuid4().hex})


def is_published(client: DockerClient, store: str, name: str) -> bool:
    """Whether the volume is there and so is the store that it shows; one that shows nothing is taken away."""
    import docker.errors

    with docker_errors(f"look for the volume {name}"):
        try:
            volume = client.volumes.get(name).attrs
        except docker.errors.NotFound:
            return False
        try:
            shown = _shows(volume, client.volumes.get(store).attrs)
        except docker.errors.NotFound:
            shown = False
        if not shown:
            client.volumes.get(name).remove(force=True)
    return shown


def _shows(volume: dict[str, Any], store: dict[str, Any]) -> bool:
    """Not where the engine made it by itself, for a container that asked for it by name, nor where the store that it
    showed was pruned and begun anew."""
    options = volume.get("Options") or {}
    return str(options.get("device", "")).startswith(f"{store['Mountpoint']}/") and (
        (volume["Labels"] or {}).get(_LABEL_STORE_ID) == (store["Labels"] or {}).get(_LABEL_STORE_ID)
    )


def publish(client: DockerClient, store: str, folder: str, name: str, labels: dict[str, str]) -> None:
    """Show one folder of a store as a volume of its own."""
    with docker_errors(f"publish the volume {name}"):
        attributes = client.volumes.get(store).attrs
        mountpoint = attributes["Mountpoint"]
        store_id = (attributes["Labels"] or {}).get(_LABEL_STORE_ID)
        client.volumes.create(
            name,
            driver="local",
            driver_opts={"type": "none", "o": "bind", "device": f"{mountpoint}/{folder}"},
            labels=labels | ({_LABEL_STORE_ID: store_id} if store_id else {}),
        )


def unpublish(client: DockerClient, name: str) -> bool:
    """Take a published volume away; false where a container uses it. The folder it shows stays in its store."""
    import docker.errors

    with docker_errors(f"remove the volume {name}"):
        try:
            client.volumes.get(name).remove()
        except docker.errors.NotFound:
            return True
        except docker.errors.APIError as error:
            if error.status_code == 409:
                return False
            raise
    return True
