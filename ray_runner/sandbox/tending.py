"""Work inside the stores, done by a short container: the host itself can't look into a volume."""

from __future__ import annotations

import json
import logging
import time
from importlib import resources
from typing import TYPE_CHECKING, Any

from p2n_schemas.errors import ErrorCode, P2NError

from .container import run_container
from .engine import LABEL_DEADLINE, LABEL_PHASE
from .volumes import DATASETS, PACKAGES, ensure_store

if TYPE_CHECKING:
    from docker import DockerClient

STORE = "/p2n"
HOST_FILES = "/p2n-host"
_DATA = "/data"
_SECONDS = 300
_RUN_MODULE = (
    f"import runpy, sys; sys.path.insert(0, {HOST_FILES!r});"
    " runpy.run_module(sys.argv.pop(1), run_name='__main__', alter_sys=True)"
)

_log = logging.getLogger(__name__)


def tend(client: DockerClient, image: str, **wanted: Any) -> dict[str, Any]:
    """Sweep, remove, free and measure as guest/tend_stores.py says. Raises E_SANDBOX_FAILED, E_DOCKER_UNAVAILABLE."""
    for store in (PACKAGES, DATASETS):
        ensure_store(client, store)
    command, files = guest_command("tend_stores", "locks")
    said = bytearray()
    outcome = run_container(
        client,
        {
            "image": image,
            "command": [*command, json.dumps({"packages": STORE, "datasets": _DATA} | wanted)],
            "labels": {LABEL_PHASE: "tend", LABEL_DEADLINE: str(int(time.time()) + _SECONDS)},
            "log_config": {"Type": "none"},
            "cap_drop": ["ALL"],
            "security_opt": ["no-new-privileges"],
            "user": "0:0",
            "network_mode": "none",
            "volumes": {PACKAGES: {"bind": STORE, "mode": "rw"}, DATASETS: {"bind": _DATA, "mode": "rw"}},
        },
        deadline=time.time() + _SECONDS,
        cancelled=lambda: False,
        on_stdout=said.extend,
        files=files,
    )
    if outcome.exit_status != 0 or outcome.timed_out:
        raise P2NError(
            ErrorCode.E_SANDBOX_FAILED,
            "What P2N keeps on the Docker Engine could not be looked through.",
            "Look into the engine's log; `jupyter p2n doctor` checks what P2N needs of it.",
            {"reason": outcome.diagnostics[-1500:]},
        )
    done: dict[str, Any] = json.loads(said)
    return done


def sweep(client: DockerClient, image: str) -> None:
    """Remove what killed or failed builders left in the stores; a failure is for the log only."""
    try:
        tend(client, image, sweep=True)
    except P2NError as error:
        _log.warning("half-built environments could not be swept away: %s", error)


def guest_command(module: str, *others: str) -> tuple[list[str], dict[str, tuple[bytes, int]]]:
    """The command that runs a guest module, and the files that it takes, by their path in the container."""
    files = {
        f"{HOST_FILES}/guest/{name}.py": (guest_source(f"{name}.py"), 0o644) for name in (module, *others)
    }
    return ["python3", "-I", "-c", _RUN_MODULE, f"guest.{module}"], files


def guest_source(name: str) -> bytes:
    """A file of ours that runs inside a container."""
    return resources.files("ray_runner.guest").joinpath(name).read_bytes()
