"""An uploaded file on its way into the datasets container: read by its grant, checked, never held whole."""

from __future__ import annotations

import contextlib
import hashlib
import tarfile
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.runs import DatasetFile

_TIMEOUT_SECONDS = 60
_BLOCK = 1 << 20


@contextlib.contextmanager
def as_tar(name: str, file: DatasetFile, place: str) -> Iterator[IO[bytes]]:
    """A tar on disk that puts the file at `place`. Raises E_DATASET_FAILED."""
    with tempfile.TemporaryFile() as draft:
        head = tarfile.TarInfo(place.lstrip("/"))
        head.size, head.mode = file.size_bytes, 0o644
        draft.write(head.tobuf())
        try:
            with _opened(name, file.url) as source:
                _copy(name, source, draft, file)
        except (OSError, urllib.error.URLError) as error:
            # The error's text may hold the signed URL, so only its kind is told.
            raise _failed(name, f"could not be read ({type(error).__name__})") from error
        draft.write(b"\0" * (-file.size_bytes % tarfile.BLOCKSIZE + 2 * tarfile.BLOCKSIZE))
        draft.seek(0)
        yield draft


def _opened(name: str, url: str) -> IO[bytes]:
    parts = urllib.parse.urlsplit(url)
    if parts.scheme == "file":
        return Path(urllib.request.url2pathname(parts.path)).open("rb")
    if parts.scheme in ("https", "http"):
        opened: IO[bytes] = urllib.request.urlopen(url, timeout=_TIMEOUT_SECONDS)
        return opened
    raise _failed(name, f"came with a grant of the scheme {parts.scheme!r}")


def _copy(name: str, source: IO[bytes], target: IO[bytes], file: DatasetFile) -> None:
    digest, left = hashlib.sha256(), file.size_bytes
    while block := source.read(min(_BLOCK, left + 1)):
        left -= len(block)
        if left < 0:
            break
        digest.update(block)
        target.write(block)
    if left != 0 or digest.hexdigest() != file.sha256:
        raise _failed(name, "is not what was uploaded: its size or digest differs")


def _failed(name: str, words: str) -> P2NError:
    return P2NError(
        ErrorCode.E_DATASET_FAILED,
        f"The uploaded file of the dataset {name} {words}.",
        "Check that the object store is reachable from the worker; upload the file again where it was deleted.",
        {"dataset": name},
    )
