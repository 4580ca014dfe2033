"""The Docker Engine goes away under a run and comes back: an engine of the test's own, the shared one is not touched."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from leftovers import containers, volumes_of
from sandbox_notebooks import metric_cell

from p2n_schemas.execution import ResolvedEnvironment
from ray_runner.processes import alive, mentioning
from ray_runner.sandbox.engine import HEAD_VARIABLE, connect
from ray_runner.sandbox.environment import environment_volume
from ray_runner.sandbox.image import TAG
from ray_runner.sandbox.reaper import reap, runs_of, stop_run
from ray_runner.sandbox.volumes import PACKAGES, ensure_store, publish

pytestmark = [
    pytest.mark.docker,
    pytest.mark.skipif(
        os.getuid() != 0 or shutil.which("dockerd") is None or shutil.which("unshare") is None,
        reason="a Docker Engine of its own needs root and dockerd",
    ),
]


class Engine:
    """A dockerd with folders, socket and containerd of its own.

    And a network namespace: told to have no bridge, a dockerd removes the machine's `docker0`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.host = f"unix://{folder}/engine.sock"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        for stale in ("pid", "exec/containerd/containerd.pid"):
            # A killed one may stand in the process table still, and would be taken for alive.
            (self.folder / stale).unlink(missing_ok=True)
        command = [
            "unshare",
            "--net",
            "dockerd",
            f"--data-root={self.folder}/data",
            f"--exec-root={self.folder}/exec",
            f"--host={self.host}",
            f"--pidfile={self.folder}/pid",
            "--bridge=none",
            "--iptables=false",
            "--ip-forward=false",
            "--ip-masq=false",
        ]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        until = time.monotonic() + 30
        while subprocess.run(["docker", "-H", self.host, "version"], capture_output=True).returncode != 0:
            assert self._process.poll() is None, (self.folder / "log").read_text()[-3000:]
            assert time.monotonic() < until
            time.sleep(0.1)

    def kill(self) -> None:
        """As a crash would; its containers go on without it."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(10)
        self._process = None

    def end(self) -> None:
        for how in (signal.SIGTERM, signal.SIGKILL):
            for pid in mentioning(f"{self.folder}/"):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, how)
            until = time.monotonic() + 5
            while any(map(alive, mentioning(f"{self.folder}/"))) and time.monotonic() < until:
                time.sleep(0.05)
        if self._process is not None:
            self._process.wait(10)
        mounted = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
        for place in sorted(
            (place for place in mounted if place.startswith(f"{self.folder}/")), reverse=True
        ):
            subprocess.run(["umount", "-l", place], check=False)


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    folder = Path(tempfile.mkdtemp(prefix="p2n-engine-"))
    engine = Engine(folder)
    interfaces = lasting_interfaces()
    try:
        engine.start()
        assert lasting_interfaces() == interfaces, "the machine's network is not touched"
        load = ["docker", "-H", engine.host, "load"]
        with subprocess.Popen(["docker", "save", TAG], stdout=subprocess.PIPE) as save:
            subprocess.run(load, stdin=save.stdout, check=True, timeout=120, capture_output=True)
        yield engine
    finally:
        engine.end()
        shutil.rmtree(folder, ignore_errors=True)


def lasting_interfaces() -> set[str]:
    """Those of containers come and go."""
    return {name for name in os.listdir("/sys/class/net") if not name.startswith("veth")}


def give_environment(engine: Engine, env_hash: str) -> None:
    """A copy of what the shared engine has built, published by the other one."""
    ours, theirs = connect(), connect_to(engine)
    shown = ours.volumes.get(environment_volume(env_hash)).attrs["Options"]["device"]
    ensure_store(theirs, PACKAGES)
    folder = f"envs/{Path(shown).name}"
    target = Path(theirs.volumes.get(PACKAGES).attrs["Mountpoint"]) / folder
    target.parent.mkdir(parents=True)
    subprocess.run(["cp", "-a", shown, target], check=True)
    publish(theirs, PACKAGES, folder, environment_volume(env_hash), {"p2n.env_hash": env_hash})
    ours.close()
    theirs.close()


def connect_to(engine: Engine) -> Any:
    import docker

    return docker.DockerClient(base_url=engine.host)


def test_an_engine_that_goes_away_fails_the_run_and_nothing_stays_when_it_is_back(
    engine: Engine,
    resolved: ResolvedEnvironment,
    make_spec: Callable[..., Any],
    run_here: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    warm = run_here(make_spec(metric_cell()))
    assert warm.status == "succeeded", warm.end
    give_environment(engine, resolved.env_hash)
    spec = make_spec(metric_cell(), "print('begun')\nimport time\ntime.sleep(60)")
    monkeypatch.setenv("DOCKER_HOST", engine.host)
    monkeypatch.setenv(HEAD_VARIABLE, "a-head-of-this-test")
    killed: list[float] = []

    def kill(event: dict[str, Any]) -> None:
        if event["type"] == "log_line" and event["payload"]["lines"] == ["begun"]:
            engine.kill()
            killed.append(time.monotonic())

    volumes = volumes_of(resolved)
    finished = run_here(spec, on_event=kill)
    assert killed, finished.end
    print(f"the run ended {time.monotonic() - killed[0]:.1f} s after its engine")
    assert finished.status == "failed"
    assert finished.end["error"]["code"] == "E_DOCKER_UNAVAILABLE"
    # Nothing that was said is lost.
    assert {artifact["name"] for artifact in finished.end["artifacts"]} >= {
        "metrics.json",
        "logs.txt",
        "events.jsonl",
    }
    assert time.monotonic() - killed[0] < 20

    engine.start()
    left = [container.status for container in containers(spec.run_id)]
    # A dispatcher's round removes what no live run of its head owns; the deadline is the last resort.
    assert runs_of("a-head-of-this-test") == [spec.run_id] * bool(left)
    assert stop_run(spec.run_id) == len(left)
    assert containers(spec.run_id) == []
    assert reap(time.time() + 10_000) == []
    assert volumes_of(resolved) == volumes
    print(f"its container was left {left} and is gone")
