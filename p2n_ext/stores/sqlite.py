"""The embedded database: one SQLite file in WAL mode, shared by server and command line."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from p2n_schemas.base import utc_now
from p2n_schemas.claims import Claim, ClaimStatus
from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.papers import Paper
from p2n_schemas.plans import Plan
from p2n_schemas.runs import Run, RunStatus

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
            connection.execute("ROLLBACK")
            raise
        version = number
    return version


class SqliteDatabase:
    """Implements `protocols.Database`; all work happens on one thread of its own."""

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
                connection.execute("ROLLBACK")
                raise
            return result

        return await asyncio.get_running_loop().run_in_executor(self._thread, transaction)

    # papers

    async def put_paper(self, paper: Paper) -> None:
        await self._do(
            lambda db: db.execute(
                "INSERT INTO papers (id, created_at, body) VALUES (?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET body = excluded.body",
                (paper.id, paper.created_at.isoformat(), paper.model_dump_json()),
            ),
            write=True,
        )

    async def get_paper(self, paper_id: str) -> Paper | None:
        row = await self._do(
            lambda db: db.execute("SELECT body FROM papers WHERE id = ?", (paper_id,)).fetchone()
        )
        return Paper.model_validate_json(row[0]) if row else None

    async def list_papers(self) -> list[Paper]:
        rows = await self._do(
            lambda db: db.execute("SELECT body FROM papers ORDER BY created_at DESC").fetchall()
        )
        return [Paper.model_validate_json(row[0]) for row in rows]

    async def delete_paper(self, paper_id: str) -> None:
        await self._do(lambda db: db.execute("DELETE FROM papers WHERE id = ?", (paper_id,)), write=True)

    # claims

    async def replace_claims(self, paper_id: str, reader: str, claims: Sequence[Claim]) -> None:
        def replace(db: sqlite3.Connection) -> None:
            db.execute(
                "DELETE FROM claims WHERE paper_id = ? AND status = ?", (paper_id, ClaimStatus.PROPOSED.value)
            )
            # What a person has judged keeps the person's word, but takes its place in the new order.
            for position, claim in enumerate(claims):
                db.execute(
                    "INSERT INTO claims (id, paper_id, position, status, body) VALUES (?, ?, ?, ?, ?)"
                    " ON CONFLICT (id) DO UPDATE SET position = excluded.position",
                    (claim.id, paper_id, position, claim.status.value, claim.model_dump_json()),
                )
            count = db.execute("SELECT count(*) FROM claims WHERE paper_id = ?", (paper_id,)).fetchone()[0]
            row = db.execute("SELECT body FROM papers WHERE id = ?", (paper_id,)).fetchone()
            if row is not None:
                paper = Paper.model_validate_json(row[0]).model_copy(
                    update={"reader": reader, "claim_count": count}
                )
                db.execute("UPDATE papers SET body = ? WHERE id = ?", (paper.model_dump_json(), paper_id))

        await self._do(replace, write=True)

    async def list_claims(self, paper_id: str) -> list[Claim]:
        rows = await self._do(
            lambda db: db.execute(
                "SELECT body FROM claims WHERE paper_id = ? ORDER BY position, id", (paper_id,)
            ).fetchall()
        )
        return [Claim.model_validate_json(row[0]) for row in rows]

    async def get_claim(self, claim_id: str) -> Claim | None:
        row = await self._do(
            lambda db: db.execute("SELECT body FROM claims WHERE id = ?", (claim_id,)).fetchone()
        )
        return Claim.model_validate_json(row[0]) if row else None

    async def put_claim(self, claim: Claim) -> None:
        await self._do(
            lambda db: db.execute(
                "UPDATE claims SET status = ?, body = ? WHERE id = ?",
                (claim.status.value, claim.model_dump_json(), claim.id),
            ),
            write=True,
        )

    # plans

    async def put_plan(self, plan: Plan) -> None:
        await self._do(
            lambda db: db.execute(
                "INSERT INTO plans (id, paper_id, created_at, body) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET body = excluded.body",
                (plan.id, plan.paper_id, plan.created_at.isoformat(), plan.model_dump_json()),
            ),
            write=True,
        )

    async def get_plan(self, plan_id: str) -> Plan | None:
        row = await self._do(
            lambda db: db.execute("SELECT body FROM plans WHERE id = ?", (plan_id,)).fetchone()
        )
        return Plan.model_validate_json(row[0]) if row else None

    async def list_plans(self, paper_id: str) -> list[Plan]:
        rows = await self._do(
            lambda db: db.execute(
                "SELECT body FROM plans WHERE paper_id = ? ORDER BY created_at DESC", (paper_id,)
            ).fetchall()
        )
        return [Plan.model_validate_json(row[0]) for row in rows]

    # runs

    async def add_run(self, run: Run, idempotency_key: str | None, queue_bound: int) -> Run:
        def add(db: sqlite3.Connection) -> Run:
            if idempotency_key is not None:
                row = db.execute(
                    "SELECT body FROM runs WHERE idempotency_key = ?", (idempotency_key,)
                ).fetchone()
                if row:
                    return Run.model_validate_json(row[0])
            waiting = db.execute(
                "SELECT count(*) FROM runs WHERE status = ?", (RunStatus.QUEUED.value,)
            ).fetchone()[0]
            if waiting >= queue_bound:
                raise P2NError(
                    ErrorCode.E_QUEUE_FULL,
                    f"{waiting} runs wait already; the queue holds {queue_bound}.",
                    "Wait until a run has ended, or raise P2NApp.queue_bound.",
                    {"retry_after_seconds": 30},
                )
            db.execute(
                "INSERT INTO runs (id, plan_id, paper_id, status, created_at, idempotency_key, body)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    run.id,
                    run.plan_id,
                    run.paper_id,
                    run.status.value,
                    run.created_at.isoformat(),
                    idempotency_key,
                    run.model_dump_json(),
                ),
            )
            return run

        return await self._do(add, write=True)

    async def get_run(self, run_id: str) -> Run | None:
        row = await self._do(
            lambda db: db.execute("SELECT body FROM runs WHERE id = ?", (run_id,)).fetchone()
        )
        return Run.model_validate_json(row[0]) if row else None

    async def list_runs(
        self,
        *,
        paper_id: str | None = None,
        plan_id: str | None = None,
        status: RunStatus | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> list[Run]:
        rows = await self._do(
            lambda db: db.execute(
                "SELECT body FROM runs WHERE (?1 IS NULL OR paper_id = ?1) AND (?2 IS NULL OR plan_id = ?2)"
                " AND (?3 IS NULL OR status = ?3) ORDER BY created_at DESC LIMIT ?4 OFFSET ?5",
                (paper_id, plan_id, status.value if status else None, limit, offset),
            ).fetchall()
        )
        return [Run.model_validate_json(row[0]) for row in rows]

    async def request_cancel(self, run_id: str) -> Run | None:
        def note(db: sqlite3.Connection) -> Run | None:
            row = db.execute("SELECT body FROM runs WHERE id = ?", (run_id,)).fetchone()
            run = Run.model_validate_json(row[0]) if row else None
            if run is None or run.status.is_terminal():
                return None
            run = run.model_copy(update={"cancel_requested_at": run.cancel_requested_at or utc_now()})
            db.execute("UPDATE runs SET body = ? WHERE id = ?", (run.model_dump_json(), run_id))
            return run

        return await self._do(note, write=True)

    async def transition(self, run_id: str, to: RunStatus, **changes: Any) -> Run | None:
        def compare_and_set(db: sqlite3.Connection) -> Run | None:
            row = db.execute("SELECT body FROM runs WHERE id = ?", (run_id,)).fetchone()
            if row is None:
                return None
            run = Run.model_validate_json(row[0])
            if not run.status.can_become(to):
                return None
            run = Run.model_validate(run.model_copy(update={**changes, "status": to}).model_dump())
            db.execute(
                "UPDATE runs SET status = ?, body = ? WHERE id = ?", (to.value, run.model_dump_json(), run_id)
            )
            return run

        return await self._do(compare_and_set, write=True)

    async def close(self) -> None:
        def shut() -> None:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

        await asyncio.get_running_loop().run_in_executor(self._thread, shut)
        self._thread.shutdown(wait=False)
