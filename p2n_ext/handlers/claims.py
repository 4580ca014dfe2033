"""Claims: the list, its export, a person's word on one, and the picture of its evidence."""

from __future__ import annotations

import asyncio
from typing import Literal

from jupyter_server.auth.decorator import authorized
from pydantic import Field
from tornado import web

from p2n_schemas.base import Schema
from p2n_schemas.claims import ClaimPatch, ClaimStatus

from ..services.claim_export import claims_csv
from ..services.claims import ClaimFilter
from .base import P2NHandler


class _Query(Schema):
    table: str | None = None
    method: str | None = None
    dataset: str | None = None
    metric: str | None = None
    status: tuple[ClaimStatus, ...] = ()
    headline: bool | None = None
    own_method: bool | None = None


class _FilteredHandler(P2NHandler):
    def where(self) -> ClaimFilter:
        """Raises E_VALIDATION."""
        return ClaimFilter(**self.query(_Query).model_dump())


class PaperClaimsHandler(_FilteredHandler):
    @web.authenticated
    @authorized
    async def get(self, paper_id: str) -> None:
        found = await self.services.claims.claims(paper_id, self.where())
        reading = self.services.extraction.is_reading(paper_id)
        self.answer(found.model_copy(update={"reading": reading}))


class ClaimExportHandler(_FilteredHandler):
    @web.authenticated
    @authorized
    async def get(self, paper_id: str, kind: str) -> None:
        found = await self.services.claims.claims(paper_id, self.where())
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Content-Disposition", f'attachment; filename="claims-{paper_id}.{kind}"')
        if kind == "csv":
            csv = await asyncio.to_thread(claims_csv, found.claims)
            self.finish(csv, set_content_type="text/csv; charset=utf-8")
        else:
            self.finish(found.model_dump_json(indent=2), set_content_type="application/json; charset=utf-8")


class ClaimHandler(P2NHandler):
    @web.authenticated
    @authorized
    async def patch(self, claim_id: str) -> None:
        self.answer(await self.services.claims.patch(claim_id, self.body(ClaimPatch)))


class _View(Schema):
    view: Literal["region", "page"] = "region"


class _Quoted(Schema):
    quote: str = Field(default="", max_length=4000)


class PageHandler(P2NHandler):
    @web.authenticated
    @authorized
    async def get(self, paper_id: str, number: str) -> None:
        quote = self.query(_Quoted).quote
        picture = await self.services.claims.page(paper_id, int(number), quote)
        self.set_header("Cache-Control", "private, max-age=3600")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.finish(picture, set_content_type="image/png")


class EvidenceHandler(P2NHandler):
    @web.authenticated
    @authorized
    async def get(self, claim_id: str) -> None:
        whole_page = self.query(_View).view == "page"
        picture = await self.services.claims.evidence(claim_id, whole_page)
        # A correction moves the mark, so that a kept picture may be asked about again.
        self.set_header("Cache-Control", "private, no-cache")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.finish(picture, set_content_type="image/png")
