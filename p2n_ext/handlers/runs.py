"""Runs: start one of an own notebook, list, look, follow, cancel, rerun, delete, and what they left behind."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal, cast

from jupyter_server.auth.decorator import authorized
from tornado import web

from p2n_schemas.api import NotebookRunRequest, RunDeletionRequest
from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.runs import RunStatus

from ..protocols import RunFilter
from ..services.multiplex import is_over, last_place, multiplexed, places
from .base import P2NHandler, whole_number
from .sse import EventStreamHandler

_MAX_SEQ = 2**53


class RunsHandler(P2NHandler):
    @web.authenticated
    @authorized
    async def get(self) -> None:
        page = await self.services.runs.runs(
            self._filter(),
            limit=whole_number(self, "limit", 100, 1, 1000),
            offset=whole_number(self, "offset", 0, 0, _MAX_SEQ),
        )
        self.answer(page)

    @web.authenticated
    @authorized
    async def post(self) -> None:
        request = self.body(NotebookRunRequest)
        self.answer(await self.services.own_notebooks.start(request, self.idempotency_key()), 202)

    def _filter(self) -> RunFilter:
        statuses = [text for text in self.get_query_arguments("status") if text]
        kind = self.get_query_argument("kind", None) or None
        if kind not in (None, "plan", "notebook"):
            raise _unwanted("kind", "plan or notebook")
        unknown = set(statuses) - set(RunStatus)
        if unknown:
            raise _unwanted("status", f"one of {', '.join(RunStatus)}")
        return RunFilter(
            paper_id=self.get_query_argument("paper_id", None),
            plan_id=self.get_query_argument("plan_id", None),
            statuses=tuple(RunStatus(text) for text in statuses),
            kind=cast(Literal["plan", "notebook"] | None, kind),
            created_after=self._moment("created_after"),
            created_before=self._moment("created_before"),
        )

    def _moment(self, name: str) -> datetime | None:
        text = self.get_query_argument(name, None)
        if not text:
            return None
        try:
            # A plus sign that was not escaped arrives as a space.
            moment = datetime.fromisoformat(text.replace(" ", "+"))
        except ValueError:
            raise _unwanted(name, "a time such as 2026-01-31T12:00:00Z") from None
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _unwanted(name: str, wanted: str) -> P2NError:
    return P2NError(
        ErrorCode.E_VALIDATION,
        f"{name}: {wanted} is wanted.",
        f"Correct the argument {name!r} of the address.",
    )


class RunDeletionHandler(P2NHandler):
    @web.authenticated
    @authorized
    async def post(self) -> None:
        self.answer(await self.services.deletion.delete_many(self.body(RunDeletionRequest)))


class RunHandler(P2NHandler):
    @web.authenticated
    @authorized
    async def get(self, run_id: str) -> None:
        self.answer(await self.services.runs.get(run_id))

    @web.authenticated
    @authorized
    async def delete(self, run_id: str) -> None:
        await self.services.deletion.delete(run_id)
        self.set_status(204)
        self.finish()


class RunEventsHandler(EventStreamHandler):
    @web.authenticated
    @authorized
    async def get(self, run_id: str) -> None:
        run = await self.services.runs.get(run_id)
        after = self.last_seen()
        if is_over(run, after):
            # Nothing can follow; 204 is what makes an EventSource stop asking (WHATWG HTML, 9.2.3).
            self.set_status(204)
            self.finish()
            return
        await self.stream(self.services.runs.frames(run_id, after, self.is_gone))


class RunsEventsHandler(EventStreamHandler):
    @web.authenticated
    @authorized
    async def get(self) -> None:
        wanted = places(self.get_query_arguments("run"))
        # What a browser's EventSource sends by itself names the run of the last frame only.
        run_id, seq = last_place(self.request.headers.get("Last-Event-ID", ""))
        if run_id in wanted:
            wanted[run_id] = max(wanted[run_id], seq)
        if await self._all_seen(wanted):
            self.set_status(204)
            self.finish()
            return
        runs = self.services.runs
        await self.stream(multiplexed(wanted, runs.frames, runs.get, self.is_gone))

    async def _all_seen(self, wanted: dict[str, int]) -> bool:
        """Whether all have ended and nothing can follow."""
        for run_id, after in wanted.items():
            try:
                if not is_over(await self.services.runs.get(run_id), after):
                    return False
            except P2NError:
                return False
        return True


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
