"""A real Jupyter Server in a process of its own, and a small client that sees what any REST client sees."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from p2n_ext.handlers import API_PATH
from p2n_schemas.errors import ErrorBody, P2NError


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class LiveServer:
    """`jupyter server` on loopback with a token; `extension=False` leaves P2N out, for comparison."""

    def __init__(self, data_dir: Path, *, extension: bool = True, options: tuple[str, ...] = ()) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self.token = secrets.token_hex(16)
        self._log = data_dir.parent / f"server-{self.port}.log"
        data_dir.parent.mkdir(parents=True, exist_ok=True)
        config = data_dir.parent / f"jupyter-{self.port}"
        config.mkdir()
        switches = {"ServerApp": {"jpserver_extensions": {"p2n_ext": extension}}}
        (config / "jupyter_server_config.json").write_text(json.dumps(switches))
        self._environment = os.environ | {
            "JUPYTER_CONFIG_DIR": str(config),
            "JUPYTER_RUNTIME_DIR": str(config / "runtime"),
            "JUPYTER_TOKEN": self.token,
        }
        self._command = [
            sys.executable,
            "-m",
            "jupyter_server",
            "--no-browser",
            "--ServerApp.ip=127.0.0.1",
            f"--ServerApp.port={self.port}",
            "--ServerApp.port_retries=0",
            "--ServerApp.allow_root=True",
            f"--ServerApp.root_dir={config}",
            f"--P2NApp.data_dir={data_dir}",
            *options,
        ]
        self.start()

    def start(self) -> None:
        """At the same address and with the same token, also after it was killed or stopped."""
        self._out = self._log.open("ab")
        self.process = subprocess.Popen(
            self._command, stdout=self._out, stderr=subprocess.STDOUT, env=self._environment
        )
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + 180
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            with contextlib.suppress(OSError):
                if self.request("GET", "/api")[0] == 200:
                    return
            time.sleep(0.01)
        raise RuntimeError(f"the server did not start:\n{self._log.read_text()[-4000:]}")

    @contextlib.contextmanager
    def _open(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str], timeout: float
    ) -> Iterator[http.client.HTTPResponse]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        target = path if path.startswith((API_PATH, "/api", "/metrics")) else API_PATH + path
        try:
            connection.request(method, target, body, {"Authorization": f"token {self.token}"} | headers)
            with connection.getresponse() as response:
                yield response
        finally:
            connection.close()

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        """Status and body; `path` is below our API unless it is a signed link, or one of the server's own."""
        with self._open(method, path, body, headers or {}, 120) as response:
            return response.status, response.read()

    def call(self, method: str, path: str, value: Any = None, headers: dict[str, str] | None = None) -> Any:
        """JSON in, JSON out. Raises P2NError with the error that the body names."""
        body = None if value is None and method == "GET" else json.dumps(value or {}).encode()
        status, data = self.request(
            method, path, body, {"Content-Type": "application/json"} | (headers or {})
        )
        if status >= 400:
            raise P2NError.of(ErrorBody.model_validate_json(data).error)
        return json.loads(data) if data else None

    def events(self, path: str, method: str = "GET", timeout: float = 120) -> Iterator[dict[str, Any]]:
        """The events of a stream, as they arrive, until it closes."""
        with self._open(method, path, None, {"Accept": "text/event-stream"}, timeout) as response:
            if response.status != 200:
                raise P2NError.of(ErrorBody.model_validate_json(response.read()).error)
            while line := response.readline():
                if line.startswith(b"data: "):
                    yield json.loads(line[6:])

    def prepare(self, budget_minutes: int = 10) -> dict[str, Any]:
        """The sample paper, read, planned and materialized: its plan."""
        paper = self.call("POST", "/papers/sample")["paper"]
        list(self.events(f"/papers/{paper['id']}/extract", method="POST"))
        plan = self.call("POST", f"/papers/{paper['id']}/plans", {"budget_minutes": budget_minutes})
        return dict(self.call("POST", f"/plans/{plan['id']}/materialize"))

    def kill(self) -> None:
        """kill -9, as a crash would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(30)
        self._out.close()

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(30)
        self._out.close()

    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def __enter__(self) -> LiveServer:
        return self

    def __exit__(self, *exc: object) -> None:
        if self.process.poll() is None:
            self.stop()
