"""Trying a model's code in the sandbox before a plan relies on it: the plan's own notebook, on a part of its data."""

from __future__ import annotations

import asyncio
import contextlib
import json
import uuid
from collections.abc import Sequence
from typing import Any

from p2n_schemas.claims import Claim
from p2n_schemas.errors import P2NError
from p2n_schemas.papers import Paper
from p2n_schemas.plans import PlanBody, Protocol
from p2n_schemas.runs import RunSpec

from ..protocols import EnvironmentResolver, Executor, NotebookBuilder, ObjectStore
from .datasets import granted

ROWS = 200
SECONDS = 180.0
# building an environment is not the code's fault
_PATIENCE = 600.0
_MAX_WORDS = 4000
_PART = f"""\
# only a part of the data, to see whether the code runs at all
part = np.random.default_rng(0).permutation(len(y))[:{ROWS}]
X, y = X[part], y[part]"""


class SandboxTrial:
    """Implements `protocols.CodeTrial`."""

    def __init__(
        self,
        objects: ObjectStore,
        builder: NotebookBuilder,
        resolver: EnvironmentResolver,
        executor: Executor,
    ) -> None:
        self._objects = objects
        self._builder = builder
        self._resolver = resolver
        self._executor = executor

    async def __call__(self, body: PlanBody, claims: Sequence[Claim], paper: Paper) -> str | None:
        """One repeat on 200 rows; None where it came to its end, else what went wrong, as the kernel says it.

        Raises E_VALIDATION, E_REQUIREMENTS_…, E_DOCKER_UNAVAILABLE, E_IMAGE_UNAVAILABLE, E_RAY_UNAVAILABLE.
        """
        build = await asyncio.to_thread(self._builder.build, _small(body), claims, paper)
        environment = await self._resolver.resolve(build.requirements)
        spec = RunSpec(
            run_id=f"trial_{uuid.uuid4().hex[:16]}",
            paper_id=paper.id,
            env_hash=environment.env_hash,
            image_digest=environment.image_digest,
            python_version=environment.python_version,
            requirements_lock=environment.requirements_lock,
            notebook=_on_a_part(build.notebook),
            datasets=await granted(self._objects, build.datasets, _PATIENCE + SECONDS),
            budget_seconds=SECONDS,
            seed=body.config.seed,
            first_seq=1,
            grants=[],
            independent=True,
        )
        heard = _Heard()
        await self._executor.submit(spec, heard)
        try:
            async with asyncio.timeout(_PATIENCE + SECONDS):
                await heard.ended.wait()
        except TimeoutError:
            return f"it did not come to an end within {_PATIENCE + SECONDS:.0f} s"
        finally:
            if not heard.ended.is_set():
                with contextlib.suppress(P2NError):
                    await self._executor.cancel(spec.run_id)
        return heard.problem


class _Heard:
    """What a trial's events tell; all but its end and its errors are passed over."""

    def __init__(self) -> None:
        self.ended = asyncio.Event()
        self.problem: str | None = None

    async def __call__(self, run_id: str, events: list[bytes]) -> None:
        for line in events:
            event = json.loads(line)
            if event["type"] != "end":
                continue
            payload = event["payload"]
            if payload["status"] != "succeeded":
                self.problem = _words(payload.get("error") or {}, payload["status"])
            self.ended.set()


def _words(error: dict[str, Any], status: str) -> str:
    detail = error.get("detail") or {}
    told = [str(error.get("message") or status), *(str(detail[k]) for k in sorted(detail))]
    return "\n".join(told)[:_MAX_WORDS]


def _small(body: PlanBody) -> PlanBody:
    """Each experiment once. A part of the data has no given parts."""
    protocol = body.config.protocol
    if protocol.kind in ("given", "whole") or protocol.test_rows is not None:
        protocol = Protocol(kind="holdout", test_fraction=0.3)
    config = body.config.model_copy(update={"protocol": protocol, "repeats": 1})
    once = [
        e.model_copy(update={"config": e.config.model_copy(update={"repeats": 1})}) for e in body.experiments
    ]
    return body.model_copy(update={"config": config, "experiments": once})


def _on_a_part(notebook: str) -> str:
    """The notebook with a cell behind its data that keeps a part of them."""
    document = json.loads(notebook)
    cells: list[dict[str, Any]] = []
    for cell in document["cells"]:
        cells.append(cell)
        if cell["id"] == "data":
            cells.append({**cell, "id": "data-part", "source": _PART})
    return json.dumps(document | {"cells": cells})
