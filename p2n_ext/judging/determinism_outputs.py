"""What cells of an executed notebook show, in a form in which equal results are equal bytes."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from p2n_schemas.base import canonical_json
from p2n_schemas.determinism import CellDifference, CellDigest

from .determinism_flow import METRIC

# What says where an object lies, how long something took, or which one of many a drawing is: never a result.
_PLACE = re.compile(r" at 0x[0-9a-fA-F]{6,16}(?=[>,)])")
_DURATION = re.compile(r"\b\d+(?:[.,:]\d+)*\s?(?:ns|µs|us|ms|s|sec|secs|seconds|min|minutes|it/s|s/it)\b")
_DRAWING = re.compile(r"\b(?:T_[0-9a-f]{5,}|sk-[\w-]*id-\d+|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
_BEFORE, _AFTER = 2, 8
_LINE_CHARACTERS = 400
_SOURCE_CHARACTERS = 8000
Key = tuple[str, str, str, str, int, int]


@dataclass(frozen=True)
class Cell:
    """A code cell: `shown` for people, a line each; `plain` the same without what is never a result."""

    source: str
    label: str
    shown: list[str]
    plain: list[str]
    metrics: list[dict[str, Any]]
    error: str

    @property
    def digest(self) -> str:
        return hashlib.sha256(canonical_json(self.plain)).hexdigest()


def cells_of(executed: bytes | None) -> list[Cell]:
    """The code cells that were run, in their order; none where there is no notebook that can be read."""
    try:
        document = json.loads(executed or b"{}")
        cells = document.get("cells", [])
        return [
            _cell(cell, cells[index - 1] if index else None)
            for index, cell in enumerate(cells)
            if cell.get("cell_type") == "code" and _text(cell.get("source")).strip()
        ]
    except (ValueError, AttributeError, TypeError, RecursionError):
        return []


def rows_of(metrics: bytes | None) -> list[dict[str, Any]]:
    try:
        rows = json.loads(metrics or b"{}").get("metrics", [])
    except (ValueError, AttributeError, RecursionError):
        return []
    return [row for row in rows if isinstance(row, dict) and isinstance(row.get("value"), int | float)]


def key_of(row: Mapping[str, Any]) -> Key:
    """What tells one metric from another."""
    texts = [str(row.get(part) or "") for part in ("experiment", "dataset", "split", "name")]
    step = row.get("step")
    repeat = row.get("repeat")
    return (
        texts[0],
        texts[1],
        texts[2],
        texts[3],
        repeat if isinstance(repeat, int) else 0,
        step if isinstance(step, int) else -1,
    )


def digests(runs: Sequence[Sequence[Cell]]) -> list[CellDigest]:
    longest = max(runs, key=len, default=[])
    return [
        CellDigest(
            cell=number,
            label=cell.label,
            digests=[cells[number].digest if number < len(cells) else None for cells in runs],
        )
        for number, cell in enumerate(longest)
    ]


def difference(number: int, run_ids: Sequence[str], runs: Sequence[Sequence[Cell]]) -> CellDifference | None:
    """How a cell's outputs differ between the first run and the first other that is unlike it."""
    having = [
        (run_id, cells[number]) for run_id, cells in zip(run_ids, runs, strict=True) if number < len(cells)
    ]
    if not having:
        return None
    left_run, left = having[0]
    other = next(((run_id, cell) for run_id, cell in having[1:] if cell.plain != left.plain), None)
    if other is None:
        return None
    right_run, right = other
    parts = next(
        (at for at, (one, two) in enumerate(zip(left.plain, right.plain, strict=False)) if one != two),
        min(len(left.plain), len(right.plain)),
    )
    begin = max(0, parts - _BEFORE)

    def excerpt(lines: list[str]) -> list[str]:
        return [line[:_LINE_CHARACTERS] for line in lines[begin : parts + _AFTER]]

    return CellDifference(
        cell=number,
        label=left.label,
        source=left.source[:_SOURCE_CHARACTERS],
        line=parts + 1,
        left_run=left_run,
        right_run=right_run,
        left=excerpt(left.shown),
        right=excerpt(right.shown),
    )


def _cell(cell: Mapping[str, Any], before: Mapping[str, Any] | None) -> Cell:
    shown: list[str] = []
    plain: list[str] = []
    metrics: list[dict[str, Any]] = []
    errors: list[str] = []
    for output in cell.get("outputs", []):
        kind = output.get("output_type")
        if kind == "stream":
            lines = _text(output.get("text")).splitlines()
            shown += lines
            plain += [_DURATION.sub("#", _PLACE.sub(" at #", line)) for line in lines]
        elif kind == "error":
            said = f"{output.get('ename')}: {_text(output.get('evalue'))}"
            errors.append(said)
            shown += said.splitlines()
            plain += [_PLACE.sub(" at #", line) for line in said.splitlines()]
        else:
            data = output.get("data", {})
            if METRIC in data:
                metrics.append(_metric(data[METRIC]))
            lines, words = _display(data)
            shown += lines
            plain += words
    source = _text(cell.get("source"))
    return Cell(source, _label(source, before), shown, plain, metrics, "\n".join(errors))


def _display(data: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Lines for people, and lines to compare."""
    if METRIC in data:
        row = _metric(data[METRIC])
        where = ", ".join(str(row[part]) for part in ("experiment", "dataset", "split") if row.get(part))
        number = f" #{row['repeat']}" if row.get("repeat") else ""
        line = f"metric {row.get('name')}{number}{f' ({where})' if where else ''} = {row.get('value')!r}"
        return [line], [line]
    if "text/plain" in data:
        lines = _text(data["text/plain"]).splitlines()
        plain = [_PLACE.sub(" at #", line) for line in lines]
    else:
        lines, plain = [], []
    for kind in sorted(data):
        if kind == "text/plain" or (kind == "text/html" and lines):
            # A table's other form, with ids made up for the drawing.
            continue
        text = data[kind] if isinstance(data[kind], str) else _text(data[kind])
        digest = hashlib.sha256(_DRAWING.sub("#", text).encode()).hexdigest()[:16]
        lines = [*lines, f"[{kind}, {len(text)} characters, sha256 {digest}]"]
        plain = [*plain, f"{kind} {digest}"]
    return lines, plain


def _metric(content: Any) -> dict[str, Any]:
    if isinstance(content, str):
        try:
            content = json.loads(content)
        except ValueError:
            content = {}
    return content if isinstance(content, dict) else {}


def _label(source: str, before: Mapping[str, Any] | None) -> str:
    is_heading = before is not None and before.get("cell_type") == "markdown"
    text = _text(before.get("source")) if before is not None and is_heading else source
    first = next((line for line in text.splitlines() if line.strip()), "")
    return first.lstrip("#").strip()[:120]


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join(part for part in value if isinstance(part, str))
    return "" if value is None else json.dumps(value, sort_keys=True)
