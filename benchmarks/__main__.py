"""`make bench`: prints one table; benchmarks/README.md says how to read it."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from benchmarks import (
    cancel,
    determinism,
    environments,
    flood,
    others,
    panel,
    papers,
    reports,
    server_start,
    table,
    warm_runs,
)
from benchmarks.measure import Row, time_limit
from benchmarks.stand import Stand

_STAND_SECONDS = 600
# no race of two sides: what was planned, run and judged of real papers
PAPERS = "papers"


@dataclass(frozen=True)
class Topic:
    """`measure` gets a stand with so many containers on standby, rounds, and a folder of its own."""

    standby: int
    seconds: int
    measure: Callable[[Stand, int, Path], list[Row]]


@dataclass(frozen=True)
class StandlessTopic:
    seconds: int
    measure: Callable[[int, Path], list[Row]]


TOPICS: dict[str, Topic | StandlessTopic] = {
    "start": StandlessTopic(300, server_start.start),
    "stall": StandlessTopic(300, lambda _, folder: server_start.stall(folder)),
    "panel": StandlessTopic(900, panel.measure),
    "warm": Topic(0, 600, lambda stand, rounds, _: warm_runs.without_standby(stand, rounds)),
    "others": Topic(0, 1200, lambda stand, rounds, at: others.measure(stand, rounds, at, standby=False)),
    "first-byte": Topic(0, 120, lambda stand, rounds, _: server_start.first_byte(stand, rounds)),
    "flood": Topic(0, 900, flood.one_viewer),
    "viewers": Topic(0, 1200, flood.many_viewers),
    "cancel": Topic(0, 600, lambda stand, rounds, _: cancel.measure(stand, rounds)),
    "environments": Topic(0, 1200, environments.measure),
    "determinism": Topic(0, 900, lambda stand, rounds, _: determinism.measure(stand, rounds)),
    "report": Topic(0, 600, lambda stand, rounds, _: reports.measure(stand, rounds)),
    "standby": Topic(1, 900, lambda stand, rounds, _: warm_runs.with_standby(stand, rounds)),
    "others-standby": Topic(
        1, 900, lambda stand, rounds, at: others.measure(stand, rounds, at, standby=True)
    ),
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each side, in turn")
    parser.add_argument(
        "--only",
        action="append",
        choices=[*TOPICS, PAPERS],
        metavar="TOPIC",
        help=", ".join([*TOPICS, PAPERS]),
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every round there")
    arguments = parser.parse_args()
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 200)
    load = os.getloadavg()
    # Whoever ends it by a signal leaves nothing behind either.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="p2n-bench-", ignore_cleanup_errors=True) as folder:
        bench = Bench(console, Path(folder), arguments.rounds)
        bench.measure([name for name in TOPICS if name in (arguments.only or TOPICS)])
        if PAPERS in (arguments.only or [PAPERS]) and not papers.run_in(console, Path(folder) / PAPERS):
            bench.failures[PAPERS] = "a paper gave no report"
    table.show(console, bench.rows)
    for name, reason in bench.failures.items():
        console.print(f"{name}: not measured: {reason}", markup=False)
    console.print(f"load of this machine (1, 5, 15 min): before {load}, after {os.getloadavg()}")
    if arguments.json:
        table.save(arguments.json, bench.rows, bench.failures, load)
    return 1 if bench.failures else 0


class Bench:
    """Measures topics one after the other; one that can't be measured says why and leaves the others alone."""

    def __init__(self, console: Console, folder: Path, rounds: int) -> None:
        self.rows: list[Row] = []
        self.failures: dict[str, str] = {}
        self._console = console
        self._folder = folder
        self._rounds = rounds

    def measure(self, names: list[str]) -> None:
        standless = [name for name in names if isinstance(TOPICS[name], StandlessTopic)]
        for name in standless:
            self._guarded(name, None)
        for standby in (0, 1):
            wanted = [name for name in names if getattr(TOPICS[name], "standby", None) == standby]
            if wanted:
                self._on_a_stand(standby, wanted)

    def _on_a_stand(self, standby: int, names: list[str]) -> None:
        with contextlib.ExitStack() as stack:
            try:
                with time_limit(_STAND_SECONDS):
                    self._console.print(f"starting a server with {standby} containers on standby …")
                    stand = stack.enter_context(Stand(self._folder, standby))
            except Exception as error:
                self._failed(names, error)
                return
            for name in names:
                self._guarded(name, stand)

    def _guarded(self, name: str, stand: Stand | None) -> None:
        topic = TOPICS[name]
        folder = self._folder / name
        folder.mkdir()
        self._console.print(f"measuring {name} …")
        begin = time.monotonic()
        try:
            with time_limit(topic.seconds):
                if isinstance(topic, Topic):
                    assert stand is not None
                    rows = topic.measure(stand, self._rounds, folder)
                else:
                    rows = topic.measure(self._rounds, folder)
        except Exception as error:
            self._failed([name], error)
            if stand is not None:
                with contextlib.suppress(Exception):
                    stand.cancel_all()
        else:
            self.rows += rows
            table.show(self._console, rows)
            self._console.print(f"{name}: {time.monotonic() - begin:.0f} s")

    def _failed(self, names: list[str], error: Exception) -> None:
        traceback.print_exception(error)
        for name in names:
            self.failures[name] = f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    sys.exit(main())
