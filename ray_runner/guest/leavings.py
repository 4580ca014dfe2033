"""The files that a notebook leaves in $P2N_ARTIFACTS, packed as files.zip after it has ended.

Regular files only, reached from the folder's own descriptor without following any link. Equal files give equal
bytes: names are sorted and the zip holds no times.
"""

from __future__ import annotations

import io
import os
import stat
import zipfile
from collections.abc import Iterator
from typing import Any

from .frames import FrameWriter

NAME = "files.zip"
MAX_FILES = 100
MAX_TOTAL_BYTES = 20 * 1000 * 1000
_MAX_ENTRIES = 5000
_MAX_DEPTH = 16
_MAX_NAMED = 50
_NO_TIME = (1980, 1, 1, 0, 0, 0)
# Non-blocking: opening a pipe would wait for a writer that never comes.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FOLDER = _FILE | os.O_DIRECTORY


def send_leavings(frames: FrameWriter, root: str) -> dict[str, Any]:
    """Send files.zip where there is anything to pack; gives what `done` tells of the rest.

    `left_out`: names beyond the limits; `skipped`: what is no plain file. Both are cut at 50 names.
    """
    packing = _Packing()
    try:
        packing.pack(root)
    except (OSError, ValueError, MemoryError) as error:
        packing.left_out.append(f"all files ({type(error).__name__})")
    if data := packing.data():
        frames.send_artifact(NAME, data)
    return {"left_out": _cut(packing.left_out), "skipped": _cut(packing.skipped)}


class _Packing:
    def __init__(self) -> None:
        self.left_out: list[str] = []
        self.skipped: list[str] = []
        self._buffer = io.BytesIO()
        self._zip = zipfile.ZipFile(self._buffer, "w", zipfile.ZIP_DEFLATED)
        self._files = 0
        self._entries = 0
        self._left = MAX_TOTAL_BYTES

    def pack(self, root: str) -> None:
        try:
            folder = os.open(root, _FOLDER)
        except FileNotFoundError:
            return
        for name, descriptor in self._walk(folder, "", 0):
            try:
                self._add(name, descriptor)
            finally:
                os.close(descriptor)

    def data(self) -> bytes:
        """The zip; empty where it holds no file."""
        self._zip.close()
        return self._buffer.getvalue() if self._files else b""

    def _walk(self, folder: int, prefix: str, depth: int) -> Iterator[tuple[str, int]]:
        """Names and descriptors of the plain files below a folder, whose descriptor is closed at the end."""
        try:
            for entry in sorted(os.listdir(folder)):
                name = prefix + entry
                self._entries += 1
                if self._entries > _MAX_ENTRIES or depth > _MAX_DEPTH:
                    self.left_out.append(f"{name} and what follows")
                    return
                if not entry.isprintable() or "\\" in entry or len(os.fsencode(name)) > 200:
                    self.skipped.append(f"{ascii(name)[1:80]}: not a plain name")
                    continue
                try:
                    kind = stat.S_IFMT(os.lstat(entry, dir_fd=folder).st_mode)
                    flags = {stat.S_IFDIR: _FOLDER, stat.S_IFREG: _FILE}.get(kind)
                    opened = None if flags is None else os.open(entry, flags, dir_fd=folder)
                except OSError as error:
                    self.skipped.append(f"{name}: {error.strerror}")
                    continue
                if opened is None:
                    self.skipped.append(f"{name}: not a plain file")
                elif kind == stat.S_IFDIR:
                    yield from self._walk(opened, f"{name}/", depth + 1)
                else:
                    yield name, opened
        finally:
            os.close(folder)

    def _add(self, name: str, descriptor: int) -> None:
        found = os.fstat(descriptor)
        # A second name could be one that stands elsewhere.
        if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
            self.skipped.append(f"{name}: not a plain file, or one with several names")
            return
        if self._files >= MAX_FILES or found.st_size > self._left:
            self.left_out.append(name)
            return
        data = b""
        while len(data) < found.st_size and (piece := os.read(descriptor, found.st_size - len(data))):
            data += piece
        entry = zipfile.ZipInfo(name, _NO_TIME)
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = (stat.S_IFREG | 0o644) << 16
        self._zip.writestr(entry, data)
        self._files += 1
        self._left -= len(data)


def _cut(names: list[str]) -> list[str]:
    if len(names) <= _MAX_NAMED:
        return names
    return [*names[:_MAX_NAMED], f"and {len(names) - _MAX_NAMED} more"]
