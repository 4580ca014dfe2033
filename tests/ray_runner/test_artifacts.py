"""Canonical metrics, the quota, and uploads by grant."""

from __future__ import annotations

import errno
import gzip
import hashlib
import http.server
import io
import os
import stat
import threading
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.events import MetricUpdate
from p2n_schemas.runs import UploadGrant
from ray_runner.artifacts import PLAIN_BYTES, QUOTA_BYTES, Uploader, check_artifact, metrics_json


def metric(name: str, value: float, repeat: int = 0) -> MetricUpdate:
    return MetricUpdate(name=name, value=value, split="test", dataset="d", experiment="e", repeat=repeat)


def test_metrics_are_canonical_whatever_the_order_they_came_in() -> None:
    one, two, three = metric("a", 0.1, 1), metric("a", 0.25, 0), metric("b", 1e-7)
    assert metrics_json([one, two, three]) == metrics_json([three, one, two])
    assert metrics_json([two]) == (
        b'{"metrics":[{"dataset":"d","experiment":"e","name":"a","repeat":0,"split":"test","value":0.25}]}'
    )


def test_a_file_is_written_whole_and_its_digest_told(tmp_path: Path) -> None:
    target = tmp_path / "new" / "metrics.json"
    uploader = Uploader([UploadGrant(name="metrics.json", url=target.as_uri())])
    uploader.store("metrics.json", b"{}")
    assert target.read_bytes() == b"{}"
    assert [path.name for path in target.parent.iterdir()] == ["metrics.json"]
    assert uploader.stored[0].sha256 == hashlib.sha256(b"{}").hexdigest()


def test_without_a_grant_nothing_is_stored(tmp_path: Path) -> None:
    uploader = Uploader([])
    uploader.store("metrics.json", b"{}")
    assert uploader.stored == []


def test_what_breaks_the_quota_is_left_out_by_name_and_the_rest_is_kept(tmp_path: Path) -> None:
    names = ("executed.ipynb", "logs.txt", "metrics.json")
    uploader = Uploader([UploadGrant(name=name, url=(tmp_path / name).as_uri()) for name in names])
    uploader.store("executed.ipynb", b"x")
    uploader.store("logs.txt", b"x" * QUOTA_BYTES)
    uploader.store("metrics.json", b"{}")
    assert uploader.over_quota == ["logs.txt"]
    assert [artifact.name for artifact in uploader.stored] == ["executed.ipynb", "metrics.json"]


class Receiver(http.server.BaseHTTPRequestHandler):
    received: dict[str, bytes]
    refuse = 0

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        kind = type(self)
        if kind.refuse > 0:
            kind.refuse -= 1
            self.send_response(503)
        elif "forbidden" in self.path:
            self.send_response(403)
        else:
            kind.received[self.path] = body
            self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[tuple[type[Receiver], str]]:
    kind = type("OneReceiver", (Receiver,), {"received": {}, "refuse": 0})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), kind)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield kind, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_signed_url_is_put_to_and_tried_again_after_a_passing_failure(
    receiver: tuple[type[Receiver], str],
) -> None:
    kind, base = receiver
    kind.refuse = 1
    Uploader([UploadGrant(name="logs.txt", url=f"{base}/o?token=t")]).store("logs.txt", b"log")
    assert kind.received == {"/o?token=t": b"log"}


def test_a_refusal_is_an_error_that_does_not_tell_the_url(receiver: tuple[type[Receiver], str]) -> None:
    _, base = receiver
    uploader = Uploader([UploadGrant(name="logs.txt", url=f"{base}/forbidden?token=secret")])
    with pytest.raises(P2NError) as raised:
        uploader.store("logs.txt", b"log")
    assert raised.value.code is ErrorCode.E_UPLOAD_FAILED
    assert "403" in raised.value.info.message
    assert "secret" not in raised.value.info.model_dump_json()


def granted(folder: Path, *names: str) -> list[UploadGrant]:
    return [UploadGrant(name=name, url=(folder / "store" / name).as_uri()) for name in names]


def test_a_large_log_is_stored_gzipped_without_holding_it(tmp_path: Path) -> None:
    log = tmp_path / "logs.txt"
    with log.open("w") as file:
        for number in range(80):
            file.writelines(f"stdout[0] line {number} {tick} of a long log\n" for tick in range(27_000))
    assert log.stat().st_size > 80_000_000
    uploader = Uploader(granted(tmp_path, "logs.txt", "logs.txt.gz"))
    tracemalloc.start()
    uploader.store_file(log)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    (stored,) = uploader.stored
    packed = (tmp_path / "store" / "logs.txt.gz").read_bytes()
    assert (stored.name, stored.content_type) == ("logs.txt.gz", "application/gzip")
    assert stored.sha256 == hashlib.sha256(packed).hexdigest()
    assert gzip.decompress(packed) == log.read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"logs.txt", "store"}, "nothing temporary stays"
    print(
        f"{log.stat().st_size / 1e6:.0f} MB became {len(packed) / 1e6:.1f} MB; {peak / 1e6:.1f} MB were held"
    )
    assert peak < 16_000_000


def test_a_small_log_stays_plain_and_so_does_one_without_a_grant_for_more(tmp_path: Path) -> None:
    log = tmp_path / "logs.txt"
    log.write_bytes(b"x" * PLAIN_BYTES)
    uploader = Uploader(granted(tmp_path, "logs.txt", "logs.txt.gz"))
    uploader.store_file(log)
    log.write_bytes(b"x" * (PLAIN_BYTES + 1))
    without = Uploader(granted(tmp_path, "logs.txt"))
    without.store_file(log)
    assert [artifact.name for artifact in uploader.stored + without.stored] == ["logs.txt", "logs.txt"]


def test_a_log_that_breaks_the_quota_even_gzipped_is_left_out_by_name(tmp_path: Path) -> None:
    log = tmp_path / "logs.txt"
    log.write_bytes(os.urandom(QUOTA_BYTES + (4 << 20)))
    uploader = Uploader(granted(tmp_path, "metrics.json", "logs.txt", "logs.txt.gz"))
    uploader.store_file(log)
    uploader.store("metrics.json", b"{}")
    assert uploader.over_quota == ["logs.txt"]
    assert [artifact.name for artifact in uploader.stored] == ["metrics.json"]


def test_a_store_without_room_is_told_as_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "/a/path/of/the/server")

    monkeypatch.setattr("shutil.copyfileobj", full)
    with pytest.raises(P2NError) as raised:
        Uploader(granted(tmp_path, "metrics.json")).store("metrics.json", b"{}")
    assert raised.value.code is ErrorCode.E_UPLOAD_FAILED
    assert "no room is left" in raised.value.info.message
    assert "/a/path" not in raised.value.info.model_dump_json()
    assert list((tmp_path / "store").iterdir()) == []


def zip_of(entries: dict[str, bytes], kind: int = stat.S_IFREG) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in entries.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (kind | 0o644) << 16
            file.writestr(entry, data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("figure-01.png", b"<svg onload=alert(1)>", "no PNG"),
        ("files.zip", b"PK no zip", "no zip"),
        ("files.zip", zip_of({"bomb": bytes(21_000_000)}), "more than its bound"),
        ("files.zip", zip_of({f"{number}": b"" for number in range(101)}), "too many"),
        ("files.zip", zip_of({"../up": b""}), "no plain file"),
        ("files.zip", zip_of({"/etc/x": b""}), "no plain file"),
        ("files.zip", zip_of({"link": b"/etc/passwd"}, stat.S_IFLNK), "no plain file"),
        ("files.zip", zip_of({"a": b"x" * 50}).replace(b"\x00\x00\x00a", b"\x00\x00\x00b", 1), "damaged"),
    ],
)
def test_what_comes_out_of_the_sandbox_must_be_what_its_name_says(name: str, data: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        check_artifact(name, data)


def test_a_figure_and_files_that_are_right_pass() -> None:
    check_artifact("figure-01.png", b"\x89PNG\r\n\x1a\n and more")
    check_artifact("files.zip", zip_of({"model/weights.bin": b"x" * 1000}))
    check_artifact("executed.ipynb", b"{}")
