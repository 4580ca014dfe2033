"""Runs in SQLite: the bounded queue, compare-and-set, filters, and the ends that a webhook is to be told."""

from __future__ import annotations

import sqlite3
import time
from datetime import UTC, datetime
from typing import Any

from p2n_schemas.base import utc_now
from p2n_schemas.runs import Run, RunStatus

from ..protocols import ANY_RUN, Delivery, RunFilter
from .refusals import LIVE, queue_full
from .sqlite_connection import SqliteConnection

_DELIVERIES_KEPT = 1000


class RunRows(SqliteConnection):
    async def add_run(self, run: Run, idempotency_key: str | None, queue_bound: int) -> Run:
        def add(db: sqlite3.Connection) -> Run:
            if idempotency_key is not None:
                row = db.execute(
                    "SELECT body FROM runs WHERE idempotency_key = ?", (idempotency_key,)
                ).fetchone()
                if row:
                    return Run.model_validate_json(row[0])
            _check_room(db, queue_bound)
            db.execute(
                "INSERT INTO runs (id, plan_id, paper_id, status, created_at, idempotency_key, body)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    run.id,
                    run.plan_id,
                    run.paper_id,
                    run.status.value,
                    _moment(run.created_at),
                    idempotency_key,
                    run.model_dump_json(),
                ),
            )
            return run

        return await self._do(add, write=True)

    async def check_room(self, queue_bound: int, coming: int = 0) -> None:
        await self._do(lambda db: _check_room(db, queue_bound, coming))

    async def get_run(self, run_id: str) -> Run | None:
        return await self._do(lambda db: _get(db, run_id))

    async def list_runs(self, where: RunFilter = ANY_RUN, *, limit: int = 100, offset: int = 0) -> list[Run]:
        condition, values = _condition(where)
        rows = await self._do(
            lambda db: db.execute(
                f"SELECT body FROM runs WHERE {condition} ORDER BY created_at DESC, id DESC LIMIT ? OFFSET ?",
                (*values, limit, offset),
            ).fetchall()
        )
        return [Run.model_validate_json(row[0]) for row in rows]

    async def count_runs(self, where: RunFilter = ANY_RUN) -> int:
        return await self._do(lambda db: _count(db, where))

    async def delete_run(self, run_id: str) -> bool:
        def delete(db: sqlite3.Connection) -> bool:
            run = _get(db, run_id)
            if run is not None and not run.status.is_terminal():
                return False
            db.execute("DELETE FROM runs WHERE id = ?", (run_id,))
            return True

        return await self._do(delete, write=True)

    async def request_cancel(self, run_id: str) -> Run | None:
        def note(db: sqlite3.Connection) -> Run | None:
            run = _get(db, run_id)
            if run is None or run.status.is_terminal():
                return None
            run = run.model_copy(update={"cancel_requested_at": run.cancel_requested_at or utc_now()})
            db.execute("UPDATE runs SET body = ? WHERE id = ?", (run.model_dump_json(), run_id))
            return run

        return await self._do(note, write=True)

    async def transition(
        self, run_id: str, to: RunStatus, *, announce: bool = False, **changes: Any
    ) -> Run | None:
        def compare_and_set(db: sqlite3.Connection) -> Run | None:
            run = _get(db, run_id)
            if run is None or not run.status.can_become(to):
                return None
            run = Run.model_validate(run.model_copy(update={**changes, "status": to}).model_dump())
            body = run.model_dump_json()
            db.execute("UPDATE runs SET status = ?, body = ? WHERE id = ?", (to.value, body, run_id))
            if announce:
                # A run ends once, so its id makes the delivery's: who is told twice can see it.
                db.execute(
                    "INSERT INTO deliveries (id, attempts, due_at, body) VALUES (?, 0, ?, ?)",
                    (f"{run_id}.ended", time.time(), body),
                )
                db.execute(
                    "DELETE FROM deliveries WHERE id IN"
                    " (SELECT id FROM deliveries ORDER BY rowid DESC LIMIT -1 OFFSET ?)",
                    (_DELIVERIES_KEPT,),
                )
            return run

        return await self._do(compare_and_set, write=True)

    async def claim_deliveries(self, lease_seconds: float, limit: int) -> list[Delivery]:
        def claim(db: sqlite3.Connection) -> list[Delivery]:
            now = time.time()
            rows = db.execute(
                "SELECT id, attempts, body FROM deliveries WHERE due_at <= ? ORDER BY due_at LIMIT ?",
                (now, limit),
            ).fetchall()
            db.executemany(
                "UPDATE deliveries SET due_at = ?, attempts = attempts + 1 WHERE id = ?",
                [(now + lease_seconds, row[0]) for row in rows],
            )
            return [Delivery(row[0], Run.model_validate_json(row[2]), row[1]) for row in rows]

        return await self._do(claim, write=True)

    async def postpone_delivery(self, delivery_id: str, seconds: float) -> None:
        await self._do(
            lambda db: db.execute(
                "UPDATE deliveries SET due_at = ? WHERE id = ?", (time.time() + seconds, delivery_id)
            ),
            write=True,
        )

    async def drop_delivery(self, delivery_id: str) -> None:
        await self._do(
            lambda db: db.execute("DELETE FROM deliveries WHERE id = ?", (delivery_id,)), write=True
        )

    async def seconds_to_delivery(self) -> float | None:
        row = await self._do(lambda db: db.execute("SELECT min(due_at) FROM deliveries").fetchone())
        return None if row[0] is None else max(0.0, row[0] - time.time())


def _check_room(db: sqlite3.Connection, queue_bound: int, coming: int = 0) -> None:
    live = _count(db, RunFilter(statuses=LIVE)) + coming
    if live >= queue_bound:
        raise queue_full(live, queue_bound)


def _get(db: sqlite3.Connection, run_id: str) -> Run | None:
    row = db.execute("SELECT body FROM runs WHERE id = ?", (run_id,)).fetchone()
    return Run.model_validate_json(row[0]) if row else None


def _count(db: sqlite3.Connection, where: RunFilter) -> int:
    condition, values = _condition(where)
    return int(db.execute(f"SELECT count(*) FROM runs WHERE {condition}", values).fetchone()[0])


def _condition(where: RunFilter) -> tuple[str, tuple[str, ...]]:
    """The WHERE clause and its values; only fixed words of ours go into the text."""
    parts: list[tuple[str, tuple[str, ...]]] = [
        ("paper_id = ?", (where.paper_id,) if where.paper_id is not None else ()),
        ("plan_id = ?", (where.plan_id,) if where.plan_id is not None else ()),
        (
            f"status IN ({', '.join('?' * len(where.statuses))})",
            tuple(status.value for status in where.statuses),
        ),
        ("created_at > ?", (_moment(where.created_after),) if where.created_after else ()),
        ("created_at < ?", (_moment(where.created_before),) if where.created_before else ()),
    ]
    conditions = [condition for condition, values in parts if values]
    if where.kind is not None:
        conditions.append("plan_id IS NULL" if where.kind == "notebook" else "plan_id IS NOT NULL")
    return " AND ".join(conditions) or "TRUE", tuple(value for _, values in parts for value in values)


def _moment(moment: datetime) -> str:
    """A text that sorts as the time does."""
    return moment.astimezone(UTC).isoformat()
