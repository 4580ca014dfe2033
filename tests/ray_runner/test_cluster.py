"""A cluster of several nodes: where runs go, and what remains when a node, or the dispatcher, is gone."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from leftovers import containers, gone_within
from sandbox_notebooks import metric_cell
from test_ray_executor import Listener

from p2n_schemas.runs import RunSpec
from ray_runner.client import RayExecutor
from tests.ray_cluster import GIB, RayCluster

pytestmark = [pytest.mark.docker, pytest.mark.ray]

LONG = "print('begun')\nimport time\ntime.sleep(100)"


@pytest.fixture(scope="module")
def cluster() -> Iterator[RayCluster]:
    # Each has room for one run: the first by its CPUs, the second by its memory.
    with RayCluster([(2, 16 * GIB), (8, 4 * GIB)]) as running:
        yield running


@contextlib.asynccontextmanager
async def joined(cluster: RayCluster, state_dir: Path, **more: Any) -> AsyncIterator[RayExecutor]:
    """A server's side of it."""
    executor = RayExecutor(state_dir, cluster.address, token_file=str(cluster.token_file), **more)
    try:
        yield executor
    finally:
        await executor.close()


async def begin(executor: RayExecutor, spec: RunSpec) -> Listener:
    listener = Listener()
    await executor.submit(spec, listener)
    return listener


def in_order(listener: Listener) -> bool:
    return listener.seqs() == list(range(1, len(listener.events) + 1))


async def test_runs_go_where_there_are_cpus_and_memory_and_others_wait(
    cluster: RayCluster, tmp_path: Path, make_spec: Callable[..., RunSpec]
) -> None:
    async with joined(cluster, tmp_path) as executor:
        specs = [make_spec(LONG) for _ in range(3)]
        listeners = [await begin(executor, spec) for spec in specs]

        def begun() -> list[int]:
            return [number for number, listener in enumerate(listeners) if "begun" in listener.lines()]

        for listener in listeners:
            listener._changed = listeners[0]._changed
        await listeners[0].until(lambda: len(begun()) == 2)
        await asyncio.sleep(2)
        first, second = begun()
        assert {cluster.node_of(specs[number].run_id) for number in (first, second)} == {0, 1}
        (waiting,) = {0, 1, 2} - {first, second}
        assert listeners[waiting].events == []
        assert cluster.node_of(specs[waiting].run_id) is None

        freed = cluster.node_of(specs[first].run_id)
        await executor.cancel(specs[first].run_id)
        await listeners[waiting].until(lambda: "begun" in listeners[waiting].lines())
        assert cluster.node_of(specs[waiting].run_id) == freed
        for number in (second, waiting):
            assert not (await executor.cancel(specs[number].run_id)).alive


async def test_runs_that_are_compared_go_to_different_nodes_and_give_the_same_bytes(
    cluster: RayCluster, tmp_path: Path, make_spec: Callable[..., RunSpec]
) -> None:
    async with joined(cluster, tmp_path) as executor:
        drawn = (
            "import os, random\nrandom.seed(int(os.environ['P2N_SEED']))\n"
            "value = random.random() + sum(int(n) / 7 for n in {str(n) for n in range(999)}) + hash('p2n') % 9"
        )
        report = (
            "from IPython.display import display\n"
            "display({'application/vnd.p2n.metric+json': {'name': 'drawn', 'value': value}}, raw=True)"
        )
        specs = [make_spec(drawn, report, independent=True) for _ in range(3)]
        listeners = [await begin(executor, spec) for spec in specs]
        for listener in listeners:
            await listener.until(listener.ended)
            assert listener.events[-1]["payload"]["status"] == "succeeded"
        nodes = [cluster.node_of(spec.run_id) for spec in specs]
        print(f"three runs on the nodes {nodes}")
        assert set(nodes) == {0, 1}
        stored = {
            Path(grant.url.removeprefix("file://")).read_bytes()
            for spec in specs
            for grant in spec.grants
            if grant.name == "metrics.json"
        }
        assert len(stored) == 1


async def test_the_doctor_looks_at_every_node(cluster: RayCluster, tmp_path: Path) -> None:
    async with joined(cluster, tmp_path) as executor:
        checks = {name: (status, message) for name, status, message, _, _ in await executor.checks()}
        assert checks["ray"][0] == "ok"
        assert "has 2 nodes for runs, 2 of them ready" in checks["ray"][1]
        assert not any(name.startswith("node ") for name in checks)
    async with joined(cluster, tmp_path / "other", shares_files=True) as sharing:
        assert {name: status for name, status, *_ in await sharing.checks()}["ray"] == "ok"


async def test_a_node_that_dies_loses_its_own_run_only(
    cluster: RayCluster, tmp_path: Path, make_spec: Callable[..., RunSpec]
) -> None:
    async with joined(cluster, tmp_path) as executor:
        spare = cluster.add(2, 16 * GIB)
        specs = [make_spec(LONG), make_spec(LONG)]
        listeners = [await begin(executor, spec) for spec in specs]
        for listener in listeners:
            await listener.until(lambda listener=listener: "begun" in listener.lines())
        places = [cluster.node_of(spec.run_id) for spec in specs]
        assert places[0] is not None
        executor.on_lost = listeners[0].on_lost
        begun = time.monotonic()
        await asyncio.to_thread(cluster.kill, places[0])
        await listeners[0].until(lambda: bool(listeners[0].lost), 90)
        print(f"told as lost {time.monotonic() - begun:.1f} s after its node")
        assert listeners[0].lost == [specs[0].run_id]
        assert in_order(listeners[0])
        assert not listeners[0].ended()
        # This machine's engine outlived the node, and so did the container: another node's round removes it.
        gone = await asyncio.to_thread(gone_within, specs[0].run_id, 60)
        print(f"its container gone {gone:.1f} s after that")
        assert len(containers(specs[1].run_id)) == 1
        after = make_spec("print('again')", metric_cell())
        again = await begin(executor, after)
        await again.until(again.ended)
        assert again.events[-1]["payload"]["status"] == "succeeded"
        assert cluster.node_of(after.run_id) not in (None, places[0])
        await executor.cancel(specs[1].run_id)
        assert in_order(listeners[1])
        assert spare == 2


async def test_a_dispatcher_that_dies_with_its_node_comes_back_on_another_and_nothing_written_is_missing(
    cluster: RayCluster, tmp_path: Path, make_spec: Callable[..., RunSpec]
) -> None:
    async with joined(cluster, tmp_path) as executor:
        spec = make_spec("for n in range(50): print('line', n)\n" + LONG)
        listener = await begin(executor, spec)
        executor.on_lost = listener.on_lost
        await listener.until(lambda: "begun" in listener.lines())
        begun = time.monotonic()
        await asyncio.to_thread(cluster.kill_head_node)
        await listener.until(lambda: bool(listener.lost), 150)
        print(f"told as lost {time.monotonic() - begun:.1f} s after the dispatcher's node")
        assert listener.lost == [spec.run_id]
        assert in_order(listener)
        gone = await asyncio.to_thread(gone_within, spec.run_id, 60)
        print(f"its container gone {gone:.1f} s after that")
        # Whoever asks the new dispatcher gets what lies on the run's node, which it was never told.
        late = Listener()
    async with joined(cluster, tmp_path / "late") as other:
        assert not (await other.attach(spec.run_id, 0, late)).alive
        assert late.events == listener.events
        assert late.lines()[:51] == [*(f"line {n}" for n in range(50)), "begun"]
        again = await begin(other, make_spec("print('again')", metric_cell()))
        await again.until(again.ended, 120)
        assert again.events[-1]["payload"]["status"] == "succeeded"
