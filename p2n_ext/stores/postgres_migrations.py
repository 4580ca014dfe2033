"""The schema of a Supabase database: numbered migrations, sent to PostgreSQL directly or printed for a person."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

from p2n_schemas.errors import ErrorCode, P2NError

if TYPE_CHECKING:
    from asyncpg import Connection

_LOCK = 5024113
_RELOAD = "NOTIFY pgrst, 'reload schema'"
_SECONDS = 60.0


@dataclass(frozen=True)
class Migration:
    version: int
    name: str
    script: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.script.encode()).hexdigest()


@dataclass(frozen=True)
class Applied:
    """`changed`: the database has another text of it than this version of P2N."""

    migration: Migration
    applied: bool
    changed: bool = False


def migrations() -> list[Migration]:
    """All that this version of P2N knows, in order."""
    scripts = [
        entry
        for entry in files("p2n_ext.stores").joinpath("postgres").iterdir()
        if entry.name.endswith(".sql")
    ]
    scripts.sort(key=lambda entry: entry.name)
    return [Migration(number, entry.name, entry.read_text()) for number, entry in enumerate(scripts, start=1)]


def as_script(after: int = 0) -> str:
    """The migrations behind a version as one text for Supabase's SQL editor, each in a transaction of its own."""
    parts = [
        f"BEGIN;\n{each.script}\n{_note(each)};\nCOMMIT;\n" for each in migrations() if each.version > after
    ]
    return "\n".join([*parts, f"{_RELOAD};\n"])


def _note(migration: Migration) -> str:
    # Only our own file names and digests go into the text.
    return (
        "INSERT INTO public.p2n_migrations (version, name, sha256)"
        f" VALUES ({migration.version}, '{migration.name}', '{migration.sha256}')"
    )


async def migrate(database_url: str) -> list[Migration]:
    """Apply what the database has not seen; gives that. Two at once do it once.

    Raises E_STORE_REJECTED, E_STORE_UNAVAILABLE, and E_STORE_OUTDATED where the database is of a later version of P2N.
    """
    async with _connected(database_url) as database:
        await database.execute("SELECT pg_advisory_lock($1)", _LOCK)
        done = []
        present = await _versions(database)
        _refuse_later(present)
        for each in migrations():
            if each.version not in present:
                async with database.transaction():
                    await database.execute(each.script)
                    await database.execute(_note(each))
                done.append(each)
        # PostgREST keeps the schema in its memory until it is told.
        await database.execute(_RELOAD)
        return done


async def status(database_url: str) -> list[Applied]:
    """Raises as `migrate` does."""
    async with _connected(database_url) as database:
        present = await _versions(database)
    _refuse_later(present)
    return [
        Applied(each, each.version in present, present.get(each.version, each.sha256) != each.sha256)
        for each in migrations()
    ]


async def reload_schema(database_url: str) -> None:
    async with _connected(database_url) as database:
        await database.execute(_RELOAD)


async def _versions(database: Connection) -> dict[int, str]:
    if await database.fetchval("SELECT to_regclass('public.p2n_migrations')") is None:
        return {}
    rows = await database.fetch("SELECT version, sha256 FROM public.p2n_migrations")
    return {row["version"]: row["sha256"] for row in rows}


def _refuse_later(present: dict[int, str]) -> None:
    newest = max(present, default=0)
    if newest > len(migrations()):
        raise P2NError(
            ErrorCode.E_STORE_OUTDATED,
            f"The database is at migration {newest}, and this version of P2N knows {len(migrations())}.",
            "Use the newer version of P2N that migrated it.",
        )


@asynccontextmanager
async def _connected(database_url: str) -> AsyncIterator[Connection]:
    try:
        import asyncpg
    except ModuleNotFoundError:
        raise P2NError(
            ErrorCode.E_STORE_REJECTED,
            "The package `asyncpg` is not installed.",
            "pip install 'p2n[supabase]', or paste what `jupyter p2n db sql` prints into Supabase's SQL editor.",
        ) from None
    if not database_url:
        raise P2NError(
            ErrorCode.E_STORE_REJECTED,
            "No address of the PostgreSQL database is set.",
            "Set SUPABASE_DB_URL to the project's connection string (Connect, Session pooler), or paste what"
            " `jupyter p2n db sql` prints into Supabase's SQL editor.",
        )
    try:
        # A pooler in transaction mode can't keep prepared statements.
        database = await asyncpg.connect(database_url, timeout=_SECONDS, statement_cache_size=0)
    except asyncpg.InvalidAuthorizationSpecificationError:
        raise P2NError(
            ErrorCode.E_STORE_REJECTED,
            "PostgreSQL refused the user or password of SUPABASE_DB_URL.",
            "Copy the connection string from the project's Connect page, and put the database's password in.",
        ) from None
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError, TimeoutError) as error:
        # Its text may hold the address, and the password with it.
        raise P2NError(
            ErrorCode.E_STORE_UNAVAILABLE,
            f"PostgreSQL could not be reached ({type(error).__name__}).",
            "Check SUPABASE_DB_URL and the network.",
        ) from None
    try:
        yield database
    except asyncpg.PostgresError as error:
        raise P2NError(
            ErrorCode.E_STORE_OUTDATED,
            f"PostgreSQL refused a statement: {type(error).__name__} ({error.sqlstate}).",
            "Nothing of that migration was kept. Look at `jupyter p2n db status`; a project's owner may migrate.",
            {"message": str(error)[:300]},
        ) from error
    finally:
        await database.close(timeout=5)
