"""One SQLite file in WAL mode: migrations, transactions, and one thread that all work happens on."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

from p2n_schemas.errors import storage_full

from .refusals import parent_gone

T = TypeVar("T")


def migrate(connection: sqlite3.Connection) -> int:
    """Apply the numbered migrations that this file has not seen; gives the version reached."""
    scripts = sorted(
        (
            entry
            for entry in files("p2n_ext.stores").joinpath("migrations").iterdir()
            if entry.name.endswith(".sql")
        ),
        key=lambda entry: entry.name,
    )
    version: int = 0
    for number, script in enumerate(scripts, start=1):
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version >= number:
            continue
        # One transaction a migration, and the version is read again inside it: two processes may start together.
        connection.execute("BEGIN IMMEDIATE")
        try:
            if connection.execute("PRAGMA user_version").fetchone()[0] < number:
                for statement in script.read_text().split(";\n"):
                    if statement.strip():
                        connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {number}")
            connection.execute("COMMIT")
        except BaseException:
            _roll_back(connection)
            raise
        version = number
    return version


class SqliteConnection:
    """What the tables' classes share. Every write raises E_STORAGE_FULL where the disk is full."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="p2n-sqlite")
        self._connection: sqlite3.Connection | None = None

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(
                self._path, isolation_level=None, timeout=15, check_same_thread=False
            )
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA foreign_keys = ON")
            migrate(connection)
            self._connection = connection
        return self._connection

    async def run(self, work: Callable[[sqlite3.Connection], T], *, write: bool = False) -> T:
        """Work on the rows as they are kept, for copies."""
        return await self._do(work, write=write)

    async def _do(self, work: Callable[[sqlite3.Connection], T], *, write: bool = False) -> T:
        def transaction() -> T:
            connection = self._open()
            if not write:
                return work(connection)
            connection.execute("BEGIN IMMEDIATE")
            try:
                result = work(connection)
                connection.execute("COMMIT")
            except BaseException:
                _roll_back(connection)
                raise
            return result

        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, transaction)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_FULL:
                raise storage_full() from error
            raise
        except sqlite3.IntegrityError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
                raise parent_gone() from error
            raise

    async def close(self) -> None:
        def shut() -> None:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

        await asyncio.get_running_loop().run_in_executor(self._thread, shut)
        self._thread.shutdown(wait=False)


def _roll_back(connection: sqlite3.Connection) -> None:
    # Some failures, a full disk among them, have ended the transaction already.
    if connection.in_transaction:
        connection.execute("ROLLBACK")
