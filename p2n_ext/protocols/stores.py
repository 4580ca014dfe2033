"""Where rows, objects and events are kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Protocol

from p2n_schemas.claims import Claim
from p2n_schemas.datasets import UploadedDataset
from p2n_schemas.determinism import DeterminismValidation
from p2n_schemas.model_calls import ModelCall, RemoteIndex
from p2n_schemas.papers import Extraction, Paper
from p2n_schemas.plans import Plan
from p2n_schemas.runs import Run, RunStatus
from p2n_schemas.storyboards import Storyboard


class ObjectStore(Protocol):
    """Blobs by key, e.g. `papers/<id>.pdf`, `runs/<id>/metrics.json`."""

    async def put(self, key: str, data: bytes) -> None: ...

    async def put_file(self, key: str, path: Path) -> None:
        """Take over a local file, which is gone from its place afterwards. Raises E_STORAGE_FULL."""
        ...

    async def get(self, key: str) -> bytes:
        """Raises E_NOT_FOUND."""
        ...

    async def exists(self, key: str) -> bool: ...

    async def local_path(self, key: str) -> Path:
        """A readable local file with the object's bytes. Raises E_NOT_FOUND."""
        ...

    async def delete_prefix(self, prefix: str) -> None: ...

    async def sizes(self, prefix: str) -> dict[str, int]:
        """Bytes that every object below a prefix takes, by key: on disk, or as the service counts them."""
        ...

    def whereabouts(self, prefix: str) -> str:
        """Where a person finds these objects: a folder, or a bucket's path."""
        ...

    async def keys(self) -> list[str]:
        """Every object's, sorted."""
        ...

    async def sign(self, key: str, filename: str, content_type: str, seconds: float) -> str:
        """A URL that gives the object to whoever holds it, until it ends. Raises E_NOT_FOUND where the store looks."""
        ...

    async def upload_url(self, key: str, seconds: float) -> str:
        """Leave for a worker to write this one object; a store may set a time of its own."""
        ...

    async def download_url(self, key: str, seconds: float) -> str:
        """Leave for a worker to read this one object."""
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


@dataclass(frozen=True)
class RunFilter:
    """Runs that fit all that is given; no statuses: any. A `notebook` run is one without a plan."""

    paper_id: str | None = None
    plan_id: str | None = None
    statuses: tuple[RunStatus, ...] = ()
    kind: Literal["plan", "notebook"] | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None


ANY_RUN = RunFilter()


@dataclass(frozen=True)
class Delivery:
    """A run's end that the webhook is still to be told. `attempts`: those before this one."""

    id: str
    run: Run
    attempts: int


class Database(Protocol):
    """Rows. Every write is atomic. Any write raises E_STORAGE_FULL where the disk is full."""

    async def put_paper(self, paper: Paper) -> None: ...
    async def get_paper(self, paper_id: str) -> Paper | None: ...
    async def list_papers(self) -> list[Paper]: ...
    async def delete_paper(self, paper_id: str) -> None:
        """With its claims, plans and runs."""
        ...

    async def replace_claims(
        self, paper_id: str, extraction: Extraction, claims: Sequence[Claim]
    ) -> Extraction:
        """A new extraction; claims that a person confirmed, corrected or rejected survive it, and no other is
        put beside them on the same printed number. A number that was known keeps its id. Gives the extraction with the number of claims now kept."""
        ...

    async def list_claims(self, paper_id: str) -> list[Claim]: ...
    async def get_claim(self, claim_id: str) -> Claim | None: ...
    async def update_claim(self, claim_id: str, change: Callable[[Claim], Claim]) -> Claim | None:
        """Change a claim as it now stands, in one transaction; None where it is gone. Raises what `change` raises."""
        ...

    async def open_model_call(self, call: ModelCall, cap_usd: float | None) -> None:
        """Keep an open call, whose `cost_usd` is the most it can cost. Raises E_POLICY_CAP_EXCEEDED where that and
        what the paper's calls have cost before are more than the cap; nothing is kept then. Calls outlive their
        paper: what was spent on the same PDF stays spent."""
        ...

    async def close_model_call(self, call: ModelCall) -> None: ...
    async def list_model_calls(self, paper_id: str) -> list[ModelCall]:
        """Oldest first."""
        ...

    async def put_remote_index(self, index: RemoteIndex) -> RemoteIndex:
        """Keep a row where the paper has none; gives the one that stands, which may be somebody else's."""
        ...

    async def replace_remote_index(self, index: RemoteIndex) -> None: ...
    async def stray_remote_indexes(self, before: datetime) -> list[RemoteIndex]:
        """Those made before a moment whose paper is not there."""
        ...

    async def get_remote_index(self, paper_id: str) -> RemoteIndex | None: ...
    async def delete_remote_index(self, paper_id: str) -> None: ...

    async def put_plan(self, plan: Plan) -> None: ...
    async def get_plan(self, plan_id: str) -> Plan | None: ...
    async def list_plans(self, paper_id: str) -> list[Plan]: ...

    async def add_run(self, run: Run, idempotency_key: str | None, queue_bound: int) -> Run:
        """Insert a queued run; with a known key, give the run of that key instead. Raises E_QUEUE_FULL."""
        ...

    async def check_room(self, queue_bound: int, coming: int = 0) -> None:
        """Raises E_QUEUE_FULL where `add_run` would, were `coming` more runs there."""
        ...

    async def get_run(self, run_id: str) -> Run | None: ...
    async def list_runs(self, where: RunFilter = ANY_RUN, *, limit: int = 100, offset: int = 0) -> list[Run]:
        """Newest first; runs of one moment in the order of their ids."""
        ...

    async def count_runs(self, where: RunFilter = ANY_RUN) -> int: ...
    async def delete_run(self, run_id: str) -> bool:
        """Whether there is no such row any more; one of a run that has not ended stays."""
        ...

    async def request_cancel(self, run_id: str) -> Run | None:
        """Note that a person wants the run stopped; None where it has ended."""
        ...

    async def transition(
        self, run_id: str, to: RunStatus, *, announce: bool = False, **changes: Any
    ) -> Run | None:
        """Compare-and-set: None where the run's present state may not become `to`.

        `announce` leaves a delivery for the webhook in the same transaction.
        """
        ...

    async def open_validation(self, validation: DeterminismValidation) -> DeterminismValidation | None:
        """Keep a validation that begins; gives the one of this run that goes on already, where there is one, and
        None where the run is gone."""
        ...

    async def get_validation(self, validation_id: str) -> DeterminismValidation | None: ...
    async def latest_validation(self, run_id: str) -> DeterminismValidation | None: ...
    async def live_validations(self) -> list[DeterminismValidation]: ...
    async def keep_validation(self, validation: DeterminismValidation) -> bool:
        """Replace one that goes on; false where it has ended or is gone."""
        ...

    async def put_storyboard(self, story: Storyboard) -> bool:
        """Keep a paper's first story, or the version after the one that is kept, by the same id. False, and nothing is
        kept, where the paper is gone or another version came first."""
        ...

    async def get_storyboard(self, story_id: str) -> Storyboard | None: ...
    async def paper_storyboard(self, paper_id: str) -> Storyboard | None: ...

    async def claim_deliveries(self, lease_seconds: float, limit: int) -> list[Delivery]:
        """Deliveries that are due, oldest first; nobody else is given them until the lease has run out."""
        ...

    async def postpone_delivery(self, delivery_id: str, seconds: float) -> None: ...
    async def drop_delivery(self, delivery_id: str) -> None: ...
    async def seconds_to_delivery(self) -> float | None:
        """Until the next delivery is due; None where there is none."""
        ...

    async def take_turn(self, who: str, limit: int, window_seconds: float) -> float:
        """Take one of `limit` turns that `who` has in a sliding window; 0, or the seconds until the next is free."""
        ...

    async def seconds_to_turn(self, who: str, limit: int, window_seconds: float) -> float:
        """The same without taking one."""
        ...

    async def put_dataset(self, dataset: UploadedDataset) -> None:
        """Raises E_CONFLICT where another dataset has the name."""
        ...

    async def get_dataset(self, id_or_name: str) -> UploadedDataset | None: ...
    async def list_datasets(self) -> list[UploadedDataset]: ...
    async def delete_dataset(self, dataset_id: str) -> None: ...

    async def close(self) -> None: ...


class EventReader(Protocol):
    async def read(self, after: int) -> list[bytes]:
        """The next kept events with seq > after, a bounded number of bytes; empty at the present end.

        `after` never goes back from call to call.
        """
        ...


class EventLog(Protocol):
    """The server's copy of each run's events: append-only, read by any number of viewers."""

    async def append(self, run_id: str, events: Sequence[bytes]) -> list[bytes]:
        """Keep events that follow the last one kept, all or none; gives those that were not known yet.

        Those known already are ignored, and so is everything after an `end`: it is the last word. Raises OSError.
        """
        ...

    async def last_seq(self, run_id: str) -> int: ...

    async def last_event(self, run_id: str) -> bytes | None: ...

    async def size(self, run_id: str) -> int:
        """Bytes that one run's events take; 0 where there are none."""
        ...

    async def sizes(self) -> dict[str, int]:
        """Bytes that each run's events take, by run id."""
        ...

    def reader(self, run_id: str) -> EventReader:
        """A place in the log, at first its beginning."""
        ...

    async def delete(self, run_id: str) -> None: ...
