"""How many new papers one user may bring in an hour."""

from __future__ import annotations

import math

from p2n_schemas.errors import ErrorCode, P2NError

from ..protocols import Database

WINDOW_SECONDS = 3600.0


class IngestLimit:
    """A sliding window a user; `per_hour` 0 is no limit."""

    def __init__(self, database: Database, per_hour: int) -> None:
        self._database = database
        self._per_hour = per_hour

    async def check(self, who: str | None) -> None:
        """Raises E_RATE_LIMITED where no turn is left; takes none. None is nobody that is limited."""
        if who is not None and self._per_hour > 0:
            self._judge(await self._database.seconds_to_turn(who, self._per_hour, WINDOW_SECONDS))

    async def take(self, who: str | None) -> None:
        """Take a turn. Raises E_RATE_LIMITED."""
        if who is not None and self._per_hour > 0:
            self._judge(await self._database.take_turn(who, self._per_hour, WINDOW_SECONDS))

    def _judge(self, wait: float) -> None:
        if wait <= 0:
            return
        seconds = math.ceil(wait)
        raise P2NError(
            ErrorCode.E_RATE_LIMITED,
            f"You have brought in {self._per_hour} new papers within an hour, which is the limit here.",
            f"Wait {seconds} s, go on with a paper that is here already, or raise P2NApp.ingest_per_hour.",
            {"retry_after_seconds": seconds, "per_hour": self._per_hour},
        )
