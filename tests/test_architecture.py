"""What the linters can't see: what is imported when, and how large a file has grown."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import p2n_ext

ROOT = Path(__file__).parent.parent
HEAVY = {
    "ray",
    "docker",
    "pdfplumber",
    "pdfminer",
    "pypdfium2",
    "PIL",
    "numpy",
    "uv",
    "rich",
    "nbclient",
    "openai",
    "opentelemetry",
}


def test_the_extension_imports_nothing_heavy_at_start(tmp_path: Path) -> None:
    code = (
        "import sys, asyncio, p2n_ext.app\n"
        "app = p2n_ext.app.P2NApp(); app.data_dir = sys.argv[1]\n"
        "async def go():\n    services = app.build(); await services.close()\n"
        "asyncio.run(go())\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, timeout=120, check=True
    )
    loaded = set(re.findall(r"'([^']+)'", done.stdout))
    assert "p2n_ext" in loaded
    assert not loaded & HEAVY


def test_no_file_is_too_long_to_hold_one_thought() -> None:
    sources = [
        path
        for folder in (
            "p2n_ext",
            "ray_runner",
            "schemas",
            "scripts",
            "tests",
            "benchmarks",
            "labextension/src",
        )
        for pattern in ("*.py", "*.ts", "*.tsx")
        for path in (ROOT / folder).rglob(pattern)
        if path.name not in ("schemas.ts",) and "p2n_ext/labextension" not in str(path)
    ]
    long = {str(path): count for path in sources if (count := len(path.read_text().splitlines())) > 500}
    assert sources
    assert not long


def test_there_is_no_room_for_everything() -> None:
    names = {
        path.stem for folder in ("p2n_ext", "ray_runner", "schemas") for path in (ROOT / folder).rglob("*.py")
    }
    assert not names & {"utils", "util", "helpers", "misc", "common"}


def test_the_version_is_said_once() -> None:
    package = json.loads((ROOT / "labextension" / "package.json").read_text())
    assert p2n_ext.__version__ == package["version"]


def test_the_locks_have_hashes_and_no_address() -> None:
    for lock in (ROOT / "requirements").glob("*.lock"):
        text = lock.read_text()
        assert not re.search(r"https?://", text), lock
        pins = re.findall(r"^[a-z0-9].*==", text, re.MULTILINE)
        assert pins, lock
        assert text.count("--hash=sha256:") >= len(pins), lock
