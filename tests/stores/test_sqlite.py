"""The embedded database: compare-and-set, idempotency, bounds, migrations."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from p2n_ext.stores.sqlite import SqliteDatabase
from p2n_schemas.base import utc_now
from p2n_schemas.claims import Box, Citation, Claim, ClaimStatus, Quote
from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.papers import Paper
from p2n_schemas.plans import (
    Config,
    DatasetSpec,
    Experiment,
    Fidelity,
    Justification,
    MetricSpec,
    ModelSpec,
    Plan,
    PlanBody,
    Policy,
    Protocol,
)
from p2n_schemas.runs import Run, RunStatus

PAPER = Paper(
    id="p_1", sha256="0" * 64, title="T", filename="t.pdf", size_bytes=1, pages=1, created_at=utc_now()
)
BOX = Box(x0=0, top=0, x1=1, bottom=1)
BODY = PlanBody(
    dataset=DatasetSpec(name="wine", title="Wine", source="s", licence="l", named_in_paper_as="Wine"),
    config=Config(framework="scikit-learn", seed=0, protocol=Protocol(kind="kfold", folds=5), repeats=1),
    experiments=[
        Experiment(
            id="a",
            model=ModelSpec(name="knn", named_in_paper_as="k-NN"),
            metrics=[
                MetricSpec(
                    name="accuracy",
                    split="test",
                    claim_id="c_1",
                    goal=0.9,
                    tolerance=0.01,
                    direction="maximize",
                )
            ],
            fidelity=Fidelity.EXACT,
            estimated_seconds=1,
        )
    ],
    justifications=[Justification(subject="dataset", quote=Quote(text="Wine", page=1))],
    estimated_runtime_minutes=1,
    license_compliant=True,
    policy=Policy(budget_minutes=1),
)
PLAN = Plan(id="pl_1", paper_id="p_1", planner="offline", body=BODY, created_at=utc_now())


def claim(number: int, **changes: object) -> Claim:
    return Claim(
        id=f"c_{number}",
        paper_id="p_1",
        method="m",
        dataset="d",
        split=None,
        metric="accuracy",
        value=number,
        value_printed=str(number),
        units=None,
        direction="maximize",
        citation=Citation(label="Table 1", page=1, quote=str(number), box=BOX, region=BOX),
        confidence=1,
    ).model_copy(update=changes)


def run(number: int) -> Run:
    return Run(
        id=f"r_{number}",
        plan_id="pl_1",
        paper_id="p_1",
        env_hash="e",
        image_digest="i",
        status=RunStatus.QUEUED,
        created_at=utc_now(),
    )


@pytest.fixture
def database(tmp_path: Path) -> Iterator[SqliteDatabase]:
    opened = SqliteDatabase(tmp_path / "p2n.sqlite3")
    asyncio.run(fill(opened))
    yield opened
    asyncio.run(opened.close())


async def fill(database: SqliteDatabase) -> None:
    await database.put_paper(PAPER)
    await database.put_plan(PLAN)


async def test_what_is_put_comes_back(database: SqliteDatabase) -> None:
    assert await database.get_paper("p_1") == PAPER
    assert await database.get_plan("pl_1") == PLAN
    assert await database.get_paper("p_2") is None


async def test_a_terminal_state_is_never_left(database: SqliteDatabase) -> None:
    await database.add_run(run(1), None, 10)
    assert (await database.transition("r_1", RunStatus.RUNNING)).status is RunStatus.RUNNING  # type: ignore[union-attr]
    assert await database.transition("r_1", RunStatus.RUNNING) is None
    assert (await database.transition("r_1", RunStatus.FAILED, node="n")).node == "n"  # type: ignore[union-attr]
    for status in RunStatus:
        assert await database.transition("r_1", status) is None
    assert (await database.get_run("r_1")).status is RunStatus.FAILED  # type: ignore[union-attr]


async def test_of_many_transitions_at_once_one_wins(database: SqliteDatabase, tmp_path: Path) -> None:
    await database.add_run(run(1), None, 10)
    other = SqliteDatabase(tmp_path / "p2n.sqlite3")
    ends = [RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.CANCELLED, RunStatus.TIMEOUT] * 5
    results = await asyncio.gather(
        *(side.transition("r_1", status) for status in ends for side in (database, other))
    )
    await other.close()
    assert sum(result is not None for result in results) == 1


async def test_the_queue_is_bounded_and_a_key_gives_its_run_again(database: SqliteDatabase) -> None:
    results = await asyncio.gather(
        *(database.add_run(run(number), None, 5) for number in range(20)), return_exceptions=True
    )
    refused = [result for result in results if isinstance(result, P2NError)]
    assert len(refused) == 15
    assert {error.code for error in refused} == {ErrorCode.E_QUEUE_FULL}
    await database.transition("r_0", RunStatus.RUNNING)
    first = await database.add_run(run(100), "key", 5)
    assert (await database.add_run(run(101), "key", 5)).id == first.id == "r_100"


async def test_runs_are_filtered_and_paged(database: SqliteDatabase) -> None:
    for number in range(5):
        await database.add_run(run(number), None, 10)
    await database.transition("r_3", RunStatus.RUNNING)
    assert [found.id for found in await database.list_runs()] == ["r_4", "r_3", "r_2", "r_1", "r_0"]
    assert [found.id for found in await database.list_runs(limit=2, offset=1)] == ["r_3", "r_2"]
    assert [found.id for found in await database.list_runs(status=RunStatus.RUNNING)] == ["r_3"]
    assert await database.list_runs(paper_id="p_2") == []


async def test_a_new_reading_keeps_what_a_person_judged(database: SqliteDatabase) -> None:
    await database.replace_claims("p_1", "offline", [claim(1), claim(2), claim(3)])
    await database.put_claim(claim(2, status=ClaimStatus.CORRECTED, method="mine"))
    await database.put_claim(claim(3, status=ClaimStatus.REJECTED))
    await database.replace_claims("p_1", "other", [claim(4), claim(2), claim(1)])
    kept = {found.id: found for found in await database.list_claims("p_1")}
    assert kept["c_2"].method == "mine"
    assert kept["c_3"].status is ClaimStatus.REJECTED
    assert set(kept) == {"c_1", "c_2", "c_3", "c_4"}
    paper = await database.get_paper("p_1")
    assert paper is not None
    assert (paper.reader, paper.claim_count) == ("other", 4)


async def test_deleting_a_paper_takes_its_rows_along(database: SqliteDatabase, tmp_path: Path) -> None:
    await database.replace_claims("p_1", "offline", [claim(1)])
    await database.add_run(run(1), None, 10)
    await database.delete_paper("p_1")
    with sqlite3.connect(tmp_path / "p2n.sqlite3") as connection:
        for table in ("papers", "claims", "plans", "runs"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


async def test_two_processes_may_open_a_new_database_at_once(tmp_path: Path) -> None:
    opened = [SqliteDatabase(tmp_path / "new.sqlite3") for _ in range(4)]
    await asyncio.gather(*(database.put_paper(PAPER) for database in opened))
    for database in opened:
        assert await database.list_papers() == [PAPER]
        await database.close()
