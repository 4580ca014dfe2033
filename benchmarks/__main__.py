"""`make bench`: prints one table; benchmarks/README.md says how to read it."""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import chain, server_start
from benchmarks.measure import Comparison
from tests.live_server import LiveServer


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each side, in turn")
    rounds = parser.parse_args().rounds
    console = Console(highlight=False)
    with tempfile.TemporaryDirectory(prefix="p2n-bench-") as name:
        folder = Path(name)
        state = folder / "chain" / "p2n"
        try:
            console.print("measuring the start of a server …")
            found = [server_start.start(folder, rounds)]
            state.mkdir(parents=True)
            console.print("measuring the start of Ray …")
            took, stall = asyncio.run(server_start.longest_stall_while_ray_starts(state))
            with LiveServer(state) as server:
                console.print("preparing the sample paper …")
                plan = server.prepare()
                chain.follow(server, plan["id"])
                console.print("measuring warm runs …")
                found += chain.warm_run(server, plan, rounds)
                run = server.call("GET", "/runs")["runs"][0]
                found.append(chain.first_byte(server, run["id"], rounds * 20))
                console.print("measuring lines …")
                found.append(chain.lines_per_second(server, plan, max(2, rounds // 2)))
        finally:
            subprocess.run(
                [sys.executable, "-m", "ray_runner.head", "stop", "--state-dir", str(state)],
                check=False,
                timeout=120,
            )
    show(console, found)
    console.print(
        f"Ray head and driver: up after {took:.1f} s; the server's event loop stood still for {stall * 1000:.0f} ms"
        " at the longest meanwhile"
    )


def show(console: Console, found: Sequence[Comparison]) -> None:
    table = Table("what", "ours", "the other side", "ratio", "the other side's command")
    for entry in found:
        digits = 0 if entry.unit == "lines/s" else 3
        table.add_row(
            entry.what,
            f"{entry.ours_median:,.{digits}f} {entry.unit}",
            f"{entry.theirs_median:,.{digits}f} {entry.unit}",
            f"{entry.ratio:.2f}",
            entry.theirs.how,
        )
    console.print(table)


if __name__ == "__main__":
    main()
