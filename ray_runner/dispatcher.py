"""The detached actor that owns the run tasks, so that they outlive the server and its bridge."""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from p2n_schemas.errors import P2NError
from p2n_schemas.runs import RunSpec

from . import workdir
from .sandbox.reaper import INTERVAL_SECONDS, reap, stop_run
from .stream import QueueSender, make_queue
from .task import run

NAMESPACE = "p2n"
NAME = "p2n-dispatcher"

_TASK_CPUS = 2
_TASK_MEMORY = 4 * 1024**3
_CANCEL_SECONDS = 15
_QUEUE_KEPT_SECONDS = 30
_RECORDS_KEPT = 2000


def execute(spec_json: str, queue: Any, dispatcher: Any, runtime: str | None) -> str:
    """The Ray task of one run."""
    import ray

    from .sandbox.docker import DockerSandbox

    spec = RunSpec.model_validate_json(spec_json)
    dispatcher.started.remote(spec.run_id, ray.get_runtime_context().get_node_id())
    sender = QueueSender(queue)
    try:
        return run(
            spec,
            sender,
            lambda run_id, cancelled: DockerSandbox(run_id, cancelled=cancelled, runtime=runtime),
        ).value
    finally:
        sender.close()


@dataclass
class _Record:
    task: Any
    queue: Any
    node: str | None = None
    ended: asyncio.Event = field(default_factory=asyncio.Event)


class Dispatcher:
    """State of the runs of one cluster. `runtime` is an OCI runtime of the Docker engines, such as `runsc`."""

    def __init__(self, runtime: str | None = None) -> None:
        self._runtime = runtime
        self._records: dict[str, _Record] = {}
        self._spare: Any = None
        self._background: set[asyncio.Task[None]] = set()
        self._reaping = False

    async def ready(self) -> bool:
        """Start what goes on in the background; a queue in reserve takes its start-up off a run's time."""
        if not self._reaping:
            self._reaping = True
            self._spawn(self._reap())
        if self._spare is None:
            self._spare = _new_queue()
        return True

    async def submit(self, spec_json: str) -> Any:
        """Start a run, or nothing where it is known; gives its queue. Raises E_SANDBOX_FAILED."""
        import ray

        # Here it can still be told; a worker that may not write its events can tell nothing.
        workdir.make_root()
        spec = RunSpec.model_validate_json(spec_json)
        record = self._records.get(spec.run_id)
        if record is not None:
            return record.queue
        await self.ready()
        queue, self._spare = self._spare, None
        task = (
            ray.remote(execute)
            .options(name=f"p2n-run {spec.run_id}", num_cpus=_TASK_CPUS, memory=_TASK_MEMORY, max_retries=0)
            .remote(spec_json, queue, ray.get_runtime_context().current_actor, self._runtime)
        )
        record = self._records[spec.run_id] = _Record(task, queue)
        self._spawn(self._follow(spec.run_id, record))
        self._spawn(self._refill())
        return queue

    async def started(self, run_id: str, node: str) -> None:
        self._records[run_id].node = node

    async def state(self, run_id: str) -> tuple[bool, bool, Any]:
        """Known, alive, and the queue of a run that is alive."""
        record = self._records.get(run_id)
        if record is None:
            return False, False, None
        alive = not record.ended.is_set()
        return True, alive, record.queue if alive else None

    async def live_runs(self) -> int:
        return sum(not record.ended.is_set() for record in self._records.values())

    async def read_events(self, run_id: str, after: int, offset: int) -> tuple[list[bytes], int]:
        """Some of the events with seq > after, from the file on the run's node (see `workdir.read_events`)."""
        found: tuple[list[bytes], int] = await self._on_node_of(
            run_id, workdir.read_events, run_id, after, offset
        )
        return found

    async def cancel(self, run_id: str) -> tuple[bool, bool]:
        """Stop the container, then the task; gives known and alive."""
        import ray

        record = self._records.get(run_id)
        if record is None:
            return False, False
        if record.ended.is_set():
            return True, False
        # Where the node does not answer, ending the task is what remains.
        with contextlib.suppress(Exception):
            await self._on_node_of(run_id, _cancel_on_node, run_id)
        if record.node is None:
            # Not begun anywhere: there is no container, and Ray takes a waiting task back at once.
            ray.cancel(record.task, force=False)
        if not await self._has_ended(record, _CANCEL_SECONDS):
            ray.cancel(record.task, force=True)
            await self._has_ended(record, _CANCEL_SECONDS)
        return True, not record.ended.is_set()

    async def _follow(self, run_id: str, record: _Record) -> None:
        # Any end will do: finished, failed, cancelled, its worker or its node gone.
        with contextlib.suppress(Exception):
            await record.task
        # A killed worker runs no `finally`, so its container is looked for here.
        with contextlib.suppress(Exception):
            await self._on_node_of(run_id, _stop_quietly, run_id)
        record.ended.set()
        await asyncio.sleep(_QUEUE_KEPT_SECONDS)
        with contextlib.suppress(Exception):
            record.queue.shutdown(force=True)
        for old in list(self._records)[:-_RECORDS_KEPT]:
            if self._records[old].ended.is_set():
                del self._records[old]

    async def _refill(self) -> None:
        if self._spare is None:
            self._spare = _new_queue()

    async def _has_ended(self, record: _Record, seconds: float) -> bool:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(record.ended.wait(), seconds)
        return record.ended.is_set()

    async def _reap(self) -> None:
        while True:
            for node in _live_nodes():
                with contextlib.suppress(Exception):
                    await self._on_node(node, _reap_on_node)
            await asyncio.sleep(INTERVAL_SECONDS)

    async def _on_node_of(self, run_id: str, function: Callable[..., Any], *arguments: Any) -> Any:
        record = self._records.get(run_id)
        return await self._on_node(record.node if record else None, function, *arguments)

    async def _on_node(self, node: str | None, function: Callable[..., Any], *arguments: Any) -> Any:
        """Here, or in a small task on another node: files and containers are a node's own."""
        import ray
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        if node is None or node == ray.get_runtime_context().get_node_id():
            return await asyncio.to_thread(function, *arguments)
        strategy = NodeAffinitySchedulingStrategy(node_id=node, soft=False)
        task = ray.remote(function).options(
            name=f"p2n-{function.__name__.strip('_')}", num_cpus=0, scheduling_strategy=strategy
        )
        return await task.remote(*arguments)

    def _spawn(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.ensure_future(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)


def _new_queue() -> Any:
    return make_queue(f"p2n-events {uuid.uuid4().hex[:8]}")


def _live_nodes() -> list[str]:
    import ray

    nodes: Any = ray.nodes
    return [node["NodeID"] for node in nodes() if node["Alive"]]


def _cancel_on_node(run_id: str) -> None:
    workdir.mark_cancelled(run_id)
    _stop_quietly(run_id)


def _stop_quietly(run_id: str) -> None:
    with contextlib.suppress(P2NError):
        stop_run(run_id)


def _reap_on_node() -> None:
    workdir.remove_old_folders(time.time())
    with contextlib.suppress(P2NError):
        reap()
