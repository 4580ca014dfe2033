"""File locks inside a store: taken by whichever container, freed by the kernel when it ends."""

import contextlib
import fcntl
import os
from collections.abc import Iterator


@contextlib.contextmanager
def alone(path: str) -> Iterator[None]:
    """Wait for the lock, and take its file away afterwards, so that no such files pile up."""
    descriptor = take(path, fcntl.LOCK_EX)
    assert descriptor is not None
    try:
        yield
    finally:
        os.unlink(path)
        os.close(descriptor)


@contextlib.contextmanager
def alone_or_not(path: str) -> Iterator[bool]:
    """The same without waiting: false where someone has it."""
    descriptor = take(path, fcntl.LOCK_EX | fcntl.LOCK_NB)
    if descriptor is None:
        yield False
        return
    try:
        yield True
    finally:
        os.unlink(path)
        os.close(descriptor)


@contextlib.contextmanager
def shared(path: str) -> Iterator[None]:
    descriptor = take(path, fcntl.LOCK_SH)
    assert descriptor is not None
    try:
        yield
    finally:
        os.close(descriptor)


def take(path: str, kind: int) -> "int | None":
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, kind)
        except BlockingIOError:
            os.close(descriptor)
            return None
        # Who had the lock may have taken the file away meanwhile: then this one excludes nobody.
        try:
            if os.stat(path).st_ino == os.fstat(descriptor).st_ino:
                return descriptor
        except FileNotFoundError:
            pass
        os.close(descriptor)
