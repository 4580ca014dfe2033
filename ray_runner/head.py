"""A Ray head of our own on this machine: a process that outlives whoever started it.

Own temporary folder, own ports, loopback only, token authentication on; another Ray is never touched.
`python -m ray_runner.head status|stop --state-dir …` looks at it or ends it.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from p2n_schemas.errors import ErrorCode, P2NError

from .processes import alive, descendants, inherited, mentioning
from .sandbox.engine import HEAD_VARIABLE
from .sandbox.reaper import stop_head

_OBJECT_STORE_BYTES = 256 * 1024**2
_MIN_CPUS = 2
_MIN_MEMORY = 4 * 1024**3
_IDLE_WORKERS = 2
_IDLE_WORKER_SECONDS = 3600
_START_SECONDS = 90
_START_TRIES = 2
_START_LOG = "head-start.log"
_STOP_SECONDS = 3
_PORT_OPTIONS = (
    "--port",
    "--dashboard-port",
    "--dashboard-agent-listen-port",
    "--metrics-export-port",
    "--ray-client-server-port",
    "--runtime-env-agent-port",
)


@dataclass(frozen=True)
class HeadInfo:
    """Where a head answers; `code` tells which sources of ours its workers run."""

    address: str
    dashboard: str
    temp_dir: str
    code: str
    started: float


class Head:
    """The head that belongs to one state directory."""

    def __init__(self, state_dir: Path) -> None:
        self._folder = state_dir.absolute() / "ray"
        self._file = self._folder / "head.json"
        digest = self.name = hashlib.sha256(str(self._folder).encode()).hexdigest()[:8]
        # Short: sockets below it must keep their paths under 107 bytes.
        self.temp_dir = Path("/tmp" if os.path.isdir("/tmp") else tempfile.gettempdir()) / f"p2n-ray-{digest}"

    def environment(self) -> dict[str, str]:
        """What every process that joins this head needs to be set."""
        return {
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN_PATH": str(self._token()),
            "RAY_TMPDIR": str(self.temp_dir),
            "RAY_USAGE_STATS_ENABLED": "0",
            HEAD_VARIABLE: self.name,
            # The container's own limits bind; Ray must not end a worker because a notebook fills the machine.
            "RAY_memory_monitor_refresh_ms": "0",
            # Ray ends idle workers after a second, and the next run would wait for a new process. There are never more
            # of them than tasks that went on at once.
            "RAY_idle_worker_killing_time_threshold_ms": str(_IDLE_WORKER_SECONDS * 1000),
            "RAY_num_workers_soft_limit": str(_cpus() // 2 + _IDLE_WORKERS),
            "PYTHONPATH": os.pathsep.join([*import_roots(), os.environ.get("PYTHONPATH", "")]).rstrip(
                os.pathsep
            ),
        }

    def find(self) -> HeadInfo | None:
        """The recorded head, if it lives."""
        try:
            info = HeadInfo(**json.loads(self._file.read_text()))
        except (OSError, ValueError, TypeError):
            return None
        host, port = info.address.rsplit(":", 1)
        try:
            socket.create_connection((host, int(port)), timeout=10).close()
        except OSError:
            return None
        # Another program may have got the port since.
        return info if mentioning(f"{self.temp_dir}/") else None

    def ensure(self) -> HeadInfo:
        """The head, started first where none lives (some seconds). Raises E_RAY_UNAVAILABLE."""
        with self._locked():
            found = self.find()
            if found is not None:
                return found
            self._end_processes()
            return self._start()

    def stop(self) -> bool:
        """End this head and nothing else; true where there was something to end."""
        with self._locked():
            return self._end_processes()

    def _start(self) -> HeadInfo:
        for _ in range(_START_TRIES):
            # New ports each time: another program may have got one.
            ports = dict(zip(_PORT_OPTIONS, _free_ports(len(_PORT_OPTIONS)), strict=True))
            if self._try_start(ports):
                return self._record(ports)
            self._end_processes()
        raise P2NError(
            ErrorCode.E_RAY_UNAVAILABLE,
            "The Ray head did not start.",
            f"{_START_LOG} in the folder `ray` of P2N's state says why; `jupyter p2n doctor` shows what else P2N needs.",
            {"log": _START_LOG},
        )

    def _try_start(self, ports: dict[str, int]) -> bool:
        """Ray itself gives up where its node is not up within 30 s, as on a machine that is busy."""
        shutil.rmtree(self.temp_dir, ignore_errors=True)
        self.temp_dir.mkdir(mode=0o700, parents=True)
        command = [
            sys.executable,
            "-m",
            "ray.scripts.scripts",
            "start",
            "--head",
            "--node-ip-address=127.0.0.1",
            "--dashboard-host=127.0.0.1",
            "--include-dashboard=true",
            "--include-log-monitor=false",
            "--disable-usage-stats",
            "--log-style=record",
            "--log-color=false",
            # 0: workers take any free port, where a fixed range would meet another Ray's.
            "--min-worker-port=0",
            "--max-worker-port=0",
            f"--temp-dir={self.temp_dir}",
            f"--num-cpus={_cpus()}",
            f"--memory={max(_machine_memory() * 3 // 4, _MIN_MEMORY)}",
            f"--object-store-memory={_OBJECT_STORE_BYTES}",
            *(f"{option}={port}" for option, port in ports.items()),
        ]
        with (self._folder / _START_LOG).open("wb") as output:
            try:
                # A session of its own: neither Ctrl-C in the server's terminal nor its end reaches the head.
                done = subprocess.run(
                    command,
                    env=_inherited() | self.environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                    timeout=_START_SECONDS,
                    check=False,
                    cwd="/",
                )
            except subprocess.TimeoutExpired:
                return False
        return done.returncode == 0

    def _record(self, ports: dict[str, int]) -> HeadInfo:
        info = HeadInfo(
            address=f"127.0.0.1:{ports['--port']}",
            dashboard=f"http://127.0.0.1:{ports['--dashboard-port']}",
            temp_dir=str(self.temp_dir),
            code=code_digest(),
            started=time.time(),
        )
        temporary = self._file.with_suffix(".tmp")
        temporary.write_text(json.dumps(asdict(info), indent=1))
        temporary.replace(self._file)
        return info

    def _end_processes(self) -> bool:
        """Every process of this head names its temporary folder, or descends from one that does."""
        ended = False
        # Again, because a head that was just being started has had children while the first were ended.
        while found := descendants(mentioning(f"{self.temp_dir}/") | mentioning(f"={self.temp_dir}")) - {
            os.getpid()
        }:
            ended = True
            for how, patience in ((signal.SIGTERM, _STOP_SECONDS), (signal.SIGKILL, 3)):
                for pid in found:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, how)
                until = time.monotonic() + patience
                while any(map(alive, found)) and time.monotonic() < until:
                    time.sleep(0.1)
                if not any(map(alive, found)):
                    break
            else:
                break
        # What the workers can no longer tidy up after themselves.
        with contextlib.suppress(P2NError):
            stop_head(self.name)
        self._file.unlink(missing_ok=True)
        shutil.rmtree(self.temp_dir, ignore_errors=True)
        return ended

    def _token(self) -> Path:
        path = self._folder / "token"
        if not path.exists():
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            temporary = self._folder / f".token-{os.getpid()}"
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_hex(32))
            with contextlib.suppress(FileExistsError):
                # A link fails where another process came first; a rename would replace its token.
                os.link(temporary, path)
            temporary.unlink()
        return path

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self._folder / "head.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def import_roots() -> list[str]:
    """The folders that a worker must import from to find our packages."""
    import p2n_schemas
    import ray_runner

    packages = (ray_runner.__file__, p2n_schemas.__file__)
    return list(dict.fromkeys(str(Path(file or "").parent.parent) for file in packages))


def code_digest() -> str:
    """Of our sources and the Python here: a head whose workers run other code is replaced when it is idle."""
    return hashlib.sha256((sys.executable + sources_digest()).encode()).hexdigest()


def sources_digest() -> str:
    """sha256 over our sources, wherever they lie."""
    digest = hashlib.sha256()
    for root in import_roots():
        for package in ("ray_runner", "p2n_schemas"):
            for path in sorted((Path(root) / package).rglob("*.py")):
                digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _inherited() -> dict[str, str]:
    # A dozen processes import the same modules: each would compile them anew.
    return {name: value for name, value in inherited().items() if name != "PYTHONDONTWRITEBYTECODE"}


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]


def _cpus() -> int:
    return max(os.cpu_count() or 1, _MIN_CPUS)


def _machine_memory() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return _MIN_MEMORY


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="ray_runner.head", description=__doc__)
    parser.add_argument("action", choices=("status", "start", "stop"))
    parser.add_argument("--state-dir", type=Path, required=True)
    options = parser.parse_args(arguments)
    head = Head(options.state_dir)
    if options.action == "stop":
        print("stopped" if head.stop() else "nothing to stop")
        return 0
    info = head.ensure() if options.action == "start" else head.find()
    print(json.dumps(asdict(info), indent=1) if info else "no head")
    return 0 if info else 1


if __name__ == "__main__":
    sys.exit(main())
