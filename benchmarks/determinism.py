"""What it takes to validate a run three times over, against one run of the same plan."""

from __future__ import annotations

import time

from benchmarks.measure import Row, alternate, ratio_at_most
from benchmarks.stand import Stand

RUNS = 3
_SECONDS = 600
_LOOK_SECONDS = 0.05


def measure(stand: Stand, rounds: int) -> list[Row]:
    plan_id = stand.plan["id"]
    run_id = stand.start(plan_id)
    for _ in stand.server.events(f"/runs/{run_id}/events", timeout=_SECONDS):
        pass
    found = alternate(
        {"ours": lambda: _validation(stand, run_id), "theirs": lambda: stand.run(plan_id).total}, rounds
    )
    what = f"{RUNS} runs validated, result included"
    # Runs of one machine come one after the other; the comparison itself may add a tenth.
    return [Row(what, "s", found["ours"], found["theirs"], "one run of the plan", ratio_at_most(RUNS * 1.1))]


def _validation(stand: Stand, run_id: str) -> float:
    begin = time.perf_counter()
    path = f"/runs/{run_id}/validate_determinism"
    found = stand.server.call("POST", path, {"runs": RUNS})
    while found["status"] == "running":
        if time.perf_counter() - begin > _SECONDS:
            raise RuntimeError(f"a validation was not done within {_SECONDS} s")
        time.sleep(_LOOK_SECONDS)
        found = stand.server.call("GET", path)
    if found["status"] != "identical":
        raise RuntimeError(f"the sample plan's validation ended as {found['status']}")
    return time.perf_counter() - begin
