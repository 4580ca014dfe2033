"""Following a run from the command line, to its end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from p2n_schemas.errors import P2NError
from p2n_schemas.events import EVENT, Event
from p2n_schemas.runs import Run

from .console import Console
from .services import Services


async def follow(run: Run, services: Services, console: Console) -> Run:
    """Show a run that this command started; gives it as it has ended."""
    try:
        await watch(run.id, services, console)
    except BaseException:
        # Who interrupts the command (or closes the pipe that reads it) wants the run stopped, not left behind.
        with contextlib.suppress(P2NError):
            await services.runs.cancel(run.id)
        raise
    run = await services.runs.get(run.id)
    for _ in range(50):
        if run.status.is_terminal():
            break
        await asyncio.sleep(0.05)
        run = await services.runs.get(run.id)
    if run.error is not None:
        console.error(run.error)
    return run


async def watch(run_id: str, services: Services, console: Console) -> None:
    """Show a run; leaving it does not stop it."""
    with console.run(run_id) as view:
        async for event in _events(services, run_id):
            view.show(event)


async def _events(services: Services, run_id: str) -> AsyncIterator[Event]:
    async for blob in services.runs.frames(run_id, 0):
        for line in blob.split(b"\n"):
            if line.startswith(b"data: "):
                yield EVENT.validate_json(line[6:])
