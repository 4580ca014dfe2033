"""The strict stand-in for the OpenAI API that lies beside the checkout, run as a server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.live_server import free_port

ROOT = Path(__file__).parents[1]


def standin_script() -> Path:
    """Its server.py; skips the test where there is none."""
    folder = Path(os.environ.get("P2N_OPENAI_STANDIN", ROOT.parent / "shared" / "openai"))
    if not (folder / "server.py").is_file():
        pytest.skip(f"no strict stand-in at {folder}; set P2N_OPENAI_STANDIN")
    return folder / "server.py"


class Standin:
    def __init__(self, port: int, log: Path) -> None:
        self.base_url = f"http://127.0.0.1:{port}/v1"
        self._log = log

    def log_text(self) -> str:
        return self._log.read_text() if self._log.exists() else ""

    def requests(self, path: str, model: str | None = None) -> list[dict[str, Any]]:
        """Bodies of what was posted to a path; of one model where it is named."""
        lines = (json.loads(line) for line in self.log_text().splitlines())
        bodies = [r["body"] for r in lines if r["method"] == "POST" and r["path"] == path]
        return [b for b in bodies if model in (None, b.get("model"))]

    def deleted(self) -> list[str]:
        lines = (json.loads(line) for line in self.log_text().splitlines())
        return [r["path"] for r in lines if r["method"] == "DELETE"]


@contextmanager
def standin(
    folder: Path, answers: Mapping[str, Sequence[Any]], index_delay: float = 0.0
) -> Iterator[Standin]:
    """A stand-in with scripted answers, by the name of the schema, the model, or "*". It takes seconds to start."""
    script, port, log = standin_script(), free_port(), folder / "requests.jsonl"
    (folder / "answers.json").write_text(json.dumps(answers))
    command = [sys.executable, str(script), str(port), "--answers", str(folder / "answers.json")]
    command += ["--log", str(log), "--index-delay", str(index_delay)]
    # it serves with what runs the tests, whatever SDK a child's path puts first
    env = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env)
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("ready")
        yield Standin(port, log)
    finally:
        process.terminate()
        process.wait(10)
        if process.stdout:
            process.stdout.close()
