"""The embedded object store: files below one folder."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from .object_keys import checked
from .refusals import no_object
from .signing import Signer


class LocalObjectStore:
    """Implements `protocols.ObjectStore`.

    `url_prefix` gives the path below which the server answers signed tokens, e.g. `/base/p2n/api/v1/files/`.
    """

    def __init__(self, root: Path, signer: Signer, url_prefix: Callable[[], str]) -> None:
        self._root = root
        self._signer = signer
        self._url_prefix = url_prefix

    def _path(self, key: str) -> Path:
        return self._root.joinpath(*checked(key).split("/"))

    async def put(self, key: str, data: bytes) -> None:
        await asyncio.to_thread(write_atomically, self._path(key), data)

    async def put_file(self, key: str, path: Path) -> None:
        target = self._path(key)

        def move() -> None:
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)

        await asyncio.to_thread(move)

    async def get(self, key: str) -> bytes:
        try:
            return await asyncio.to_thread(self._path(key).read_bytes)
        except (FileNotFoundError, IsADirectoryError):
            raise no_object(key) from None

    async def exists(self, key: str) -> bool:
        return await asyncio.to_thread(self._path(key).is_file)

    async def local_path(self, key: str) -> Path:
        if not await self.exists(key):
            raise no_object(key)
        return self._path(key)

    async def delete_prefix(self, prefix: str) -> None:
        path = self._path(prefix)

        def delete() -> None:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)

        await asyncio.to_thread(delete)

    async def sizes(self, prefix: str) -> dict[str, int]:
        return await self._sizes(self._path(prefix))

    async def keys(self) -> list[str]:
        # What begins with a dot is being written.
        return sorted(key for key in await self._sizes(self._root) if "/." not in f"/{key}")

    async def _sizes(self, path: Path) -> dict[str, int]:
        def look() -> dict[str, int]:
            found = {}
            for folder, _, names in os.walk(path):
                for name in names:
                    # Gone meanwhile, perhaps.
                    with contextlib.suppress(FileNotFoundError):
                        file = Path(folder, name)
                        found[file.relative_to(self._root).as_posix()] = file.stat().st_blocks * 512
            return found

        return await asyncio.to_thread(look)

    def whereabouts(self, prefix: str) -> str:
        return str(self._path(prefix))

    async def sign(self, key: str, filename: str, content_type: str, seconds: float) -> str:
        return self._url_prefix() + self._signer.sign(key, filename, content_type, seconds)

    async def upload_url(self, key: str, seconds: float) -> str:
        return self._path(key).absolute().as_uri()

    async def download_url(self, key: str, seconds: float) -> str:
        return self._path(key).absolute().as_uri()


def write_atomically(path: Path, data: bytes) -> None:
    """Readers see the whole file or none of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{time.monotonic_ns()}.{secrets.token_hex(2)}")
    try:
        draft.write_bytes(data)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
