"""Fifty runs over four nodes: `python -m benchmarks.cluster_runs`. Prints what arrived, and where the runs were.

Real Ray nodes (ray.cluster_utils), on one machine and one Docker Engine; each node has room for one run at a time. The time
says little: four nodes share this machine's processors. What counts is that every event of every run has come, once and in
order, and every artifact is in its place.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import tempfile
import time
import uuid
from collections import Counter
from pathlib import Path

from p2n_schemas.execution import ResolvedEnvironment
from p2n_schemas.runs import RunSpec, UploadGrant
from ray_runner.client import RayExecutor
from ray_runner.sandbox.lock import DockerResolver
from tests.ray_cluster import GIB, RayCluster

LINES = 200
ARTIFACTS = ("metrics.json", "events.jsonl", "logs.txt", "executed.ipynb")
_RUN_SECONDS = 120
NOTEBOOK = [
    f"for n in range({LINES}): print('line', n)",
    "from IPython.display import display\n"
    "display({'application/vnd.p2n.metric+json': {'name': 'accuracy', 'value': 0.5}}, raw=True)",
]


class Run:
    """A run's sink: keeps what comes, in the order that it comes."""

    def __init__(self, folder: Path, environment: ResolvedEnvironment) -> None:
        run_id = f"bench-{uuid.uuid4().hex[:12]}"
        self.folder = folder / run_id
        self.events: list[dict[str, object]] = []
        self.ended = asyncio.Event()
        cells = [
            {
                "cell_type": "code",
                "id": f"c{n}",
                "metadata": {},
                "execution_count": None,
                "outputs": [],
                "source": text,
            }
            for n, text in enumerate(NOTEBOOK)
        ]
        self.spec = RunSpec(
            run_id=run_id,
            env_hash=environment.env_hash,
            image_digest=environment.image_digest,
            python_version=environment.python_version,
            requirements_lock=environment.requirements_lock,
            notebook=json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}),
            budget_seconds=_RUN_SECONDS,
            seed=0,
            first_seq=1,
            grants=[UploadGrant(name=name, url=(self.folder / name).as_uri()) for name in ARTIFACTS],
        )

    async def __call__(self, run_id: str, events: list[bytes]) -> None:
        self.events += [json.loads(event) for event in events]
        if self.events[-1]["type"] == "end":
            self.ended.set()

    def faults(self) -> list[str]:
        """What is not as it should be."""
        found = []
        end = self.events[-1]["payload"] if self.ended.is_set() else {}
        assert isinstance(end, dict)
        if end.get("status") != "succeeded":
            found.append(f"{self.spec.run_id}: {end.get('error') or 'no end'}")
        if [event["seq"] for event in self.events] != list(range(1, len(self.events) + 1)):
            found.append(f"{self.spec.run_id}: events are missing or out of order")
        lines = [
            line
            for event in self.events
            if isinstance(payload := event["payload"], dict) and payload.get("stream") == "stdout"
            for line in payload["lines"]
        ]
        if lines != [f"line {n}" for n in range(LINES)]:
            found.append(f"{self.spec.run_id}: {len(lines)} lines of {LINES}")
        found += [
            f"{self.spec.run_id}: no {name}" for name in ARTIFACTS if not (self.folder / name).is_file()
        ]
        return found


async def measure(count: int, nodes: int) -> bool:
    environment = await DockerResolver().resolve("ipykernel==7.4.0\nnbclient==0.11.0\n")
    with tempfile.TemporaryDirectory() as place, RayCluster([(2, 4 * GIB)] * nodes) as cluster:
        folder = Path(place)
        executor = RayExecutor(folder / "state", cluster.address, token_file=str(cluster.token_file))
        lost: list[str] = []

        async def on_lost(run_id: str) -> None:
            lost.append(run_id)

        executor.on_lost = on_lost
        first = Run(folder, environment)
        await executor.submit(first.spec, first)
        # Builds the environment, once for all nodes: they share this machine's engine.
        await asyncio.wait_for(first.ended.wait(), 600)
        runs = [Run(folder, environment) for _ in range(count)]
        begun = time.monotonic()
        await asyncio.gather(*(executor.submit(run.spec, run) for run in runs))
        submitted = time.monotonic() - begun
        try:
            async with asyncio.timeout(count * _RUN_SECONDS):
                await asyncio.gather(*(run.ended.wait() for run in runs))
        except TimeoutError:
            pass
        seconds = time.monotonic() - begun
        await executor.close()
        places = Counter(cluster.node_of(run.spec.run_id) for run in runs)
        faults = [fault for run in runs for fault in run.faults()] + [f"{run_id}: lost" for run_id in lost]
        events = sum(len(run.events) for run in runs)
        print(
            f"{count} runs over {nodes} nodes on {os.cpu_count()} processors: {sum(run.ended.is_set() for run in runs)} ended,"
            f" {len(faults)} faults; {events} events and {count * LINES} lines, {count * len(ARTIFACTS)} artifacts;"
            f" {submitted:.1f} s to submit, {seconds:.0f} s to the last end; by node:"
            f" {', '.join(f'{place}: {number}' for place, number in sorted(places.items(), key=str))}"
        )
        for fault in faults[:20]:
            print(fault)
    return not faults


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cluster_runs", description=__doc__)
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--nodes", type=int, default=4)
    options = parser.parse_args()
    return 0 if asyncio.run(measure(options.runs, options.nodes)) else 1


if __name__ == "__main__":
    raise SystemExit(main())
