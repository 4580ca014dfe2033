"""The datasets phase on a real engine: each way a loader can go wrong is told, and leaves nothing behind."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import threading
import time
import uuid
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import docker
import pytest

from p2n_ext.catalog.datasets import Sources, uploaded
from p2n_ext.catalog.datasets.tables import COVTYPE
from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.execution import ResolvedEnvironment
from p2n_schemas.runs import DatasetFile, DatasetMount
from ray_runner.sandbox import environment
from ray_runner.sandbox.environment import Builder, dataset_key, dataset_volume
from tests.bridge_network import host_address

pytestmark = pytest.mark.docker

WRITE = "import os, pathlib\nroot = pathlib.Path(os.environ['P2N_DATA'])\n"


class Bench:
    """Builds datasets as runs do, in the image's own Python, and takes them away afterwards."""

    def __init__(self, resolved: ResolvedEnvironment) -> None:
        self.client = docker.from_env()
        self.image = resolved.image_digest
        self.made: list[str] = []
        self.said: list[str] = []
        self.builders: list[Builder] = []

    def mount(self, code: str, **changes: Any) -> DatasetMount:
        """A mount of its own for each test, so that nothing is found that another left."""
        loader = f"# {uuid.uuid4()}\n{WRITE}{code}\n"
        return DatasetMount(**{"name": "data", "loader": loader, "needs_environment": False} | changes)

    def build(self, mount: DatasetMount, seconds: float = 60) -> bool:
        self.made.append(dataset_volume(dataset_key(mount, "e")))
        builder = Builder(self.client, f"test-{uuid.uuid4().hex[:8]}", lambda: False)
        self.builders.append(builder)
        return builder.dataset(mount, "e", self.image, time.time() + seconds, self.said.append)

    def refused(self, mount: DatasetMount, seconds: float = 60) -> str:
        """The reason; asserts that nothing is left in store or volumes, and no container."""
        with pytest.raises(P2NError) as caught:
            self.build(mount, seconds)
        assert caught.value.code is ErrorCode.E_DATASET_FAILED
        key = dataset_key(mount, "e")
        assert not [name for name in self.store("") if key in name]
        assert not self.client.volumes.list(filters={"name": dataset_volume(key)})
        assert not self.client.containers.list(all=True, filters={"label": "p2n.phase=datasets", "name": key})
        return caught.value.info.message

    def read(self, mount: DatasetMount) -> str:
        volume = dataset_volume(dataset_key(mount, "e"))
        # The last line ends: the engine's log may lose one that is open when the container ends.
        command = ["sh", "-c", "cd /d && find . -type f -exec ls -ln {} + -exec cat {} + && echo"]
        return str(
            self.client.containers.run(
                self.image,
                command,
                remove=True,
                network_mode="none",
                volumes={volume: {"bind": "/d", "mode": "ro"}},
            ),
            "utf-8",
        )

    def store(self, path: str) -> list[str]:
        listing = self.client.containers.run(
            self.image,
            ["ls", "-A", f"/data/{path}"],
            remove=True,
            network_mode="none",
            volumes={"p2n-datasets": {"bind": "/data", "mode": "ro"}},
        )
        return str(listing, "utf-8").split()


@pytest.fixture
def bench(resolved: ResolvedEnvironment) -> Iterator[Bench]:
    made = Bench(resolved)
    yield made
    for builder in made.builders:
        builder.close()
    for name in made.made:
        for volume in made.client.volumes.list(filters={"name": name}):
            volume.remove()
    keys = [name.removeprefix("p2n-data-") for name in made.made]
    if keys:
        made.client.containers.run(
            made.image,
            ["rm", "-rf", *(f"/data/{key}" for key in keys)],
            remove=True,
            network_mode="none",
            volumes={"p2n-datasets": {"bind": "/data", "mode": "rw"}},
        )
    made.client.close()


def test_a_dataset_is_loaded_once_and_belongs_to_root(bench: Bench) -> None:
    mount = bench.mount("(root / 'a').mkdir()\n(root / 'a' / 'x.csv').write_text('1')\nprint('loaded')")
    assert bench.build(mount) is False
    assert bench.build(mount) is True
    listing = bench.read(mount)
    assert listing.startswith("-rw-r--r-- 1 0 0 1 ")
    assert bench.said.count("loaded") == 1


def test_several_runs_that_need_it_at_once_load_it_once(bench: Bench) -> None:
    mount = bench.mount("import time\ntime.sleep(1)\n(root / 'x.csv').write_text('1')\nprint('loaded')")
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: bench.build(mount), range(4)))
    assert bench.said.count("loaded") == 1
    assert found.count(False) == 1


def test_the_checksum_is_verified(bench: Bench) -> None:
    good = hashlib.sha256(b"x.csv\0" + (1).to_bytes(8, "big") + b"1").hexdigest()
    assert bench.build(bench.mount("(root / 'x.csv').write_text('1')", sha256=good)) is False
    reason = bench.refused(bench.mount("(root / 'x.csv').write_text('2')", sha256=good))
    assert f"expected {good}" in reason


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("raise SystemExit('no such file on the server')", "no such file on the server"),
        ("pass", "wrote no file"),
        ("(root / 'd').symlink_to('/data')", "not a regular file: d"),
        ("os.mkfifo(root / 'x')", "not a regular file: x"),
        ("(root / 'x').write_text('1'); os.link(root / 'x', root / 'y')", "not a regular file"),
    ],
)
def test_a_loader_that_fails(bench: Bench, code: str, words: str) -> None:
    assert words in bench.refused(bench.mount(code))


def test_a_loader_that_hangs(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "_LOADER_SECONDS", 2.0)
    begun = time.monotonic()
    hanging = "import signal, subprocess, time\nsignal.signal(15, lambda *_: None)\nsubprocess.Popen(['sleep', '500'])\n"
    reason = bench.refused(bench.mount(f"{hanging}(root / 'x').write_text('1')\ntime.sleep(500)"))
    assert "did not end within 2 s" in reason
    assert time.monotonic() - begun < 30


@pytest.mark.parametrize(
    "code",
    [
        "for n in range(100):\n    (root / str(n)).write_bytes(b'x' * 1_000_000)",
        "import time\nfile = open(root / 'x', 'wb')\nwhile True:\n    file.write(b'x' * 1_000_000)\n    time.sleep(0.01)",
        "import time\nfile = open('/tmp/x', 'wb')\nwhile True:\n    file.write(b'x' * 1_000_000)\n    time.sleep(0.01)",
    ],
)
def test_a_loader_that_writes_too_much(bench: Bench, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    monkeypatch.setattr(environment, "_DATASET_BYTES", 20_000_000)
    assert "wrote more than 20000000 bytes" in bench.refused(bench.mount(code))


def test_a_loader_can_write_nothing_but_its_own_data(bench: Bench) -> None:
    other = bench.mount("(root / 'x.csv').write_text('1')", name="other")
    bench.build(other)
    place = f"/data/{dataset_key(other, 'e')}"
    tries = (
        f"for path in ('{place}/x.csv', '{place}/y.csv', '/data/z-{uuid.uuid4()}', '/p2n-host/loader.py', '/etc/z'):\n"
        "    try:\n        open(path, 'a').write('2')\n"
        "    except OSError:\n        continue\n"
        "    raise SystemExit(f'could write {path}')\n"
        "(root / 'x.csv').write_text(f'{os.getuid()}')"
    )
    mount = bench.mount(tries)
    assert bench.build(mount) is False
    assert "10001" in bench.read(mount)


def upload(tmp_path: Path, filename: str, data: bytes) -> DatasetMount:
    path = tmp_path / "upload"
    path.write_bytes(data)
    mount = uploaded.mount_of("mine", "d_1", filename, hashlib.sha256(data).hexdigest(), len(data))
    assert mount.file is not None
    file = mount.file.model_copy(update={"url": path.as_uri()})
    return mount.model_copy(update={"file": file, "loader": f"# {uuid.uuid4()}\n{mount.loader}"})


def zipped(entries: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def test_an_uploaded_file_comes_as_it_is(bench: Bench, tmp_path: Path) -> None:
    mount = upload(tmp_path, "mine.csv", b"a,b\n1,2\n")
    assert bench.build(mount) is False
    assert "./mine.csv\n" in bench.read(mount)
    assert "a,b\n1,2\n" in bench.read(mount)


def test_an_uploaded_archive_is_unpacked_and_checked_again_in_the_container(
    bench: Bench, tmp_path: Path
) -> None:
    good = upload(tmp_path, "mine.zip", zipped({"deep/a.csv": b"a\n1\n", "README.md": b"x"}))
    assert bench.build(good) is False
    assert "./deep/a.csv\n" in bench.read(good)
    assert "README" not in bench.read(good)
    # The server refuses this at its door; what came in by another way meets the same checks.
    reason = bench.refused(upload(tmp_path, "mine.zip", zipped({"../evil.csv": b"a\n1\n"})))
    assert "status 1" in reason
    assert any("a path that is not taken: '../evil.csv'" in line for line in bench.said)


@pytest.mark.parametrize("change", ["bytes", "size", "gone", "scheme"])
def test_an_uploaded_file_that_is_another_is_refused(bench: Bench, tmp_path: Path, change: str) -> None:
    mount = upload(tmp_path, "mine.csv", b"a,b\n1,2\n")
    assert isinstance(mount.file, DatasetFile)
    path = tmp_path / "upload"
    act: dict[str, Callable[[], Any]] = {
        "bytes": lambda: path.write_bytes(b"a,b\n1,3\n"),
        "size": lambda: path.write_bytes(b"a,b\n1,2\n" * 100),
        "gone": path.unlink,
        "scheme": lambda: None,
    }
    act[change]()
    if change == "scheme":
        mount = mount.model_copy(update={"file": mount.file.model_copy(update={"url": "dataset:d_1"})})
    assert "The uploaded file of the dataset mine" in bench.refused(mount)


def test_a_waiting_run_that_is_cancelled_lets_the_other_go_on(bench: Bench) -> None:
    mount = bench.mount("import time\ntime.sleep(2)\n(root / 'x.csv').write_text('1')")
    first = threading.Thread(target=bench.build, args=(mount,))
    first.start()
    time.sleep(0.8)
    waiting = Builder(bench.client, "test-waiting", lambda: True)
    with pytest.raises(P2NError) as caught:
        waiting.dataset(mount, "e", bench.image, time.time() + 60, bench.said.append)
    assert caught.value.code is ErrorCode.E_RUN_CANCELLED
    first.join(30)
    assert bench.build(mount) is True


def test_where_no_checksum_is_known_the_first_fetch_is_the_measure(bench: Bench) -> None:
    name = f"data-{uuid.uuid4().hex[:12]}"
    first = bench.mount("(root / 'x.csv').write_text('1')", recorded_as=name)
    assert bench.build(first) is False
    assert any("its first fetch is recorded as" in line for line in bench.said)
    assert f"{name}.first" in bench.store("")
    # another mirror, and so another loader: the same bytes are taken, others are not
    assert bench.build(bench.mount("(root / 'x.csv').write_text('1')", recorded_as=name)) is False
    changed = bench.mount("(root / 'x.csv').write_text('2')", recorded_as=name)
    assert "the source changed" in bench.refused(changed)
    other = bench.mount("(root / 'x.csv').write_text('2')", recorded_as=f"{name}-2")
    assert bench.build(other) is False
    remove = ["sh", "-c", f"rm -f /data/{name}*.first"]
    volumes = {"p2n-datasets": {"bind": "/data", "mode": "rw"}}
    bench.client.containers.run(bench.image, remove, remove=True, network_mode="none", volumes=volumes)


def test_the_catalogues_loader_fetches_from_an_operators_mirror(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = b"1,2,3\n" * 1000

    class Mirror(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/files/5976039" else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    gateway = host_address(bench.client)
    for variable in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(variable, gateway)
    with ThreadingHTTPServer(("", 0), Mirror) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        mirror = Sources({"figshare": f"http://{gateway}:{server.server_port}/files"})
        dataset = dataclasses.replace(COVTYPE, sha256=hashlib.sha256(body).hexdigest())
        good = dataset.mount(mirror)
        loader = f"# {uuid.uuid4()}\n{good.loader}"
        mount = good.model_copy(update={"loader": loader, "recorded_as": None})
        assert bench.build(mount) is False
        assert "1,2,3\n" in bench.read(mount)
        gone = loader.replace("5976039", "0")
        assert f"{gateway} answered 404" in bench.refused(mount.model_copy(update={"loader": gone}))
        server.shutdown()
    # and what happens where there is no way out
    unreachable = loader.replace(f"http://{gateway}:{server.server_port}", "http://data.invalid")
    quick = unreachable.replace("PAUSE_SECONDS = 2.0", "PAUSE_SECONDS = 0.0")
    assert "data.invalid can't be reached" in bench.refused(mount.model_copy(update={"loader": quick}))


def test_data_hangs_on_the_environment_only_where_nothing_else_decides() -> None:
    plain = DatasetMount(name="a", loader="x")
    assert dataset_key(plain, "one") != dataset_key(plain, "two")
    for changes in ({"sha256": "0" * 64}, {"needs_environment": False}):
        mount = plain.model_copy(update=changes)
        assert dataset_key(mount, "one") == dataset_key(mount, "two")
    file = DatasetFile(filename="a.csv", url="file:///a", sha256="1" * 64, size_bytes=1)
    one = plain.model_copy(update={"file": file, "needs_environment": False})
    two = one.model_copy(update={"file": file.model_copy(update={"sha256": "2" * 64})})
    moved = one.model_copy(update={"file": file.model_copy(update={"url": "file:///elsewhere"})})
    assert dataset_key(one, "e") != dataset_key(two, "e")
    assert dataset_key(one, "e") == dataset_key(moved, "e")
