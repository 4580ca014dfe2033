"""The base image: a small Debian with Python and nothing of ours.

Made once a machine: from a registry's `python:3.11-slim` where one answers, else from Debian's packages
by mmdebstrap. Run as a module it prints what it does on stderr and the digest on stdout; exit status 3
says that mmdebstrap is missing.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from p2n_schemas.errors import ErrorCode, P2NError

from .engine import connect, docker_errors

if TYPE_CHECKING:
    from docker import DockerClient

# Rises when what the image holds changes; older images stay until someone removes them.
CONTENT_VERSION = "1"
TAG = f"p2n-base:{CONTENT_VERSION}"
GUEST_UID = 10001

_REGISTRY_IMAGE = ("python", "3.11-slim")
_DEBIAN_SUITE = "bookworm"
_DEBIAN_PACKAGES = "python3,python3-venv,ca-certificates"
_REGISTRY_PATIENCE_SECONDS = 10
_BUILD_TIMEOUT_SECONDS = 600
_EXIT_BUILDER_MISSING = 3

# A passwd entry, because libraries ask getpass and pwd for the user's name.
_FINISH = (
    f"echo 'p2n:x:{GUEST_UID}:{GUEST_UID}::/work/home:/usr/sbin/nologin' >> /etc/passwd;"
    f"echo 'p2n:x:{GUEST_UID}:' >> /etc/group;"
    "python3 -c 'import platform; print(platform.python_version())'"
)

Say = Callable[[str], None]


@dataclass(frozen=True)
class ImageInfo:
    """The image's content address (`sha256:…`), its Python (`3.11.2`) and machine (`amd64`)."""

    digest: str
    python_version: str
    architecture: str


def find_image(client: DockerClient) -> ImageInfo | None:
    """The image if this engine has it."""
    import docker.errors

    with docker_errors("look for the base image"):
        try:
            image = client.images.get(TAG)
        except docker.errors.ImageNotFound:
            return None
    return ImageInfo(
        digest=str(image.id),
        python_version=image.labels["p2n.python"],
        architecture=str(image.attrs.get("Architecture", "amd64")),
    )


def ensure_image(client: DockerClient, say: Say = lambda _: None) -> ImageInfo:
    """The image, made first where the engine lacks it (up to some minutes).

    Raises E_IMAGE_UNAVAILABLE with the remedy; detail `builder_missing` is true where mmdebstrap is.
    """
    found = find_image(client)
    if found is not None:
        return found
    begun = time.monotonic()
    source = _pull(client, say) or _from_debian(client, say)
    _finish(client, source)
    made = find_image(client)
    assert made is not None
    say(f"base image ready: Python {made.python_version}, {time.monotonic() - begun:.0f} s")
    return made


def _pull(client: DockerClient, say: Say) -> str | None:
    import docker
    import docker.errors
    import requests

    name, tag = _REGISTRY_IMAGE
    say(f"asking the registry for {name}:{tag}")
    # The timeout is that of silence: a slow download goes on, a registry that does not answer is left soon.
    api = docker.from_env(timeout=_REGISTRY_PATIENCE_SECONDS).api
    try:
        for step in api.pull(name, tag, stream=True, decode=True):
            if "error" in step:
                raise docker.errors.DockerException(str(step["error"]))
    except (docker.errors.DockerException, requests.exceptions.RequestException, OSError):
        say("no registry answers; building from Debian's packages instead")
        return None
    finally:
        api.close()
    return f"{name}:{tag}"


def _from_debian(client: DockerClient, say: Say) -> str:
    builder = shutil.which("mmdebstrap")
    if builder is None:
        raise P2NError(
            ErrorCode.E_IMAGE_UNAVAILABLE,
            "No image registry answers, and mmdebstrap, which builds the base image without one, is missing.",
            "Run scripts/setup_docker.sh, or install mmdebstrap (apt-get install mmdebstrap) and try again.",
            {"builder_missing": True},
        )
    say("mmdebstrap: Debian with Python (about half a minute)")
    with tempfile.TemporaryDirectory(prefix="p2n-image-") as folder:
        tar = Path(folder) / "root.tar"
        command = [
            builder,
            "--mode=auto",
            "--variant=minbase",
            f"--include={_DEBIAN_PACKAGES}",
            "--dpkgopt=path-exclude=/usr/share/man/*",
            "--dpkgopt=path-exclude=/usr/share/locale/*",
            "--dpkgopt=path-exclude=/usr/share/doc/*",
            _DEBIAN_SUITE,
            str(tar),
        ]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=_BUILD_TIMEOUT_SECONDS, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise _build_failed(f"it took more than {_BUILD_TIMEOUT_SECONDS} s") from error
        if done.returncode != 0:
            raise _build_failed(done.stderr[-2000:])
        say("importing it into the engine")
        with docker_errors("import the base image"):
            client.api.import_image_from_file(str(tar), repository="p2n-base", tag="raw")
    return "p2n-base:raw"


def _build_failed(reason: str) -> P2NError:
    return P2NError(
        ErrorCode.E_IMAGE_UNAVAILABLE,
        "mmdebstrap could not build the base image.",
        "Check that Debian's package mirror is reachable, then run scripts/setup_docker.sh again.",
        {"reason": reason},
    )


def _finish(client: DockerClient, source: str) -> None:
    """Record the Python version as a label: reading it later costs one call instead of a container."""
    with docker_errors("finish the base image"):
        container = client.containers.create(
            source, ["sh", "-c", _FINISH], network_mode="none", entrypoint="", user="0"
        )
        try:
            container.start()
            status = container.wait(timeout=60)["StatusCode"]
            version = container.logs(stdout=True, stderr=False).decode().strip()
            if status != 0 or not version:
                raise _build_failed(container.logs().decode(errors="replace")[-2000:])
            container.commit(
                repository="p2n-base",
                tag=CONTENT_VERSION,
                changes=[f"LABEL p2n.python={version}", "ENTRYPOINT []", 'CMD ["python3"]'],
            )
        finally:
            container.remove(force=True)
        if source == "p2n-base:raw":
            client.images.remove(source)


def main() -> int:
    begun = time.monotonic()

    def say(text: str) -> None:
        print(f"image: [{time.monotonic() - begun:5.1f} s] {text}", file=sys.stderr, flush=True)

    try:
        info = ensure_image(connect(), say)
    except P2NError as error:
        say(error.info.message)
        say(error.info.remediation)
        if "reason" in error.info.detail:
            say(str(error.info.detail["reason"]))
        return _EXIT_BUILDER_MISSING if error.info.detail.get("builder_missing") else 1
    say(f"{TAG}, Python {info.python_version}, {info.architecture}")
    print(info.digest)
    return 0


if __name__ == "__main__":
    sys.exit(main())
