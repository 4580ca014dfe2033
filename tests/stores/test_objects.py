"""The object store's contract, over local files and over Supabase Storage alike."""

from __future__ import annotations

import asyncio
import hashlib
import inspect
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname, urlopen

import pytest

from p2n_ext.protocols import ObjectStore
from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.runs import UploadGrant
from ray_runner.artifacts import Uploader
from tests.stores.conftest import Backend

ODD = "runs/ä b/metrics=1~(2)%.json"


async def test_what_is_put_comes_back_until_it_is_deleted(store: ObjectStore) -> None:
    await store.put("runs/a/metrics.json", b"{}")
    await store.put("runs/b/metrics.json", b"[]")
    assert await store.get("runs/a/metrics.json") == b"{}"
    await store.put("runs/a/metrics.json", b"{1}")
    assert await store.get("runs/a/metrics.json") == b"{1}"
    await store.delete_prefix("runs/a")
    await store.delete_prefix("runs/a")
    assert not await store.exists("runs/a/metrics.json")
    assert await store.exists("runs/b/metrics.json")
    assert not await store.exists("runs/b/metrics"), "the beginning of a name is not the name"
    assert not await store.exists("runs/b"), "a folder is no object"


async def test_one_object_is_deleted_by_its_key(store: ObjectStore) -> None:
    await store.put("runs/a/one.txt", b"1")
    await store.put("runs/a/one.txt.gz", b"2")
    await store.delete_prefix("runs/a/one.txt")
    assert await store.keys() == ["runs/a/one.txt.gz"]


async def test_a_missing_object_is_a_typed_error(store: ObjectStore) -> None:
    for ask in (store.get, store.local_path):
        with pytest.raises(P2NError) as caught:
            await ask("runs/none")
        assert caught.value.code is ErrorCode.E_NOT_FOUND


@pytest.mark.parametrize("key", ["", "../up", "/etc/passwd", "a/../../b", "a/.hidden", "./a/.."])
async def test_a_key_never_leaves_the_folder(store: ObjectStore, key: str) -> None:
    for refused in (
        store.put(key, b"x"),
        store.get(key),
        store.upload_url(key, 60),
        store.delete_prefix(key),
    ):
        with pytest.raises(ValueError, match="not an object key"):
            await refused


async def test_any_key_and_any_bytes_come_back(store: ObjectStore) -> None:
    every_byte = bytes(range(256)) * 300
    await store.put(ODD, every_byte)
    await store.put("papers/p/paper.pdf", b"")
    assert await store.get(ODD) == every_byte
    assert await store.get("papers/p/paper.pdf") == b""
    assert await store.keys() == sorted([ODD, "papers/p/paper.pdf"])


async def test_a_file_is_taken_over(store: ObjectStore, tmp_path: Path) -> None:
    draft = tmp_path / "objects" / "draft"
    draft.parent.mkdir(exist_ok=True)
    draft.write_bytes(b"x" * 3_000_000)
    await store.put_file("datasets/d/upload", draft)
    assert not draft.exists()
    assert await store.get("datasets/d/upload") == b"x" * 3_000_000


async def test_a_local_file_has_the_present_bytes(store: ObjectStore) -> None:
    await store.put("papers/p/paper.pdf", b"first")
    assert (await store.local_path("papers/p/paper.pdf")).read_bytes() == b"first"
    paths = await asyncio.gather(*(store.local_path("papers/p/paper.pdf") for _ in range(5)))
    assert len(set(paths)) == 1
    assert paths[0].suffix == ".pdf"
    await asyncio.sleep(0.01)
    await store.put("papers/p/paper.pdf", b"second")
    assert (await store.local_path("papers/p/paper.pdf")).read_bytes() == b"second"
    await store.delete_prefix("papers/p")
    with pytest.raises(P2NError):
        await store.local_path("papers/p/paper.pdf")


async def test_sizes_are_told_by_key_below_a_prefix(store: ObjectStore) -> None:
    await store.put("runs/a/one", b"x" * 5000)
    await store.put("runs/a/deep/two", b"y")
    await store.put("runs/ab/three", b"z")
    sizes = await store.sizes("runs/a")
    assert set(sizes) == {"runs/a/one", "runs/a/deep/two"}
    assert sizes["runs/a/one"] >= 5000
    assert await store.sizes("runs/none") == {}
    assert "runs/a" in store.whereabouts("runs/a")


async def test_more_than_a_hundred_objects_are_listed_and_deleted(store: ObjectStore) -> None:
    keys = [f"runs/r/{number:04d}.json" for number in range(130)]
    for start in range(0, len(keys), 25):
        await asyncio.gather(*(store.put(key, b"{}") for key in keys[start : start + 25]))
    assert await store.keys() == keys
    await store.delete_prefix("runs/r")
    assert await store.keys() == []


async def test_of_many_writers_of_one_object_one_wins_whole(store: ObjectStore) -> None:
    written = [bytes([65 + number]) * 20_000 for number in range(8)]
    await asyncio.gather(*(store.put("plans/p/notebook.ipynb", data) for data in written))
    assert await store.get("plans/p/notebook.ipynb") in written


async def test_a_worker_writes_and_reads_with_grants_alone(store: ObjectStore, tmp_path: Path) -> None:
    grants = [
        UploadGrant(name=name, url=await store.upload_url(f"runs/r/{name}", 60))
        for name in ("metrics.json", "logs.txt", "events.jsonl")
    ]
    log = tmp_path / "logs.txt"
    log.write_bytes(b"line\n" * 1000)

    def work() -> list[tuple[str, str]]:
        uploader = Uploader(grants)
        uploader.store("metrics.json", b"[]")
        # A worker that did not hear that its upload arrived sends it again.
        uploader.store("metrics.json", b"{}")
        uploader.store_file(log)
        uploader.store("secret.txt", b"nobody granted it")
        return [(artifact.name, artifact.sha256) for artifact in uploader.stored[1:]]

    stored = await asyncio.to_thread(work)
    assert stored == [
        ("metrics.json", hashlib.sha256(b"{}").hexdigest()),
        ("logs.txt", hashlib.sha256(b"line\n" * 1000).hexdigest()),
    ]
    assert await store.get("runs/r/metrics.json") == b"{}"
    assert await store.keys() == ["runs/r/logs.txt", "runs/r/metrics.json"]
    url = await store.download_url("runs/r/logs.txt", 60)
    assert await asyncio.to_thread(_read, url) == b"line\n" * 1000


def _read(url: str) -> bytes:
    if url.startswith("file:"):
        return Path(url2pathname(urlsplit(url).path)).read_bytes()
    with urlopen(url, timeout=10) as answer:
        return bytes(answer.read())


async def test_a_signed_link_names_what_it_gives(store: ObjectStore, backend: Backend) -> None:
    await store.put("runs/r/metrics.json", b"{}")
    url = await store.sign("runs/r/metrics.json", "metrics.json", "application/json", 60)
    if backend.name == "embedded":
        # Answered by this server: tests/test_chain.py follows such links.
        assert url.startswith("/files/")
        return
    with await asyncio.to_thread(urlopen, url) as answer:
        assert answer.read() == b"{}"
        assert answer.headers["Content-Type"] == "application/json"
        assert "metrics.json" in answer.headers["Content-Disposition"]


def test_every_operation_of_the_contract_is_in_this_suite() -> None:
    operations = {name for name, member in vars(ObjectStore).items() if inspect.iscoroutinefunction(member)}
    text = Path(__file__).read_text()
    assert {name for name in operations if f"store.{name}" not in text} == set()
