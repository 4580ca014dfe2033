"""The embedded database: compare-and-set, idempotency, bounds, migrations."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from datetime import timedelta, timezone
from importlib.resources import files
from pathlib import Path

import pytest

from p2n_ext.protocols import ANY_RUN, RunFilter
from p2n_ext.stores.sqlite import SqliteDatabase
from p2n_schemas.base import utc_now
from p2n_schemas.claims import Box, Citation, Claim, ClaimStatus, Quote
from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.model_calls import ModelCall
from p2n_schemas.papers import Extraction, Paper
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


def at(number: int, left: float, **changes: object) -> Claim:
    """A claim whose number stands `left` points from the margin."""
    box = Box(x0=left, top=10, x1=left + 20, bottom=20)
    citation = Citation(label="Table 1", page=1, quote=str(number), box=box, region=box)
    return claim(number, citation=citation, **changes)


async def judge(database: SqliteDatabase, judged: Claim) -> None:
    assert await database.update_claim(judged.id, lambda _: judged) == judged


def extraction(*readers: str) -> Extraction:
    return Extraction(readers=list(readers), provider="auto", claims=0, seconds=1, finished_at=utc_now())


def call(number: int, cost: float) -> ModelCall:
    return ModelCall(
        id=f"m_{number}", paper_id="p_1", agent="extractor", model="m", at=utc_now(), cost_usd=cost
    )


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
    with pytest.raises(P2NError):
        await database.check_room(5)
    await database.transition("r_0", RunStatus.FAILED)
    await database.check_room(5)
    first = await database.add_run(run(100), "key", 5)
    assert (await database.add_run(run(101), "key", 5)).id == first.id == "r_100"


async def test_runs_are_filtered_and_paged(database: SqliteDatabase) -> None:
    for number in range(5):
        await database.add_run(run(number), None, 10)
    own = run(5).model_copy(update={"plan_id": None, "paper_id": None})
    await database.add_run(own, None, 10)
    await database.transition("r_3", RunStatus.RUNNING)
    await database.transition("r_2", RunStatus.FAILED)

    async def ids(where: RunFilter, **page: int) -> list[str]:
        return [found.id for found in await database.list_runs(where, **page)]

    assert await ids(ANY_RUN) == ["r_5", "r_4", "r_3", "r_2", "r_1", "r_0"]
    assert await ids(ANY_RUN, limit=2, offset=2) == ["r_3", "r_2"]
    assert await ids(RunFilter(statuses=(RunStatus.RUNNING, RunStatus.FAILED))) == ["r_3", "r_2"]
    assert await ids(RunFilter(kind="notebook")) == ["r_5"]
    assert await ids(RunFilter(kind="plan", statuses=(RunStatus.QUEUED,))) == ["r_4", "r_1", "r_0"]
    assert await ids(RunFilter(paper_id="p_2")) == []
    middle = (await database.list_runs())[3].created_at
    elsewhere = middle.astimezone(timezone(timedelta(hours=9)))
    assert await ids(RunFilter(created_after=elsewhere)) == ["r_5", "r_4", "r_3"]
    assert await ids(RunFilter(created_before=elsewhere)) == ["r_1", "r_0"]
    assert await database.count_runs() == 6
    assert await database.count_runs(RunFilter(plan_id="pl_1")) == 5


async def test_runs_of_one_moment_keep_their_order_over_pages(database: SqliteDatabase) -> None:
    moment = utc_now()
    for number in (3, 1, 2, 0):
        await database.add_run(run(number).model_copy(update={"created_at": moment}), None, 10)
    pages = [await database.list_runs(limit=1, offset=offset) for offset in range(4)]
    assert [page[0].id for page in pages] == ["r_3", "r_2", "r_1", "r_0"]


async def test_only_an_ended_run_is_deleted(database: SqliteDatabase) -> None:
    await database.add_run(run(1), None, 10)
    assert not await database.delete_run("r_1")
    await database.transition("r_1", RunStatus.CANCELLED)
    assert await database.delete_run("r_1")
    assert await database.get_run("r_1") is None


async def test_turns_slide_and_are_each_users_own(database: SqliteDatabase, tmp_path: Path) -> None:
    assert [await database.take_turn("a", 2, 0.5) for _ in range(2)] == [0, 0]
    wait = await database.take_turn("a", 2, 0.5)
    assert 0 < wait <= 0.5
    other_server = SqliteDatabase(tmp_path / "p2n.sqlite3")
    assert await other_server.take_turn("a", 2, 0.5) > 0
    assert await other_server.take_turn("b", 2, 0.5) == 0
    await other_server.close()
    assert await database.seconds_to_turn("b", 2, 0.5) == 0
    await asyncio.sleep(wait + 0.02)
    assert await database.take_turn("a", 2, 0.5) == 0


async def test_of_many_at_once_as_many_get_a_turn_as_there_are(
    database: SqliteDatabase, tmp_path: Path
) -> None:
    other_server = SqliteDatabase(tmp_path / "p2n.sqlite3")
    waits = await asyncio.gather(
        *(side.take_turn("a", 5, 60) for side in (database, other_server) for _ in range(20))
    )
    await other_server.close()
    assert sum(wait == 0 for wait in waits) == 5


async def test_an_end_is_told_once_however_many_ask(database: SqliteDatabase, tmp_path: Path) -> None:
    await database.add_run(run(1), None, 10)
    assert await database.seconds_to_delivery() is None
    await database.transition("r_1", RunStatus.FAILED, announce=True)
    await database.transition("r_1", RunStatus.FAILED, announce=True)
    other_server = SqliteDatabase(tmp_path / "p2n.sqlite3")
    claims = await asyncio.gather(
        *(side.claim_deliveries(60, 5) for side in (database, other_server) for _ in range(5))
    )
    await other_server.close()
    claimed = [delivery for claim in claims for delivery in claim]
    assert [(delivery.id, delivery.attempts) for delivery in claimed] == [("r_1.ended", 0)]
    assert claimed[0].run.status is RunStatus.FAILED
    await database.delete_run("r_1")
    await database.postpone_delivery("r_1.ended", -1)
    assert [delivery.attempts for delivery in await database.claim_deliveries(60, 5)] == [1]
    await database.drop_delivery("r_1.ended")
    assert await database.seconds_to_delivery() is None


async def test_a_stored_plan_that_is_none_is_said_to_be_none(
    database: SqliteDatabase, tmp_path: Path
) -> None:
    await database.put_plan(PLAN.model_copy(update={"id": "pl_2"}))
    with sqlite3.connect(tmp_path / "p2n.sqlite3") as connection:
        connection.execute("UPDATE plans SET body = json_remove(body, '$.body.policy') WHERE id = 'pl_1'")
    with pytest.raises(P2NError) as caught:
        await database.get_plan("pl_1")
    assert caught.value.code is ErrorCode.E_PLAN_INVALID
    assert caught.value.info.detail["problems"] == [{"where": "body.policy", "problem": "Field required"}]
    assert [plan.id for plan in await database.list_plans("p_1")] == ["pl_2"]


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


async def test_a_new_reading_keeps_what_a_person_judged(database: SqliteDatabase) -> None:
    await database.replace_claims("p_1", extraction("offline"), [at(1, 0), at(2, 50), at(3, 100)])
    await judge(database, at(2, 50, status=ClaimStatus.CORRECTED, method="mine"))
    await judge(database, at(3, 100, status=ClaimStatus.REJECTED))
    await database.replace_claims("p_1", extraction("offline", "openai"), [at(4, 150), at(2, 50), at(1, 0)])
    kept = {found.id: found for found in await database.list_claims("p_1")}
    assert kept["c_2"].method == "mine"
    assert kept["c_3"].status is ClaimStatus.REJECTED
    assert set(kept) == {"c_1", "c_2", "c_3", "c_4"}
    paper = await database.get_paper("p_1")
    assert paper is not None
    assert (paper.reader, paper.claim_count) == ("offline + openai", 4)


async def test_a_reader_that_names_a_judged_number_otherwise_puts_no_second_claim_beside_it(
    database: SqliteDatabase,
) -> None:
    await database.replace_claims("p_1", extraction("offline"), [at(1, 0), at(2, 50)])
    await judge(database, at(1, 0, status=ClaimStatus.REJECTED))
    done = await database.replace_claims(
        "p_1", extraction("offline"), [at(7, 1.5, metric="error"), at(8, 52, metric="error")]
    )
    kept = {found.id: found.status for found in await database.list_claims("p_1")}
    assert kept == {"c_1": ClaimStatus.REJECTED, "c_8": ClaimStatus.PROPOSED}
    assert done.claims == 2


async def test_a_number_keeps_its_id_whatever_a_better_reader_calls_it(database: SqliteDatabase) -> None:
    await database.replace_claims("p_1", extraction("offline"), [at(1, 0), at(2, 50)])
    better = at(1, 0, metric="error").model_copy(update={"id": "c_new"})
    others = at(2, 50).model_copy(update={"id": "c_also", "value_printed": "2.0"})
    await database.replace_claims("p_1", extraction("offline"), [better, others])
    kept = {found.id: found.metric for found in await database.list_claims("p_1")}
    assert kept == {"c_1": "error", "c_also": "accuracy"}


async def test_a_line_s_box_does_not_stand_for_the_numbers_in_it(database: SqliteDatabase) -> None:
    line = at(1, 0)
    whole = line.citation.model_copy(update={"box": Box(x0=0, top=10, x1=500, bottom=20)})
    await database.replace_claims("p_1", extraction("offline"), [line.model_copy(update={"citation": whole})])
    await judge(database, line.model_copy(update={"citation": whole, "status": ClaimStatus.REJECTED}))
    await database.replace_claims("p_1", extraction("offline"), [at(n, 40.0 * n) for n in (2, 3, 4)])
    assert {found.id for found in await database.list_claims("p_1")} == {"c_1", "c_2", "c_3", "c_4"}


async def test_thousands_of_judged_claims_do_not_hold_up_a_new_reading(database: SqliteDatabase) -> None:
    many = [
        at(n, 30.0 * (n % 20)).model_copy(
            update={
                "id": f"c_{n}",
                "citation": Citation(
                    label="Table 1",
                    page=1,
                    quote=str(n),
                    box=Box(
                        x0=30.0 * (n % 20),
                        top=9.0 * (n // 20),
                        x1=30.0 * (n % 20) + 20,
                        bottom=9.0 * (n // 20) + 8,
                    ),
                    region=BOX,
                ),
            }
        )
        for n in range(2000)
    ]
    await database.replace_claims("p_1", extraction("offline"), many)
    looked = []
    same_place = Claim.same_place

    def counted(self: Claim, other: Claim) -> bool:
        looked.append(1)
        return same_place(self, other)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Claim, "same_place", counted)
        fresh = [claim.model_copy(update={"id": f"{claim.id}_new"}) for claim in many]
        done = await database.replace_claims("p_1", extraction("offline"), fresh)
    assert done.claims == len(many)
    assert len(looked) < 100 * len(many), "only what stands on the same line is compared"


async def test_deleting_a_paper_takes_its_rows_along(database: SqliteDatabase, tmp_path: Path) -> None:
    await database.replace_claims("p_1", extraction("offline"), [claim(1)])
    await database.add_run(run(1), None, 10)
    await database.open_model_call(call(1, 0.5), None)
    await database.delete_paper("p_1")
    assert len(await database.list_model_calls("p_1")) == 1, "what was spent on a PDF stays spent"
    with sqlite3.connect(tmp_path / "p2n.sqlite3") as connection:
        for table in ("papers", "claims", "plans", "runs"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


async def test_what_a_paper_may_cost_is_kept_to_however_many_ask(
    database: SqliteDatabase, tmp_path: Path
) -> None:
    other_server = SqliteDatabase(tmp_path / "p2n.sqlite3")
    asked = await asyncio.gather(
        *((database, other_server)[n % 2].open_model_call(call(n, 0.3), 1.0) for n in range(8)),
        return_exceptions=True,
    )
    refused = [error for error in asked if isinstance(error, P2NError)]
    assert [error.code for error in refused] == [ErrorCode.E_POLICY_CAP_EXCEEDED] * 5
    kept = await database.list_model_calls("p_1")
    assert len(kept) == 3

    await database.close_model_call(kept[0].model_copy(update={"outcome": "completed", "cost_usd": 0.05}))
    await other_server.open_model_call(call(20, 0.3), 1.0)
    with pytest.raises(P2NError):
        await database.open_model_call(call(21, 0.3), 1.0)
    await other_server.close()


async def test_two_processes_may_open_a_new_database_at_once(tmp_path: Path) -> None:
    opened = [SqliteDatabase(tmp_path / "new.sqlite3") for _ in range(4)]
    await asyncio.gather(*(database.put_paper(PAPER) for database in opened))
    for database in opened:
        assert await database.list_papers() == [PAPER]
        await database.close()
