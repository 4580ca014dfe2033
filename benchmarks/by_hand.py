"""The other side: the same notebook, image, environment and limits, with `docker run` and nbclient by hand."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from benchmarks.stand import Times
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
DOCKER = "docker run -i --rm -v <environment>:ro … <image> python -c <nbclient> < in.ipynb"


# One at a time, so that whatever goes wrong is tidied up by name.
NAME = f"p2n-bench-{os.getpid()}"


def docker_run(env_hash: str, image: str, code: str) -> list[str]:
    """The command a person would type for that environment, with our limits."""
    return [
        "docker", "run", "-i", "--rm", "--name", NAME, "--cpus", "2", "--memory", "4g", "--memory-swap", "4g",
        "--pids-limit", "256", "--cap-drop", "ALL", "--security-opt", "no-new-privileges",
        "--read-only", "--network", "none", "--log-driver", "none", "--user", "10001:10001",
        "--tmpfs", "/tmp:rw,size=512m,mode=1777", "-e", "HOME=/tmp", "-e", "LC_ALL=C.UTF-8",
        "-v", f"{environment_volume(env_hash)}:{environment_path(env_hash)}:ro", "-w", "/tmp",
        image, environment_python(env_hash), "-c", code,
    ]  # fmt: skip


def remove() -> None:
    subprocess.run(["docker", "rm", "-f", NAME], capture_output=True, check=False, timeout=60)


@contextmanager
def started(command: list[str], status: int = 0) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """stdin and stdout of the command; afterwards its container is gone. Raises RuntimeError at another exit status."""
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process.stdin, process.stdout
        if process.wait(60) != status:
            raise RuntimeError(f"docker run ended with status {process.returncode}")
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(60)
            remove()
        process.stdin.close()
        process.stdout.close()


def run_notebook(notebook: str, command: list[str]) -> Times:
    """From the start of the command to the first cell's output and to the end."""
    begin = time.perf_counter()
    with started(command) as (stdin, stdout):
        stdin.write(notebook.encode())
        stdin.close()
        first = stdout.readline()
        first_output = time.perf_counter() - begin
        rest = stdout.read()
    if b"end" not in first + rest:
        raise RuntimeError("the notebook did not come to its end by hand")
    return Times(first_output, time.perf_counter() - begin)


def print_lines(command: list[str]) -> float:
    """Lines per second from a printing container to a reader of `docker run`'s own output."""
    with started(command) as (_, stdout):
        stdout.readline()
        begin = time.perf_counter()
        lines = sum(1 for _ in stdout)
        seconds = time.perf_counter() - begin
    return lines / seconds
