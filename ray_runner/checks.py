"""What the doctor asks about: the Docker Engine, the base image, the Ray head. Looks only, starts nothing."""

from __future__ import annotations

from pathlib import Path

from p2n_schemas.errors import P2NError

from .head import Head

Check = tuple[str, str, str, str, str | None]
"""Name, status (ok, warning, failed, unknown), message, remediation, url."""


def backend_checks(state_dir: Path, address: str | None, standby: int) -> list[Check]:
    """Some tenths of a second at most where all answers."""
    return [*_docker(state_dir, standby), _ray(state_dir, address)]


def _docker(state_dir: Path, standby: int) -> list[Check]:
    from .sandbox.engine import connect
    from .sandbox.image import TAG, find_image
    from .sandbox.standby import waiting

    try:
        client = connect()
        try:
            version = client.version()["Version"]
            image = find_image(client)
            ready = waiting(client, Head(state_dir).name)
        finally:
            client.close()
    except P2NError as error:
        info = error.info
        return [
            ("docker", "failed", info.message, info.remediation, None),
            ("base image", "unknown", "The Docker Engine has it, if anyone.", info.remediation, None),
        ]
    engine: Check = ("docker", "ok", f"Docker Engine {version} answers.", "", None)
    pool: Check = (
        "standby",
        "ok",
        f"{ready} of up to {standby} containers wait, prepared for a rerun.",
        "",
        None,
    )
    if image is None:
        remedy = "It is made with the first plan, or now: scripts/setup_docker.sh."
        return [engine, ("base image", "warning", f"{TAG} is not there yet.", remedy, None), pool]
    words = f"{TAG}, Python {image.python_version}, {image.digest[:19]}"
    return [engine, ("base image", "ok", words, "", None), pool]


def _ray(state_dir: Path, address: str | None) -> Check:
    if address:
        return ("ray", "unknown", f"Runs go to the cluster at {address}.", "", None)
    info = Head(state_dir).find()
    if info is None:
        return ("ray", "ok", "No head runs yet; the first run starts one in some seconds.", "", None)
    words = f"A head answers at {info.address}; its dashboard asks for the token in {state_dir / 'ray' / 'token'}."
    return ("ray", "ok", words, "", info.dashboard)
