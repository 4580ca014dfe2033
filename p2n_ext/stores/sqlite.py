"""The embedded database: one SQLite file in WAL mode, shared by server and command line."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Sequence

from pydantic import ValidationError

from p2n_schemas.claims import Claim, ClaimStatus
from p2n_schemas.errors import ErrorCode, P2NError, invalid
from p2n_schemas.papers import Extraction, Paper
from p2n_schemas.plans import Plan

from .sqlite_datasets import DatasetRows
from .sqlite_models import ModelRows
from .sqlite_runs import RunRows
from .sqlite_storyboards import StoryboardRows
from .sqlite_turns import TurnRows
from .sqlite_validations import ValidationRows

_BAND = 8.0
"""Points of a page's height; about a line."""
_log = logging.getLogger(__name__)


class _Places:
    """Claims by where they stand, found again without looking at every one."""

    def __init__(self) -> None:
        self._by_id: dict[str, Claim] = {}
        self._by_band: dict[tuple[int, int], list[Claim]] = {}

    def add(self, claim: Claim) -> None:
        self._by_id[claim.id] = claim
        box = claim.citation.box
        for band in range(int(box.top // _BAND), int(box.bottom // _BAND) + 1):
            self._by_band.setdefault((claim.citation.page, band), []).append(claim)

    def find(self, claim: Claim) -> Claim | None:
        """The claim with this id, else one on the same printed number."""
        box = claim.citation.box
        band = int((box.top + box.bottom) / 2 // _BAND)
        near = self._by_band.get((claim.citation.page, band), ())
        return self._by_id.get(claim.id) or next((old for old in near if old.same_place(claim)), None)


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
            judged, proposed, taken = _Places(), _Places(), set[str]()
            for row in db.execute("SELECT body FROM claims WHERE paper_id = ?", (paper_id,)):
                old = Claim.model_validate_json(row[0])
                (proposed if old.status is ClaimStatus.PROPOSED else judged).add(old)
            db.execute(
                "DELETE FROM claims WHERE paper_id = ? AND status = ?", (paper_id, ClaimStatus.PROPOSED.value)
            )
            # What a person has judged keeps the person's word, but takes its place in the new order.
            for position, claim in enumerate(claims):
                kept = judged.find(claim)
                if kept is not None:
                    db.execute("UPDATE claims SET position = ? WHERE id = ?", (position, kept.id))
                    continue
                # Plans and reports know a number by its id, whatever a better reader calls it now.
                known = proposed.find(claim)
                same = known is not None and known.value_printed == claim.value_printed
                claim_id = known.id if known is not None and same and known.id not in taken else claim.id
                taken.add(claim_id)
                body = claim.model_copy(update={"id": claim_id}).model_dump_json()
                db.execute(
                    "INSERT INTO claims (id, paper_id, position, status, body) VALUES (?, ?, ?, ?, ?)"
                    " ON CONFLICT (id) DO NOTHING",
                    (claim_id, paper_id, position, claim.status.value, body),
                )
            count = db.execute("SELECT count(*) FROM claims WHERE paper_id = ?", (paper_id,)).fetchone()[0]
            done = extraction.model_copy(update={"claims": count})
            row = db.execute("SELECT body FROM papers WHERE id = ?", (paper_id,)).fetchone()
            if row is not None:
                paper = Paper.model_validate_json(row[0]).model_copy(
                    update={"reader": " + ".join(done.readers), "claim_count": count, "extraction": done}
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
        return _plan(plan_id, row[0]) if row else None

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
                plans.append(_plan(plan_id, body))
            except P2NError as error:
                _log.warning("%s", error.info.message)
        return plans


def _plan(plan_id: str, body: str) -> Plan:
    """Raises E_PLAN_INVALID: rows outlive versions, and people edit them."""
    try:
        return Plan.model_validate_json(body)
    except ValidationError as error:
        problems = invalid(error).info
        raise P2NError(
            ErrorCode.E_PLAN_INVALID,
            f"The stored plan {plan_id} does not follow v1.1: {problems.message}",
            "Plan the paper again; the claims are still there.",
            problems.detail,
        ) from None
