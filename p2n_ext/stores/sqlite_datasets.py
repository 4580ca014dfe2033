"""The rows of uploaded datasets."""

from __future__ import annotations

import sqlite3

from p2n_schemas.datasets import UploadedDataset

from .refusals import name_taken
from .sqlite_connection import SqliteConnection


class DatasetRows(SqliteConnection):
    async def put_dataset(self, dataset: UploadedDataset) -> None:
        """Raises E_CONFLICT where another dataset has the name."""

        def put(db: sqlite3.Connection) -> None:
            row = db.execute("SELECT id FROM datasets WHERE name = ?", (dataset.name,)).fetchone()
            if row is not None and row[0] != dataset.id:
                raise name_taken(dataset.name, row[0])
            db.execute(
                "INSERT INTO datasets (id, name, created_at, body) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET name = excluded.name, body = excluded.body",
                (dataset.id, dataset.name, dataset.created_at.isoformat(), dataset.model_dump_json()),
            )

        await self._do(put, write=True)

    async def get_dataset(self, id_or_name: str) -> UploadedDataset | None:
        row = await self._do(
            lambda db: db.execute(
                "SELECT body FROM datasets WHERE id = ?1 OR name = ?1 ORDER BY id = ?1 DESC", (id_or_name,)
            ).fetchone()
        )
        return UploadedDataset.model_validate_json(row[0]) if row else None

    async def list_datasets(self) -> list[UploadedDataset]:
        rows = await self._do(
            lambda db: db.execute("SELECT body FROM datasets ORDER BY created_at DESC, id").fetchall()
        )
        return [UploadedDataset.model_validate_json(row[0]) for row in rows]

    async def delete_dataset(self, dataset_id: str) -> None:
        await self._do(lambda db: db.execute("DELETE FROM datasets WHERE id = ?", (dataset_id,)), write=True)
