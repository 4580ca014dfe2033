"""A model reads beside the rules, over REST: from ingest to what it cost, and nothing left at its provider."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError, HTTPResponse

from p2n_ext.handlers import API_PATH, SERVICES
from p2n_schemas.events import EVENT, Event
from tests.agents.openai_reading import KEY, proposal
from tests.openai_double import OpenAIDouble, serving

API = API_PATH.strip("/").split("/")


@pytest.fixture
def provider() -> str:
    return "openai"


@pytest.fixture
def api() -> Iterator[OpenAIDouble]:
    with serving(OpenAIDouble([])) as double:
        yield double


@pytest.fixture
def jp_server_config(
    data_dir: Path, api: OpenAIDouble, provider: str, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Any]:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    return {
        "ServerApp": {"jpserver_extensions": {"p2n_ext": True}, "allow_unauthenticated_access": False},
        "P2NApp": {"data_dir": str(data_dir), "provider": provider, "openai_base_url": api.base_url},
    }


async def get(jp_fetch: Any, *path: str) -> Any:
    return json.loads((await jp_fetch(*API, *path)).body)


async def ingest(jp_fetch: Any) -> str:
    response = await jp_fetch(*API, "papers", "sample", method="POST", body="{}")
    return str(json.loads(response.body)["paper"]["id"])


async def extract(jp_fetch: Any, paper_id: str, provider: str | None = None) -> list[Event]:
    body = json.dumps({"provider": provider})
    response = await jp_fetch(
        *API, "papers", paper_id, "extract", method="POST", body=body, request_timeout=120
    )
    return [
        EVENT.validate_json(line[6:]) for line in response.body.split(b"\n") if line.startswith(b"data: ")
    ]


async def refused(fetching: Any) -> dict[str, Any]:
    with pytest.raises(HTTPClientError) as caught:
        await fetching
    response = caught.value.response
    assert isinstance(response, HTTPResponse)
    return dict(json.loads(response.body)["error"]) | {"status": response.code}


async def known_value(jp_fetch: Any, paper_id: str) -> dict[str, Any]:
    """A claim that the rules find in the sample's Table 2."""
    await extract(jp_fetch, paper_id, "offline")
    claims = (await get(jp_fetch, "papers", paper_id, "claims"))["claims"]
    return next(dict(claim) for claim in claims if claim["citation"]["label"] == "Table 2")


async def test_a_model_reads_beside_the_rules_and_leaves_nothing_behind(
    jp_fetch: Any, api: OpenAIDouble
) -> None:
    paper_id = await ingest(jp_fetch)
    assert (len(api.files), len(api.stores)) == (1, 1), "the index is made when the paper comes in"
    assert (await get(jp_fetch, "papers", paper_id, "verify"))["index_exists"] is True
    known = await known_value(jp_fetch, paper_id)
    agreed = proposal(
        known["value_printed"],
        known["method"],
        known["dataset"],
        metric=known["metric"],
        page=known["citation"]["page"],
    )
    api.answers = [{"text": json.dumps({"claims": [agreed, proposal("12.3456", known["method"])]})}]

    events = await extract(jp_fetch, paper_id)
    assert events[-1].type == "end"
    assert events[-1].payload.status == "succeeded"
    stages = {event.payload.stage for event in events if event.type == "stage_update"}
    assert {"reading", "indexing", "model"} <= stages
    assert "12.3456" in "".join(event.payload.text for event in events if event.type == "token")

    found = await get(jp_fetch, "papers", paper_id, "claims")
    extraction = found["extraction"]
    assert (extraction["readers"], extraction["model"]) == (["offline", "openai"], "gpt-4o-mini")
    assert found["reader"] == "offline + openai"
    assert ["12.3456" in drop["text"] for drop in extraction["dropped"]] == [True]
    both = {claim["id"]: claim for claim in found["claims"] if claim["readers"] == ["offline", "openai"]}
    assert set(both) == {known["id"]}
    assert all(claim["value_printed"] != "12.3456" for claim in found["claims"])

    usage = await get(jp_fetch, "papers", paper_id, "usage")
    assert [call["outcome"] for call in usage["calls"]] == ["completed"]
    assert 0 < usage["spent_usd"] < usage["cap_usd"]
    assert usage["calls"][0]["input_tokens"] > 0

    await jp_fetch(*API, "papers", paper_id, method="DELETE")
    assert not api.files
    assert not api.stores


async def test_a_paper_that_can_not_be_indexed_is_not_taken_in(jp_fetch: Any, api: OpenAIDouble) -> None:
    api.store_id = "not-an-id"
    error = await refused(ingest(jp_fetch))
    assert (error["code"], error["status"]) == ("E_VECTOR_STORE_INVALID", 424)
    assert (await get(jp_fetch, "papers"))["papers"] == []
    assert not api.files


async def test_a_model_that_fails_fails_the_reading_and_the_claims_before_stay(
    jp_fetch: Any, api: OpenAIDouble
) -> None:
    paper_id = await ingest(jp_fetch)
    await extract(jp_fetch, paper_id, "offline")
    before = await get(jp_fetch, "papers", paper_id, "claims")
    api.answers = [{"text": "", "refusal": "I would rather not."}]
    end = (await extract(jp_fetch, paper_id))[-1]
    assert end.payload.status == "failed"
    assert end.payload.error.code == "E_MODEL_REFUSED"
    assert await get(jp_fetch, "papers", paper_id, "claims") == before


async def test_a_paper_stays_until_its_index_could_be_deleted(jp_fetch: Any, api: OpenAIDouble) -> None:
    paper_id = await ingest(jp_fetch)
    api.faults["DELETE /vector_stores/{id}"] = [(401, {"error": {"message": "wrong key"}}, {})]
    error = await refused(jp_fetch(*API, "papers", paper_id, method="DELETE"))
    assert error["code"] == "E_MODEL_REJECTED"
    assert KEY not in json.dumps(error)
    assert (await get(jp_fetch, "papers", paper_id))["id"] == paper_id
    await jp_fetch(*API, "papers", paper_id, method="DELETE")
    assert not api.files
    assert not api.stores


async def test_an_index_that_can_not_be_deleted_is_left_there_where_a_person_says_so(
    jp_fetch: Any, api: OpenAIDouble
) -> None:
    paper_id = await ingest(jp_fetch)
    api.faults["DELETE /vector_stores/{id}"] = [(401, {"error": {"message": "wrong key"}}, {})]
    await jp_fetch(*API, "papers", paper_id, method="DELETE", params={"forget_index": "true"})
    assert (await get(jp_fetch, "papers"))["papers"] == []
    assert api.stores


async def test_what_a_broken_ingest_left_at_the_provider_is_swept(
    jp_fetch: Any, jp_serverapp: Any, api: OpenAIDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = jp_serverapp.web_app.settings[SERVICES]()
    paper_id = await ingest(jp_fetch)
    await services.papers.sweep_indexes()
    assert api.files, "the index of a paper that is there is none to sweep"
    # as if the server had died between index and row
    await services.papers._database.delete_paper(paper_id)
    monkeypatch.setattr("p2n_ext.services.papers._STRAY_AFTER", timedelta(seconds=-1))
    await services.papers.sweep_indexes()
    assert not api.files
    assert not api.stores


@pytest.mark.parametrize("provider", ["offline"])
async def test_a_server_set_to_offline_asks_no_model_whoever_wants_one(
    jp_fetch: Any, api: OpenAIDouble
) -> None:
    paper_id = await ingest(jp_fetch)
    error = await refused(extract(jp_fetch, paper_id, "openai"))
    assert error["code"] == "E_MODEL_NOT_CONFIGURED"
    assert (await extract(jp_fetch, paper_id, "auto"))[-1].payload.status == "succeeded"
    assert api.requests == []


@pytest.mark.parametrize("provider", ["auto"])
async def test_where_nobody_insists_on_the_model_the_rules_stand_with_a_notice(
    jp_fetch: Any, api: OpenAIDouble
) -> None:
    paper_id = await ingest(jp_fetch)
    assert not api.files, "nothing leaves the machine before it is needed"
    api.answers = [{"text": "", "refusal": "I would rather not."}]
    events = await extract(jp_fetch, paper_id)
    assert events[-1].payload.status == "succeeded"
    assert [event.payload.code for event in events if event.type == "error"] == ["E_MODEL_REFUSED"]
    found = await get(jp_fetch, "papers", paper_id, "claims")
    assert found["claims"]
    assert found["extraction"]["readers"] == ["offline"]
    assert [notice["code"] for notice in found["extraction"]["notices"]] == ["E_MODEL_REFUSED"]
