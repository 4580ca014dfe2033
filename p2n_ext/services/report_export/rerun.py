"""Runs the notebooks of this crate again, each in its locked environment, and compares metrics.json byte for byte.

    docker run --rm -v "$PWD":/crate IMAGE python3 /crate/rerun.py [RUN …]

Needs Python's standard library only. What it makes lies in rerun/<run>/; exit status 1: something differs or failed.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

CRATE = Path(__file__).resolve().parent
METRIC = "application/vnd.p2n.metric+json"
# A lock that begins so has builds of torch for the processor, which uv knows where to find.
CPU_TORCH = "# torch from uv's index of CPU builds"


def main(wanted: list[str]) -> int:
    known = sorted(path.name for path in (CRATE / "runs").iterdir() if (path / "run.json").is_file())
    unknown = [name for name in wanted if name not in known]
    if unknown or not known:
        print(f"no such run: {', '.join(unknown)}; there are: {', '.join(known)}", file=sys.stderr)
        return 2
    same = [again(name) for name in wanted or known]
    return 0 if all(same) else 1


def again(name: str) -> bool:
    """Whether the run gave the same metrics.json."""
    source, target = CRATE / "runs" / name, CRATE / "rerun" / name
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    about = json.loads((source / "run.json").read_text())
    say(f"{name}: installing {source / 'requirements.lock'}")
    python = environment(source / "requirements.lock", about["python_version"])
    for dataset in about["datasets"]:
        say(f"{name}: loading {dataset['name']}")
        load(dataset, python, Path("/tmp/p2n-data"))
    say(f"{name}: running the notebook")
    command = [
        str(python),
        str(Path(__file__).resolve()),
        "--execute",
        str(source / "notebook.ipynb"),
        str(target),
    ]
    done = subprocess.run(command, env=variables(about["seed"], target), cwd=target, check=False)
    give_back(target)
    if done.returncode != 0:
        say(f"{name}: the notebook failed")
        return False
    old, new = (source / "metrics.json").read_bytes(), (target / "metrics.json").read_bytes()
    words = "equal, byte for byte" if old == new else "NOT equal"
    say(f"{name}: metrics.json is {words} (sha256 {hashlib.sha256(new).hexdigest()})")
    if old != new:
        differences(json.loads(old), json.loads(new))
    return old == new


def environment(lock: Path, version: str) -> Path:
    """The Python of a virtual environment that holds what the lock names, and nothing else."""
    here = ".".join(map(str, sys.version_info[:2]))
    if here != ".".join(version.split(".")[:2]):
        say(f"this is Python {here}; the lock was made for {version}")
    place = Path("/tmp/p2n-env") / hashlib.sha256(lock.read_bytes()).hexdigest()[:16]
    python = place / "bin" / "python"
    if (place / ".ready").is_file():
        return python
    shutil.rmtree(place, ignore_errors=True)
    venv.create(place, with_pip=True)
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    options = ["--require-hashes", "--only-binary=:all:", "--no-deps", "-r", str(lock)]
    if lock.read_text().startswith(CPU_TORCH):
        tools = Path("/tmp/p2n-uv")
        venv.create(tools, with_pip=True)
        run([str(tools / "bin" / "pip"), "--disable-pip-version-check", "install", "--quiet", "uv"])
        uv = [str(tools / "bin" / "uv"), "pip", "install", "--quiet", "--python", str(python)]
        run([*uv, "--torch-backend=cpu", *options])
    else:
        run([*pip, "--no-compile", *options])
    (place / ".ready").touch()
    return python


def load(dataset: dict[str, Any], python: Path, data: Path) -> None:
    """The data as its loader makes it, checked against its digest where one is known."""
    target = data / dataset["name"]
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    loader = data / f"{dataset['name']}.loader.py"
    loader.write_text(dataset["loader"])
    environ = {
        **os.environ,
        "P2N_DATA": str(target),
        "HOME": "/tmp",
        "LC_ALL": "C.UTF-8",
        "MPLCONFIGDIR": "/tmp",
    }
    if dataset["file"] is not None:
        own = CRATE / "data" / dataset["file"]["filename"]
        if not own.is_file():
            sys.exit(f"put the data file {dataset['file']['filename']} into the folder data/ of this crate")
        if hashlib.sha256(own.read_bytes()).hexdigest() != dataset["file"]["sha256"]:
            sys.exit(f"{own} is not the file that was used: its sha256 is not {dataset['file']['sha256']}")
        environ["P2N_SOURCE"] = str(own)
    run([str(python), "-I", str(loader)], environ)
    digest = tree_digest(target)
    if dataset["sha256"] not in (None, digest):
        sys.exit(f"the data's digest is {digest}, expected {dataset['sha256']}")


def tree_digest(root: Path) -> str:
    """sha256 over every file's relative path, a zero byte, its size (8 bytes, big-endian) and its bytes, in order."""
    total = hashlib.sha256()
    found = (path for path in root.rglob("*") if path.is_file())
    for path in sorted(found, key=lambda path: os.fsencode(path.relative_to(root))):
        total.update(os.fsencode(path.relative_to(root)) + b"\0" + path.stat().st_size.to_bytes(8, "big"))
        total.update(path.read_bytes())
    return total.hexdigest()


def variables(seed: int, target: Path) -> dict[str, str]:
    """What P2N's sandbox sets, so that sums are added in one order and hashes are the same."""
    (target / "artifacts").mkdir(exist_ok=True)
    Path("/tmp/p2n-home").mkdir(exist_ok=True)
    return {
        "PATH": os.environ["PATH"],
        "HOME": "/tmp/p2n-home",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONHASHSEED": str(seed % 2**32),
        "P2N_SEED": str(seed % 2**32),
        "P2N_DATA": "/tmp/p2n-data",
        "P2N_ARTIFACTS": str(target / "artifacts"),
        **dict.fromkeys(
            ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1"
        ),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "MPLCONFIGDIR": "/tmp/p2n-home/.matplotlib",
        "IPYTHONDIR": "/tmp/p2n-home/.ipython",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }


def execute(notebook: str, target: str) -> None:
    """Within the environment: the notebook's cells, and the numbers that they report."""
    import nbformat
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient

    document: Any = nbformat.read(notebook, as_version=4)  # type: ignore[no-untyped-call]
    kernel = AsyncKernelManager(kernel_name="python3", transport="ipc")
    client: Any = NotebookClient(document, timeout=None, km=kernel)
    try:
        client.execute(cwd=target)
    finally:
        nbformat.write(document, Path(target) / "executed.ipynb")  # type: ignore[no-untyped-call]
    outputs = [output for cell in document.cells for output in cell.get("outputs", [])]
    rows = [row(output["data"][METRIC]) for output in outputs if METRIC in output.get("data", {})]
    names = ("experiment", "dataset", "split", "name", "repeat")
    rows.sort(key=lambda row: (*(row[name] for name in names), row.get("step", -1), row["value"]))
    text = json.dumps(
        {"metrics": rows}, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    (Path(target) / "metrics.json").write_text(text, encoding="utf-8")


def row(metric: dict[str, Any]) -> dict[str, Any]:
    texts = {name: metric.get(name, "") for name in ("split", "dataset", "experiment")}
    step = {} if metric.get("step") is None else {"step": int(metric["step"])}
    return {
        "name": metric["name"], "value": float(metric["value"]), "repeat": int(metric.get("repeat", 0)), **texts, **step
    }  # fmt: skip


def differences(old: Any, new: Any) -> None:
    def values(document: Any) -> dict[tuple[Any, ...], float]:
        names = ("experiment", "dataset", "split", "name", "repeat", "step")
        return {tuple(row.get(name) for name in names): row["value"] for row in document["metrics"]}

    before, after = values(old), values(new)
    for key in list(dict.fromkeys([*before, *after]))[:1000]:
        if before.get(key) != after.get(key):
            say(
                f"  {' / '.join(str(part) for part in key if part is not None)}: {before.get(key)} -> {after.get(key)}"
            )


def give_back(target: Path) -> None:
    """What root made in a mounted folder belongs to the folder's owner."""
    if os.geteuid() == 0:
        about = CRATE.stat()
        for path in [target.parent, target, *target.rglob("*")]:
            os.chown(path, about.st_uid, about.st_gid)


def run(command: list[str], environ: dict[str, str] | None = None) -> None:
    if subprocess.run(command, env=environ, check=False).returncode != 0:
        sys.exit(f"this failed: {' '.join(command[:6])} …")


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--execute"]:
        execute(*sys.argv[2:])
    else:
        sys.exit(main(sys.argv[1:]))
