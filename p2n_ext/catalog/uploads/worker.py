"""The child process that looks into uploaded files: it bounds itself first, opens one file, answers with one line.

What it prints is read by `inspector.py`, which trusts none of it beyond its shape.
"""

from __future__ import annotations

import json
import os
import sys
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any

from .archive import Refused, copy, members
from .delimited import inspect_csv
from .parquet import inspect_parquet

FORMATS = {".csv": "csv", ".parquet": "parquet", ".zip": "zip"}


def inspect(path: Path, filename: str) -> dict[str, Any]:
    """The format and the data files of an upload. Raises Refused."""
    kind = FORMATS.get(Path(filename).suffix.lower())
    if kind is None:
        raise Refused("its name ends in none of .csv, .parquet and .zip")
    if kind != "zip":
        with path.open("rb") as raw:
            return {"format": kind, "files": [_file(raw, filename, path.stat().st_size)]}
    try:
        with zipfile.ZipFile(path) as archive:
            files = []
            for entry in members(archive):
                with archive.open(entry) as raw, open(os.devnull, "wb") as nowhere:
                    copy(raw, nowhere, entry.file_size)
                with archive.open(entry) as raw:
                    files.append(_file(raw, entry.filename, entry.file_size))
            return {"format": kind, "files": files}
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError) as error:
        raise Refused(f"it is no sound zip archive: {error}") from None


def _file(raw: IO[bytes], name: str, size: int) -> dict[str, Any]:
    look = inspect_parquet if name.lower().endswith(".parquet") else inspect_csv
    try:
        return {"path": name, "size_bytes": size, **look(raw)}
    except Refused as refused:
        raise Refused(f"{name}: {refused}", refused.too_large) from None


def _bound(memory_bytes: int, seconds: float) -> None:
    try:
        import resource
    except ImportError:
        return
    for what, limit in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, int(seconds) + 5),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        try:
            resource.setrlimit(what, (limit, limit))
        except (ValueError, OSError):
            continue


def main() -> None:
    request = json.loads(sys.stdin.readline())
    _bound(int(request["memory_bytes"]), float(request["seconds"]))
    try:
        answer: dict[str, Any] = {"result": inspect(Path(request["path"]), request["filename"])}
    except Refused as refused:
        answer = {"refused": str(refused), "too_large": refused.too_large}
    except MemoryError:
        answer = {"refused": "looking into it takes too much memory", "too_large": True}
    os.write(1, json.dumps(answer).encode() + b"\n")


if __name__ == "__main__":
    main()
