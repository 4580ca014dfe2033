"""The notebook's kernel: its own process with pipes for stdout and stderr.

ipykernel would send what is printed as messages, each as large as the print; a pipe carries it in pieces that
the driver bounds, keeps order within a stream, and holds back a notebook that prints faster than anyone reads.
"""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

MAX_MESSAGE_BYTES = 32 * 1024 * 1024
_NAME = "p2n"

# Line buffering: what is printed can be seen at once; ipykernel flushes the rest at each cell's end.
_LAUNCH = """
import sys
sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")
sys.stderr.reconfigure(line_buffering=True, errors="backslashreplace")
from ipykernel.kernelapp import IPKernelApp
IPKernelApp.launch_instance(outstream_class=None, capture_fd_output=False)
"""


class Kernel:
    """Started with `start`; `stdout` and `stderr` are the reading ends, non-blocking."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._settings = settings
        self.manager: Any = None
        self.pid = 0
        self.stdout = -1
        self.stderr = -1

    async def start(self) -> None:
        import zmq.asyncio
        from jupyter_client.manager import AsyncKernelManager

        context = zmq.asyncio.Context()
        # Set on the context: every channel made of it refuses larger messages.
        context.setsockopt(zmq.MAXMSGSIZE, MAX_MESSAGE_BYTES)
        self._write_spec()
        # Unix sockets: no port of the loopback interface, and nothing on it to listen to.
        sockets = os.path.join(self._settings["work"], "jupyter", "kernel")
        self.manager = AsyncKernelManager(kernel_name=_NAME, context=context, transport="ipc", ip=sockets)
        self.stdout, stdout = os.pipe()
        self.stderr, stderr = os.pipe()
        try:
            await self.manager.start_kernel(
                env=self.environment(),
                cwd=self._settings["work"],
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
            )
        finally:
            os.close(stdout)
            os.close(stderr)
        os.set_blocking(self.stdout, False)
        os.set_blocking(self.stderr, False)
        self.pid = int(self.manager.provisioner.pid)

    def environment(self) -> dict[str, str]:
        """Equal for every run of a plan (DESIGN section 8)."""
        seed = str(self._settings["seed"] % 2**32)
        threads = str(self._settings["threads"])
        home = os.path.join(self._settings["work"], "home")
        os.makedirs(home, exist_ok=True)
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
            "OMP_NUM_THREADS": threads,
            "OPENBLAS_NUM_THREADS": threads,
            "MKL_NUM_THREADS": threads,
            "NUMEXPR_NUM_THREADS": threads,
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",
            "MPLCONFIGDIR": os.path.join(home, ".matplotlib"),
            "IPYTHONDIR": os.path.join(home, ".ipython"),
            "JUPYTER_RUNTIME_DIR": os.environ["JUPYTER_RUNTIME_DIR"],
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        }

    async def stop(self) -> None:
        if self.manager is not None:
            await self.manager.shutdown_kernel(now=True)
        for descriptor in (self.stdout, self.stderr):
            if descriptor >= 0:
                os.close(descriptor)

    def _write_spec(self) -> None:
        root = os.path.join(self._settings["work"], "jupyter")
        folder = os.path.join(root, "kernels", _NAME)
        os.makedirs(folder, exist_ok=True)
        os.environ["JUPYTER_PATH"] = root
        os.environ["JUPYTER_RUNTIME_DIR"] = os.path.join(root, "runtime")
        argv = ["python", "-c", _LAUNCH, "-f", "{connection_file}"]
        spec = {"argv": argv, "display_name": _NAME, "language": "python"}
        with open(os.path.join(folder, "kernel.json"), "w") as file:
            json.dump(spec, file)
