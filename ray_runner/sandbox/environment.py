"""The two phases that may reach the network: environments by env_hash, and datasets.

Both build into a store volume under a lock and publish a volume at the end (see volumes.py), so what exists is
complete and a second run builds nothing.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
import platform
import subprocess
import time
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.runs import DatasetMount

from .container import run_container
from .engine import LABEL_DEADLINE, LABEL_PHASE, docker_errors, run_labels
from .lock import find_uv
from .package_index import package_index, without_credentials
from .protocol import Outcome, Say
from .volumes import DATASETS, PACKAGES, ensure_store, is_published, publish, unpublish

if TYPE_CHECKING:
    from docker import DockerClient

STORE = "/p2n"
DATA = "/data"
_HOST_FILES = "/p2n-host"
_KEY_DIGITS = 16
_DATA_PREFIX = "p2n-data-"
_BUILD_MEMORY = 4 * 1024**3


class Builder:
    """Builds for one run, whose id labels every container."""

    def __init__(
        self, client: DockerClient, run_id: str, cancelled: Callable[[], bool], runtime: str | None = None
    ) -> None:
        self._client = client
        self._run_id = run_id
        self._cancelled = cancelled
        self._runtime = runtime

    def environment(
        self, env_hash: str, image_digest: str, requirements_lock: str, deadline: float, say: Say
    ) -> bool:
        """Build and publish an environment; true where it was there. Raises E_SANDBOX_FAILED."""
        volume = environment_volume(env_hash)
        if is_published(self._client, PACKAGES, volume):
            return True
        ensure_store(self._client, PACKAGES)
        key = env_hash[:_KEY_DIGITS]
        index = package_index(engine_is_local=engine_is_local())
        uv = Path(find_uv())
        files = {
            f"{_HOST_FILES}/build_environment.py": (guest_source("build_environment.py"), 0o644),
            f"{_HOST_FILES}/requirements.lock": (requirements_lock.encode(), 0o644),
            f"{_HOST_FILES}/uv.version": (_uv_version(uv), 0o644),
        } | {path: (data, 0o644) for path, data in index.files.items()}
        if platform.system() == "Linux":
            files[f"{_HOST_FILES}/uv"] = (uv.read_bytes(), 0o755)
        settings = self._settings("environment", image_digest, deadline) | {
            "command": ["python3", "-I", f"{_HOST_FILES}/build_environment.py", STORE, key],
            "environment": index.variables | {"HOME": "/tmp", "LC_ALL": "C.UTF-8"},
            "volumes": {PACKAGES: {"bind": STORE, "mode": "rw"}}
            | {host: {"bind": inside, "mode": "ro"} for host, inside in index.links.items()},
            "network_mode": "bridge",
        }
        outcome = self._run(settings, deadline, say, files)
        if outcome.exit_status != 0 or outcome.timed_out or outcome.cancelled:
            self._clean(settings, files, PACKAGES)
            _raise_if_ended(outcome)
            raise P2NError(
                ErrorCode.E_SANDBOX_FAILED,
                "The environment could not be built: " + _last_words(outcome.diagnostics),
                "The run's log holds uv's own words; check that the package index is reachable.",
                {"reason": outcome.diagnostics[-2000:]},
            )
        publish(self._client, PACKAGES, f"envs/{key}", volume, {"p2n.env_hash": env_hash})
        return False

    def dataset(
        self, mount: DatasetMount, env_hash: str, image_digest: str, deadline: float, say: Say
    ) -> bool:
        """Run a loader and publish its data; true where it was there. Raises E_DATASET_FAILED."""
        key = dataset_key(mount, env_hash)
        if is_published(self._client, DATASETS, dataset_volume(key)):
            return True
        ensure_store(self._client, DATASETS)
        index = package_index(engine_is_local=engine_is_local())
        files = {
            f"{_HOST_FILES}/build_dataset.py": (guest_source("build_dataset.py"), 0o644),
            f"{_HOST_FILES}/loader.py": (mount.loader.encode(), 0o644),
        }
        # No index URLs here: they may hold credentials, and a loader needs only the way out and its certificates.
        variables = {"HOME": "/tmp", "LC_ALL": "C.UTF-8", "MPLCONFIGDIR": "/tmp"}
        if mount.needs_network:
            files |= {path: (data, 0o644) for path, data in index.files.items() if path.endswith(".crt")}
            variables |= {
                name: value for name, value in index.variables.items() if not name.startswith("UV_")
            }
        environment = environment_volume(env_hash)
        settings = self._settings("datasets", image_digest, deadline) | {
            "command": [
                environment_python(env_hash),
                "-I",
                f"{_HOST_FILES}/build_dataset.py",
                DATA,
                key,
                mount.sha256 or "-",
            ],
            "environment": variables,
            "volumes": {
                DATASETS: {"bind": DATA, "mode": "rw"},
                environment: {"bind": environment_path(env_hash), "mode": "ro"},
            },
            "network_mode": "bridge" if mount.needs_network else "none",
        }
        outcome = self._run(settings, deadline, say, files)
        if outcome.exit_status != 0 or outcome.timed_out or outcome.cancelled:
            self._clean(settings, files, DATASETS)
            _raise_if_ended(outcome)
            raise P2NError(
                ErrorCode.E_DATASET_FAILED,
                f"The dataset {mount.name} could not be made ready: {_last_words(outcome.diagnostics)}",
                "The run's log holds the loader's own words; where it downloads, check the connection.",
                {"dataset": mount.name, "reason": outcome.diagnostics[-2000:]},
            )
        labels = {"p2n.dataset": mount.name, "p2n.env_hash": env_hash}
        publish(self._client, DATASETS, key, dataset_volume(key), labels)
        return False

    def _settings(self, phase: str, image_digest: str, deadline: float) -> dict[str, Any]:
        return {
            "image": image_digest,
            "labels": run_labels(self._run_id, phase, deadline),
            "log_config": {"Type": "none"},
            "cap_drop": ["ALL"],
            "security_opt": ["no-new-privileges"],
            "user": "0:0",
            "mem_limit": _BUILD_MEMORY,
            "pids_limit": 256,
            "working_dir": "/tmp",
            "hostname": "p2n",
            "runtime": self._runtime,
        }

    def _run(
        self, settings: dict[str, Any], deadline: float, say: Say, files: dict[str, tuple[bytes, int]]
    ) -> Outcome:
        lines = _Lines(say)
        outcome = run_container(
            self._client,
            settings,
            deadline=deadline,
            cancelled=self._cancelled,
            on_stdout=lambda _: None,
            on_stderr=lines.feed,
            files=files,
        )
        lines.finish()
        return dataclasses.replace(outcome, diagnostics=without_credentials(outcome.diagnostics))

    def _clean(self, settings: dict[str, Any], files: dict[str, tuple[bytes, int]], store: str) -> None:
        """A killed builder cannot tidy up after itself, so a second container does."""
        if store == PACKAGES:
            command = [*settings["command"], "--clean"]
        else:
            command = [*settings["command"][:-1], "--clean"]
        run_container(
            self._client,
            settings | {"command": command, "network_mode": "none"},
            deadline=time.time() + 60,
            cancelled=lambda: False,
            on_stdout=lambda _: None,
            files=files,
        )


def remove_environment(client: DockerClient, env_hash: str, image_digest: str) -> bool:
    """Forget an environment and the data made with it; false where a run uses them. Raises E_SANDBOX_FAILED."""
    folders = [f"{STORE}/envs/{env_hash[:_KEY_DIGITS]}"]
    with docker_errors("list volumes"):
        volumes = client.volumes.list(filters={"label": f"p2n.env_hash={env_hash}"})
    for volume in volumes:
        if not unpublish(client, volume.name):
            return False
        if volume.name.startswith(_DATA_PREFIX):
            folders.append(f"{DATA}/{volume.name.removeprefix(_DATA_PREFIX)}")
    ensure_store(client, DATASETS)
    run_container(
        client,
        {
            "image": image_digest,
            "command": ["rm", "-rf", *folders, *(f"{folder}.lock" for folder in folders)],
            "labels": {LABEL_PHASE: "evict", LABEL_DEADLINE: str(int(time.time()) + 60)},
            "log_config": {"Type": "none"},
            "cap_drop": ["ALL"],
            "network_mode": "none",
            "volumes": {
                PACKAGES: {"bind": STORE, "mode": "rw"},
                DATASETS: {"bind": DATA, "mode": "rw"},
            },
        },
        deadline=time.time() + 60,
        cancelled=lambda: False,
        on_stdout=lambda _: None,
    )
    return True


def environment_volume(env_hash: str) -> str:
    return f"p2n-env-{env_hash[:_KEY_DIGITS]}"


def environment_path(env_hash: str) -> str:
    """Where the environment stands in every container: scripts in it hold this path."""
    return f"{STORE}/envs/{env_hash[:_KEY_DIGITS]}"


def environment_python(env_hash: str) -> str:
    return f"{environment_path(env_hash)}/bin/python"


def dataset_key(mount: DatasetMount, env_hash: str) -> str:
    """Name, loader, expected digest and environment decide what the data is."""
    parts = "\0".join((mount.name, mount.loader, mount.sha256 or "", env_hash))
    return hashlib.sha256(parts.encode()).hexdigest()[:_KEY_DIGITS]


def dataset_volume(key: str) -> str:
    return f"{_DATA_PREFIX}{key}"


def guest_source(name: str) -> bytes:
    """A file of ours that runs inside a container."""
    return resources.files("ray_runner.guest").joinpath(name).read_bytes()


def engine_is_local() -> bool:
    return os.environ.get("DOCKER_HOST", "unix://").startswith("unix://")


def _uv_version(uv: Path) -> bytes:
    done = subprocess.run([str(uv), "--version"], capture_output=True, text=True, timeout=30, check=True)
    return done.stdout.split()[1].encode()


def _raise_if_ended(outcome: Outcome) -> None:
    if outcome.cancelled:
        raise P2NError(ErrorCode.E_RUN_CANCELLED, "The run was cancelled.", "Run it again when you like.")
    if outcome.timed_out:
        raise P2NError(
            ErrorCode.E_RUN_TIMEOUT,
            "The run's time was over before its environment was ready.",
            "Run it again: what was downloaded is kept; or raise the plan's budget.",
        )


def _last_words(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return "; ".join(lines[-2:])[:400] if lines else "no reason was given"


class _Lines:
    """Whole lines for the log, of bounded length."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._partial = b""

    def feed(self, data: bytes) -> None:
        *lines, rest = (self._partial + data).split(b"\n")
        self._partial = rest[-4096:]
        for line in lines:
            text = without_credentials(line.decode(errors="replace").rstrip())
            # uv lists every package it installed; the lock says the same.
            if text and not text.startswith(" + "):
                self._say(text[:4096])

    def finish(self) -> None:
        if self._partial.strip():
            self.feed(b"\n")
