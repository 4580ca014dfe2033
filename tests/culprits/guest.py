"""A notebook executed for real by the sandbox's own guest driver, in a fresh process of this machine."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import tempfile
from importlib import resources
from pathlib import Path
from typing import Any

from p2n_ext.protocols import RunOutcome
from p2n_schemas.events import MetricUpdate
from ray_runner import bundle
from ray_runner.artifacts import metrics_json

from .notebooks import Notebook

SEED = 7
# tmpfs lists files by when they were written; other file systems by a hash of their names that a machine keeps.
LISTS_AS_WRITTEN = "/dev/shm"


def execute(notebook: Notebook, folder: Path, run: int) -> RunOutcome:
    """What the run leaves behind: metrics.json and executed.ipynb, as the worker would store them."""
    work = folder / "work"
    work.mkdir(parents=True)
    with tempfile.TemporaryDirectory(dir=LISTS_AS_WRITTEN) as data:
        if notebook.prepare is not None:
            notebook.prepare(Path(data), run)
        return _execute(notebook, work, data, run)


def _execute(notebook: Notebook, work: Path, data: str, run: int) -> RunOutcome:
    document = notebook.document()
    prepared = bundle.preparation(document, SEED, work=str(work), data=data, contained=False)
    source = resources.files("ray_runner.guest").joinpath("bootstrap.py").read_text()
    done = subprocess.run(
        [sys.executable, "-I", "-c", source],
        input=prepared + bundle.job(document, 60),
        capture_output=True,
        timeout=120,
        env={"PATH": os.environ["PATH"], "HOME": str(work)},
    )
    assert done.returncode == 0, done.stderr.decode()
    frames: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines()]
    assert frames[-1]["payload"]["status"] == "ok", frames[-1]
    metrics = [MetricUpdate.model_validate(f["payload"]) for f in frames if f["type"] == "metric_update"]
    pieces = [f["payload"] for f in frames if f["type"] == "artifact"]
    executed = b"".join(
        base64.b64decode(piece["data"]) for piece in pieces if piece["name"] == "executed.ipynb"
    )
    return RunOutcome(f"run-{run}", metrics_json(metrics), executed)
