"""Canonical metrics, the quota, and uploads by grant."""

from __future__ import annotations

import hashlib
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.events import MetricUpdate
from p2n_schemas.runs import UploadGrant
from ray_runner.artifacts import QUOTA_BYTES, Uploader, metrics_json


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
