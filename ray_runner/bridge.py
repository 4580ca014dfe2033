"""The Ray driver as a process of its own, between the server and Ray.

Where Ray fails under it, it ends: the server starts another, which joins what lives then and takes up every run.

Requests come as JSON lines on stdin: {"id", "op", …}; it ends when stdin does. On stdout each message is a JSON
line, {"id", "result"} or {"id", "error"} or {"lost": run_id}, except that {"run_id", "size"} is followed by that
many bytes: events, one a line, in order of seq without a gap. {"run_id", "records"} is followed by that many bytes of
telemetry, one JSON object a line: what the processes behind this one have told of a run that has ended. An answer's
`records` are this process's own spans.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from p2n_schemas.errors import ErrorCode, ErrorInfo, P2NError
from p2n_schemas.redaction import Redactor
from p2n_schemas.tracing import Record, TraceContext, Tracer, current

from . import cluster, telemetry, workdir
from .head import Head, code_digest, import_roots, sources_digest
from .pump import Pump

_CONNECT_SECONDS = 60
_REPLACE_SECONDS = 60
_PAUSE_SECONDS = 0.5
_WATCH_SECONDS = 3
_FAILED = 1
_HEAD_NODE = "node:__internal_head__"

# As a module that is run its own name would be `__main__`, which is not below the logger that is set up.
_log = logging.getLogger("ray_runner.bridge")


class Bridge:
    """Handles the server's requests; `write` takes bytes for stdout and may block, `end` ends this process."""

    def __init__(
        self,
        state_dir: Path,
        address: str | None,
        runtime: str | None,
        standby: int,
        write: Callable[[bytes], None],
        end: Callable[[], None] = lambda: os._exit(_FAILED),
        redactor: Redactor | None = None,
    ) -> None:
        self._head = Head(state_dir)
        self._address = address
        self._runtime = runtime
        self._standby = standby
        self._write = write
        self._end = end
        self._writing = asyncio.Lock()
        self._connecting = asyncio.Lock()
        self._dispatcher: Any = None
        self._joined: str | None = None
        self._matches = False
        self._pumps: dict[str, tuple[Pump, asyncio.Task[None]]] = {}
        self._telling: set[asyncio.Task[None]] = set()
        self._redactor = redactor or telemetry.process_redactor()

    async def handle(self, request: dict[str, Any]) -> None:
        """Answer one request; every failure becomes an answer too, or the end of this process."""
        told = telemetry.RecordList()
        try:
            result = await self._operate(request, told)
            answer: dict[str, Any] = {"id": request["id"], "result": result}
        except P2NError as error:
            answer = {"id": request["id"], "error": error.info.model_dump(mode="json")}
        except Exception as error:
            _log.exception("%s failed", request["op"])
            if _is_connection_lost(error):
                # Handles go stale with their head. Every operation may be repeated, and the server does that once.
                self._end()
                return
            answer = {"id": request["id"], "error": _unavailable(error).info.model_dump(mode="json")}
        if records := told.all():
            answer["records"] = records
        await self._send(json.dumps(answer, default=str).encode() + b"\n")

    async def _operate(self, request: dict[str, Any], told: telemetry.RecordList) -> Any:
        """Do as asked, within a span where the request comes from one."""
        operate = getattr(self, f"_op_{request['op']}")
        parent = TraceContext.parse(request.get("traceparent"))
        if parent is None:
            return await operate(request)
        tracer = Tracer("bridge", told, self._redactor)
        shared = {key: request[key] for key in ("run_id",) if key in request}
        with tracer.span(f"p2n.bridge.{request['op']}", parent, shared=shared):
            return await operate(request)

    async def watch(self) -> None:
        """End this process once the head it joined is dead or another has its place."""
        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            joined = self._joined
            if joined is None or self._dispatcher is None:
                continue
            try:
                info = await asyncio.to_thread(self._head.find)
            except Exception:
                _log.exception("the head could not be looked for")
                continue
            if joined == self._joined and (info is None or info.address != joined):
                _log.error("the head at %s is gone", joined)
                self._end()
                return

    async def _op_warm(self, request: dict[str, Any]) -> dict[str, Any]:
        dispatcher = await self._connect(start=True)
        await dispatcher.ready.remote()
        return {}

    async def _op_submit(self, request: dict[str, Any]) -> dict[str, Any]:
        dispatcher = await self._connect(start=True)
        span = current()
        traceparent = span.context.traceparent if span is not None else None
        await dispatcher.submit.remote(request["spec"], self._runtime, self._standby, traceparent)
        _log.info("the run is handed over to Ray")
        self._follow(request["run_id"], request["after"], None)
        return {}

    async def _op_stand_by(self, request: dict[str, Any]) -> dict[str, Any]:
        dispatcher = await self._connect(start=False)
        if dispatcher is not None:
            await dispatcher.stand_by.remote(request["spec"], self._runtime, self._standby)
        return {}

    async def _op_on_nodes(self, request: dict[str, Any]) -> dict[str, Any]:
        dispatcher = await self._connect(start=True)
        return {"nodes": await dispatcher.on_nodes.remote(request["function"], request["arguments"])}

    async def _op_attach(self, request: dict[str, Any]) -> dict[str, Any]:
        run_id, after = request["run_id"], request["after"]
        dispatcher = await self._connect(start=False)
        if dispatcher is None:
            # No head lives, so no task does; what the run wrote on this machine is still to be had.
            offset = 0
            while True:
                events, offset = await asyncio.to_thread(workdir.read_events, run_id, after, offset)
                if not events:
                    break
                await self._deliver(run_id, events)
            await self._tell(run_id, await asyncio.to_thread(telemetry.read_ended, run_id))
            return {"known": False, "alive": False}
        known, alive, queue = await dispatcher.state.remote(run_id)
        if (going := self._pumps.get(run_id)) is not None:
            going[0].rewind(after)
        pumping = self._follow(run_id, after, queue)
        if not alive:
            await asyncio.shield(pumping)
        return {"known": known, "alive": alive}

    async def _op_telemetry(self, request: dict[str, Any]) -> list[Record]:
        run_id = request["run_id"]
        dispatcher = await self._connect(start=False)
        if dispatcher is None:
            return await asyncio.to_thread(telemetry.read_ended, run_id)
        records: list[Record] = await dispatcher.telemetry.remote(run_id, False)
        return records

    async def _op_cancel(self, request: dict[str, Any]) -> dict[str, Any]:
        dispatcher = await self._connect(start=False)
        if dispatcher is None:
            return {"known": False, "alive": False}
        known, alive = await dispatcher.cancel.remote(request["run_id"])
        followed = self._pumps.get(request["run_id"])
        if not alive and followed is not None:
            # The run's own last words come before this answer.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(followed[1]), 15)
        return {"known": known, "alive": alive}

    def _follow(self, run_id: str, after: int, queue: Any) -> asyncio.Task[None]:
        known = self._pumps.get(run_id)
        if known is not None and not known[1].done():
            return known[1]
        pump = Pump(run_id, after, queue, self._dispatcher, self._deliver, self._lost)
        pumping = asyncio.ensure_future(self._pump(run_id, pump, queue is None))
        self._pumps[run_id] = pump, pumping
        pumping.add_done_callback(lambda task: self._pumped(run_id, task))
        return pumping

    async def _pump(self, run_id: str, pump: Pump, waits: bool) -> None:
        from ray.exceptions import RayError

        dispatcher = self._dispatcher
        # Where the dispatcher is away or dead, the pump itself finds out which.
        with contextlib.suppress(RayError):
            while waits:
                begun, queue = await dispatcher.queue_of.remote(run_id)
                pump.use(queue)
                waits = not begun
        await pump.run()
        dispatcher.let_go.remote(run_id)
        # Not as a part of this: who asks again for the events of a run that ended must not meet a pump that has stopped.
        telling = asyncio.ensure_future(self._tell_last(run_id, dispatcher))
        self._telling.add(telling)
        telling.add_done_callback(self._telling.discard)

    async def _tell_last(self, run_id: str, dispatcher: Any) -> None:
        from ray.exceptions import RayError

        # A dispatcher of an older version has nothing to tell.
        with contextlib.suppress(RayError, AttributeError):
            await self._tell(run_id, await dispatcher.telemetry.remote(run_id, True))

    def _pumped(self, run_id: str, pumping: asyncio.Task[None]) -> None:
        if self._pumps.get(run_id, (None, None))[1] is pumping:
            del self._pumps[run_id]
        if not pumping.cancelled() and (error := pumping.exception()) is not None:
            _log.error("following %s failed", run_id, exc_info=error)
            self._end()

    async def _deliver(self, run_id: str, events: list[bytes]) -> None:
        body = b"\n".join(events) + b"\n"
        await self._send(json.dumps({"run_id": run_id, "size": len(body)}).encode() + b"\n" + body)

    async def _tell(self, run_id: str, records: list[Record]) -> None:
        """An empty list too: then the server waits for no more."""
        body = b"".join(json.dumps(record, default=str).encode() + b"\n" for record in records)
        await self._send(json.dumps({"run_id": run_id, "records": len(body)}).encode() + b"\n" + body)

    async def _lost(self, run_id: str) -> None:
        await self._send(json.dumps({"lost": run_id}).encode() + b"\n")

    async def _send(self, data: bytes) -> None:
        async with self._writing:
            # In a thread: a server that does not read must not stop the queues from being read.
            await asyncio.to_thread(self._write, data)

    async def _connect(self, *, start: bool) -> Any:
        """The dispatcher's handle; None where no head lives and none may be started."""
        async with self._connecting:
            if self._address is not None:
                return await self._connect_cluster(self._address, start=start)
            if self._dispatcher is not None:
                return self._dispatcher
            info = await asyncio.to_thread(self._head.find)
            if info is None and not start:
                return None
            if info is None:
                info = await asyncio.to_thread(self._head.ensure)
            os.environ.update(self._head.environment())
            dispatcher = await self._join(info.address, ship_code=False)
            if info.code != code_digest() and start and await dispatcher.live_runs.remote() == 0:
                # An idle head with workers of older code: begin anew.
                await asyncio.to_thread(_leave)
                await asyncio.to_thread(self._head.stop)
                info = await asyncio.to_thread(self._head.ensure)
                dispatcher = await self._join(info.address, ship_code=False)
            self._dispatcher, self._joined = dispatcher, info.address
            return dispatcher

    async def _connect_cluster(self, address: str, *, start: bool) -> Any:
        """One of another version may still be asked for the runs that it has; what is new it is not given."""
        if self._dispatcher is None:
            await asyncio.to_thread(cluster.reach, address)
            self._dispatcher = await self._join(address, ship_code=True)
        if start and not self._matches:
            self._dispatcher = await self._of_this_version(self._dispatcher)
            self._matches = True
        return self._dispatcher

    async def _of_this_version(self, dispatcher: Any) -> Any:
        """The cluster's dispatcher, a new one where it was of another version and idle. Raises E_CLUSTER_MISMATCH."""
        from ray.exceptions import RayActorError

        ours = sources_digest()
        if (theirs := await _code_of(dispatcher)) == ours:
            return dispatcher
        if live := await dispatcher.live_runs.remote():
            raise cluster.other_code(theirs, ours, live)
        await asyncio.to_thread(_end_actor, dispatcher)
        until = time.monotonic() + _REPLACE_SECONDS
        while time.monotonic() < until:
            # One that is being ended keeps its name for a moment.
            with contextlib.suppress(RayActorError):
                dispatcher = await asyncio.to_thread(_dispatcher)
                await asyncio.wait_for(_ready(dispatcher), _CONNECT_SECONDS)
                if (theirs := await _code_of(dispatcher)) == ours:
                    return dispatcher
            await asyncio.sleep(_PAUSE_SECONDS)
        raise cluster.other_code(theirs, ours, 0)

    async def _join(self, address: str, *, ship_code: bool) -> Any:
        from .dispatcher import NAMESPACE

        def join() -> Any:
            import ray

            packages = [str(path) for root in import_roots() for path in _own_packages(Path(root))]
            ray.init(
                address=address,
                namespace=NAMESPACE,
                log_to_driver=False,
                configure_logging=False,
                runtime_env=cluster.runtime_environment(address, packages) if ship_code else None,
            )
            return _dispatcher()

        try:
            dispatcher = await asyncio.to_thread(join)
            await asyncio.wait_for(_ready(dispatcher), _CONNECT_SECONDS)
        except BaseException as error:
            # Who is half in could not join again.
            await asyncio.to_thread(_leave)
            if ship_code and isinstance(error, Exception):
                _log.exception("the cluster at %s could not be joined", address)
                raise cluster.not_joined(address, error) from error
            raise
        return dispatcher


def _dispatcher() -> Any:
    """The dispatcher, made where there is none."""
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    from .dispatcher import NAME, NAMESPACE, Dispatcher

    nodes: Any = ray.nodes
    head = [node["NodeID"] for node in nodes() if node["Alive"] and _HEAD_NODE in node["Resources"]]
    # A node that the autoscaler takes away must not take every run along; the head's end is the cluster's anyway. Not a
    # soft wish, which Ray passes over for an actor that asks for nothing: where the head's node is gone the actor can't be
    # started again, and the next bridge makes another.
    where = NodeAffinitySchedulingStrategy(head[0], soft=False) if head else "DEFAULT"
    return (
        ray.remote(Dispatcher)
        .options(
            name=NAME,
            namespace=NAMESPACE,
            lifetime="detached",
            get_if_exists=True,
            num_cpus=0,
            max_restarts=-1,
            max_concurrency=1000,
            scheduling_strategy=where,
        )
        .remote()
    )


def _ready(dispatcher: Any) -> asyncio.Future[Any]:
    return asyncio.wrap_future(dispatcher.ready.remote().future())


def _end_actor(actor: Any) -> None:
    import ray

    ray.kill(actor)


async def _code_of(dispatcher: Any) -> str:
    try:
        return str(await dispatcher.code.remote())
    except AttributeError:
        return "older than 0.1"


def _own_packages(root: Path) -> list[Path]:
    return [path for name in ("ray_runner", "p2n_schemas") if (path := root / name).is_dir()]


def _leave() -> None:
    import ray

    ray.shutdown()


def _is_connection_lost(error: Exception) -> bool:
    """Ray itself failed, and not the work that it was asked to do."""
    from ray.exceptions import RayError, RayTaskError

    return isinstance(error, RayError) and not isinstance(error, RayTaskError)


def _unavailable(error: Exception) -> P2NError:
    # Ray's words hold remote tracebacks, paths and addresses: they are for the log only.
    return P2NError.of(
        ErrorInfo(
            code=ErrorCode.E_RAY_UNAVAILABLE,
            message=f"Ray did not do as asked: {type(error).__name__}.",
            remediation="Run `jupyter p2n doctor`; bridge.log in the folder `ray` of P2N's state says more.",
            detail={"error": type(error).__name__, "log": "bridge.log"},
        )
    )


async def serve(state_dir: Path, address: str | None, runtime: str | None, standby: int, output: int) -> None:
    """Handle requests until stdin ends."""

    def write(data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(output, view) :]

    bridge = Bridge(state_dir, address, runtime, standby, write)
    loop = asyncio.get_running_loop()
    requests: asyncio.Queue[bytes] = asyncio.Queue()

    def read() -> None:
        for line in sys.stdin.buffer:
            loop.call_soon_threadsafe(requests.put_nowait, line)
        # The server is gone, or wants us gone: runs go on without us. A thread may hang in Ray, so no waiting.
        threading.Timer(3, os._exit, [0]).start()
        with contextlib.suppress(Exception):
            _leave()
        os._exit(0)

    threading.Thread(target=read, name="stdin", daemon=True).start()
    tasks: set[asyncio.Task[None]] = {asyncio.ensure_future(bridge.watch())}
    while True:
        task = asyncio.ensure_future(bridge.handle(json.loads(await requests.get())))
        tasks.add(task)
        task.add_done_callback(tasks.discard)


def main() -> None:
    parser = argparse.ArgumentParser(prog="ray_runner.bridge")
    parser.add_argument("--state-dir", type=Path, required=True)
    parser.add_argument("--address")
    parser.add_argument("--runtime")
    parser.add_argument("--standby", type=int, default=0)
    options = parser.parse_args()
    # What Ray or a library prints must not mix with messages.
    output = os.dup(1)
    os.dup2(2, 1)
    redactor = telemetry.process_redactor()
    logging.basicConfig(handlers=[telemetry.stderr_handler("bridge", redactor)])
    logging.getLogger("ray_runner").setLevel(logging.INFO)
    asyncio.run(serve(options.state_dir, options.address, options.runtime, options.standby, output))


if __name__ == "__main__":
    main()
