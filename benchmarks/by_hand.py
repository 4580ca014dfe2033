"""The other side: the same notebook, image, environment and limits, with `docker run` and nbclient by hand."""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass

from ray_runner.sandbox.environment import environment_path, environment_python, environment_volume

# Executes the notebook on stdin and prints a line when a cell has put something out.
EXECUTE = """
import sys, nbformat, nbclient
document = nbformat.reads(sys.stdin.read(), as_version=4)
def after(cell, cell_index, **rest):
    if cell.get("outputs"):
        print("cell", cell_index, flush=True)
nbclient.NotebookClient(document, timeout=600, kernel_name="python3", on_cell_executed=after).execute()
print("end", flush=True)
"""


PRINT = "import sys\nfor n in range({lines}): print('%09d ' % n + 'x' * 70)"


def docker_run(env_hash: str, image: str, code: str) -> list[str]:
    """The command a person would type for that environment, with our limits."""
    return [
        "docker", "run", "-i", "--rm", "--cpus", "2", "--memory", "4g", "--memory-swap", "4g",
        "--pids-limit", "256", "--cap-drop", "ALL", "--security-opt", "no-new-privileges",
        "--read-only", "--network", "none", "--log-driver", "none", "--user", "10001:10001",
        "--tmpfs", "/tmp:rw,size=512m,mode=1777", "-e", "HOME=/tmp", "-e", "LC_ALL=C.UTF-8",
        "-v", f"{environment_volume(env_hash)}:{environment_path(env_hash)}:ro", "-w", "/tmp",
        image, environment_python(env_hash), "-c", code,
    ]  # fmt: skip


@dataclass(frozen=True)
class HandRun:
    first_output: float
    total: float


def run_notebook(notebook: str, command: list[str]) -> HandRun:
    """Seconds from the start of `docker run` to the first cell's output and to the end."""
    begin = time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(notebook)
    process.stdin.close()
    first = process.stdout.readline()
    first_output = time.perf_counter() - begin
    rest = process.stdout.read()
    if process.wait() != 0 or not first or "end" not in first + rest:
        raise RuntimeError("the notebook failed by hand")
    return HandRun(first_output, time.perf_counter() - begin)


def print_lines(command: list[str]) -> float:
    """Lines per second from a printing container to a reader of `docker run`'s own output."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    begin = time.perf_counter()
    lines = sum(1 for _ in process.stdout)
    seconds = time.perf_counter() - begin
    if process.wait() != 0:
        raise RuntimeError("printing by hand failed")
    return lines / seconds
