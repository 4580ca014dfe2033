"""The rows of model calls and of what a provider keeps of a paper, at Supabase."""

from __future__ import annotations

from datetime import datetime

from p2n_schemas.model_calls import ModelCall, RemoteIndex

from .refusals import over_cap
from .supabase_connection import SupabaseConnection

_CALLS = "p2n_model_calls"
_INDEXES = "p2n_remote_indexes"


class ModelRows(SupabaseConnection):
    async def open_model_call(self, call: ModelCall, cap_usd: float | None) -> None:
        answer = await self.write(
            "open_model_call",
            id=call.id,
            paper_id=call.paper_id,
            at=call.at.isoformat(),
            cost_usd=call.cost_usd,
            body=call.model_dump_json(),
            cap_usd=cap_usd,
        )
        if not answer["kept"] and cap_usd is not None:
            raise over_cap(call.cost_usd, answer["spent"], cap_usd)

    async def close_model_call(self, call: ModelCall) -> None:
        await self.write("close_model_call", id=call.id, cost_usd=call.cost_usd, body=call.model_dump_json())

    async def list_model_calls(self, paper_id: str) -> list[ModelCall]:
        bodies = await self.bodies(
            _CALLS, (("at", False), ("id", False)), narrow=lambda query: query.eq("paper_id", paper_id)
        )
        return [ModelCall.model_validate_json(body) for body in bodies]

    async def put_remote_index(self, index: RemoteIndex) -> RemoteIndex:
        kept = await self.write(
            "put_remote_index", paper_id=index.paper_id, body=index.model_dump_json(), replace=False
        )
        return RemoteIndex.model_validate_json(kept)

    async def replace_remote_index(self, index: RemoteIndex) -> None:
        await self.write(
            "put_remote_index", paper_id=index.paper_id, body=index.model_dump_json(), replace=True
        )

    async def stray_remote_indexes(self, before: datetime) -> list[RemoteIndex]:
        by_paper = (("paper_id", False),)
        found = [RemoteIndex.model_validate_json(body) for body in await self.bodies(_INDEXES, by_paper)]
        old = [index for index in found if index.created_at < before]
        known = {row["id"] for row in await self.rows("p2n_papers", "", (("id", False),))} if old else set()
        return [index for index in old if index.paper_id not in known]

    async def get_remote_index(self, paper_id: str) -> RemoteIndex | None:
        body = await self.body(_INDEXES, "paper_id", paper_id)
        return None if body is None else RemoteIndex.model_validate_json(body)

    async def delete_remote_index(self, paper_id: str) -> None:
        await self.delete(_INDEXES, "paper_id", paper_id)
