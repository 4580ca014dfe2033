"""Runs: list, look, follow, cancel, rerun, and what they left behind."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado import web

from p2n_schemas.api import RunList
from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.runs import RunStatus

from .base import P2NHandler, whole_number
from .sse import EventStreamHandler

_MAX_SEQ = 2**53


class RunsHandler(P2NHandler):
    @web.authenticated
    @authorized
    async def get(self) -> None:
        status = self.get_query_argument("status", None)
        if status and status not in set(RunStatus):
            raise P2NError(
                ErrorCode.E_VALIDATION,
                f"status: one of {', '.join(RunStatus)} is wanted.",
                "Correct the argument 'status' of the address.",
            )
        runs = await self.services.runs.runs(
            paper_id=self.get_query_argument("paper_id", None),
            plan_id=self.get_query_argument("plan_id", None),
            status=RunStatus(status) if status else None,
            limit=whole_number(self, "limit", 100, 1, 1000),
            offset=whole_number(self, "offset", 0, 0, _MAX_SEQ),
        )
        self.answer(RunList(runs=runs))


class RunHandler(P2NHandler):
    @web.authenticated
    @authorized
    async def get(self, run_id: str) -> None:
        self.answer(await self.services.runs.get(run_id))


class RunEventsHandler(EventStreamHandler):
    @web.authenticated
    @authorized
    async def get(self, run_id: str) -> None:
        run = await self.services.runs.get(run_id)
        after = whole_number(self, "after", 0, 0, _MAX_SEQ)
        known = self.request.headers.get("Last-Event-ID", "")
        if known.isascii() and known.isdigit() and len(known) < 17:
            after = max(after, int(known))
        if run.status.is_terminal() and after >= run.last_seq:
            # Nothing can follow; 204 is what makes an EventSource stop asking (WHATWG HTML, 9.2.3).
            self.set_status(204)
            self.finish()
            return
        await self.stream(self.services.runs.frames(run_id, after, self.is_gone))


class CancelHandler(P2NHandler):
    @web.authenticated
    @authorized
    async def post(self, run_id: str) -> None:
        self.answer(await self.services.runs.cancel(run_id))


class RerunHandler(P2NHandler):
    @web.authenticated
    @authorized
    async def post(self, run_id: str) -> None:
        self.answer(await self.services.runs.rerun(run_id), 202)


class ArtifactsHandler(P2NHandler):
    @web.authenticated
    @authorized
    async def get(self, run_id: str) -> None:
        self.answer(await self.services.runs.artifacts(run_id))
