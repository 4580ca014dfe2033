"""Many viewers of one stream in a process of its own, as cheap as can be: one poll, one buffer, bytes only.

usage: python -m benchmarks.viewers < {"port", "path", "token", "viewers", "keep"}

Prints `watching` when each viewer has had its first bytes, and at the end a JSON object (see Watched). The first viewer's
stream goes to the file `keep`, to be looked through later; of the others bytes and ids are counted.
"""

from __future__ import annotations

import json
import selectors
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_BUFFER = 1 << 18
_ID = b"\nid: "
_LINES = b"event: log_line"
_PING = b": ping\n\n"
_OVERLAP = 32
_SECONDS = 900
_WATCHING = "watching"


@dataclass
class Viewer:
    """What one of them has seen: `begun` and `ended` are when its first and last lines came."""

    connection: socket.socket
    head: bytearray = field(default_factory=bytearray)
    in_body: bool = False
    tail: bytes = b""
    size: int = 0
    ids: int = 0
    begun: float | None = None
    ended: float = 0.0


@dataclass(frozen=True)
class Watched:
    """`begun` is when the first viewer got its first line, `ended` when the last got its last (time.perf_counter, which
    on Linux all processes share); the lists are by viewer."""

    begun: float
    ended: float
    sizes: list[int]
    ids: list[int]

    @property
    def seconds(self) -> float:
        return self.ended - self.begun


class Watching:
    """The process from outside; `begin` returns when all viewers watch, `end` when all streams have ended."""

    def __init__(self, port: int, path: str, token: str, viewers: int, keep: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.viewers"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parent.parent,
        )
        asked = {"port": port, "path": path, "token": token, "viewers": viewers, "keep": str(keep)}
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asked))
        self._process.stdin.close()

    def begin(self) -> None:
        if self._line() != _WATCHING:
            raise RuntimeError("the viewers could not connect")

    def end(self) -> Watched:
        line = self._line()
        found = json.loads(self._line() if line == _WATCHING else line)
        if self._process.wait(30) != 0:
            raise RuntimeError("the viewers failed")
        return Watched(**found)

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def __enter__(self) -> Watching:
        return self

    def __exit__(self, *exc: object) -> None:
        self._process.kill()
        self._process.wait(30)
        assert self._process.stdout is not None
        self._process.stdout.close()


def watch(asked: dict[str, Any]) -> Watched:
    # HTTP/1.0: the body comes without chunks and ends with the connection.
    request = (
        f"GET {asked['path']} HTTP/1.0\r\nHost: 127.0.0.1:{asked['port']}\r\nAccept: text/event-stream\r\n"
        f"Authorization: token {asked['token']}\r\n\r\n"
    ).encode()
    selector = selectors.DefaultSelector()
    viewers = []
    for _ in range(asked["viewers"]):
        connection = socket.create_connection(("127.0.0.1", asked["port"]), timeout=60)
        connection.sendall(request)
        connection.setblocking(False)
        viewers.append(Viewer(connection))
        selector.register(connection, selectors.EVENT_READ, viewers[-1])
    buffer = bytearray(_OVERLAP + _BUFFER)
    waiting = open_ones = len(viewers)
    until = time.monotonic() + _SECONDS
    with open(asked["keep"], "wb") as kept:
        while open_ones:
            if time.monotonic() > until:
                raise TimeoutError(f"{open_ones} streams did not end within {_SECONDS} s")
            for key, _ in selector.select(1.0):
                viewer: Viewer = key.data
                was_silent = viewer.size == 0
                if not _read(viewer, buffer, kept if viewer is viewers[0] else None):
                    selector.unregister(viewer.connection)
                    viewer.connection.close()
                    open_ones -= 1
                if was_silent and viewer.size:
                    waiting -= 1
                    if waiting == 0:
                        print(_WATCHING, flush=True)
    begun = [viewer.begun for viewer in viewers if viewer.begun is not None]
    if len(begun) < len(viewers):
        raise RuntimeError(
            f"{len(viewers) - len(begun)} viewers saw no line: {bytes(viewers[0].head[:300])!r}"
        )
    return Watched(
        begun=min(begun),
        ended=max(viewer.ended for viewer in viewers),
        sizes=[viewer.size for viewer in viewers],
        ids=[viewer.ids for viewer in viewers],
    )


def _read(viewer: Viewer, buffer: bytearray, kept: Any) -> bool:
    """Take what is there; false at the stream's end."""
    overlap = len(viewer.tail)
    buffer[:overlap] = viewer.tail
    got = viewer.connection.recv_into(memoryview(buffer)[overlap : overlap + _BUFFER])
    if got == 0:
        return False
    start, end = overlap, overlap + got
    if not viewer.in_body:
        viewer.head += buffer[:end]
        split = viewer.head.find(b"\r\n\r\n")
        if split < 0:
            viewer.head, viewer.tail = viewer.head[:-1], bytes(viewer.head[-1:])
            return True
        if b" 200 " not in viewer.head[:20]:
            raise RuntimeError(bytes(viewer.head[:300]).decode(errors="replace"))
        viewer.in_body = True
        body = viewer.head[split + 4 :]
        start, end = 0, len(body)
        buffer[:end] = body
        overlap = 0
    size = end - start
    if kept is not None:
        kept.write(memoryview(buffer)[start:end])
    # A needle is longer than what is kept of it, so none counts twice.
    keep = len(_ID) - 1
    viewer.ids += buffer.count(_ID, max(0, start - keep), end)
    now = time.perf_counter()
    if buffer.find(_LINES, max(0, start - overlap), end) >= 0:
        viewer.begun = viewer.begun or now
        viewer.ended = now
    if size < 1024:
        # A comment that comes by the clock is no part of the stream that all viewers share.
        size -= buffer.count(_PING, start, end) * len(_PING)
    viewer.size += size
    viewer.tail = bytes(buffer[max(0, end - keep) : end])
    return True


if __name__ == "__main__":
    found = watch(json.load(sys.stdin))
    print(json.dumps(found.__dict__), flush=True)
