"""The Docker sandbox: three phases, each in a container of its own.

Environment and datasets may reach the network and run our files only; the notebook runs in the third with no
network, no privilege, no writable path but sized tmpfs, and environment and data read-only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.runs import DatasetMount

from .container import run_container
from .engine import connect, docker_errors, run_labels
from .environment import (
    DATA,
    Builder,
    dataset_key,
    dataset_volume,
    environment_path,
    environment_python,
    environment_volume,
    guest_source,
)
from .image import GUEST_UID
from .protocol import Limits, Outcome, Say

if TYPE_CHECKING:
    from docker import DockerClient


class DockerSandbox:
    """The sandbox of one run (see protocol.Sandbox).

    `cancelled` is asked several times a second; `runtime` names an OCI runtime of the engine, such as `runsc`.
    """

    def __init__(
        self,
        run_id: str,
        *,
        cancelled: Callable[[], bool] = lambda: False,
        runtime: str | None = None,
        limits: Limits = Limits(),  # noqa: B008 - frozen
        client: DockerClient | None = None,
    ) -> None:
        self._client = client or connect()
        self._run_id = run_id
        self._cancelled = cancelled
        self._runtime = runtime
        self._limits = limits
        self._builder = Builder(self._client, run_id, cancelled, runtime)

    def ensure_environment(
        self, env_hash: str, image_digest: str, requirements_lock: str, deadline: float, say: Say
    ) -> bool:
        self._require_image(image_digest)
        return self._builder.environment(env_hash, image_digest, requirements_lock, deadline, say)

    def ensure_dataset(
        self, mount: DatasetMount, env_hash: str, image_digest: str, deadline: float, say: Say
    ) -> bool:
        return self._builder.dataset(mount, env_hash, image_digest, deadline, say)

    def execute(
        self,
        bundle: bytes,
        env_hash: str,
        image_digest: str,
        datasets: list[DatasetMount],
        deadline: float,
        on_output: Callable[[bytes], None],
    ) -> Outcome:
        return run_container(
            self._client,
            self.exec_settings(env_hash, image_digest, datasets, deadline),
            deadline=deadline,
            cancelled=self._cancelled,
            on_stdout=on_output,
            stdin=bundle,
        )

    def close(self) -> None:
        self._client.close()

    def exec_settings(
        self, env_hash: str, image_digest: str, datasets: list[DatasetMount], deadline: float
    ) -> dict[str, Any]:
        """All of DESIGN section 6 for the container that runs the notebook, as docker-py takes it."""
        limits = self._limits
        environment = environment_path(env_hash)
        mounts = {environment_volume(env_hash): {"bind": environment, "mode": "ro"}}
        for mount in datasets:
            volume = dataset_volume(dataset_key(mount, env_hash))
            mounts[volume] = {"bind": f"{DATA}/{mount.name}", "mode": "ro"}
        tmpfs = f"rw,noexec,nosuid,nodev,size={limits.scratch}"
        return {
            "image": image_digest,
            # -I: nothing of the working directory or the environment's variables is imported by the driver.
            "command": [environment_python(env_hash), "-I", "-c", guest_source("bootstrap.py").decode()],
            "labels": run_labels(self._run_id, "exec", deadline),
            "log_config": {"Type": "none"},
            "user": f"{GUEST_UID}:{GUEST_UID}",
            "nano_cpus": int(limits.cpus * 1e9),
            "mem_limit": limits.memory,
            "memswap_limit": limits.memory,
            "pids_limit": limits.pids,
            "cap_drop": ["ALL"],
            "security_opt": ["no-new-privileges"],
            "read_only": True,
            "network_mode": "none",
            "ipc_mode": "private",
            "init": False,
            "tmpfs": {
                "/tmp": f"{tmpfs},mode=1777",
                "/work": f"{tmpfs},uid={GUEST_UID},gid={GUEST_UID},mode=0700",
            },
            "shm_size": limits.shared_memory,
            "volumes": mounts,
            "working_dir": "/work",
            "hostname": "p2n",
            "environment": {
                "PATH": f"{environment}/bin:/usr/local/bin:/usr/bin:/bin",
                "HOME": "/work/home",
                "LC_ALL": "C.UTF-8",
                "TZ": "UTC",
            },
            "runtime": self._runtime,
        }

    def _require_image(self, digest: str) -> None:
        import docker.errors

        with docker_errors("look for the base image"):
            try:
                self._client.images.get(digest)
            except docker.errors.ImageNotFound as error:
                raise P2NError(
                    ErrorCode.E_IMAGE_UNAVAILABLE,
                    "The base image that this plan was materialized for is not on this node's engine.",
                    "Materialize the plan again; on a cluster, bring the image to every node.",
                    {"image_digest": digest},
                ) from error
