"""A person's own notebooks for tests: small ones in the smallest environment, queued over REST."""

from __future__ import annotations

import json
import time
from typing import Any

from p2n_schemas.runs import Run
from tests.live_server import LiveServer

# nothing but the kernel and what drives it: the quickest environment to build
NO_PACKAGES = ""


def notebook(*sources: str, language: str = "python") -> dict[str, Any]:
    cells = [
        {
            "cell_type": "code",
            "id": f"c{number}",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
            "source": source,
        }
        for number, source in enumerate(sources)
    ]
    kernel = {"name": language, "display_name": language, "language": language}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def ticking(seconds: int) -> dict[str, Any]:
    """A line ten times a second."""
    return notebook(
        f"import time\nfor tick in range({seconds * 10}):\n    print('tick', tick, flush=True)\n    time.sleep(0.1)\n"
    )


def request(document: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"notebook": document, "requirements": NO_PACKAGES, "budget_minutes": 5} | changes


def queue(server: LiveServer, document: dict[str, Any], **changes: Any) -> str:
    return str(server.call("POST", "/runs", request(document, **changes))["id"])


def ticks(events: list[dict[str, Any]]) -> list[int]:
    lines = [line for event in events if event["type"] == "log_line" for line in event["payload"]["lines"]]
    return [int(line.split()[1]) for line in lines if line.startswith("tick")]


def seqs(events: list[dict[str, Any]]) -> list[int]:
    return [event["seq"] for event in events]


def ended(server: LiveServer, run_id: str, seconds: float = 60) -> Run:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        run = Run.model_validate(server.call("GET", f"/runs/{run_id}"))
        if run.status.is_terminal():
            return run
        time.sleep(0.1)
    raise AssertionError(f"the run did not end: {run}\n{json.dumps(server.call('GET', '/doctor'))[:2000]}")
