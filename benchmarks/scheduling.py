"""Scheduling on paper: 1,000 nodes and 100,000 queued runs, with the costs of the real dispatcher.

`python -m benchmarks.scheduling` measures those costs here (benchmarks/scheduling_costs.py: real Ray, two nodes), then
simulates; `--costs FILE` takes the costs of an earlier time. Placement is Ray's, by the resources that the dispatcher asks
for; everything else that grows with runs and nodes goes through the dispatcher, one process with one event loop, so that
is what is simulated: second by second it has one second, spends it first on what comes by the clock (looking after silent
runs, reaping), then on runs that are submitted, begin and end, in order. A run whose worker waits for its word has not
begun.
"""

from __future__ import annotations

import argparse
import heapq
import json
import random
from collections import deque
from dataclasses import asdict, dataclass
from pathlib import Path

from ray_runner.dispatcher import TASK_CPUS, TASK_MEMORY
from ray_runner.pump import LONGEST_IDLE_SECONDS
from ray_runner.sandbox.reaper import INTERVAL_SECONDS

HOUR = 3600
# How long signed upload addresses hold: as the embedded store makes them, and at supabase.com.
GRANT_HOURS = {"embedded": 6, "supabase": 2}
# Notebooks print in bursts; this share of the live runs says nothing at a given moment.
SILENT = 0.9


@dataclass(frozen=True)
class Costs:
    """Seconds of the dispatcher's process for one of each, and bytes for a run that waits."""

    submit: float
    begin: float
    end: float
    look: float
    reap: float
    waiting_bytes: float


@dataclass(frozen=True)
class Load:
    nodes: int
    cpus: int
    gib: int
    runs: int
    mean_seconds: float

    @property
    def slots(self) -> int:
        """Runs that may go on at once, by what each asks for."""
        return self.nodes * min(self.cpus // TASK_CPUS, (self.gib << 30) // TASK_MEMORY)


@dataclass(frozen=True)
class Outcome:
    hours: float
    ideal_hours: float
    most_live: int
    busy: float
    longest_wait_hours: float
    late: dict[str, int]


def by_the_clock(costs: Costs, live: float, nodes: int) -> float:
    """The share of the dispatcher's time that goes without any run beginning or ending."""
    return live * SILENT / LONGEST_IDLE_SECONDS * costs.look + nodes / INTERVAL_SECONDS * costs.reap


def most_live(costs: Costs, nodes: int, mean_seconds: float) -> float:
    """How many runs can be live before the dispatcher's time is all used, with as many ending as begin."""
    a_run = (
        SILENT / LONGEST_IDLE_SECONDS * costs.look + (costs.submit + costs.begin + costs.end) / mean_seconds
    )
    return (1 - by_the_clock(costs, 0, nodes)) / a_run


def simulate(load: Load, costs: Costs, seed: int = 0) -> Outcome:
    """All runs come at once; ends after the last one's end, or after two days."""
    draw = random.Random(seed)
    to_submit, waiting = load.runs, 0
    begun = done = peak = 0
    work: deque[str] = deque()
    ends: list[float] = []
    free = load.slots
    spare = busy = longest = 0.0
    waits: list[float] = []
    now = 0
    while done < load.runs and now < 48 * HOUR:
        now += 1
        live = load.slots - free
        spare = min(spare, 0) + 1 - by_the_clock(costs, live, load.nodes)
        begin_of_second = spare
        while ends and ends[0] <= now:
            heapq.heappop(ends)
            work.append("end")
        while spare > 0 and (work or waiting or to_submit):
            if work and work[0] == "end":
                work.popleft()
                spare -= costs.end
                done += 1
                free += 1
            elif waiting and free:
                waiting -= 1
                free -= 1
                begun += 1
                spare -= costs.begin
                waits.append(now)
                heapq.heappush(ends, now + draw.expovariate(1 / load.mean_seconds))
            elif to_submit:
                to_submit -= 1
                waiting += 1
                spare -= costs.submit
            else:
                break
        peak = max(peak, load.slots - free)
        busy += min(1.0, 1 - max(spare, 0)) if begin_of_second > 0 else 1.0
        longest = waits[-1] if waits else 0.0
    return Outcome(
        hours=now / HOUR,
        ideal_hours=load.runs * load.mean_seconds / load.slots / HOUR,
        most_live=peak,
        busy=busy / now,
        longest_wait_hours=longest / HOUR,
        late={name: sum(wait > hours * HOUR for wait in waits) for name, hours in GRANT_HOURS.items()},
    )


def report(costs: Costs) -> str:
    lines = [
        "One of each costs the dispatcher: "
        + ", ".join(
            f"{name} {value * 1000:.2f} ms" for name, value in asdict(costs).items() if "bytes" not in name
        )
        + f"; a waiting run {costs.waiting_bytes / 1000:.0f} kB.",
        "",
        "| nodes | queued | mean run | slots | could be live | were live | dispatcher busy | took | ideal |"
        " begun after 2 h | after 6 h |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for nodes, runs in ((10, 1_000), (100, 10_000), (1_000, 100_000)):
        for mean in (30.0, 120.0, 600.0):
            load = Load(nodes, 8, 32, runs, mean)
            out = simulate(load, costs)
            lines.append(
                f"| {nodes:,} | {runs:,} | {mean:.0f} s | {load.slots:,} | {most_live(costs, nodes, mean):,.0f} |"
                f" {out.most_live:,} | {out.busy:.0%} | {out.hours:.1f} h | {out.ideal_hours:.1f} h |"
                f" {out.late['supabase']:,} | {out.late['embedded']:,} |"
            )
    lines += [
        "",
        f"100,000 waiting runs take {costs.waiting_bytes * 100_000 / 1e9:.1f} GB in the dispatcher's process.",
        f"Reaping 1,000 nodes takes {1000 / INTERVAL_SECONDS * costs.reap:.0%} of its time.",
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scheduling", description=__doc__)
    parser.add_argument(
        "--costs", type=Path, help="a JSON file of measured costs; written where it is missing"
    )
    options = parser.parse_args()
    if options.costs and options.costs.exists():
        costs = Costs(**json.loads(options.costs.read_text()))
    else:
        from benchmarks.scheduling_costs import measure

        costs = measure()
        if options.costs:
            options.costs.write_text(json.dumps(asdict(costs), indent=1) + "\n")
    print(report(costs))


if __name__ == "__main__":
    main()
