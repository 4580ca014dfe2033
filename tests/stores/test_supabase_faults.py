"""What goes wrong between here and Supabase: sent again where it helps, done once, and said in words where not."""

from __future__ import annotations

import asyncio
import os
import time
from typing import Any

import pytest

from p2n_ext.stores import supabase_objects
from p2n_ext.stores.supabase_checks import SupabaseChecks
from p2n_ext.stores.supabase_connection import SupabaseConnection
from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.runs import RunStatus
from tests.live_server import free_port
from tests.postgres_cluster import token
from tests.storage_double import Stored
from tests.stores.conftest import Supabase
from tests.stores.made_rows import PAPER, PLAN, call, run
from tests.supabase_site import BUCKET, Fault

WRITE = "POST /rest/v1/rpc/p2n_write"


async def error_of(work: Any) -> P2NError:
    with pytest.raises(P2NError) as caught:
        await work
    told = f"{caught.value.info.model_dump_json()} {caught.value}"
    assert "eyJ" not in told, "no token is told"
    return caught.value


async def filled(supabase: Supabase, **changes: Any) -> Any:
    database = supabase.database(**changes)
    await database.put_paper(PAPER)
    await database.put_plan(PLAN)
    return database


async def test_a_write_whose_answer_is_lost_is_done_once(supabase: Supabase) -> None:
    database, site = await filled(supabase), supabase.site
    await database.add_run(run(1), None, 10)
    for work, expected in (
        (lambda: database.transition("r_1", RunStatus.RUNNING), "r_1"),
        (lambda: database.transition("r_1", RunStatus.FAILED, announce=True), "r_1"),
        (lambda: database.add_run(run(2), None, 10), "r_2"),
    ):
        site.faults = [Fault(WRITE, "lost", times=2)]
        before = site.count(WRITE)
        done = await work()
        assert done is not None, "it was ours, though its answer came only the third time"
        assert done.id == expected
        assert site.count(WRITE) == before + 3
    site.faults = [Fault(WRITE, "lost")]
    assert await database.take_turn("a", 1, 60) == 0
    site.faults = [Fault(WRITE, "lost")]
    await database.open_model_call(call(1, 0.5), 0.9)
    site.faults = [Fault(WRITE, "lost")]
    assert len(await database.claim_deliveries(60, 5)) == 1
    counts = supabase.counts()
    assert (counts["runs"], counts["turns"], counts["model_calls"], counts["deliveries"]) == (2, 1, 1, 1)


@pytest.mark.parametrize("kind", ["lost", "hang", "status"])
async def test_reads_and_objects_are_asked_for_again(supabase: Supabase, kind: Any) -> None:
    database, store, site = await filled(supabase), supabase.objects(timeout=0.5), supabase.site
    hasty = supabase.database(timeout=0.5)
    await hasty.get_paper("p_1")
    site.faults = [Fault("GET /rest/v1/p2n_papers", kind, times=2)]
    assert await hasty.get_paper("p_1") == await database.get_paper("p_1") == PAPER
    site.faults = [Fault("(POST|GET|DELETE) /storage", kind, times=1)]
    await store.put("runs/r/metrics.json", b"{}")
    site.faults = [Fault("(POST|GET|DELETE) /storage", kind, times=1)]
    assert await store.get("runs/r/metrics.json") == b"{}"
    site.faults = [Fault("(POST|GET|DELETE) /storage", kind, times=1)]
    await store.delete_prefix("runs/r")
    assert site.objects() == {}


async def test_what_stays_down_is_said_to_be_down(supabase: Supabase) -> None:
    site = supabase.site
    database, store = supabase.database(tries=3), supabase.objects(tries=3)
    site.faults = [Fault(".", "status", times=-1, status=503)]
    for work in (
        database.get_paper("p_1"),
        database.put_paper(PAPER),
        store.get("a/b"),
        store.put("a/b", b""),
    ):
        assert (await error_of(work)).code is ErrorCode.E_STORE_UNAVAILABLE
    nowhere = supabase.database(url=f"http://127.0.0.1:{free_port()}", tries=2)
    assert (await error_of(nowhere.list_papers())).code is ErrorCode.E_STORE_UNAVAILABLE


async def test_waits_grow_and_are_bounded(supabase: Supabase) -> None:
    site = supabase.site
    database = supabase.database(tries=5)
    await database.list_papers()
    site.faults = [Fault(".", "status", times=-1, status=429)]
    begin = time.monotonic()
    await error_of(database.list_papers())
    took = time.monotonic() - begin
    assert took > 0.7, "0.1, 0.2, 0.4 and 0.8 s, each at least by half"
    assert site.count("p2n_papers") == 1 + 5


@pytest.mark.parametrize(
    ("key", "says"),
    [
        (token("service_role", seconds=-60), "expired"),
        (token("service_role", secret="another secret, of thirty-two letters"), "not one of this project"),
        (token("anon"), "not the service role"),
        (token("authenticated", sub="somebody"), "not the service role"),
    ],
)
async def test_a_key_that_is_refused_is_told_and_not_tried_again(
    supabase: Supabase, key: str, says: str
) -> None:
    site = supabase.site
    database, store = supabase.database(key=key), supabase.objects(key=key)
    refused = await error_of(database.put_paper(PAPER))
    assert (refused.code, site.count(WRITE)) == (ErrorCode.E_STORE_REJECTED, 1)
    assert says in refused.info.message
    assert "SUPABASE_SERVICE_ROLE_KEY" in refused.info.remediation
    for work in (store.get("a/b"), store.put("a/b", b""), store.upload_url("a/b", 60)):
        assert (await error_of(work)).code is ErrorCode.E_STORE_REJECTED
    found = {check.name: check.status for check in await checks(supabase, key=key)}
    assert "failed" in found.values()


async def test_without_a_key_nothing_is_asked(supabase: Supabase) -> None:
    assert (await error_of(supabase.database(key="").list_papers())).code is ErrorCode.E_STORE_REJECTED
    assert supabase.site.requests == []


async def checks(supabase: Supabase, **changes: Any) -> list[Any]:
    connection = SupabaseConnection(supabase.site.project(**changes))
    try:
        return list(await SupabaseChecks(connection).examine())
    finally:
        await connection.close()


async def test_a_schema_that_drifted_is_told(supabase: Supabase) -> None:
    database, cluster = await filled(supabase), supabase.site.cluster
    cluster.psql("ALTER TABLE p2n_runs RENAME TO p2n_elsewhere; NOTIFY pgrst, 'reload schema'")
    try:
        for work in (database.list_runs, lambda: database.add_run(run(1), None, 10)):
            error = await error_of(work())
            assert error.code is ErrorCode.E_STORE_OUTDATED
            assert "jupyter p2n db migrate" in error.info.remediation
    finally:
        cluster.psql("ALTER TABLE p2n_elsewhere RENAME TO p2n_runs; NOTIFY pgrst, 'reload schema'")
    for _ in range(100):
        try:
            await database.list_runs()
            break
        except P2NError:
            await asyncio.sleep(0.05)
    cluster.psql("UPDATE p2n_migrations SET sha256 = 'x' || sha256 WHERE version = 1")
    (found,) = (check for check in await checks(supabase) if check.name == "supabase database")
    cluster.psql("UPDATE p2n_migrations SET sha256 = substr(sha256, 2) WHERE version = 1")
    assert found.status == "failed"
    assert "0001_initial.sql" in found.message
    assert [check.status for check in await checks(supabase)] == ["ok", "ok", "ok"]


async def test_a_project_without_room_is_told_as_a_full_disk(supabase: Supabase) -> None:
    database, site = await filled(supabase), supabase.site
    # PostgreSQL's own words for a full disk, and for the read-only mode that a project without room is put into.
    for state in ("53100", "25006"):
        site.cluster.psql(
            "CREATE OR REPLACE FUNCTION pg_temp_full() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = '{state}'; END $$;"
            "CREATE TRIGGER full_disk BEFORE INSERT ON p2n_requests EXECUTE FUNCTION pg_temp_full()"
        )
        try:
            error = await error_of(database.put_paper(PAPER))
        finally:
            site.cluster.psql("DROP FUNCTION pg_temp_full CASCADE")
        assert (error.code, error.info.detail["code"]) == (ErrorCode.E_STORAGE_FULL, state)
    await database.put_paper(PAPER)
    site.faults = [Fault(".", "status", times=-1, status=402)]
    assert (await error_of(database.list_papers())).code is ErrorCode.E_STORAGE_FULL
    assert (await error_of(supabase.objects().put("a/b", b""))).code is ErrorCode.E_STORAGE_FULL


async def test_the_database_started_anew_is_found_again(supabase: Supabase) -> None:
    database = await filled(supabase)
    supabase.site.cluster.psql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'authenticator'"
    )
    assert await database.get_paper("p_1") == PAPER
    await database.add_run(run(1), None, 10)


async def test_what_the_bucket_refuses_is_told(supabase: Supabase) -> None:
    store, bucket = supabase.objects(), supabase.site.storage.buckets[BUCKET]
    bucket.max_bytes = 10
    error = await error_of(store.put("papers/p/paper.pdf", b"x" * 11))
    assert (error.code, error.info.detail["status"]) == (ErrorCode.E_OBJECT_REFUSED, 413)
    bucket.max_bytes, bucket.types = None, ["image/*", "application/pdf"]
    await store.put("papers/p/paper.pdf", b"x")
    error = await error_of(store.put("runs/r/logs.txt", b"x"))
    assert (error.code, error.info.detail["code"]) == (ErrorCode.E_OBJECT_REFUSED, "invalid_mime_type")
    del supabase.site.storage.buckets[BUCKET]
    for work in (store.put("a/b", b""), store.get("a/b"), store.exists("a/b"), store.delete_prefix("a")):
        assert (await error_of(work)).code is ErrorCode.E_BUCKET_MISSING
    (found,) = (check for check in await checks(supabase) if check.name == "supabase storage")
    assert found.status == "failed"
    assert BUCKET in found.message


async def test_pages_and_batches_are_gone_through(
    supabase: Supabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supabase_objects, "_PAGE", 7)
    monkeypatch.setattr(supabase_objects, "_BATCH", 5)
    store = supabase.objects()
    keys = sorted(f"runs/r_{number % 9}/{number}.json" for number in range(40))
    await asyncio.gather(*(store.put(key, b"{}") for key in keys))
    assert await store.keys() == keys
    await store.delete_prefix("runs")
    assert supabase.site.objects() == {}
    assert supabase.site.storage.largest_removal == 5


async def test_an_object_that_comes_while_its_folder_is_deleted_goes_too(
    supabase: Supabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = supabase.objects()
    await store.put("runs/r/metrics.json", b"{}")
    listing, looked = supabase_objects._listing, []

    def then_comes_more(folder: str, options: dict[str, Any]) -> Any:
        if not looked:
            looked.append(folder)
            return listing(folder, options)
        if len(looked) == 1:
            looked.append(folder)
            objects = supabase.site.storage.buckets[BUCKET].objects
            objects["runs/r/logs.txt"] = Stored(b"late", "text/plain", "now", "now")
        return listing(folder, options)

    monkeypatch.setattr(supabase_objects, "_listing", then_comes_more)
    await store.delete_prefix("runs/r")
    assert supabase.site.objects() == {}


async def test_cached_files_are_bounded(supabase: Supabase) -> None:
    store = supabase.objects(max_bytes=3_000)
    for number in range(6):
        await store.put(f"papers/p_{number}/paper.pdf", b"x" * 1000)
        path = await store.local_path(f"papers/p_{number}/paper.pdf")
        # Not asked for in the last ten minutes.
        os.utime(path, (time.time() - 2000 + number, time.time() - 2000 + number))
    kept = sorted(path.stat().st_size for path in (supabase.folder / "cache").rglob("*.pdf"))
    assert kept == [1000] * 3
    supabase.site.requests.clear()
    assert (await store.local_path("papers/p_5/paper.pdf")).read_bytes() == b"x" * 1000
    assert supabase.site.count("GET /storage/v1/object/") == 0, "it is kept nearby"
