"""Plans: make one, look at it, materialize it, run it."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado import web

from p2n_schemas.api import NotebookUpdate, PlanList, PlanRequest
from p2n_schemas.errors import ErrorCode, P2NError

from .base import P2NHandler


class PaperPlansHandler(P2NHandler):
    @web.authenticated
    @authorized
    async def get(self, paper_id: str) -> None:
        self.answer(PlanList(plans=await self.services.planning.plans(paper_id)))

    @web.authenticated
    @authorized
    async def post(self, paper_id: str) -> None:
        self.answer(await self.services.planning.create(paper_id, self.body(PlanRequest)), 201)


class PlanHandler(P2NHandler):
    @web.authenticated
    @authorized
    async def get(self, plan_id: str) -> None:
        self.answer(await self.services.planning.get(plan_id))


class MaterializeHandler(P2NHandler):
    @web.authenticated
    @authorized
    async def post(self, plan_id: str) -> None:
        self.services.runs.warm()
        self.answer(await self.services.planning.materialize(plan_id))


class AssetsHandler(P2NHandler):
    @web.authenticated
    @authorized
    async def get(self, plan_id: str) -> None:
        self.answer(await self.services.planning.assets(plan_id))


class NotebookHandler(P2NHandler):
    @web.authenticated
    @authorized
    async def put(self, plan_id: str) -> None:
        update = self.body(NotebookUpdate)
        self.answer(await self.services.planning.put_notebook(plan_id, dict(update.notebook)))


class RunPlanHandler(P2NHandler):
    @web.authenticated
    @authorized
    async def post(self, plan_id: str) -> None:
        key = self.request.headers.get("Idempotency-Key")
        if key is not None and not 1 <= len(key) <= 200:
            raise P2NError(
                ErrorCode.E_VALIDATION,
                "Idempotency-Key: 1 to 200 characters are wanted.",
                "Send a UUID, for instance.",
            )
        self.answer(await self.services.runs.start(plan_id, key), 202)
