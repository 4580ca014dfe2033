"""What tornado alone gives: the events of a file, from memory, to as many clients as are announced.

usage: python -m benchmarks.tornado_alone FILE VIEWERS

Prints its port. Nobody is sent a line before all are there, as with a run that is watched from its start.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

from tornado import web
from tornado.httpserver import HTTPServer
from tornado.iostream import StreamClosedError
from tornado.netutil import bind_sockets


class TornadoAlone:
    """The process from outside."""

    def __init__(self, file: Path, viewers: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.tornado_alone", str(file), str(viewers)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parent.parent,
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    def __enter__(self) -> TornadoAlone:
        return self

    def __exit__(self, *exc: object) -> None:
        self._process.kill()
        self._process.wait(30)
        assert self._process.stdout is not None
        self._process.stdout.close()


async def serve(file: Path, viewers: int) -> None:
    hello, *frames = [frame + b"\n\n" for frame in file.read_bytes().split(b"\n\n")[:-1]]
    everyone = asyncio.Event()
    there = 0

    class Stream(web.RequestHandler):
        async def get(self) -> None:
            nonlocal there
            there += 1
            if there == viewers:
                asyncio.get_running_loop().call_later(1.0, everyone.set)
            self.set_header("Content-Type", "text/event-stream")
            try:
                self.write(hello)
                await self.flush()
                await everyone.wait()
                for frame in frames:
                    self.write(frame)
                    await self.flush()
            except StreamClosedError:
                return

    class Status(web.RequestHandler):
        def get(self) -> None:
            self.finish({"started": True})

    [socket] = bind_sockets(0, "127.0.0.1")
    HTTPServer(web.Application([("/stream", Stream), ("/api/status", Status)])).add_socket(socket)
    print(socket.getsockname()[1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2])))
