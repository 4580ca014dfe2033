"""Cancel of a guest that ignores every signal it may: from asking to the container's end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from benchmarks import by_hand, notebooks
from benchmarks.measure import Row, alternate, at_most
from benchmarks.stand import Stand

_SECONDS = 90
_LOOK_SECONDS = 0.02
_KILLED = 137


def measure(stand: Stand, rounds: int) -> list[Row]:
    plan = stand.plan_for(notebooks.IGNORE_SIGNALS)
    code = notebooks.IGNORE_SIGNALS[0]
    command = by_hand.docker_run(stand.plan["env_hash"], stand.plan["image_digest"], code)

    def by_docker() -> float:
        with by_hand.started(command, status=_KILLED) as (_, stdout):
            stdout.readline()
            return _until_gone("name", by_hand.NAME, by_hand.remove)

    found = alternate({"ours": lambda: _ours(stand, plan), "theirs": by_docker}, rounds)
    what = "cancel to container gone, guest ignores signals"
    return [Row(what, "s", found["ours"], found["theirs"], "docker rm -f <container>", at_most(2.0))]


def _ours(stand: Stand, plan: str) -> float:
    run_id = stand.start(plan)
    for event in stand.server.events(f"/runs/{run_id}/events", timeout=_SECONDS):
        if event["type"] == "log_line" and "deaf" in event["payload"]["lines"]:
            break
    label = f"p2n.run_id={run_id}"
    took = _until_gone("label", label, lambda: stand.server.call("POST", f"/runs/{run_id}/cancel"))
    until = time.monotonic() + _SECONDS
    while (status := stand.server.call("GET", f"/runs/{run_id}")["status"]) in ("queued", "running"):
        if time.monotonic() > until:
            raise RuntimeError(f"a cancelled run is {status} still")
        time.sleep(0.1)
    if status != "cancelled":
        raise RuntimeError(f"a cancelled run ended as {status}")
    return took


def _until_gone(kind: str, value: str, end: Callable[[], object]) -> float:
    """Seconds from the call of `end` until the engine knows no such container."""
    from ray_runner.sandbox.engine import connect

    client = connect()
    try:

        def is_there() -> bool:
            return bool(client.api.containers(all=True, quiet=True, filters={kind: value}))

        if not is_there():
            raise RuntimeError("no container was there to be ended")
        ending = threading.Thread(target=end)
        begin = time.perf_counter()
        ending.start()
        while is_there():
            if time.perf_counter() - begin > _SECONDS:
                raise RuntimeError(f"the container was there still after {_SECONDS} s")
            time.sleep(_LOOK_SECONDS)
        took = time.perf_counter() - begin
        ending.join(_SECONDS)
        return took
    finally:
        client.close()
