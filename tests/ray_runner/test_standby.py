"""Containers prepared ahead, with a real engine: claimed once, equal to others, and never left behind."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import docker.errors
import pytest
from sandbox_notebooks import metric_cell

from p2n_schemas.runs import RunSpec
from ray_runner import bundle
from ray_runner.sandbox import leases, reaper, standby
from ray_runner.sandbox.container import detach
from ray_runner.sandbox.docker import DockerSandbox
from ray_runner.sandbox.engine import HEAD_VARIABLE, connect, containers_of, run_of
from ray_runner.sandbox.environment import environment_volume
from ray_runner.sandbox.reaper import reap, runs_of, stop_head, stop_run
from ray_runner.task import run
from ray_runner.workdir import mark_cancelled

pytestmark = pytest.mark.docker

CELLS = (
    "import json\nimport statistics\nfrom fractions import Fraction",
    metric_cell("float(Fraction(1, 3))"),
)


@pytest.fixture
def head(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A name that only this test's containers carry."""
    name = f"test-{uuid.uuid4().hex[:8]}"
    monkeypatch.setenv(HEAD_VARIABLE, name)
    yield name
    stop_head(name)


@pytest.fixture
def client(head: str) -> Iterator[Any]:
    made = connect()
    yield made
    made.close()


def prepared(spec: RunSpec) -> bytes:
    return bundle.preparation(spec.notebook, spec.seed)


def stand_by(spec: RunSpec) -> bool:
    sandbox = DockerSandbox("standby")
    try:
        sandbox.ensure_environment(
            spec.env_hash, spec.image_digest, spec.requirements_lock, time.time() + 120, lambda _: None
        )
        return sandbox.stand_by(prepared(spec), spec.env_hash, spec.image_digest, spec.datasets)
    finally:
        sandbox.close()


def key_of(spec: RunSpec) -> str:
    sandbox = DockerSandbox("standby")
    try:
        return sandbox.standby_key(prepared(spec), spec.env_hash, spec.image_digest, spec.datasets)
    finally:
        sandbox.close()


def execute(spec: RunSpec, on_event: Callable[[dict[str, Any]], None] = lambda _: None) -> str:
    def listen(event: bytes) -> None:
        on_event(json.loads(event))

    return run(
        spec,
        listen,
        lambda run_id, cancelled: DockerSandbox(run_id, cancelled=cancelled, from_standby=True),
    ).value


def stored(spec: RunSpec, name: str) -> bytes:
    (url,) = (grant.url for grant in spec.grants if grant.name == name)
    return Path(url.removeprefix("file://")).read_bytes()


def shape(container: Any) -> dict[str, Any]:
    """What the engine was told about a container, but for what names it."""
    config = {name: value for name, value in container.attrs["Config"].items() if name != "Labels"}
    mounts = sorted(
        (mount["Type"], mount.get("Name"), mount["Destination"], mount["RW"])
        for mount in container.attrs["Mounts"]
    )
    return {"config": config, "host": container.attrs["HostConfig"], "mounts": mounts}


def test_a_run_from_standby_equals_one_without_and_its_container_serves_no_other(
    client: Any, head: str, make_spec: Callable[..., RunSpec]
) -> None:
    specs = [make_spec(*CELLS), make_spec(*CELLS), make_spec(*CELLS)]
    seen: list[Any] = []

    def look(spec: RunSpec) -> Callable[[dict[str, Any]], None]:
        def on_event(event: dict[str, Any]) -> None:
            if event["type"] == "metric_update":
                seen.extend(containers_of(client, spec.run_id))

        return on_event

    assert execute(specs[0], look(specs[0])) == "succeeded"
    assert stand_by(specs[0])
    assert standby.waiting(client, head) == 1
    for spec in specs[1:]:
        assert execute(spec, look(spec)) == "succeeded"
        assert standby.waiting(client, head) == 0

    one_shot, claimed, after = seen
    assert claimed.name.startswith("p2n-claimed.")
    assert not after.name.startswith("p2n-claimed.")
    assert shape(one_shot) == shape(claimed) == shape(after)
    for name in ("metrics.json", "executed.ipynb"):
        assert stored(specs[0], name) == stored(specs[1], name) == stored(specs[2], name), name
    assert [containers_of(client, spec.run_id) for spec in specs] == [[], [], []]


def test_two_claims_at_once_have_one_winner(
    client: Any, head: str, make_spec: Callable[..., RunSpec]
) -> None:
    spec = make_spec(*CELLS)
    assert stand_by(spec)
    key = key_of(spec)
    assert standby.claim(client, key_of(make_spec("import os")), "other", time.time() + 60) is None
    won: list[str] = []
    barrier = threading.Barrier(4)

    def claim(run_id: str) -> None:
        own = connect()
        barrier.wait()
        found = standby.claim(own, key, run_id, time.time() + 60)
        if found is not None:
            won.append(run_id)
            detach(found[1])
        own.close()

    threads = [threading.Thread(target=claim, args=(f"{head}-{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    (winner,) = won
    (container,) = containers_of(client, winner)
    assert run_of(container) == winner
    # What a killed worker leaves is found by its run, and belongs to nobody else.
    assert runs_of(head) == [winner]
    assert stop_run(winner) == 1
    assert stop_run(winner) == 0


def test_one_that_its_run_claims_and_never_uses_goes_with_the_run_and_keeps_its_environment_until_then(
    client: Any, head: str, make_spec: Callable[..., RunSpec]
) -> None:
    spec = make_spec(*CELLS)
    assert stand_by(spec)
    what = (prepared(spec), spec.env_hash, spec.image_digest, spec.datasets, time.time() + 60)
    volume = environment_volume(spec.env_hash)
    late = DockerSandbox(f"{head}-late", from_standby=True)
    sandbox = DockerSandbox(f"{head}-claims", from_standby=True)
    try:
        assert sandbox.claim(*what)
        assert not late.claim(*what)
        (container,) = containers_of(client, f"{head}-claims")
        assert leases.own(volume) is None, "nobody may remove it now"
    finally:
        sandbox.close()
        late.close()
    assert containers_of(client, f"{head}-claims") == []
    with pytest.raises(docker.errors.NotFound):
        container.reload()
    assert not DockerSandbox(f"{head}-not", from_standby=False).claim(*what)


def test_one_that_none_claims_ends_with_its_time_its_environment_or_its_head(
    client: Any, head: str, make_spec: Callable[..., RunSpec], monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = make_spec(*CELLS)
    # The session's Ray head may keep one for the same environment.
    standby.drop(client, spec.env_hash)
    assert stand_by(spec)
    assert runs_of(head) == []
    assert standby.drop(client, "another") == 0
    assert standby.drop(client, spec.env_hash) == 1
    assert standby.waiting(client, head) == 0

    assert stand_by(spec)
    assert stop_head(head) == 1

    monkeypatch.setattr(standby, "IDLE_SECONDS", 5)
    assert stand_by(spec)
    # Too close to its end to begin a run in.
    assert standby.claim(client, key_of(spec), "late", time.time() + 60) is None
    monkeypatch.setattr(reaper, "GRACE_SECONDS", -6)
    reap()
    assert standby.waiting(client, head) == 0


def test_only_one_of_each_wanted_kind_is_kept(
    client: Any, head: str, make_spec: Callable[..., RunSpec]
) -> None:
    spec, other = make_spec(*CELLS), make_spec("import bisect")
    for each in (spec, spec, other):
        assert stand_by(each)
    assert standby.waiting(client, head) == 3
    assert standby.keep_only(client, [key_of(spec)]) == [key_of(spec)]
    assert standby.waiting(client, head) == 1
    assert standby.keep_only(client, []) == []
    assert standby.waiting(client, head) == 0


@pytest.mark.parametrize("cell", ["import not_there_at_all", "import this"])
def test_imports_that_fail_or_speak_make_none(
    client: Any, head: str, make_spec: Callable[..., RunSpec], cell: str
) -> None:
    assert not stand_by(make_spec(cell))
    assert client.containers.list(all=True, filters={"label": f"p2n.head={head}"}) == []


def test_a_claimed_one_that_ignores_signals_is_gone_soon_after_a_cancel(
    client: Any, head: str, make_spec: Callable[..., RunSpec]
) -> None:
    spec = make_spec(
        "import signal",
        "for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP): signal.signal(name, signal.SIG_IGN)\n"
        "import time\nprint('begun')\ntime.sleep(100)",
    )
    assert stand_by(spec)
    cancelled: list[float] = []
    gone: list[float] = []

    def watch() -> None:
        while containers_of(client, spec.run_id):
            time.sleep(0.02)
        gone.append(time.monotonic())

    watching = threading.Thread(target=watch)

    def cancel(event: dict[str, Any]) -> None:
        if event["type"] == "log_line" and event["payload"]["lines"] == ["begun"]:
            (container,) = containers_of(client, spec.run_id)
            assert container.name.startswith("p2n-claimed.")
            cancelled.append(time.monotonic())
            watching.start()
            mark_cancelled(spec.run_id)

    assert execute(spec, cancel) == "cancelled"
    watching.join(30)
    print(f"cancel to container gone: {gone[0] - cancelled[0]:.2f} s")
    assert gone[0] - cancelled[0] < 2
