"""Cells and rows of a table's grid."""

from __future__ import annotations

from dataclasses import dataclass

from .cells import Atom
from .geometry import Rect, union


@dataclass(slots=True)
class Cell:
    """An atom in the grid; `first` to `last` are the columns it spans."""

    atom: Atom
    first: int
    last: int

    @property
    def text(self) -> str:
        return self.atom.text


@dataclass(slots=True)
class Row:
    """Cells of a line. `header` rows name columns; a `section` row names the rows that follow.

    `line` is the text of the printed line, which a quote must match even where a label was carried here.
    """

    cells: list[Cell]
    line: str
    baseline: float
    header: bool = False
    section: bool = False

    @property
    def box(self) -> Rect:
        return union(c.atom.box for c in self.cells)

    def at(self, column: int) -> list[Cell]:
        return [c for c in self.cells if c.first <= column <= c.last]
