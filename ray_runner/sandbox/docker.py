"""The Docker sandbox: three phases, each in a container of its own.

Environment and datasets may reach the network and run our files only; the notebook runs in the third with no
network, no privilege, no writable path but sized tmpfs, and environment and data read-only.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.runs import DatasetMount

from . import standby
from .container import detach, drain, remove, run_container
from .engine import connect, docker_errors, run_labels
from .environment import (
    DATA,
    Builder,
    dataset_key,
    dataset_volume,
    environment_path,
    environment_python,
    environment_volume,
)
from .image import GUEST_UID
from .package_index import HOST_SETTINGS, PackageSource
from .protocol import Limits, Outcome, Say
from .tending import guest_source

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container


class DockerSandbox:
    """The sandbox of one run (see protocol.Sandbox).

    `cancelled` is asked several times a second; `runtime` names an OCI runtime of the engine, such as `runsc`;
    `from_standby`: take a container that was prepared ahead, where there is one.
    """

    def __init__(
        self,
        run_id: str,
        *,
        cancelled: Callable[[], bool] = lambda: False,
        runtime: str | None = None,
        packages: PackageSource = HOST_SETTINGS,
        from_standby: bool = False,
        limits: Limits = Limits(),  # noqa: B008 - frozen
        client: DockerClient | None = None,
    ) -> None:
        self._client = client or connect()
        self._run_id = run_id
        self._cancelled = cancelled
        self._runtime = runtime
        self._limits = limits
        self._from_standby = from_standby
        self._claimed: tuple[Container, Any] | None = None
        self._builder = Builder(self._client, run_id, cancelled, runtime, packages)

    def claim(
        self,
        preparation: bytes,
        env_hash: str,
        image_digest: str,
        datasets: list[DatasetMount],
        deadline: float,
    ) -> bool:
        # Who removes an environment removes what stands by in it first: the lease comes before the claim.
        if not self._from_standby or not self._builder.hold(env_hash, datasets):
            return False
        key = self.standby_key(preparation, env_hash, image_digest, datasets)
        try:
            self._claimed = standby.claim(self._client, key, self._run_id, deadline)
        finally:
            if self._claimed is None:
                self._builder.close()
        return self._claimed is not None

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
        preparation: bytes,
        job: bytes,
        env_hash: str,
        image_digest: str,
        datasets: list[DatasetMount],
        deadline: float,
        on_output: Callable[[bytes], None],
    ) -> Outcome:
        if self._claimed is not None:
            (container, attached), self._claimed = self._claimed, None
            outcome = drain(
                container,
                lambda: attached,
                deadline=deadline,
                cancelled=self._cancelled,
                on_stdout=on_output,
                stdin=job,
                memory_limit=self._limits.memory,
            )
            return dataclasses.replace(outcome, from_standby=True)
        settings = self._exec_settings(env_hash, image_digest, datasets)
        return run_container(
            self._client,
            settings | {"labels": run_labels(self._run_id, "exec", deadline)},
            deadline=deadline,
            cancelled=self._cancelled,
            on_stdout=on_output,
            stdin=preparation + job,
        )

    def stand_by(
        self, preparation: bytes, env_hash: str, image_digest: str, datasets: list[DatasetMount]
    ) -> bool:
        """Prepare a container for a run like this one; false where it would be unfit. Raises E_SANDBOX_FAILED."""
        settings = self._exec_settings(env_hash, image_digest, datasets)
        return standby.prepare(self._client, settings, preparation, env_hash)

    def standby_key(
        self, preparation: bytes, env_hash: str, image_digest: str, datasets: list[DatasetMount]
    ) -> str:
        return standby.key_of(self._exec_settings(env_hash, image_digest, datasets), preparation)

    def keep_standby(self, keys: list[str]) -> list[str]:
        """Remove what waits for none of these keys; gives those that something waits for."""
        return standby.keep_only(self._client, keys)

    def has(self, env_hash: str, datasets: list[DatasetMount]) -> bool:
        """Whether all that a run needs is built; then it stays until this is closed."""
        return self._builder.use(env_hash, datasets)

    def close(self) -> None:
        try:
            if self._claimed is not None:
                (container, attached), self._claimed = self._claimed, None
                detach(attached)
                remove(container)
        finally:
            self._builder.close()
            self._client.close()

    def _exec_settings(
        self, env_hash: str, image_digest: str, datasets: list[DatasetMount]
    ) -> dict[str, Any]:
        """All of DESIGN section 6 for the container that runs the notebook, as docker-py takes it, but its labels."""
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
