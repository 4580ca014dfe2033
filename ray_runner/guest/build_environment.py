"""Runs in the environment container: builds one environment below the store, or leaves nothing.

Arguments: the store's path, the environment's key, the folder with requirements.lock and uv.version, and
`--fetch-uv` where the host can't lend its own uv. Exit status 3: the store has no uv yet, lend one in that folder.
"""

import os
import shutil
import subprocess
import sys
import time

from . import bytecode, locks

NEEDS_UV = 3


def main(store: str, key: str, here: str) -> int:
    environment = os.path.join(store, "envs", key)
    ready = os.path.join(environment, ".p2n-ready")
    os.makedirs(os.path.dirname(environment), exist_ok=True)
    begun = time.monotonic()
    # Locks are the engine's host's, for every builder of whichever node; they end with their container.
    with locks.shared(os.path.join(store, "builds.lock")), locks.alone(environment + ".lock"):
        if os.path.exists(ready):
            return 0
        shutil.rmtree(environment, ignore_errors=True)
        try:
            uv = find_uv(here, store)
            if uv is None:
                return NEEDS_UV
            install(uv, here, store, environment)
        except BaseException:
            shutil.rmtree(environment, ignore_errors=True)
            raise
        with open(ready, "w") as mark:
            mark.write("1\n")
    say(f"environment built in {time.monotonic() - begun:.1f} s")
    return 0


def install(uv: str, here: str, store: str, environment: str) -> None:
    cache = os.path.join(store, "cache")
    common = ["--no-progress", "--color", "never", "--cache-dir", cache]
    offline = {"UV_PYTHON_DOWNLOADS": "never"}
    run([uv, "venv", "--quiet", *common, "--python", sys.executable, environment], offline)
    run(
        [
            uv,
            "pip",
            "install",
            *common,
            "--python",
            os.path.join(environment, "bin", "python"),
            "--require-hashes",
            "--only-binary=:all:",
            "--no-deps",
            "--link-mode=hardlink",
            *os.environ.get("P2N_UV_OPTIONS", "").split(),
            "-r",
            os.path.join(here, "requirements.lock"),
        ],
        offline,
    )
    library = os.path.join(environment, "lib", f"python{sys.version_info[0]}.{sys.version_info[1]}")
    bytecode.compile_new(os.path.join(library, "site-packages"), cache)


def find_uv(here: str, store: str) -> "str | None":
    """The store's own copy, put there by the first build: 50 MB are not sent with each."""
    with open(os.path.join(here, "uv.version")) as file:
        version = file.read().strip()
    kept = os.path.join(store, "tools", f"uv-{version}")
    if works(kept):
        return kept
    lent = os.path.join(here, "uv")
    if works(lent):
        os.makedirs(os.path.dirname(kept), exist_ok=True)
        with locks.alone(kept + ".lock"):
            shutil.copy2(lent, kept + ".draft")
            os.replace(kept + ".draft", kept)
        return kept
    return fetch_uv(version) if "--fetch-uv" in sys.argv else None


def works(uv: str) -> bool:
    try:
        return subprocess.run([uv, "--version"], capture_output=True).returncode == 0
    except OSError:
        return False


def fetch_uv(version: str) -> str:
    """For an engine of another kind than the host, whose own uv does not run here."""
    tools = "/tmp/uv-tools"
    run([sys.executable, "-m", "venv", tools], {})
    run([f"{tools}/bin/pip", "install", "--quiet", "--only-binary=:all:", f"uv=={version}"], {})
    return f"{tools}/bin/uv"


def run(command: list[str], extra: dict[str, str]) -> None:
    done = subprocess.run(command, env={**os.environ, **extra}, stdout=sys.stderr.fileno())
    if done.returncode != 0:
        # Not ours to pass on: 3 has a meaning of its own.
        sys.exit(1)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3]))
