"""A run's folder on its node: the durable events.jsonl and the mark that cancels."""

from __future__ import annotations

import os
import re
import shutil
import stat
import tempfile
import time
from pathlib import Path

from p2n_schemas.errors import ErrorCode, P2NError

EVENTS = "events.jsonl"
_CANCEL = "cancel"
_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_KEPT_SECONDS = 3 * 24 * 3600


def runs_root() -> Path:
    """Below the node's temporary folder, for this user only. Raises E_SANDBOX_FAILED where it is another's."""
    root = Path(tempfile.gettempdir()) / f"p2n-runs-{os.getuid()}"
    # Anyone may write into the temporary folder, so the name alone proves nothing.
    try:
        found = root.lstat()
    except FileNotFoundError:
        return root
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise P2NError(
            ErrorCode.E_SANDBOX_FAILED,
            f"{root.name} in the worker's temporary folder is not a folder that only its own user can enter.",
            "Remove it, or set TMPDIR to a folder of your own, then run again.",
        )
    return root


def make_root() -> Path:
    """The root, created where it is missing. Raises E_SANDBOX_FAILED as `runs_root` does."""
    runs_root().mkdir(mode=0o700, parents=True, exist_ok=True)
    return runs_root()


def run_folder(run_id: str) -> Path:
    """Raises ValueError on an id that is no plain name."""
    if not _RUN_ID.fullmatch(run_id):
        raise ValueError(f"not a run id: {run_id!r}")
    return runs_root() / run_id


def make_run_folder(run_id: str) -> Path:
    """Create it, or raise FileExistsError: a run is executed once.

    A mark to cancel may have come first; then the folder is there without events.
    """
    make_root()
    folder = run_folder(run_id)
    folder.mkdir(mode=0o700, exist_ok=True)
    (folder / EVENTS).touch(mode=0o600, exist_ok=False)
    return folder


def mark_cancelled(run_id: str) -> None:
    make_root()
    folder = run_folder(run_id)
    folder.mkdir(mode=0o700, exist_ok=True)
    (folder / _CANCEL).touch()


def is_cancelled(run_id: str) -> bool:
    return (run_folder(run_id) / _CANCEL).exists()


def read_events(
    run_id: str, after: int, offset: int = 0, limit_bytes: int = 1 << 20
) -> tuple[list[bytes], int]:
    """Whole events with seq > after, some of them where there are many; none where the run is unknown here.

    The second value is the `offset` (bytes) to go on from: what lies before it is not read again.
    """
    try:
        file = (run_folder(run_id) / EVENTS).open("rb")
    except FileNotFoundError:
        return [], offset
    events: list[bytes] = []
    size = 0
    with file:
        file.seek(offset)
        for line in file:
            if not line.endswith(b"\n"):
                break
            offset += len(line)
            if sequence_number(line) > after:
                events.append(line[:-1])
                size += len(line)
                if size >= limit_bytes:
                    break
    return events, offset


def sequence_number(event: bytes) -> int:
    """The seq of an event as this package writes it, without parsing the rest."""
    return int(event[7 : event.index(b",", 7)])


def is_end(event: bytes) -> bool:
    """Whether it is the `end` event; its type stands before anything that a notebook could have written."""
    return b'"type":"end"' in event[:128]


def known_runs() -> list[str]:
    """The runs that have written events on this node."""
    root = runs_root()
    return [folder.name for folder in (root.iterdir() if root.is_dir() else ()) if (folder / EVENTS).exists()]


def remove_old_folders(now: float | None = None) -> int:
    """Forget runs that were last written days ago; gives how many."""
    removed = 0
    root = runs_root()
    for folder in root.iterdir() if root.is_dir() else ():
        if (now or time.time()) - folder.stat().st_mtime > _KEPT_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)
            removed += 1
    return removed
