"""The panel in a real Chromium, watching real runs: its size, its first paint, its frames and memory in a flood, its way
back when the server was killed."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

from benchmarks import notebooks
from benchmarks.measure import Row, at_least, at_most
from benchmarks.stand import Stand
from tests.live_server import LiveServer

ROOT = Path(__file__).parent.parent
PANEL = ROOT / "p2n_ext" / "labextension"
LINES = 100_000
RATE = 2_000
_SECONDS = 12


def measure(rounds: int, folder: Path) -> list[Row]:
    """Raises RuntimeError where Node, Chromium or the built panel is missing."""
    found: dict[str, list[float]] = {}
    size = _bundle()
    with Stand(folder, 0, _options(folder)) as stand:
        plans = {
            "paced": stand.plan_for(notebooks.paced(RATE * _SECONDS * 3, RATE)),
            "flood": stand.plan_for(notebooks.flood(LINES, 1.0)),
        }
        for _ in range(rounds):
            with Browser(stand.server, plans) as browser:
                for name, value in browser.follow().items():
                    found.setdefault(name, []).append(value)
    return [
        Row("the panel, all of its own files, gzip", "kB", [size], note="no other side"),
        Row("the panel: click to first paint", "s", found["paint"], target=at_most(1)),
        Row(
            f"the panel: frames a second while {RATE:,} lines a second arrive",
            "fps",
            found["fps"],
            found["idle_fps"],
            "the same page while nothing arrives",
            at_least(30),
        ),
        Row(
            f"the panel: JavaScript heap after {LINES:,} lines",
            "MB",
            found["heap"],
            found["heap_before"],
            "the same page before the run",
        ),
        Row(
            "the panel: next line after the server, killed and started, answers again",
            "s",
            found["reconnect"],
            target=at_most(5),
            note="no other side",
        ),
    ]


def _bundle() -> float:
    """kB of the panel's own scripts and styles, each as a server that compresses would send it."""
    files = [path for path in (PANEL / "static").glob("*.js") if path.is_file()]
    if not files:
        raise RuntimeError("the panel is not built: run make panel first")
    return sum(len(gzip.compress(path.read_bytes(), 6)) for path in files) / 1000


def _options(folder: Path) -> tuple[str, ...]:
    """What makes the server a JupyterLab with this panel, and with settings of nobody."""
    extensions, settings = folder / "labextensions", folder / "settings"
    news = settings / "@jupyterlab" / "apputils-extension"
    for made in (extensions, news):
        made.mkdir(parents=True)
    (extensions / "p2n").symlink_to(PANEL)
    # The question about news would lie over the panel.
    (news / "notification.jupyterlab-settings").write_text('{"fetchNews": "false"}')
    return (
        "--ServerApp.jpserver_extensions={'jupyterlab': True, 'p2n_ext': True}",
        f"--LabApp.extra_labextensions_path={extensions}",
        "--LabApp.expose_app_in_browser=True",
        f"--LabApp.workspaces_dir={folder / 'workspaces'}",
        f"--LabApp.user_settings_dir={settings}",
    )


class Browser:
    """benchmarks/panel.mjs in Node: it says what it wants done, and at the end what it found."""

    def __init__(self, server: LiveServer, plans: dict[str, str]) -> None:
        node = shutil.which("node")
        modules = ROOT / "labextension" / "ui-tests"
        if node is None or not (modules / "node_modules" / "@playwright" / "test").is_dir():
            raise RuntimeError("Node 20 and Playwright are wanted: run scripts/run_ui_tests.sh once")
        self._server = server
        asked = {
            "base": f"http://127.0.0.1:{server.port}",
            "token": server.token,
            "chromium": os.environ.get("CHROMIUM_PATH", "/usr/bin/chromium"),
            "modules": str(modules / "package.json"),
            "plans": plans,
            "lines": LINES,
            "seconds": _SECONDS,
        }
        command = [node, str(Path(__file__).with_name("panel.mjs")), json.dumps(asked)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self._errors: list[str] = []
        assert self._process.stderr is not None
        self._reading = threading.Thread(
            target=self._errors.extend, args=(self._process.stderr,), daemon=True
        )
        self._reading.start()

    def follow(self) -> dict[str, float]:
        assert self._process.stdout is not None
        assert self._process.stdin is not None
        for text in self._process.stdout:
            said: dict[str, Any] = json.loads(text)
            if said.get("wants") in ("kill", "start"):
                getattr(self._server, said["wants"])()
                self._process.stdin.write(f"{time.time()}\n")
                self._process.stdin.flush()
            elif "found" in said:
                return {name: float(value) for name, value in said["found"].items()}
        self._reading.join(5)
        raise RuntimeError(f"the browser gave up: {''.join(self._errors)[-2000:]}")

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *exc: object) -> None:
        if self._process.poll() is None:
            self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)
