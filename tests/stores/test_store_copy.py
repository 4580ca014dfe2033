"""Everything moves from one store to the other, both ways, and goes on where it stopped."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import Any

import pytest

from p2n_ext.cli import main
from p2n_ext.protocols import Database, ObjectStore
from p2n_ext.stores.copying import Copied, Copy, Journal, RowCopy
from p2n_ext.stores.sqlite_copy import SqliteCopy
from p2n_ext.stores.supabase_copy import SupabaseCopy
from p2n_schemas.claims import ClaimStatus
from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.runs import RunStatus
from tests.stores.conftest import Backend, Embedded, Supabase
from tests.stores.made_rows import (
    PAPER,
    PLAN,
    at,
    call,
    dataset,
    extraction,
    remote_index,
    run,
    story,
    validation,
)

Side = tuple[Database, RowCopy, ObjectStore]
RUNS = 45


def side(backend: Backend) -> Side:
    database: Any = backend.database()
    rows = SqliteCopy(database) if backend.name == "embedded" else SupabaseCopy(database)
    return database, rows, backend.objects()


async def fill(database: Database, objects: ObjectStore) -> None:
    await database.put_paper(PAPER.model_copy(update={"title": "κ \x00 \\ü"}))
    await database.put_plan(PLAN)
    await database.replace_claims("p_1", extraction("offline"), [at(n, 30.0 * n) for n in range(50)])
    judged = at(3, 90, status=ClaimStatus.CORRECTED, method="mine")
    await database.update_claim("c_3", lambda _: judged)
    for number in range(RUNS):
        own: dict[str, Any] = {"plan_id": None, "paper_id": None} if number % 2 else {}
        if number >= 5:
            own |= {"status": RunStatus.FAILED}
        await database.add_run(run(number).model_copy(update=own), f"key{number}", RUNS + 1)
        if number < 5:
            await database.transition(f"r_{number}", RunStatus.FAILED, announce=True)
    await database.open_validation(validation(1))
    await database.put_storyboard(story(1))
    await database.put_dataset(dataset(1, "mine"))
    await database.open_model_call(call(1, 0.25), None)
    await database.open_model_call(call(2, 0), None)
    await database.put_remote_index(remote_index("p_9"))
    await database.take_turn("a", 5, 3600)
    await objects.put("papers/p_1/paper.pdf", bytes(range(256)) * 100)
    for number in range(30):
        await objects.put(f"runs/r_{number}/metrics ü.json", f"[{number}]".encode())


async def contents(rows: RowCopy, objects: ObjectStore) -> dict[str, Any]:
    from p2n_ext.stores.copying import TABLES, digest

    found: dict[str, Any] = {
        table: sorted([digest(table, row) async for batch in rows.rows(table) for row in batch])
        for table in TABLES
    }
    for key in await objects.keys():
        found[key] = hashlib.sha256(await objects.get(key)).hexdigest()
    return found


@pytest.fixture(params=["to supabase", "to embedded"])
def sides(
    request: pytest.FixtureRequest,
    supabase: Supabase,
    tmp_path: Path,
    jp_asyncio_loop: asyncio.AbstractEventLoop,
) -> Any:
    embedded = Embedded(tmp_path)
    pair = (embedded, supabase) if request.param == "to supabase" else (supabase, embedded)
    yield side(pair[0]), side(pair[1])
    jp_asyncio_loop.run_until_complete(embedded.close())


def copy(source: Side, target: Side, folder: Path) -> Copy:
    return Copy(source, target, Journal(folder / "copy.jsonl"), folder / "objects" / ".drafts")


async def test_everything_arrives_and_a_second_time_nothing_is_written(
    sides: tuple[Side, Side], tmp_path: Path
) -> None:
    source, target = sides
    await fill(source[0], source[2])
    done = await copy(source, target, tmp_path).everything()
    assert done.rows == {
        "papers": 1,
        "claims": 50,
        "plans": 1,
        "runs": RUNS,
        "validations": 1,
        "storyboards": 1,
        "datasets": 1,
        "model_calls": 2,
        "remote_indexes": 1,
        "turns": 1,
        "deliveries": 5,
    }
    assert (done.rows_known, done.objects) == (0, 31)
    assert await contents(*source[1:]) == await contents(*target[1:])
    assert await target[0].get_paper("p_1") == await source[0].get_paper("p_1")
    assert await target[0].list_claims("p_1") == await source[0].list_claims("p_1")
    assert (await target[0].add_run(run(999), "key7", 100)).id == "r_7", "keys are known there, too"
    again = await copy(source, target, tmp_path).everything()
    assert again.rows_known == sum(again.rows.values())


async def test_a_copy_that_broke_off_goes_on(
    sides: tuple[Side, Side], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = sides
    await fill(source[0], source[2])
    put_file, puts = target[2].put_file, []

    async def until(key: str, path: Path) -> None:
        if len(puts) == 12:
            raise OSError("the cable was pulled")
        puts.append(key)
        await put_file(key, path)

    with monkeypatch.context() as patch:
        patch.setattr(target[2], "put_file", until)
        with pytest.raises(OSError, match="cable"):
            await copy(source, target, tmp_path).everything()
    # What changed meanwhile at the source, or was spoilt at the target's row, is copied anew.
    await source[2].put(puts[0], b"changed")
    done: Copied = await copy(source, target, tmp_path).everything()
    assert done.objects_known == 11
    assert await contents(*source[1:]) == await contents(*target[1:])


async def test_rows_that_differ_are_written_over(sides: tuple[Side, Side], tmp_path: Path) -> None:
    source, target = sides
    await fill(source[0], source[2])
    await copy(source, target, tmp_path).everything()
    await target[0].put_paper(PAPER.model_copy(update={"title": "another"}))
    done = await copy(source, target, tmp_path).everything()
    assert done.rows_known == sum(done.rows.values()) - 1
    assert await contents(*source[1:]) == await contents(*target[1:])


async def test_what_is_damaged_on_the_way_is_noticed(
    sides: tuple[Side, Side], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = sides
    await fill(source[0], source[2])
    put_file = target[2].put_file

    async def damage(key: str, path: Path) -> None:
        path.write_bytes(path.read_bytes()[:-1])
        await put_file(key, path)

    monkeypatch.setattr(target[2], "put_file", damage)
    with pytest.raises(P2NError) as caught:
        await copy(source, target, tmp_path).everything()
    assert caught.value.code is ErrorCode.E_CONFLICT


async def test_nothing_is_copied_under_a_run_that_goes_on(sides: tuple[Side, Side], tmp_path: Path) -> None:
    source, target = sides
    await source[0].add_run(run(1).model_copy(update={"plan_id": None, "paper_id": None}), None, 10)
    for pair in ((source, target), (target, source)):
        with pytest.raises(P2NError) as caught:
            await copy(*pair, tmp_path).everything()
        assert caught.value.info.detail == {"runs": ["r_1"]}


def test_the_command_line_copies_there_and_back(
    supabase: Supabase,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("SUPABASE_URL", supabase.site.url)
    monkeypatch.setenv("SUPABASE_SERVICE_ROLE_KEY", supabase.site.key)
    old, new = tmp_path / "old", tmp_path / "new"

    async def prepare() -> None:
        embedded = Embedded(old)
        await fill(embedded.database(), embedded.objects())
        await embedded.close()

    asyncio.run(prepare())
    for folder, source, target in ((old, "embedded", "supabase"), (new, "supabase", "embedded")):
        with pytest.raises(SystemExit) as caught:
            main(["store", "copy", "--from", source, "--to", target, "--data-dir", str(folder)])
        printed = capsys.readouterr().out
        assert caught.value.code == 0, printed
        assert "and 31 objects (0 were there)" in printed
        assert not list(folder.glob("copy-*")), "what it noted to go on from is not wanted any more"

    async def compared() -> bool:
        one, other = Embedded(old), Embedded(new)
        try:
            return await contents(*side(one)[1:]) == await contents(*side(other)[1:])
        finally:
            await one.close()
            await other.close()

    assert asyncio.run(compared())
    with pytest.raises(SystemExit) as caught:
        main(["store", "copy", "--from", "supabase", "--to", "supabase", "--data-dir", str(new)])
    assert caught.value.code == 1
