"""SQLite's rows for a copy."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence

from .copying import COLUMNS, KEYS, Row, plain
from .sqlite_connection import SqliteConnection

_PAGE = 500


class SqliteCopy:
    """Implements `copying.RowCopy`."""

    def __init__(self, connection: SqliteConnection) -> None:
        self._connection = connection

    async def rows(self, table: str) -> AsyncIterator[list[Row]]:
        names, keys = ", ".join(COLUMNS[table]), ", ".join(KEYS[table])
        last: tuple[object, ...] | None = None
        while True:
            # Only our own names go into the text.
            behind = "" if last is None else f" WHERE ({keys}) > ({', '.join('?' * len(last))})"
            query = f"SELECT {names} FROM {table}{behind} ORDER BY {keys} LIMIT {_PAGE}"
            found = await self._connection.run(_query(query, last or ()))
            if not found:
                return
            page = [dict(zip(COLUMNS[table], row, strict=True)) for row in found]
            last = tuple(page[-1][name] for name in KEYS[table])
            yield [plain(row) for row in page]

    async def load(self, table: str, rows: Sequence[Row]) -> None:
        names = COLUMNS[table]
        key = " AND ".join(f"{name} = ?" for name in KEYS[table])
        others = [name for name in names if name not in KEYS[table]]
        change = f"UPDATE {table} SET {', '.join(f'{name} = ?' for name in others)} WHERE {key}"
        insert = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"

        def write(db: sqlite3.Connection) -> None:
            for row in rows:
                which = tuple(row[name] for name in KEYS[table])
                known = db.execute(f"SELECT 1 FROM {table} WHERE {key}", which).fetchone()
                if known is None:
                    db.execute(insert, tuple(row[name] for name in names))
                elif others:
                    db.execute(change, (*(row[name] for name in others), *which))

        await self._connection.run(write, write=True)


def _query(text: str, values: tuple[object, ...]) -> Callable[[sqlite3.Connection], list[tuple[object, ...]]]:
    return lambda db: db.execute(text, values).fetchall()
