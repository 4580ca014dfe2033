"""The server's side of the bridge: asyncio only, nothing of Ray is imported here."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from p2n_schemas.errors import ErrorCode, ErrorInfo, P2NError
from p2n_schemas.execution import TaskState
from p2n_schemas.runs import RunSpec

from .checks import backend_checks
from .head import import_roots
from .workdir import is_end, sequence_number

Sink = Callable[[str, list[bytes]], Awaitable[None]]

_REQUEST_SECONDS = 180
_RESTARTS = 5
_CLOSE_SECONDS = 5


class RayExecutor:
    """Runs on Ray: a head of our own below `state_dir`, or the cluster at `address`.

    The bridge is started by the first call that needs it and again where it dies; what a run wrote meanwhile is
    delivered then. `runtime` names an OCI runtime of the Docker engines, such as `runsc`.
    """

    def __init__(self, state_dir: Path, address: str | None = None, runtime: str | None = None) -> None:
        self.on_lost: Callable[[str], Awaitable[None]] | None = None
        self._state_dir = state_dir
        self._address = address
        self._runtime = runtime
        self._starting = asyncio.Lock()
        self._bridge: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._reviver: asyncio.Task[None] | None = None
        self._next_id = 1
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._followed: dict[str, tuple[Sink, int]] = {}
        self._closing = False

    async def warm(self) -> None:
        """Start Ray ahead of the first run, which takes some seconds. Raises E_RAY_UNAVAILABLE."""
        await self._request("warm")

    async def submit(self, spec: RunSpec, sink: Sink) -> None:
        """Start a run and feed its events to the sink; the same run_id again starts nothing.

        Raises E_RAY_UNAVAILABLE.
        """
        after = spec.first_seq - 1
        self._followed.setdefault(spec.run_id, (sink, after))
        try:
            await self._request("submit", run_id=spec.run_id, after=after, spec=spec.model_dump_json())
        except P2NError:
            self._followed.pop(spec.run_id, None)
            raise

    async def attach(self, run_id: str, after: int, sink: Sink) -> TaskState:
        """Feed the sink with what comes after seq `after`; of an ended run all is delivered before the answer."""
        self._followed[run_id] = (sink, after)
        answer = await self._request("attach", run_id=run_id, after=after)
        if not answer["alive"]:
            self._followed.pop(run_id, None)
        return TaskState(**answer)

    async def cancel(self, run_id: str) -> TaskState:
        """Stop the container, then the task; a run that is not known is not alive."""
        return TaskState(**await self._request("cancel", run_id=run_id))

    async def checks(self) -> list[tuple[str, str, str, str, str | None]]:
        """For the doctor: (name, status, message, remediation, url); starts nothing."""
        return await asyncio.to_thread(backend_checks, self._state_dir, self._address)

    async def close(self) -> None:
        """Let go of the bridge; runs and the head go on."""
        self._closing = True
        bridge = self._bridge
        if self._reviver is not None:
            self._reviver.cancel()
        if bridge is not None and bridge.stdin is not None:
            bridge.stdin.close()
            try:
                await asyncio.wait_for(bridge.wait(), _CLOSE_SECONDS)
            except TimeoutError:
                bridge.kill()
                await bridge.wait()
        if self._reader is not None:
            await asyncio.gather(self._reader, return_exceptions=True)
        self._fail_all("The server is closing.")

    async def _request(self, op: str, **fields: Any) -> dict[str, Any]:
        bridge = await self._running_bridge()
        request_id = self._next_id
        self._next_id += 1
        answer = asyncio.get_running_loop().create_future()
        self._answers[request_id] = answer
        try:
            assert bridge.stdin is not None
            bridge.stdin.write(json.dumps({"id": request_id, "op": op, **fields}).encode() + b"\n")
            with contextlib.suppress(ConnectionError):
                await bridge.stdin.drain()
            message: dict[str, Any] = await asyncio.wait_for(answer, _REQUEST_SECONDS)
        except TimeoutError as error:
            raise _unavailable(f"Ray gave no answer within {_REQUEST_SECONDS} s.") from error
        finally:
            self._answers.pop(request_id, None)
        if "error" in message:
            raise P2NError.of(ErrorInfo.model_validate(message["error"]))
        result: dict[str, Any] = message["result"]
        return result

    async def _running_bridge(self) -> asyncio.subprocess.Process:
        async with self._starting:
            if self._closing:
                raise _unavailable("The server is closing.")
            if self._bridge is None or self._bridge.returncode is not None:
                self._bridge = await self._start()
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
        path = os.pathsep.join([*import_roots(), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
        with (folder / "bridge.log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env=os.environ | {"PYTHONPATH": path},
                # Ctrl-C in the server's terminal is the server's to handle.
                start_new_session=True,
            )

    async def _read(self, bridge: asyncio.subprocess.Process) -> None:
        assert bridge.stdout is not None
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while line := await bridge.stdout.readline():
                message = json.loads(line)
                if "size" in message:
                    body = await bridge.stdout.readexactly(message["size"])
                    await self._feed(message["run_id"], body.split(b"\n")[:-1])
                elif "lost" in message:
                    await self._forget(message["lost"])
                elif (answer := self._answers.get(message["id"])) is not None and not answer.done():
                    answer.set_result(message)
        await bridge.wait()
        if self._closing:
            return
        self._fail_all("The bridge to Ray ended; it is started again.")
        if self._followed and self._reviver is None:
            self._reviver = asyncio.ensure_future(self._revive())

    async def _feed(self, run_id: str, events: list[bytes]) -> None:
        followed = self._followed.get(run_id)
        if followed is None:
            return
        sink, last = followed
        # After the bridge was started anew it may tell again what came while it was dying.
        fresh = [event for event in events if sequence_number(event) > last]
        if not fresh:
            return
        if is_end(fresh[-1]):
            self._followed.pop(run_id)
        else:
            self._followed[run_id] = (sink, sequence_number(fresh[-1]))
        await sink(run_id, fresh)

    async def _forget(self, run_id: str) -> None:
        if self._followed.pop(run_id, None) is not None and self.on_lost is not None:
            await self.on_lost(run_id)

    async def _revive(self) -> None:
        """Take up every followed run again after the bridge died."""
        try:
            for attempt in range(_RESTARTS):
                await asyncio.sleep(0.2 * 2**attempt)
                try:
                    for run_id, (sink, last) in list(self._followed.items()):
                        state = await self.attach(run_id, last, sink)
                        if not state.known and self.on_lost is not None:
                            await self.on_lost(run_id)
                    return
                except P2NError:
                    continue
            for run_id in list(self._followed):
                await self._forget(run_id)
        finally:
            self._reviver = None

    def _fail_all(self, message: str) -> None:
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(_unavailable(message))


def _unavailable(message: str) -> P2NError:
    return P2NError(
        ErrorCode.E_RAY_UNAVAILABLE,
        message,
        "Run `jupyter p2n doctor`; bridge.log in the state folder says more.",
    )
