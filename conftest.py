"""Fixtures of all tests: a Jupyter Server with the extension, on a data folder of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest_plugins = ("pytest_jupyter.jupyter_server",)

ROOT = Path(__file__).parent


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    """A data folder; a Ray head that anything started for it, be it a doctor's question, ends with the test."""
    folder = tmp_path / "p2n"
    yield folder
    if (folder / "ray").is_dir():
        command = [sys.executable, "-m", "ray_runner.head", "stop", "--state-dir", str(folder)]
        subprocess.run(command, check=True, timeout=120)


@pytest.fixture
def jp_server_config(data_dir: Path) -> dict[str, Any]:
    return {
        "ServerApp": {"jpserver_extensions": {"p2n_ext": True}, "allow_unauthenticated_access": False},
        "P2NApp": {"data_dir": str(data_dir)},
    }


@pytest.fixture(scope="session")
def sample_pdf() -> Path:
    return next((ROOT / "examples" / "papers").glob("*.pdf"))


@pytest.fixture(scope="session")
def real_papers() -> Path:
    """The folder of labelled real papers; they may not be shipped, so they lie beside the checkout."""
    folder = Path(os.environ.get("P2N_PAPERS", ROOT.parent / "shared" / "papers"))
    if not folder.is_dir():
        pytest.skip(f"no labelled papers at {folder}; set P2N_PAPERS")
    return folder
