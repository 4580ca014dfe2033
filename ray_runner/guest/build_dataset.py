"""Runs in the datasets container: the catalogue's loader, then the check of what it wrote.

Arguments: the store's path, the dataset's key, the expected digest or "-". The loader's source stands beside
this file. Prints the digest of the data on stdout.

The digest is sha256 over, for every regular file in the order of its relative path's bytes: the path in UTF-8,
a zero byte, the file's size as 8 bytes (big-endian), the file's bytes.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys


def main(store: str, key: str, expected: str) -> int:
    here = os.path.dirname(os.path.abspath(__file__))
    final = os.path.join(store, key)
    building = final + ".building"
    with open(final + ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if os.path.isdir(final):
            print(tree_digest(final))
            return 0
        shutil.rmtree(building, ignore_errors=True)
        if expected == "--clean":
            return 0
        os.mkdir(building)
        try:
            digest = load(here, building, expected)
        except BaseException:
            shutil.rmtree(building, ignore_errors=True)
            raise
        # The rename is the mark: a folder of this name is complete.
        os.rename(building, final)
        print(digest)
    return 0


def load(here: str, target: str, expected: str) -> str:
    done = subprocess.run(
        [sys.executable, "-I", os.path.join(here, "loader.py")],
        env={**os.environ, "P2N_DATA": target},
        stdout=sys.stderr.fileno(),
        cwd="/tmp",
    )
    if done.returncode != 0:
        sys.exit(f"the loader ended with status {done.returncode}")
    digest = tree_digest(target)
    if expected not in ("-", digest):
        sys.exit(f"the data's digest is {digest}, expected {expected}")
    return digest


def tree_digest(root: str) -> str:
    paths = []
    for folder, folders, files in os.walk(root):
        for name in folders + files:
            path = os.path.join(folder, name)
            if os.path.islink(path) or not (os.path.isfile(path) or os.path.isdir(path)):
                sys.exit(f"not a regular file: {os.path.relpath(path, root)}")
        paths += [os.path.join(folder, name) for name in files]
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
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3]))
