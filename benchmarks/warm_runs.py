"""A warm run, with and without standby, against one `docker run` of the same notebook."""

from __future__ import annotations

from benchmarks import by_hand, notebooks
from benchmarks.measure import Row, alternate, ratio_at_most
from benchmarks.stand import Stand

_SHAPES = {"imports first": notebooks.IMPORTS_FIRST, "prints first": notebooks.PRINTS_FIRST}


def without_standby(stand: Stand, rounds: int) -> list[Row]:
    return _measure(stand, rounds, "warm run", standby=False, first=1.15, total=1.15)


def with_standby(stand: Stand, rounds: int) -> list[Row]:
    return _measure(stand, rounds, "warm run, standby", standby=True, first=0.08, total=0.25)


def _measure(stand: Stand, rounds: int, what: str, *, standby: bool, first: float, total: float) -> list[Row]:
    rows = []
    settle = stand.wait_for_standby if standby else lambda: None
    command = by_hand.docker_run(stand.plan["env_hash"], stand.plan["image_digest"], by_hand.EXECUTE)
    for shape, cells in _SHAPES.items():
        plan, text = stand.plan_for(cells), notebooks.as_text(cells)
        sides = {
            "ours": lambda plan=plan: stand.run(plan),
            "theirs": lambda text=text: by_hand.run_notebook(text, command),
        }
        # Files come into the page cache, and the pool learns what is hot.
        alternate(sides, 1)
        found = alternate(sides, rounds, settle=settle)
        ours, theirs = found["ours"], found["theirs"]
        firsts = [times.first for times in ours], [times.first for times in theirs]
        totals = [times.total for times in ours], [times.total for times in theirs]
        rows += [
            Row(f"{what}, {shape}: first line", "s", *firsts, by_hand.DOCKER, ratio_at_most(first)),
            Row(f"{what}, {shape}: total", "s", *totals, by_hand.DOCKER, ratio_at_most(total)),
        ]
    return rows
