"""Bytecode for an environment, compiled once a wheel: what is new is linked back into uv's cache, so that the
next environment with that wheel gets it along.

The image's own Python compiles, never the environment's: a wheel may bring a .pth file, whose code runs as soon
as an interpreter starts there (uv's --compile-bytecode starts one, tried), and the cache is writable here.
"""

import csv
import glob
import os
import py_compile
import sys
import warnings
from concurrent.futures import ProcessPoolExecutor

_MOST_WORKERS = 8
_TAG = sys.implementation.cache_tag
# In a wheel's .dist-info folder: all of its modules have their bytecode.
_MARK = f"P2N_BYTECODE.{_TAG}"


def compile_new(site_packages: str, cache: str) -> None:
    """Compile the wheels of an environment that have no bytecode yet, and share it with the cache."""
    new = {
        info: modules_of(info)
        for info in glob.glob(os.path.join(glob.escape(site_packages), "*.dist-info"))
        if not os.path.exists(os.path.join(info, _MARK))
    }
    if not new:
        return
    sources = [
        os.path.join(site_packages, module)
        for modules in new.values()
        for module in modules
        if not os.path.exists(bytecode_of(os.path.join(site_packages, module)))
    ]
    if sources:
        with ProcessPoolExecutor(min(len(os.sched_getaffinity(0)), _MOST_WORKERS)) as pool:
            for _ in pool.map(compile_one, sources, chunksize=32):
                pass
    archives = archives_in(cache)
    for info, modules in new.items():
        # An environment's file is a link to the cache's: the same inode.
        archive = archives.get(os.stat(os.path.join(info, "METADATA")).st_ino)
        if archive is not None:
            for module in modules:
                link(
                    bytecode_of(os.path.join(site_packages, module)),
                    bytecode_of(os.path.join(archive, module)),
                )
            with open(os.path.join(archive, os.path.basename(info), _MARK), "w"):
                pass


def modules_of(info: str) -> list[str]:
    """The paths of a wheel's modules below site-packages, as its RECORD lists them."""
    try:
        with open(os.path.join(info, "RECORD"), newline="", encoding="utf-8") as record:
            paths = [row[0] for row in csv.reader(record) if row]
    except (OSError, ValueError):
        return []
    # Never out of site-packages, whatever a RECORD says.
    return [
        path
        for path in map(os.path.normpath, paths)
        if path.endswith(".py") and not path.startswith(("..", "/"))
    ]


def compile_one(path: str) -> None:
    # Packages bring templates and test files that are no Python of this version: those stay without.
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            py_compile.compile(path, cfile=bytecode_of(path), dfile=os.path.basename(path), doraise=True)
    except Exception:
        pass


def archives_in(cache: str) -> dict[int, str]:
    """The cache's unpacked wheels by the inode of their METADATA."""
    pattern = os.path.join(glob.escape(cache), "archive-v*", "*", "*.dist-info", "METADATA")
    return {os.stat(path).st_ino: os.path.dirname(os.path.dirname(path)) for path in glob.glob(pattern)}


def link(source: str, target: str) -> None:
    try:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.link(source, target)
    except OSError:
        # There already, or nothing to link: no Python of this version.
        pass


def bytecode_of(path: str) -> str:
    folder, name = os.path.split(path)
    return os.path.join(folder, "__pycache__", f"{name[:-3]}.{_TAG}.pyc")
