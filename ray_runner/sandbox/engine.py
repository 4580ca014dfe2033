"""The Docker Engine's client, and its failures in our words."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from p2n_schemas.errors import ErrorCode, P2NError

if TYPE_CHECKING:
    from docker import DockerClient

API_TIMEOUT_SECONDS = 120

LABEL_RUN = "p2n.run_id"
LABEL_DEADLINE = "p2n.deadline"
LABEL_PHASE = "p2n.phase"
LABEL_HEAD = "p2n.head"
HEAD_VARIABLE = "P2N_HEAD"


def run_labels(run_id: str, phase: str, deadline: float) -> dict[str, str]:
    """Labels of every container of a run: what the reaper and the head look for."""
    return {
        LABEL_RUN: run_id,
        LABEL_DEADLINE: str(int(deadline)),
        LABEL_PHASE: phase,
        LABEL_HEAD: os.environ.get(HEAD_VARIABLE, ""),
    }


def connect() -> DockerClient:
    """A client for DOCKER_HOST or the local socket. Raises E_DOCKER_UNAVAILABLE where nothing answers."""
    import docker

    with docker_errors("reach the Docker Engine"):
        client = docker.from_env(timeout=API_TIMEOUT_SECONDS)
        client.ping()
        return client


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
