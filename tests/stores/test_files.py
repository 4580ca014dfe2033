"""What is the local object store's own: grants are files below its folder."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from p2n_ext.stores.files import LocalObjectStore
from p2n_ext.stores.signing import Signer


async def test_a_worker_writes_where_the_store_reads(tmp_path: Path) -> None:
    store = LocalObjectStore(tmp_path / "objects", Signer(b"k" * 32), lambda: "/files/")
    path = Path(url2pathname(urlsplit(await store.upload_url("runs/ä b/metrics.json", 60)).path))
    path.parent.mkdir(parents=True)
    path.write_bytes(b"{}")
    assert await store.get("runs/ä b/metrics.json") == b"{}"


async def test_what_is_being_written_is_no_object(tmp_path: Path) -> None:
    store = LocalObjectStore(tmp_path / "objects", Signer(b"k" * 32), lambda: "/files/")
    await store.put("runs/r/metrics.json", b"{}")
    (tmp_path / "objects" / "runs" / "r" / ".logs.txt.1.2.ab").write_bytes(b"half a li")
    assert await store.keys() == ["runs/r/metrics.json"]
