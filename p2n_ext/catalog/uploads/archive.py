"""The zip door: what may be unpacked, and unpacking it. Standard library only.

This file is used twice: on the server before an archive is taken in, and, its source sent along, in the datasets
container before the same archive is unpacked there.
"""

from __future__ import annotations

import os
import re
import stat
import unicodedata
import zipfile
from collections.abc import Iterable
from typing import IO

MAX_ENTRIES = 1000
MAX_UNPACKED_BYTES = 2_000_000_000
MAX_RATIO = 200
RATIO_FREE_BYTES = 1_000_000
MAX_PATH = 200
_BLOCK = 1 << 20
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_DATA = (".csv", ".parquet")
_ARCHIVES = (".zip", ".gz", ".tgz", ".tar", ".bz2", ".xz", ".7z", ".rar", ".zst", ".jar")
_DRIVE = re.compile(r"^[A-Za-z]:")


class Refused(Exception):
    """Why a file is not taken in; `too_large` where a bound was passed."""

    def __init__(self, reason: str, too_large: bool = False) -> None:
        super().__init__(reason)
        self.too_large = too_large


def members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The data files of an open archive, every entry checked. Raises Refused."""
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise Refused(f"it has {len(entries)} entries, more than {MAX_ENTRIES}", too_large=True)
    names: set[str] = set()
    wanted: list[zipfile.ZipInfo] = []
    total = 0
    for entry in entries:
        _check_path(entry.orig_filename)
        _check_kind(entry)
        folded = _folded(entry.filename)
        if folded in names:
            raise Refused(f"two entries have the name {entry.filename!r}")
        names.add(folded)
        if entry.is_dir() or _is_of_a_file_manager(entry.filename):
            continue
        if entry.file_size > MAX_RATIO * entry.compress_size + RATIO_FREE_BYTES:
            raise Refused(f"{entry.filename!r} unpacks to over {MAX_RATIO} times its size", too_large=True)
        total += entry.file_size
        if total > MAX_UNPACKED_BYTES:
            raise Refused(f"it unpacks to more than {MAX_UNPACKED_BYTES} bytes", too_large=True)
        if entry.filename.lower().endswith(_ARCHIVES):
            raise Refused(f"it holds another archive: {entry.filename!r}")
        if entry.filename.lower().endswith(_DATA):
            wanted.append(entry)
    if not wanted:
        raise Refused("it holds no csv and no parquet file")
    _check_that_no_file_is_a_folder(_folded(entry.filename) for entry in wanted)
    return wanted


def unpack(path: str, target: str) -> None:
    """The archive's data files below `target`, an empty folder. Raises Refused, zipfile.BadZipFile."""
    with zipfile.ZipFile(path) as archive:
        for entry in members(archive):
            place = os.path.join(target, *entry.filename.split("/"))
            os.makedirs(os.path.dirname(place), exist_ok=True)
            with archive.open(entry) as source, open(place, "xb") as out:
                copy(source, out, entry.file_size)


def copy(source: IO[bytes], out: IO[bytes], size: int) -> None:
    """Exactly `size` bytes: what an archive says of itself is not believed. Raises Refused."""
    done = 0
    while block := source.read(_BLOCK):
        done += len(block)
        if done > size:
            raise Refused("an entry is larger than the archive says", too_large=True)
        out.write(block)
    if done != size:
        raise Refused("an entry is smaller than the archive says")


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name.rstrip("/")).casefold()


def _check_path(name: str) -> None:
    body = name[:-1] if name.endswith("/") else name
    if (
        len(name) > MAX_PATH
        or "\\" in name
        or _DRIVE.match(name)
        or any(part in ("", ".", "..") for part in body.split("/"))
        or any(unicodedata.category(character).startswith("C") for character in name)
    ):
        raise Refused(f"an entry has a path that is not taken: {name[:MAX_PATH]!r}")


def _check_kind(entry: zipfile.ZipInfo) -> None:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFDIR if entry.is_dir() else stat.S_IFREG):
        raise Refused(f"neither a file nor a folder: {entry.filename!r}")
    if entry.flag_bits & _ENCRYPTED:
        raise Refused(f"an entry is encrypted: {entry.filename!r}")
    if entry.compress_type not in _METHODS:
        raise Refused(f"an entry is packed in a way that is not taken: {entry.filename!r}")


def _check_that_no_file_is_a_folder(files: Iterable[str]) -> None:
    names = set(files)
    for name in names:
        parts = name.split("/")
        if any("/".join(parts[:end]) in names for end in range(1, len(parts))):
            raise Refused(f"a file is used as a folder: {name!r}")


def _is_of_a_file_manager(name: str) -> bool:
    return name.startswith("__MACOSX/") or name.rpartition("/")[2] in (".DS_Store", "Thumbs.db")
