"""Runs in the environment container: builds one environment below the store, or leaves nothing.

Arguments: the store's path, the environment's key. The lock file of requirements stands beside this file.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import time


def main(store: str, key: str) -> int:
    here = os.path.dirname(os.path.abspath(__file__))
    environment = os.path.join(store, "envs", key)
    ready = os.path.join(environment, ".p2n-ready")
    os.makedirs(os.path.dirname(environment), exist_ok=True)
    # The lock is held by the engine's host for every builder of whichever node; it ends with its container.
    with open(environment + ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if os.path.exists(ready):
            say("built by another run meanwhile")
            return 0
        shutil.rmtree(environment, ignore_errors=True)
        if "--clean" in sys.argv:
            return 0
        begun = time.monotonic()
        try:
            install(here, store, environment)
        except BaseException:
            shutil.rmtree(environment, ignore_errors=True)
            raise
        with open(ready, "w") as mark:
            mark.write("1\n")
        say(f"environment built in {time.monotonic() - begun:.1f} s")
    return 0


def install(here: str, store: str, environment: str) -> None:
    uv = os.path.join(here, "uv")
    if not works(uv):
        uv = fetch_uv(here)
    common = ["--no-progress", "--color", "never", "--cache-dir", os.path.join(store, "cache")]
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
            "--compile-bytecode",
            "--link-mode=hardlink",
            "-r",
            os.path.join(here, "requirements.lock"),
        ],
        offline,
    )


def works(uv: str) -> bool:
    try:
        return subprocess.run([uv, "--version"], capture_output=True).returncode == 0
    except OSError:
        return False


def fetch_uv(here: str) -> str:
    """For an engine of another kind than the host, whose own uv does not run here."""
    with open(os.path.join(here, "uv.version")) as file:
        version = file.read().strip()
    tools = "/tmp/uv-tools"
    run([sys.executable, "-m", "venv", tools], {})
    run([f"{tools}/bin/pip", "install", "--quiet", "--only-binary=:all:", f"uv=={version}"], {})
    return f"{tools}/bin/uv"


def run(command: list[str], extra: dict[str, str]) -> None:
    done = subprocess.run(command, env={**os.environ, **extra}, stdout=sys.stderr.fileno())
    if done.returncode != 0:
        sys.exit(done.returncode)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
