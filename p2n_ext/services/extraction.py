"""Reading a paper: one reading at a time for each paper, watched by whoever asks."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from p2n_schemas.base import utc_now
from p2n_schemas.claims import Claim
from p2n_schemas.errors import ErrorCode, ErrorInfo, P2NError
from p2n_schemas.events import (
    End,
    EndEvent,
    ErrorEvent,
    Event,
    Progress,
    ProgressEvent,
    ResultEvent,
    Stage,
    StageUpdate,
    StageUpdateEvent,
)
from p2n_schemas.papers import Paper
from p2n_schemas.runs import RunStatus

from ..protocols import Database, ObjectStore, PaperReader
from . import keys
from .hub import PING, PING_SECONDS, frame

_log = logging.getLogger(__name__)
MAX_CLAIMS = 5000


@dataclass
class _Job:
    events: list[Event] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None

    def add(self, event: Event) -> None:
        self.events.append(event)
        changed, self.changed = self.changed, asyncio.Event()
        changed.set()


class ExtractionService:
    """A reading goes on when its viewer leaves, and a second viewer sees it from the beginning."""

    def __init__(self, database: Database, objects: ObjectStore, reader: PaperReader) -> None:
        self._database = database
        self._objects = objects
        self._reader = reader
        self._jobs: dict[str, _Job] = {}

    @property
    def reader_name(self) -> str:
        return self._reader.name

    def start(self, paper: Paper) -> None:
        """Begin to read, unless a reading of this paper is going on already."""
        if paper.id not in self._jobs:
            job = self._jobs[paper.id] = _Job()
            job.task = asyncio.create_task(self._read(paper, job), name=f"p2n-extract-{paper.id}")

    async def events(self, paper_id: str) -> AsyncIterator[Event | None]:
        """The reading's events from the first; None where nothing happened for 15 s."""
        job = self._jobs.get(paper_id)
        shown = 0
        while job is not None:
            changed = job.changed
            while shown < len(job.events):
                event = job.events[shown]
                shown += 1
                yield event
                if event.type == "end":
                    return
            try:
                await asyncio.wait_for(changed.wait(), PING_SECONDS)
            except TimeoutError:
                yield None

    async def frames(self, paper_id: str) -> AsyncIterator[bytes]:
        """The same as server-sent events."""
        async for event in self.events(paper_id):
            yield PING if event is None else frame(event.model_dump_json().encode())

    async def _read(self, paper: Paper, job: _Job) -> None:
        def stamp() -> dict[str, Any]:
            return {"seq": len(job.events) + 1, "ts": utc_now()}

        def stage(state: str, message: str, seconds: float | None = None) -> None:
            update = StageUpdate.model_validate(
                {"stage": Stage.READING, "state": state, "message": message, "seconds": seconds}
            )
            job.add(StageUpdateEvent.model_validate(stamp() | {"payload": update}))

        begin = time.monotonic()
        claims: list[Claim] = []
        pages = 0
        try:
            stage("started", f"{self._reader.name} reader")
            pdf = await self._objects.local_path(keys.paper(paper.id))
            async for step in self._reader.read(paper.id, pdf):
                if step.claim is not None and len(claims) < MAX_CLAIMS:
                    claims.append(step.claim)
                    job.add(ResultEvent.model_validate(stamp() | {"payload": step.claim}))
                if step.pages_done > pages:
                    pages = step.pages_done
                    progress = Progress(done=pages, total=step.pages_total, unit="page")
                    job.add(ProgressEvent.model_validate(stamp() | {"payload": progress}))
            await self._database.replace_claims(paper.id, self._reader.name, claims)
            seconds = time.monotonic() - begin
            stage("completed", f"{len(claims)} claims", seconds)
            end = End(status=RunStatus.SUCCEEDED, seconds=seconds)
        except asyncio.CancelledError:
            end = End(status=RunStatus.CANCELLED)
        except Exception as error:
            info = error.info if isinstance(error, P2NError) else internal_error(error)
            stage("failed", info.message, time.monotonic() - begin)
            job.add(ErrorEvent.model_validate(stamp() | {"payload": info}))
            end = End(status=RunStatus.FAILED, error=info)
        # A viewer that asks from now on begins a new reading; those who watch keep their job.
        del self._jobs[paper.id]
        job.add(EndEvent.model_validate(stamp() | {"payload": end}))

    async def close(self) -> None:
        tasks = [job.task for job in self._jobs.values() if job.task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def internal_error(error: BaseException) -> ErrorInfo:
    """What a client may know of a fault of ours; the log has the rest."""
    _log.error("internal error", exc_info=error)
    return ErrorInfo(
        code=ErrorCode.E_INTERNAL,
        message="P2N failed in a way that it did not foresee.",
        remediation="The server's log has the details; please report them.",
    )
