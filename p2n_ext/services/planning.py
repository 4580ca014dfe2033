"""From claims to a plan, and from a plan to what can be run: notebook, lock and env_hash."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from p2n_schemas.api import PlanAssets, PlanRequest, SignedFile
from p2n_schemas.base import utc_now
from p2n_schemas.claims import Claim
from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.events import End, EndEvent, ErrorEvent, PlanEvent, Token, TokenEvent
from p2n_schemas.papers import Paper, Provider
from p2n_schemas.plans import Plan
from p2n_schemas.runs import RunStatus

from ..protocols import (
    Database,
    Documents,
    EnvironmentResolver,
    ModelText,
    NotebookBuilder,
    ObjectStore,
    OwnData,
    PlanMaker,
    ReadingStep,
)
from ..protocols.reading import Tell, unheard
from . import keys
from .faults import explained, missing
from .watched import Watched

MAX_NOTEBOOK_BYTES = 8 << 20
MAX_MODEL_CHARACTERS = 1_000_000


@dataclass(frozen=True)
class _Wanted:
    """What a request for a plan comes to."""

    planner: PlanMaker
    paper: Paper
    claims: Sequence[Claim]
    budget_minutes: int
    own_data: OwnData | None


class PlanningService:
    def __init__(
        self,
        database: Database,
        objects: ObjectStore,
        documents: Documents,
        planners: Mapping[Provider, PlanMaker],
        provider: Provider,
        builder: NotebookBuilder,
        resolver: EnvironmentResolver,
        link_seconds: float,
    ) -> None:
        self._database = database
        self._objects = objects
        self._documents = documents
        self._planners = planners
        self._provider = provider
        self._builder = builder
        self._resolver = resolver
        self._link_seconds = link_seconds
        self._tasks: set[asyncio.Task[None]] = set()

    async def create(self, paper_id: str, request: PlanRequest, tell: Tell = unheard) -> Plan:
        """A plan for the chosen claims (all where none is named); `tell` hears how far it is.

        Raises E_NOT_FOUND, E_NO_CLAIMS, E_NOTHING_RUNNABLE; where a model was asked for, E_MODEL_… and
        E_POLICY_CAP_EXCEEDED.
        """
        return await self._plan(await self._wanted(paper_id, request), tell)

    async def watch(self, paper_id: str, request: PlanRequest) -> AsyncIterator[bytes]:
        """The same as server-sent events, the plan and an `end` last. It goes on when its viewer leaves.

        Raises what is wrong with the request itself: E_NOT_FOUND, E_MODEL_NOT_CONFIGURED.
        """
        wanted = await self._wanted(paper_id, request)
        watched = Watched()
        task = asyncio.create_task(self._tell_all(wanted, watched), name=f"p2n-plan-{paper_id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return watched.frames()

    async def close(self) -> None:
        """Stop the plannings that go on."""
        for task in (tasks := list(self._tasks)):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _tell_all(self, wanted: _Wanted, watched: Watched) -> None:
        begin, told = time.monotonic(), 0

        def tell(step: ReadingStep | ModelText) -> None:
            nonlocal told
            if isinstance(step, ReadingStep):
                watched.tell_stage(step.stage, step.state, step.message, step.seconds)
            elif (told := told + len(step.text)) <= MAX_MODEL_CHARACTERS:
                watched.tell(TokenEvent, Token(text=step.text))

        try:
            watched.tell(PlanEvent, await self._plan(wanted, tell))
            end = End(status=RunStatus.SUCCEEDED, seconds=time.monotonic() - begin)
        except asyncio.CancelledError:
            end = End(status=RunStatus.CANCELLED)
        except Exception as error:
            info = explained(error)
            watched.tell(ErrorEvent, info)
            end = End(status=RunStatus.FAILED, error=info)
        watched.tell(EndEvent, end)

    async def _wanted(self, paper_id: str, request: PlanRequest) -> _Wanted:
        planner = self._planners.get(request.provider or self._provider)
        if planner is None:
            raise P2NError(
                ErrorCode.E_MODEL_NOT_CONFIGURED,
                "No model is set up on this server.",
                "Set OPENAI_API_KEY where the server is started, and P2NApp.provider to openai or auto; or plan offline.",
            )
        paper = await self._database.get_paper(paper_id)
        if paper is None:
            raise missing("paper", paper_id)
        claims = await self._database.list_claims(paper_id)
        if request.claim_ids:
            known = {claim.id: claim for claim in claims}
            unknown = [claim_id for claim_id in request.claim_ids if claim_id not in known]
            if unknown:
                raise missing("claim", unknown[0])
            claims = [known[claim_id] for claim_id in dict.fromkeys(request.claim_ids)]
        return _Wanted(planner, paper, claims, request.budget_minutes, await self._own_data(request))

    async def _plan(self, wanted: _Wanted, tell: Tell) -> Plan:
        paper_id = wanted.paper.id
        texts = await self._documents.page_texts(await self._objects.local_path(keys.paper(paper_id)))
        planned = await wanted.planner.plan(
            wanted.paper, wanted.claims, texts, wanted.budget_minutes, wanted.own_data, tell
        )
        if await self._database.get_paper(paper_id) is None:
            raise missing(
                "paper", paper_id
            )  # with a model it takes minutes, and the paper was deleted meanwhile
        plan = Plan(
            id=f"pl_{uuid.uuid4().hex[:16]}",
            paper_id=paper_id,
            planner=planned.planner,
            body=planned.body,
            created_at=utc_now(),
        )
        await self._database.put_plan(plan)
        return plan

    async def _own_data(self, request: PlanRequest) -> OwnData | None:
        if request.dataset is None:
            return None
        dataset = await self._database.get_dataset(request.dataset.dataset_id)
        if dataset is None:
            raise missing("dataset", request.dataset.dataset_id)
        return OwnData(dataset, request.dataset)

    async def get(self, plan_id: str) -> Plan:
        """Raises E_NOT_FOUND."""
        plan = await self._database.get_plan(plan_id)
        if plan is None:
            raise missing("plan", plan_id)
        return plan

    async def plans(self, paper_id: str) -> list[Plan]:
        """Raises E_NOT_FOUND."""
        if await self._database.get_paper(paper_id) is None:
            raise missing("paper", paper_id)
        return await self._database.list_plans(paper_id)

    async def materialize(self, plan_id: str) -> Plan:
        """Write notebook, requirements and lock; the same plan gives the same files again.

        Raises E_NOT_FOUND, E_REQUIREMENTS_…, E_DOCKER_UNAVAILABLE, E_IMAGE_UNAVAILABLE.
        """
        plan = await self.get(plan_id)
        paper = await self._database.get_paper(plan.paper_id)
        if paper is None:
            raise missing("paper", plan.paper_id)
        claims = await self._database.list_claims(plan.paper_id)
        build = await asyncio.to_thread(self._builder.build, plan.body, claims, paper)
        environment = await self._resolver.resolve(build.requirements)
        for name, text in (
            (keys.NOTEBOOK, build.notebook),
            (keys.REQUIREMENTS, build.requirements),
            (keys.LOCK, environment.requirements_lock),
        ):
            await self._objects.put(keys.plan_asset(plan_id, name), text.encode())
        plan = plan.model_copy(
            update={
                "env_hash": environment.env_hash,
                "image_digest": environment.image_digest,
                "python_version": environment.python_version,
                "notebook_sha256": hashlib.sha256(build.notebook.encode()).hexdigest(),
                "notebook_edited": False,
            }
        )
        await self._database.put_plan(plan)
        return plan

    async def put_notebook(self, plan_id: str, notebook: dict[str, Any]) -> Plan:
        """A notebook that a person edited, run as such from now on and marked so in the report.

        Raises E_NOT_FOUND, E_PLAN_NOT_MATERIALIZED, E_NOTEBOOK_INVALID.
        """
        plan = await self.get(plan_id)
        require_materialized(plan)
        text = await asyncio.to_thread(valid_notebook, notebook)
        digest = hashlib.sha256(text.encode()).hexdigest()
        if digest == plan.notebook_sha256:
            return plan
        await self._objects.put(keys.plan_asset(plan_id, keys.NOTEBOOK), text.encode())
        plan = plan.model_copy(update={"notebook_sha256": digest, "notebook_edited": True})
        await self._database.put_plan(plan)
        return plan

    async def assets(self, plan_id: str) -> PlanAssets:
        """Raises E_NOT_FOUND, E_PLAN_NOT_MATERIALIZED."""
        plan = await self.get(plan_id)
        env_hash = require_materialized(plan)
        files = []
        for name in keys.PLAN_ASSETS:
            key = keys.plan_asset(plan_id, name)
            data = await self._objects.get(key)
            digest = hashlib.sha256(data).hexdigest()
            files.append(await signed_file(self._objects, key, name, len(data), digest, self._link_seconds))
        return PlanAssets(plan_id=plan_id, env_hash=env_hash, files=files)


async def signed_file(
    objects: ObjectStore, key: str, name: str, size: int, sha256: str, seconds: float
) -> SignedFile:
    kind = keys.content_type(name)
    return SignedFile(
        name=name,
        size_bytes=size,
        sha256=sha256,
        content_type=kind,
        url=await objects.sign(key, name, kind, seconds),
        expires_at=utc_now() + timedelta(seconds=seconds),
    )


def require_materialized(plan: Plan) -> str:
    """The plan's env_hash. Raises E_PLAN_NOT_MATERIALIZED."""
    if plan.env_hash is None:
        raise P2NError(
            ErrorCode.E_PLAN_NOT_MATERIALIZED,
            "This plan has no notebook and no locked environment yet.",
            f"POST /plans/{plan.id}/materialize first.",
        )
    return plan.env_hash


def valid_notebook(notebook: dict[str, Any]) -> str:
    """The notebook as nbformat 4 JSON. Raises E_NOTEBOOK_INVALID."""
    import nbformat

    try:
        text = json.dumps(notebook, ensure_ascii=False, indent=1)
        if len(text.encode()) > MAX_NOTEBOOK_BYTES:
            raise ValueError(f"it is larger than {MAX_NOTEBOOK_BYTES >> 20} MiB")
        document = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]
        nbformat.validate(document)
        return str(nbformat.writes(document))  # type: ignore[no-untyped-call]
    except Exception as error:
        raise P2NError(
            ErrorCode.E_NOTEBOOK_INVALID,
            f"This is not a valid notebook: {str(error)[:300]}",
            "Save it in JupyterLab (nbformat 4) and send that file's content.",
        ) from None


def unplanned_elsewhere(plans: Sequence[Plan]) -> list[str]:
    """Claims that a plan left to another plan because they are on another dataset."""
    planned = {
        metric.claim_id
        for plan in plans
        for experiment in plan.body.experiments
        for metric in experiment.metrics
    }
    left = [
        entry.claim_id for plan in plans for entry in plan.body.unplanned if entry.reason == "other_dataset"
    ]
    return [claim_id for claim_id in dict.fromkeys(left) if claim_id not in planned]
