"""What the services ask of the outside: each protocol has one embedded default, wired in app.py."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from p2n_schemas.claims import Citation, Claim
from p2n_schemas.events import Event
from p2n_schemas.execution import ResolvedEnvironment, TaskState
from p2n_schemas.papers import Paper, PdfInfo
from p2n_schemas.plans import Plan, PlanBody
from p2n_schemas.reports import ClaimVerdict
from p2n_schemas.runs import DatasetMount, Run, RunSpec, RunStatus


class Documents(Protocol):
    """PDF work, in processes of its own with bounded time and memory."""

    async def inspect(self, pdf: Path) -> PdfInfo:
        """Look into a file. Raises E_NOT_A_PDF, E_PDF_ENCRYPTED, E_PDF_EMPTY, E_PDF_NO_TEXT, E_PDF_DAMAGED, E_PDF_TIMEOUT."""
        ...

    async def page_texts(self, pdf: Path) -> list[str]:
        """The text of each page, in reading order; what quotes are checked against."""
        ...

    async def evidence(self, pdf: Path, citation: Citation) -> bytes:
        """A PNG of the citation's region with the value marked."""
        ...


@dataclass(frozen=True)
class Reading:
    """One step of an extraction: pages read so far, or a claim found and checked."""

    pages_done: int
    pages_total: int
    claim: Claim | None = None


class PaperReader(Protocol):
    """Who reads papers."""

    name: str

    def read(self, paper_id: str, pdf: Path) -> AsyncIterator[Reading]:
        """Claims as they are verified on their page. Raises P2NError (E_PDF_…)."""
        ...


class Planner(Protocol):
    """Who writes plans."""

    name: str

    async def plan(
        self, paper: Paper, claims: Sequence[Claim], page_texts: Sequence[str], budget_minutes: int
    ) -> PlanBody:
        """A plan for the claims on one dataset; the others stand in `unplanned` with their reason.

        Raises E_NO_CLAIMS, E_NOTHING_RUNNABLE (detail: the reasons by claim id).
        """
        ...


@dataclass(frozen=True)
class NotebookBuild:
    """What a plan's body becomes."""

    notebook: str
    requirements: str
    datasets: tuple[DatasetMount, ...]


class NotebookBuilder(Protocol):
    def build(self, body: PlanBody, claims: Sequence[Claim], paper: Paper) -> NotebookBuild:
        """The notebook (nbformat 4 JSON), its pinned requirements.txt and the data it reads."""
        ...

    def datasets(self, body: PlanBody) -> tuple[DatasetMount, ...]: ...


class Judge(Protocol):
    rule: str

    def judge(self, claim: Claim, plan: Plan, runs: Sequence[tuple[Run, dict[str, Any]]]) -> ClaimVerdict:
        """The verdict on a claim from the succeeded runs of its plan and their metrics.json."""
        ...


class EnvironmentResolver(Protocol):
    async def resolve(self, requirements: str) -> ResolvedEnvironment:
        """Lock pinned requirements for the sandbox image.

        Raises E_REQUIREMENTS_UNSATISFIABLE, E_REQUIREMENTS_NEED_BUILD, E_DOCKER_UNAVAILABLE, E_IMAGE_UNAVAILABLE.
        """
        ...


class EventSink(Protocol):
    async def __call__(self, run_id: str, events: list[bytes]) -> None:
        """Events as the worker wrote them, each one JSON object, in order of seq without a gap."""
        ...


class Executor(Protocol):
    """Where runs are executed. Nothing it does may stall the event loop.

    `on_lost(run_id)`, where set, is awaited once all that a run had written is delivered and its task is gone
    without an `end` event.
    """

    on_lost: Callable[[str], Awaitable[None]] | None

    async def warm(self) -> None:
        """Get ready ahead of a run, which may take many seconds. Raises E_RAY_UNAVAILABLE."""
        ...

    async def submit(self, spec: RunSpec, sink: EventSink) -> None:
        """Start a run and feed its events to the sink; the same run_id again starts nothing.

        Raises E_RAY_UNAVAILABLE.
        """
        ...

    async def attach(self, run_id: str, after: int, sink: EventSink) -> TaskState:
        """Feed the sink with what comes after seq `after`, of a run that an earlier server started."""
        ...

    async def cancel(self, run_id: str) -> TaskState:
        """Stop the container, then the task."""
        ...

    async def checks(self) -> list[tuple[str, str, str, str, str | None]]:
        """For the doctor: (name, status, message, remediation, url)."""
        ...

    async def close(self) -> None:
        """Let go of the backend; runs go on."""
        ...


class ObjectStore(Protocol):
    """Blobs by key, e.g. `papers/<id>.pdf`, `runs/<id>/metrics.json`."""

    async def put(self, key: str, data: bytes) -> None: ...

    async def get(self, key: str) -> bytes:
        """Raises E_NOT_FOUND."""
        ...

    async def exists(self, key: str) -> bool: ...

    async def local_path(self, key: str) -> Path:
        """A readable local file with the object's bytes. Raises E_NOT_FOUND."""
        ...

    async def delete_prefix(self, prefix: str) -> None: ...

    def whereabouts(self, prefix: str) -> str:
        """Where a person finds these objects: a folder, or a bucket's path."""
        ...

    def sign(self, key: str, filename: str, content_type: str, seconds: float) -> str:
        """A URL that gives the object to whoever holds it, until it ends."""
        ...

    def upload_url(self, key: str, seconds: float) -> str:
        """Leave for a worker to write this one object."""
        ...


class SignedObject(Protocol):
    @property
    def key(self) -> str: ...
    @property
    def filename(self) -> str: ...
    @property
    def content_type(self) -> str: ...


class LinkOpener(Protocol):
    def open(self, token: str) -> SignedObject:
        """What a signed link names. Raises E_SIGNATURE_INVALID, E_SIGNATURE_EXPIRED."""
        ...


class Database(Protocol):
    """Rows. Every write is atomic."""

    async def put_paper(self, paper: Paper) -> None: ...
    async def get_paper(self, paper_id: str) -> Paper | None: ...
    async def list_papers(self) -> list[Paper]: ...
    async def delete_paper(self, paper_id: str) -> None:
        """With its claims, plans and runs."""
        ...

    async def replace_claims(self, paper_id: str, reader: str, claims: Sequence[Claim]) -> None:
        """A new extraction; claims that a person confirmed, corrected or rejected survive it."""
        ...

    async def list_claims(self, paper_id: str) -> list[Claim]: ...
    async def get_claim(self, claim_id: str) -> Claim | None: ...
    async def put_claim(self, claim: Claim) -> None: ...

    async def put_plan(self, plan: Plan) -> None: ...
    async def get_plan(self, plan_id: str) -> Plan | None: ...
    async def list_plans(self, paper_id: str) -> list[Plan]: ...

    async def add_run(self, run: Run, idempotency_key: str | None, queue_bound: int) -> Run:
        """Insert a queued run; with a known key, give the run of that key instead. Raises E_QUEUE_FULL."""
        ...

    async def get_run(self, run_id: str) -> Run | None: ...
    async def list_runs(
        self,
        *,
        paper_id: str | None = None,
        plan_id: str | None = None,
        status: RunStatus | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> list[Run]: ...
    async def request_cancel(self, run_id: str) -> Run | None:
        """Note that a person wants the run stopped; None where it has ended."""
        ...

    async def transition(self, run_id: str, to: RunStatus, **changes: Any) -> Run | None:
        """Compare-and-set: None where the run's present state may not become `to`."""
        ...

    async def close(self) -> None: ...


class EventReader(Protocol):
    async def read(self, after: int) -> list[bytes]:
        """The next kept events with seq > after, a bounded number of bytes; empty at the present end.

        `after` never goes back from call to call.
        """
        ...


class EventLog(Protocol):
    """The server's copy of each run's events: append-only, read by any number of viewers."""

    async def append(self, run_id: str, events: Sequence[bytes]) -> int:
        """Keep events that follow the last one kept; gives the newest seq.

        Those known already are ignored, and so is everything after an `end`: it is the last word.
        """
        ...

    async def last_seq(self, run_id: str) -> int: ...

    async def last_event(self, run_id: str) -> bytes | None: ...

    def reader(self, run_id: str) -> EventReader:
        """A place in the log, at first its beginning."""
        ...

    async def delete(self, run_id: str) -> None: ...


__all__ = [
    "Database",
    "Documents",
    "EnvironmentResolver",
    "Event",
    "EventLog",
    "EventReader",
    "EventSink",
    "Executor",
    "Judge",
    "LinkOpener",
    "NotebookBuild",
    "NotebookBuilder",
    "ObjectStore",
    "PaperReader",
    "Planner",
    "Reading",
    "ResolvedEnvironment",
    "TaskState",
]
