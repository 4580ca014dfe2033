"""Names of methods from a table's rows, made distinct by the settings that the table prints beside them."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from .lexicon import is_metric
from .names import clean
from .readings import Roles, cell_text
from .table_axes import Role, ValueCell

DEPTH = re.compile(r"\bdepth\b|\blayers?\b", re.IGNORECASE)
LAYERED = re.compile(r"(\d+)[- ]layers?", re.IGNORECASE)
COUNTS = re.compile(r"param|flops|time|memory|steps|\bsize\b", re.IGNORECASE)
MOST_WORDS = 5
"""words that settings may add to a method's name"""
# column, heading, value as printed
Setting = tuple[int, str, str]


class MethodNames:
    """Names of rows, made distinct by the settings that the table prints beside them."""

    def __init__(self, cells: Sequence[ValueCell], roles: Roles, settings: dict[int, str]) -> None:
        self._roles = roles
        self._settings: dict[int, list[Setting]] = defaultdict(list)
        rows: dict[int, tuple[str, ...]] = {}
        for cell in cells:
            rows.setdefault(cell.row, tuple(t for k, t in cell.texts.items() if k[0] != "column"))
            if cell.column in settings:
                entry = (cell.column, settings[cell.column], cell_text(cell))
                if entry not in self._settings[cell.row]:
                    self._settings[cell.row].append(entry)
        self._same = Counter(rows.values())
        self._alike = Counter(self._what(cell) for cell in cells if cell.column not in settings)
        self._rows = rows
        depths: dict[str, set[str]] = defaultdict(set)
        for row, entries in self._settings.items():
            for _, head, value in entries:
                if DEPTH.search(head):
                    depths[_base(" ".join(rows[row]))].add(value)
        self._shared: dict[tuple[tuple[str, ...], tuple[str, int] | None], frozenset[str]] = {}
        for cell in cells:
            for axis, text in cell.texts.items():
                key = (self._what(cell), axis)
                words = frozenset(text.split())
                self._shared[key] = self._shared.get(key, words) & words
        self._varied = {base for base, values in depths.items() if len(values) > 1}

    def _what(self, cell: ValueCell) -> tuple[str, ...]:
        """What a cell is about but for its settings."""
        kinds = (Role.METHOD, Role.DATASET, Role.METRIC, Role.SPLIT)
        return tuple(t for k, t in sorted(cell.texts.items()) if self._roles[k].role in kinds)

    def _distinct(self, cell: ValueCell, more: Sequence[str]) -> list[str]:
        """Settings without the words that all cells of the same kind share in them."""
        told = []
        for text in more:
            axis = next((k for k, t in cell.texts.items() if t == text), None)
            shared = self._shared.get((self._what(cell), axis), frozenset())
            words = [w for w in text.split() if w not in shared]
            name = clean(" ".join(words)).strip("- ") if len(text.split()) > 3 else clean(text)
            if re.search(r"\w", name):
                told.append(name)
        return told

    def of(self, cell: ValueCell, by_role: dict[Role, list[str]], metric: str) -> str:
        """The method of a cell; "" where nothing names one."""
        names = by_role.get(Role.METHOD, [])
        more = [s for s in by_role.get(Role.SETTING, []) if not is_metric(s) and clean(s) != metric]
        raw = clean(" ".join(names or more))
        unique = bool(names) and self._alike[self._what(cell)] <= 1
        beside = self._distinct(cell, more) if names and not unique else []
        entries = self._settings.get(cell.row, [])
        row = self._rows.get(cell.row, ())
        base = _base(" ".join(row))
        depth = next((v for _, h, v in entries if DEPTH.search(h)), None)
        if depth and base in self._varied and raw and "=" not in raw and not re.search(r"\d$", _base(raw)):
            own_base = _base(raw)
            return f"{own_base}-{depth}{raw[len(own_base) :]}"
        layered = [(k, m) for k, b in enumerate(beside) if (m := LAYERED.fullmatch(b))]
        if layered and raw and not re.search(r"\d", raw):
            del beside[layered[0][0]]
            raw = f"{raw}-{layered[0][1][1]}"
        if entries and (self._same[row] > 1 or not raw):
            beside += self._telling(row, entries, cell.column)
        return f"{raw} ({', '.join(beside)})" if raw and beside else raw or ", ".join(beside)

    def _telling(self, row: tuple[str, ...], entries: Sequence[Setting], column: int) -> list[str]:
        """As many settings, printed left of the value, as it takes to tell a row from those of the same name."""
        others = [
            [(h, v) for _, h, v in self._settings.get(r, [])] for r, key in self._rows.items() if key == row
        ]
        mine = [(h, v) for _, h, v in entries]
        rivals = [o for o in others if o != mine]
        chosen: list[tuple[str, str]] = []
        for place, head, value in sorted(entries, key=lambda e: bool(COUNTS.search(e[1]))):
            if not head or place > column or (chosen and (not rivals or COUNTS.search(head))):
                continue
            left = [o for o in rivals if (head, value) in o]
            if len(left) < len(rivals) or not others:
                chosen.append((head, value))
                rivals = left
        told: list[str] = []
        for head, value in chosen:
            words = sum(len(re.findall(r"\w+", t)) for t in [*told, head, value])
            if not told or words <= MOST_WORDS:
                told.append(f"{_short(head)} = {value}")
        return told

    def settings(self, cell: ValueCell) -> list[str]:
        """The settings that the cell's row prints left of it, each with its heading."""
        entries = self._settings.get(cell.row, [])
        return [f"{_short(h)} = {v}" for place, h, v in entries if h and place < cell.column]


def _base(name: str) -> str:
    """The name before its "with …" or bracket."""
    return re.split(r"\s+(?:with|without|w/)\b|\s*[\[(]", clean(name))[0].strip()


def _short(heading: str) -> str:
    return re.sub(r"^#\s*|^no\.? of\s+|^number of\s+", "", clean(heading), flags=re.IGNORECASE)
