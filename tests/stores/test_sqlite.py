"""What is SQLite's own: migrations of one file, opened by several processes."""

from __future__ import annotations

import asyncio
import sqlite3
from importlib.resources import files
from pathlib import Path

from p2n_ext.stores.sqlite import SqliteDatabase
from p2n_schemas.runs import RunStatus
from tests.stores.made_rows import PAPER, PLAN, run


async def test_a_database_of_the_first_version_keeps_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite3"
    script = files("p2n_ext.stores").joinpath("migrations", "0001_initial.sql").read_text()
    with sqlite3.connect(path) as connection:
        connection.executescript(script + "PRAGMA user_version = 1;")
        connection.execute("INSERT INTO papers VALUES ('p_1', 'now', ?)", (PAPER.model_dump_json(),))
        connection.execute("INSERT INTO plans VALUES ('pl_1', 'p_1', 'now', ?)", (PLAN.model_dump_json(),))
        for number in range(3):
            old = run(number)
            # As that version wrote it: without the fields that came later.
            body = old.model_dump_json(exclude={"title", "budget_seconds"})
            connection.execute(
                "INSERT INTO runs VALUES (?, 'pl_1', 'p_1', 'queued', ?, ?, ?)",
                (old.id, old.created_at.isoformat(), f"k{number}", body),
            )
    connection.close()
    database = SqliteDatabase(path)
    assert [found.id for found in await database.list_runs()] == ["r_2", "r_1", "r_0"]
    assert (await database.add_run(run(9), "k1", 10)).id == "r_1"
    own = run(7).model_copy(update={"plan_id": None, "paper_id": None})
    assert (await database.add_run(own, None, 10)).id == "r_7"
    assert (await database.transition("r_0", RunStatus.RUNNING)) is not None
    await database.delete_paper("p_1")
    assert [found.id for found in await database.list_runs()] == ["r_7"], "what hangs on a paper still does"
    await database.close()


async def test_two_processes_may_open_a_new_database_at_once(tmp_path: Path) -> None:
    opened = [SqliteDatabase(tmp_path / "new.sqlite3") for _ in range(4)]
    await asyncio.gather(*(database.put_paper(PAPER) for database in opened))
    for database in opened:
        assert await database.list_papers() == [PAPER]
        await database.close()
