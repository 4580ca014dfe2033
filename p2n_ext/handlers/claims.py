"""Claims: a person's word on one, and the picture of its evidence."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado import web

from p2n_schemas.claims import ClaimPatch

from .base import P2NHandler


class ClaimHandler(P2NHandler):
    @web.authenticated
    @authorized
    async def patch(self, claim_id: str) -> None:
        self.answer(await self.services.papers.patch_claim(claim_id, self.body(ClaimPatch)))


class EvidenceHandler(P2NHandler):
    @web.authenticated
    @authorized
    async def get(self, claim_id: str) -> None:
        picture = await self.services.papers.evidence(claim_id)
        self.set_header("Cache-Control", "private, max-age=3600")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.finish(picture, set_content_type="image/png")
