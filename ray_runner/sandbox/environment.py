"""The two phases that may reach the network: environments by env_hash, and datasets.

Both build into a store volume and publish a volume at the end (see volumes.py), so what exists is complete and a
second run builds nothing. Who builds or removes one has its lease alone, who uses it shares it (see leases.py).
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import platform
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.runs import DatasetFile, DatasetMount

from . import leases
from .container import run_container
from .dataset_file import as_tar
from .engine import run_labels
from .lock import CPU_TORCH, explained, find_uv
from .package_index import HOST_SETTINGS, PackageSource, package_index, without_credentials
from .protocol import Outcome, Say
from .tending import HOST_FILES as _HOST_FILES
from .tending import STORE, guest_command, sweep
from .volumes import DATASETS, PACKAGES, ensure_store, is_published, publish

if TYPE_CHECKING:
    from docker import DockerClient

DATA = "/data"
_KEY_DIGITS = 16
_DATA_PREFIX = "p2n-data-"
_BUILD_MEMORY = 4 * 1024**3
_NEEDS_UV = 3
_LOADER_SECONDS = 600.0
_DATASET_BYTES = 5 * 10**9
_POLL_SECONDS = 0.05
# Others look at a lease for a moment only; who has it for longer builds.
_PATIENCE_SECONDS = 0.3
_NO_HASH = re.compile(r"all requirements must have a hash, but none were provided for: (\S+)")
_WRONG_HASH = re.compile(r"[Hh]ash mismatch for `([^`]+)`")


class Builder:
    """Builds for one run, whose id labels every container, and keeps what it found from being removed until closed."""

    def __init__(
        self,
        client: DockerClient,
        run_id: str,
        cancelled: Callable[[], bool],
        runtime: str | None = None,
        packages: PackageSource = HOST_SETTINGS,
    ) -> None:
        self._client = client
        self._run_id = run_id
        self._cancelled = cancelled
        self._runtime = runtime
        self._packages = packages
        self._leases: list[leases.Lease] = []

    def close(self) -> None:
        """Let go of what this run used: it may be removed from now on, where no container mounts it."""
        while self._leases:
            self._leases.pop().close()

    def use(self, env_hash: str, datasets: list[DatasetMount]) -> bool:
        """Keep what is built already from being removed; false, and nothing is kept, where some of it is not there."""
        held = _shared(env_hash, datasets)
        with contextlib.ExitStack() as closing:
            for lease in held or ():
                closing.push(lease)
            wanted = _volumes(env_hash, datasets)
            if held is None or not all(is_published(self._client, *each) for each in wanted):
                return False
            closing.pop_all()
            self._leases += held
        return True

    def hold(self, env_hash: str, datasets: list[DatasetMount]) -> bool:
        """The same, whether or not it is there; false where somebody builds or removes some of it just now."""
        held = _shared(env_hash, datasets)
        self._leases += held or []
        return held is not None

    def environment(
        self, env_hash: str, image_digest: str, requirements_lock: str, deadline: float, say: Say
    ) -> bool:
        """Build and publish an environment; true where it was there, or another run built it meanwhile.

        Raises E_SANDBOX_FAILED, E_REQUIREMENTS_UNSATISFIABLE (a file's hash is not the lock's),
        E_REQUIREMENTS_NEED_BUILD, E_RUN_TIMEOUT, E_RUN_CANCELLED.
        """
        volume = environment_volume(env_hash)

        def build() -> None:
            self._build_environment(env_hash, image_digest, requirements_lock, deadline, say)
            labels = {"p2n.env_hash": env_hash, "p2n.packages": str(requirements_lock.count("=="))}
            publish(self._client, PACKAGES, f"envs/{env_hash[:_KEY_DIGITS]}", volume, labels)

        return self._ensure(PACKAGES, volume, build, "environment", deadline, say)

    def _ensure(
        self, store: str, volume: str, build: Callable[[], None], what: str, deadline: float, say: Say
    ) -> bool:
        """Share the lease of a published volume, which whoever comes first builds."""
        had, said = True, False
        begun = time.monotonic()
        while True:
            lease = leases.share(volume)
            if lease is not None:
                if is_published(self._client, store, volume):
                    self._leases.append(lease)
                    return had
                lease.close()
                alone = leases.own(volume)
                if alone is not None:
                    with alone:
                        if not is_published(self._client, store, volume):
                            ensure_store(self._client, store)
                            try:
                                build()
                            except BaseException:
                                alone.forget()
                                raise
                            had = False
                    continue
            if self._cancelled():
                raise _cancelled()
            if time.time() > deadline:
                raise _too_late(what)
            if not said and time.monotonic() - begun > _PATIENCE_SECONDS:
                say(f"another run is building this {what}: waiting for it")
                said = True
            time.sleep(_POLL_SECONDS)

    def _build_environment(
        self, env_hash: str, image_digest: str, requirements_lock: str, deadline: float, say: Say
    ) -> None:
        key = env_hash[:_KEY_DIGITS]
        index = package_index(engine_is_local=engine_is_local(), source=self._packages)
        uv = Path(find_uv())
        command, files = guest_command("build_environment", "bytecode", "locks")
        files |= {
            f"{_HOST_FILES}/requirements.lock": (requirements_lock.encode(), 0o644),
            f"{_HOST_FILES}/uv.version": (_uv_version(uv), 0o644),
        } | {path: (data, 0o644) for path, data in index.files.items()}
        variables = {"HOME": "/tmp", "LC_ALL": "C.UTF-8", "P2N_UV_OPTIONS": " ".join(self._packages.options)}
        if requirements_lock.startswith(CPU_TORCH):
            variables["UV_TORCH_BACKEND"] = "cpu"
        settings = self._settings("environment", image_digest, deadline) | {
            "command": [*command, STORE, key, _HOST_FILES],
            "environment": index.variables | variables,
            "volumes": {PACKAGES: {"bind": STORE, "mode": "rw"}}
            | {host: {"bind": inside, "mode": "ro"} for host, inside in index.links.items()},
            "network_mode": "none" if self._packages.offline else "bridge",
        }
        outcome = self._run(settings, deadline, say, files)
        if outcome.exit_status == _NEEDS_UV:
            if platform.system() == "Linux":
                files[f"{_HOST_FILES}/uv"] = (uv.read_bytes(), 0o755)
            settings["command"] = [*settings["command"], "--fetch-uv"]
            outcome = self._run(settings, deadline, say, files)
        if outcome.exit_status != 0 or outcome.timed_out or outcome.cancelled:
            sweep(self._client, image_digest)
            _raise_if_ended(outcome, "environment")
            raise _not_built(outcome.diagnostics)

    def dataset(
        self, mount: DatasetMount, env_hash: str, image_digest: str, deadline: float, say: Say
    ) -> bool:
        """Run a loader and publish its data; true where it was there, or another run loaded it meanwhile.

        Raises E_DATASET_FAILED, E_RUN_TIMEOUT, E_RUN_CANCELLED.
        """
        key = dataset_key(mount, env_hash)

        def build() -> None:
            with contextlib.ExitStack() as open_files:
                archive = None
                if mount.file is not None:
                    archive = open_files.enter_context(
                        as_tar(mount.name, mount.file, _source_path(mount.file))
                    )
                self._build_dataset(mount, key, env_hash, image_digest, deadline, say, archive)
            labels = {"p2n.dataset": mount.name}
            if _hangs_on_the_environment(mount):
                labels["p2n.env_hash"] = env_hash
            publish(self._client, DATASETS, key, dataset_volume(key), labels)

        return self._ensure(DATASETS, dataset_volume(key), build, "dataset", deadline, say)

    def _build_dataset(
        self,
        mount: DatasetMount,
        key: str,
        env_hash: str,
        image_digest: str,
        deadline: float,
        say: Say,
        archive: IO[bytes] | None,
    ) -> None:
        index = package_index(engine_is_local=engine_is_local())
        command, files = guest_command("build_dataset", "locks")
        files[f"{_HOST_FILES}/loader.py"] = (mount.loader.encode(), 0o644)
        # No index URLs here: they may hold credentials, and a loader needs only the way out and its certificates.
        variables = {"HOME": "/tmp", "LC_ALL": "C.UTF-8", "MPLCONFIGDIR": "/tmp"}
        if mount.needs_network:
            files |= {path: (data, 0o644) for path, data in index.files.items() if path.endswith(".crt")}
            variables |= {
                name: value for name, value in index.variables.items() if not name.startswith("UV_")
            }
        volumes = {DATASETS: {"bind": DATA, "mode": "rw"}}
        if mount.needs_environment:
            volumes[environment_volume(env_hash)] = {"bind": environment_path(env_hash), "mode": "ro"}
        wanted = {
            "store": DATA,
            "key": key,
            "sha256": mount.sha256,
            "recorded_as": mount.recorded_as,
            "interpreter": environment_python(env_hash) if mount.needs_environment else "python3",
            "loader": f"{_HOST_FILES}/loader.py",
            "source": _source_path(mount.file) if mount.file is not None else None,
            "source_sha256": mount.file.sha256 if mount.file is not None else None,
            # A little before the run's own end, so that it is the loader that is blamed.
            "seconds": max(1.0, min(_LOADER_SECONDS, 0.9 * (deadline - time.time()))),
            "bytes": _DATASET_BYTES,
        }
        settings = self._settings("datasets", image_digest, deadline) | {
            "command": [*command, json.dumps(wanted)],
            "environment": variables,
            "volumes": volumes,
            "network_mode": "bridge" if mount.needs_network else "none",
            # The loader gets none of them: they let root hand the data's folder over to it, and take it back.
            "cap_add": ["CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SETGID", "SETUID"],
        }
        outcome = self._run(settings, deadline, say, files, archive)
        if outcome.exit_status != 0 or outcome.timed_out or outcome.cancelled:
            sweep(self._client, image_digest)
            _raise_if_ended(outcome, "dataset")
            raise P2NError(
                ErrorCode.E_DATASET_FAILED,
                f"The dataset {mount.name} could not be made ready: {_last_words(outcome.diagnostics)}",
                "The run's log holds the loader's own words; where it downloads, check the connection.",
                {"dataset": mount.name, "reason": outcome.diagnostics[-2000:]},
            )

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
        self,
        settings: dict[str, Any],
        deadline: float,
        say: Say,
        files: dict[str, tuple[bytes, int]],
        archive: IO[bytes] | None = None,
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
            archive=archive,
        )
        lines.finish()
        return dataclasses.replace(outcome, diagnostics=without_credentials(outcome.diagnostics))


def environment_volume(env_hash: str) -> str:
    return f"p2n-env-{env_hash[:_KEY_DIGITS]}"


def environment_path(env_hash: str) -> str:
    """Where the environment stands in every container: scripts in it hold this path."""
    return environment_folder(env_hash[:_KEY_DIGITS])


def environment_folder(key: str) -> str:
    return f"{STORE}/envs/{key}"


def dataset_folder(key: str) -> str:
    """Where a dataset stands in the store, as containers that build or remove it see it."""
    return f"{DATA}/{key}"


def environment_python(env_hash: str) -> str:
    return f"{environment_path(env_hash)}/bin/python"


def _volumes(env_hash: str, datasets: list[DatasetMount]) -> list[tuple[str, str]]:
    """(store, volume) of all that a run needs."""
    data = [(DATASETS, dataset_volume(dataset_key(mount, env_hash))) for mount in datasets]
    return [(PACKAGES, environment_volume(env_hash)), *data]


def _shared(env_hash: str, datasets: list[DatasetMount]) -> list[leases.Lease] | None:
    """The leases of all that a run needs, or none of them."""
    held: list[leases.Lease] = []
    for _, volume in _volumes(env_hash, datasets):
        lease = leases.share(volume)
        if lease is None:
            for each in held:
                each.close()
            return None
        held.append(lease)
    return held


def dataset_key(mount: DatasetMount, env_hash: str) -> str:
    """Name, loader, digests, and the environment only where nothing else decides, tell what the data is."""
    source = mount.file.sha256 if mount.file is not None else ""
    environment = env_hash if _hangs_on_the_environment(mount) else ""
    parts = "\0".join((mount.name, mount.loader, mount.sha256 or "", source, environment))
    return hashlib.sha256(parts.encode()).hexdigest()[:_KEY_DIGITS]


def _hangs_on_the_environment(mount: DatasetMount) -> bool:
    """Data of a known digest is the same whoever loads it."""
    return mount.needs_environment and mount.sha256 is None


def _source_path(file: DatasetFile) -> str:
    return f"{_HOST_FILES}/source/{file.filename}"


def dataset_volume(key: str) -> str:
    return f"{_DATA_PREFIX}{key}"


def engine_is_local() -> bool:
    return os.environ.get("DOCKER_HOST", "unix://").startswith("unix://")


def _uv_version(uv: Path) -> bytes:
    done = subprocess.run([str(uv), "--version"], capture_output=True, text=True, timeout=30, check=True)
    return done.stdout.split()[1].encode()


def _raise_if_ended(outcome: Outcome, what: str) -> None:
    if outcome.cancelled:
        raise _cancelled()
    if outcome.timed_out:
        raise _too_late(what)
    if outcome.removed:
        raise P2NError(
            ErrorCode.E_SANDBOX_FAILED,
            f"The container that made the {what} ready was removed while it worked.",
            "Run it again, and leave containers with the label p2n.run_id to P2N: it removes them itself.",
        )


def _cancelled() -> P2NError:
    return P2NError(ErrorCode.E_RUN_CANCELLED, "The run was cancelled.", "Run it again when you like.")


def _too_late(what: str) -> P2NError:
    return P2NError(
        ErrorCode.E_RUN_TIMEOUT,
        f"The run's time was over before its {what} was ready.",
        "Run it again: what was downloaded is kept; or raise the plan's budget.",
    )


def _not_built(words: str) -> P2NError:
    """What uv said in the container, as an error."""
    detail = {"reason": words[-2000:]}
    if (found := _WRONG_HASH.search(words)) is not None:
        return P2NError(
            ErrorCode.E_REQUIREMENTS_UNSATISFIABLE,
            f"The file that the package index gives for {found[1]} is not the one that the lock names: its hash"
            " differs. Nothing was installed.",
            "Materialize the plan again for a lock of what is there now; if it happens again, something alters files"
            " on their way.",
            {"package": found[1]} | detail,
        )
    if (unhashed := _NO_HASH.search(words)) is not None:
        return P2NError(
            ErrorCode.E_REQUIREMENTS_UNSATISFIABLE,
            f"The lock has no hash for {unhashed[1]}, so nothing was installed.",
            "Materialize the plan again: P2N writes a hash for every package.",
            {"package": unhashed[1]} | detail,
        )
    if "No space left on device" in words:
        return P2NError(
            ErrorCode.E_STORAGE_FULL,
            "The engine's disk is full: the environment could not be built.",
            "`jupyter p2n storage` shows what P2N keeps there and removes it.",
            detail,
        )
    refused = explained(words)
    if refused.code is ErrorCode.E_REQUIREMENTS_NEED_BUILD or "No solution found" in words:
        return refused
    return P2NError(
        ErrorCode.E_SANDBOX_FAILED,
        "The environment could not be built: " + _last_words(words),
        "The run's log holds uv's own words; check that the package index is reachable.",
        detail,
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
