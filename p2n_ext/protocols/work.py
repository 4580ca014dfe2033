"""Who plans, builds notebooks, resolves, runs and judges, and what the sandbox keeps on disk."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from p2n_schemas.claims import Claim
from p2n_schemas.datasets import DataFile, DatasetBinding, UploadedDataset
from p2n_schemas.determinism import Comparison
from p2n_schemas.execution import ResolvedEnvironment, TaskState
from p2n_schemas.papers import Paper
from p2n_schemas.plans import Plan, PlanBody
from p2n_schemas.reports import ClaimVerdict, Contradiction
from p2n_schemas.runs import DatasetMount, Run, RunSpec
from p2n_schemas.storage import StorageItem, StorageKey, StorageKind, StorageRemoval
from p2n_schemas.tracing import Record

from .reading import Tell, unheard


@dataclass(frozen=True)
class OwnData:
    """A person's dataset, and how a plan is to be bound to it."""

    dataset: UploadedDataset
    binding: DatasetBinding


class Planner(Protocol):
    """Who writes plans."""

    name: str

    async def plan(
        self,
        paper: Paper,
        claims: Sequence[Claim],
        page_texts: Sequence[str],
        budget_minutes: int,
        own_data: OwnData | None = None,
        tell: Tell = unheard,
    ) -> PlanBody:
        """A plan for the claims on one dataset; the others stand in `unplanned` with their reason.

        With a person's own data: for the claims on the dataset that it stands for. Raises E_NO_CLAIMS,
        E_NOTHING_RUNNABLE (detail: the reasons by claim id), and E_VALIDATION where the data has no such columns.
        """
        ...


@dataclass(frozen=True)
class Planned:
    """A plan's body, and the names of those who planned it."""

    body: PlanBody
    planner: str


class PlanMaker(Protocol):
    """One planner, or several together."""

    async def plan(
        self,
        paper: Paper,
        claims: Sequence[Claim],
        page_texts: Sequence[str],
        budget_minutes: int,
        own_data: OwnData | None = None,
        tell: Tell = unheard,
    ) -> Planned:
        """As `Planner.plan`. Raises E_MODEL_… and E_POLICY_CAP_EXCEEDED too, where a model was asked for."""
        ...


class PlanCheck(Protocol):
    async def __call__(
        self, body: PlanBody, paper: Paper, claims: Sequence[Claim], page_texts: Sequence[str]
    ) -> Sequence[tuple[str, str]]:
        """Where a plan says what is not so, and what; empty for a sound one. Raises E_VALIDATION where no notebook comes
        of it."""
        ...


class CodeTrial(Protocol):
    async def __call__(self, body: PlanBody, claims: Sequence[Claim], paper: Paper) -> str | None:
        """Run a plan once, on a part of its data, in the sandbox: None where it came to its end, else what went wrong.

        Raises what the resolver and the executor raise.
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

    def check(self, body: PlanBody, claims: Sequence[Claim]) -> list[str]:
        """What a plan, maybe written by a person, says of dataset, licence and claimed values that is not so."""
        ...


class Judge(Protocol):
    rule: str

    def contradictions(self, claims: Sequence[Claim]) -> list[Contradiction]:
        """Numbers that the paper itself prints in two ways."""
        ...

    def judge(
        self,
        claim: Claim,
        plan: Plan,
        runs: Sequence[tuple[Run, dict[str, Any]]],
        contradicted: Sequence[Contradiction] = (),
    ) -> ClaimVerdict:
        """The verdict on a claim from the succeeded runs of its plan and their metrics.json; `contradicted`: what the
        paper prints otherwise of this claim."""
        ...


@dataclass(frozen=True)
class RunOutcome:
    """What one run left behind; None where it left none."""

    run_id: str
    metrics: bytes | None
    executed: bytes | None


class DeterminismAnalyst(Protocol):
    def compare(self, outcomes: Sequence[RunOutcome]) -> Comparison:
        """Runs of one notebook with one seed, compared by bytes, with the likely causes of what differs.

        CPU-bound, and for what hostile notebooks left behind: call it in a thread.
        """
        ...


class EnvironmentResolver(Protocol):
    async def resolve(self, requirements: str) -> ResolvedEnvironment:
        """Lock pinned requirements for the sandbox image.

        Raises E_REQUIREMENTS_UNSATISFIABLE, E_REQUIREMENTS_NEED_BUILD, E_DOCKER_UNAVAILABLE, E_IMAGE_UNAVAILABLE.
        """
        ...


@dataclass(frozen=True)
class RunData:
    """Data for a person's own notebook, with the names of the packages that its loaders need."""

    mounts: tuple[DatasetMount, ...] = ()
    packages: tuple[str, ...] = ()


class DatasetSource(Protocol):
    async def bind(self, names: Sequence[str]) -> RunData:
        """What these names of the catalogue, or ids or names of uploads, mean. Raises E_NOT_FOUND."""
        ...


class DatasetInspector(Protocol):
    async def inspect(self, path: Path, filename: str) -> list[DataFile]:
        """The csv and parquet files of an upload. Raises E_DATASET_INVALID, E_DATASET_TOO_LARGE."""
        ...


class DatasetCatalogue(Protocol):
    """What runs can be given: the catalogue's datasets by name, and uploads."""

    def names(self) -> list[str]: ...

    def bind(self, name: str) -> RunData | None: ...

    def mount(self, dataset: UploadedDataset) -> DatasetMount:
        """How a run gets an upload; its file's URL is `dataset:<id>` until a grant takes its place."""
        ...


class RequirementsCompleter(Protocol):
    def __call__(self, requirements: str | None, packages: Sequence[str]) -> str:
        """A person's requirements (None: the standard stack) with what the sandbox and the loaders need."""
        ...


class EventSink(Protocol):
    async def __call__(self, run_id: str, events: list[bytes]) -> None:
        """Events as the worker wrote them, each one JSON object, in order of seq without a gap."""
        ...


class Executor(Protocol):
    """Where runs are executed. Nothing it does may stall the event loop.

    `on_lost(run_id)`, where set, is awaited once all that a run had written is delivered and its task is gone
    without an `end` event. `on_records(run_id, records)`, where set, is told spans and structured lines of other processes;
    with a run's id the last ones of that run. It may not block.
    """

    on_lost: Callable[[str], Awaitable[None]] | None
    on_records: Callable[[str | None, list[Record]], None] | None

    async def warm(self) -> None:
        """Get ready ahead of a run, which may take many seconds. Raises E_RAY_UNAVAILABLE."""
        ...

    async def submit(self, spec: RunSpec, sink: EventSink) -> None:
        """Start a run and feed its events to the sink; the same run_id again starts nothing.

        Raises E_RAY_UNAVAILABLE.
        """
        ...

    async def stand_by(self, spec: RunSpec) -> None:
        """A run like this one may come soon: where the backend is up, it may prepare for it. Raises E_RAY_UNAVAILABLE."""
        ...

    async def attach(self, run_id: str, after: int, sink: EventSink) -> TaskState:
        """Feed the sink with what comes after seq `after`, of a run that an earlier server started."""
        ...

    async def cancel(self, run_id: str) -> TaskState:
        """Stop the container, then the task."""
        ...

    async def telemetry(self, run_id: str) -> list[Record]:
        """Spans and structured lines of the processes behind this one, of a run that goes on. Raises E_RAY_UNAVAILABLE."""
        ...

    async def checks(self) -> list[tuple[str, str, str, str, str | None]]:
        """For the doctor: (name, status, message, remediation, url)."""
        ...

    async def close(self) -> None:
        """Let go of the backend; runs go on."""
        ...


class EngineSizes(Protocol):
    """Bytes on the engine's disk; `environment_bytes` counts a file once that several environments share."""

    @property
    def items(self) -> Mapping[tuple[StorageKind, str], int]: ...
    @property
    def environment_bytes(self) -> int: ...
    @property
    def free_bytes(self) -> int: ...
    @property
    def orphans(self) -> tuple[str, ...]:
        """What builders left that were killed before they had published; `tidy` takes them."""
        ...


class EngineStorage(Protocol):
    """Environments, datasets, cached wheels and base images. All raise E_DOCKER_UNAVAILABLE, E_SANDBOX_FAILED."""

    async def items(self) -> list[StorageItem]:
        """At once, and without sizes but of images."""
        ...

    async def measure(self) -> EngineSizes | None:
        """Takes seconds; None where nothing can be measured yet."""
        ...

    async def remove(self, keys: Sequence[StorageKey]) -> StorageRemoval:
        """Never what a run uses; says of each that stays why."""
        ...

    async def free_wheels(self, wanted: int) -> int:
        """Remove cached wheels that no environment uses, oldest first, up to `wanted` bytes; gives those freed."""
        ...

    async def tidy(self, orphans: Sequence[str]) -> int:
        """Remove what killed builders left; gives the bytes freed."""
        ...
