"""What a run leaves behind: canonical metrics, the quota, and upload by the grants of this run only."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable
from pathlib import Path

from p2n_schemas.base import canonical_json
from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.events import MetricUpdate
from p2n_schemas.runs import Artifact, UploadGrant

QUOTA_BYTES = 25 * 1000 * 1000
_UPLOAD_TRIES = 3
_UPLOAD_TIMEOUT_SECONDS = 60

_CONTENT_TYPES = {
    ".json": "application/json",
    ".jsonl": "application/x-ndjson",
    ".txt": "text/plain; charset=utf-8",
    ".ipynb": "application/x-ipynb+json",
    ".png": "image/png",
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


class Uploader:
    """Counts what it takes against the run's quota and keeps the list of what was stored."""

    def __init__(self, grants: Iterable[UploadGrant]) -> None:
        self._urls = {grant.name: grant.url for grant in grants}
        self._left = QUOTA_BYTES
        self.stored: list[Artifact] = []
        self.over_quota: list[str] = []

    def store(self, name: str, data: bytes) -> None:
        """Upload where a grant allows it; what breaks the quota is noted and left out. Raises E_UPLOAD_FAILED."""
        url = self._urls.get(name)
        if url is None:
            return
        if len(data) > self._left:
            self.over_quota.append(name)
            return
        content_type = _CONTENT_TYPES[Path(name).suffix]
        _upload(name, url, data, content_type)
        self._left -= len(data)
        self.stored.append(
            Artifact(
                name=name,
                size_bytes=len(data),
                sha256=hashlib.sha256(data).hexdigest(),
                content_type=content_type,
            )
        )


def _upload(name: str, url: str, data: bytes, content_type: str) -> None:
    parts = urllib.parse.urlsplit(url)
    for attempt in range(_UPLOAD_TRIES):
        try:
            if parts.scheme == "file":
                _write_atomically(Path(urllib.request.url2pathname(parts.path)), data)
            elif parts.scheme in ("https", "http"):
                _put(url, data, content_type)
            else:
                raise _failed(name, f"a grant of the scheme {parts.scheme!r}")
            return
        except (OSError, urllib.error.URLError) as error:
            final = isinstance(error, urllib.error.HTTPError) and error.code < 500
            if final or attempt == _UPLOAD_TRIES - 1:
                # The error's text may hold the signed URL, so only its kind is told.
                reason = (
                    f"HTTP {error.code}"
                    if isinstance(error, urllib.error.HTTPError)
                    else type(error).__name__
                )
                raise _failed(name, reason) from error
            time.sleep(0.5 * 2**attempt)


def _put(url: str, data: bytes, content_type: str) -> None:
    request = urllib.request.Request(url, data=data, method="PUT", headers={"Content-Type": content_type})
    with urllib.request.urlopen(request, timeout=_UPLOAD_TIMEOUT_SECONDS):
        pass


def _write_atomically(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".upload-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
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
