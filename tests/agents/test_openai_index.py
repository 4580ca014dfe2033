"""What a provider keeps of a paper: made once, found again, and never left behind."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from p2n_ext.agents.openai import OpenAIClient, OpenAIIndex, OpenAISettings, probe
from p2n_ext.stores.sqlite import SqliteDatabase
from p2n_schemas.base import utc_now
from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.model_calls import RemoteIndex
from tests.agents.openai_reading import KEY, PDF, Desk, desk, paper
from tests.openai_double import OpenAIDouble, serving

PAPER = paper()


@asynccontextmanager
async def at(double: OpenAIDouble, folder: Path, **settings: Any) -> AsyncIterator[Desk]:
    with serving(double):
        async with desk(double.base_url, folder, **settings) as here:
            yield here


def nothing_left(double: OpenAIDouble) -> bool:
    return not double.files and not double.stores


async def test_it_is_made_once_and_deleted_with_the_paper(tmp_path: Path) -> None:
    double = OpenAIDouble([])
    async with at(double, tmp_path) as here:
        assert await here.index.exists(PAPER.id) is None
        await here.index.prepare(PAPER, PDF)
        await here.index.prepare(PAPER, PDF)
        assert (len(double.files), len(double.stores)) == (1, 1)
        assert double.asked("POST /files")[0]["file"][1] == PDF.read_bytes()
        assert double.asked("POST /files")[0]["purpose"] == "assistants"
        row = await here.database.get_remote_index(PAPER.id)
        assert row is not None
        assert row.ready
        assert [row.file_id, row.vector_store_id] == [*double.files, *double.stores]
        assert await here.index.exists(PAPER.id) is True
        await here.index.remove(PAPER.id)
        assert nothing_left(double)
        assert await here.database.get_remote_index(PAPER.id) is None
        await here.index.remove(PAPER.id)


async def test_two_at_once_make_one(tmp_path: Path) -> None:
    double = OpenAIDouble([])
    async with at(double, tmp_path) as here:
        await asyncio.gather(*(here.index.prepare(PAPER, PDF) for _ in range(4)))
    assert (len(double.files), len(double.stores)) == (1, 1)


async def test_one_that_is_gone_or_expired_is_made_anew(tmp_path: Path) -> None:
    double = OpenAIDouble([])
    async with at(double, tmp_path) as here:
        await here.index.prepare(PAPER, PDF)
        double.stores.clear()
        assert await here.index.exists(PAPER.id) is False
        await here.index.prepare(PAPER, PDF)
        assert (len(double.files), len(double.stores)) == (1, 1)
        next(iter(double.stores.values()))["status"] = "expired"
        await here.index.prepare(PAPER, PDF)
        assert (len(double.files), len(double.stores)) == (1, 1)
        double.files.clear()
        double.stores.clear()
        await here.index.remove(PAPER.id)
        assert await here.index.exists(PAPER.id) is None


@pytest.mark.parametrize("store_id", ["", "abc", "vs_", "vs_../files", "vs_a b", "file-1", "vs_" + "x" * 300])
async def test_a_store_without_a_valid_id_fails_at_once_and_leaves_nothing(
    tmp_path: Path, store_id: str
) -> None:
    double = OpenAIDouble([])
    double.store_id = store_id
    async with at(double, tmp_path) as here:
        with pytest.raises(P2NError) as raised:
            await here.index.prepare(PAPER, PDF)
        assert raised.value.code is ErrorCode.E_VECTOR_STORE_INVALID
        assert double.files == {}
        assert double.asked("GET /vector_stores/{id}/files/{id}") == []


@pytest.mark.parametrize("status", ["failed", "cancelled", "expired", "what?", "in_progress"])
async def test_an_index_that_does_not_come_about_is_typed_and_leaves_nothing(
    tmp_path: Path, status: str
) -> None:
    double = OpenAIDouble([])
    double.index_status = status
    async with at(double, tmp_path, index_seconds=0.5) as here:
        with pytest.raises(P2NError) as raised:
            await here.index.prepare(PAPER, PDF)
        assert raised.value.code is ErrorCode.E_VECTOR_STORE_INVALID
        assert raised.value.info.detail["status"] == status
        assert nothing_left(double)
        assert await here.database.get_remote_index(PAPER.id) is None


@pytest.mark.parametrize("status", [404, 405, 501])
@pytest.mark.parametrize("route", ["POST /files", "POST /vector_stores"])
async def test_a_provider_without_stores_is_no_failure_and_keeps_nothing(
    tmp_path: Path, status: int, route: str
) -> None:
    double = OpenAIDouble([])
    double.faults[route] = [(status, {"detail": "no"}, {})]
    async with at(double, tmp_path) as here:
        assert await here.index.ensure(PAPER, PDF) is None
        assert nothing_left(double)
        assert await here.index.exists(PAPER.id) is None
        asked = len(double.requests)
        assert await here.index.ensure(PAPER, PDF) is None
        assert len(double.requests) == asked, "asked once is enough"


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ((401, {"error": {"message": "bad key"}}, {}), ErrorCode.E_MODEL_REJECTED),
        ((500, {}, {}), ErrorCode.E_MODEL_UNAVAILABLE),
        ((200, b"<html>a portal</html>", {}), ErrorCode.E_VECTOR_STORE_INVALID),
        ((200, {"id": None}, {}), ErrorCode.E_VECTOR_STORE_INVALID),
    ],
)
@pytest.mark.parametrize("route", ["POST /files", "POST /vector_stores"])
async def test_what_fails_half_way_is_taken_back(
    tmp_path: Path, route: str, fault: tuple[int, Any, dict[str, str]], code: ErrorCode
) -> None:
    double = OpenAIDouble([])
    double.faults[route] = [fault]
    async with at(double, tmp_path) as here:
        with pytest.raises(P2NError) as raised:
            await here.index.prepare(PAPER, PDF)
        assert raised.value.code is code
        assert nothing_left(double)
        assert len(double.asked(route)) == 1, "what makes something is not sent twice blindly"
        await here.index.prepare(PAPER, PDF)
        assert await here.index.exists(PAPER.id) is True


async def test_a_busy_provider_is_waited_for(tmp_path: Path) -> None:
    double = OpenAIDouble([])
    busy = (429, {}, {"retry-after": "0"})
    double.faults = {
        "POST /files": [busy],
        "POST /vector_stores": [busy],
        "DELETE /files/{id}": [(500, {}, {})],
    }
    async with at(double, tmp_path) as here:
        await here.index.prepare(PAPER, PDF)
        assert (len(double.files), len(double.stores)) == (1, 1)
        await here.index.remove(PAPER.id)
        assert nothing_left(double)


async def test_what_cannot_be_taken_back_now_is_deleted_later(tmp_path: Path) -> None:
    double = OpenAIDouble([])
    double.index_status = "failed"
    double.faults["DELETE /vector_stores/{id}"] = [(403, {}, {})]
    async with at(double, tmp_path) as here:
        with pytest.raises(P2NError):
            await here.index.prepare(PAPER, PDF)
        assert not nothing_left(double)
        await here.index.remove(PAPER.id)
        assert nothing_left(double)


async def test_who_is_cancelled_half_way_leaves_nothing(tmp_path: Path) -> None:
    double = OpenAIDouble([])
    double.index_status = "in_progress"
    async with at(double, tmp_path) as here:
        task = asyncio.create_task(here.index.prepare(PAPER, PDF))
        while not double.asked("GET /vector_stores/{id}/files/{id}"):  # noqa: ASYNC110 - it is another thread's
            await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert nothing_left(double)
        assert await here.database.get_remote_index(PAPER.id) is None


@pytest.mark.parametrize("crash", ["before the file's id came", "before the store's id came"])
async def test_what_a_crash_left_is_found_by_its_name(tmp_path: Path, crash: str) -> None:
    """As a server that was killed leaves it: the thing is there, its id was never written down."""
    double = OpenAIDouble([])
    async with at(double, tmp_path) as here:
        await here.index.prepare(PAPER, PDF)
        row = await here.database.get_remote_index(PAPER.id)
        assert row is not None
        if crash == "before the file's id came":
            double.stores.clear()
            left = row.model_copy(update={"file_id": "", "vector_store_id": None, "ready": False})
        else:
            left = row.model_copy(update={"vector_store_id": None, "ready": False})
        await here.database.replace_remote_index(left)
        double.files["file-other"] = {"id": "file-other", "filename": "p2n-other.pdf", "object": "file"}
        await here.index.remove(PAPER.id)
        assert list(double.files) == ["file-other"]
        assert double.stores == {}


def elsewhere(**other: Any) -> RemoteIndex:
    shape = {
        "paper_id": PAPER.id,
        "base_url": "https://elsewhere.example/v1",
        "file_id": "file-1",
        "vector_store_id": "vs_1",
        "ready": True,
        "created_at": utc_now() - timedelta(days=1),
    }
    return RemoteIndex.model_validate(shape | other)


async def test_an_index_at_another_provider_is_left_there_and_made_here(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    double = OpenAIDouble([])
    async with at(double, tmp_path) as here:
        await here.database.put_remote_index(elsewhere())
        assert await here.index.exists(PAPER.id) is None, "what is elsewhere can't be told from here"
        with pytest.raises(P2NError) as raised:
            await here.index.remove(PAPER.id)
        assert "elsewhere.example" in raised.value.info.message
        assert await here.database.get_remote_index(PAPER.id) is not None
        row = await here.index.ensure(PAPER, PDF)
        assert row is not None
        assert (row.base_url, [row.file_id]) == (double.base_url, list(double.files))
        assert "elsewhere.example" in caplog.text
        assert await here.index.exists(PAPER.id) is True


async def test_two_servers_on_one_database_make_one_index(tmp_path: Path) -> None:
    double = OpenAIDouble([])
    double.index_status = "in_progress"
    async with at(double, tmp_path) as here:
        other = SqliteDatabase(tmp_path / "p2n.sqlite")
        second = OpenAIIndex(here.client, other)

        async def finish() -> None:
            await asyncio.sleep(0.5)
            double.index_status = "completed"

        one, two, _ = await asyncio.gather(here.index.ensure(PAPER, PDF), second.ensure(PAPER, PDF), finish())
        await other.close()
        assert one is not None
        assert one == two
        assert (len(double.files), len(double.stores)) == (1, 1)
        await here.index.remove(PAPER.id)
    assert nothing_left(double)


async def test_what_a_killed_server_began_is_not_waited_for_in_vain(tmp_path: Path) -> None:
    double = OpenAIDouble([])
    async with at(double, tmp_path, index_seconds=1.0) as here:
        left = elsewhere(base_url=double.base_url, vector_store_id=None, ready=False, file_id="file-gone")
        await here.database.put_remote_index(left)
        row = await here.index.ensure(PAPER, PDF)
        assert row is not None
        assert row.ready
        assert (len(double.files), len(double.stores)) == (1, 1)


@pytest.mark.parametrize("route", ["POST /files", "POST /vector_stores"])
async def test_a_404_in_the_apis_own_words_is_lag_and_not_absence(tmp_path: Path, route: str) -> None:
    double = OpenAIDouble([])
    told = {"error": {"message": "No file found with id", "type": "invalid_request_error", "code": None}}
    double.faults[route] = [(404, told, {})]
    async with at(double, tmp_path) as here:
        assert await here.index.ensure(PAPER, PDF) is not None
        assert (len(double.files), len(double.stores)) == (1, 1)


async def test_absence_is_remembered_for_some_minutes_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("p2n_ext.agents.openai.index.ABSENT_SECONDS", 0.2)
    double = OpenAIDouble([])
    double.faults["POST /files"] = [(404, {"detail": "Not Found"}, {})]
    async with at(double, tmp_path) as here:
        assert await here.index.ensure(PAPER, PDF) is None
        assert await here.index.ensure(PAPER, PDF) is None
        await asyncio.sleep(0.25)
        assert await here.index.ensure(PAPER, PDF) is not None


async def test_whether_it_exists_is_told_at_once_or_not_at_all(tmp_path: Path) -> None:
    double = OpenAIDouble([])
    async with at(double, tmp_path) as here:
        await here.index.prepare(PAPER, PDF)
        double.faults["GET /vector_stores/{id}"] = [(500, {}, {})] * 9
        asked = len(double.requests)
        assert await here.index.exists(PAPER.id) is None
        assert len(double.requests) == asked + 1
    async with desk("http://127.0.0.1:9/v1", tmp_path) as here:
        await here.database.replace_remote_index(elsewhere(base_url="http://127.0.0.1:9/v1"))
        begin = time.monotonic()
        assert await here.index.exists(PAPER.id) is None
        assert time.monotonic() - begin < 5


async def test_the_probe_tells_key_address_model_and_price(tmp_path: Path) -> None:
    double = OpenAIDouble([])
    models = {"extractor": "gpt-4o-mini", "planner": "unknown-1", "storyteller": "priceless"}
    async with at(double, tmp_path, models=models, cap_usd=1.0) as here:
        found = {c.name: c for c in await probe(here.client)}
        assert found["openai extractor"].status == "ok"
        assert "does not know the model unknown-1" in found["openai planner"].message
        assert "P2NApp.model_prices" in found["openai storyteller"].remediation
        double.faults["GET /models/{id}"] = [(401, {"error": {"message": KEY}}, {})] * 9
        double.faults["GET /models"] = [(401, {"error": {"message": KEY}}, {})]
        [check] = await probe(here.client)
        assert check.status == "failed"
        assert KEY not in check.model_dump_json()
        assert double.asked("POST /responses") == []
    closed = OpenAIClient(OpenAISettings(api_key=KEY, base_url="http://127.0.0.1:9/v1"))
    [check] = await probe(closed)
    assert check.status == "failed"
    assert "reached" in check.message
    await closed.close()
    [check] = await probe(OpenAIClient(OpenAISettings(api_key="")))
    assert "OPENAI_API_KEY" in check.remediation


async def test_without_a_key_nothing_is_asked(tmp_path: Path) -> None:
    async with desk("http://127.0.0.1:9/v1", tmp_path) as here:
        index = OpenAIIndex(OpenAIClient(OpenAISettings(api_key="")), here.database)
        with pytest.raises(P2NError) as raised:
            await index.prepare(PAPER, PDF)
        assert raised.value.code is ErrorCode.E_MODEL_NOT_CONFIGURED
