"""A planning can be watched: what is at work now, the model's text, the plan, the end; it goes on when nobody looks."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from p2n_ext.agents.openai import OpenAIPlanner
from p2n_ext.agents.planning import OfflinePlanner
from p2n_ext.agents.planning_combined import CombinedPlanner
from p2n_ext.catalog.notebooks import CatalogNotebookBuilder
from p2n_ext.handlers import API_PATH
from p2n_ext.services import keys
from p2n_ext.services.planning import PlanningService
from p2n_schemas.api import PlanRequest
from p2n_schemas.base import utc_now
from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.events import EVENT, Event
from p2n_schemas.papers import Extraction
from ray_runner.sandbox.lock import DockerResolver
from tests.agents.openai_planning import CLAIMS, PAGES, PAPER, RIGHT, desk
from tests.openai_standin import standin

API = API_PATH.strip("/").split("/")


class Texts:
    async def page_texts(self, pdf: Path) -> list[str]:
        return PAGES


@asynccontextmanager
async def planning(base_url: str, folder: Path) -> AsyncIterator[PlanningService]:
    """The service with the rules and a model, on the small paper."""
    async with desk(base_url, folder) as here:
        extraction = Extraction(
            readers=["offline"], provider="auto", claims=len(CLAIMS), seconds=1, finished_at=utc_now()
        )
        await here.database.replace_claims(PAPER.id, extraction, CLAIMS)
        await here.door._objects.put(keys.paper(PAPER.id), b"%PDF")
        both = CombinedPlanner(OfflinePlanner(), OpenAIPlanner(here.client, here.database))
        texts: Any = Texts()
        builder, resolver = CatalogNotebookBuilder(), DockerResolver()
        service = PlanningService(
            here.database, here.door._objects, texts, {"auto": both}, "auto", builder, resolver, 60.0
        )
        yield service
        await service.close()


def heard(frames: bytes) -> list[Event]:
    blocks = [block.split(b"\n") for block in frames.split(b"\n\n")]
    data = [line[6:] for block in blocks for line in block if line.startswith(b"data: ")]
    return [EVENT.validate_json(entry) for entry in data]


async def test_every_stage_is_told_and_the_plan_comes_before_the_end(tmp_path: Path) -> None:
    with standin(tmp_path, {"*": [RIGHT]}) as server:
        async with planning(server.base_url, tmp_path) as service:
            frames = [frame async for frame in await service.watch(PAPER.id, PlanRequest())]
            plans = await service.plans(PAPER.id)
    events = heard(b"".join(frames))
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    stages = [(e.payload.stage, e.payload.state) for e in events if e.type == "stage_update"]
    assert stages == [
        ("planning", "started"),
        ("planning", "completed"),
        ("model", "started"),
        ("model", "completed"),
        ("checking", "started"),
        ("checking", "completed"),
    ]
    written = "".join(e.payload.text for e in events if e.type == "token")
    assert json.loads(written) == json.loads(RIGHT)
    assert [event.type for event in events[-2:]] == ["plan", "end"]
    assert events[-2].payload == plans[0]
    assert plans[0].planner == "offline+openai"


async def test_it_goes_on_when_its_viewer_leaves_and_stops_with_the_service(tmp_path: Path) -> None:
    with standin(tmp_path, {"*": [RIGHT]}) as server:
        async with planning(server.base_url, tmp_path) as service:
            left = await service.watch(PAPER.id, PlanRequest())
            assert heard(await anext(left))
            await left.aclose()  # type: ignore[attr-defined]
            [task] = service._tasks
            await task
            assert len(await service.plans(PAPER.id)) == 1
            await service.watch(PAPER.id, PlanRequest())
            await service.close()
            assert len(await service.plans(PAPER.id)) == 1


async def test_what_is_wrong_with_the_request_is_told_before_the_stream_begins(tmp_path: Path) -> None:
    with standin(tmp_path, {"*": [RIGHT]}) as server:
        async with planning(server.base_url, tmp_path) as service:
            for request, paper_id, code in (
                (PlanRequest(provider="openai"), PAPER.id, ErrorCode.E_MODEL_NOT_CONFIGURED),
                (PlanRequest(), "p_none", ErrorCode.E_NOT_FOUND),
                (PlanRequest(claim_ids=["c_none"]), PAPER.id, ErrorCode.E_NOT_FOUND),
            ):
                with pytest.raises(P2NError) as caught:
                    await service.watch(paper_id, request)
                assert caught.value.code is code


async def test_over_http_a_planning_streams_to_whoever_accepts_it(jp_fetch: Any) -> None:
    sample = json.loads((await jp_fetch(*API, "papers", "sample", method="POST", body="")).body)["paper"]
    path = (*API, "papers", sample["id"])
    await jp_fetch(*path, "extract", method="POST", body="{}", request_timeout=60)
    headers = {"Accept": "text/event-stream"}
    response = await jp_fetch(*path, "plans", method="POST", body="{}", headers=headers, request_timeout=60)
    events = heard(response.body)
    assert response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert [event.type for event in events] == ["stage_update", "stage_update", "plan", "end"]
    asked = json.loads((await jp_fetch(*path, "plans")).body)["plans"]
    assert [plan["id"] for plan in asked] == [events[2].payload.id]
    plain = await jp_fetch(*path, "plans", method="POST", body="{}", request_timeout=60)
    assert plain.code == 201
    assert json.loads(plain.body)["body"] == json.loads(events[2].payload.body.model_dump_json())
    nothing = json.dumps({"claim_ids": [_left_out(asked[0])]})
    refused = await jp_fetch(*path, "plans", method="POST", body=nothing, headers=headers, request_timeout=60)
    kinds = [(e.type, e.payload.code) for e in heard(refused.body) if e.type == "error"]
    assert kinds == [("error", ErrorCode.E_NOTHING_RUNNABLE)]


def _left_out(plan: dict[str, Any]) -> str:
    return str(plan["body"]["unplanned"][0]["claim_id"])
