"""Pinned packages: what a plan asks for by name, with all that this brings along, from constraints.txt."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files

# the sandbox runs every notebook with these, whatever its methods are
BASE = ("ipykernel", "matplotlib", "nbclient", "nbformat", "numpy")


def pins() -> dict[str, tuple[str, frozenset[str]]]:
    """By package: its version and who needs it."""
    table: dict[str, tuple[str, frozenset[str]]] = {}
    text = files(__package__).joinpath("constraints.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith("#") or not line.strip():
            continue
        pin, _, via = line.partition("  # via ")
        name, _, version = pin.partition("==")
        table[name] = (version, frozenset(via.split()))
    return table


def requirements_txt(packages: Iterable[str]) -> str:
    """requirements.txt for these packages and the base ones; raises KeyError for one without a pin."""
    table = pins()
    direct = sorted({*BASE, *packages})
    for name in direct:
        table[name]
    wanted = set(direct)
    while True:
        more = {name for name, (_, via) in table.items() if name not in wanted and via & wanted}
        if not more:
            break
        wanted |= more
    lines = [f"{name}=={table[name][0]}" for name in direct]
    brought = sorted(wanted - set(direct))
    lines += ["# brought along by these, pinned so that the lock stays the same"]
    lines += [f"{name}=={table[name][0]}" for name in brought]
    return "\n".join(lines) + "\n"
