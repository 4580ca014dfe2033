"""What stands in a csv file: its delimiter, its columns, their types, and what is missing."""

from __future__ import annotations

import csv
import io
import itertools
import math
import re
from collections.abc import Iterator
from typing import IO, Any

from .archive import Refused

# what counts as "no value", here and in the notebooks, which hand this list to pandas
MISSING = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "?")
MAX_COLUMNS = 5000
MAX_FIELD = 100_000
MAX_LISTED = 50
MAX_COUNTED = 1000
_DELIMITERS = (",", ";", "\t", "|")
_BLOCK_ROWS = 5000
_SAMPLE_LINES = 20
_INTEGER = re.compile(r"[+-]?\d{1,18}")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?")
_BOOLEANS = frozenset(["true", "false", "True", "False", "TRUE", "FALSE"])


def inspect_csv(raw: IO[bytes]) -> dict[str, Any]:
    """Rows, delimiter and columns, in the shape of `DataFile`. Raises Refused."""
    text = io.TextIOWrapper(raw, encoding="utf-8-sig", newline="")
    csv.field_size_limit(MAX_FIELD)
    try:
        sample = "".join(itertools.islice(_bounded_lines(text), _SAMPLE_LINES))
        delimiter = _delimiter(sample)
        rows = csv.reader(_rejoined(sample, text), delimiter=delimiter, strict=True)
        return _inspect(rows, delimiter)
    except UnicodeDecodeError:
        raise Refused("it is not UTF-8 text") from None
    except csv.Error as error:
        raise Refused(f"it can't be read as csv: {error}") from None
    finally:
        text.detach()


def _bounded_lines(text: IO[str]) -> Iterator[str]:
    while line := text.readline(MAX_FIELD * 4):
        if "\0" in line:
            raise Refused("it holds zero bytes, so it is no text")
        yield line


def _rejoined(sample: str, text: IO[str]) -> Iterator[str]:
    return itertools.chain(io.StringIO(sample, newline=""), _bounded_lines(text))


def _delimiter(sample: str) -> str:
    """The delimiter that cuts the first lines into the most, and equally many, fields; a comma where none does."""
    best, fields = ",", 1
    for candidate in _DELIMITERS:
        try:
            rows = list(csv.reader(io.StringIO(sample, newline=""), delimiter=candidate))
        except csv.Error:
            continue
        # the sample may end inside a quoted field
        widths = {len(row) for row in rows[:-1] or rows if row}
        if len(widths) == 1 and (width := widths.pop()) > fields:
            best, fields = candidate, width
    return best


def _inspect(rows: Any, delimiter: str) -> dict[str, Any]:
    names = next(rows, None)
    if not names:
        raise Refused("it has no first line with the columns' names")
    _check_names(names)
    columns = [_ColumnInspector(name) for name in names]
    count = 0
    while block := [row for row in itertools.islice(rows, _BLOCK_ROWS) if row]:
        for row in block:
            if len(row) != len(names):
                raise Refused(
                    f"a row before line {rows.line_num + 1} has {len(row)} fields, the first line {len(names)}"
                )
        count += len(block)
        for column, cells in zip(columns, zip(*block, strict=True), strict=True):
            column.add(cells)
    if count == 0:
        raise Refused("it has a first line but no rows")
    return {
        "format": "csv",
        "delimiter": delimiter,
        "rows": count,
        "columns": [column.found(count) for column in columns],
    }


def _check_names(names: list[str]) -> None:
    if len(names) > MAX_COLUMNS:
        raise Refused(f"it has {len(names)} columns, more than {MAX_COLUMNS}", too_large=True)
    if any(not name.strip() or len(name) > 200 or not name.isprintable() for name in names):
        raise Refused("a column of the first line has no name, or one that is not printable")
    if len(set(names)) != len(names):
        raise Refused("two columns have the same name")
    if all(_NUMBER.fullmatch(name.strip()) for name in names):
        raise Refused("its first line holds numbers; the columns' names are wanted there")


class _ColumnInspector:
    """Narrows a column's type as blocks of cells come."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._missing = 0
        self._seen: set[str] = set()
        self._kind = "integer"
        self._booleans = True

    def add(self, cells: tuple[str, ...]) -> None:
        distinct = set(cells)
        for word in MISSING:
            if word in distinct:
                self._missing += cells.count(word)
                distinct.discard(word)
        self._booleans = self._booleans and distinct <= _BOOLEANS
        if self._kind == "integer" and not all(map(_INTEGER.fullmatch, distinct)):
            self._kind = "number"
        if self._kind == "number" and not all(map(_is_number, distinct)):
            self._kind = "text"
        if len(self._seen) <= MAX_COUNTED:
            self._seen.update(itertools.islice(distinct - self._seen, MAX_COUNTED + 1))

    def found(self, rows: int) -> dict[str, Any]:
        empty = self._missing == rows
        kind = "other" if empty else "boolean" if self._booleans else self._kind
        short = len(self._seen) <= MAX_LISTED and all(len(value) <= 200 for value in self._seen)
        return {
            "name": self.name,
            "type": kind,
            "missing": self._missing,
            "values": _in_order(self._seen, kind) if short else None,
            "distinct": min(len(self._seen), MAX_COUNTED),
        }


def _is_number(text: str) -> bool:
    return _NUMBER.fullmatch(text) is not None and math.isfinite(float(text))


def _in_order(values: set[str], kind: str) -> list[str]:
    return sorted(values, key=float) if kind in ("integer", "number") else sorted(values)
