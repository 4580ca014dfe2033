"""Runs at Supabase: the bounded queue, compare-and-set, filters, and the ends that a webhook is to be told."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from p2n_schemas.base import utc_now
from p2n_schemas.runs import Run, RunStatus

from ..protocols import ANY_RUN, Delivery, RunFilter
from .refusals import LIVE, queue_full
from .supabase_connection import SupabaseConnection
from .supabase_versions import until_first

_RUNS = "p2n_runs"
_DELIVERIES_KEPT = 1000
_NEWEST_FIRST = (("created_at", True), ("id", True))


class RunRows(SupabaseConnection):
    async def add_run(self, run: Run, idempotency_key: str | None, queue_bound: int) -> Run:
        answer = await self.write(
            "add_run",
            id=run.id,
            plan_id=run.plan_id,
            paper_id=run.paper_id,
            status=run.status.value,
            created_at=run.created_at.isoformat(),
            created_by=self.project.owner,
            idempotency_key=idempotency_key,
            body=run.model_dump_json(),
            queue_bound=queue_bound,
        )
        if "live" in answer:
            raise queue_full(answer["live"], queue_bound)
        return Run.model_validate_json(answer["run"])

    async def check_room(self, queue_bound: int, coming: int = 0) -> None:
        live = await self.count_runs(RunFilter(statuses=LIVE)) + coming
        if live >= queue_bound:
            raise queue_full(live, queue_bound)

    async def get_run(self, run_id: str) -> Run | None:
        body = await self.body(_RUNS, "id", run_id)
        return None if body is None else Run.model_validate_json(body)

    async def list_runs(self, where: RunFilter = ANY_RUN, *, limit: int = 100, offset: int = 0) -> list[Run]:
        bodies = await self.bodies(_RUNS, _NEWEST_FIRST, narrow=_fitting(where), limit=limit, offset=offset)
        return [Run.model_validate_json(body) for body in bodies]

    async def count_runs(self, where: RunFilter = ANY_RUN) -> int:
        return await self.count(_RUNS, _fitting(where))

    async def delete_run(self, run_id: str) -> bool:
        return bool(await self.write("delete_run", id=run_id))

    async def request_cancel(self, run_id: str) -> Run | None:
        def note(run: Run) -> Run | None:
            if run.status.is_terminal():
                return None
            return run.model_copy(update={"cancel_requested_at": run.cancel_requested_at or utc_now()})

        return await self._change(run_id, note)

    async def transition(
        self, run_id: str, to: RunStatus, *, announce: bool = False, **changes: Any
    ) -> Run | None:
        def become(run: Run) -> Run | None:
            if not run.status.can_become(to):
                return None
            return Run.model_validate(run.model_copy(update={**changes, "status": to}).model_dump())

        return await self._change(run_id, become, announce)

    async def _change(
        self, run_id: str, change: Callable[[Run], Run | None], announce: bool = False
    ) -> Run | None:
        async def attempt() -> tuple[bool, Run | None]:
            row = await self.row(_RUNS, "version,body::text", "id", run_id)
            changed = None if row is None else change(Run.model_validate_json(row["body"]))
            if row is None or changed is None:
                return True, None
            done = await self.write(
                "change_run",
                id=run_id,
                version=row["version"],
                status=changed.status.value,
                body=changed.model_dump_json(),
                announce=announce,
                deliveries_kept=_DELIVERIES_KEPT,
            )
            return bool(done), changed

        return await until_first(attempt)

    async def claim_deliveries(self, lease_seconds: float, limit: int) -> list[Delivery]:
        claimed = await self.write("claim_deliveries", lease_seconds=lease_seconds, limit=limit)
        return [
            Delivery(each["id"], Run.model_validate_json(each["body"]), each["attempts"]) for each in claimed
        ]

    async def postpone_delivery(self, delivery_id: str, seconds: float) -> None:
        await self.write("postpone_delivery", id=delivery_id, seconds=seconds)

    async def drop_delivery(self, delivery_id: str) -> None:
        await self.delete("p2n_deliveries", "id", delivery_id)

    async def seconds_to_delivery(self) -> float | None:
        rows = await self.rows("p2n_deliveries", "", (("due_at", False), ("id", False)), limit=1)
        return max(0.0, rows[0]["due_at"] - time.time()) if rows else None


def _fitting(where: RunFilter) -> Callable[[Any], Any]:
    def narrow(query: Any) -> Any:
        if where.paper_id is not None:
            query = query.eq("paper_id", where.paper_id)
        if where.plan_id is not None:
            query = query.eq("plan_id", where.plan_id)
        if where.statuses:
            query = query.in_("status", [status.value for status in where.statuses])
        if where.kind is not None:
            query = (
                query.is_("plan_id", "null")
                if where.kind == "notebook"
                else query.not_.is_("plan_id", "null")
            )
        if where.created_after is not None:
            query = query.gt("created_at", _moment(where.created_after))
        if where.created_before is not None:
            query = query.lt("created_at", _moment(where.created_before))
        return query

    return narrow


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
