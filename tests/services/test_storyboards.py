"""A paper's story over REST: told, looked at, refreshed after a run, and gone with the paper."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError

from p2n_ext.handlers import API_PATH
from p2n_ext.protocols import StoryMade, StorySource
from p2n_ext.services import Services
from p2n_ext.services.story_page import page as as_page
from p2n_schemas.base import utc_now
from p2n_schemas.errors import ErrorBody, ErrorCode
from p2n_schemas.papers import Extraction
from p2n_schemas.storyboards import Storyboard, StoryKind
from tests.agents.stories import a_claim, a_paper, check_picture
from tests.agents.test_story import CLAIMS, HOSTILE, PLAN
from tests.judging.test_verdicts import TWENTY, a_run, measured

API = API_PATH.strip("/").split("/")


@pytest.fixture
def services(jp_serverapp: Any) -> Services:
    made: Services = jp_serverapp.web_app.settings["p2n_services"]()
    return made


async def fill(services: Services, title: str = "Grapes Told Apart") -> None:
    database = services.stories._database
    await database.put_paper(a_paper(title))
    reading = Extraction(readers=["offline"], provider="offline", claims=0, seconds=0, finished_at=utc_now())
    wild = a_claim(HOSTILE, "1.0", "c9", dataset=HOSTILE)
    await database.replace_claims("p", reading, [*CLAIMS, wild])


async def run_it(services: Services) -> None:
    database, objects = services.stories._database, services.stories._objects
    await database.put_plan(PLAN)
    await database.add_run(a_run(), None, 1000)
    await objects.put("runs/r1/metrics.json", json.dumps(measured(TWENTY)).encode())


async def story(fetch: Any, *path: str, **options: Any) -> tuple[int, Storyboard]:
    response = await fetch(*API, *path, **options)
    return response.code, Storyboard.model_validate_json(response.body)


async def failure(fetch: Any, *path: str, **options: Any) -> tuple[int, ErrorBody]:
    with pytest.raises(HTTPClientError) as caught:
        await fetch(*API, *path, **options)
    assert caught.value.response is not None
    return caught.value.code, ErrorBody.model_validate_json(caught.value.response.body)


TELL: dict[str, Any] = {"method": "POST", "body": "{}"}


async def test_told_refreshed_after_a_run_and_gone_with_the_paper(
    services: Services, jp_fetch: Any, data_dir: Path
) -> None:
    await fill(services)
    assert (await failure(jp_fetch, "papers", "p", "storyboard"))[0] == 404
    status, told = await story(jp_fetch, "papers", "p", "storyboard", **TELL)
    assert (status, told.version, told.author, told.stale) == (201, 1, "offline", False)
    assert [page.number for page in told.pages] == list(range(1, len(told.pages) + 1))
    assert (await story(jp_fetch, "storyboards", told.id))[1] == told
    assert (await story(jp_fetch, "papers", "p", "storyboard"))[1] == told
    assert (await story(jp_fetch, "papers", "p", "storyboard", **TELL)) == (200, told), (
        "told twice is told once"
    )
    assert (await story(jp_fetch, "storyboards", told.id, "refresh", **TELL))[1] == told

    await run_it(services)
    assert (await story(jp_fetch, "storyboards", told.id))[1].stale
    _, fresh = await story(jp_fetch, "storyboards", told.id, "refresh", **TELL)
    assert (fresh.version, fresh.stale, fresh.created_at) == (2, False, told.created_at)
    assert StoryKind.RUN in {page.kind for page in fresh.pages}
    assert "the paper says 95.00 out of 100. We got 94.950 out of 100." in fresh.pages[-1].text
    assert fresh.pages[0].model_dump() == told.pages[0].model_dump(), (
        "a page whose facts stand stays as it is"
    )
    again = await jp_fetch(*API, "storyboards", told.id, "refresh", **TELL)
    once_more = await jp_fetch(*API, "storyboards", told.id, "refresh", **TELL)
    assert again.body == once_more.body == fresh.model_dump_json().encode(), "the same facts, the same bytes"
    pictures = list(data_dir.rglob("*.svg"))
    assert len(pictures) == len(fresh.pages), "pictures that no page shows are gone"

    await jp_fetch(*API, "papers", "p", method="DELETE")
    assert (await failure(jp_fetch, "storyboards", told.id))[1].error.code is ErrorCode.E_NOT_FOUND
    assert not list(data_dir.rglob("*.svg"))


async def test_a_picture_is_served_so_that_it_can_do_nothing(services: Services, jp_fetch: Any) -> None:
    await fill(services, HOSTILE)
    _, told = await story(jp_fetch, "papers", "p", "storyboard", **TELL)
    for page in told.pages:
        address, _, version = page.illustration.url.partition("?v=")
        response = await jp_fetch(*API, *address.split("/"), params={"v": version})
        assert response.headers["Content-Type"].startswith("image/svg+xml")
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "sandbox" in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        check_picture(response.body.decode())
    status, body = await failure(jp_fetch, "storyboards", told.id, "pages", "9.svg")
    assert (status, body.error.code) == (404, ErrorCode.E_NOT_FOUND)


async def test_a_page_to_print_holds_its_pictures_and_runs_nothing(services: Services, jp_fetch: Any) -> None:
    await fill(services, HOSTILE)
    told, _ = await services.stories.tell("p")
    document = as_page(told, await services.stories.pictures(told))
    assert document.count("data:image/svg+xml;base64,") == len(told.pages)
    assert "<script" not in document
    assert "\u202e" not in document


async def test_without_a_model_nobody_tells_as_one(services: Services, jp_fetch: Any) -> None:
    await fill(services)
    asked = {"method": "POST", "body": json.dumps({"provider": "openai"})}
    status, body = await failure(jp_fetch, "papers", "p", "storyboard", **asked)
    assert (status, body.error.code) == (409, ErrorCode.E_MODEL_NOT_CONFIGURED)
    bad = {"method": "POST", "body": json.dumps({"provider": "wizard"})}
    assert (await failure(jp_fetch, "papers", "p", "storyboard", **bad))[
        1
    ].error.code is ErrorCode.E_VALIDATION


class ByAModel:
    """The rules' story, as if a model had written its pages."""

    def __init__(self, rules: Any) -> None:
        self._rules = rules

    async def tell(self, source: StorySource) -> StoryMade:
        made = await self._rules.tell(source)
        pages = [replace(page, author="m", title=f"My {page.kind.value}") for page in made.pages[:-1]]
        return replace(made, pages=(*pages, made.pages[-1]), author="m")


async def test_a_models_page_stands_while_its_facts_do(services: Services, jp_fetch: Any) -> None:
    await fill(services)
    stories = services.stories
    stories._tellers = {**stories._tellers, "openai": ByAModel(stories._tellers["offline"])}
    told, _ = await stories.tell("p", "openai")
    assert told.author == "m"
    await run_it(services)
    fresh = await stories.refresh(told.id)
    by = {page.kind: page.author for page in fresh.pages}
    assert {kind.value for kind, author in by.items() if author == "m"} == {
        "paper",
        "claim",
        "data",
        "method",
    }
    assert {kind.value for kind, author in by.items() if author == "offline"} == {"plan", "run", "scoreboard"}
    assert [page.number for page in fresh.pages] == list(range(1, 8))


async def test_a_paper_that_goes_while_it_is_told_leaves_nothing(
    services: Services, jp_fetch: Any, data_dir: Path
) -> None:
    await fill(services)
    stories = services.stories
    rules = stories._tellers["offline"]

    class Slow:
        async def tell(self, source: StorySource) -> StoryMade:
            await services.papers.delete("p")
            return await rules.tell(source)

    stories._tellers = {**stories._tellers, "openai": Slow()}
    asked = {"method": "POST", "body": json.dumps({"provider": "openai"})}
    status, body = await failure(jp_fetch, "papers", "p", "storyboard", **asked)
    assert (status, body.error.code) == (404, ErrorCode.E_NOT_FOUND)
    assert not list(data_dir.rglob("*.svg"))
