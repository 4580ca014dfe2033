"""What the doctor asks about: the Docker Engine, the base image, the Ray head, the nodes of a cluster."""

from __future__ import annotations

import contextlib
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from p2n_schemas.errors import P2NError

from .head import Head

Check = tuple[str, str, str, str, str | None]
"""Name, status (ok, warning, failed, unknown), message, remediation, url."""

_LOOK = "Look at the cluster's dashboard, and at bridge.log in the folder `ray` of P2N's state."
_LARGER = (
    "Start nodes of at least 2 CPUs and 4 GiB of memory; Ray is told of them by --num-cpus and --memory."
)


def backend_checks(state_dir: Path, address: str | None, standby: int) -> list[Check]:
    """Looks only, starts nothing; some tenths of a second at most where all answers. Of a cluster nothing is asked."""
    found = _docker(state_dir, standby)
    return found if address else [*found, _ray(state_dir)]


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


def _ray(state_dir: Path) -> Check:
    info = Head(state_dir).find()
    if info is None:
        return ("ray", "ok", "No head runs yet; the first run starts one in some seconds.", "", None)
    words = f"A head answers at {info.address}; its dashboard asks for the token in {state_dir / 'ray' / 'token'}."
    return ("ray", "ok", words, "", info.dashboard)


@contextlib.contextmanager
def seen_file(state_dir: Path, wanted: bool) -> Iterator[str | None]:
    """The path of a file that a node sees where it shares this server's files; None where it need not."""
    if not wanted:
        yield None
        return
    file = state_dir.absolute() / "ray" / f"seen-{uuid.uuid4().hex}"
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.touch()
    try:
        yield str(file)
    finally:
        file.unlink(missing_ok=True)


def node_state(seen: str | None) -> dict[str, Any]:
    """Of this node: what a run needs there. Raises E_DOCKER_UNAVAILABLE."""
    from .sandbox.engine import connect
    from .sandbox.image import find_image

    client = connect()
    try:
        image = find_image(client)
        return {
            "engine": client.version()["Version"],
            "image": image.digest if image else None,
            "sees": seen is None or Path(seen).exists(),
        }
    finally:
        client.close()


def own_image() -> str | None:
    """The digest of the base image here, which plans are made for."""
    from .sandbox.engine import connect
    from .sandbox.image import find_image

    with contextlib.suppress(P2NError):
        client = connect()
        try:
            image = find_image(client)
            return image.digest if image else None
        finally:
            client.close()
    return None


def unreachable(address: str, why: str, remediation: str = "") -> Check:
    return ("ray", "failed", f"The cluster at {address}: {why}", remediation or _LOOK, None)


def cluster_checks(address: str, answers: Sequence[dict[str, Any]], image: str | None) -> list[Check]:
    """The cluster as a whole, and each node where something is to be done; `image` is the server's own."""
    if not answers:
        return [unreachable(address, "It has no node of 2 CPUs and 4 GiB, so no run can begin.", _LARGER)]
    poor = [(answer["node"], *trouble) for answer in answers if (trouble := _trouble(answer, image))]
    engines = Counter(answer["result"]["engine"] for answer in answers if "result" in answer)
    words = f"The cluster at {address} has {len(answers)} nodes for runs, {len(answers) - len(poor)} of them ready."
    if engines:
        words += f" Docker Engine: {', '.join(f'{version} ({count})' for version, count in engines.items())}."
    status = "ok" if not poor else "failed" if len(poor) == len(answers) else "warning"
    whole: Check = (
        "ray",
        status,
        words,
        "" if not poor else "The checks of single nodes say what to do.",
        None,
    )
    return [whole, *((f"node {name}", "failed", why, remedy, None) for name, why, remedy in poor)]


def _trouble(answer: dict[str, Any], image: str | None) -> tuple[str, str] | None:
    if (error := answer.get("error")) is not None:
        return error["message"], error["remediation"]
    state = answer["result"]
    if not state["sees"]:
        return (
            "It does not see the data folder, so its runs can't store what they leave.",
            "Use Supabase, or mount P2NApp.data_dir at the same path on every node.",
        )
    if image is not None and state["image"] != image:
        return (
            f"Its base image is {str(state['image'])[:19]}, the server's is {image[:19]}: plans made here can't run there.",
            "On the server `docker save p2n-base:1 -o base.tar`, on the node `docker load -i base.tar`.",
        )
    return None
