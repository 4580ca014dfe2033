"""Runs in the datasets container: the loader, as a user who can write nothing but the data, then the check of it.

Arguments: one JSON object with the store's path, the dataset's key, the expected digest or null, `recorded_as` or null
(the name of a record in the store that holds the digest of the first fetch), the loader's interpreter and path, the source file with its digest or null, and what the loader may take: seconds and bytes.
Prints the digest of the data on stdout. It ends with the reason where there is no such data, and leaves nothing.

The digest is sha256 over, for every regular file in the order of its relative path's bytes: the path in UTF-8,
a zero byte, the file's size as 8 bytes (big-endian), the file's bytes.
"""

import contextlib
import hashlib
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

from . import locks

LOADER = 10001
MAX_FILES = 100_000
_LOOK_SECONDS = 0.25


def main(wanted: dict[str, Any]) -> int:
    final = os.path.join(wanted["store"], wanted["key"])
    building = final + ".building"
    with locks.alone(final + ".lock"):
        if os.path.isdir(final):
            print(tree_digest(final))
            return 0
        shutil.rmtree(building, ignore_errors=True)
        os.mkdir(building, 0o755)
        try:
            load(wanted, building)
            digest = tree_digest(building)
            if wanted["sha256"] not in (None, digest):
                sys.exit(f"the data's digest is {digest}, expected {wanted['sha256']}")
            if wanted["sha256"] is None and wanted.get("recorded_as") is not None:
                same_as_first(os.path.join(wanted["store"], wanted["recorded_as"] + ".first"), digest)
        except BaseException:
            shutil.rmtree(building, ignore_errors=True)
            raise
        # The rename is the mark: a folder of this name is complete.
        os.rename(building, final)
    print(digest)
    return 0


def same_as_first(record: str, digest: str) -> None:
    """Trust on first use: the record outlives the data, so that what is fetched again is what was there before."""
    with locks.alone(record + ".lock"):
        if not os.path.exists(record):
            with open(record + ".building", "w", encoding="ascii") as file:
                file.write(digest)
            os.rename(record + ".building", record)
            print(
                f"no checksum of this data is known: its first fetch is recorded as {digest}", file=sys.stderr
            )
            return
        with open(record, encoding="ascii") as file:
            first = file.read()
    if digest != first:
        sys.exit(f"the source changed: the data's digest is {digest}, at its first fetch it was {first}")


def load(wanted: dict[str, Any], target: str) -> None:
    """Run the loader to its end, and nothing of it longer; what it wrote is root's afterwards."""
    variables = {**os.environ, "P2N_DATA": target, "HOME": "/tmp"}
    if wanted["source"] is not None:
        check_source(wanted["source"], wanted["source_sha256"])
        variables["P2N_SOURCE"] = wanted["source"]
    identity: dict[str, Any] = {}
    if os.geteuid() == 0:
        os.chmod(wanted["store"], 0o755)
        os.chown(target, LOADER, LOADER)
        identity = {"user": LOADER, "group": LOADER, "extra_groups": []}
    process = subprocess.Popen(
        [wanted["interpreter"], "-I", wanted["loader"]],
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr.fileno(),
        cwd="/tmp",
        start_new_session=True,
        **identity,
    )
    try:
        watch(process, target, wanted["seconds"], wanted["bytes"])
    finally:
        end(process)
    if process.returncode != 0:
        sys.exit(f"the loader ended with status {process.returncode}")
    settle(target, wanted["bytes"])


def watch(process: "subprocess.Popen[bytes]", target: str, seconds: float, most: int) -> None:
    places = [target, "/tmp"] if os.getpid() == 1 else [target]
    until = time.monotonic() + seconds
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_LOOK_SECONDS)
            return
        if time.monotonic() > until:
            sys.exit(f"the loader did not end within {seconds:g} s")
        for place in places:
            bounded(place, most)


def end(process: "subprocess.Popen[bytes]") -> None:
    """The loader and whatever it started."""
    if os.getpid() == 1:
        with contextlib.suppress(ProcessLookupError):
            os.kill(-1, signal.SIGKILL)
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def bounded(root: str, most: int) -> None:
    size = 0
    for count, path in enumerate(entries(root), 1):
        with contextlib.suppress(FileNotFoundError):
            size += os.lstat(path).st_size
        if size > most:
            sys.exit(f"the loader wrote more than {most} bytes")
        if count > MAX_FILES:
            sys.exit(f"the loader wrote more than {MAX_FILES} files")


def settle(root: str, most: int) -> None:
    """Regular files and folders only, owned and writable by nobody who runs notebooks."""
    bounded(root, most)
    for path in [root, *entries(root)]:
        about = os.lstat(path)
        folder = stat.S_ISDIR(about.st_mode)
        if not folder and (not stat.S_ISREG(about.st_mode) or about.st_nlink != 1):
            sys.exit(f"not a regular file: {os.path.relpath(path, root)}")
        if os.geteuid() == 0:
            os.chown(path, 0, 0, follow_symlinks=False)
        os.chmod(path, 0o755 if folder else 0o644)


def entries(root: str) -> Iterator[str]:
    for folder, folders, files in os.walk(root):
        for name in folders + files:
            yield os.path.join(folder, name)


def check_source(path: str, expected: str) -> None:
    with open(path, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != expected:
        sys.exit(f"the uploaded file's digest is {digest}, expected {expected}")


def tree_digest(root: str) -> str:
    paths = [path for path in entries(root) if not os.path.isdir(path)]
    if not paths:
        sys.exit("the loader wrote no file below P2N_DATA")
    total = hashlib.sha256()
    for path in sorted(paths, key=lambda path: os.fsencode(os.path.relpath(path, root))):
        total.update(os.fsencode(os.path.relpath(path, root)) + b"\0")
        total.update(os.path.getsize(path).to_bytes(8, "big"))
        with open(path, "rb") as file:
            while block := file.read(1 << 20):
                total.update(block)
    return total.hexdigest()


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
