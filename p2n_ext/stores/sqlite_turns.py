"""Turns in a sliding window, kept so that neither a restart nor a second server gives anyone more of them."""

from __future__ import annotations

import sqlite3
import time

from .sqlite_connection import SqliteConnection


class TurnRows(SqliteConnection):
    async def take_turn(self, who: str, limit: int, window_seconds: float) -> float:
        def take(db: sqlite3.Connection) -> float:
            now = time.time()
            db.execute("DELETE FROM turns WHERE taken_at <= ?", (now - window_seconds,))
            wait = _wait(db, who, limit, window_seconds, now)
            if wait <= 0:
                db.execute("INSERT INTO turns (who, taken_at) VALUES (?, ?)", (who, now))
            return wait

        return await self._do(take, write=True)

    async def seconds_to_turn(self, who: str, limit: int, window_seconds: float) -> float:
        return await self._do(lambda db: _wait(db, who, limit, window_seconds, time.time()))


def _wait(db: sqlite3.Connection, who: str, limit: int, window_seconds: float, now: float) -> float:
    # A clock that was set back may not lock anyone out: what lies in the future counts as taken now.
    taken = [
        min(row[0], now)
        for row in db.execute(
            "SELECT taken_at FROM turns WHERE who = ? AND taken_at > ? ORDER BY taken_at",
            (who, now - window_seconds),
        )
    ]
    # The turn whose leaving makes room: the oldest, unless the limit was lowered meanwhile.
    return max(taken[-limit] + window_seconds - now, 0.001) if len(taken) >= limit else 0.0
