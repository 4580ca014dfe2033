"""The embedded database: one SQLite file in WAL mode, shared by server and command line."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Sequence

from p2n_schemas.claims import Claim, ClaimStatus
from p2n_schemas.errors import P2NError
from p2n_schemas.papers import Extraction, Paper
from p2n_schemas.plans import Plan

from .claim_places import replacement
from .refusals import parent_gone
from .sqlite_datasets import DatasetRows
from .sqlite_models import ModelRows
from .sqlite_runs import RunRows
from .sqlite_storyboards import StoryboardRows
from .sqlite_turns import TurnRows
from .sqlite_validations import ValidationRows
from .stored_plans import stored_plan

_log = logging.getLogger(__name__)


class SqliteDatabase(RunRows, TurnRows, DatasetRows, ModelRows, ValidationRows, StoryboardRows):
    """Implements `protocols.Database`."""

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

    async def replace_claims(
        self, paper_id: str, extraction: Extraction, claims: Sequence[Claim]
    ) -> Extraction:
        def replace(db: sqlite3.Connection) -> Extraction:
            rows = db.execute("SELECT body FROM claims WHERE paper_id = ?", (paper_id,)).fetchall()
            wanted = replacement([Claim.model_validate_json(row[0]) for row in rows], claims)
            db.execute(
                "DELETE FROM claims WHERE paper_id = ? AND status = ?", (paper_id, ClaimStatus.PROPOSED.value)
            )
            db.executemany(
                "UPDATE claims SET position = ? WHERE id = ?",
                [(position, claim_id) for claim_id, position in wanted.moved.items()],
            )
            db.executemany(
                "INSERT INTO claims (id, paper_id, position, status, body) VALUES (?, ?, ?, ?, ?)",
                [
                    (claim.id, paper_id, position, claim.status.value, claim.model_dump_json())
                    for position, claim in wanted.fresh
                ],
            )
            done = extraction.model_copy(update={"claims": wanted.count})
            row = db.execute("SELECT body FROM papers WHERE id = ?", (paper_id,)).fetchone()
            if row is None:
                raise parent_gone()
            paper = Paper.model_validate_json(row[0]).model_copy(
                update={"reader": " + ".join(done.readers), "claim_count": wanted.count, "extraction": done}
            )
            db.execute("UPDATE papers SET body = ? WHERE id = ?", (paper.model_dump_json(), paper_id))
            return done

        return await self._do(replace, write=True)

    async def list_claims(self, paper_id: str) -> list[Claim]:
        def read(db: sqlite3.Connection) -> list[Claim]:
            rows = db.execute(
                "SELECT body FROM claims WHERE paper_id = ? ORDER BY position, id", (paper_id,)
            ).fetchall()
            return [Claim.model_validate_json(row[0]) for row in rows]

        return await self._do(read)

    async def get_claim(self, claim_id: str) -> Claim | None:
        row = await self._do(
            lambda db: db.execute("SELECT body FROM claims WHERE id = ?", (claim_id,)).fetchone()
        )
        return Claim.model_validate_json(row[0]) if row else None

    async def update_claim(self, claim_id: str, change: Callable[[Claim], Claim]) -> Claim | None:
        def update(db: sqlite3.Connection) -> Claim | None:
            row = db.execute("SELECT body FROM claims WHERE id = ?", (claim_id,)).fetchone()
            if row is None:
                return None
            claim = change(Claim.model_validate_json(row[0]))
            db.execute(
                "UPDATE claims SET status = ?, body = ? WHERE id = ?",
                (claim.status.value, claim.model_dump_json(), claim_id),
            )
            return claim

        return await self._do(update, write=True)

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
        return stored_plan(plan_id, row[0]) if row else None

    async def list_plans(self, paper_id: str) -> list[Plan]:
        rows = await self._do(
            lambda db: db.execute(
                "SELECT id, body FROM plans WHERE paper_id = ? ORDER BY created_at DESC", (paper_id,)
            ).fetchall()
        )
        plans = []
        for plan_id, body in rows:
            # One that can't be read hides no other; whoever asks for it by its id is told what is wrong.
            try:
                plans.append(stored_plan(plan_id, body))
            except P2NError as error:
                _log.warning("%s", error.info.message)
        return plans
