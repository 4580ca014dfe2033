"""The detached actor that owns the run tasks, so that they outlive the server and its bridge."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from p2n_schemas.errors import P2NError
from p2n_schemas.log_records import SinkHandler
from p2n_schemas.runs import RunSpec
from p2n_schemas.tracing import Record, Span, TraceContext, Tracer, within

from . import nodes, telemetry, workdir
from .head import sources_digest
from .keeper import Keeper, drop_where_short
from .queues import QueuePool, RunQueue
from .sandbox.engine import head_name
from .sandbox.package_index import PackageSource
from .sandbox.reaper import INTERVAL_SECONDS, reap, runs_of, stop_run
from .stream import QueueSender
from .task import run
from .whereabouts import Whereabouts

NAMESPACE = "p2n"
NAME = "p2n-dispatcher"

TASK_CPUS = 2
TASK_MEMORY = 4 * 1024**3
_CANCEL_SECONDS = 15
_READER_SECONDS = 30
_START_SECONDS = 60
_RECORDS_KEPT = 2000
_TELL_SECONDS = 10
# A node that is busy may have to start a process first.
_NODE_SECONDS = 60
_NODES_AT_ONCE = 50


def execute(spec_json: str, dispatcher: Any, runtime: str | None, traceparent: str | None) -> str:
    """The Ray task of one run; `traceparent` names the dispatcher's span of it."""
    import ray

    from .sandbox.docker import DockerSandbox
    from .sandbox.engine import connect

    spec = RunSpec.model_validate_json(spec_json)
    here = ray.get_runtime_context().get_node_id()
    started = dispatcher.started.remote(spec.run_id, here).future()
    client = None
    # Meanwhile, for each takes some milliseconds; of an engine that is away the run itself tells.
    with contextlib.suppress(P2NError):
        client = connect()
    # Not ray.get: while a task waits in that, Ray lends its processors to the next one in line.
    sender = QueueSender(started.result())
    try:
        return run(
            spec,
            sender,
            lambda run_id, cancelled: DockerSandbox(
                run_id,
                cancelled=cancelled,
                runtime=runtime,
                packages=PackageSource(spec.wheel_dir, spec.offline),
                from_standby=not spec.independent,
                client=client,
            ),
            traceparent,
        ).value
    finally:
        sender.close()


def get_ready() -> None:
    """Load in a worker what a run needs: the process is kept and the first run finds it loaded."""
    from .sandbox.engine import connect

    with contextlib.suppress(P2NError):
        connect().close()


_log = logging.getLogger(__name__)


@dataclass
class _Record:
    spec: RunSpec
    runtime: str | None
    standby: int
    span: Span
    waiting: Span
    told: telemetry.RecordList
    task: Any = None
    queue: RunQueue | None = None
    node: str | None = None
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    read_out: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)


class Dispatcher:
    """State of the runs of one cluster."""

    def __init__(self) -> None:
        import ray

        self._records: dict[str, _Record] = {}
        self._ended: deque[str] = deque()
        self._whereabouts = Whereabouts(self._known_runs)
        # Made once each: a remote function is exported to the cluster, and imported by every worker that meets it.
        self._execute = ray.remote(execute)
        self._remote: dict[Callable[..., Any], Any] = {}
        self._queues = QueuePool()
        self._keeper = Keeper(self._is_busy, self._on_node)
        self._background: set[asyncio.Task[None]] = set()
        self._begun = False
        self._code = sources_digest()
        redactor = telemetry.process_redactor()
        self._tracer = Tracer("dispatcher", self._take, redactor)
        logger = logging.getLogger("ray_runner")
        logger.setLevel(logging.INFO)
        logger.addHandler(SinkHandler("dispatcher", self._take, redactor))
        logger.addHandler(telemetry.stderr_handler("dispatcher", redactor))

    async def ready(self) -> bool:
        """Start what goes on in the background, and what takes seconds off the first run."""
        if not self._begun:
            self._begun = True
            self._spawn(self._reap())
            self._spawn(self._keeper.run())
            self._spawn(self._load_worker())
            self._queues.reserve()
        return True

    async def submit(
        self, spec_json: str, runtime: str | None, standby: int, traceparent: str | None = None
    ) -> None:
        """Start a run, or nothing where it is known. Raises E_SANDBOX_FAILED.

        `runtime` is an OCI runtime of the Docker engines, such as `runsc`; `standby` how many containers a node keeps
        in standby; `traceparent` names the span that asks for it.
        """
        import ray

        # Here it can still be told; a worker that may not write its events can tell nothing.
        workdir.make_root()
        spec = RunSpec.model_validate_json(spec_json)
        if spec.run_id in self._records:
            return
        await self.ready()
        record = self._records[spec.run_id] = self._record(spec, runtime, standby, traceparent)
        record.task = self._execute.options(
            name=f"p2n-run {spec.run_id}",
            num_cpus=TASK_CPUS,
            memory=TASK_MEMORY,
            max_retries=0,
            scheduling_strategy="SPREAD" if spec.independent else "DEFAULT",
        ).remote(spec_json, ray.get_runtime_context().current_actor, runtime, record.span.context.traceparent)
        with within(record.span):
            self._spawn(self._follow(spec.run_id, record))

    async def started(self, run_id: str, node: str) -> RunQueue:
        """The worker's word that it has begun; gives the queue for its events."""
        record = self._records[run_id]
        record.node = node
        record.waiting.end()
        record.span.share(ray_node=node)
        record.queue = self._queues.take(run_id)
        record.begun.set()
        return record.queue

    async def queue_of(self, run_id: str) -> tuple[bool, RunQueue | None]:
        """Wait for a run to begin, for a while; gives whether that is settled, and its queue."""
        await self.ready()
        record = self._records.get(run_id)
        if record is None:
            return True, None
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(record.begun.wait(), _START_SECONDS)
        return record.begun.is_set(), record.queue

    async def let_go(self, run_id: str) -> None:
        """The run's reader has read all: its queue may serve another run."""
        if (record := self._records.get(run_id)) is not None:
            record.read_out.set()

    async def state(self, run_id: str) -> tuple[bool, bool, RunQueue | None]:
        """Known, alive, and the queue of a run that has begun and is alive."""
        await self.ready()
        record = self._records.get(run_id)
        if record is None:
            return False, False, None
        alive = not record.ended.is_set()
        return True, alive, record.queue if alive else None

    async def code(self) -> str:
        """Which sources of ours run here."""
        return self._code

    async def live_runs(self) -> int:
        return sum(not record.ended.is_set() for record in self._records.values())

    async def stand_by(self, spec_json: str, runtime: str | None, standby: int) -> None:
        """A run like this one may come: prepare a container for it, once nothing runs."""
        import ray

        await self.ready()
        here = ray.get_runtime_context().get_node_id()
        able = [node for node, _ in _run_nodes()]
        if able:
            node = here if here in able else able[0]
            self._keeper.want(RunSpec.model_validate_json(spec_json), node, runtime, standby)
            self._keeper.look()

    async def on_nodes(self, function: str, arguments: dict[str, Any]) -> list[dict[str, Any]]:
        """Call a function on every node that takes runs (see `nodes.call`)."""
        return [
            found if isinstance(found, dict) else nodes.silent(name, found)
            for (_, name), found in await self._everywhere(nodes.call, function, arguments)
        ]

    async def read_events(self, run_id: str, after: int, offset: int) -> tuple[list[bytes], int]:
        """Some of the events with seq > after, from the file on the run's node (see `workdir.read_events`)."""
        found: tuple[list[bytes], int] = await self._on_node_of(
            run_id, workdir.read_events, run_id, after, offset
        )
        return found

    async def telemetry(self, run_id: str, wait: bool) -> list[Record]:
        """What this actor and the run's worker have told of it; with `wait`, of all its work, where that ends soon.

        Of a node that is gone nothing is to be had but what is known here.
        """
        record = self._records.get(run_id)
        if record is not None and wait:
            await self._has_ended(record, _TELL_SECONDS)
        ended = record is None or record.ended.is_set()
        told: list[Record] = []
        with contextlib.suppress(Exception):
            read = telemetry.read_ended if ended else telemetry.read
            told = await self._on_node_of(run_id, read, run_id)
        return (record.told.all() if record else []) + told

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
        from ray.exceptions import WorkerCrashedError

        # Any end will do: finished, failed, cancelled, its worker or its node gone.
        try:
            await record.task
        except WorkerCrashedError as error:
            _log.warning("the worker of the run is gone: %s", type(error).__name__)
            record.span.fail(error)
            # What it had loaded is gone with it.
            self._spawn(self._load_worker())
        except Exception as error:
            _log.info("the task of run %s failed", run_id, exc_info=True)
            record.span.fail(error)
        # A killed worker runs no `finally`, so its container is looked for here.
        with contextlib.suppress(Exception):
            await self._on_node_of(run_id, _stop_quietly, run_id)
        record.waiting.end()
        record.span.end()
        record.ended.set()
        record.begun.set()
        if record.node is not None and not record.spec.independent:
            self._keeper.want(record.spec, record.node, record.runtime, record.standby)
        self._keeper.look()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(record.read_out.wait(), _READER_SECONDS)
        if (queue := record.queue) is not None:
            record.queue = None
            await self._queues.give_back(queue)
        self._ended.append(run_id)
        while len(self._ended) > _RECORDS_KEPT:
            del self._records[self._ended.popleft()]

    def _record(self, spec: RunSpec, runtime: str | None, standby: int, traceparent: str | None) -> _Record:
        parent = TraceContext.parse(traceparent or spec.traceparent)
        span = self._tracer.begin("p2n.dispatcher.task", parent, shared=telemetry.shared_of(spec))
        record = _Record(
            spec, runtime, standby, span, span.child("p2n.dispatcher.wait"), telemetry.RecordList()
        )
        for begun in (record.span, record.waiting):
            record.told(self._tracer.record_of(begun))
        return record

    def _take(self, told: Record) -> None:
        """A span or a line of this process goes to the run that it is of."""
        run_id = told.get("run_id") or told.get("attributes", {}).get("run_id")
        record = self._records.get(run_id) if isinstance(run_id, str) else None
        if record is not None:
            record.told(told)

    async def _load_worker(self) -> None:
        import ray

        with contextlib.suppress(Exception):
            await ray.remote(get_ready).options(name="p2n-get-ready", num_cpus=0).remote()

    def _is_busy(self) -> bool:
        return any(not record.ended.is_set() for record in self._records.values())

    async def _has_ended(self, record: _Record, seconds: float) -> bool:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(record.ended.wait(), seconds)
        return record.ended.is_set()

    async def _reap(self) -> None:
        while True:
            with contextlib.suppress(Exception):
                for (node, _), found in await self._everywhere(_reap_on_node, head_name()):
                    for run_id in found if isinstance(found, list) else ():
                        if not self._goes_on(run_id):
                            await self._on_node(node, _stop_quietly, run_id)
            await asyncio.sleep(INTERVAL_SECONDS)

    def _goes_on(self, run_id: str) -> bool:
        record = self._records.get(run_id)
        return record is not None and not record.ended.is_set()

    async def _known_runs(self) -> dict[str, list[str]]:
        asked = await self._everywhere(workdir.known_runs)
        return {node: found for (node, _), found in asked if isinstance(found, list)}

    async def _on_node_of(self, run_id: str, function: Callable[..., Any], *arguments: Any) -> Any:
        record = self._records.get(run_id)
        node = record.node if record else await self._whereabouts.node_of(run_id)
        return await self._on_node(node, function, *arguments)

    async def _everywhere(
        self, function: Callable[..., Any], *arguments: Any
    ) -> list[tuple[tuple[str, str], Any]]:
        """Call a function on every node that takes runs; gives ((node, its name), result or exception)."""
        some = asyncio.Semaphore(_NODES_AT_ONCE)

        async def call(node: str) -> Any:
            async with some:
                return await asyncio.wait_for(self._on_node(node, function, *arguments), _NODE_SECONDS)

        asked = _run_nodes()
        found = await asyncio.gather(*(call(node) for node, _ in asked), return_exceptions=True)
        return list(zip(asked, found, strict=True))

    async def _on_node(self, node: str | None, function: Callable[..., Any], *arguments: Any) -> Any:
        """Here, or in a small task on another node: files and containers are a node's own."""
        import ray
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        if node is None or node == ray.get_runtime_context().get_node_id():
            return await asyncio.to_thread(function, *arguments)
        strategy = NodeAffinitySchedulingStrategy(node_id=node, soft=False)
        if function not in self._remote:
            self._remote[function] = ray.remote(function)
        task = self._remote[function].options(
            name=f"p2n-{function.__name__.strip('_')}", num_cpus=0, scheduling_strategy=strategy
        )
        return await task.remote(*arguments)

    def _spawn(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.ensure_future(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)


def _run_nodes() -> list[tuple[str, str]]:
    """Id and name of every live node that is large enough for a run: containers and files are nowhere else."""
    import ray

    every: Any = ray.nodes
    return [
        (node["NodeID"], node["NodeManagerHostname"])
        for node in every()
        if node["Alive"]
        and node["Resources"].get("CPU", 0) >= TASK_CPUS
        and node["Resources"].get("memory", 0) >= TASK_MEMORY
    ]


def _cancel_on_node(run_id: str) -> None:
    workdir.mark_cancelled(run_id)
    _stop_quietly(run_id)


def _stop_quietly(run_id: str) -> None:
    with contextlib.suppress(P2NError):
        stop_run(run_id)


def _reap_on_node(head: str) -> list[str]:
    """Gives the runs that containers are still here for."""
    workdir.remove_old_folders(time.time())
    found: list[str] = []
    with contextlib.suppress(P2NError):
        reap()
        found = runs_of(head)
    drop_where_short()
    return found
