"""One container from its creation to its end: attach before start, both pipes always drained, gone afterwards."""

from __future__ import annotations

import contextlib
import io
import socket
import tarfile
import threading
import time
from collections.abc import Callable
from typing import IO, TYPE_CHECKING, Any

from p2n_schemas.errors import ErrorCode, P2NError

from .engine import docker_errors
from .protocol import Outcome

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

# How often a container that prints nothing is looked at for its deadline and for cancellation.
_POLL_SECONDS = 0.2
_GONE_SECONDS = 30
_DIAGNOSTICS_BYTES = 8192
_HEADER = 8
_STDERR = 2
# What `docker rm -f` ends a container with.
_REMOVED_STATUS = 137

Bytes = Callable[[bytes], None]


def run_container(
    client: DockerClient,
    settings: dict[str, Any],
    *,
    deadline: float,
    cancelled: Callable[[], bool],
    on_stdout: Bytes,
    on_stderr: Bytes | None = None,
    stdin: bytes = b"",
    files: dict[str, tuple[bytes, int]] | None = None,
    archive: IO[bytes] | None = None,
) -> Outcome:
    """Create, attach, start, drain, remove. `settings` are docker-py's for `containers.create`.

    `files` (path → bytes and mode) and `archive` (a tar) are copied in before the start. `deadline` is seconds since the epoch.
    """
    with docker_errors("create a container"):
        container: Container = client.containers.create(**settings, stdin_open=bool(stdin), detach=True)

    def begin() -> Any:
        if files:
            container.put_archive("/", _tar(files))
        if archive is not None:
            container.put_archive("/", archive)
        attached = attach(container, with_stdin=bool(stdin))
        container.start()
        return attached

    return drain(
        container,
        begin,
        deadline=deadline,
        cancelled=cancelled,
        on_stdout=on_stdout,
        on_stderr=on_stderr,
        stdin=stdin,
        memory_limit=settings.get("mem_limit"),
    )


def drain(
    container: Container,
    begin: Callable[[], Any],
    *,
    deadline: float,
    cancelled: Callable[[], bool],
    on_stdout: Bytes,
    on_stderr: Bytes | None = None,
    stdin: bytes = b"",
    memory_limit: int | None = None,
) -> Outcome:
    """From the start to the removal; `begin` starts the container, or wakes it, and gives its attached stream."""
    tail = bytearray()

    def keep_tail(data: bytes) -> None:
        tail.extend(data)
        del tail[:-_DIAGNOSTICS_BYTES]
        if on_stderr is not None:
            on_stderr(data)

    timed_out = was_cancelled = False
    attached: Any = None
    try:
        with docker_errors("start a container"):
            attached = begin()
            stream = socket_of(attached)
        writer = threading.Thread(target=write, args=(stream, stdin), daemon=True)
        writer.start()
        demultiplexer = Demultiplexer(on_stdout, keep_tail)
        stream.settimeout(_POLL_SECONDS)
        give_up = float("inf")
        while time.monotonic() < give_up:
            try:
                data = stream.recv(1 << 20)
            except TimeoutError:
                data = None
            except OSError:
                # The engine went away; asking it how the container ended will tell.
                break
            if data == b"":
                break
            if data:
                demultiplexer.feed(data)
            if not (timed_out or was_cancelled):
                timed_out = time.time() > deadline
                was_cancelled = cancelled()
                if timed_out or was_cancelled:
                    _kill(container)
                    give_up = time.monotonic() + _GONE_SECONDS
        status, out_of_memory = _ended(container)
    finally:
        if attached is not None:
            detach(attached)
        remove(container)
    return Outcome(
        exit_status=_REMOVED_STATUS if status is None else status,
        out_of_memory=out_of_memory,
        # The reaper removes what is past its deadline.
        timed_out=timed_out or (status is None and time.time() > deadline),
        cancelled=was_cancelled or cancelled(),
        removed=status is None,
        memory_limit=memory_limit,
        diagnostics=tail.decode(errors="replace"),
    )


class Demultiplexer:
    """Parts Docker's attach stream: 8 bytes of header (stream, length) before each piece."""

    def __init__(self, on_stdout: Bytes, on_stderr: Bytes) -> None:
        self._on_stdout = on_stdout
        self._on_stderr = on_stderr
        self._header = bytearray()
        self._left = 0
        self._sink = on_stdout

    def feed(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            if self._left == 0:
                needed = _HEADER - len(self._header)
                self._header += view[:needed]
                view = view[needed:]
                if len(self._header) < _HEADER:
                    return
                self._left = int.from_bytes(self._header[4:], "big")
                self._sink = self._on_stderr if self._header[0] == _STDERR else self._on_stdout
                self._header.clear()
                continue
            piece = view[: self._left]
            self._left -= len(piece)
            view = view[len(piece) :]
            self._sink(bytes(piece))


def remove(container: Container) -> None:
    """Remove a container and make sure that it is gone. Raises E_SANDBOX_FAILED where it stays."""
    import docker.errors

    until = time.monotonic() + _GONE_SECONDS
    while True:
        with docker_errors("remove a container"):
            try:
                container.remove(force=True, v=True)
            except docker.errors.NotFound:
                return
            except docker.errors.APIError as error:
                # 409: its removal is under way already.
                if error.status_code != 409 or time.monotonic() > until:
                    raise
            try:
                container.reload()
            except docker.errors.NotFound:
                return
        if time.monotonic() > until:
            raise P2NError(
                ErrorCode.E_SANDBOX_FAILED,
                f"Container {container.short_id} could not be removed.",
                "Remove it by hand: docker rm -f; the engine's log says what holds it.",
            )
        time.sleep(0.1)


def _kill(container: Container) -> None:
    import docker.errors

    # It may have ended by itself, or the dispatcher removed it: the attach stream ends either way.
    with docker_errors("kill a container"), contextlib.suppress(docker.errors.APIError):
        container.kill()


def _ended(container: Container) -> tuple[int | None, bool]:
    """Its exit status, None where someone removed it, and whether the engine saw it run out of memory."""
    import docker.errors

    with docker_errors("wait for a container"):
        try:
            status = int(container.wait(timeout=_GONE_SECONDS)["StatusCode"])
            container.reload()
        except docker.errors.NotFound:
            return None, False
    # One that is being removed is no longer asked for its state, but may still be found.
    state = container.attrs["State"]
    if state.get("Dead") or state.get("Status") == "removing":
        return None, bool(state.get("OOMKilled"))
    return status, bool(state.get("OOMKilled"))


def attach(container: Container, *, with_stdin: bool) -> Any:
    """The stream of its output, and of its stdin; what it says while nobody is attached is lost."""
    params = {"stdin": int(with_stdin), "stdout": 1, "stderr": 1, "stream": 1}
    return container.attach_socket(params=params)


def socket_of(attached: Any) -> socket.socket:
    # docker-py wraps a plain socket in SocketIO, which closes it when collected; a TLS one comes as it is.
    stream: socket.socket = getattr(attached, "_sock", attached)
    return stream


def detach(attached: Any) -> None:
    stream = socket_of(attached)
    for end in (getattr(attached, "_response", stream), attached, stream):
        # They share one socket; whoever closes it first leaves the others to complain.
        with contextlib.suppress(OSError, ValueError):
            end.close()


def write(stream: socket.socket, data: bytes) -> None:
    """Send all of it, as far as the other side takes it."""
    view = memoryview(data)
    while view:
        try:
            view = view[stream.send(view[: 1 << 16]) :]
        except TimeoutError:
            continue
        except OSError:
            return


def _tar(files: dict[str, tuple[bytes, int]]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for path, (data, mode) in files.items():
            entry = tarfile.TarInfo(path.lstrip("/"))
            entry.size = len(data)
            entry.mode = mode
            tar.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()
