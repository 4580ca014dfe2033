"""Determinism validations in SQLite: one a run at a time, and an end that is never left."""

from __future__ import annotations

import sqlite3

from p2n_schemas.determinism import DeterminismValidation, ValidationStatus

from .sqlite_connection import SqliteConnection

_LIVE = ValidationStatus.RUNNING.value


class ValidationRows(SqliteConnection):
    async def open_validation(self, validation: DeterminismValidation) -> DeterminismValidation | None:
        def add(db: sqlite3.Connection) -> DeterminismValidation | None:
            row = db.execute(
                "SELECT body FROM validations WHERE run_id = ? AND status = ?", (validation.run_id, _LIVE)
            ).fetchone()
            if row:
                return DeterminismValidation.model_validate_json(row[0])
            if not db.execute("SELECT 1 FROM runs WHERE id = ?", (validation.run_id,)).fetchone():
                return None
            db.execute(
                "INSERT INTO validations (id, run_id, status, created_at, body) VALUES (?, ?, ?, ?, ?)",
                (
                    validation.id,
                    validation.run_id,
                    validation.status.value,
                    validation.created_at.isoformat(),
                    validation.model_dump_json(),
                ),
            )
            return validation

        return await self._do(add, write=True)

    async def get_validation(self, validation_id: str) -> DeterminismValidation | None:
        row = await self._do(
            lambda db: db.execute("SELECT body FROM validations WHERE id = ?", (validation_id,)).fetchone()
        )
        return DeterminismValidation.model_validate_json(row[0]) if row else None

    async def latest_validation(self, run_id: str) -> DeterminismValidation | None:
        row = await self._do(
            lambda db: db.execute(
                "SELECT body FROM validations WHERE run_id = ? ORDER BY created_at DESC, id DESC LIMIT 1",
                (run_id,),
            ).fetchone()
        )
        return DeterminismValidation.model_validate_json(row[0]) if row else None

    async def live_validations(self) -> list[DeterminismValidation]:
        rows = await self._do(
            lambda db: db.execute(
                "SELECT body FROM validations WHERE status = ? ORDER BY created_at", (_LIVE,)
            ).fetchall()
        )
        return [DeterminismValidation.model_validate_json(row[0]) for row in rows]

    async def keep_validation(self, validation: DeterminismValidation) -> bool:
        def keep(db: sqlite3.Connection) -> bool:
            changed = db.execute(
                "UPDATE validations SET status = ?, body = ? WHERE id = ? AND status = ?",
                (validation.status.value, validation.model_dump_json(), validation.id, _LIVE),
            )
            return changed.rowcount == 1

        return await self._do(keep, write=True)
