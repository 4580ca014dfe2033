"""Faults that a notebook makes, in real containers: each ends with its own code, and nothing stays behind."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from leftovers import (
    assert_nothing_left,
    containers,
    fresh_environment,
    gone_within,
    half_built,
    no_more_volumes,
)
from sandbox_notebooks import metric_cell

from p2n_schemas.execution import ResolvedEnvironment
from ray_runner.sandbox.engine import connect
from ray_runner.sandbox.protocol import Limits

pytestmark = pytest.mark.docker

MIB = 1024 * 1024
Run = Callable[..., Any]


@pytest.fixture(autouse=True)
def volumes(resolved: ResolvedEnvironment) -> Iterator[None]:
    with no_more_volumes(resolved):
        yield


@pytest.fixture
def fail_in(make_spec: Run, run_here: Run) -> Run:
    """Run cells that fail; gives the error, after looking that nothing stayed."""

    def execute(*cells: str, limits: Limits = Limits(), **changes: Any) -> dict[str, Any]:  # noqa: B008
        finished = run_here(make_spec(*cells, **changes), limits)
        assert finished.status == "failed"
        assert finished.of("error") == [finished.end["error"]]
        assert_nothing_left(finished.spec.run_id)
        error: dict[str, Any] = finished.end["error"]
        assert error["remediation"]
        return error | {"artifacts": {artifact["name"] for artifact in finished.end["artifacts"]}}

    return execute


def test_memory_beyond_the_limit_ends_the_kernel_and_is_told_with_limit_and_peak(fail_in: Run) -> None:
    error = fail_in(
        metric_cell(),
        "hog = []\nwhile True: hog.append(bytearray(1 << 20))",
        limits=Limits(memory=300 * MIB),
    )
    assert error["code"] == "E_RUN_OOM"
    detail = error["detail"]
    assert detail["limit_bytes"] == 300 * MIB
    assert 285 * MIB < detail["peak_bytes"] <= 300 * MIB
    assert detail["cell"] == 1
    assert {"executed.ipynb", "metrics.json"} <= error["artifacts"], "the driver lived to tell"


def test_memory_that_no_kill_gives_back_is_told_too(fail_in: Run) -> None:
    """Files in memory outlive the kernel, so the driver may be killed as well."""
    fill = "import subprocess\nwriters = [subprocess.Popen(['dd', 'if=/dev/zero', f'of=/tmp/{n}', 'bs=64k']) for n in range(40)]"
    error = fail_in(
        metric_cell(),
        f"{fill}\nfor w in writers: w.wait()",
        limits=Limits(memory=200 * MIB, scratch=1024 * MIB),
    )
    assert error["code"] == "E_RUN_OOM"
    assert error["detail"]["cell"] == 1
    assert 190 * MIB < error["detail"]["peak_bytes"] <= error["detail"]["limit_bytes"] == 200 * MIB


def test_a_killed_worker_of_the_notebook_is_want_of_memory_too(fail_in: Run) -> None:
    error = fail_in(
        "from concurrent.futures import ProcessPoolExecutor as Pool\n"
        "def hog(_):\n    kept = []\n    while True: kept.append(bytearray(1 << 20))\n"
        "with Pool(1) as pool: pool.submit(hog, 0).result()",
        limits=Limits(memory=300 * MIB),
    )
    assert error["code"] == "E_RUN_OOM"


@pytest.mark.parametrize(
    ("cell", "how"),
    [
        ("import os\nos.kill(os.getpid(), 9)", "signal 9"),
        ("import os\nos._exit(3)", "status 3"),
        ("import ctypes\nctypes.string_at(0)", "signal 11"),
    ],
)
def test_a_kernel_that_dies_is_told_with_its_cell(fail_in: Run, cell: str, how: str) -> None:
    error = fail_in(metric_cell(), cell)
    assert error["code"] == "E_RUN_KERNEL_DIED"
    assert error["detail"]["cell"] == 1
    assert how in error["message"]
    assert {"executed.ipynb", "metrics.json"} <= error["artifacts"]


@pytest.mark.parametrize(
    "cell",
    [
        "import os, time\nwhile True:\n    if os.fork() == 0:\n        while True: time.sleep(1)",
        "import os\nwhile True: os.fork()",
        "import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(99,), daemon=True).start()",
    ],
)
def test_a_fork_bomb_meets_the_limit_of_processes(fail_in: Run, cell: str) -> None:
    error = fail_in(metric_cell(), cell, limits=Limits(pids=48))
    assert error["code"] == "E_RUN_PROCESS_LIMIT"
    assert (error["detail"]["cell"], error["detail"]["limit"]) == (1, 48)


@pytest.mark.parametrize("place", ["/tmp", "/work", "/dev/shm"])
def test_a_disk_that_is_filled_is_told_with_its_size(fail_in: Run, place: str) -> None:
    cell = f"f = open('{place}/x', 'wb')\nwhile True: f.write(bytes(1 << 20))"
    error = fail_in(metric_cell(), cell, limits=Limits(scratch=32 * MIB, shared_memory=32 * MIB))
    assert error["code"] == "E_RUN_DISK_FULL"
    assert error["detail"]["cell"] == 1
    assert error["detail"]["full"] == {place: 32 * MIB}
    assert f"{place} 32 MiB" in error["message"]
    assert "executed.ipynb" in error["artifacts"]


def test_a_syntax_error_names_its_cell(fail_in: Run) -> None:
    error = fail_in(metric_cell(), "def (:\n")
    assert error["code"] == "E_NOTEBOOK_FAILED"
    assert (error["detail"]["cell"], error["detail"]["ename"]) == (1, "SyntaxError")


STUBBORN = """
import os, signal, sys, time
for number in range(1, 65):
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
print('begun', flush=True)
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            while True: pass
        os._exit(0)
while True:
    try:
        while True: pass
    except BaseException: pass
"""


def test_a_guest_that_ignores_signals_and_leaves_daemons_is_gone_soon_after_its_deadline(
    make_spec: Run, run_here: Run
) -> None:
    spec = make_spec(metric_cell(), STUBBORN, budget_seconds=8)
    begun = time.time()
    finished = run_here(spec)
    over = time.time() - begun - 8
    assert finished.status == "timeout"
    assert finished.end["error"]["code"] == "E_RUN_TIMEOUT"
    assert finished.end["error"]["detail"] == {"cell": 1}
    assert containers(spec.run_id) == []
    assert "begun" in finished.lines("stdout")
    print(f"all of the run ended {over:.1f} s over its budget")
    assert over < 30


def when(
    kind: str, test: Callable[[dict[str, Any]], bool], action: Callable[[], None]
) -> Callable[..., None]:
    """Calls the action in a thread at the first event of this kind that passes the test."""
    begun: list[threading.Thread] = []

    def listen(event: dict[str, Any]) -> None:
        if event["type"] == kind and test(event["payload"]) and not begun:
            begun.append(threading.Thread(target=action))
            begun[0].start()

    return listen


def remove_by_hand(run_id: str) -> None:
    until = time.monotonic() + 20
    while not (found := [one for one in containers(run_id) if one.status == "running"]):
        assert time.monotonic() < until
        time.sleep(0.02)
    found[0].remove(force=True)


def test_a_container_removed_by_hand_fails_its_run(make_spec: Run, run_here: Run) -> None:
    spec = make_spec(metric_cell(), "print('begun')\nimport time\ntime.sleep(60)")
    listen = when("log_line", lambda p: p["lines"] == ["begun"], lambda: remove_by_hand(spec.run_id))
    begun = time.monotonic()
    finished = run_here(spec, on_event=listen)
    assert finished.status == "failed"
    assert finished.end["error"]["code"] == "E_SANDBOX_FAILED"
    assert "removed" in finished.end["error"]["message"]
    assert finished.end["error"]["detail"]["cell"] == 1
    # What had been said is kept.
    assert {artifact["name"] for artifact in finished.end["artifacts"]} >= {"metrics.json", "logs.txt"}
    assert time.monotonic() - begun < 20
    assert_nothing_left(spec.run_id)


def test_a_builder_removed_by_hand_fails_its_run_and_leaves_nothing_half_built(
    make_spec: Run, run_here: Run
) -> None:
    spec = fresh_environment(make_spec(metric_cell()), "removed by hand")
    listen = when(
        "stage_update",
        lambda p: p["stage"] == "environment" and p["state"] == "started",
        lambda: remove_by_hand(spec.run_id),
    )
    finished = run_here(spec, on_event=listen)
    assert finished.status == "failed"
    assert finished.end["error"]["code"] == "E_SANDBOX_FAILED"
    assert "removed" in finished.end["error"]["message"]
    assert half_built(spec.env_hash, spec.image_digest) == ""
    assert_nothing_left(spec.run_id)


def test_a_container_that_is_killed_by_hand_is_gone_too(make_spec: Run, run_here: Run) -> None:
    spec = make_spec("print('begun')\nimport time\ntime.sleep(60)")

    def kill() -> None:
        client = connect()
        client.api.kill(containers(spec.run_id)[0].id)
        client.close()

    finished = run_here(spec, on_event=when("log_line", lambda p: p["lines"] == ["begun"], kill))
    assert finished.end["error"]["code"] == "E_SANDBOX_FAILED"
    assert gone_within(spec.run_id, 5) < 5
