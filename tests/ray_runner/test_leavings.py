"""Files that a notebook leaves: plain ones only, bounded, and nothing that a link could reach."""

from __future__ import annotations

import io
import json
import os
import shutil
import socket
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sandbox_notebooks import metric_cell

from ray_runner.guest import leavings
from ray_runner.guest.frames import FrameWriter


class Frames(FrameWriter):
    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def send_artifact(self, name: str, data: bytes) -> None:
        self.files[name] = data


@pytest.fixture
def root() -> Iterator[Path]:
    # Short: a socket's path has a bound.
    folder = Path(tempfile.mkdtemp(prefix="p2n-"))
    yield folder / "artifacts"
    shutil.rmtree(folder)


def packed(root: Path) -> tuple[dict[str, bytes], dict[str, Any]]:
    frames = Frames()
    told = leavings.send_leavings(frames, str(root))
    data = frames.files.get("files.zip")
    if data is None:
        return {}, told
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return {name: file.read(name) for name in file.namelist()}, told


def write(root: Path, **files: bytes) -> None:
    for name, data in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def test_files_and_folders_are_packed_and_equal_files_give_equal_bytes(root: Path) -> None:
    write(root, b=b"two", a=b"one", deep__er__c=b"three")
    first, second = Frames(), Frames()
    leavings.send_leavings(first, str(root))
    os.utime(root / "a", (1, 1))
    leavings.send_leavings(second, str(root))
    assert first.files == second.files
    assert packed(root) == (
        {"a": b"one", "b": b"two", "deep/er/c": b"three"},
        {"left_out": [], "skipped": []},
    )


def test_no_folder_and_an_empty_one_leave_nothing(root: Path) -> None:
    nothing: tuple[dict[str, bytes], dict[str, Any]] = ({}, {"left_out": [], "skipped": []})
    assert packed(root) == nothing
    root.mkdir()
    assert packed(root) == nothing


def test_nothing_that_is_no_plain_file_is_followed_or_waited_for(root: Path) -> None:
    secret = root.parent / "secret"
    write(root, plain=b"kept")
    secret.mkdir()
    (secret / "key").write_text("sk-secret")
    (root / "to-file").symlink_to(secret / "key")
    (root / "to-folder").symlink_to(secret)
    (root / "hard").hardlink_to(secret / "key")
    os.mkfifo(root / "pipe")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(root / "socket"))
    listener.close()
    files, told = packed(root)
    assert files == {"plain": b"kept"}
    assert {name.split(":")[0] for name in told["skipped"]} == {
        "to-file",
        "to-folder",
        "hard",
        "pipe",
        "socket",
    }
    assert told["left_out"] == []


def test_a_folder_that_is_a_link_itself_is_not_entered(root: Path) -> None:
    (root.parent / "secret").mkdir()
    (root.parent / "secret" / "key").write_text("sk-secret")
    root.symlink_to(root.parent / "secret")
    files, told = packed(root)
    assert files == {}
    assert told["left_out"] == ["all files (NotADirectoryError)"] or "OSError" in told["left_out"][0]


def test_what_is_too_much_is_named_and_the_rest_is_kept(root: Path) -> None:
    write(root, a_big=bytes(leavings.MAX_TOTAL_BYTES + 1), b_small=b"kept")
    files, told = packed(root)
    assert files == {"b_small": b"kept"}
    assert told["left_out"] == ["a_big"]


def test_the_number_of_files_and_of_names_told_is_bounded(root: Path) -> None:
    write(root, **{f"f{number:04d}": b"x" for number in range(leavings.MAX_FILES + 80)})
    files, told = packed(root)
    assert len(files) == leavings.MAX_FILES
    assert len(told["left_out"]) == 51
    assert told["left_out"][-1] == "and 30 more"


def test_a_tree_that_does_not_end_is_not_walked_to_its_end(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leavings, "_MAX_ENTRIES", 50)
    write(root, **{f"f{number:04d}": b"x" for number in range(80)})
    folder = root / "a" / "/".join("d" * 30)
    folder.mkdir(parents=True)
    (folder / "deep").write_text("x")
    files, told = packed(root)
    assert 0 < len(files) <= 50
    assert "a/deep" not in "".join(files)
    assert any("what follows" in name for name in told["left_out"])


def test_names_that_could_harm_a_reader_are_left_out(root: Path) -> None:
    root.mkdir()
    for name in ("new\nline", "\x1b[2Jclear", "back\\slash", "\udcff"):
        (root / name).write_text("x")
    (root / "größe.txt").write_text("x")
    files, told = packed(root)
    assert set(files) == {"größe.txt"}
    assert len(told["skipped"]) == 4
    assert all(line.isascii() and line.isprintable() for line in told["skipped"])


@pytest.mark.docker
def test_a_notebook_leaves_files_and_no_link_leads_out(
    make_spec: Callable[..., Any], run_here: Callable[..., Any]
) -> None:
    leave = (
        "import os, pathlib, subprocess, sys\n"
        "root = pathlib.Path(os.environ['P2N_ARTIFACTS'])\n"
        "(root / 'model').mkdir()\n(root / 'model/weights.bin').write_bytes(bytes(1000))\n"
        "(root / 'passwd').symlink_to('/etc/passwd')\n(root / 'root').symlink_to('/')\n"
        "(root / 'environment').symlink_to(pathlib.Path(sys.executable).parent.parent)\n"
        "os.mkfifo(root / 'pipe')\n"
        "os.mkdir(root / 'closed', 0)\n"
        # A daemon that swaps the file for a link while it is packed, if it lived that long.
        'swap = \'import os\\nwhile True:\\n os.rename("w", "v"); os.symlink("/etc/passwd", "w"); '
        'os.unlink("w"); os.rename("v", "w")\'\n'
        "(root / 'w').write_text('mine')\n"
        "subprocess.Popen([sys.executable, '-c', swap], cwd=root, start_new_session=True)\n"
    )
    finished = run_here(make_spec(metric_cell(), leave))
    assert finished.status == "succeeded", finished.end
    with zipfile.ZipFile(io.BytesIO(finished.artifact("files.zip"))) as file:
        content = {name: file.read(name) for name in file.namelist()}
    # The daemon is killed first, at whatever step it was.
    assert content.pop("w", content.pop("v", b"mine")) == b"mine"
    assert content == {"model/weights.bin": bytes(1000)}
    (entry,) = (a for a in finished.end["artifacts"] if a["name"] == "files.zip")
    assert entry["content_type"] == "application/zip"
    system = " ".join(finished.lines("system"))
    for name in ("passwd", "root", "environment", "pipe", "closed"):
        assert f"{name}: " in system
    assert "root:x:0" not in json.dumps(finished.events)


@pytest.mark.docker
def test_too_many_files_fail_the_run_by_name_and_the_rest_is_kept(
    make_spec: Callable[..., Any], run_here: Callable[..., Any]
) -> None:
    leave = (
        "import os, pathlib\n"
        "root = pathlib.Path(os.environ['P2N_ARTIFACTS'])\n"
        "(root / 'big').write_bytes(bytes(30_000_000))\n(root / 'small').write_text('kept')"
    )
    finished = run_here(make_spec(metric_cell(), leave))
    assert finished.status == "failed"
    assert finished.end["error"]["code"] == "E_ARTIFACT_QUOTA"
    assert finished.end["error"]["detail"] == {"artifacts": ["files.zip:big"]}
    with zipfile.ZipFile(io.BytesIO(finished.artifact("files.zip"))) as file:
        assert file.namelist() == ["small"]
    assert "metrics.json" in {artifact["name"] for artifact in finished.end["artifacts"]}
