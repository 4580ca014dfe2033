"""Plans: make one, look at it, materialize it, run it."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado import web

from p2n_schemas.api import NotebookUpdate, PlanList, PlanRequest

from ..services.plan_door import is_plan_import
from .base import P2NHandler
from .sse import EventStreamHandler


class PaperPlansHandler(EventStreamHandler):
    @web.authenticated
    @authorized
    async def get(self, paper_id: str) -> None:
        self.answer(PlanList(plans=await self.services.planning.plans(paper_id)))

    @web.authenticated
    @authorized
    async def post(self, paper_id: str) -> None:
        if is_plan_import(self.request.body):
            user = self.who()
            author = user.removeprefix("user ") if user.startswith("user ") else None
            self.answer(await self.services.plan_door.store(paper_id, self.request.body, author), 201)
        elif "text/event-stream" in self.request.headers.get("Accept", ""):
            await self.stream(await self.services.planning.watch(paper_id, self.body(PlanRequest)))
        else:
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
        # A plan that is none starts no Ray.
        await self.services.planning.get(plan_id)
        self.services.runs.warm()
        plan = await self.services.planning.materialize(plan_id)
        self.services.runs.stand_by(plan_id)
        self.answer(plan)


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
        plan = await self.services.planning.put_notebook(plan_id, dict(update.notebook))
        self.services.runs.stand_by(plan_id)
        self.answer(plan)


class RunPlanHandler(P2NHandler):
    @web.authenticated
    @authorized
    async def post(self, plan_id: str) -> None:
        self.answer(await self.services.runs.start(plan_id, self.idempotency_key()), 202)
