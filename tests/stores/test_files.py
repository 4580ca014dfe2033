"""The local object store."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest

from p2n_ext.stores.files import LocalObjectStore
from p2n_ext.stores.signing import Signer
from p2n_schemas.errors import ErrorCode, P2NError


@pytest.fixture
def store(tmp_path: Path) -> LocalObjectStore:
    return LocalObjectStore(tmp_path / "objects", Signer(b"k" * 32), lambda: "/files/")


async def test_put_get_delete(store: LocalObjectStore) -> None:
    await store.put("runs/a/metrics.json", b"{}")
    await store.put("runs/b/metrics.json", b"[]")
    assert await store.get("runs/a/metrics.json") == b"{}"
    await store.delete_prefix("runs/a")
    await store.delete_prefix("runs/a")
    assert not await store.exists("runs/a/metrics.json")
    assert await store.exists("runs/b/metrics.json")


async def test_a_missing_object_is_a_typed_error(store: LocalObjectStore) -> None:
    for ask in (store.get, store.local_path):
        with pytest.raises(P2NError) as caught:
            await ask("runs/none")
        assert caught.value.code is ErrorCode.E_NOT_FOUND


@pytest.mark.parametrize("key", ["", "../up", "/etc/passwd", "a/../../b", "a/.hidden", "./a/.."])
async def test_a_key_never_leaves_the_folder(store: LocalObjectStore, key: str) -> None:
    with pytest.raises(ValueError, match="not an object key"):
        await store.put(key, b"x")


async def test_a_worker_writes_where_the_store_reads(store: LocalObjectStore) -> None:
    url = store.upload_url("runs/ä b/metrics.json", 60)
    path = Path(url2pathname(urlsplit(url).path))
    path.parent.mkdir(parents=True)
    path.write_bytes(b"{}")
    assert await store.get("runs/ä b/metrics.json") == b"{}"
