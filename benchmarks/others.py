"""The same notebook by other means on the host: papermill, jupyter-scheduler, and a fresh venv a run.

None of them contains or bounds the notebook; all get the plan's own pinned packages.
"""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks import notebooks
from benchmarks.measure import Row, alternate
from benchmarks.stand import Stand
from ray_runner.sandbox.lock import find_uv
from tests.live_server import free_port

_PINS = Path(__file__).with_name("requirements.txt")
_FRESH_ROUNDS = 2
_JOB_SECONDS = 120
_HOW = {
    "papermill": "papermill in.ipynb out.ipynb",
    "jupyter-scheduler": "POST /scheduler/jobs, until COMPLETED",
    "fresh venv": "python -m venv v && v/bin/pip install -r requirements.txt && v/bin/jupyter execute in.ipynb",
}


def measure(stand: Stand, rounds: int, folder: Path, *, standby: bool) -> list[Row]:
    plan = stand.plan_for(notebooks.IMPORTS_FIRST)
    stand.run(plan)
    requirements = folder / "requirements.txt"
    requirements.write_text(stand.asset("requirements.txt"))
    notebook = folder / "in.ipynb"
    notebook.write_text(notebooks.as_text(notebooks.IMPORTS_FIRST))
    venv = made_venv(folder / "venv", requirements)
    with scheduler(venv, folder / "scheduler", notebook) as schedule:
        sides: dict[str, Callable[[], float]] = {
            "ours": lambda: stand.run(plan).total,
            "papermill": lambda: papermill(venv, notebook),
            "jupyter-scheduler": schedule,
        }
        if not standby:
            sides["fresh venv"] = lambda: fresh_venv(folder, requirements, notebook)
        # Once for all that is only slow the first time, a download into pip's cache among it.
        alternate(sides, 1)
        settle = stand.wait_for_standby if standby else lambda: None
        found = alternate(sides, rounds, at_most={"fresh venv": _FRESH_ROUNDS}, settle=settle)
    ours = found.pop("ours")
    what = "warm run, standby" if standby else "warm run"
    return [Row(f"{what}: total, against {name}", "s", ours, found[name], _HOW[name]) for name in found]


def made_venv(place: Path, requirements: Path) -> Path:
    uv = find_uv()
    _run([uv, "venv", "--quiet", "--python", sys.executable, str(place)])
    python = str(place / "bin" / "python")
    files = ["-r", str(requirements), "-r", str(_PINS)]
    _run([uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", python, *files])
    return place


def papermill(venv: Path, notebook: Path) -> float:
    command = [str(venv / "bin" / "papermill"), "--no-progress-bar", "--kernel", "python3"]
    begin = time.perf_counter()
    _run([*command, str(notebook), str(notebook.with_name("out.ipynb"))], _environment(venv))
    return time.perf_counter() - begin


def fresh_venv(folder: Path, requirements: Path, notebook: Path) -> float:
    place = folder / "fresh"
    begin = time.perf_counter()
    try:
        _run([sys.executable, "-m", "venv", str(place)])
        _run([str(place / "bin" / "pip"), "install", "--quiet", "-r", str(requirements)], timeout=400)
        _run([str(place / "bin" / "jupyter-execute"), str(notebook)], _environment(place))
        return time.perf_counter() - begin
    finally:
        shutil.rmtree(place, ignore_errors=True)


@contextlib.contextmanager
def scheduler(venv: Path, root: Path, notebook: Path) -> Iterator[Callable[[], float]]:
    """A Jupyter Server with jupyter-scheduler; gives a call that runs one job and tells its seconds."""
    root.mkdir()
    shutil.copy(notebook, root / "in.ipynb")
    port, token = free_port(), secrets.token_hex(16)
    command = [
        str(venv / "bin" / "python"), "-m", "jupyter_server", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={root}",
        "--ServerApp.jpserver_extensions={'jupyter_scheduler': True}",
    ]  # fmt: skip
    environment = _environment(venv) | {
        "JUPYTER_TOKEN": token,
        "JUPYTER_CONFIG_DIR": str(root / ".config"),
        "JUPYTER_DATA_DIR": str(root / ".data"),
        "JUPYTER_RUNTIME_DIR": str(root / ".runtime"),
    }
    (root / ".data").mkdir()
    numbers = itertools.count()

    def call(method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            headers = {"Authorization": f"token {token}", "Content-Type": "application/json"}
            connection.request(method, path, json.dumps(body) if body else None, headers)
            answer = connection.getresponse()
            data = answer.read()
        finally:
            connection.close()
        if answer.status >= 400:
            raise RuntimeError(f"jupyter-scheduler answered {answer.status}: {data[:500]!r}")
        return json.loads(data)

    def job() -> float:
        begin = time.perf_counter()
        asked = {
            "input_uri": "in.ipynb",
            "name": f"bench-{next(numbers)}",
            "runtime_environment_name": _environment_name(call),
            "output_formats": ["ipynb"],
            "compute_type": None,
        }
        job_id = call("POST", "/scheduler/jobs", asked)["job_id"]
        while True:
            status = call("GET", f"/scheduler/jobs/{job_id}")
            if status["status"] == "COMPLETED":
                return time.perf_counter() - begin
            # A job that has not begun is called STOPPED.
            if status["status"] == "FAILED" or time.perf_counter() - begin > _JOB_SECONDS:
                raise RuntimeError(f"jupyter-scheduler's job ended as {status}")
            time.sleep(0.05)

    log = root / ".server.log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, env=environment, cwd=root)
        try:
            _wait_for(lambda: call("GET", "/api/status"), process, log)
            yield job
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(15)


def _environment_name(call: Callable[..., Any]) -> str:
    return str(call("GET", "/scheduler/runtime_environments")[0]["name"])


def _wait_for(ask: Callable[[], object], process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            ask()
            return
        except (OSError, http.client.HTTPException):
            if time.monotonic() > until or process.poll() is not None:
                raise RuntimeError(f"no server: {log.read_text()[-1500:]}") from None
            time.sleep(0.1)


def _environment(venv: Path) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")}
    return inherited | {"PATH": f"{venv / 'bin'}{os.pathsep}{os.environ['PATH']}", "VIRTUAL_ENV": str(venv)}


def _run(command: list[str], environment: dict[str, str] | None = None, timeout: float = 300) -> None:
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=timeout, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"{Path(command[0]).name} failed: {(done.stderr or done.stdout).strip()[-1000:]}")
