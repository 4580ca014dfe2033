"""The panel in a real Chromium, through the whole chain; the tests themselves are in labextension/ui-tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.browser
@pytest.mark.docker
@pytest.mark.ray
def test_panel_in_a_browser() -> None:
    if shutil.which("node") is None:
        pytest.skip("the browser is driven from Node 20, which is not here")
    done = subprocess.run(
        ["bash", str(ROOT / "scripts" / "run_ui_tests.sh")],
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=580,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert "passed" in done.stdout
