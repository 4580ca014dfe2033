"""Papers and claims as they are kept: look, correct, delete."""

from __future__ import annotations

import asyncio
import hashlib

from pydantic import ValidationError

from p2n_schemas.api import PaperVerification
from p2n_schemas.base import utc_now
from p2n_schemas.claims import Claim, ClaimPatch, ClaimStatus
from p2n_schemas.errors import ErrorCode, P2NError, invalid
from p2n_schemas.papers import Paper

from ..protocols import Database, Documents, EventLog, ObjectStore
from . import keys


class PaperService:
    def __init__(self, database: Database, objects: ObjectStore, documents: Documents, log: EventLog) -> None:
        self._database = database
        self._objects = objects
        self._documents = documents
        self._log = log

    async def papers(self) -> list[Paper]:
        return await self._database.list_papers()

    async def get(self, paper_id: str) -> Paper:
        """Raises E_NOT_FOUND."""
        paper = await self._database.get_paper(paper_id)
        if paper is None:
            raise missing("paper", paper_id)
        return paper

    async def delete(self, paper_id: str) -> None:
        """The paper with its claims, plans, runs and every object of theirs.

        Raises E_NOT_FOUND, and E_CONFLICT while one of its runs is going on.
        """
        await self.get(paper_id)
        runs = await self._database.list_runs(paper_id=paper_id, limit=100_000)
        live = [run.id for run in runs if not run.status.is_terminal()]
        if live:
            raise P2NError(
                ErrorCode.E_CONFLICT,
                "A run of this paper is still going on.",
                "Cancel it first, then delete the paper.",
                {"runs": live},
            )
        # Objects first: a row without its objects can be deleted again, objects without a row are lost space.
        for run in runs:
            await self._objects.delete_prefix(keys.run_folder(run.id))
            await self._log.delete(run.id)
        for plan in await self._database.list_plans(paper_id):
            await self._objects.delete_prefix(keys.plan_folder(plan.id))
        await self._objects.delete_prefix(keys.paper_folder(paper_id))
        await self._database.delete_paper(paper_id)

    async def verify(self, paper_id: str) -> PaperVerification:
        """Raises E_NOT_FOUND."""
        paper = await self.get(paper_id)
        exists = await self._objects.exists(keys.paper(paper_id))
        matches = False
        if exists:
            data = await self._objects.get(keys.paper(paper_id))
            digest = await asyncio.to_thread(lambda: hashlib.sha256(data).hexdigest())
            matches = digest == paper.sha256
        return PaperVerification(
            paper_id=paper_id,
            pdf_exists=exists,
            checksum_matches=matches,
            claims_extracted=paper.reader is not None,
        )

    async def claims(self, paper_id: str) -> list[Claim]:
        """Raises E_NOT_FOUND."""
        await self.get(paper_id)
        return await self._database.list_claims(paper_id)

    async def claim(self, claim_id: str) -> Claim:
        """Raises E_NOT_FOUND."""
        claim = await self._database.get_claim(claim_id)
        if claim is None:
            raise missing("claim", claim_id)
        return claim

    async def patch_claim(self, claim_id: str, patch: ClaimPatch) -> Claim:
        """A person's word; a changed field makes the claim `corrected` unless another status is given.

        Raises E_NOT_FOUND, E_VALIDATION.
        """
        claim = await self.claim(claim_id)
        changes = patch.model_dump(exclude_unset=True)
        if changes.get("status") is None:
            changes.pop("status", None)
            if changes.keys() - {"note"}:
                changes["status"] = ClaimStatus.CORRECTED
        if changes.keys() & {"method", "dataset", "split", "metric", "units"}:
            changes["corrected_at"] = utc_now()
        if changes.get("value") is not None:
            changes["value_printed"] = f"{changes['value']:g}"
        try:
            claim = Claim.model_validate(claim.model_dump() | changes)
        except ValidationError as error:
            raise invalid(error) from None
        await self._database.put_claim(claim)
        return claim

    async def evidence(self, claim_id: str) -> bytes:
        """PNG of the place on the page that shows the claim. Raises E_NOT_FOUND, E_PDF_…"""
        claim = await self.claim(claim_id)
        pdf = await self._objects.local_path(keys.paper(claim.paper_id))
        return await self._documents.evidence(pdf, claim.citation)

    async def close(self) -> None:
        await self._database.close()


def missing(what: str, key: str) -> P2NError:
    return P2NError(
        ErrorCode.E_NOT_FOUND, f"There is no {what} {key!r}.", f"List the {what}s to see what there is."
    )
