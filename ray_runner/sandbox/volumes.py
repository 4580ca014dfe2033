"""Published volumes: a volume of this kind exists only once its content is complete.

Content is built inside a store volume (`p2n-packages`, `p2n-datasets`), one folder a key, where uv can link
wheels from a cache of the same filesystem. Publishing creates a second volume that shows just that folder.
So a look for the published volume is the whole test for "ready", and a notebook's container sees its own
environment and no other. (Mounting a sub-path of a volume directly needs Docker 26.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .engine import docker_errors

if TYPE_CHECKING:
    from docker import DockerClient

PACKAGES = "p2n-packages"
DATASETS = "p2n-datasets"


def ensure_store(client: DockerClient, store: str) -> None:
    """Create the store unless it exists."""
    with docker_errors(f"create the volume {store}"):
        client.volumes.create(store, labels={"p2n.store": store})


def is_published(client: DockerClient, store: str, name: str) -> bool:
    """Whether the volume is there and so is the store that it shows."""
    import docker.errors

    with docker_errors(f"look for the volume {name}"):
        try:
            client.volumes.get(name)
        except docker.errors.NotFound:
            return False
        try:
            client.volumes.get(store)
        except docker.errors.NotFound:
            # Someone pruned the store: what is left shows nothing.
            client.volumes.get(name).remove(force=True)
            return False
    return True


def publish(client: DockerClient, store: str, folder: str, name: str, labels: dict[str, str]) -> None:
    """Show one folder of a store as a volume of its own."""
    with docker_errors(f"publish the volume {name}"):
        mountpoint = client.volumes.get(store).attrs["Mountpoint"]
        client.volumes.create(
            name,
            driver="local",
            driver_opts={"type": "none", "o": "bind", "device": f"{mountpoint}/{folder}"},
            labels=labels,
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
