"""Turns in a sliding window, by the database's own clock."""

from __future__ import annotations

from .supabase_connection import SupabaseConnection


class TurnRows(SupabaseConnection):
    async def take_turn(self, who: str, limit: int, window_seconds: float) -> float:
        wait = await self.write("turn", who=who, limit=limit, window_seconds=window_seconds, take=True)
        return float(wait)

    async def seconds_to_turn(self, who: str, limit: int, window_seconds: float) -> float:
        wait = await self.write("turn", who=who, limit=limit, window_seconds=window_seconds, take=False)
        return float(wait)
