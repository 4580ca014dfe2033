"""Supabase's rows for a copy."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from .copying import COLUMNS, KEYS, Row, plain
from .supabase_connection import SupabaseConnection

_OWNED = frozenset({"papers", "plans", "runs", "datasets"})


class SupabaseCopy:
    """Implements `copying.RowCopy`."""

    def __init__(self, connection: SupabaseConnection) -> None:
        self._connection = connection

    async def rows(self, table: str) -> AsyncIterator[list[Row]]:
        order = tuple((name, False) for name in KEYS[table])
        columns = ",".join(
            "body::text" if name == "body" else name for name in COLUMNS[table] if name not in KEYS[table]
        )
        async for page in self._connection.pages(f"p2n_{table}", columns, order):
            yield [plain(row) for row in page]

    async def load(self, table: str, rows: Sequence[Row]) -> None:
        owner = {"created_by": self._connection.project.owner} if table in _OWNED else {}
        await self._connection.write("load_rows", table=table, rows=[{**row, **owner} for row in rows])
