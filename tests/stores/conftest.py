"""Both columns of the stores: embedded (SQLite and files), and Supabase (PostgREST, and Storage's double)."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from p2n_ext.protocols import Database, ObjectStore
from p2n_ext.stores.files import LocalObjectStore
from p2n_ext.stores.object_cache import ObjectCache
from p2n_ext.stores.postgres_migrations import migrate
from p2n_ext.stores.signing import Signer
from p2n_ext.stores.sqlite import SqliteDatabase
from p2n_ext.stores.supabase import SupabaseDatabase
from p2n_ext.stores.supabase_connection import SupabaseConnection
from p2n_ext.stores.supabase_objects import SupabaseObjectStore
from tests.postgres_cluster import Cluster
from tests.supabase_site import SupabaseSite

TABLES = (
    "papers",
    "claims",
    "plans",
    "runs",
    "validations",
    "storyboards",
    "datasets",
    "model_calls",
    "remote_indexes",
    "turns",
    "deliveries",
)


class Backend(Protocol):
    """Each `database()` and `objects()` is one more server on the same data."""

    name: str

    def database(self) -> Database: ...
    def objects(self) -> ObjectStore: ...
    def counts(self) -> dict[str, int]:
        """Rows, by table."""
        ...

    def edit_plan(self, plan_id: str, body: str) -> None:
        """Write over a row from outside."""
        ...

    async def close(self) -> None: ...


class Embedded:
    name = "embedded"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._opened: list[SqliteDatabase] = []

    def database(self) -> Database:
        self._opened.append(SqliteDatabase(self.folder / "p2n.sqlite3"))
        return self._opened[-1]

    def objects(self) -> ObjectStore:
        return LocalObjectStore(self.folder / "objects", Signer(b"k" * 32), lambda: "/files/")

    def counts(self) -> dict[str, int]:
        with sqlite3.connect(self.folder / "p2n.sqlite3") as connection:
            return {
                table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in TABLES
            }

    def edit_plan(self, plan_id: str, body: str) -> None:
        with sqlite3.connect(self.folder / "p2n.sqlite3") as connection:
            connection.execute("UPDATE plans SET body = ? WHERE id = ?", (body, plan_id))

    async def close(self) -> None:
        for database in self._opened:
            await database.close()


class Supabase:
    name = "supabase"

    def __init__(self, site: SupabaseSite, folder: Path) -> None:
        self.site = site
        self.folder = folder
        self._opened: list[SupabaseConnection] = []

    def database(self, **changes: Any) -> SupabaseDatabase:
        database = SupabaseDatabase(self.site.project(**changes))
        self._opened.append(database)
        return database

    def objects(self, max_bytes: int = 10_000_000, **changes: Any) -> SupabaseObjectStore:
        connection = SupabaseConnection(self.site.project(**changes))
        self._opened.append(connection)
        return SupabaseObjectStore(connection, ObjectCache(self.folder / "cache", max_bytes))

    def counts(self) -> dict[str, int]:
        parts = [f"'{table}', (SELECT count(*) FROM p2n_{table})" for table in TABLES]
        found: dict[str, int] = json.loads(
            self.site.cluster.psql(f"SELECT json_build_object({', '.join(parts)})")
        )
        return found

    def edit_plan(self, plan_id: str, body: str) -> None:
        self.site.cluster.psql(f"UPDATE p2n_plans SET body = $body${body}$body$ WHERE id = '{plan_id}'")

    async def close(self) -> None:
        for connection in self._opened:
            await connection.close()


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    running = Cluster()
    try:
        asyncio.run(migrate(running.database_url))
        running.until_known()
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="session")
def live_site(cluster: Cluster) -> Iterator[SupabaseSite]:
    running = SupabaseSite(cluster)
    yield running
    running.stop()


@pytest.fixture
def site(live_site: SupabaseSite) -> SupabaseSite:
    """Empty."""
    names = ", ".join(f"p2n_{table}" for table in (*TABLES, "requests"))
    live_site.cluster.psql(f"TRUNCATE {names}")
    live_site.reset()
    return live_site


@pytest.fixture
def supabase(
    site: SupabaseSite, tmp_path: Path, jp_asyncio_loop: asyncio.AbstractEventLoop
) -> Iterator[Supabase]:
    opened = Supabase(site, tmp_path)
    yield opened
    jp_asyncio_loop.run_until_complete(opened.close())


@pytest.fixture(params=["embedded", "supabase"])
def backend(
    request: pytest.FixtureRequest, tmp_path: Path, jp_asyncio_loop: asyncio.AbstractEventLoop
) -> Iterator[Backend]:
    if request.param == "supabase":
        yield request.getfixturevalue("supabase")
        return
    opened = Embedded(tmp_path)
    yield opened
    jp_asyncio_loop.run_until_complete(opened.close())


@pytest.fixture
def database(backend: Backend) -> Database:
    return backend.database()


@pytest.fixture
def store(backend: Backend) -> ObjectStore:
    return backend.objects()
