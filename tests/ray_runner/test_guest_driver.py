"""The guest driver with a real kernel, as a process of this machine."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from sandbox_notebooks import metric_cell, notebook

from ray_runner import bundle

Frames = list[dict[str, Any]]


@pytest.fixture
def drive(tmp_path: Path) -> Any:
    def execute(*cells: str, seconds: float = 60) -> Frames:
        notebook_json = notebook(*cells)
        prepared = bundle.preparation(notebook_json, 7, work=str(tmp_path), contained=False)
        source = resources.files("ray_runner.guest").joinpath("bootstrap.py").read_text()
        done = subprocess.run(
            [sys.executable, "-I", "-c", source],
            input=prepared + bundle.job(notebook_json, seconds),
            capture_output=True,
            timeout=120,
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        )
        assert done.returncode == 0, done.stderr.decode()
        frames = [json.loads(line) for line in done.stdout.splitlines()]
        assert frames[-1]["type"] == "done"
        return frames

    return execute


def lines(frames: Frames, stream: str) -> list[str]:
    return [
        line
        for frame in frames
        if frame["type"] == "log_line" and frame["payload"]["stream"] == stream
        for line in frame["payload"]["lines"]
    ]


def executed(frames: Frames) -> dict[str, Any]:
    pieces = [
        f["payload"] for f in frames if f["type"] == "artifact" and f["payload"]["name"] == "executed.ipynb"
    ]
    assert [piece["last"] for piece in pieces] == [False] * (len(pieces) - 1) + [True]
    loaded: dict[str, Any] = json.loads(b"".join(base64.b64decode(piece["data"]) for piece in pieces))
    return loaded


def test_streams_stay_apart_and_each_line_belongs_to_its_cell(drive: Any) -> None:
    frames = drive(
        "import os, sys\nprint('out')\nprint('err', file=sys.stderr)\n_ = os.system('echo from a child')",
        "print('no newline', end='')",
        "print('three')",
    )
    assert lines(frames, "stdout") == ["out", "from a child", "no newline", "three"]
    assert lines(frames, "stderr") == ["err"]
    cells = {
        line: frame["payload"]["cell"]
        for frame in frames
        if frame["type"] == "log_line"
        for line in frame["payload"]["lines"]
    }
    assert cells == {"out": 0, "err": 0, "from a child": 0, "no newline": 1, "three": 2}
    assert frames[-1]["payload"]["status"] == "ok"


def test_lines_come_while_the_cell_runs(drive: Any) -> None:
    frames = drive("import time\nfor i in range(3):\n    print(i)\n    time.sleep(0.2)")
    assert [f["payload"]["lines"] for f in frames if f["type"] == "log_line"] == [["0"], ["1"], ["2"]]


def test_progress_counts_code_cells(drive: Any) -> None:
    frames = drive("1", "# Second\n2")
    progress = [f["payload"] for f in frames if f["type"] == "progress"]
    assert [(p["cell"], p["done"], p["total"], p["state"]) for p in progress] == [
        (0, 0, 2, "started"),
        (0, 1, 2, "completed"),
        (1, 1, 2, "started"),
        (1, 2, 2, "completed"),
    ]
    assert progress[-1]["label"] == "Second"


def test_metrics_and_figures_come_out(drive: Any) -> None:
    png = base64.b64encode(b"\x89PNG\r\n\x1a\n not really").decode()
    frames = drive(metric_cell("0.75"), f"display({{'image/png': '{png}'}}, raw=True)")
    (metric,) = (f["payload"] for f in frames if f["type"] == "metric_update")
    assert metric["value"] == 0.75
    (figure,) = (f["payload"] for f in frames if f["payload"].get("name") == "figure-01.png")
    assert base64.b64decode(figure["data"]) == b"\x89PNG\r\n\x1a\n not really"


def test_an_error_names_its_cell_and_leaves_a_traceback_and_the_notebook(drive: Any) -> None:
    frames = drive("print('before')", "def f():\n    return 1 / 0\nf()", "print('never')")
    done = frames[-1]["payload"]
    assert (done["status"], done["cell"], done["ename"]) == ("failed", 1, "ZeroDivisionError")
    assert any("return 1 / 0" in line for line in lines(frames, "stderr"))
    assert not any("\x1b" in line for line in lines(frames, "stderr"))
    assert "never" not in lines(frames, "stdout")
    cells = executed(frames)["cells"]
    assert cells[0]["outputs"][0]["text"] == "before\n"
    assert cells[1]["outputs"][-1]["ename"] == "ZeroDivisionError"


def test_a_kernel_that_dies_is_told(drive: Any) -> None:
    frames = drive("import os\nos._exit(3)")
    assert frames[-1]["payload"]["ename"] == "DeadKernel"
    assert frames[-1]["payload"]["evalue"] == "exited with status 3"


def test_the_deadline_is_kept_in_the_guest(drive: Any) -> None:
    frames = drive("print('begun')\nimport time\ntime.sleep(60)", seconds=6)
    assert frames[-1]["payload"]["status"] == "timeout"
    assert lines(frames, "stdout") == ["begun"]


def test_a_huge_line_is_cut_and_the_next_cell_still_runs(drive: Any) -> None:
    frames = drive("print('x' * 50_000_000)", "print('after')")
    first, last = lines(frames, "stdout")
    assert len(first) < 9000
    assert first.endswith("bytes more]")
    assert last == "after"
    assert len(json.dumps(executed(frames))) < 200_000


def test_seeds_threads_and_locale_are_set(drive: Any) -> None:
    frames = drive(
        "import os\nfor n in ('PYTHONHASHSEED', 'OMP_NUM_THREADS', 'LC_ALL', 'TZ'): print(n, os.environ[n])"
    )
    assert lines(frames, "stdout") == [
        "PYTHONHASHSEED 7",
        "OMP_NUM_THREADS 1",
        "LC_ALL C.UTF-8",
        "TZ UTC",
    ]


def test_the_executed_notebook_is_equal_between_two_runs(drive: Any) -> None:
    cells = (
        "print('a')\nimport sys\nprint('b', file=sys.stderr)\ndisplay(1)\nprint('c')",
        metric_cell(),
        "{'k', 'l'}",
    )
    assert executed(drive(*cells)) == executed(drive(*cells))


def test_a_series_that_comes_faster_than_it_is_read_is_complete(drive: Any) -> None:
    frames = drive(
        "from IPython.display import display\n"
        "for step in range(6000):\n"
        "    display({'application/vnd.p2n.metric+json': {'name': 'loss', 'value': 1, 'step': step}}, raw=True)"
    )
    assert frames[-1]["payload"]["status"] == "ok"
    assert [f["payload"]["step"] for f in frames if f["type"] == "metric_update"] == list(range(6000))
    assert len(executed(frames)["cells"][0]["outputs"]) == 1000, "metrics.json has them all"
