"""A warm run, a stream's first byte and a flood of lines, each against the same done by hand."""

from __future__ import annotations

import http.client
import json
import time
from typing import Any

from benchmarks import by_hand
from benchmarks.measure import Comparison, Side, compare
from tests.live_server import LiveServer

LINES = 150_000


def warm_run(server: LiveServer, plan: dict[str, Any], rounds: int) -> list[Comparison]:
    notebook = asset(server, plan["id"], "notebook.ipynb")
    command = by_hand.docker_run(plan["env_hash"], plan["image_digest"], by_hand.EXECUTE)
    ours: list[tuple[float, float]] = []
    theirs: list[by_hand.HandRun] = []

    def run() -> float:
        ours.append(follow(server, plan["id"]))
        return ours[-1][1]

    def hand() -> float:
        theirs.append(by_hand.run_notebook(notebook, command))
        return theirs[-1].total

    by_rest = Side("P2N", "POST /plans/{id}/run, then its SSE stream", run)
    by_docker = Side("by hand", "docker run -i --rm … python -c <nbclient> < notebook.ipynb", hand)
    total = compare("warm run: POST to end", by_rest, by_docker, rounds)
    first = iter([seconds for seconds, _ in ours])
    first_by_hand = iter([run.first_output for run in theirs])
    # The same rounds, read for their first output.
    output = compare(
        "warm run: POST to first cell's output",
        Side("P2N", by_rest.how, lambda: next(first)),
        Side("by hand", by_docker.how, lambda: next(first_by_hand)),
        rounds,
    )
    return [output, total]


def follow(server: LiveServer, plan_id: str) -> tuple[float, float]:
    """(seconds to the first output of a cell, seconds to the end) of a new run."""
    begin = time.perf_counter()
    run = server.call("POST", f"/plans/{plan_id}/run")
    first = None
    last: dict[str, Any] = {}
    for last in server.events(f"/runs/{run['id']}/events", timeout=600):
        is_output = last["type"] == "metric_update" or (
            last["type"] == "log_line" and last["payload"]["cell"] is not None
        )
        if first is None and is_output:
            first = time.perf_counter() - begin
    if last["payload"]["status"] != "succeeded" or first is None:
        raise RuntimeError(f"the run ended as {last}")
    return first, time.perf_counter() - begin


def first_byte(server: LiveServer, run_id: str, rounds: int) -> Comparison:
    """A stream's first byte against the smallest answer that the same server can give."""

    def seconds_to_first_byte(path: str) -> float:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        connection.connect()
        begin = time.perf_counter()
        connection.request("GET", path, headers={"Authorization": f"token {server.token}"})
        connection.getresponse().read(1)
        took = time.perf_counter() - begin
        connection.close()
        return took

    path = f"/p2n/api/v1/runs/{run_id}/events"
    return compare(
        "first SSE byte of a run's stream",
        Side("P2N", f"GET {path}", lambda: seconds_to_first_byte(path)),
        Side("Jupyter", "GET /api/status", lambda: seconds_to_first_byte("/api/status")),
        rounds,
    )


def lines_per_second(server: LiveServer, plan: dict[str, Any], rounds: int) -> Comparison:
    """Kept on disk and sent to one SSE client, against `docker run` into a pipe, which keeps nothing."""
    code = by_hand.PRINT.format(lines=LINES) + (
        "\nfrom IPython.display import display\n"
        "display({'application/vnd.p2n.metric+json': {'name': 'accuracy', 'value': 1, 'split': 'test',"
        " 'dataset': 'none', 'experiment': 'print', 'repeat': 0}}, raw=True)"
    )
    cell = {
        "cell_type": "code",
        "id": "c0",
        "metadata": {},
        "execution_count": None,
        "outputs": [],
        "source": code,
    }
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    fresh = server.call("POST", f"/papers/{plan['paper_id']}/plans", {"budget_minutes": 5})
    server.call("POST", f"/plans/{fresh['id']}/materialize")
    server.call("PUT", f"/plans/{fresh['id']}/notebook", {"notebook": notebook})

    def ours() -> float:
        run = server.call("POST", f"/plans/{fresh['id']}/run")
        begin = end = 0.0
        lines = 0
        for event in server.events(f"/runs/{run['id']}/events", timeout=600):
            if event["type"] == "log_line" and event["payload"]["stream"] == "stdout":
                end = time.perf_counter()
                begin = begin or end
                lines += len(event["payload"]["lines"])
        if lines != LINES:
            raise RuntimeError(f"{lines} of {LINES} lines arrived")
        return lines / (end - begin)

    command = by_hand.docker_run(plan["env_hash"], plan["image_digest"], by_hand.PRINT.format(lines=LINES))
    return compare(
        f"{LINES:,} lines of 80 bytes, container to reader",
        Side("P2N", "a cell that prints, through kernel, Ray and event log to one SSE client", ours),
        Side("by hand", "docker run … python -c 'print …' | reader", lambda: by_hand.print_lines(command)),
        rounds,
        unit="lines/s",
    )


def asset(server: LiveServer, plan_id: str, name: str) -> str:
    files = server.call("GET", f"/plans/{plan_id}/assets")["files"]
    url = next(file["url"] for file in files if file["name"] == name)
    text = server.request("GET", url)[1].decode()
    json.loads(text)
    return text
