"""What one run costs the dispatcher's process, measured on real Ray: processor time and memory, so load beside it matters
little. No run is executed: something else holds the nodes, so the tasks wait, and the driver speaks for the workers."""

from __future__ import annotations

import asyncio
import os
import time
from typing import Any

from benchmarks.scheduling import Costs
from p2n_schemas.runs import RunSpec, UploadGrant
from ray_runner.dispatcher import NAME, NAMESPACE, TASK_CPUS, Dispatcher
from ray_runner.processes import descendants, mentioning
from tests.ray_cluster import GIB, RayCluster

RUNS = 1000
BEGUN = 12
LOOKS = 600
# The sample paper's plan: its notebook and its lock with hashes.
SPEC_BYTES = 90_000
_TICKS = os.sysconf("SC_CLK_TCK")


def measure() -> Costs:
    """Takes about two minutes."""
    with RayCluster([(2, 4 * GIB), (2, 4 * GIB)]) as cluster:
        os.environ |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": str(cluster.token_file)}
        return asyncio.run(_measure(cluster))


async def _measure(cluster: RayCluster) -> Costs:
    import ray

    ray.init(address=cluster.address, namespace=NAMESPACE, log_to_driver=False)
    dispatcher: Any = ray.remote(Dispatcher).options(name=NAME, num_cpus=0, max_concurrency=1000).remote()
    hold = ray.remote(_hold).options(num_cpus=TASK_CPUS)
    held = [hold.remote(), hold.remote()]
    await dispatcher.ready.remote()
    (pid,) = mentioning("ray::Dispatcher") & descendants(mentioning(f"{cluster.folder}/"))
    await asyncio.sleep(3)
    specs = [_spec(number) for number in range(RUNS)]

    memory, spent = _resident(pid), _processor(pid)
    for spec in specs:
        await dispatcher.submit.remote(spec.model_dump_json(), None, 0, None)
    submit = (_processor(pid) - spent) / RUNS
    waiting_bytes = (_resident(pid) - memory) / RUNS
    print(f"{RUNS} runs submitted: {submit * 1000:.2f} ms, {waiting_bytes / 1000:.0f} kB each")

    nodes: Any = ray.nodes
    others = [node["NodeID"] for node in nodes() if node["Resources"].get("CPU")]
    begun = [spec.run_id for spec in specs[:BEGUN]]
    # The first of them make queues; a queue that was read out serves the next run.
    for run_id in begun[:2]:
        await dispatcher.started.remote(run_id, others[0])
    spent = _processor(pid)
    for number, run_id in enumerate(begun[2:]):
        await dispatcher.started.remote(run_id, others[number % 2])
    begin = (_processor(pid) - spent) / (BEGUN - 2)
    print(f"begun: {begin * 1000:.2f} ms each")

    await _look(dispatcher, begun, 50)
    spent, since = _processor(pid), time.monotonic()
    await _look(dispatcher, begun, LOOKS)
    look = (_processor(pid) - spent) / LOOKS
    print(
        f"silent runs looked after: {look * 1000:.2f} ms each, {LOOKS / (time.monotonic() - since):.0f} a second"
    )

    spent = _processor(pid)
    for _ in range(30):
        await dispatcher.on_nodes.remote("ray_runner.workdir:known_runs", {})
    reap = (_processor(pid) - spent) / 30 / len(others)

    ending = [spec.run_id for spec in specs[BEGUN : BEGUN + 300]]
    spent = _processor(pid)
    await asyncio.gather(*(dispatcher.cancel.remote(run_id) for run_id in ending))
    end = (_processor(pid) - spent) / len(ending)
    print(f"ended: {end * 1000:.2f} ms each")
    assert len(others) == len(held) == 2
    ray.shutdown()
    return Costs(submit, begin, end, look, reap, waiting_bytes)


def _hold() -> None:
    time.sleep(3600)


async def _look(dispatcher: Any, run_ids: list[str], count: int) -> None:
    """As a pump does that hears nothing: the file on the run's node, then whether its task lives."""

    async def one(run_id: str) -> None:
        await dispatcher.read_events.remote(run_id, 0, 0)
        await dispatcher.state.remote(run_id)

    for at in range(0, count, len(run_ids)):
        await asyncio.gather(*(one(run_id) for run_id in run_ids[: count - at]))


def _spec(number: int) -> RunSpec:
    return RunSpec(
        run_id=f"bench-{os.getpid()}-{number}",
        env_hash="0" * 64,
        image_digest="sha256:0",
        python_version="3.11",
        requirements_lock=f"# {number}\n" + "x" * (SPEC_BYTES // 2),
        notebook="y" * (SPEC_BYTES // 2),
        budget_seconds=600,
        seed=0,
        first_seq=1,
        grants=[UploadGrant(name=f"{name}", url=f"file:///tmp/{'z' * 200}") for name in range(8)],
    )


def _processor(pid: int) -> float:
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _resident(pid: int) -> int:
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
