"""Supabase Storage: one private bucket, signed addresses for people and workers, files kept nearby for a while."""

from __future__ import annotations

import asyncio
import hashlib
import mimetypes
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar
from urllib.parse import quote, unquote

from .object_cache import ObjectCache
from .object_keys import checked
from .refusals import no_object
from .supabase_connection import SupabaseConnection

T = TypeVar("T")
_BATCH = 100
_PAGE = 1000
_ROUNDS = 20
_TYPES = {
    ".jsonl": "application/x-ndjson",
    ".ipynb": "application/x-ipynb+json",
    ".lock": "text/plain",
    ".gz": "application/gzip",
}


class SupabaseObjectStore:
    """Implements `protocols.ObjectStore`. Everything raises E_STORE_…, E_BUCKET_MISSING and E_STORAGE_FULL, too.

    How long an upload address holds is the service's to say: two hours at supabase.com.
    """

    def __init__(self, connection: SupabaseConnection, cache: ObjectCache) -> None:
        self._connection = connection
        self._cache = cache
        self._bucket = connection.project.bucket

    async def _ask(self, work: Callable[[Any], Awaitable[T]], key: str | None = None) -> T:
        from .supabase_errors import Refusal

        async def call(client: Any) -> T:
            try:
                return await work(client.storage.from_(self._bucket))
            except Refusal as refusal:
                if key is not None and refusal.not_found:
                    raise no_object(key) from None
                raise

        return await self._connection.ask(call)

    async def put(self, key: str, data: bytes) -> None:
        await self._ask(lambda bucket: bucket.upload(_name(key), data, _options(key)))

    async def put_file(self, key: str, path: Path) -> None:
        name = _name(key)
        # The client opens the file anew for each try, and reads it in pieces.
        await self._ask(lambda bucket: bucket.upload(name, path, _options(key)))
        await asyncio.to_thread(path.unlink, missing_ok=True)

    async def get(self, key: str) -> bytes:
        name = _name(key)
        data: bytes = await self._ask(lambda bucket: bucket.download(name), key)
        return data

    async def exists(self, key: str) -> bool:
        return await self._facts(key) is not None

    async def _facts(self, key: str) -> dict[str, Any] | None:
        """Its entry in its folder's list: id, times, size and etag; None where it is not there."""
        path = PurePosixPath(_name(key))
        folder = "" if path.parent == PurePosixPath(".") else str(path.parent)
        # The search is by prefix, so that longer names come, too.
        async for entry in self._entries(folder, path.name):
            if entry["name"] == path.name and entry.get("id") is not None:
                return entry
        return None

    async def local_path(self, key: str) -> Path:
        facts = await self._facts(key)
        if facts is None:
            raise no_object(key)
        metadata = facts.get("metadata") or {}
        version = f"{facts.get('updated_at')} {metadata.get('eTag')} {metadata.get('size')}"
        return await self._cache.path(
            key, hashlib.sha256(version.encode()).hexdigest(), lambda: self.get(key)
        )

    async def delete_prefix(self, prefix: str) -> None:
        name = _name(prefix)
        await self._cache.forget(prefix)
        for _ in range(_ROUNDS):
            names = [found for found, _ in await self._below(name)]
            doomed = names or [name]
            for start in range(0, len(doomed), _BATCH):
                # Paths that are not there any more are passed over in silence.
                await self._ask(_removal(doomed[start : start + _BATCH]))
            # Looked at again: a worker that had leave to write may have written meanwhile.
            if not names:
                return

    async def sizes(self, prefix: str) -> dict[str, int]:
        return {_key(name): size for name, size in await self._below(_name(prefix))}

    async def keys(self) -> list[str]:
        return sorted(_key(name) for name, _ in await self._below(""))

    async def _below(self, folder: str) -> list[tuple[str, int]]:
        """Names and sizes in bytes of all objects below a folder."""
        found: list[tuple[str, int]] = []
        folders = [folder]
        while folders:
            present = folders.pop()
            async for entry in self._entries(present):
                name = f"{present}/{entry['name']}" if present else entry["name"]
                if entry.get("id") is None:
                    folders.append(name)
                else:
                    found.append((name, int((entry.get("metadata") or {}).get("size") or 0)))
        return found

    async def _entries(self, folder: str, search: str = "") -> AsyncIterator[dict[str, Any]]:
        offset = 0
        while True:
            options = {"limit": _PAGE, "offset": offset, "sortBy": {"column": "name", "order": "asc"}}
            if search:
                options["search"] = search
            page: list[dict[str, Any]] = await self._ask(_listing(folder, options))
            for entry in page:
                yield entry
            if len(page) < _PAGE:
                return
            offset += len(page)

    def whereabouts(self, prefix: str) -> str:
        return f"{self._bucket}/{_name(prefix)} at {self._connection.project.url}"

    async def sign(self, key: str, filename: str, content_type: str, seconds: float) -> str:
        """The type is that of the stored object, whatever is asked for."""
        name = _name(key)
        signed = await self._ask(
            lambda bucket: bucket.create_signed_url(name, max(1, round(seconds)), {"download": filename}), key
        )
        return str(signed["signedURL"])

    async def upload_url(self, key: str, seconds: float) -> str:
        from storage3.types import CreateSignedUploadUrlOptions

        name = _name(key)
        # Sent again where an answer was lost, an upload replaces itself.
        options = CreateSignedUploadUrlOptions(upsert="true")
        signed = await self._ask(lambda bucket: bucket.create_signed_upload_url(name, options))
        return str(signed["signed_url"])

    async def download_url(self, key: str, seconds: float) -> str:
        name = _name(key)
        signed = await self._ask(lambda bucket: bucket.create_signed_url(name, max(1, round(seconds))), key)
        return str(signed["signedURL"])


def _listing(folder: str, options: dict[str, Any]) -> Callable[[Any], Awaitable[list[dict[str, Any]]]]:
    return lambda bucket: bucket.list(folder, options)


def _removal(names: list[str]) -> Callable[[Any], Awaitable[object]]:
    return lambda bucket: bucket.remove(names)


def _options(key: str) -> dict[str, str]:
    suffix = PurePosixPath(key).suffix
    kind = _TYPES.get(suffix) or mimetypes.guess_type(f"x{suffix}")[0] or "application/octet-stream"
    return {"content-type": kind, "upsert": "true", "cache-control": "0"}


def _name(key: str) -> str:
    """The service takes ASCII without most signs: every other byte is written =XX, and = itself too."""
    return quote(checked(key), safe="/").replace("~", "%7E").replace("%", "=")


def _key(name: str) -> str:
    return unquote(re.sub(r"=([0-9A-F]{2})", r"%\1", name.replace("%", "%25")))
