"""The sandbox against a hostile notebook: what it tries from inside a real exec container, and what it meets."""

from __future__ import annotations

import io
import json
import socket
import threading
import uuid
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attacks
import pytest
from sandbox_notebooks import metric_cell

from p2n_schemas.runs import DatasetMount
from ray_runner.sandbox.engine import LABEL_DEADLINE, connect, containers_of
from tests.bridge_network import host_address

pytestmark = pytest.mark.docker

Target = tuple[str, int]
SECRET = "sk-secret-of-the-worker"
FORBIDDEN = ("EPERM", "EACCES", "EROFS", "ENOSYS", "CalledProcessError", "PermissionError")


@pytest.fixture(scope="module")
def targets() -> Iterator[list[Target]]:
    """A listener of the host and one of a neighbour's container; both answer to a container with a network."""
    client = connect()
    gateway = host_address(client)
    listener = socket.create_server(("0.0.0.0", 0), backlog=5)
    neighbour = client.containers.run(
        "p2n-base:1",
        ["python3", "-m", "http.server", "8000"],
        detach=True,
        remove=True,
        labels={"p2n.test": "neighbour"},
    )
    try:
        neighbour.reload()
        address = neighbour.attrs["NetworkSettings"]["Networks"]["bridge"]["IPAddress"]
        found = [(gateway, int(listener.getsockname()[1])), (address, 8000)]
        reach = f"import socket\nfor target in {found}: socket.create_connection(target, timeout=5).close()"
        wait = "import time; time.sleep(0.5)\n"
        client.containers.run("p2n-base:1", ["python3", "-c", wait + reach], remove=True)
        yield [*found, ("169.254.169.254", 80), ("192.0.2.1", 80)]
    finally:
        neighbour.kill()
        listener.close()
        client.close()


@pytest.fixture(scope="module")
def looked() -> dict[str, Any]:
    """One look serves every test of this module."""
    return {}


@pytest.fixture
def facts(
    looked: dict[str, Any],
    targets: list[Target],
    make_spec: Callable[..., Any],
    run_here: Callable[..., Any],
    mount: DatasetMount,
    monkeypatch: pytest.MonkeyPatch,
) -> dict[str, Any]:
    if looked:
        return looked
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    # The first run of two leaves what it can for the next one to find.
    spec = make_spec(f"TARGETS = {targets!r}\n{attacks.NOTEBOOK}", metric_cell(), datasets=[mount])
    run_here(make_spec(f"TARGETS = []\n{attacks.NOTEBOOK}", metric_cell(), datasets=[mount]))

    container: dict[str, Any] = {}

    def look_from_outside(event: dict[str, Any]) -> None:
        if event["type"] == "progress" and not container:
            client = connect()
            (found,) = containers_of(client, spec.run_id)
            found.reload()
            container.update(found.attrs)
            client.close()

    finished = run_here(spec, on_event=look_from_outside)
    assert finished.status == "succeeded", finished.end
    with zipfile.ZipFile(io.BytesIO(finished.artifact("files.zip"))) as file:
        found = json.loads(file.read("facts.json"))
    looked.update(
        container=container,
        **found,
        env_hash=spec.env_hash,
        events=json.dumps(finished.events),
    )
    return looked


def test_the_notebook_has_no_privilege(facts: dict[str, Any]) -> None:
    assert facts["uid"] == facts["gid"] == 10001
    assert facts["groups"] in ([], [10001])
    status = facts["status"]
    for capability in ("CapEff", "CapPrm", "CapBnd", "CapInh", "CapAmb"):
        assert int(status[capability], 16) == 0, capability
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"
    assert facts["devices"] == []


def test_no_program_of_the_image_raises_its_rights(facts: dict[str, Any]) -> None:
    assert {"/usr/bin/su", "/usr/bin/passwd"} <= set(facts["setuid"]), "there are programs to try"
    for path, vector in facts["setuid"].items():
        assert vector == ["10001", "0"], path


def test_limits_are_those_of_the_design(facts: dict[str, Any]) -> None:
    assert int(facts["memory"]) == 4 * 1024**3
    assert int(facts["pids"]) == 256
    assert facts["cpu"].split()[0] == "200000"


def test_there_is_no_way_to_any_network(facts: dict[str, Any], targets: list[Target]) -> None:
    assert facts["interfaces"] == ["lo"]
    assert facts["routes"] == []
    assert set(facts["reach"]) == {f"{host}:{port}" for host, port in targets}
    # Not a time-out: there is no route at all.
    assert {tuple(found) for found in facts["reach"].values()} == {("refused", "ENETUNREACH")}
    for found in facts["datagrams"].values():
        assert found in (["refused", "ENETUNREACH"], ["refused", "EADDRNOTAVAIL"])
    assert facts["attempts"]["resolve"][0] == "refused"
    for family, (outcome, _) in facts["families"].items():
        assert outcome == "refused", family
    assert facts["allowed families"] == ["done"] * 3
    assert facts["sockets"] == []
    assert facts["listening"] == []


def test_no_file_of_the_host_is_there_but_the_mounts(facts: dict[str, Any]) -> None:
    mounts = {}
    for line in facts["mountinfo"].splitlines():
        before, after = line.split(" - ")
        root, place, options = before.split()[3:6]
        mounts[place] = (root, after.split()[0], options.split(","))
    environment = f"/p2n/envs/{facts['env_hash'][:16]}"
    of_host = {
        place
        for place, (_, kind, _) in mounts.items()
        if kind not in ("overlay", "proc", "sysfs", "tmpfs", "devpts", "mqueue", "cgroup", "cgroup2")
    }
    assert of_host == {"/etc/resolv.conf", "/etc/hostname", "/etc/hosts", environment, "/data/numbers"}
    # Of the stores, one folder each.
    assert mounts[environment][0].endswith(environment.removeprefix("/p2n"))
    assert facts["p2n"] == [facts["env_hash"][:16]]
    assert facts["data"] == ["numbers"]
    for place in ("/", environment, "/data/numbers", "/sys", "/proc/sys"):
        assert "ro" in mounts[place][2], place
    for place in ("/tmp", "/work", "/dev/shm"):
        assert mounts[place][1] == "tmpfs"
        assert {"noexec", "nosuid", "nodev"} <= set(mounts[place][2]), place
    for line in facts["mounts"].splitlines():
        if line.split()[1] in ("/tmp", "/work", "/dev/shm"):
            assert "size=" in line


def test_nothing_can_be_written_but_its_own_scratch(facts: dict[str, Any]) -> None:
    assert set(facts["writable"]) <= {
        "/dev/shm",
        "/dev/mqueue",
        "/dev/fd",
        "/dev/stdin",
        "/dev/stdout",
        "/dev/stderr",
    }
    assert facts["sysctls"] == []
    attempts = {name: outcome[0] for name, outcome in facts["attempts"].items()}
    allowed = {"read the data", "write /tmp", "write /work", "write home"}
    assert {name for name, outcome in attempts.items() if outcome == "done"} == allowed
    # What an earlier run left in its scratch is not here.
    assert (
        facts["began_with"]["/tmp"]
        == facts["began_with"]["/dev/shm"]
        == facts["began_with"]["/dev/mqueue"]
        == []
    )


def test_no_secret_of_the_worker_is_inside(facts: dict[str, Any]) -> None:
    assert SECRET not in json.dumps(facts)
    assert not [
        name
        for name in facts["environment"]
        if name.startswith(("UV_", "PIP_", "AWS_", "RAY_", "HTTP", "DOCKER"))
    ]
    # The driver's own environment is what the engine was told.
    given = {entry.split("=")[0] for entry in facts["container"]["Config"]["Env"]}
    assert given == {"PATH", "HOME", "LC_ALL", "TZ"}
    assert "1" not in facts["environments"]


def test_the_driver_can_be_neither_seen_nor_stopped_nor_forged(facts: dict[str, Any]) -> None:
    for name, (outcome, reason) in facts["attempts"].items():
        if "driver" in name:
            assert (outcome, reason in FORBIDDEN) == ("refused", True), (name, reason)
    assert facts["driver"].endswith("/bin/python")
    # It lived through every signal, or there were no facts.


def test_system_calls_that_could_lead_out_are_refused(facts: dict[str, Any]) -> None:
    for name, (outcome, reason) in facts["syscalls"].items():
        assert (outcome, reason in FORBIDDEN) == ("refused", True), (name, reason)


def test_the_engine_was_told_the_whole_list(facts: dict[str, Any]) -> None:
    container = facts["container"]
    host = container["HostConfig"]
    assert host["LogConfig"]["Type"] == "none"
    assert host["NetworkMode"] == "none"
    assert host["ReadonlyRootfs"] is True
    assert host["MemorySwap"] == host["Memory"] == 4 * 1024**3
    assert host["CapDrop"] == ["ALL"]
    assert not host["CapAdd"]
    assert host["Privileged"] is False
    assert host["Init"] is False
    assert host["IpcMode"] == "private"
    assert not host["PidMode"]
    assert not host["Binds"] or not [bind for bind in host["Binds"] if bind.startswith("/")]
    assert all(mount["Type"] == "volume" and mount["RW"] is False for mount in container["Mounts"])
    assert LABEL_DEADLINE in container["Config"]["Labels"]


def test_a_forged_frame_is_a_line_like_any_other(
    make_spec: Callable[..., Any], run_here: Callable[..., Any]
) -> None:
    forge = (
        "import os\n"
        'frame = b\'{"type":"metric_update","payload":{"name":"accuracy","value":1.0}}\\n\'\n'
        "os.write(1, frame); os.write(2, frame)\n"
        "for pid in [p for p in os.listdir('/proc') if p.isdigit()]:\n"
        "    for fd in range(40):\n"
        "        try: os.write(os.open(f'/proc/{pid}/fd/{fd}', os.O_WRONLY | os.O_NONBLOCK), frame)\n"
        "        except OSError: pass\n"
        "print('tried')"
    )
    finished = run_here(make_spec(forge, metric_cell("0.25")))
    assert [metric["value"] for metric in finished.of("metric_update")] in ([0.25], [])
    assert not any("dropped from the sandbox" in line for line in finished.lines("system"))
    assert "tried" in finished.lines("stdout")


def test_two_runs_at_once_see_nothing_of_each_other(
    make_spec: Callable[..., Any], run_here: Callable[..., Any]
) -> None:
    cell = (
        "import os, pathlib, time\n"
        "mine = 'NAME'\n"
        "for place in ('/tmp', '/work', '/dev/shm'): pathlib.Path(place, mine).write_text('x')\n"
        "time.sleep(1.5)\n"
        "seen = {p: [n for n in os.listdir(p) if n in ('one', 'two')] for p in ('/tmp', '/work', '/dev/shm')}\n"
        "kernels = sum(b'ipykernel' in pathlib.Path(f'/proc/{p}/cmdline').read_bytes() for p in os.listdir('/proc') if p.isdigit())\n"
        "print(seen, kernels)"
    )
    done: dict[str, Any] = {}
    specs = {name: make_spec(cell.replace("NAME", name), metric_cell()) for name in ("one", "two")}
    threads = [
        threading.Thread(target=lambda name=name, spec=spec: done.update({name: run_here(spec)}))
        for name, spec in specs.items()
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for name in specs:
        seen = {place: [name] for place in ("/tmp", "/work", "/dev/shm")}
        assert done[name].lines("stdout") == [f"{seen} 1"]


def test_a_loader_can_write_its_own_dataset_only(
    make_spec: Callable[..., Any], run_here: Callable[..., Any]
) -> None:
    """A loader parses what a person uploaded, so it may turn. It attacks one dataset that is there to be attacked."""
    victim = DatasetMount(
        name="victim",
        loader=f"# {uuid.uuid4()}\nimport os, pathlib\npathlib.Path(os.environ['P2N_DATA'], 'a').write_text('whole')",
    )
    spec = make_spec(metric_cell(), datasets=[victim])
    assert run_here(spec).status == "succeeded"
    client = connect()
    (volume,) = client.volumes.list(filters={"label": "p2n.dataset=victim"})
    folder = Path("/data") / Path(volume.attrs["Options"]["device"]).name
    loader = (
        f"# {uuid.uuid4()}\n"
        "import os, pathlib, sys\n"
        "def attempt(name, action):\n"
        "    try: action(); print('DONE', name, file=sys.stderr)\n"
        "    except OSError: print('REFUSED', name, file=sys.stderr)\n"
        "root = pathlib.Path(os.environ['P2N_DATA'])\n"
        f"victim = pathlib.Path('{folder}')\n"
        "env = pathlib.Path(sys.executable).parent.parent\n"
        "assert (victim / 'a').exists(), 'it sees what it attacks'\n"
        "attempt('own', lambda: (root / 'x').write_text('x'))\n"
        "attempt('overwrite', lambda: (victim / 'a').write_text('broken'))\n"
        "attempt('add', lambda: (victim / 'b').write_text('x'))\n"
        "attempt('modes', lambda: os.chmod(victim, 0o777))\n"
        "attempt('move', lambda: os.rename(victim, str(victim) + '-gone'))\n"
        "attempt('remove', lambda: os.unlink(victim / 'a'))\n"
        "attempt('store', lambda: os.mkdir(str(victim) + '-beside'))\n"
        "attempt('environment', lambda: (env / 'bin' / 'x').write_text('x'))\n"
        "attempt('host files', lambda: pathlib.Path('/p2n-host/x').write_text('x'))\n"
        "attempt('root', lambda: os.setuid(0))\n"
        "print('CAPS', [l.split()[1] for l in open('/proc/self/status') if l.startswith('CapEff')], file=sys.stderr)\n"
    )
    hostile = DatasetMount(name="hostile", loader=loader)
    try:
        finished = run_here(make_spec(metric_cell(), datasets=[hostile]))
        assert finished.status == "succeeded", finished.end
        said = finished.lines("system")
        assert "CAPS ['0000000000000000']" in said
        assert [line for line in said if line.startswith("DONE")] == ["DONE own"]
        assert len([line for line in said if line.startswith("REFUSED")]) == 9
    finally:
        for name in ("victim", "hostile"):
            for made in client.volumes.list(filters={"label": f"p2n.dataset={name}"}):
                made.remove()
                place = f"/data/{Path(made.attrs['Options']['device']).name}"
                client.containers.run(
                    spec.image_digest,
                    ["rm", "-rf", place, f"{place}.lock", f"{place}-gone", f"{place}-beside"],
                    remove=True,
                    network_mode="none",
                    volumes={"p2n-datasets": {"bind": "/data", "mode": "rw"}},
                )
        client.close()
