"""The notebook's kernel: its own process with pipes for stdout and stderr.

ipykernel would send what is printed as messages, each as large as the print; a pipe carries it in pieces that
the driver bounds, keeps order within a stream, and holds back a notebook that prints faster than anyone reads.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
from typing import Any

MAX_MESSAGE_BYTES = 32 * 1024 * 1024
_STOP_SECONDS = 5
_TRY_AGAIN_MS = 5
_PORTS = ("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port")

# Line buffering: what is printed can be seen at once; ipykernel flushes the rest at each cell's end.
# No high-water mark: a series shows numbers faster than they are read, and zmq would drop those beyond 1,000.
_LAUNCH = """
import sys
sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")
sys.stderr.reconfigure(line_buffering=True, errors="backslashreplace")
import zmq
from ipykernel.kernelapp import IPKernelApp
class P2NKernelApp(IPKernelApp):
    def init_iopub(self, context):
        context.setsockopt(zmq.SNDHWM, 0)
        super().init_iopub(context)
P2NKernelApp.launch_instance(outstream_class=None, capture_fd_output=False)
"""


class Kernel:
    """Started with `start`; `stdout` and `stderr` are the reading ends, non-blocking.

    Not by jupyter_client, whose import takes half of the time that the kernel's own start takes.
    """

    def __init__(self, settings: dict[str, Any]) -> None:
        self._work: str = settings["work"]
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        # Unix sockets: no port of the loopback interface, and nothing on it to listen to.
        self._connection: dict[str, Any] = {
            "transport": "ipc",
            "ip": os.path.join(self._work, "jupyter", "kernel"),
            "key": secrets.token_hex(32),
            "signature_scheme": "hmac-sha256",
            "kernel_name": "p2n",
        } | {port: number for number, port in enumerate(_PORTS, 1)}
        self.artifacts = os.path.join(self._work, "artifacts")
        self.stdout = -1
        self.stderr = -1

    @property
    def pid(self) -> int:
        return self._started().pid

    def start(self) -> None:
        """Raises OSError."""
        file = self._write_connection_file()
        self.stdout, stdout = os.pipe()
        self.stderr, stderr = os.pipe()
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _LAUNCH, "-f", file],
                env=self.environment(),
                cwd=self._work,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
            )
        finally:
            os.close(stdout)
            os.close(stderr)
        os.set_blocking(self.stdout, False)
        os.set_blocking(self.stderr, False)

    def is_alive(self) -> bool:
        return self._started().poll() is None

    def how_it_ended(self) -> str:
        """In words."""
        status = self._started().poll()
        if status is None:
            return "it does not answer"
        return f"killed by signal {-status}" if status < 0 else f"exited with status {status}"

    def manager(self) -> Any:
        """This kernel as jupyter_client's and nbclient's manager."""
        import zmq.asyncio
        from jupyter_client.manager import AsyncKernelManager

        kernel = self

        class Manager(AsyncKernelManager):
            async def is_alive(self) -> bool:  # type: ignore[override, unused-ignore]
                return kernel.is_alive()

            # A client asks its manager by this name.
            _async_is_alive = is_alive

        context = zmq.asyncio.Context()
        # Set on the context: every channel made of it refuses larger messages.
        context.setsockopt(zmq.MAXMSGSIZE, MAX_MESSAGE_BYTES)
        # The kernel's sockets are tried until they are there.
        context.setsockopt(zmq.RECONNECT_IVL, _TRY_AGAIN_MS)
        # owns_kernel: its process is not the manager's to end.
        manager = Manager(context=context, owns_kernel=False)
        load_connection_info: Any = manager.load_connection_info
        load_connection_info(self._connection)
        return manager

    def environment(self) -> dict[str, str]:
        """Equal for every run of a plan (DESIGN section 8)."""
        seed = str(self._settings["seed"] % 2**32)
        threads = str(self._settings["threads"])
        home = os.path.join(self._work, "home")
        os.makedirs(home, exist_ok=True)
        os.makedirs(self.artifacts, mode=0o700, exist_ok=True)
        return {
            "PATH": os.environ["PATH"],
            "HOME": home,
            "USER": "p2n",
            "LOGNAME": "p2n",
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
            "PYTHONHASHSEED": seed,
            "P2N_SEED": seed,
            "P2N_DATA": self._settings["data"],
            "P2N_ARTIFACTS": self.artifacts,
            "OMP_NUM_THREADS": threads,
            "OPENBLAS_NUM_THREADS": threads,
            "MKL_NUM_THREADS": threads,
            "NUMEXPR_NUM_THREADS": threads,
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",
            "MPLCONFIGDIR": os.path.join(home, ".matplotlib"),
            "IPYTHONDIR": os.path.join(home, ".ipython"),
            "JUPYTER_RUNTIME_DIR": self._runtime(),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",
            # Without it the kernel prints how to connect to it.
            "JPY_PARENT_PID": str(os.getpid()),
        }

    def stop(self) -> None:
        process = self._started()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_SECONDS)
        os.close(self.stdout)
        os.close(self.stderr)

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError("the kernel was not started")
        return self._process

    def _write_connection_file(self) -> str:
        os.makedirs(self._runtime(), mode=0o700, exist_ok=True)
        path = os.path.join(self._runtime(), "kernel.json")
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(self._connection, file)
        return path

    def _runtime(self) -> str:
        return os.path.join(self._work, "jupyter", "runtime")
