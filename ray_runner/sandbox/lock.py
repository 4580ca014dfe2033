"""Pinned requirements to a lock with hashes for the sandbox image, and the env_hash over both.

`uv` only reads an index's metadata here: wheels only, so that no package's code runs on the host.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.execution import ResolvedEnvironment

from .engine import connect
from .image import ImageInfo, ensure_image
from .package_index import host_variables, without_credentials

_RESOLVE_TIMEOUT_SECONDS = 180
_MACHINES = {"amd64": "x86_64", "x86_64": "x86_64", "arm64": "aarch64", "aarch64": "aarch64"}
_REQUIREMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(\[[A-Za-z0-9._,\s-]*\])?\s*([=<>!~].*)?(;.*)?")
_NO_WHEEL = re.compile(r"Wheels are required for `([^`]+)` because building from source is disabled")


class DockerResolver:
    """Locks requirements for the base image of the Docker Engine at hand."""

    async def resolve(self, requirements: str) -> ResolvedEnvironment:
        """Lock pinned requirements; makes the base image first where the engine lacks it.

        Raises E_REQUIREMENTS_UNSATISFIABLE, E_REQUIREMENTS_NEED_BUILD, E_DOCKER_UNAVAILABLE, E_IMAGE_UNAVAILABLE.
        """
        return await asyncio.to_thread(_resolve, requirements)


def _resolve(requirements: str) -> ResolvedEnvironment:
    client = connect()
    try:
        image = ensure_image(client)
    finally:
        client.close()
    lock = compile_lock(requirements, image)
    return ResolvedEnvironment(
        requirements_lock=lock,
        image_digest=image.digest,
        python_version=image.python_version,
        env_hash=environment_hash(lock, image.digest, image.python_version),
    )


def environment_hash(lock: str, image_digest: str, python_version: str) -> str:
    """sha256 (64 hex digits) over the lock, the image's digest and the Python version (DESIGN section 7)."""
    digest = hashlib.sha256()
    for part in (lock, image_digest, python_version):
        data = part.encode()
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()


def compile_lock(requirements: str, image: ImageInfo) -> str:
    """requirements.lock for the image: every package pinned, with its hashes, and no URL in it."""
    _refuse_options(requirements)
    machine = _MACHINES.get(image.architecture, image.architecture)
    command = [
        find_uv(),
        "pip",
        "compile",
        "-",
        "--quiet",
        "--no-progress",
        "--color=never",
        "--generate-hashes",
        "--only-binary=:all:",
        "--no-header",
        "--no-annotate",
        "--no-sources",
        f"--python={sys.executable}",
        f"--python-version={image.python_version}",
        f"--python-platform={machine}-unknown-linux-gnu",
    ]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("UV_")}
    for name in ("UV_CACHE_DIR", "UV_CONFIG_FILE", "UV_KEYRING_PROVIDER"):
        if os.environ.get(name):
            kept[name] = os.environ[name]
    try:
        done = subprocess.run(
            command,
            input=requirements,
            env=kept | host_variables(),
            capture_output=True,
            text=True,
            timeout=_RESOLVE_TIMEOUT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise P2NError(
            ErrorCode.E_REQUIREMENTS_UNSATISFIABLE,
            f"The package index gave no answer within {_RESOLVE_TIMEOUT_SECONDS} s.",
            "Check the connection to the package index (proxy, certificates) and try again.",
        ) from error
    if done.returncode != 0:
        raise _explained(done.stderr)
    lock = done.stdout
    if "://" in lock:
        raise P2NError(
            ErrorCode.E_REQUIREMENTS_UNSATISFIABLE,
            "The lock would hold a URL, which other machines may not reach.",
            "Name packages with versions instead of URLs.",
        )
    return lock


def find_uv() -> str:
    """The uv of the package that P2N depends on."""
    beside = Path(sys.executable).parent / "uv"
    if beside.is_file():
        return str(beside)
    import uv

    return str(uv.find_uv_bin())


def _refuse_options(requirements: str) -> None:
    for line in requirements.splitlines():
        text = line.split("#", 1)[0].strip()
        if text and not _REQUIREMENT.fullmatch(text):
            raise P2NError(
                ErrorCode.E_REQUIREMENTS_UNSATISFIABLE,
                f"Not a package with a version: {without_credentials(text)[:200]}",
                "Each line names one package and its version, such as numpy==2.1.0; options, URLs and paths are refused.",
            )


def _explained(stderr: str) -> P2NError:
    stderr = without_credentials(stderr)
    reason = stderr.strip()[-2000:]
    folded = " ".join(stderr.replace("╰─▶", " ").replace("├─▶", " ").replace("│", " ").split())
    found = _NO_WHEEL.search(folded)
    if found:
        package = found.group(1)
        return P2NError(
            ErrorCode.E_REQUIREMENTS_NEED_BUILD,
            f"{package} has no wheel for the sandbox, and building packages from source is not done.",
            "Choose a version of it that ships a wheel for this Python, or another package.",
            {"package": package, "reason": reason},
        )
    return P2NError(
        ErrorCode.E_REQUIREMENTS_UNSATISFIABLE,
        "The requirements cannot be installed together: " + folded[:600],
        "Change the versions named in the reason; where the index could not be reached, check the connection.",
        {"reason": reason},
    )
