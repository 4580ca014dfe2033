"""Changes that are thought out here and made there only if nobody was faster."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from p2n_schemas.errors import ErrorCode, P2NError

T = TypeVar("T")
# Of those who change one row at once, one is done in each round; more than this at once are not to be expected.
_ROUNDS = 200


async def until_first(attempt: Callable[[], Awaitable[tuple[bool, T]]]) -> T:
    """Try again, from what then is kept, until the change is made or needs no making. Raises E_STORE_UNAVAILABLE."""
    for _ in range(_ROUNDS):
        done, result = await attempt()
        if done:
            return result
    raise P2NError(
        ErrorCode.E_STORE_UNAVAILABLE,
        "Others change the same thing all the time.",
        "Try again in a moment.",
    )
