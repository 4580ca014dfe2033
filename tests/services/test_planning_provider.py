"""Who plans is what a request says, else what the server is set to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from p2n_ext.agents.planning import OfflinePlanner
from p2n_ext.agents.planning_combined import CombinedPlanner
from p2n_ext.catalog.notebooks import CatalogNotebookBuilder
from p2n_ext.services import keys
from p2n_ext.services.planning import PlanningService
from p2n_ext.stores.files import LocalObjectStore
from p2n_ext.stores.signing import Signer
from p2n_ext.stores.sqlite import SqliteDatabase
from p2n_schemas.api import PlanRequest
from p2n_schemas.base import utc_now
from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.papers import Extraction
from ray_runner.sandbox.lock import DockerResolver
from tests.agents.openai_planning import CLAIMS, PAGES, PAPER


class Texts:
    async def page_texts(self, pdf: Path) -> list[str]:
        return PAGES


async def test_a_model_is_asked_for_only_where_there_is_one(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "p2n.sqlite")
    objects = LocalObjectStore(tmp_path / "objects", Signer(b"k" * 32), lambda: "/")
    await database.put_paper(PAPER)
    extraction = Extraction(
        readers=["offline"], provider="auto", claims=len(CLAIMS), seconds=1, finished_at=utc_now()
    )
    await database.replace_claims(PAPER.id, extraction, CLAIMS)
    await objects.put(keys.paper(PAPER.id), b"%PDF")
    texts: Any = Texts()
    service = PlanningService(
        database,
        objects,
        texts,
        {"auto": CombinedPlanner(OfflinePlanner())},
        "auto",
        CatalogNotebookBuilder(),
        DockerResolver(),
        60.0,
    )
    try:
        plan = await service.create(PAPER.id, PlanRequest())
        with pytest.raises(P2NError) as caught:
            await service.create(PAPER.id, PlanRequest(provider="openai"))
        assert plan.planner == "offline"
        assert caught.value.code is ErrorCode.E_MODEL_NOT_CONFIGURED
        assert len(await service.plans(PAPER.id)) == 1
    finally:
        await database.close()
