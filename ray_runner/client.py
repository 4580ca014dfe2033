"""The server's side of the bridge: asyncio only, nothing of Ray is imported here."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from p2n_schemas.errors import ErrorCode, ErrorInfo, P2NError
from p2n_schemas.execution import TaskState
from p2n_schemas.runs import RunSpec
from p2n_schemas.tracing import Record, current

from . import nodes
from .checks import Check, backend_checks, cluster_checks, own_image, seen_file, unreachable
from .head import import_roots
from .processes import inherited
from .workdir import is_end, sequence_number

Sink = Callable[[str, list[bytes]], Awaitable[None]]

# Two tries to start Ray, and then to join it.
_REQUEST_SECONDS = 240
_CANCEL_SECONDS = 20
_CLOSE_SECONDS = 5
_DOCTOR_SECONDS = 60
_FIRST_DELAY = 0.2
_LONGEST_DELAY = 30.0
_LOG_BYTES = 4 << 20
# Events come in pieces of up to a MiB: with asyncio's 64 KiB each would take many wake-ups.
_READ_BYTES = 1 << 20

_log = logging.getLogger(__name__)


class _BridgeEnded(Exception):
    """Before it had answered."""


@dataclass
class _Followed:
    """A run that a sink listens to.

    `last` is the last seq that the sink has kept. `broken`: something was not kept or not told, so the run is to be
    attached to again, which whoever asks for it (`asking`) or `resumption` sees to.
    """

    sink: Sink
    last: int
    delay: float = _FIRST_DELAY
    asking: bool = True
    broken: bool = False
    lost: bool = False
    resumption: asyncio.Task[None] | None = None
    # What a dead bridge had said may still be read while the next one speaks.
    keeping: asyncio.Lock = field(default_factory=asyncio.Lock)


class RayExecutor:
    """Runs on Ray: a head of our own below `state_dir`, or the cluster at `address`.

    The bridge is started by the first call that needs it and again where it dies; what a run wrote meanwhile is
    delivered then. `runtime` names an OCI runtime of the Docker engines, such as `runsc`; `standby` is how many
    containers a node keeps prepared for the runs that came last; `wheel_dir` is a folder of wheels on the nodes, and
    with `offline` the only place that packages come from. Of a cluster: `token_file` holds its token, where Ray's own
    variables do not name it, and `shares_files` says that its nodes have to see what lies below `state_dir`.
    """

    def __init__(
        self,
        state_dir: Path,
        address: str | None = None,
        runtime: str | None = None,
        *,
        standby: int = 0,
        wheel_dir: str | None = None,
        offline: bool = False,
        token_file: str | None = None,
        shares_files: bool = False,
    ) -> None:
        self.on_lost: Callable[[str], Awaitable[None]] | None = None
        self.on_records: Callable[[str | None, list[Record]], None] | None = None
        self._state_dir = state_dir
        self._address = address
        self._runtime = runtime
        self._standby = standby
        self._token_file = token_file
        self._shares_files = shares_files
        self._packages = {"wheel_dir": wheel_dir, "offline": offline}
        self._starting = asyncio.Lock()
        self._bridge: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._next_id = 1
        self._answers: dict[int, tuple[asyncio.subprocess.Process, asyncio.Future[dict[str, Any]]]] = {}
        self._followed: dict[str, _Followed] = {}
        self._closing = False

    async def warm(self) -> None:
        """Start Ray ahead of the first run, which takes some seconds. Raises E_RAY_UNAVAILABLE."""
        await self._request("warm")

    async def submit(self, spec: RunSpec, sink: Sink) -> None:
        """Start a run and feed its events to the sink; the same run_id again starts nothing.

        Raises E_RAY_UNAVAILABLE, E_SANDBOX_FAILED; then nothing of the run goes on, as far as Ray can be told so.
        """
        spec = spec.model_copy(update=self._packages)
        run_id, after = spec.run_id, spec.first_seq - 1
        known = self._followed.get(run_id)
        followed = known or self._followed.setdefault(run_id, _Followed(sink, after))
        try:
            await self._request("submit", followed, run_id=run_id, after=after, spec=spec.model_dump_json())
        except P2NError:
            if known is None:
                self._unfollow(run_id, followed)
                with contextlib.suppress(P2NError, TimeoutError):
                    await asyncio.wait_for(self.cancel(run_id), _CANCEL_SECONDS)
            raise
        self._asked(run_id, followed)

    async def stand_by(self, spec: RunSpec) -> None:
        """A run like this one may come soon: where Ray runs, prepare a container for it in the background.

        Only `standby` of them are kept, and only where environment and data are built. Raises E_RAY_UNAVAILABLE.
        """
        if self._standby:
            await self._request("stand_by", spec=spec.model_copy(update=self._packages).model_dump_json())

    async def on_nodes(self, function: str, **arguments: Any) -> list[dict[str, Any]]:
        """Call `module:name` of ray_runner wherever runs are executed (see `nodes.call`), on this machine without Ray.

        Raises E_RAY_UNAVAILABLE.
        """
        if not self._address:
            return [await asyncio.to_thread(nodes.call, function, arguments)]
        answer = await self._request("on_nodes", function=function, arguments=arguments)
        found: list[dict[str, Any]] = answer["nodes"]
        return found

    async def attach(self, run_id: str, after: int, sink: Sink) -> TaskState:
        """Feed the sink with what comes after seq `after`; of an ended run all is delivered before the answer.

        A run also counts as alive while the sink has failed to keep what it had written. Raises E_RAY_UNAVAILABLE.
        """
        before = self._followed.get(run_id)
        followed = self._followed[run_id] = _Followed(sink, after)
        try:
            answer = await self._request("attach", followed, run_id=run_id, after=after)
        except P2NError:
            if self._unfollow(run_id, followed) and before is not None:
                self._followed[run_id] = before
                self._resume_later(run_id, before)
            raise
        self._asked(run_id, followed)
        if followed.broken:
            return TaskState(known=True, alive=True)
        if not answer["alive"]:
            self._unfollow(run_id, followed)
        return TaskState(**answer)

    async def cancel(self, run_id: str) -> TaskState:
        """Stop the container, then the task; a run that is not known is not alive."""
        return TaskState(**await self._request("cancel", run_id=run_id))

    async def telemetry(self, run_id: str) -> list[Record]:
        """Spans and lines of the processes behind the bridge, of a run that goes on. Raises E_RAY_UNAVAILABLE."""
        found: list[Record] = await self._request("telemetry", run_id=run_id)
        return found

    async def checks(self) -> list[tuple[str, str, str, str, str | None]]:
        """For the doctor: (name, status, message, remediation, url); starts nothing here."""
        found = await asyncio.to_thread(backend_checks, self._state_dir, self._address, self._standby)
        return found + await self._cluster_checks(self._address) if self._address else found

    async def _cluster_checks(self, address: str) -> list[Check]:
        with seen_file(self._state_dir, self._shares_files) as seen:
            try:
                async with asyncio.timeout(_DOCTOR_SECONDS):
                    answers = await self.on_nodes("ray_runner.checks:node_state", seen=seen)
            except TimeoutError:
                return [unreachable(address, f"It gave no answer within {_DOCTOR_SECONDS} s.")]
            except P2NError as error:
                return [unreachable(address, error.info.message, error.info.remediation)]
        return cluster_checks(address, answers, await asyncio.to_thread(own_image))

    async def close(self) -> None:
        """Let go of the bridge; runs and the head go on."""
        self._closing = True
        async with self._starting:
            bridge = self._bridge
        for followed in self._followed.values():
            if followed.resumption is not None:
                followed.resumption.cancel()
        if bridge is not None and bridge.stdin is not None:
            bridge.stdin.close()
            try:
                await asyncio.wait_for(bridge.wait(), _CLOSE_SECONDS)
            except TimeoutError:
                _kill(bridge)
                await bridge.wait()
        if self._reader is not None:
            await asyncio.gather(self._reader, return_exceptions=True)

    async def _request(self, op: str, followed: _Followed | None = None, **fields: Any) -> Any:
        """Every operation may be repeated, so one whose bridge ends under it is tried once more."""
        try:
            try:
                message = await self._ask(op, fields)
            except _BridgeEnded:
                if followed is not None:
                    # The new bridge tells everything again.
                    followed.broken = followed.lost = False
                message = await self._ask(op, fields)
        except _BridgeEnded as error:
            raise _unavailable("The connection to Ray ended.") from error
        if "error" in message:
            raise P2NError.of(ErrorInfo.model_validate(message["error"]))
        return message["result"]

    async def _ask(self, op: str, fields: dict[str, Any]) -> dict[str, Any]:
        bridge = await self._running_bridge()
        request_id = self._next_id
        self._next_id += 1
        answer = asyncio.get_running_loop().create_future()
        self._answers[request_id] = bridge, answer
        if (span := current()) is not None:
            fields = {**fields, "traceparent": span.context.traceparent}
        try:
            assert bridge.stdin is not None
            bridge.stdin.write(json.dumps({"id": request_id, "op": op, **fields}).encode() + b"\n")
            with contextlib.suppress(ConnectionError):
                await bridge.stdin.drain()
            message: dict[str, Any] = await asyncio.wait_for(answer, _REQUEST_SECONDS)
        except TimeoutError as error:
            if op == "submit":
                # Nor may it start the run later, when nobody listens any more.
                _kill(bridge)
            raise _unavailable(f"Ray gave no answer within {_REQUEST_SECONDS} s.") from error
        finally:
            self._answers.pop(request_id, None)
        return message

    async def _running_bridge(self) -> asyncio.subprocess.Process:
        async with self._starting:
            if self._closing:
                raise _unavailable("The server is closing.")
            if self._bridge is None or self._bridge.returncode is not None:
                try:
                    self._bridge = await self._start()
                except OSError as error:
                    _log.exception("the bridge to Ray could not be started")
                    raise _unavailable("The bridge to Ray could not be started.") from error
                self._reader = asyncio.ensure_future(self._read(self._bridge))
            return self._bridge

    async def _start(self) -> asyncio.subprocess.Process:
        folder = self._state_dir.absolute() / "ray"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        command = [sys.executable, "-m", "ray_runner.bridge", f"--state-dir={self._state_dir.absolute()}"]
        if self._address:
            command.append(f"--address={self._address}")
        if self._runtime:
            command.append(f"--runtime={self._runtime}")
        command.append(f"--standby={self._standby}")
        path = os.pathsep.join([*import_roots(), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
        log_file = folder / "bridge.log"
        if log_file.exists() and log_file.stat().st_size > _LOG_BYTES:
            log_file.replace(folder / "bridge.log.1")
        with log_file.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                limit=_READ_BYTES,
                # Ray puts the driver's folder before all others that workers import from, and this one is a person's.
                cwd="/",
                env=self._environment() | {"PYTHONPATH": path},
                # Ctrl-C in the server's terminal is the server's to handle.
                start_new_session=True,
            )

    def _environment(self) -> dict[str, str]:
        environment = inherited()
        if self._token_file:
            # Ray would take the token itself before the file.
            environment.pop("RAY_AUTH_TOKEN", None)
            path = str(Path(self._token_file).expanduser().absolute())
            environment |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": path}
        return environment

    async def _read(self, bridge: asyncio.subprocess.Process) -> None:
        try:
            await self._hear(bridge)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        except Exception:
            _log.exception("what the bridge to Ray said could not be understood; it is started again")
            _kill(bridge)
        try:
            await asyncio.wait_for(bridge.wait(), _CLOSE_SECONDS)
        except TimeoutError:
            # Its stdout has ended and it has not.
            _kill(bridge)
            await bridge.wait()
        for asked, answer in self._answers.values():
            if asked is bridge and not answer.done():
                answer.set_exception(_BridgeEnded())
        for run_id, followed in self._followed.items():
            self._resume_later(run_id, followed)

    async def _hear(self, bridge: asyncio.subprocess.Process) -> None:
        assert bridge.stdout is not None
        while line := await bridge.stdout.readline():
            message = json.loads(line)
            if "size" in message:
                body = await bridge.stdout.readexactly(message["size"])
                await self._feed(message["run_id"], body.split(b"\n")[:-1])
            elif "run_id" in message:
                body = await bridge.stdout.readexactly(message["records"])
                self._tell(message["run_id"], [json.loads(line) for line in body.split(b"\n")[:-1]])
            elif "lost" in message:
                await self._lost(message["lost"])
            elif (asked := self._answers.get(message["id"])) is not None and not asked[1].done():
                self._tell(None, message.pop("records", []))
                asked[1].set_result(message)

    def _tell(self, run_id: str | None, records: list[Record]) -> None:
        """`run_id`: of a run that has ended, and of which these are the last."""
        if self.on_records is not None and (records or run_id):
            self.on_records(run_id, records)

    async def _feed(self, run_id: str, events: list[bytes]) -> None:
        followed = self._followed.get(run_id)
        if followed is None:
            return
        async with followed.keeping:
            # A bridge may tell again what came before it was asked to go on from elsewhere.
            fresh = [event for event in events if sequence_number(event) > followed.last]
            if not fresh or sequence_number(fresh[0]) != followed.last + 1:
                return
            try:
                await followed.sink(run_id, fresh)
            except Exception:
                _log.exception("events of run %s could not be kept; they are asked for again", run_id)
                self._resume_later(run_id, followed)
                return
            followed.last = sequence_number(fresh[-1])
        followed.delay = _FIRST_DELAY
        if is_end(fresh[-1]):
            self._unfollow(run_id, followed)

    async def _lost(self, run_id: str) -> None:
        followed = self._followed.get(run_id)
        if followed is None:
            return
        if followed.broken or followed.resumption is not None:
            # Some of its events may not be kept yet; the resumption settles it.
            followed.lost = True
        else:
            await self._forget(run_id, followed)

    async def _forget(self, run_id: str, followed: _Followed) -> None:
        try:
            if self.on_lost is not None:
                await self.on_lost(run_id)
        except Exception:
            _log.exception("the loss of run %s could not be told; it is told again", run_id)
            self._resume_later(run_id, followed)
            return
        self._unfollow(run_id, followed)

    def _unfollow(self, run_id: str, followed: _Followed) -> bool:
        mine = self._followed.get(run_id) is followed
        if mine:
            del self._followed[run_id]
        return mine

    def _asked(self, run_id: str, followed: _Followed) -> None:
        followed.asking = False
        if followed.broken:
            self._resume_later(run_id, followed)

    def _resume_later(self, run_id: str, followed: _Followed) -> None:
        followed.broken = True
        if followed.resumption is None and not followed.asking and not self._closing:
            followed.resumption = asyncio.ensure_future(self._resume(run_id, followed))

    async def _resume(self, run_id: str, followed: _Followed) -> None:
        """Take a run up again behind what its sink has kept: until that works, or the backend says that it is gone."""
        try:
            while followed.broken and self._followed.get(run_id) is followed:
                await asyncio.sleep(followed.delay)
                followed.delay = min(followed.delay * 2, _LONGEST_DELAY)
                followed.broken = followed.lost = False
                try:
                    answer = await self._request("attach", run_id=run_id, after=followed.last)
                except Exception as error:
                    _log.warning("run %s can't be followed for now: %s", run_id, error)
                    followed.broken = True
                    continue
                gone = followed.lost or not answer["alive"]
                if gone and not followed.broken and self._followed.get(run_id) is followed:
                    await self._forget(run_id, followed)
        finally:
            followed.resumption = None


def _kill(bridge: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        bridge.kill()


def _unavailable(message: str) -> P2NError:
    return P2NError(
        ErrorCode.E_RAY_UNAVAILABLE,
        message,
        "Run `jupyter p2n doctor`; bridge.log in the state folder says more.",
    )
