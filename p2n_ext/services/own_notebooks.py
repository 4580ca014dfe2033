"""A person's own notebook: checked, locked, and queued like a plan's."""

from __future__ import annotations

import asyncio
import copy
from typing import Any

from p2n_schemas.api import NotebookRunRequest
from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.execution import ResolvedEnvironment
from p2n_schemas.runs import Run, RunInputs

from ..protocols import DatasetSource, EnvironmentResolver, RequirementsCompleter, RunData
from .planning import valid_notebook
from .run_inputs import Prepared
from .runs import RunService

# Locking asks the package index and takes seconds of a core; who waits here is let in or refused in turn.
_LOCKS_AT_ONCE = 2


class OwnNotebookService:
    def __init__(
        self,
        runs: RunService,
        datasets: DatasetSource,
        resolver: EnvironmentResolver,
        complete: RequirementsCompleter,
    ) -> None:
        self._runs = runs
        self._datasets = datasets
        self._resolver = resolver
        self._complete = complete
        self._locking = asyncio.Semaphore(_LOCKS_AT_ONCE)
        self._coming = 0

    async def start(self, request: NotebookRunRequest, idempotency_key: str | None = None) -> Run:
        """A queued run of the notebook; no metric is asked of it.

        Raises E_NOTEBOOK_INVALID, E_NOT_FOUND for a dataset, E_REQUIREMENTS_…, E_QUEUE_FULL, E_STORAGE_FULL,
        E_DOCKER_UNAVAILABLE, E_IMAGE_UNAVAILABLE.
        """
        key = f"notebook:{idempotency_key}" if idempotency_key else None
        notebook = await asyncio.to_thread(_fresh, dict(request.notebook))
        data = await self._datasets.bind(request.datasets)
        requirements = self._complete(request.requirements, data.packages)
        # Who comes while as many are being locked as may run is told so at once, and not after a wait in vain.
        self._coming += 1
        try:
            if key is None:
                await self._runs.check_room(self._coming - 1)
            # The backend gets ready while the packages are locked.
            self._runs.warm()
            async with self._locking:
                environment = await self._resolver.resolve(requirements)
            return await self._runs.queue(_prepared(request, notebook, environment, data), key)
        finally:
            self._coming -= 1


def _prepared(
    request: NotebookRunRequest, notebook: str, environment: ResolvedEnvironment, data: RunData
) -> Prepared:
    inputs = RunInputs(
        notebook=notebook,
        requirements_lock=environment.requirements_lock,
        python_version=environment.python_version,
        datasets=list(data.mounts),
        seed=request.seed,
        requires_metrics=False,
    )
    return Prepared(
        title=request.name,
        env_hash=environment.env_hash,
        image_digest=environment.image_digest,
        budget_seconds=request.budget_minutes * 60.0,
        inputs=inputs,
        notebook_edited=True,
    )


def _fresh(notebook: dict[str, Any]) -> str:
    """The notebook without the outputs of an earlier time. Raises E_NOTEBOOK_INVALID."""
    metadata = notebook.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    language = _language(metadata, "kernelspec", "language") or _language(metadata, "language_info", "name")
    if language not in ("", "python"):
        raise P2NError(
            ErrorCode.E_NOTEBOOK_INVALID,
            f"This notebook is written in {language[:50]}; the sandbox has a Python kernel only.",
            "Choose a notebook with a Python kernel.",
        )
    notebook = copy.deepcopy(notebook)
    cells = notebook.get("cells")
    for cell in cells if isinstance(cells, list) else ():
        if isinstance(cell, dict) and cell.get("cell_type") == "code":
            cell["outputs"] = []
            cell["execution_count"] = None
    return valid_notebook(notebook)


def _language(metadata: dict[str, Any], section: str, name: str) -> str:
    found = metadata.get(section)
    value = found.get(name) if isinstance(found, dict) else None
    return value.lower() if isinstance(value, str) else ""
