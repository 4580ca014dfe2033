"""The schema at Supabase: migrations by the command line, who may read what, and what the database itself refuses."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from p2n_ext.cli import main
from p2n_ext.stores.postgres_migrations import migrate, migrations
from p2n_schemas.runs import RunStatus
from tests.postgres_cluster import Cluster, token
from tests.stores.conftest import TABLES, Supabase
from tests.stores.made_rows import PAPER, PLAN, at, dataset, extraction, run, story, validation

OBJECTS = (
    "SELECT string_agg(name, ',' ORDER BY name) FROM (SELECT table_name || '.' || column_name || ' ' || data_type AS name"
    " FROM information_schema.columns WHERE table_name LIKE 'p2n\\_%' UNION ALL SELECT proname || md5(prosrc)"
    " FROM pg_proc WHERE pronamespace = 'p2n_private'::regnamespace OR proname = 'p2n_write') AS found"
)


class Command:
    """`jupyter p2n` in this process: its exit status and what it prints."""

    def __init__(self, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._data = data
        self._capsys = capsys

    def __call__(self, *arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as caught:
            main([*arguments, "--data-dir", str(self._data)])
        printed = self._capsys.readouterr()
        return int(caught.value.code or 0), printed.out + printed.err


@pytest.fixture
def p2n(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(tmp_path / "p2n", capsys)


@pytest.fixture
def fresh(cluster: Cluster) -> Any:
    """A database without our schema, and its address."""
    cluster.psql("CREATE DATABASE fresh")
    yield cluster.database_url.rsplit("/", 1)[0] + "/fresh"
    cluster.psql("DROP DATABASE fresh WITH (FORCE)")


def test_the_command_line_migrates_and_says_what_there_is(
    fresh: str, cluster: Cluster, p2n: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUPABASE_DB_URL", fresh)
    names = [each.name for each in migrations()]
    status, printed = p2n("db", "status")
    assert status == 1
    assert all(f"missing  {name}" in printed for name in names)
    status, printed = p2n("db", "migrate")
    assert status == 0, printed
    assert [line.split()[1] for line in printed.splitlines() if line.startswith("applied")] == names
    assert "Nothing to do" in p2n("db", "migrate")[1]
    assert p2n("db", "status")[0] == 0
    assert p2n("db", "reload-schema")[0] == 0
    cluster.psql("UPDATE p2n_migrations SET sha256 = 'other' WHERE version = 2", "fresh")
    status, printed = p2n("db", "status")
    assert status == 1
    assert f"changed  {names[1]}" in printed
    cluster.psql("INSERT INTO p2n_migrations (version, name, sha256) VALUES (99, 'later', '')", "fresh")
    status, printed = p2n("db", "migrate")
    assert status == 1
    assert "E_STORE_OUTDATED" in printed


def test_what_is_printed_for_the_sql_editor_makes_the_same_schema(
    fresh: str, cluster: Cluster, p2n: Command
) -> None:
    status, script = p2n("db", "sql")
    assert status == 0
    assert script.count("NOTIFY pgrst, 'reload schema'") == 1
    cluster.psql(script, "fresh")
    assert cluster.psql(OBJECTS, "fresh") == cluster.psql(OBJECTS)
    assert asyncio.run(migrate(fresh)) == []
    rest = p2n("db", "sql", "--after", str(len(migrations())))[1]
    assert rest.split() == ["NOTIFY", "pgrst,", "'reload", "schema';"]


def test_migrating_twice_at_once_does_it_once(fresh: str) -> None:
    async def both() -> list[int]:
        return [len(done) for done in await asyncio.gather(*(migrate(fresh) for _ in range(3)))]

    assert sorted(asyncio.run(both())) == [0, 0, len(migrations())]


def test_no_password_is_told(p2n: Command, cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    for address in (
        cluster.database_url.replace("owner@", "hunter2@"),
        "postgresql://postgres:hunter2@127.0.0.1:1/postgres",
        "no address: hunter2",
    ):
        monkeypatch.setenv("SUPABASE_DB_URL", address)
        status, printed = p2n("db", "status")
        assert status == 1
        assert "E_STORE_" in printed
        assert "hunter2" not in printed
        assert "Traceback" not in printed


def _get(site: Any, path: str, key: str, **options: Any) -> tuple[int, Any]:
    request = urllib.request.Request(
        f"{site.url}/rest/v1/{path}",
        headers={"apikey": key, "Authorization": f"Bearer {key}", "Content-Type": "application/json"},
        **options,
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read() or b"null")


def _delete(site: Any, path: str, key: str) -> tuple[int, Any]:
    return _get(site, path, key, method="DELETE")


async def test_rows_are_the_owners_to_read_and_the_servers_to_write(supabase: Supabase) -> None:
    site = supabase.site
    for owner, number in (("ann", 1), ("bob", 2)):
        database = supabase.database(owner=owner)
        await database.put_paper(PAPER.model_copy(update={"id": f"p_{number}", "sha256": str(number) * 64}))
        await database.put_plan(PLAN.model_copy(update={"id": f"pl_{number}", "paper_id": f"p_{number}"}))
        await database.replace_claims(
            f"p_{number}",
            extraction("offline"),
            [at(number, 0).model_copy(update={"paper_id": f"p_{number}"})],
        )
        own = {"plan_id": f"pl_{number}", "paper_id": f"p_{number}"}
        await database.add_run(run(number).model_copy(update=own), None, 10)
        await database.open_validation(validation(number, f"r_{number}"))
        await database.put_storyboard(story(1, f"s_{number}", f"p_{number}"))
        await database.put_dataset(dataset(number, owner))
        await database.take_turn(owner, 5, 60)
    # Another server of the lab writes the row again: it stays its first owner's.
    await supabase.database(owner="bob").put_paper(PAPER.model_copy(update={"sha256": "1" * 64}))

    ann, anonymous = token("authenticated", sub="ann"), token("anon")
    for table in ("papers", "claims", "plans", "runs", "validations", "storyboards", "datasets"):
        status, rows = await asyncio.to_thread(_get, site, f"p2n_{table}?select=id", ann)
        assert (status, len(rows)) == (200, 1), table
        assert rows[0]["id"].endswith("_1")
        status, _ = await asyncio.to_thread(_delete, site, f"p2n_{table}?id=neq.x", ann)
        assert status == 403, f"{table}: read only"
    for table in (*TABLES, "requests", "migrations"):
        status, _ = await asyncio.to_thread(_get, site, f"p2n_{table}", anonymous)
        assert status in (401, 403), table
    for table in ("turns", "deliveries", "model_calls", "remote_indexes", "requests"):
        status, _ = await asyncio.to_thread(_get, site, f"p2n_{table}", ann)
        assert status == 403, table
    body = json.dumps({"request": "0" * 32, "operation": "delete_run", "arguments": {"id": "r_1"}}).encode()
    for key in (ann, anonymous):
        status, _ = await asyncio.to_thread(lambda k=key: _get(site, "rpc/p2n_write", k, data=body))
        assert status in (401, 403, 404)
    assert supabase.counts()["runs"] == 2


async def test_the_database_refuses_what_no_server_may_write(supabase: Supabase) -> None:
    database = supabase.database()
    await database.put_paper(PAPER)
    await database.put_plan(PLAN)
    await database.add_run(run(1), None, 10)
    await database.transition("r_1", RunStatus.SUCCEEDED)
    for statement in (
        "UPDATE p2n_runs SET status = 'running'",
        "UPDATE p2n_runs SET status = 'lost'",
        "UPDATE p2n_runs SET body = 'no json'",
        "INSERT INTO p2n_claims (id, paper_id, position, status, body) VALUES ('c', 'none', 0, 'proposed', '{}')",
        "INSERT INTO p2n_claims (id, paper_id, position, status, body) VALUES ('c', 'p_1', -1, 'proposed', '{}')",
        "INSERT INTO p2n_model_calls (id, paper_id, at, cost_usd, body) VALUES ('m', 'p', now(), -1, '{}')",
    ):
        with pytest.raises(RuntimeError):
            await asyncio.to_thread(supabase.site.cluster.psql, statement)


async def test_answers_are_kept_for_an_hour(supabase: Supabase) -> None:
    database = supabase.database()
    await database.put_paper(PAPER)
    cluster = supabase.site.cluster
    cluster.psql("UPDATE p2n_requests SET at = now() - interval '2 hours'")
    for _ in range(400):
        await database.put_paper(PAPER)
        old = cluster.psql("SELECT count(*) FROM p2n_requests WHERE at < now() - interval '1 hour'")
        if old == "0":
            break
    else:
        pytest.fail("nothing was cleared in 400 writes, of which one in a hundred clears")
