"""The hardening list of the design, asserted from inside a real exec container."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from p2n_schemas.runs import DatasetMount
from ray_runner.sandbox.engine import LABEL_DEADLINE, LABEL_RUN, connect

pytestmark = pytest.mark.docker

LOOK_AROUND = r"""
import ctypes, json, os, pathlib, signal, socket, subprocess, sys

def attempt(action):
    try:
        return ["done", str(action())[:100]]
    except BaseException as error:
        return ["refused", type(error).__name__]

def first(*paths):
    for path in paths:
        if os.path.exists(path):
            return pathlib.Path(path).read_text().strip()

def script():
    path = pathlib.Path("/tmp/x.sh")
    path.write_text("#!/bin/sh\necho ran\n")
    path.chmod(0o755)
    return subprocess.check_output([str(path)])

def attach():
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.ptrace(16, 1, 0, 0) != 0:
        raise PermissionError
    return "traced"

environment = os.path.dirname(os.path.dirname(sys.executable))
status = dict(line.split(":\t", 1) for line in open("/proc/self/status").read().splitlines() if ":\t" in line)
facts = {
    "uid": os.getuid(), "gid": os.getgid(), "groups": os.getgroups(),
    "status": {k: status[k] for k in ("CapEff", "CapPrm", "CapBnd", "CapInh", "NoNewPrivs", "Seccomp")},
    "interfaces": os.listdir("/sys/class/net"),
    "routes": open("/proc/net/route").read().splitlines()[1:],
    "memory": first("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"),
    "pids": first("/sys/fs/cgroup/pids.max", "/sys/fs/cgroup/pids/pids.max"),
    "cpu": first("/sys/fs/cgroup/cpu.max") or first("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"),
    "environment": dict(os.environ),
    "mounts": open("/proc/mounts").read(),
    "driver": open("/proc/1/cmdline").read().split("\0")[0],
    "attempts": {
        "write the root": attempt(lambda: open("/x", "w")),
        "write /etc": attempt(lambda: open("/etc/passwd", "a")),
        "write the environment": attempt(lambda: open(environment + "/x", "w")),
        "write the data": attempt(lambda: open("/data/numbers/x", "w")),
        "read the data": attempt(lambda: open("/data/numbers/b.txt").read()),
        "write /tmp": attempt(lambda: open("/tmp/x", "w").write("x")),
        "write /work": attempt(lambda: open("/work/x", "w").write("x")),
        "write home": attempt(lambda: open(os.path.expanduser("~/x"), "w").write("x")),
        "run a file of /tmp": attempt(script),
        "connect": attempt(lambda: socket.create_connection(("192.0.2.1", 80), timeout=2)),
        "resolve": attempt(lambda: socket.getaddrinfo("example.org", 80)),
        "read the driver's memory": attempt(lambda: open("/proc/1/mem", "rb")),
        "see the driver's files": attempt(lambda: os.listdir("/proc/1/fd")),
        "write the driver's stdout": attempt(lambda: open("/proc/1/fd/1", "w")),
        "see the driver's environment": attempt(lambda: open("/proc/1/environ").read()),
        "trace the driver": attempt(attach),
        "become root": attempt(lambda: os.setuid(0)),
        "mount": attempt(lambda: subprocess.run(["mount", "-t", "tmpfs", "x", "/mnt"], check=True, capture_output=True)),
    },
}
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGKILL, signal.SIGSTOP):
    os.kill(1, number)
print("FACTS" + json.dumps(facts))
"""


@pytest.fixture
def facts(
    make_spec: Callable[..., Any],
    run_here: Callable[..., Any],
    mount: DatasetMount,
    monkeypatch: pytest.MonkeyPatch,
) -> dict[str, Any]:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    spec = make_spec(LOOK_AROUND, requires_metrics=False, datasets=[mount])
    container: dict[str, Any] = {}

    def look_from_outside(event: dict[str, Any]) -> None:
        if event["type"] == "progress" and not container:
            client = connect()
            (found,) = client.containers.list(filters={"label": f"{LABEL_RUN}={spec.run_id}"})
            container.update(found.attrs)
            client.close()

    finished = run_here(spec, on_event=look_from_outside)
    assert finished.status == "succeeded", finished.end
    (line,) = (line for line in finished.lines("stdout") if line.startswith("FACTS"))
    seen: dict[str, Any] = json.loads(line.removeprefix("FACTS"))
    return seen | {"container": container}


def test_the_exec_container_is_hardened(facts: dict[str, Any]) -> None:
    assert facts["uid"] == facts["gid"] == 10001
    assert facts["groups"] in ([], [10001])
    status = facts["status"]
    for capability in ("CapEff", "CapPrm", "CapBnd", "CapInh"):
        assert int(status[capability], 16) == 0, capability
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"

    assert facts["interfaces"] == ["lo"]
    assert facts["routes"] == []

    assert int(facts["memory"]) == 4 * 1024**3
    assert int(facts["pids"]) == 256
    assert facts["cpu"].split()[0] == "200000"

    attempts = {name: outcome[0] for name, outcome in facts["attempts"].items()}
    allowed = {"read the data", "write /tmp", "write /work", "write home"}
    assert {name for name, outcome in attempts.items() if outcome == "done"} == allowed

    for line in facts["mounts"].splitlines():
        _, place, kind, options = line.split()[:4]
        if place in ("/", "/data/numbers") or place.startswith("/p2n/"):
            assert options.split(",")[0] == "ro", line
        if place in ("/tmp", "/work", "/dev/shm"):
            assert kind == "tmpfs"
            assert "size=" in options
            assert {"noexec", "nosuid", "nodev"} <= set(options.split(",")), line

    assert "sk-secret" not in json.dumps(facts)
    assert not [
        name for name in facts["environment"] if name.startswith(("UV_", "PIP_", "AWS_", "RAY_", "HTTP"))
    ]
    assert facts["driver"].endswith("/bin/python")

    container = facts["container"]
    host = container["HostConfig"]
    assert host["LogConfig"]["Type"] == "none"
    assert host["NetworkMode"] == "none"
    assert host["ReadonlyRootfs"] is True
    assert host["MemorySwap"] == host["Memory"] == 4 * 1024**3
    assert host["CapDrop"] == ["ALL"]
    assert host["Privileged"] is False
    assert host["Init"] is False
    assert all(mount["Type"] == "volume" and mount["RW"] is False for mount in container["Mounts"])
    assert LABEL_DEADLINE in container["Config"]["Labels"]
