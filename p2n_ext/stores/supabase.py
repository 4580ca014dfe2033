"""The database that a lab brings: PostgREST of a Supabase project, with the migrations in `postgres/`."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from p2n_schemas.claims import Claim
from p2n_schemas.errors import P2NError
from p2n_schemas.papers import Extraction, Paper
from p2n_schemas.plans import Plan

from .claim_places import replacement
from .refusals import parent_gone
from .stored_plans import stored_plan
from .supabase_datasets import DatasetRows
from .supabase_models import ModelRows
from .supabase_runs import RunRows
from .supabase_storyboards import StoryboardRows
from .supabase_turns import TurnRows
from .supabase_validations import ValidationRows
from .supabase_versions import until_first

_PAPERS = "p2n_papers"
_CLAIMS = "p2n_claims"
_PLANS = "p2n_plans"
_NEWEST_FIRST = (("created_at", True), ("id", True))
_log = logging.getLogger(__name__)


class SupabaseDatabase(RunRows, TurnRows, DatasetRows, ModelRows, ValidationRows, StoryboardRows):
    """Implements `protocols.Database`. Everything raises E_STORE_… and E_STORAGE_FULL, too."""

    # papers

    async def put_paper(self, paper: Paper) -> None:
        await self.write(
            "put_paper",
            id=paper.id,
            created_at=paper.created_at.isoformat(),
            created_by=self.project.owner,
            body=paper.model_dump_json(),
        )

    async def get_paper(self, paper_id: str) -> Paper | None:
        body = await self.body(_PAPERS, "id", paper_id)
        return None if body is None else Paper.model_validate_json(body)

    async def list_papers(self) -> list[Paper]:
        return [Paper.model_validate_json(body) for body in await self.bodies(_PAPERS, _NEWEST_FIRST)]

    async def delete_paper(self, paper_id: str) -> None:
        await self.delete(_PAPERS, "id", paper_id)

    # claims

    async def replace_claims(
        self, paper_id: str, extraction: Extraction, claims: Sequence[Claim]
    ) -> Extraction:
        async def attempt() -> tuple[bool, Extraction]:
            row = await self.row(_PAPERS, "version,body::text", "id", paper_id)
            if row is None:
                raise parent_gone()
            present = await self._claim_rows(paper_id)
            wanted = replacement([claim for _, claim in present], claims)
            done = extraction.model_copy(update={"claims": wanted.count})
            paper = Paper.model_validate_json(row["body"]).model_copy(
                update={
                    "reader": " + ".join(done.readers),
                    "claim_count": wanted.count,
                    "extraction": done,
                }
            )
            kept = await self.write(
                "replace_claims",
                paper_id=paper_id,
                paper_version=row["version"],
                paper_body=paper.model_dump_json(),
                known={claim.id: version for version, claim in present},
                moved=[{"id": claim_id, "position": position} for claim_id, position in wanted.moved.items()],
                fresh=[
                    {
                        "id": claim.id,
                        "position": position,
                        "status": claim.status.value,
                        "body": claim.model_dump_json(),
                    }
                    for position, claim in wanted.fresh
                ],
            )
            return bool(kept), done

        return await until_first(attempt)

    async def list_claims(self, paper_id: str) -> list[Claim]:
        return [claim for _, claim in await self._claim_rows(paper_id)]

    async def _claim_rows(self, paper_id: str) -> list[tuple[int, Claim]]:
        rows = await self.rows(
            _CLAIMS,
            "version,body::text",
            (("position", False), ("id", False)),
            narrow=lambda query: query.eq("paper_id", paper_id),
        )
        return [(row["version"], Claim.model_validate_json(row["body"])) for row in rows]

    async def get_claim(self, claim_id: str) -> Claim | None:
        body = await self.body(_CLAIMS, "id", claim_id)
        return None if body is None else Claim.model_validate_json(body)

    async def update_claim(self, claim_id: str, change: Callable[[Claim], Claim]) -> Claim | None:
        async def attempt() -> tuple[bool, Claim | None]:
            row = await self.row(_CLAIMS, "version,body::text", "id", claim_id)
            if row is None:
                return True, None
            claim = change(Claim.model_validate_json(row["body"]))
            done = await self.write(
                "change_claim",
                id=claim_id,
                version=row["version"],
                status=claim.status.value,
                body=claim.model_dump_json(),
            )
            return bool(done), claim

        return await until_first(attempt)

    # plans

    async def put_plan(self, plan: Plan) -> None:
        await self.write(
            "put_plan",
            id=plan.id,
            paper_id=plan.paper_id,
            created_at=plan.created_at.isoformat(),
            created_by=self.project.owner,
            body=plan.model_dump_json(),
        )

    async def get_plan(self, plan_id: str) -> Plan | None:
        body = await self.body(_PLANS, "id", plan_id)
        return None if body is None else stored_plan(plan_id, body)

    async def list_plans(self, paper_id: str) -> list[Plan]:
        rows = await self.rows(
            _PLANS, "body::text", _NEWEST_FIRST, narrow=lambda query: query.eq("paper_id", paper_id)
        )
        plans = []
        for row in rows:
            # One that can't be read hides no other; whoever asks for it by its id is told what is wrong.
            try:
                plans.append(stored_plan(row["id"], row["body"]))
            except P2NError as error:
                _log.warning("%s", error.info.message)
        return plans
