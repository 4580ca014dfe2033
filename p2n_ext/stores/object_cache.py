"""Files of a distant store, kept nearby while they are used: bounded, and always of the version that was asked for."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from .files import write_atomically

_IN_USE_SECONDS = 600.0


class ObjectCache:
    """`max_bytes`: above it, files not asked for in ten minutes go, those asked for longest ago first."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._fetching: dict[Path, asyncio.Lock] = {}

    def _place(self, key: str) -> Path:
        return self._folder / hashlib.sha256(key.encode()).hexdigest()[:32]

    async def path(self, key: str, version: str, fetch: Callable[[], Awaitable[bytes]]) -> Path:
        """A file with the object's bytes, fetched once however many ask at once; it keeps the name's suffix."""
        path = self._place(key) / f"{version[:32]}{Path(key).suffix}"
        lock = self._fetching.setdefault(path, asyncio.Lock())
        try:
            async with lock:
                if not await asyncio.to_thread(_used, path):
                    data = await fetch()
                    await asyncio.to_thread(write_atomically, path, data)
                    await asyncio.to_thread(self._make_room, path)
        finally:
            if not lock.locked():
                self._fetching.pop(path, None)
        return path

    async def forget(self, prefix: str) -> None:
        """What is cached of one object; of a folder's, what is not asked for again goes with time."""
        await asyncio.to_thread(shutil.rmtree, self._place(prefix), True)

    def _make_room(self, fresh: Path) -> None:
        files = []
        for folder, _, names in os.walk(self._folder):
            for name in names:
                path = Path(folder, name)
                try:
                    facts = path.stat()
                except FileNotFoundError:
                    continue
                files.append((facts.st_mtime, facts.st_size, path))
        total = sum(size for _, size, _ in files)
        quiet = time.time() - _IN_USE_SECONDS
        for used, size, path in sorted(files):
            old_version = path.parent == fresh.parent and path != fresh
            if (total > self._max_bytes or old_version) and used < quiet and path != fresh:
                path.unlink(missing_ok=True)
                total -= size


def _used(path: Path) -> bool:
    """Whether it is there; then it counts as asked for now."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    return True
