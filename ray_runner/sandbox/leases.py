"""Who uses or builds a volume on this node: file locks, which end with their process, whatever ends it.

A run shares the lease of each volume it needs from the moment it has found it until its end. Who builds or
removes the volume needs the lease alone. So what a run has found can't be taken away before its container
mounts it; from then on the engine itself refuses to remove it. A lease's file also tells when it was last used.
"""

from __future__ import annotations

import fcntl
import os
import stat
import tempfile
from collections.abc import Collection
from pathlib import Path

from p2n_schemas.errors import ErrorCode, P2NError


class Lease:
    """Held until it is closed; a context manager."""

    def __init__(self, descriptor: int, path: Path) -> None:
        self._descriptor = descriptor
        self._path = path

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def forget(self) -> None:
        """Of a volume that is gone: take its file away too. Only for who holds the lease alone."""
        self._path.unlink(missing_ok=True)
        self.close()

    def __enter__(self) -> Lease:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def share(volume: str) -> Lease | None:
    """The lease of one of many users; None while someone has it alone."""
    lease = _take(volume, fcntl.LOCK_SH)
    if lease is not None:
        os.utime(lease._descriptor)
    return lease


def own(volume: str) -> Lease | None:
    """The lease alone; None while anyone has it."""
    return _take(volume, fcntl.LOCK_EX)


def is_held(volume: str) -> bool:
    """Whether someone has it at this moment; makes no file for one that nobody ever took."""
    if not (_folder() / volume).exists():
        return False
    lease = own(volume)
    if lease is None:
        return True
    lease.close()
    return False


def last_used(volume: str) -> float | None:
    """When a run of this node last took the lease, in seconds since the epoch."""
    try:
        return (_folder() / volume).stat().st_mtime
    except FileNotFoundError:
        return None


def forget_all_but(volumes: Collection[str]) -> None:
    """Take away the files of volumes that are gone and that nobody is making."""
    for path in _folder().iterdir():
        if path.name not in volumes and (lease := own(path.name)) is not None:
            lease.forget()


def _take(volume: str, kind: int) -> Lease | None:
    path = _folder() / volume
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        # The file that we locked may have been forgotten meanwhile; then the lock excludes nobody.
        try:
            if os.stat(path).st_ino == os.fstat(descriptor).st_ino:
                return Lease(descriptor, path)
        except FileNotFoundError:
            pass
        os.close(descriptor)


def _folder() -> Path:
    """Below the node's temporary folder, for this user only. Raises E_SANDBOX_FAILED where it is another's."""
    folder = Path(tempfile.gettempdir()) / f"p2n-leases-{os.getuid()}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise P2NError(
            ErrorCode.E_SANDBOX_FAILED,
            f"{folder.name} in the worker's temporary folder is not a folder that only its own user can enter.",
            "Remove it, or set TMPDIR to a folder of your own, then run again.",
        )
    return folder
