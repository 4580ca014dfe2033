"""Containers that outlived their run: past their deadline, or left by a worker that was killed."""

from __future__ import annotations

import time

from .container import remove
from .engine import LABEL_DEADLINE, LABEL_HEAD, LABEL_RUN, connect

GRACE_SECONDS = 20
INTERVAL_SECONDS = 20


def reap(now: float | None = None) -> list[str]:
    """Remove every container of ours that is past its deadline; gives the runs' ids. Raises E_DOCKER_UNAVAILABLE."""
    client = connect()
    try:
        removed = []
        for container in client.containers.list(
            all=True, filters={"label": LABEL_DEADLINE}, ignore_removed=True
        ):
            try:
                deadline = float(container.labels[LABEL_DEADLINE])
            except ValueError:
                continue
            if (time.time() if now is None else now) > deadline + GRACE_SECONDS:
                remove(container)
                removed.append(container.labels.get(LABEL_RUN, ""))
        return removed
    finally:
        client.close()


def stop_run(run_id: str) -> int:
    """Remove the containers of one run; gives how many. Raises E_DOCKER_UNAVAILABLE."""
    return _remove_labelled(LABEL_RUN, run_id)


def stop_head(head: str) -> int:
    """Remove the containers of every run of a head that is gone. Raises E_DOCKER_UNAVAILABLE."""
    return _remove_labelled(LABEL_HEAD, head)


def _remove_labelled(label: str, value: str) -> int:
    client = connect()
    try:
        found = client.containers.list(all=True, filters={"label": f"{label}={value}"}, ignore_removed=True)
        for container in found:
            remove(container)
        return len(found)
    finally:
        client.close()
