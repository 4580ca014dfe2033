"""What a run leaves behind: canonical metrics, the quota, and upload by the grants of this run only."""

from __future__ import annotations

import errno
import gzip
import hashlib
import http.client
import io
import os
import shutil
import stat
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import zipfile
import zlib
from collections.abc import Callable, Iterable
from concurrent.futures import Future, wait
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from p2n_schemas.base import canonical_json
from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.events import MetricUpdate
from p2n_schemas.runs import Artifact, UploadGrant
from p2n_schemas.tracing import child

from .guest import leavings

QUOTA_BYTES = 25 * 1000 * 1000
PLAIN_BYTES = 4 * 1000 * 1000
_UPLOAD_TRIES = 3
_UPLOAD_TIMEOUT_SECONDS = 60
_POLL_SECONDS = 0.1
_BLOCK_BYTES = 1 << 20
_GZIP_LEVEL = 1
_PNG = b"\x89PNG\r\n\x1a\n"

_CONTENT_TYPES = {
    ".json": "application/json",
    ".jsonl": "application/x-ndjson",
    ".txt": "text/plain; charset=utf-8",
    ".ipynb": "application/x-ipynb+json",
    ".png": "image/png",
    ".zip": "application/zip",
    ".gz": "application/gzip",
}


def metrics_json(metrics: Iterable[MetricUpdate]) -> bytes:
    """Canonical JSON of {"metrics": […]}, sorted, with nothing of the run in it: equal runs give equal bytes."""
    rows = [metric.model_dump(exclude_none=True) for metric in metrics]
    rows.sort(
        key=lambda row: (
            row["experiment"],
            row["dataset"],
            row["split"],
            row["name"],
            row["repeat"],
            row.get("step", -1),
            row["value"],
        )
    )
    return canonical_json({"metrics": rows})


Stop = Callable[[], None]
"""Raises P2NError once there is no more time: polled several times a second."""


class Uploader:
    """Counts what it takes against the run's quota and keeps the list of what was stored.

    Nothing that a store does, or does not do, outlasts `stop`.
    """

    def __init__(self, grants: Iterable[UploadGrant], stop: Stop = lambda: None) -> None:
        self._urls = {grant.name: grant.url for grant in grants}
        self._left = QUOTA_BYTES
        self._stop = stop
        self.stored: list[Artifact] = []
        self.over_quota: list[str] = []

    def store(self, name: str, data: bytes) -> None:
        """Upload where a grant allows it; what breaks the quota is noted and left out. Raises E_UPLOAD_FAILED."""
        self._store(name, _Content(len(data), hashlib.sha256(data).hexdigest(), lambda: io.BytesIO(data)))

    def store_file(self, path: Path) -> None:
        """Upload a file under its name, or gzipped as `<name>.gz` where it is larger than 4 MB and a grant allows it.

        It is never held whole. Raises as `store` does.
        """
        if path.stat().st_size <= PLAIN_BYTES or f"{path.name}.gz" not in self._urls:
            self._store(path.name, self._content(path))
            return
        packed = path.with_name(f"{path.name}.gz")
        try:
            if self._pack(path, packed):
                self._store(packed.name, self._content(packed))
            else:
                self.over_quota.append(path.name)
        finally:
            packed.unlink(missing_ok=True)

    def _pack(self, path: Path, packed: Path) -> bool:
        """False where it gets larger than what is left of the quota."""
        with (
            path.open("rb") as plain,
            packed.open("wb") as raw,
            # No name and no time: equal logs give equal bytes.
            gzip.GzipFile("", "wb", compresslevel=_GZIP_LEVEL, fileobj=raw, mtime=0) as file,
        ):
            while block := plain.read(_BLOCK_BYTES):
                self._stop()
                file.write(block)
                if raw.tell() > self._left:
                    return False
        return True

    def _content(self, path: Path) -> _Content:
        digest = hashlib.sha256()
        size = 0
        with path.open("rb") as file:
            while block := file.read(_BLOCK_BYTES):
                digest.update(block)
                size += len(block)
        return _Content(size, digest.hexdigest(), lambda: path.open("rb"))

    def _store(self, name: str, content: _Content) -> None:
        url = self._urls.get(name)
        if url is None:
            return
        if content.size > self._left:
            self.over_quota.append(name)
            return
        content_type = _CONTENT_TYPES[Path(name).suffix]
        with child("p2n.store.upload", artifact=name, bytes=content.size):
            _unless(self._stop, lambda: _upload(name, url, content, content_type))
        self._left -= content.size
        self.stored.append(
            Artifact(name=name, size_bytes=content.size, sha256=content.sha256, content_type=content_type)
        )


@dataclass(frozen=True)
class _Content:
    """Bytes to upload; opened anew for each try."""

    size: int
    sha256: str
    open: Callable[[], BinaryIO]


def check_artifact(name: str, data: bytes) -> None:
    """Whether what came out of the sandbox is what its name says. Raises ValueError."""
    if name.endswith(".png") and not data.startswith(_PNG):
        raise ValueError(f"{name} is no PNG")
    if name.endswith(".zip"):
        _check_zip(name, data)


def _check_zip(name: str, data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            entries = file.infolist()
            if len(entries) > leavings.MAX_FILES:
                raise ValueError(f"{name} holds too many files")
            if sum(entry.file_size for entry in entries) > leavings.MAX_TOTAL_BYTES:
                raise ValueError(f"{name} unpacks to more than its bound")
            for entry in entries:
                parts = PurePosixPath(entry.filename).parts
                kind = stat.S_IFMT(entry.external_attr >> 16)
                if entry.is_dir() or kind != stat.S_IFREG or entry.filename.startswith("/") or ".." in parts:
                    raise ValueError(f"{name} holds something that is no plain file")
            # Reads no more than the sizes above.
            if file.testzip() is not None:
                raise ValueError(f"{name} is damaged")
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise ValueError(f"{name} is no zip") from error


def _unless(stop: Stop, work: Callable[[], None]) -> None:
    """Do the work in a thread of its own, and leave it to itself once `stop` raises."""
    done: Future[None] = Future()

    def execute() -> None:
        try:
            work()
            done.set_result(None)
        except BaseException as error:
            done.set_exception(error)

    threading.Thread(target=execute, name="p2n-upload", daemon=True).start()
    while not wait([done], timeout=_POLL_SECONDS).done:
        stop()
    done.result()


def _upload(name: str, url: str, content: _Content, content_type: str) -> None:
    parts = urllib.parse.urlsplit(url)
    for attempt in range(_UPLOAD_TRIES):
        try:
            with content.open() as file:
                if parts.scheme == "file":
                    _write_atomically(Path(urllib.request.url2pathname(parts.path)), file)
                elif parts.scheme in ("https", "http"):
                    _put(url, file, content.size, content_type)
                else:
                    raise _failed(name, f"a grant of the scheme {parts.scheme!r}")
            return
        except (OSError, http.client.HTTPException) as error:
            if isinstance(error, urllib.error.HTTPError):
                error.close()
            full = getattr(error, "errno", None) == errno.ENOSPC
            final = full or (isinstance(error, urllib.error.HTTPError) and error.code < 500)
            if final or attempt == _UPLOAD_TRIES - 1:
                # The error's text may hold the signed URL, so only its kind is told.
                reason = (
                    f"HTTP {error.code}"
                    if isinstance(error, urllib.error.HTTPError)
                    else "no room is left there"
                    if full
                    else type(error).__name__
                )
                raise _failed(name, reason) from error
            time.sleep(0.5 * 2**attempt)


def _put(url: str, file: BinaryIO, size: int, content_type: str) -> None:
    headers = {"Content-Type": content_type, "Content-Length": str(size)}
    request = urllib.request.Request(url, data=file, method="PUT", headers=headers)
    with urllib.request.urlopen(request, timeout=_UPLOAD_TIMEOUT_SECONDS):
        pass


def _write_atomically(path: Path, source: BinaryIO) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".upload-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            shutil.copyfileobj(source, file, _BLOCK_BYTES)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _failed(name: str, reason: str) -> P2NError:
    return P2NError(
        ErrorCode.E_UPLOAD_FAILED,
        f"{name} could not be stored ({reason}).",
        "Check that the object store is reachable from the worker and has room, then run again.",
        {"artifact": name},
    )
