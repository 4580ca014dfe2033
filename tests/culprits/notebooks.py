"""What all these notebooks share: how they report a metric, and things in the code that look suspicious and are not."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from p2n_schemas.determinism import DeterminismCode

REPORT = """\
from IPython.display import display


def report(name, value, experiment="model"):
    metric = {"name": name, "value": float(value), "split": "test", "dataset": "made", "experiment": experiment}
    display({"application/vnd.p2n.metric+json": metric, "text/plain": f"{name} = {value}"}, raw=True)
"""
# None of it reaches a number that is reported.
DECOYS = """\
import os, random, tempfile, threading, time, uuid

began = time.time()
run_name = f"run-{uuid.uuid4()}"
print(f"{run_name} began {time.ctime(began)}, process {os.getpid()} of {threading.active_count()} threads")
print("scratch holds", len(os.listdir(tempfile.gettempdir())), "files;", object())
greeting = random.choice(["hello", "good day", "welcome"])
print(greeting, {name for name in ("a", "b", "c")})
"""
HONEST_METRIC = 'report("rows", sum(range(100)))'
LAST = 'print(f"{run_name} took {time.time() - began:.3f} s")'


@dataclass(frozen=True)
class Notebook:
    """`cause`: what is planted, None where nothing is. `prepare` fills the run's data folder, unlike for each run."""

    name: str
    cause: DeterminismCode | None
    cells: tuple[str, ...]
    prepare: Callable[[Path, int], None] | None = None

    def document(self) -> str:
        sources = [REPORT, DECOYS, HONEST_METRIC, *self.cells, LAST]
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
        return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def files_in_another_order(folder: Path, run: int) -> None:
    """The same files, written in another order by each run's node: file systems list them as they please."""
    names = [f"part-{number:02d}.txt" for number in range(8)]
    for name in names if run == 0 else reversed(names):
        (folder / name).write_text(f"{len(names) - int(name[5:7])}.0")
