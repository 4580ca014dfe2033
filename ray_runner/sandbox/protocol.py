"""What a run asks of a sandbox; Docker is the one implementation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from p2n_schemas.runs import DatasetMount

Say = Callable[[str], None]
"""Takes one line about what is going on, for the run's log."""


@dataclass(frozen=True)
class Limits:
    """What one notebook may use. Memory in bytes; tmpfs sizes count towards the memory."""

    cpus: float = 2.0
    memory: int = 4 * 1024**3
    pids: int = 256
    scratch: int = 512 * 1024**2
    shared_memory: int = 256 * 1024**2


@dataclass(frozen=True)
class Outcome:
    """How a container ended: its exit status, and who ended it.

    `out_of_memory`: the engine saw one of its processes killed for want of memory. `removed`: someone else removed it.
    """

    exit_status: int
    out_of_memory: bool = False
    timed_out: bool = False
    cancelled: bool = False
    removed: bool = False
    memory_limit: int | None = None
    from_standby: bool = False
    diagnostics: str = ""


class Sandbox(Protocol):
    """One run's place: environment and data made ready, then the notebook executed apart from all else.

    `deadline` is seconds since the epoch. All methods block; a cancelled run raises E_RUN_CANCELLED, one past
    its deadline E_RUN_TIMEOUT.
    """

    def claim(
        self,
        preparation: bytes,
        env_hash: str,
        image_digest: str,
        datasets: list[DatasetMount],
        deadline: float,
    ) -> bool:
        """Take a place that was prepared for just such a run, where there is one: then all that it needs is there."""
        ...

    def ensure_environment(
        self, env_hash: str, image_digest: str, requirements_lock: str, deadline: float, say: Say
    ) -> bool:
        """Build the environment unless it exists; true where it did. Raises E_SANDBOX_FAILED, E_IMAGE_UNAVAILABLE."""
        ...

    def ensure_dataset(
        self, mount: DatasetMount, env_hash: str, image_digest: str, deadline: float, say: Say
    ) -> bool:
        """Fetch and check a dataset unless it is there; true where it was. Raises E_DATASET_FAILED."""
        ...

    def execute(
        self,
        preparation: bytes,
        job: bytes,
        env_hash: str,
        image_digest: str,
        datasets: list[DatasetMount],
        deadline: float,
        on_output: Callable[[bytes], None],
    ) -> Outcome:
        """Run the guest driver on a preparation and its job (see `bundle`).

        `on_output` gets its stdout as it comes, in pieces of any size.
        """
        ...

    def close(self) -> None:
        """Let go of the engine's client."""
        ...
