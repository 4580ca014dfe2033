"""What an execution backend answers to the server."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ResolvedEnvironment:
    """A lock with hashes, bound to the image it was resolved for."""

    requirements_lock: str
    image_digest: str
    python_version: str
    env_hash: str


@dataclass(frozen=True)
class TaskState:
    """What the execution backend knows of a run."""

    known: bool
    alive: bool
