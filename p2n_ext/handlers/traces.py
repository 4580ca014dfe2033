"""The trace of a run."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado import web

from .base import P2NHandler


class TraceHandler(P2NHandler):
    @web.authenticated
    @authorized
    async def get(self, run_id: str) -> None:
        self.answer(await self.services.traces.trace(run_id))
