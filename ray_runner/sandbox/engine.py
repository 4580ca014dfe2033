"""The Docker Engine's client, and its failures in our words."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from p2n_schemas.errors import ErrorCode, P2NError

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

API_TIMEOUT_SECONDS = 120

LABEL_RUN = "p2n.run_id"
LABEL_DEADLINE = "p2n.deadline"
LABEL_PHASE = "p2n.phase"
LABEL_HEAD = "p2n.head"
LABEL_STANDBY = "p2n.standby"
LABEL_ENVIRONMENT = "p2n.env_hash"
HEAD_VARIABLE = "P2N_HEAD"
# A container's labels are for life, its name is not: a standby container gets its run with a name.
_CLAIMED = re.compile(r"p2n-claimed\.(\d+)\.(.+)")


def run_labels(run_id: str, phase: str, deadline: float) -> dict[str, str]:
    """Labels of every container of a run: what the reaper and the head look for."""
    return {
        LABEL_RUN: run_id,
        LABEL_DEADLINE: str(int(deadline)),
        LABEL_PHASE: phase,
        LABEL_HEAD: head_name(),
    }


def head_name() -> str:
    """The Ray head that this process belongs to; empty on a cluster that is not ours."""
    return os.environ.get(HEAD_VARIABLE, "")


def claimed_name(run_id: str, deadline: float) -> str:
    """The name of a standby container from its claim on."""
    return f"p2n-claimed.{int(deadline)}.{run_id}"


def run_of(container: Container) -> str:
    """The run that a container belongs to; empty where it belongs to none, as a standby container that none claimed."""
    if claim := _CLAIMED.fullmatch(container.name or ""):
        return claim[2]
    return str(container.labels.get(LABEL_RUN, ""))


def deadline_of(container: Container) -> float | None:
    """When it must be gone, in seconds since the epoch; None where it is not ours."""
    claim = _CLAIMED.fullmatch(container.name or "")
    try:
        return float(claim[1] if claim else container.labels[LABEL_DEADLINE])
    except (KeyError, ValueError):
        return None


def containers_of(client: DockerClient, run_id: str) -> list[Container]:
    """Every container of a run, whatever its state."""
    found = client.containers.list(
        all=True, filters={"label": f"{LABEL_RUN}={run_id}"}, ignore_removed=True
    ) + client.containers.list(
        all=True, filters={"label": LABEL_STANDBY, "name": "p2n-claimed."}, ignore_removed=True
    )
    return [container for container in found if run_of(container) == run_id]


def connect() -> DockerClient:
    """A client for DOCKER_HOST or the local socket. Raises E_DOCKER_UNAVAILABLE where nothing answers."""
    import docker

    with docker_errors("reach the Docker Engine"):
        # It asks the engine for its version, so one that is made has been answered.
        return docker.from_env(timeout=API_TIMEOUT_SECONDS)


@contextmanager
def docker_errors(doing: str) -> Iterator[None]:
    """Turn docker-py's exceptions into E_DOCKER_UNAVAILABLE (no engine) or E_SANDBOX_FAILED (engine refused)."""
    import docker.errors
    import requests

    try:
        yield
    except docker.errors.APIError as error:
        raise P2NError(
            ErrorCode.E_SANDBOX_FAILED,
            f"The Docker Engine could not {doing}: {error.explanation or error}",
            "Look into the engine's log; `jupyter p2n doctor` checks what P2N needs of it.",
            {"status": error.status_code},
        ) from error
    except (docker.errors.DockerException, requests.exceptions.RequestException, OSError) as error:
        raise P2NError(
            ErrorCode.E_DOCKER_UNAVAILABLE,
            f"Could not {doing}: no Docker Engine answers.",
            "Run scripts/setup_docker.sh, or start Docker, or point DOCKER_HOST at an engine.",
            {"reason": str(error)[:500]},
        ) from error
