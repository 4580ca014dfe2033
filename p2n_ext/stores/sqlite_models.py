"""The rows of model calls and of what a provider keeps of a paper."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from p2n_schemas.model_calls import ModelCall, RemoteIndex

from .refusals import over_cap
from .sqlite_connection import SqliteConnection


class ModelRows(SqliteConnection):
    async def open_model_call(self, call: ModelCall, cap_usd: float | None) -> None:
        def put(db: sqlite3.Connection) -> None:
            spent = db.execute(
                "SELECT coalesce(sum(cost_usd), 0) FROM model_calls WHERE paper_id = ?", (call.paper_id,)
            ).fetchone()[0]
            if cap_usd is not None and spent + call.cost_usd > cap_usd:
                raise over_cap(call.cost_usd, spent, cap_usd)
            db.execute(
                "INSERT INTO model_calls (id, paper_id, at, cost_usd, body) VALUES (?, ?, ?, ?, ?)",
                (call.id, call.paper_id, call.at.isoformat(), call.cost_usd, call.model_dump_json()),
            )

        await self._do(put, write=True)

    async def close_model_call(self, call: ModelCall) -> None:
        await self._do(
            lambda db: db.execute(
                "UPDATE model_calls SET cost_usd = ?, body = ? WHERE id = ?",
                (call.cost_usd, call.model_dump_json(), call.id),
            ),
            write=True,
        )

    async def list_model_calls(self, paper_id: str) -> list[ModelCall]:
        rows = await self._do(
            lambda db: db.execute(
                "SELECT body FROM model_calls WHERE paper_id = ? ORDER BY at, id", (paper_id,)
            ).fetchall()
        )
        return [ModelCall.model_validate_json(row[0]) for row in rows]

    async def put_remote_index(self, index: RemoteIndex) -> RemoteIndex:
        def put(db: sqlite3.Connection) -> RemoteIndex:
            db.execute(
                "INSERT INTO remote_indexes (paper_id, body) VALUES (?, ?) ON CONFLICT (paper_id) DO NOTHING",
                (index.paper_id, index.model_dump_json()),
            )
            row = db.execute(
                "SELECT body FROM remote_indexes WHERE paper_id = ?", (index.paper_id,)
            ).fetchone()
            return RemoteIndex.model_validate_json(row[0])

        return await self._do(put, write=True)

    async def replace_remote_index(self, index: RemoteIndex) -> None:
        await self._do(
            lambda db: db.execute(
                "INSERT INTO remote_indexes (paper_id, body) VALUES (?, ?)"
                " ON CONFLICT (paper_id) DO UPDATE SET body = excluded.body",
                (index.paper_id, index.model_dump_json()),
            ),
            write=True,
        )

    async def stray_remote_indexes(self, before: datetime) -> list[RemoteIndex]:
        rows = await self._do(
            lambda db: db.execute(
                "SELECT body FROM remote_indexes WHERE paper_id NOT IN (SELECT id FROM papers)"
            ).fetchall()
        )
        found = [RemoteIndex.model_validate_json(row[0]) for row in rows]
        return [index for index in found if index.created_at < before]

    async def get_remote_index(self, paper_id: str) -> RemoteIndex | None:
        row = await self._do(
            lambda db: db.execute(
                "SELECT body FROM remote_indexes WHERE paper_id = ?", (paper_id,)
            ).fetchone()
        )
        return RemoteIndex.model_validate_json(row[0]) if row else None

    async def delete_remote_index(self, paper_id: str) -> None:
        await self._do(
            lambda db: db.execute("DELETE FROM remote_indexes WHERE paper_id = ?", (paper_id,)), write=True
        )
