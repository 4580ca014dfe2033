"""Reading a paper: one reading at a time for each paper, watched by whoever asks."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

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
    Token,
    TokenEvent,
)
from p2n_schemas.papers import DroppedClaim, Extraction, Paper, Provider
from p2n_schemas.runs import RunStatus

from ..protocols import (
    ClaimFound,
    Database,
    ModelText,
    ObjectStore,
    PagesRead,
    PaperReader,
    Reading,
    ReadingNotice,
    ReadingStep,
)
from . import keys
from .faults import explained
from .hub import PING, frame
from .watched import Watched

MAX_CLAIMS = 5000
MAX_DROPPED = 200
MAX_NOTICES = 20
MAX_STEPS = 500
MAX_MODEL_CHARACTERS = 1_000_000


@dataclass
class _Job:
    provider: Provider
    reader: str
    told: Watched = field(default_factory=Watched)
    task: asyncio.Task[None] | None = None


@dataclass
class _Taken:
    """What a reading has given so far, bounded."""

    claims: dict[str, Claim] = field(default_factory=dict)
    dropped: list[DroppedClaim] = field(default_factory=list)
    notices: list[ErrorInfo] = field(default_factory=list)
    readers: set[str] = field(default_factory=set)
    pages: int = 0
    steps: int = 0
    characters: int = 0

    def take(self, step: Reading, names: tuple[str, ...], told: Watched) -> None:
        """`names`: the readers at work; one that found nothing has read too, once its model has answered."""
        match step:
            case ClaimFound(claim):
                if claim.id in self.claims or len(self.claims) < MAX_CLAIMS:
                    self.claims[claim.id] = claim
                    self.readers |= set(claim.readers)
                    told.tell(ResultEvent, claim)
            case PagesRead(done, total):
                if done > self.pages:
                    self.pages = done
                    told.tell(ProgressEvent, Progress(done=done, total=total, unit="page"))
            case ReadingStep(stage, state, message, seconds):
                if (stage, state) == (Stage.MODEL, "completed"):
                    self.readers |= set(names)
                self.steps += 1
                if self.steps <= MAX_STEPS:
                    told.tell_stage(stage, state, message, seconds)
            case ModelText(text):
                self.characters += len(text)
                if self.characters <= MAX_MODEL_CHARACTERS:
                    told.tell(TokenEvent, Token(text=text))
            case DroppedClaim():
                if len(self.dropped) < MAX_DROPPED:
                    self.dropped.append(step)
            case ReadingNotice(error):
                if len(self.notices) < MAX_NOTICES:
                    self.notices.append(error)
                    told.tell(ErrorEvent, error)


class ExtractionService:
    """A reading goes on when its viewer leaves, and a second viewer sees it from the beginning."""

    def __init__(
        self,
        database: Database,
        objects: ObjectStore,
        readers: Mapping[Provider, PaperReader],
        provider: Provider,
    ) -> None:
        """`readers`: those that are set up here, by what a person asks for; `provider`: who reads unless asked."""
        self._database = database
        self._objects = objects
        self._readers = readers
        self._provider = provider
        self._jobs: dict[str, _Job] = {}
        self._barred: set[str] = set()

    def reader(self, provider: Provider | None = None) -> PaperReader:
        """Who reads for this wish. Raises E_MODEL_NOT_CONFIGURED."""
        reader = self._readers.get(provider or self._provider)
        if reader is None:
            raise P2NError(
                ErrorCode.E_MODEL_NOT_CONFIGURED,
                "No model is set up on this server.",
                "Set OPENAI_API_KEY where the server is started, and P2NApp.provider to openai or auto; or read with the"
                " offline reader.",
            )
        return reader

    def start(self, paper: Paper, provider: Provider | None = None) -> None:
        """Begin to read, unless a reading of this paper is going on already.

        Raises E_MODEL_NOT_CONFIGURED, and E_CONFLICT where the paper is being deleted or another reader was asked for
        than the one at work.
        """
        reader = self.reader(provider)
        job = self._jobs.get(paper.id)
        if paper.id in self._barred or (job is not None and provider not in (None, job.provider)):
            deleted = paper.id in self._barred
            raise P2NError(
                ErrorCode.E_CONFLICT,
                "The paper is being deleted."
                if deleted
                else f"The {job.reader if job else ''} reader is at work.",
                "Ingest it again." if deleted else "Wait for its end, or stop it first.",
            )
        if job is None:
            provider = provider or self._provider
            job = self._jobs[paper.id] = _Job(provider, reader.name)
            reading = self._read(paper, job, reader, provider)
            job.task = asyncio.create_task(reading, name=f"p2n-extract-{paper.id}")

    @contextlib.asynccontextmanager
    async def barred(self, paper_id: str) -> AsyncIterator[None]:
        """Within, nobody reads the paper: a reading that goes on is stopped, and none begins."""
        self._barred.add(paper_id)
        try:
            await self.cancel(paper_id)
            yield
        finally:
            self._barred.discard(paper_id)

    async def cancel(self, paper_id: str) -> bool:
        """Stop reading a paper, its model's answer too; what was kept before stays. Whether one was going on."""
        job = self._jobs.get(paper_id)
        if job is None or job.task is None:
            return False
        job.task.cancel()
        await asyncio.wait([job.task])
        return True

    def is_reading(self, paper_id: str) -> bool:
        return paper_id in self._jobs

    async def events(self, paper_id: str, after: int = 0) -> AsyncIterator[Event | None]:
        """The reading's events with seq > after; None where nothing happened for 15 s.

        An `after` that this reading has not come to is of another one, and is not heeded.
        """
        job = self._jobs.get(paper_id)
        if job is not None:
            async for event in job.told.follow(after):
                yield event

    async def frames(self, paper_id: str, after: int = 0) -> AsyncIterator[bytes]:
        """The same as server-sent events."""
        async for event in self.events(paper_id, after):
            yield PING if event is None else frame(event.model_dump_json().encode())

    async def _read(self, paper: Paper, job: _Job, reader: PaperReader, provider: Provider) -> None:
        begin = time.monotonic()
        taken, told = _Taken(), job.told
        try:
            told.tell_stage(Stage.READING, "started", f"{' + '.join(reader.names)} reader")
            pdf = await self._objects.local_path(keys.paper(paper.id))
            async with contextlib.aclosing(reader.read(paper, pdf)) as steps:
                async for step in steps:
                    taken.take(step, reader.names, told)
            seconds = time.monotonic() - begin
            readers = [name for name in reader.names if name in taken.readers] or [reader.names[0]]
            extraction = Extraction(
                readers=readers,
                provider=provider,
                model=reader.model if len(readers) > 1 else None,
                claims=len(taken.claims),
                dropped=taken.dropped,
                notices=taken.notices,
                seconds=seconds,
                finished_at=utc_now(),
            )
            done = await self._database.replace_claims(paper.id, extraction, list(taken.claims.values()))
            told.tell_stage(Stage.READING, "completed", f"{done.claims} claims", seconds)
            end = End(status=RunStatus.SUCCEEDED, seconds=seconds)
        except asyncio.CancelledError:
            end = End(status=RunStatus.CANCELLED)
        except Exception as error:
            info = explained(error)
            told.tell_stage(Stage.READING, "failed", info.message, time.monotonic() - begin)
            told.tell(ErrorEvent, info)
            end = End(status=RunStatus.FAILED, error=info)
        # A viewer that asks from now on begins a new reading; those who watch keep their job.
        del self._jobs[paper.id]
        told.tell(EndEvent, end)

    async def close(self) -> None:
        tasks = [job.task for job in self._jobs.values() if job.task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
