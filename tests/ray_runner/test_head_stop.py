"""A head that is stopped while it starts leaves nothing running."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from ray_runner.head import Head
from ray_runner.processes import mentioning

pytestmark = pytest.mark.ray


@pytest.mark.timeout(120)
def test_a_start_that_is_cut_short_leaves_no_process(tmp_path: Path) -> None:
    head = Head(tmp_path)
    command = [sys.executable, "-m", "ray_runner.head", "start", "--state-dir", str(tmp_path)]
    starting = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 60
        while not mentioning(f"{head.temp_dir}/") and time.monotonic() < until:
            time.sleep(0.05)
    finally:
        # as the bridge dies with its server: whoever it had started goes on
        starting.kill()
        starting.wait(10)
    assert head.stop()
    time.sleep(3)
    assert not mentioning(f"{head.temp_dir}/")
