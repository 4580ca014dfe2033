"""From claims to a plan, from a plan to what can be run, and from runs to a report and its files."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from typing import TypeVar

from benchmarks.measure import Row, alternate
from benchmarks.stand import Stand
from ray_runner.sandbox.lock import find_uv
from ray_runner.sandbox.package_index import host_variables

T = TypeVar("T")
_FORMS = ("json", "html", "crate.zip")


def measure(stand: Stand, rounds: int) -> list[Row]:
    server, paper = stand.server, stand.plan["paper_id"]
    asked = {"budget_minutes": 10}
    plans: list[str] = []

    def plan() -> float:
        took, made = _timed(lambda: server.call("POST", f"/papers/{paper}/plans", asked))
        plans.append(made["id"])
        return took

    def materialize() -> float:
        return _timed(lambda: server.call("POST", f"/plans/{plans[-1]}/materialize"))[0]

    # The resolver alone, as a person would call it: no notebook, no files, no database.
    lock = [find_uv(), "pip", "compile", "-", "--quiet", "--generate-hashes", "--only-binary=:all:"]
    lock.append(f"--python-version={stand.plan['python_version']}")
    requirements = stand.asset("requirements.txt")

    def by_uv() -> float:
        begin = time.perf_counter()
        subprocess.run(
            lock,
            input=requirements,
            env=host_variables() | {"PATH": "/usr/bin:/bin", "HOME": "/tmp"},
            text=True,
            capture_output=True,
            check=True,
            timeout=120,
        )
        return time.perf_counter() - begin

    sides: dict[str, Callable[[], float]] = {"plan": plan, "materialize": materialize, "uv": by_uv}
    sides["report"] = lambda: _timed(lambda: server.call("GET", f"/papers/{paper}/report"))[0]
    for form in _FORMS:
        sides[form] = lambda form=form: _fetched(stand, f"/papers/{paper}/report.{form}")  # type: ignore[misc]
    found = alternate(sides, rounds)
    claims = len(server.call("GET", f"/papers/{paper}/report")["verdicts"])
    about = f"sample paper, {claims} claims"
    return [
        Row("plan", "s", found["plan"], note=about),
        Row("materialize", "s", found["materialize"], found["uv"], "uv pip compile --generate-hashes"),
        Row("report", "s", found["report"], note=about),
        *(Row(f"report as {form}", "s", found[form]) for form in _FORMS),
    ]


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    begin = time.perf_counter()
    result = work()
    return time.perf_counter() - begin, result


def _fetched(stand: Stand, path: str) -> float:
    took, (status, data) = _timed(lambda: stand.server.request("GET", path))
    if status != 200 or not data:
        raise RuntimeError(f"{path} was answered with {status}")
    return took
