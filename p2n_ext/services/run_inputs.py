"""What a run executes, fixed when it is queued: an edit of its plan's notebook afterwards can't reach it."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, replace

from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.plans import Plan
from p2n_schemas.runs import Run, RunInputs, RunSpec, UploadGrant

from ..protocols import Database, NotebookBuilder, ObjectStore
from . import keys
from .datasets import granted
from .faults import missing
from .planning import require_materialized

# A run may wait in the queue before it begins, and its grants must outlive it.
_GRANT_SECONDS = 6 * 3600.0


@dataclass(frozen=True)
class Prepared:
    """All that a run needs before it can be queued."""

    title: str
    env_hash: str
    image_digest: str
    budget_seconds: float
    inputs: RunInputs
    plan_id: str | None = None
    paper_id: str | None = None
    notebook_edited: bool = False

    @property
    def notebook_sha256(self) -> str:
        return hashlib.sha256(self.inputs.notebook.encode()).hexdigest()


class RunInputStore:
    """The snapshot of each run, as the object `runs/<id>/inputs.json`, and the spec that is made of it."""

    def __init__(self, database: Database, objects: ObjectStore, builder: NotebookBuilder) -> None:
        self._database = database
        self._objects = objects
        self._builder = builder

    async def of_plan(self, plan_id: str) -> Prepared:
        """A plan as it is now.

        Raises E_NOT_FOUND, E_PLAN_INVALID, E_PLAN_NOT_MATERIALIZED, and E_CONFLICT while its notebook is being changed.
        """
        plan = await self._database.get_plan(plan_id)
        if plan is None:
            raise missing("plan", plan_id)
        env_hash = require_materialized(plan)
        paper = await self._database.get_paper(plan.paper_id)
        prepared = Prepared(
            title=paper.title if paper else "",
            env_hash=env_hash,
            image_digest=plan.image_digest or "",
            budget_seconds=plan.body.policy.budget_minutes * 60.0,
            inputs=await self._inputs_of(plan),
            plan_id=plan.id,
            paper_id=plan.paper_id,
            notebook_edited=plan.notebook_edited,
        )
        if prepared.notebook_sha256 != plan.notebook_sha256:
            raise P2NError(
                ErrorCode.E_CONFLICT,
                "The plan's notebook is being changed.",
                "Run the plan again: the run takes the new notebook.",
            )
        return prepared

    async def _inputs_of(self, plan: Plan) -> RunInputs:
        notebook = await self._objects.get(keys.plan_asset(plan.id, keys.NOTEBOOK))
        lock = await self._objects.get(keys.plan_asset(plan.id, keys.LOCK))
        return RunInputs(
            notebook=notebook.decode(),
            requirements_lock=lock.decode(),
            python_version=plan.python_version or "",
            datasets=list(self._builder.datasets(plan.body)),
            seed=plan.body.config.seed,
        )

    async def of_run(self, run: Run) -> Prepared:
        """What an earlier run executed. Raises E_NOT_FOUND."""
        return Prepared(
            title=run.title,
            env_hash=run.env_hash,
            image_digest=run.image_digest,
            budget_seconds=run.budget_seconds or 600.0,
            inputs=await self.load(run),
            notebook_edited=run.notebook_edited,
        )

    async def save(self, run_id: str, inputs: RunInputs) -> None:
        """Raises E_STORAGE_FULL."""
        await self._objects.put(keys.run_inputs(run_id), inputs.model_dump_json().encode())

    async def forget(self, run_id: str) -> None:
        await self._objects.delete_prefix(keys.run_folder(run_id))

    async def load(self, run: Run) -> RunInputs:
        """The run's snapshot; a run queued by a version that made none takes its plan's present files.

        Raises E_NOT_FOUND, and E_CONFLICT where those are not what was queued.
        """
        key = keys.run_inputs(run.id)
        if run.plan_id is None or await self._objects.exists(key):
            return RunInputs.model_validate_json(await self._objects.get(key))
        prepared = await self.of_plan(run.plan_id)
        if prepared.notebook_sha256 != run.notebook_sha256 or prepared.env_hash != run.env_hash:
            raise P2NError(
                ErrorCode.E_CONFLICT,
                "The plan was changed after this run was queued.",
                "Run the plan again: the new run takes the plan as it is now.",
            )
        return prepared.inputs

    async def spec(self, run: Run) -> RunSpec:
        """All that the worker gets to know. Raises E_NOT_FOUND, E_CONFLICT."""
        urls = await asyncio.gather(
            *(
                self._objects.upload_url(keys.run_artifact(run.id, name), _GRANT_SECONDS)
                for name in keys.RUN_ARTIFACTS
            )
        )
        grants = [UploadGrant(name=name, url=url) for name, url in zip(keys.RUN_ARTIFACTS, urls, strict=True)]
        prepared = replace(await self.of_run(run), plan_id=run.plan_id, paper_id=run.paper_id)
        spec = await self._spec(run.id, prepared, grants)
        return spec.model_copy(update={"independent": run.validation_id is not None})

    async def coming_spec(self, plan_id: str) -> RunSpec:
        """What a run of this plan would be told, so that the backend can get ready; it may write nothing.

        Raises what `of_plan` raises.
        """
        return await self._spec("standby", await self.of_plan(plan_id), [])

    async def _spec(self, run_id: str, prepared: Prepared, grants: list[UploadGrant]) -> RunSpec:
        inputs = prepared.inputs
        return RunSpec(
            run_id=run_id,
            plan_id=prepared.plan_id,
            paper_id=prepared.paper_id,
            env_hash=prepared.env_hash,
            image_digest=prepared.image_digest,
            python_version=inputs.python_version,
            requirements_lock=inputs.requirements_lock,
            notebook=inputs.notebook,
            datasets=await granted(self._objects, inputs.datasets, _GRANT_SECONDS),
            budget_seconds=prepared.budget_seconds,
            seed=inputs.seed,
            first_seq=2,
            grants=grants,
            requires_metrics=inputs.requires_metrics,
        )
