"""Columns of tables that are drawn as boxes: the spaces between vertical rules."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from .cells import Atom
from .glyphs import Rule

SAME = 3.0
"""points within which pieces of a rule are one"""
Columns = list[tuple[float, float]]


def boxed_columns(lines: Sequence[Sequence[Atom]], rules: Sequence[Rule]) -> Columns | None:
    """The columns between vertical rules; None where these part only some of the columns."""
    atoms = [a for line in lines for a in line]
    if not atoms:
        return None
    top, bottom = min(a.box.top for a in atoms), max(a.box.bottom for a in atoms)
    left, right = min(a.box.x0 for a in atoms), max(a.box.x1 for a in atoms)
    places = _long_rules(rules, top, bottom)
    bounds = [x for x in places if left - 12 < x < right + 12]
    if len([x for x in bounds if left + 2 < x < right - 2]) < 1:
        return None
    if bounds[0] > left + 2:
        bounds.insert(0, left - 1)
    if bounds[-1] < right - 2:
        bounds.append(right + 1)
    columns = [(a, b) for a, b in itertools.pairwise(bounds) if b - a > SAME]
    if len(columns) < 3 or not all(any(a < atom.box.cx < b for atom in atoms) for a, b in columns):
        return None
    for line in lines:
        for low, high in columns:
            if (
                sum(
                    low < atom.box.cx < high and atom.box.x1 < high + 2 and atom.box.x0 > low - 2
                    for atom in line
                )
                > 1
            ):
                return None
    return columns


def _long_rules(rules: Sequence[Rule], top: float, bottom: float) -> list[float]:
    """The x of vertical rules whose pieces cover most of a table's height."""
    pieces = sorted((r.box.cx, r.box.top, r.box.bottom) for r in rules if not r.horizontal)
    groups: list[list[tuple[float, float, float]]] = []
    for piece in pieces:
        if groups and piece[0] - groups[-1][-1][0] < SAME:
            groups[-1].append(piece)
        else:
            groups.append([piece])
    found = []
    for group in groups:
        covered = sum(max(0.0, min(b, bottom) - max(a, top)) for _, a, b in group)
        if covered > 0.7 * (bottom - top):
            found.append(sum(x for x, _, _ in group) / len(group))
    return found
