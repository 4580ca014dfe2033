"""Joining a Ray cluster that others run: how the driver gets in, and whether both sides are of one version."""

from __future__ import annotations

import hashlib
import re
import socket
from collections.abc import Iterator
from typing import Any

from p2n_schemas.errors import ErrorCode, P2NError

from .sandbox.engine import HEAD_VARIABLE

_REACH_SECONDS = 5
_SIDE = re.compile(r"Ray: (\S+)\s+Python: (\S+)")
_ONE_VERSION = "Bring the server and every node of the cluster to one version of Python, Ray and P2N."


def runtime_environment(address: str, packages: list[str]) -> dict[str, Any]:
    """Workers get our code from the server, and the name that their containers are labelled with."""
    name = f"cluster-{hashlib.sha256(address.encode()).hexdigest()[:8]}"
    return {"py_modules": packages, "env_vars": {HEAD_VARIABLE: name}}


def reach(address: str) -> None:
    """Raise E_RAY_UNAVAILABLE where nothing listens: Ray itself would try for minutes."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_REACH_SECONDS).close()
    except (OSError, ValueError) as error:
        raise P2NError(
            ErrorCode.E_RAY_UNAVAILABLE,
            f"Nothing answers at the cluster's address {address}.",
            "Correct P2NApp.ray_address (host:port of the head's GCS, such as 10.0.0.5:6379), or start the cluster.",
            {"address": address},
        ) from error


def not_joined(address: str, error: Exception) -> P2NError:
    """Ray's refusal in our words."""
    # Ray tells of these as exceptions, or with a whole traceback in the words of another one.
    told = "\n".join(f"{type(one).__name__}: {one}" for one in _chain(error))
    if "Version mismatch" in told and len(sides := _SIDE.findall(told)) >= 2:
        (their_ray, their_python), (our_ray, our_python) = sides[:2]
        return P2NError(
            ErrorCode.E_CLUSTER_MISMATCH,
            f"The cluster runs Ray {their_ray} with Python {their_python}, this server Ray {our_ray} with Python "
            f"{our_python}.",
            _ONE_VERSION,
            {
                "cluster": {"ray": their_ray, "python": their_python},
                "server": {"ray": our_ray, "python": our_python},
            },
        )
    if "AuthenticationError" in told:
        return P2NError(
            ErrorCode.E_RAY_UNAVAILABLE,
            f"The cluster at {address} did not take this server's token, or none was given.",
            "Set P2NApp.ray_token_file to a copy of the cluster's token file.",
            {"address": address},
        )
    return P2NError(
        ErrorCode.E_RAY_UNAVAILABLE,
        f"The cluster at {address} could not be joined: {type(error).__name__}.",
        "The server's machine has to be a node of the cluster (`ray start --address=… --num-cpus=0`); bridge.log in the"
        " folder `ray` of P2N's state says more.",
        {"address": address, "error": type(error).__name__, "log": "bridge.log"},
    )


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def other_code(theirs: str, ours: str, live: int) -> P2NError:
    """The dispatcher in the cluster is of another P2N and could not be replaced; mostly because runs of it go on."""
    why = f"{live} of them go on" if live else "it did not make way"
    return P2NError(
        ErrorCode.E_CLUSTER_MISMATCH,
        f"The cluster's dispatcher executes runs for a server with another version of P2N, and {why}.",
        f"Wait for their end, then run it again. {_ONE_VERSION}",
        {"cluster": {"p2n": theirs[:12]}, "server": {"p2n": ours[:12]}, "live_runs": live},
    )
