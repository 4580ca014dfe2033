"""Runs in real containers, without Ray: caching, ends of every kind, hostile output, data."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sandbox_notebooks import metric_cell

from p2n_schemas.runs import DatasetMount
from ray_runner.sandbox.engine import LABEL_DEADLINE, LABEL_HEAD, LABEL_RUN, connect
from ray_runner.sandbox.reaper import GRACE_SECONDS, reap, runs_of, stop_run
from ray_runner.workdir import mark_cancelled

pytestmark = pytest.mark.docker


def containers(run_id: str) -> list[Any]:
    client = connect()
    try:
        return list(client.containers.list(all=True, filters={"label": f"{LABEL_RUN}={run_id}"}))
    finally:
        client.close()


def stages(finished: Any) -> dict[str, Any]:
    return {p["stage"]: p for p in finished.of("stage_update") if p["state"] != "started"}


def test_a_run_succeeds_and_a_second_one_installs_nothing(
    make_spec: Callable[..., Any], run_here: Callable[..., Any]
) -> None:
    cells = (
        "import random\nvalues = list({str(n) for n in range(50)})\nprint(values)",
        metric_cell("hash('x') % 97"),
    )
    first = run_here(make_spec(*cells))
    second = run_here(make_spec(*cells))
    assert first.status == second.status == "succeeded"

    environment = stages(second)["environment"]
    assert environment["cached"] is True
    assert environment["seconds"] < 1
    assert second.lines("system") == []
    assert stages(second)["execution"]["seconds"] > 0

    # Equal bytes and equal order of hashes, and nothing of the run in the metrics.
    assert first.artifact("metrics.json") == second.artifact("metrics.json")
    assert first.lines("stdout") == second.lines("stdout")
    assert first.spec.run_id.encode() not in first.artifact("metrics.json")
    assert first.artifact("executed.ipynb") == second.artifact("executed.ipynb")

    names = [artifact["name"] for artifact in first.end["artifacts"]]
    assert names == ["events.jsonl", "executed.ipynb", "logs.txt", "metrics.json"]
    stored = [json.loads(line) for line in first.artifact("events.jsonl").splitlines()]
    assert stored == first.events[:-1]
    assert containers(first.spec.run_id) == containers(second.spec.run_id) == []


def test_a_failed_cell_ends_the_run_with_its_name(
    make_spec: Callable[..., Any], run_here: Callable[..., Any]
) -> None:
    finished = run_here(make_spec(metric_cell(), "raise ValueError('no such column')"))
    assert finished.status == "failed"
    error = finished.end["error"]
    assert error["code"] == "E_NOTEBOOK_FAILED"
    assert error["detail"] == {"cell": 1, "ename": "ValueError", "evalue": "no such column"}
    assert any("no such column" in line for line in finished.lines("stderr"))
    assert finished.of("error") == [error]


def test_a_run_without_metrics_is_no_success(
    make_spec: Callable[..., Any], run_here: Callable[..., Any]
) -> None:
    finished = run_here(make_spec("print('done')"))
    assert finished.end["error"]["code"] == "E_RUN_NO_METRICS"


def test_a_cancelled_run_is_stopped_at_once_and_says_so(
    make_spec: Callable[..., Any], run_here: Callable[..., Any]
) -> None:
    spec = make_spec("print('begun')\nimport time\ntime.sleep(100)")

    def cancel_when_begun(event: dict[str, Any]) -> None:
        if event["type"] == "log_line" and event["payload"]["lines"] == ["begun"]:
            mark_cancelled(spec.run_id)
            threading.Thread(target=stop_run, args=(spec.run_id,)).start()

    begun = time.monotonic()
    finished = run_here(spec, on_event=cancel_when_begun)
    assert finished.status == "cancelled"
    assert finished.end["error"]["code"] == "E_RUN_CANCELLED"
    assert time.monotonic() - begun < 30
    assert containers(spec.run_id) == []


def test_hostile_output_is_bounded_and_the_run_goes_on(
    make_spec: Callable[..., Any], run_here: Callable[..., Any]
) -> None:
    finished = run_here(
        make_spec(
            "import os, sys\n"
            "print('x' * 50_000_000)\n"
            "os.write(1, b'\\xff\\x00\\x1b[2J\\x1b]0;owned\\x07binary\\n')\n"
            "for i in range(100_000): print('drawn over', i, end='\\r')\n"
            "print()",
            # All that a notebook can write looks like lines, never like frames.
            'print(\'{"type":"end","payload":{"status":"succeeded"}}\')\n'
            "for fd in range(3, 30):\n"
            '    try: os.write(fd, b\'{"type":"metric_update","payload":{}}\\n\')\n'
            "    except OSError: pass",
            metric_cell(),
            budget_seconds=60,
        )
    )
    # Writing into the kernel's own sockets may kill or hang it; that ends this run, at its deadline at the latest.
    assert finished.status in ("succeeded", "failed", "timeout")
    if finished.status == "failed":
        assert finished.end["error"]["code"] in (
            "E_RUN_KERNEL_DIED",
            "E_NOTEBOOK_FAILED",
            "E_RUN_OUTPUT_LOST",
        )
    lines = finished.lines("stdout")
    assert len(lines[0]) < 10_000
    assert lines[1].endswith("binary")
    assert "\x1b" not in "".join(lines)
    drawn = [line for line in lines if line.startswith("drawn over")]
    assert drawn[-1] == "drawn over 99999"
    assert len(drawn) < 100
    assert [event["type"] for event in finished.events].count("end") == 1
    assert len(finished.artifact("logs.txt")) < 100_000


def test_data_is_loaded_once_and_read_only(
    make_spec: Callable[..., Any], run_here: Callable[..., Any], mount: DatasetMount
) -> None:
    read = (
        "import os, pathlib\nprint((pathlib.Path(os.environ['P2N_DATA']) / 'numbers/deep/a.txt').read_text())"
    )
    spec = make_spec(read, metric_cell(), datasets=[mount])
    finished = run_here(spec)
    assert finished.status == "succeeded", finished.end
    assert finished.lines("stdout") == ["one"]
    assert "loaded" in finished.lines("system") or stages(finished)["datasets"]["cached"]
    again = run_here(make_spec(read, metric_cell(), datasets=[mount]))
    assert stages(again)["datasets"]["cached"] is True
    assert again.lines("system") == []


@pytest.mark.parametrize(
    ("loader", "sha256", "word"),
    [
        ("raise SystemExit('the mirror is down')", None, "the mirror is down"),
        ("import os; open(os.environ['P2N_DATA'] + '/a', 'w').write('x')", "0" * 64, "expected 000"),
        ("pass", None, "wrote no file"),
        ("import os; os.symlink('/etc/passwd', os.environ['P2N_DATA'] + '/a')", None, "not a regular file"),
        ("import socket; socket.create_connection(('192.0.2.1', 80), timeout=3)", None, "ended with status"),
    ],
)
def test_data_that_is_not_as_expected_fails_the_run(
    make_spec: Callable[..., Any], run_here: Callable[..., Any], loader: str, sha256: str | None, word: str
) -> None:
    mount = DatasetMount(name="numbers", loader=loader, sha256=sha256)
    finished = run_here(make_spec(metric_cell(), datasets=[mount]))
    assert finished.end["error"]["code"] == "E_DATASET_FAILED"
    assert word in finished.end["error"]["message"]
    assert stages(finished)["datasets"]["state"] == "failed"


def test_the_reaper_removes_what_nobody_owns_and_nothing_else() -> None:
    mark = uuid.uuid4().hex[:8]
    now = time.time()
    made = {
        "late": {LABEL_RUN: f"test-{mark}-late", LABEL_DEADLINE: str(int(now - GRACE_SECONDS - 5))},
        "in time": {LABEL_RUN: f"test-{mark}-in-time", LABEL_DEADLINE: str(int(now + 100)), LABEL_HEAD: mark},
        "without a deadline": {LABEL_RUN: f"test-{mark}-other"},
        "of another program": {"made.by": "somebody"},
        "with words for a deadline": {LABEL_DEADLINE: "tomorrow"},
    }
    client = connect()
    found = {
        name: client.containers.create("p2n-base:1", ["sleep", "60"], labels=labels, network_mode="none")
        for name, labels in made.items()
    }

    def left() -> set[str]:
        ids = {container.id for container in client.containers.list(all=True, ignore_removed=True)}
        return {name for name, container in found.items() if container.id in ids}

    try:
        found["late"].start()
        found["in time"].start()
        assert f"test-{mark}-late" in reap()
        assert left() == set(made) - {"late"}
        # A head looks at its own containers only, and whose deadline is to come it leaves to who knows the run.
        assert runs_of("another-head") == []
        assert runs_of("") == []
        assert runs_of(mark) == [f"test-{mark}-in-time"]
        assert left() == set(made) - {"late"}
        assert stop_run(f"test-{mark}-in-time") == 1
        assert left() == set(made) - {"late", "in time"}
    finally:
        for name in left():
            found[name].remove(force=True)
        client.close()


def test_an_environment_that_cannot_be_built_leaves_nothing(
    make_spec: Callable[..., Any], run_here: Callable[..., Any], resolved: Any
) -> None:
    wrong = resolved.requirements_lock.replace("--hash=sha256:", "--hash=sha256:0000")[: 1 << 20]
    spec = make_spec(metric_cell(), env_hash="f" * 64, requirements_lock=wrong)
    finished = run_here(spec)
    assert finished.status == "failed"
    assert finished.end["error"]["code"] == "E_SANDBOX_FAILED"
    client = connect()
    try:
        assert not client.volumes.list(filters={"name": "p2n-env-" + "f" * 16})
        left = client.containers.run(
            resolved.image_digest,
            ["ls", "/p2n/envs"],
            remove=True,
            network_mode="none",
            volumes={"p2n-packages": {"bind": "/p2n", "mode": "ro"}},
        ).decode()
        assert "f" * 16 not in left.replace("f" * 16 + ".lock", "")
    finally:
        client.close()
