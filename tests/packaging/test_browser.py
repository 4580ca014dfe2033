"""The panel in a real Chromium, through the flows of docs/users/playbook.md; the tests are in labextension/ui-tests."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PANEL = ROOT / "labextension" / "src"
PLAYBOOK = ROOT / "docs" / "users" / "playbook.md"
# A quiet machine needs under four minutes; the other tests run beside it.
SECONDS = 1700


@pytest.mark.browser
@pytest.mark.docker
@pytest.mark.ray
@pytest.mark.timeout(SECONDS + 120)
def test_panel_in_a_browser() -> None:
    if shutil.which("node") is None:
        pytest.skip("the browser is driven from Node 20, which is not here")
    done = subprocess.run(
        # Asked to end, not killed: the script then ends its servers and its Ray head.
        ["timeout", "-k", "60", str(SECONDS), "bash", str(ROOT / "scripts" / "run_ui_tests.sh")],
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=SECONDS + 90,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-4000:]
    assert "passed" in done.stdout


def test_playbook_names_what_the_panel_shows() -> None:
    """Each label in bold in the playbook stands in the panel's source, so that a person finds it on the screen."""
    source = "\n".join(path.read_text() for path in PANEL.rglob("*.ts*") if "__tests__" not in path.parts)
    shown = set(re.findall(r"""['"`]([^'"`\n]+)['"`]""", source))
    labels = re.findall(r"\*\*(.+?)\*\*", PLAYBOOK.read_text())
    assert len(labels) > 30
    unknown = [label for label in labels if label not in shown]
    assert unknown == []
