"""Reading over REST: claims as they are verified, kept, corrected by a person, shown on their page."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError

from p2n_ext.handlers import API_PATH
from p2n_schemas.events import EVENT, Event

API = API_PATH.strip("/").split("/")


def events_of(body: bytes) -> list[Event]:
    return [EVENT.validate_json(line[6:]) for line in body.split(b"\n") if line.startswith(b"data: ")]


async def ingest(jp_fetch: Any) -> str:
    response = await jp_fetch(*API, "papers", "sample", method="POST", body="{}")
    return str(json.loads(response.body)["paper"]["id"])


async def extract(jp_fetch: Any, paper_id: str) -> list[Event]:
    response = await jp_fetch(
        *API, "papers", paper_id, "extract", method="POST", body="{}", request_timeout=120
    )
    assert response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-cache, no-transform"
    assert response.headers["X-Accel-Buffering"] == "no"
    assert response.body.startswith(b"retry: 2000\n")
    return events_of(response.body)


async def claims(jp_fetch: Any, paper_id: str) -> dict[str, Any]:
    return dict(json.loads((await jp_fetch(*API, "papers", paper_id, "claims")).body))


async def test_claims_come_as_events_and_are_kept(jp_fetch: Any) -> None:
    paper_id = await ingest(jp_fetch)
    events = await extract(jp_fetch, paper_id)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert events[0].type == "stage_update"
    assert events[-1].type == "end"
    assert events[-1].payload.status == "succeeded"
    results = [event.payload for event in events if event.type == "result"]
    kept = await claims(jp_fetch, paper_id)
    assert kept["reader"] == "offline"
    assert [claim["id"] for claim in kept["claims"]] == [claim.id for claim in results]
    assert results


async def test_a_persons_word_survives_a_new_reading(jp_fetch: Any) -> None:
    paper_id = await ingest(jp_fetch)
    await extract(jp_fetch, paper_id)
    before = (await claims(jp_fetch, paper_id))["claims"]
    response = await jp_fetch(
        *API, "claims", before[0]["id"], method="PATCH", body='{"method": "My own name"}'
    )
    assert json.loads(response.body)["status"] == "corrected"
    await jp_fetch(
        *API, "claims", before[1]["id"], method="PATCH", body='{"status": "rejected", "note": "a typo"}'
    )
    await extract(jp_fetch, paper_id)
    after = (await claims(jp_fetch, paper_id))["claims"]
    assert [claim["id"] for claim in after] == [claim["id"] for claim in before]
    assert (after[0]["method"], after[0]["status"]) == ("My own name", "corrected")
    assert (after[1]["status"], after[1]["note"]) == ("rejected", "a typo")
    assert after[2:] == before[2:]


@pytest.mark.parametrize(
    "patch", ['{"value": 1e999}', '{"value": null}', '{"method": null}', '{"status": "gone"}']
)
async def test_a_patch_that_makes_no_claim_is_refused_and_changes_nothing(jp_fetch: Any, patch: str) -> None:
    paper_id = await ingest(jp_fetch)
    await extract(jp_fetch, paper_id)
    before = (await claims(jp_fetch, paper_id))["claims"]
    with pytest.raises(HTTPClientError) as caught:
        await jp_fetch(*API, "claims", before[0]["id"], method="PATCH", body=patch)
    assert caught.value.code == 400
    assert (await claims(jp_fetch, paper_id))["claims"] == before


async def test_two_viewers_share_one_reading(jp_fetch: Any) -> None:
    paper_id = await ingest(jp_fetch)
    first, second = await asyncio.gather(extract(jp_fetch, paper_id), extract(jp_fetch, paper_id))
    assert [event.model_dump() for event in first] == [event.model_dump() for event in second]


async def test_the_evidence_is_a_picture(jp_fetch: Any, tmp_path: Path) -> None:
    paper_id = await ingest(jp_fetch)
    await extract(jp_fetch, paper_id)
    claim = (await claims(jp_fetch, paper_id))["claims"][0]
    response = await jp_fetch(*API, "claims", claim["id"], "evidence.png")
    assert response.headers["Content-Type"] == "image/png"
    assert response.body.startswith(b"\x89PNG\r\n\x1a\n")


async def test_a_reading_is_stopped_and_the_claims_of_the_one_before_stay(jp_fetch: Any) -> None:
    paper_id = await ingest(jp_fetch)
    await extract(jp_fetch, paper_id)
    before = await claims(jp_fetch, paper_id)
    reading = asyncio.ensure_future(extract(jp_fetch, paper_id))
    # its first event is there before any page is read
    await asyncio.sleep(0.05)
    response = await jp_fetch(*API, "papers", paper_id, "extract", "cancel", method="POST", body="")
    assert response.code == 204
    end = (await reading)[-1]
    assert (end.type, end.payload.status) == ("end", "cancelled")
    assert await claims(jp_fetch, paper_id) == before


async def test_a_paper_that_is_being_read_is_deleted_with_its_reading(jp_fetch: Any) -> None:
    paper_id = await ingest(jp_fetch)
    reading = asyncio.ensure_future(extract(jp_fetch, paper_id))
    await asyncio.sleep(0.05)
    response = await jp_fetch(*API, "papers", paper_id, method="DELETE")
    assert response.code == 204
    assert (await reading)[-1].payload.status == "cancelled"
    assert json.loads((await jp_fetch(*API, "papers")).body)["papers"] == []


async def test_a_reading_is_followed_by_who_comes_later_and_only_while_it_goes_on(jp_fetch: Any) -> None:
    paper_id = await ingest(jp_fetch)
    reading = asyncio.ensure_future(extract(jp_fetch, paper_id))
    async with asyncio.timeout(20):
        while not (await claims(jp_fetch, paper_id))["reading"]:
            pass
    late = await jp_fetch(
        *API, "papers", paper_id, "extract", headers={"Last-Event-ID": "1"}, request_timeout=120
    )
    whole = await reading
    assert events_of(late.body) == whole[1:]
    assert (await claims(jp_fetch, paper_id))["reading"] is False
    with pytest.raises(HTTPClientError) as caught:
        await jp_fetch(*API, "papers", paper_id, "extract")
    assert caught.value.code == 404


async def test_another_reader_waits_for_the_one_at_work(jp_fetch: Any) -> None:
    paper_id = await ingest(jp_fetch)
    reading = asyncio.ensure_future(extract(jp_fetch, paper_id))
    async with asyncio.timeout(20):
        while not (await claims(jp_fetch, paper_id))["reading"]:
            pass
    with pytest.raises(HTTPClientError) as caught:
        await jp_fetch(
            *API, "papers", paper_id, "extract", method="POST", body=json.dumps({"provider": "offline"})
        )
    assert caught.value.code == 409
    assert (await reading)[-1].payload.status == "succeeded"


async def test_who_knows_more_events_than_there_are_is_told_all(jp_fetch: Any) -> None:
    """As after a restart: the events it knows are of another reading."""
    paper_id = await ingest(jp_fetch)
    reading = asyncio.ensure_future(extract(jp_fetch, paper_id))
    async with asyncio.timeout(20):
        while not (await claims(jp_fetch, paper_id))["reading"]:
            pass
    late = await jp_fetch(*API, "papers", paper_id, "extract", params={"after": "9999"}, request_timeout=120)
    assert events_of(late.body) == await reading
