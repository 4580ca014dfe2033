"""What a user installs: one wheel with the panel built in, switched on by itself."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DATA = "p2n-{version}.data/data"
LEFT_OUT = shutil.ignore_patterns(
    ".*", "node_modules", "lib", "__pycache__", "tests", "benchmarks", "docs", "*.egg-info", "dist", "build"
)


def environment(**more: str) -> dict[str, str]:
    """The tools of the interpreter's own environment first, so that jlpm is found."""
    return {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", **more}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("node") is None:
        pytest.skip("the panel is built with Node 20, which is not here")
    copy = tmp_path_factory.mktemp("source") / "p2n"
    shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
    for name in (".gitignore", "labextension/.yarnrc.yml"):
        shutil.copy2(ROOT / name, copy / name)
    # The copy must build the panel, not carry the one that the checkout happens to have.
    shutil.rmtree(copy / "p2n_ext" / "labextension", ignore_errors=True)
    out = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--installer", "uv", "--outdir", str(out), str(copy)],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=540,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def prefix(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel unpacked as an installer would lay it out: share/, etc/ and the packages."""
    target = tmp_path_factory.mktemp("prefix")
    version = json.loads((ROOT / "labextension" / "package.json").read_text())["version"]
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(target / "site")
    shutil.copytree(target / "site" / DATA.format(version=version), target, dirs_exist_ok=True)
    return target


def test_wheel_holds_the_built_panel_and_no_source_of_it(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    panel = [name for name in names if "/share/jupyter/labextensions/p2n/" in name]
    for file in ("package.json", "install.json", "static/style.js", "schemas/p2n/plugin.json"):
        assert any(name.endswith(f"/labextensions/p2n/{file}") for name in panel), (file, panel)
    assert any("remoteEntry." in name for name in panel)
    for package in ("p2n_ext/app.py", "ray_runner/__init__.py", "p2n_schemas/plans.py"):
        assert package in names
    strays = [name for name in names if "node_modules" in name or "/.yarn" in name or name.endswith(".tsx")]
    assert strays == []
    assert (
        sum(info.file_size for info in zipfile.ZipFile(wheel).infolist() if info.filename in panel)
        < 1_500_000
    )


def test_wheel_has_the_version_of_the_panel(wheel: Path) -> None:
    version = json.loads((ROOT / "labextension" / "package.json").read_text())["version"]
    assert wheel.name.startswith(f"p2n-{version}-")


def listing(prefix: Path, *command: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "jupyter", *command],
        env=environment(
            JUPYTER_PATH=str(prefix / "share" / "jupyter"),
            JUPYTER_CONFIG_DIR=str(prefix / "etc" / "jupyter"),
            PYTHONPATH=str(prefix / "site"),
        ),
        cwd=prefix,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.stdout + done.stderr


def test_jupyterlab_finds_the_panel(prefix: Path) -> None:
    said = listing(prefix, "labextension", "list")
    (line,) = [line for line in said.splitlines() if line.strip().startswith("p2n ")]
    assert "enabled" in line
    assert "OK" in line


def test_jupyter_server_switches_the_extension_on(prefix: Path) -> None:
    said = listing(prefix, "server", "extension", "list")
    lines = [line for line in said.splitlines() if "p2n_ext" in line]
    assert any("enabled" in line for line in lines), said
    assert any("OK" in line for line in lines), said


def test_lock_names_no_host() -> None:
    for lock in (ROOT / "labextension" / "yarn.lock", ROOT / "labextension" / "ui-tests" / "yarn.lock"):
        text = lock.read_text()
        assert "://" not in text
        assert "__metadata" in text


def test_versions_of_the_project_agree() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert "version" in project["project"]["dynamic"]
    assert project["tool"]["hatch"]["version"]["path"] == "labextension/package.json"
    shared = project["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]
    name = json.loads((ROOT / "labextension" / "package.json").read_text())["name"]
    assert shared["p2n_ext/labextension"] == f"share/jupyter/labextensions/{name}"
