"""The two kinds of stores that there are: embedded in the data folder, and at Supabase."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from p2n_schemas.api import Check

from ..protocols import Database, LinkOpener, ObjectStore
from .files import LocalObjectStore
from .signing import Signer, load_secret

if TYPE_CHECKING:
    from .copying import RowCopy
    from .supabase_connection import SupabaseProject

Kind = Literal["embedded", "supabase"]


async def _nothing() -> None:
    pass


async def _no_checks() -> Sequence[Check]:
    return []


@dataclass(frozen=True)
class Stores:
    """`links` opens the addresses that the embedded store signs. `close`: what is open beside the database."""

    database: Database
    objects: ObjectStore
    links: LinkOpener
    rows: RowCopy
    checks: Callable[[], Awaitable[Sequence[Check]]] = _no_checks
    close: Callable[[], Awaitable[None]] = _nothing


def open_embedded(data: Path, url_prefix: Callable[[], str]) -> Stores:
    """One SQLite file, and files beside it."""
    from .sqlite import SqliteDatabase
    from .sqlite_copy import SqliteCopy

    signer = Signer(load_secret(data / "signing.key"))
    database = SqliteDatabase(data / "p2n.sqlite3")
    objects = LocalObjectStore(data / "objects", signer, url_prefix)
    return Stores(database, objects, signer, SqliteCopy(database))


def open_supabase(data: Path, project: SupabaseProject, cache_bytes: int) -> Stores:
    """A project's PostgREST and Storage; `cache_bytes`: of objects kept in the data folder. Nothing is asked yet."""
    from .object_cache import ObjectCache
    from .supabase import SupabaseDatabase
    from .supabase_checks import SupabaseChecks
    from .supabase_connection import SupabaseConnection
    from .supabase_copy import SupabaseCopy
    from .supabase_objects import SupabaseObjectStore

    database = SupabaseDatabase(project)
    # A connection of its own: large objects may not keep rows waiting.
    connection = SupabaseConnection(project)
    objects = SupabaseObjectStore(connection, ObjectCache(data / "cache" / "objects", cache_bytes))
    checks = SupabaseChecks(connection)
    signer = Signer(load_secret(data / "signing.key"))
    return Stores(database, objects, signer, SupabaseCopy(database), checks.examine, connection.close)
