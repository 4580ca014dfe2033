"""`jupyter p2n exec`: a person's own notebook through the real sandbox, as a person types it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from p2n_schemas.runs import Run, RunStatus
from tests.own_notebooks import notebook, ticking
from tests.test_cli import p2n

pytestmark = [pytest.mark.docker, pytest.mark.ray]


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("exec") / "p2n"
    yield folder
    subprocess.run(
        [sys.executable, "-m", "ray_runner.head", "stop", "--state-dir", str(folder)],
        timeout=120,
        check=False,
    )


@pytest.fixture
def requirements(tmp_path: Path) -> str:
    """Nothing of one's own: what the sandbox needs is added."""
    file = tmp_path / "requirements.txt"
    file.write_text("# none\n")
    return str(file)


def save(tmp_path: Path, document: dict[str, Any]) -> Path:
    path = tmp_path / "mine.ipynb"
    path.write_text(json.dumps(document))
    return path


METRICS = (
    "from IPython.display import display\n"
    "for step in range(3):\n"
    "    display({'application/vnd.p2n.metric+json': {'name': 'loss', 'value': 1 / (step + 1), 'step': step}}, raw=True)"
)


def test_a_notebook_is_run_and_its_artifacts_come_back(
    data_dir: Path, tmp_path: Path, requirements: str
) -> None:
    table = tmp_path / "table.csv"
    table.write_text("a,b\n1,2\n3,4\n")
    read = "import os, pathlib\nfor file in sorted(pathlib.Path(os.environ['P2N_DATA'], 'table').rglob('*')): print('found', file.name)"
    path = save(tmp_path, notebook("print('hello there')", read, METRICS))
    out = tmp_path / "out"
    done = p2n(
        data_dir, "exec", str(path), "--requirements", requirements, "--data", str(table), "--out", str(out)
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "hello there" in done.stdout
    assert "found table.csv" in done.stdout
    assert "loss" in done.stdout
    assert "0.333333" in done.stdout
    names = {file.name for file in out.iterdir()}
    assert {"executed.ipynb", "metrics.json", "events.jsonl", "logs.txt"} <= names
    assert all(name in done.stdout for name in names)
    executed = json.loads((out / "executed.ipynb").read_text())
    assert executed["cells"][0]["outputs"][0]["text"] in ("hello there\n", ["hello there\n"])
    # It is a run like any other.
    listed = json.loads(p2n(data_dir, "runs", "--json", "--status", "succeeded").stdout)
    assert [run["title"] for run in listed["runs"]] == ["mine.ipynb"]
    run_id = listed["runs"][0]["id"]
    assert "hello there" in p2n(data_dir, "logs", run_id).stdout
    deleted = p2n(data_dir, "delete", run_id)
    assert (deleted.returncode, "1 runs deleted" in deleted.stdout) == (0, True)
    assert json.loads(p2n(data_dir, "runs", "--json").stdout)["total"] == 0


def test_a_notebook_that_fails_says_where_and_gives_1(
    data_dir: Path, tmp_path: Path, requirements: str
) -> None:
    path = save(tmp_path, notebook("x = 1", "raise ValueError('not today')"))
    done = p2n(data_dir, "exec", str(path), "--requirements", requirements, "--json")
    assert done.returncode == 1
    run = Run.model_validate_json(done.stdout)
    assert run.status is RunStatus.FAILED
    assert "E_NOTEBOOK_FAILED" in done.stderr
    assert "not today" in done.stderr
    assert "→" in done.stderr
    # Without --out: beside the notebook, a folder a run.
    assert (tmp_path / "mine-p2n" / run.id / "executed.ipynb").is_file()


@pytest.mark.parametrize(
    ("by", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["ctrl-c", "terminated"]
)
def test_who_stops_the_command_stops_the_run(
    data_dir: Path, tmp_path: Path, requirements: str, by: signal.Signals, status: int
) -> None:
    path = save(tmp_path, ticking(120))
    command = [sys.executable, "-c", "from p2n_ext.cli import main; main()", "exec", str(path)]
    command += ["--requirements", requirements, "--data-dir", str(data_dir)]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
        # Where the tests themselves run in the background of a shell, they and their children ignore ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "tick 3" in line:
                break
        begin = time.monotonic()
        process.send_signal(by)
        process.stdout.read()
        assert process.wait(30) == status
    assert time.monotonic() - begin < 20
    listed = json.loads(p2n(data_dir, "runs", "--json", "--limit", "1").stdout)
    assert listed["runs"][0]["status"] == "cancelled"


@pytest.mark.parametrize(
    ("document", "arguments", "says"),
    [
        (notebook("1"), ("--data", "no-such-data"), "E_NOT_FOUND"),
        (notebook("1"), ("--requirements", "/no/such/file"), "E_NOT_FOUND"),
        (notebook("1", language="R"), (), "E_NOTEBOOK_INVALID"),
        ({"cells": 3}, (), "E_NOTEBOOK_INVALID"),
        ([], (), "E_NOTEBOOK_INVALID"),
    ],
)
def test_what_can_not_be_run_is_refused_before_anything_starts(
    data_dir: Path, tmp_path: Path, document: Any, arguments: tuple[str, ...], says: str
) -> None:
    done = p2n(data_dir, "exec", str(save(tmp_path, document)), *arguments)
    assert done.returncode == 1
    assert says in done.stdout
    assert "→" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_packages_that_can_not_be_had_are_named(data_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "r.txt").write_text("numpy==0.0.1\n")
    path = save(tmp_path, notebook("1"))
    done = p2n(data_dir, "exec", str(path), "--requirements", str(tmp_path / "r.txt"))
    assert done.returncode == 1
    assert "E_REQUIREMENTS_UNSATISFIABLE" in done.stdout
    assert "numpy" in done.stdout
