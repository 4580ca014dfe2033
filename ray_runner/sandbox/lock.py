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
from .package_index import HOST_SETTINGS, PackageSource, host_variables, without_credentials

_RESOLVE_TIMEOUT_SECONDS = 180
_MACHINES = {"amd64": "x86_64", "x86_64": "x86_64", "arm64": "aarch64", "aarch64": "aarch64"}
_REQUIREMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(\[[A-Za-z0-9._,\s-]*\])?\s*([=<>!~].*)?(;.*)?")
_NO_WHEEL = re.compile(r"Wheels are required for `([^`]+)` because building from source is disabled")
# Packages for graphics cards, which no sandbox has: torch's usual wheel brings gigabytes of them.
_CUDA = re.compile(r"^((?:nvidia|cuda)-[a-z0-9-]+)==", re.MULTILINE)
CPU_TORCH = "# torch from uv's index of CPU builds"
"""First line of a lock whose torch is had from there only: whoever installs it has to look there too."""


class DockerResolver:
    """Locks requirements for the base image of the Docker Engine at hand."""

    def __init__(self, packages: PackageSource = HOST_SETTINGS) -> None:
        self._packages = packages

    async def resolve(self, requirements: str) -> ResolvedEnvironment:
        """Lock pinned requirements; makes the base image first where the engine lacks it.

        Raises E_REQUIREMENTS_UNSATISFIABLE, E_REQUIREMENTS_NEED_BUILD, E_DOCKER_UNAVAILABLE, E_IMAGE_UNAVAILABLE.
        """
        return await asyncio.to_thread(_resolve, requirements, self._packages)


def _resolve(requirements: str, packages: PackageSource) -> ResolvedEnvironment:
    client = connect()
    try:
        image = ensure_image(client)
    finally:
        client.close()
    lock = compile_lock(requirements, image, packages)
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


def compile_lock(requirements: str, image: ImageInfo, packages: PackageSource = HOST_SETTINGS) -> str:
    """requirements.lock for the image: every package pinned, with its hashes, no URL and nothing for graphics cards.

    A CPU build of torch is taken from where this host looks for packages, a folder of wheels perhaps; where none
    is there, from the index that uv knows for such builds.
    """
    _refuse_options(requirements)
    lock = _compile(requirements, image, packages)
    if not _CUDA.search(lock):
        return lock
    cuda = _CUDA.findall(lock)
    if re.search(r"^torch==", lock, re.MULTILINE) and not packages.offline:
        try:
            lock = f"{CPU_TORCH}\n" + _compile(requirements, image, packages, "--torch-backend=cpu")
        except P2NError as error:
            raise _only_cuda(cuda, error.info.message) from error
        cuda = _CUDA.findall(lock)
    if cuda:
        raise _only_cuda(cuda, "")
    return lock


def _compile(requirements: str, image: ImageInfo, packages: PackageSource, *options: str) -> str:
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
        *packages.options,
        *options,
    ]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("UV_")}
    for name in ("UV_CACHE_DIR", "UV_CONFIG_FILE", "UV_KEYRING_PROVIDER"):
        if os.environ.get(name):
            kept[name] = os.environ[name]
    try:
        done = subprocess.run(
            command,
            input=requirements,
            env=kept | host_variables(source=packages),
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
        raise explained(done.stderr)
    lock = done.stdout
    if "://" in lock or re.search(r"^\s*-(?!-hash=)|\s@\s", lock, re.MULTILINE):
        raise P2NError(
            ErrorCode.E_REQUIREMENTS_UNSATISFIABLE,
            "The lock would hold a URL or a path, which other machines may not reach.",
            "Name packages with versions instead of URLs.",
        )
    return lock


def _only_cuda(names: list[str], reason: str) -> P2NError:
    return P2NError(
        ErrorCode.E_REQUIREMENTS_UNSATISFIABLE,
        f"These requirements bring {len(names)} packages for graphics cards, which the sandbox has no use for:"
        f" {', '.join(names[:4])}{' …' if len(names) > 4 else ''}.",
        "For torch, let this machine reach the index of its CPU builds, or put a CPU wheel of it into the folder that"
        " P2NApp.wheel_dir names; of other packages choose the build for CPUs, such as xgboost-cpu.",
        {"packages": names[:100], "reason": reason},
    )


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


def explained(stderr: str) -> P2NError:
    """uv's refusal as an error: E_REQUIREMENTS_NEED_BUILD naming the package, else E_REQUIREMENTS_UNSATISFIABLE."""
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
