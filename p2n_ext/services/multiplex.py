"""Several runs over one stream: a browser has about six connections to a server, and a tab shall need one."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

from p2n_schemas.api import RunGone
from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.runs import Run

from .hub import PING, PING_SECONDS, has_end

MAX_RUNS = 50
_PLACE = re.compile(r"([A-Za-z0-9_-]{1,80})(?::([0-9]{1,16}))?")
_Frames = Callable[[str, int, Callable[[], bool]], AsyncIterator[bytes]]


def places(texts: Sequence[str]) -> dict[str, int]:
    """Run id → newest seq known, from `ID` or `ID:SEQ`, each run once. Raises E_VALIDATION."""
    found: dict[str, int] = {}
    for text in texts:
        match = _PLACE.fullmatch(text)
        if match is None or match[1] in found:
            raise _unwanted(f"run: {text[:100]!r} is no run's id with a number behind it, or comes twice.")
        found[match[1]] = int(match[2] or 0)
    if not 1 <= len(found) <= MAX_RUNS:
        raise _unwanted(f"run: 1 to {MAX_RUNS} runs are wanted, not {len(found)}.")
    return found


def last_place(text: str) -> tuple[str, int]:
    """The run and seq of a frame's id; no run and 0 where it is none."""
    match = _PLACE.fullmatch(text)
    return (match[1], int(match[2] or 0)) if match else ("", 0)


def _unwanted(message: str) -> P2NError:
    return P2NError(
        ErrorCode.E_VALIDATION, message, "Send ?run=ID:SEQ for each run, 0 for all of its events."
    )


def is_over(run: Run, after: int) -> bool:
    """Whether no event can follow the one known."""
    return run.status.is_terminal() and after >= run.last_seq


def marked(run_id: str, frames: bytes) -> bytes:
    """The same frames with `id: RUN:SEQ`. Only a frame's end has two line feeds: its data is one line."""
    name = run_id.encode()
    return frames.replace(b"id: ", b"id: %s:" % name, 1).replace(b"\n\nid: ", b"\n\nid: %s:" % name)


async def multiplexed(
    runs: Mapping[str, int],
    frames: _Frames,
    get: Callable[[str], Awaitable[Run]],
    gone: Callable[[], bool] = lambda: False,
) -> AsyncIterator[bytes]:
    """The events of each run as its own stream would give them, whichever has some; ends when all have ended.

    A run that does not exist, or is deleted meanwhile, gives one event `gone` (`RunGone`) and leaves the others be.
    Each run holds one blob at most, so a slow client slows nobody and costs little.
    """
    ready: asyncio.Queue[bytes | Exception | None] = asyncio.Queue(maxsize=1)
    pumps = [
        asyncio.create_task(_pump(run_id, after, frames(run_id, after, gone), get, ready))
        for run_id, after in runs.items()
    ]
    left = len(pumps)
    try:
        while left:
            try:
                async with asyncio.timeout(PING_SECONDS):
                    found = await ready.get()
            except TimeoutError:
                found = PING
            if isinstance(found, Exception):
                raise found
            if found is None:
                left -= 1
            else:
                yield found
    finally:
        for pump in pumps:
            pump.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)


async def _pump(
    run_id: str,
    after: int,
    frames: AsyncIterator[bytes],
    get: Callable[[str], Awaitable[Run]],
    ready: asyncio.Queue[bytes | Exception | None],
) -> None:
    last: bytes | Exception | None = None
    try:
        # Of what has ended and was seen nothing can follow.
        ended = is_over(await get(run_id), after)
        while not ended and (blob := await anext(frames, None)) is not None:
            if blob is not PING:
                await ready.put(marked(run_id, blob))
                ended = has_end(blob)
        if not ended:
            # The client left, the server stops, or the run was deleted: the last needs a word.
            await get(run_id)
    except P2NError as error:
        body = RunGone(run_id=run_id, error=error.info).model_dump_json()
        await ready.put(b"event: gone\ndata: %s\n\n" % body.encode())
    except Exception as error:
        # Whoever reads the stream raises it; it would wait for this run for ever otherwise.
        last = error
    finally:
        closing = getattr(frames, "aclose", None)
        if closing is not None:
            await closing()
    await ready.put(last)
