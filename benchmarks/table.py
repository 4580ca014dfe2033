"""The figures as a table for people and as JSON with every round."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.measure import Row

_DIGITS = {"lines/s": 0, "MB": 0, "kB": 0, "fps": 1, "s": 3}


def show(console: Console, rows: Sequence[Row]) -> None:
    if not rows:
        return
    table = Table("what", "ours", "other side", "ratio", "target", "the other side's command")
    for row in rows:
        mark = {None: "", True: " met", False: " MISSED"}[row.is_met]
        table.add_row(
            row.what + (f" ({row.note})" if row.note else ""),
            _figure(row.our_median, row.unit),
            _figure(row.their_median, row.unit),
            _ratio(row),
            f"{row.target}{mark}" if row.target else "",
            row.their_command,
        )
    console.print(table)


def save(file: Path, rows: Sequence[Row], failures: Mapping[str, str], load: tuple[float, ...]) -> None:
    value: dict[str, Any] = {
        "machine": {
            "cpus": os.cpu_count(),
            "system": platform.platform(),
            "python": platform.python_version(),
            "docker": _docker_version(),
            "load_before": load,
            "load_after": os.getloadavg(),
        },
        "rows": [row.as_json() for row in rows],
        "failures": dict(failures),
    }
    file.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _figure(value: float | None, unit: str) -> str:
    return "" if value is None else f"{value:,.{_DIGITS[unit]}f} {unit}"


def _ratio(row: Row) -> str:
    ratio = row.ratio
    if ratio is None:
        return ""
    faster = 1 / ratio if row.unit == "s" and ratio else 0
    return f"{ratio:.2f} ({faster:.1f}× faster)" if faster > 1.5 else f"{ratio:.2f}"


def _docker_version() -> str:
    command = ["docker", "version", "--format", "{{.Server.Version}}"]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30).stdout.strip()
