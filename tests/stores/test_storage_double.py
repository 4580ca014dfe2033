"""The stand-in for Supabase Storage answers as the real service does: seen with its own client, and as a worker."""

from __future__ import annotations

import asyncio
import time
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import jwt
import pytest
from storage3.exceptions import StorageApiError
from supabase import acreate_client

from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.runs import UploadGrant
from ray_runner.artifacts import Uploader
from tests.postgres_cluster import JWT_SECRET, token
from tests.stores.conftest import Supabase
from tests.supabase_site import BUCKET, SupabaseSite


async def refusal(work: Any) -> tuple[str, str]:
    with pytest.raises(StorageApiError) as caught:
        await work
    return str(caught.value.status), str(caught.value.code)


async def test_refusals_are_the_services(site: SupabaseSite) -> None:
    client = await acreate_client(site.url, site.key)
    bucket = client.storage.from_(BUCKET)
    await bucket.upload("a/b.txt", b"x")
    assert await refusal(bucket.upload("a/b.txt", b"y")) == ("409", "Duplicate")
    assert await bucket.download("a/b.txt") == b"x"
    await bucket.upload("a/b.txt", b"z", {"upsert": "true"})
    assert await bucket.download("a/b.txt") == b"z"
    assert await refusal(bucket.download("a/c.txt")) == ("404", "not_found")
    assert await refusal(bucket.create_signed_url("a/c.txt", 60)) == ("404", "not_found")
    assert await refusal(bucket.upload("a/ä.txt", b"x")) == ("400", "InvalidKey")
    assert await refusal(bucket.create_signed_upload_url("a/b.txt")) == ("409", "Duplicate")
    limits = site.storage.buckets[BUCKET]
    limits.max_bytes, limits.types = 5, ["text/plain"]
    assert (await refusal(bucket.upload("a/d.txt", b"123456")))[0] == "413"
    wrong: Any = {"content-type": "image/png"}
    assert await refusal(bucket.upload("a/d.png", b"1", wrong)) == ("415", "invalid_mime_type")
    assert (await refusal(client.storage.from_("none").download("a")))[0] == "404"
    stranger = await acreate_client(site.url, token("anon"))
    assert (await refusal(stranger.storage.from_(BUCKET).download("a/b.txt")))[0] == "403"
    for opened in (client, stranger):
        await opened.storage.session.aclose()
        await opened.auth.close()


async def test_lists_have_folders_without_an_id_and_removal_passes_over_what_is_not_there(
    site: SupabaseSite,
) -> None:
    client = await acreate_client(site.url, site.key)
    bucket = client.storage.from_(BUCKET)
    for name in ("runs/r/one", "runs/r/two", "papers/p", "top"):
        await bucket.upload(name, b"x")
    root = await bucket.list()
    assert [(entry["name"], entry["id"] is None) for entry in root] == [
        ("papers", True),
        ("runs", True),
        ("top", False),
    ]
    assert root[0]["metadata"] is None
    assert root[2]["metadata"]["size"] == 1
    page = await bucket.list("runs/r", {"limit": 1, "offset": 1})
    assert [entry["name"] for entry in page] == ["two"]
    removed = await bucket.remove(["runs/r/one", "runs/none"])
    assert [entry["name"] for entry in removed] == ["runs/r/one"]
    assert await bucket.remove(["runs/none"]) == []
    await client.storage.session.aclose()
    await client.auth.close()


def _put(url: str, data: bytes = b"{}") -> tuple[int, bytes]:
    try:
        with urlopen(Request(url, data=data, method="PUT"), timeout=20) as answer:
            return answer.status, answer.read()
    except HTTPError as error:
        with error:
            return error.code, error.read()


async def test_a_grant_is_good_for_its_own_object_until_it_ends(supabase: Supabase) -> None:
    store, site = supabase.objects(), supabase.site
    url = await store.upload_url("runs/r/metrics.json", 60)
    assert "upload/sign" in url
    past = int(time.time()) - 60
    claims = {"url": f"{BUCKET}/runs/r/metrics.json", "upsert": True, "iat": past, "exp": past + 30}
    expired = url.split("token=")[0] + "token=" + jwt.encode(claims, JWT_SECRET, algorithm="HS256")
    bad = {
        "InvalidJWT": [expired, url[:-4] + "AAAA", url.split("token=")[0] + "token=none"],
        "InvalidSignature": [url.replace("metrics.json", "other.json")],
    }
    for code, urls in bad.items():
        for each in urls:
            status, body = await asyncio.to_thread(_put, each)
            assert status == 400
            assert code.encode() in body
            uploader = Uploader([UploadGrant(name="metrics.json", url=each)])
            with pytest.raises(P2NError) as caught:
                await asyncio.to_thread(uploader.store, "metrics.json", b"{}")
            assert caught.value.code is ErrorCode.E_UPLOAD_FAILED
            assert "token" not in str(caught.value.info.model_dump())
    assert site.objects() == {}
    read = await asyncio.to_thread(_put, url)
    assert read[0] == 200
    link = await store.sign("runs/r/metrics.json", "m.json", "application/json", 1)
    await asyncio.sleep(2.1)
    with pytest.raises(HTTPError) as late:
        await asyncio.to_thread(urlopen, link)
    with late.value as answer:
        assert (answer.code, b"InvalidJWT" in answer.read()) == (400, True)
