"""Runs in a short container without network: removes from the stores, and measures them.

One argument, JSON: `packages` and `datasets` (paths of the stores), and what is wanted, in this order:
`sweep` (true: what killed builders left), `remove` (folders below a store), `free_wheels` (bytes to free of
cached wheels that no environment uses, oldest first; -1: all of them), `measure` (true).
Prints one JSON object: `freed` (bytes), and with `measure` `environments` and `datasets` (key → bytes),
`environment_bytes` (each file once, however many environments link it), `wheel_bytes` (what only the cache
holds), `free_bytes` of the file system.
"""

import glob
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from . import locks


def main(wanted: dict[str, Any]) -> dict[str, Any]:
    packages, datasets = wanted["packages"], wanted["datasets"]
    freed = 0
    if wanted.get("sweep"):
        sweep_environments(packages)
        sweep_datasets(datasets)
    for folder in wanted.get("remove", []):
        freed += remove(folder)
    if wanted.get("free_wheels"):
        freed += free_wheels(packages, wanted["free_wheels"])
    done: dict[str, Any] = {"freed": freed}
    return done | measure(packages, datasets) if wanted.get("measure") else done


def sweep_environments(store: str) -> None:
    folder = os.path.join(store, "envs")
    for key in keys_in(folder, (".lock", ".building")):
        environment = os.path.join(folder, key)
        with locks.alone_or_not(environment + ".lock") as mine:
            if mine and not os.path.exists(os.path.join(environment, ".p2n-ready")):
                shutil.rmtree(environment, ignore_errors=True)
            if mine:
                shutil.rmtree(environment + ".building", ignore_errors=True)


def sweep_datasets(store: str) -> None:
    for key in keys_in(store, (".lock", ".building")):
        with locks.alone_or_not(os.path.join(store, key + ".lock")) as mine:
            if mine:
                shutil.rmtree(os.path.join(store, key + ".building"), ignore_errors=True)


def keys_in(folder: str, suffixes: tuple[str, ...]) -> set[str]:
    names = set(os.listdir(folder)) if os.path.isdir(folder) else set()
    for suffix in suffixes:
        names = {name.removesuffix(suffix) for name in names}
    return names


def remove(folder: str) -> int:
    """Renamed first: half a folder must not look like a whole one. Gives the bytes freed."""
    freed = 0
    with locks.alone_or_not(folder + ".lock") as mine:
        if mine and os.path.isdir(folder):
            freed = last_links(folder)
            leaving = folder + ".building"
            shutil.rmtree(leaving, ignore_errors=True)
            os.rename(folder, leaving)
            shutil.rmtree(leaving, ignore_errors=True)
    return freed


def last_links(folder: str) -> int:
    """Bytes that go with the folder: what the cache or another environment links too stays."""
    freed = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            found = os.lstat(os.path.join(parent, name))
            freed += found.st_blocks * 512 if found.st_nlink == 1 else 0
    return freed


def free_wheels(store: str, wanted: int) -> int:
    """uv fetches again what is missing from its cache, so a wheel may go at any time but within a build.

    Gives the bytes freed; nothing goes while an environment is being built.
    """
    freed = 0
    with locks.alone_or_not(os.path.join(store, "builds.lock")) as mine:
        if not mine:
            return 0
        for archive in sorted(unused_archives(store), key=lambda path: os.stat(path).st_mtime):
            if 0 <= wanted <= freed:
                break
            freed += last_links(archive)
            shutil.rmtree(archive, ignore_errors=True)
        for uv in glob.glob(os.path.join(glob.escape(store), "tools", "uv-*"))[-1:]:
            cache = os.path.join(store, "cache")
            subprocess.run(
                [uv, "cache", "prune", "--quiet", "--cache-dir", cache], stdout=sys.stderr.fileno()
            )
    return freed


def unused_archives(store: str) -> Iterator[str]:
    for archive in glob.glob(os.path.join(glob.escape(store), "cache", "archive-v*", "*")):
        metadata = glob.glob(os.path.join(glob.escape(archive), "*.dist-info", "METADATA"))
        # An environment links the cache's files: one with a single name is in no environment.
        if all(os.stat(path).st_nlink == 1 for path in metadata):
            yield archive


def measure(packages: str, datasets: str) -> dict[str, Any]:
    environments: dict[str, int] = {}
    linked: dict[int, int] = {}
    for key in keys_in(os.path.join(packages, "envs"), (".lock", ".building")):
        found = dict(files_in(os.path.join(packages, "envs", key)))
        if found:
            environments[key] = sum(found.values())
            linked |= found
    cached = dict(files_in(os.path.join(packages, "cache")))
    return {
        "environments": environments,
        "environment_bytes": sum(linked.values()),
        "wheel_bytes": sum(size for inode, size in cached.items() if inode not in linked),
        "datasets": {
            key: sum(size for _, size in files_in(os.path.join(datasets, key)))
            for key in keys_in(datasets, (".lock", ".building"))
            if os.path.isdir(os.path.join(datasets, key))
        },
        "free_bytes": free_bytes(packages),
    }


def files_in(folder: str) -> Iterator[tuple[int, int]]:
    """(inode, bytes on disk) of everything below a folder."""
    pending = [folder]
    while pending:
        try:
            with os.scandir(pending.pop()) as entries:
                for entry in entries:
                    found = entry.stat(follow_symlinks=False)
                    yield found.st_ino, found.st_blocks * 512
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(entry.path)
        except (FileNotFoundError, NotADirectoryError):
            # Gone meanwhile.
            continue


def free_bytes(path: str) -> int:
    disk = os.statvfs(path)
    return disk.f_bavail * disk.f_frsize


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
