"""What a run must not leave behind, whatever happened to it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any

from p2n_schemas.execution import ResolvedEnvironment
from p2n_schemas.runs import RunSpec
from ray_runner.processes import mentioning
from ray_runner.sandbox.engine import LABEL_RUN, connect
from ray_runner.sandbox.lock import environment_hash

NEVER_READY = "slow"
"""The name of a dataset that tests interrupt."""


def containers(run_id: str) -> list[Any]:
    """The run's containers by label, or by the name that one in standby gets when a run takes it."""
    client = connect()
    try:
        found = client.containers.list(all=True, ignore_removed=True)
        return [one for one in found if one.labels.get(LABEL_RUN) == run_id or one.name.endswith(run_id)]
    finally:
        client.close()


def gone_within(run_id: str, seconds: float) -> float:
    """How long the run's containers stayed. Fails where one is still there after `seconds`."""
    begun = time.monotonic()
    while found := containers(run_id):
        assert time.monotonic() - begun < seconds, found
        time.sleep(0.05)
    return time.monotonic() - begun


def assert_nothing_left(run_id: str, seconds: float = 5) -> None:
    """No container, and no Ray task."""
    gone_within(run_id, seconds)
    until = time.monotonic() + seconds
    while mentioning(f"ray::p2n-run {run_id}"):
        assert time.monotonic() < until, "the task is still there"
        time.sleep(0.05)


@contextlib.contextmanager
def no_more_volumes(resolved: ResolvedEnvironment) -> Iterator[None]:
    """Nothing that this session's environment did not publish, or that has no name of ours."""
    before = volumes_of(resolved)
    yield
    assert volumes_of(resolved) <= before | {f"p2n-env-{resolved.env_hash[:16]}"}


def volumes_of(resolved: ResolvedEnvironment) -> set[str]:
    """Those of this session's environment, of datasets that never get ready, and those that carry no label of ours."""
    client = connect()
    try:
        labels = {volume.name: volume.attrs["Labels"] or {} for volume in client.volumes.list()}
    finally:
        client.close()
    return {
        name
        for name, label in labels.items()
        if label.get("p2n.env_hash") == resolved.env_hash
        or label.get("p2n.dataset") == NEVER_READY
        or not any(key.startswith("p2n.") for key in label)
    }


def fresh_environment(spec: RunSpec, mark: str) -> RunSpec:
    """The same run with an environment that nobody has built."""
    lock = f"# {mark}\n{spec.requirements_lock}"
    env_hash = environment_hash(lock, spec.image_digest, spec.python_version)
    return spec.model_copy(update={"requirements_lock": lock, "env_hash": env_hash})


def half_built(env_hash: str, image_digest: str) -> str:
    """What stands of an environment in the store, and whether it is published; empty where nothing does."""
    client = connect()
    try:
        key = env_hash[:16]
        left: str = client.containers.run(
            image_digest,
            ["sh", "-c", f"ls -d /p2n/envs/{key} 2>/dev/null || true"],
            remove=True,
            network_mode="none",
            volumes={"p2n-packages": {"bind": "/p2n", "mode": "ro"}},
        ).decode()
        published = client.volumes.list(filters={"name": f"p2n-env-{key}"})
        return left + "".join(volume.name for volume in published)
    finally:
        client.close()
