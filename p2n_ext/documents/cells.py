"""Words of a line to cells: parted where the gap is wider than a space."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from .geometry import Rect, union
from .words import Word

CELL_GAP = 0.62
NUMERIC = re.compile(
    r"^[~∼≈<>≤≥±†‡*+\-−–(\[]*\$?\d[\d,]*(?:\.\d+)?(?:[eE][-−+]?\d+)?|^[~∼≈<>≤≥+\-−–(\[]*\.\d+"
)
EXPRESSION = re.compile(r"^\d\s*[−–-]\s*[^\W\d]")
UNIT = re.compile(r"^\(?(?:days?|hours?|hrs?|min(?:ute)?s?|sec(?:ond)?s?|ms|fps)[).,]?$", re.IGNORECASE)
FUNCTION_WORDS = frozenset(
    [
        "the",
        "of",
        "and",
        "to",
        "in",
        "a",
        "is",
        "are",
        "for",
        "with",
        "on",
        "we",
        "our",
        "that",
        "this",
        "as",
        "by",
        "from",
        "it",
        "be",
        "an",
        "at",
        "or",
        "which",
        "can",
        "was",
        "were",
        "not",
        "these",
        "their",
        "has",
        "have",
        "its",
        "using",
        "also",
        "but",
    ]
)


@dataclass(frozen=True, slots=True)
class Atom:
    """Words of one line with only spaces between them: a cell, or a part of one."""

    words: tuple[Word, ...]
    box: Rect = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "box", union(w.box for w in self.words))

    @property
    def text(self) -> str:
        return " ".join(w.text for w in self.words)

    @property
    def plain(self) -> str:
        """Without what is raised or lowered."""
        return " ".join(w.text for w in self.words if not w.script)

    @property
    def numeric(self) -> bool:
        """Begins with a number and holds at most a word or two besides (a unit, ±, a mark)."""
        words = [w.text for w in self.words if not w.script]
        if not words or not NUMERIC.match(words[0]):
            return False
        if EXPRESSION.match(" ".join(words)):
            return False
        words = [w for w in words if not UNIT.match(w)]
        letters = sum(ch.isalpha() for ch in "".join(words))
        digits = sum(ch.isdigit() for ch in "".join(words))
        return letters <= max(2, digits // 2)


def atoms_of(words: Sequence[Word], gap: float = CELL_GAP, bars: Sequence[float] = ()) -> list[Atom]:
    """Cells of a line from left to right; `gap` in ems, `bars` the x of vertical rules that cross the line."""
    atoms: list[list[Word]] = []
    for word in words:
        if atoms:
            last = atoms[-1][-1]
            size = max(min(last.size, word.size), 0.7 * max(last.size, word.size))
            barred = any(last.box.x1 - 1 <= x <= word.box.x0 + 1 for x in bars)
            if not barred and word.box.x0 - last.box.x1 <= gap * size:
                atoms[-1].append(word)
                continue
        atoms.append([word])
    return [Atom(tuple(a)) for a in atoms]


def prose_like(words: Sequence[Word], width: float) -> bool:
    """A line of running text rather than a row of cells; `width` is that of its column of text."""
    atoms = atoms_of(words, 1.0)
    if len(atoms) > 1 and all(a.numeric and len(a.words) < 4 for a in atoms[1:]):
        return False
    longest = max(atoms, key=lambda a: len(a.words))
    plain = [w.text.strip(".,;:()").lower() for w in longest.words]
    letters = sum(w.isalpha() for w in plain)
    # a row of headings may be as long as a sentence, but has none of its small words
    if sum(w in FUNCTION_WORDS for w in plain) < max(1, letters // 8):
        return False
    if longest.box.width > 0.62 * width and letters >= 5:
        return True
    return letters >= 9
