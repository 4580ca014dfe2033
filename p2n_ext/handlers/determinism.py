"""Determinism validations: begin one, look how far it is, stop it."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado import web

from p2n_schemas.determinism import ValidationRequest

from .base import P2NHandler


class DeterminismHandler(P2NHandler):
    @web.authenticated
    @authorized
    async def get(self, run_id: str) -> None:
        self.answer(await self.services.determinism.get(run_id))

    @web.authenticated
    @authorized
    async def post(self, run_id: str) -> None:
        wanted = self.body(ValidationRequest).runs
        self.answer(await self.services.determinism.start(run_id, wanted), 202)


class DeterminismCancelHandler(P2NHandler):
    @web.authenticated
    @authorized
    async def post(self, run_id: str) -> None:
        self.answer(await self.services.determinism.cancel(run_id))
