"""The database's contract, over SQLite and over Supabase alike."""

from __future__ import annotations

import asyncio
import inspect
import json
from datetime import timedelta, timezone
from pathlib import Path

import pytest

from p2n_ext.protocols import ANY_RUN, Database, RunFilter
from p2n_schemas.base import utc_now
from p2n_schemas.claims import Box, Citation, Claim, ClaimStatus
from p2n_schemas.determinism import ValidationStatus
from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.runs import RunStatus
from tests.stores.conftest import Backend
from tests.stores.made_rows import (
    BOX,
    PAPER,
    PLAN,
    at,
    call,
    claim,
    dataset,
    extraction,
    fill,
    remote_index,
    run,
    story,
    validation,
)


@pytest.fixture(autouse=True)
def filled(database: Database, jp_asyncio_loop: asyncio.AbstractEventLoop) -> None:
    jp_asyncio_loop.run_until_complete(fill(database))


async def judge(database: Database, judged: Claim) -> None:
    assert await database.update_claim(judged.id, lambda _: judged) == judged


async def test_what_is_put_comes_back(database: Database) -> None:
    assert await database.get_paper("p_1") == PAPER
    assert await database.get_plan("pl_1") == PLAN
    assert await database.get_paper("p_2") is None


async def test_a_terminal_state_is_never_left(database: Database) -> None:
    await database.add_run(run(1), None, 10)
    assert (await database.transition("r_1", RunStatus.RUNNING)).status is RunStatus.RUNNING  # type: ignore[union-attr]
    assert await database.transition("r_1", RunStatus.RUNNING) is None
    assert (await database.transition("r_1", RunStatus.FAILED, node="n")).node == "n"  # type: ignore[union-attr]
    for status in RunStatus:
        assert await database.transition("r_1", status) is None
    assert (await database.get_run("r_1")).status is RunStatus.FAILED  # type: ignore[union-attr]


async def test_of_many_transitions_at_once_one_wins(database: Database, backend: Backend) -> None:
    await database.add_run(run(1), None, 10)
    other = backend.database()
    ends = [RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.CANCELLED, RunStatus.TIMEOUT] * 5
    results = await asyncio.gather(
        *(side.transition("r_1", status) for status in ends for side in (database, other))
    )
    assert sum(result is not None for result in results) == 1


async def test_the_queue_is_bounded_and_a_key_gives_its_run_again(database: Database) -> None:
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


async def test_runs_are_filtered_and_paged(database: Database) -> None:
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


async def test_runs_of_one_moment_keep_their_order_over_pages(database: Database) -> None:
    moment = utc_now()
    for number in (3, 1, 2, 0):
        await database.add_run(run(number).model_copy(update={"created_at": moment}), None, 10)
    pages = [await database.list_runs(limit=1, offset=offset) for offset in range(4)]
    assert [page[0].id for page in pages] == ["r_3", "r_2", "r_1", "r_0"]


async def test_only_an_ended_run_is_deleted(database: Database) -> None:
    await database.add_run(run(1), None, 10)
    assert not await database.delete_run("r_1")
    await database.transition("r_1", RunStatus.CANCELLED)
    assert await database.delete_run("r_1")
    assert await database.get_run("r_1") is None


async def test_turns_slide_and_are_each_users_own(database: Database, backend: Backend) -> None:
    assert [await database.take_turn("a", 2, 0.5) for _ in range(2)] == [0, 0]
    wait = await database.take_turn("a", 2, 0.5)
    assert 0 < wait <= 0.5
    other_server = backend.database()
    assert await other_server.take_turn("a", 2, 0.5) > 0
    assert await other_server.take_turn("b", 2, 0.5) == 0
    assert await database.seconds_to_turn("b", 2, 0.5) == 0
    await asyncio.sleep(wait + 0.02)
    assert await database.take_turn("a", 2, 0.5) == 0


async def test_of_many_at_once_as_many_get_a_turn_as_there_are(database: Database, backend: Backend) -> None:
    other_server = backend.database()
    waits = await asyncio.gather(
        *(side.take_turn("a", 5, 60) for side in (database, other_server) for _ in range(20))
    )
    assert sum(wait == 0 for wait in waits) == 5


async def test_an_end_is_told_once_however_many_ask(database: Database, backend: Backend) -> None:
    await database.add_run(run(1), None, 10)
    assert await database.seconds_to_delivery() is None
    await database.transition("r_1", RunStatus.FAILED, announce=True)
    await database.transition("r_1", RunStatus.FAILED, announce=True)
    other_server = backend.database()
    claims = await asyncio.gather(
        *(side.claim_deliveries(60, 5) for side in (database, other_server) for _ in range(5))
    )
    claimed = [delivery for claim in claims for delivery in claim]
    assert [(delivery.id, delivery.attempts) for delivery in claimed] == [("r_1.ended", 0)]
    assert claimed[0].run.status is RunStatus.FAILED
    await database.delete_run("r_1")
    await database.postpone_delivery("r_1.ended", -1)
    assert [delivery.attempts for delivery in await database.claim_deliveries(60, 5)] == [1]
    await database.drop_delivery("r_1.ended")
    assert await database.seconds_to_delivery() is None


async def test_a_stored_plan_that_is_none_is_said_to_be_none(database: Database, backend: Backend) -> None:
    await database.put_plan(PLAN.model_copy(update={"id": "pl_2"}))
    broken = PLAN.model_dump(mode="json")
    del broken["body"]["policy"]
    backend.edit_plan("pl_1", json.dumps(broken))
    with pytest.raises(P2NError) as caught:
        await database.get_plan("pl_1")
    assert caught.value.code is ErrorCode.E_PLAN_INVALID
    assert caught.value.info.detail["problems"] == [{"where": "body.policy", "problem": "Field required"}]
    assert [plan.id for plan in await database.list_plans("p_1")] == ["pl_2"]


async def test_a_new_reading_keeps_what_a_person_judged(database: Database) -> None:
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
    database: Database,
) -> None:
    await database.replace_claims("p_1", extraction("offline"), [at(1, 0), at(2, 50)])
    await judge(database, at(1, 0, status=ClaimStatus.REJECTED))
    done = await database.replace_claims(
        "p_1", extraction("offline"), [at(7, 1.5, metric="error"), at(8, 52, metric="error")]
    )
    kept = {found.id: found.status for found in await database.list_claims("p_1")}
    assert kept == {"c_1": ClaimStatus.REJECTED, "c_8": ClaimStatus.PROPOSED}
    assert done.claims == 2


async def test_a_number_keeps_its_id_whatever_a_better_reader_calls_it(database: Database) -> None:
    await database.replace_claims("p_1", extraction("offline"), [at(1, 0), at(2, 50)])
    better = at(1, 0, metric="error").model_copy(update={"id": "c_new"})
    others = at(2, 50).model_copy(update={"id": "c_also", "value_printed": "2.0"})
    await database.replace_claims("p_1", extraction("offline"), [better, others])
    kept = {found.id: found.metric for found in await database.list_claims("p_1")}
    assert kept == {"c_1": "error", "c_also": "accuracy"}


async def test_a_line_s_box_does_not_stand_for_the_numbers_in_it(database: Database) -> None:
    line = at(1, 0)
    whole = line.citation.model_copy(update={"box": Box(x0=0, top=10, x1=500, bottom=20)})
    await database.replace_claims("p_1", extraction("offline"), [line.model_copy(update={"citation": whole})])
    await judge(database, line.model_copy(update={"citation": whole, "status": ClaimStatus.REJECTED}))
    await database.replace_claims("p_1", extraction("offline"), [at(n, 40.0 * n) for n in (2, 3, 4)])
    assert {found.id for found in await database.list_claims("p_1")} == {"c_1", "c_2", "c_3", "c_4"}


async def test_thousands_of_judged_claims_do_not_hold_up_a_new_reading(database: Database) -> None:
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


async def test_deleting_a_paper_takes_its_rows_along(database: Database, backend: Backend) -> None:
    await database.replace_claims("p_1", extraction("offline"), [claim(1)])
    await database.add_run(run(1), None, 10)
    await database.open_model_call(call(1, 0.5), None)
    assert await database.open_validation(validation(1)) is not None
    assert await database.put_storyboard(story(1))
    await database.delete_paper("p_1")
    assert len(await database.list_model_calls("p_1")) == 1, "what was spent on a PDF stays spent"
    left = {table: count for table, count in backend.counts().items() if count}
    assert left == {"model_calls": 1}


async def test_what_a_paper_may_cost_is_kept_to_however_many_ask(
    database: Database, backend: Backend
) -> None:
    other_server = backend.database()
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


async def test_papers_and_plans_are_listed_newest_first(database: Database) -> None:
    for number in range(2, 5):
        created = PAPER.created_at + timedelta(seconds=number)
        await database.put_paper(
            PAPER.model_copy(update={"id": f"p_{number}", "sha256": str(number) * 64, "created_at": created})
        )
        await database.put_plan(PLAN.model_copy(update={"id": f"pl_{number}", "created_at": created}))
    assert [paper.id for paper in await database.list_papers()] == ["p_4", "p_3", "p_2", "p_1"]
    assert [plan.id for plan in await database.list_plans("p_1")] == ["pl_4", "pl_3", "pl_2", "pl_1"]
    assert await database.list_plans("p_2") == []
    renamed = PAPER.model_copy(update={"title": "Another"})
    await database.put_paper(renamed)
    assert await database.get_paper("p_1") == renamed


async def test_what_a_paper_prints_comes_back_to_the_last_sign(database: Database) -> None:
    title = "κ ≥ 0.5 \u2028 \x00 😀 'quoted' \"twice\" \\ $body$ ü"
    await database.put_paper(PAPER.model_copy(update={"title": title}))
    paper = await database.get_paper("p_1")
    assert paper is not None
    assert paper.title == title
    settings = {"z": 1.0, "a": 1e-07, "m": None, "b": [3, "x"]}
    (experiment,) = PLAN.body.experiments
    model = experiment.model.model_copy(update={"parameters": settings})
    body = PLAN.body.model_copy(update={"experiments": [experiment.model_copy(update={"model": model})]})
    await database.put_plan(PLAN.model_copy(update={"body": body}))
    plan = await database.get_plan("pl_1")
    assert plan is not None
    assert plan.model_dump_json() == PLAN.model_copy(update={"body": body}).model_dump_json(), (
        "notebooks are made from it: the order of its keys counts, too"
    )


async def test_what_belongs_to_a_deleted_paper_is_refused(database: Database) -> None:
    await database.delete_paper("p_1")
    for write in (
        database.put_plan(PLAN),
        database.add_run(run(1), None, 10),
        database.replace_claims("p_1", extraction("offline"), [claim(1)]),
    ):
        with pytest.raises(P2NError) as caught:
            await write
        assert caught.value.code is ErrorCode.E_CONFLICT
    assert await database.update_claim("c_1", lambda claim: claim) is None
    assert await database.open_validation(validation(1)) is None
    assert not await database.put_storyboard(story(1))


async def test_a_cancel_is_noted_once_and_only_of_a_live_run(database: Database) -> None:
    await database.add_run(run(1), None, 10)
    first = await database.request_cancel("r_1")
    again = await database.request_cancel("r_1")
    assert first is not None
    assert again is not None
    assert first.cancel_requested_at == again.cancel_requested_at
    await database.transition("r_1", RunStatus.CANCELLED)
    assert await database.request_cancel("r_1") is None
    assert await database.request_cancel("r_2") is None
    assert await database.transition("r_2", RunStatus.RUNNING) is None


async def test_of_many_with_one_key_one_run_is_made(database: Database, backend: Backend) -> None:
    other = backend.database()
    made = await asyncio.gather(*((database, other)[n % 2].add_run(run(n), "key", 10) for n in range(10)))
    assert len({made_run.id for made_run in made}) == 1
    assert await database.count_runs() == 1


async def test_changes_of_one_claim_at_once_are_all_made(database: Database, backend: Backend) -> None:
    await database.replace_claims("p_1", extraction("offline"), [at(1, 0, method="")])
    other = backend.database()

    def note(letter: str) -> object:
        return lambda claim: claim.model_copy(update={"method": claim.method + letter})

    await asyncio.gather(
        *((database, other)[n % 2].update_claim("c_1", note(letter)) for n, letter in enumerate("abcdefgh"))  # type: ignore[arg-type]
    )
    kept = await database.get_claim("c_1")
    assert kept is not None
    assert sorted(kept.method) == list("abcdefgh")
    with pytest.raises(ValueError, match="no"):
        await database.update_claim("c_1", _refuse)
    assert await database.get_claim("c_1") == kept
    assert await database.get_claim("c_9") is None


def _refuse(claim: Claim) -> Claim:
    raise ValueError("no")


async def test_two_readings_at_once_leave_the_claims_of_one(database: Database, backend: Backend) -> None:
    other = backend.database()
    await asyncio.gather(
        database.replace_claims("p_1", extraction("offline"), [at(n, 30.0 * n) for n in range(5)]),
        other.replace_claims("p_1", extraction("openai"), [at(n, 30.0 * n) for n in range(5, 12)]),
    )
    kept = {found.id for found in await database.list_claims("p_1")}
    assert kept in ({f"c_{n}" for n in range(5)}, {f"c_{n}" for n in range(5, 12)})
    paper = await database.get_paper("p_1")
    assert paper is not None
    assert paper.claim_count == len(kept)


async def test_claims_keep_the_order_of_the_reading(database: Database) -> None:
    await database.replace_claims("p_1", extraction("offline"), [at(n, 30.0 * n) for n in (3, 1, 2)])
    assert [found.id for found in await database.list_claims("p_1")] == ["c_3", "c_1", "c_2"]
    await judge(database, at(2, 60, status=ClaimStatus.CONFIRMED))
    await database.replace_claims("p_1", extraction("offline"), [at(n, 30.0 * n) for n in (2, 1, 3)])
    assert [found.id for found in await database.list_claims("p_1")] == ["c_2", "c_1", "c_3"]


async def test_what_a_provider_keeps_is_known_until_it_is_deleted(database: Database) -> None:
    first = await database.put_remote_index(remote_index("p_9", file_id="one"))
    assert await database.put_remote_index(remote_index("p_9", file_id="two")) == first
    assert await database.get_remote_index("p_9") == first
    replaced = first.model_copy(update={"ready": True})
    await database.replace_remote_index(replaced)
    await database.replace_remote_index(remote_index("p_1"))
    assert await database.get_remote_index("p_9") == replaced
    assert await database.stray_remote_indexes(utc_now()) == [replaced], "that of p_1 has its paper"
    assert await database.stray_remote_indexes(utc_now() - timedelta(hours=1)) == []
    await database.delete_remote_index("p_9")
    assert await database.get_remote_index("p_9") is None


async def test_one_validation_of_a_run_goes_on_at_a_time(database: Database, backend: Backend) -> None:
    await database.add_run(run(1), None, 10)
    other = backend.database()
    opened = await asyncio.gather(
        *((database, other)[n % 2].open_validation(validation(n)) for n in range(6))
    )
    assert len({each.id for each in opened if each is not None}) == 1
    (live,) = await database.live_validations()
    assert live in opened
    ended = live.model_copy(update={"status": ValidationStatus.IDENTICAL})
    assert await database.keep_validation(ended)
    assert not await database.keep_validation(live), "an end is never left"
    assert await database.get_validation(live.id) == ended
    later = validation(7, created_at=utc_now())
    assert await database.open_validation(later) == later
    assert await database.latest_validation("r_1") == later
    assert await database.latest_validation("r_2") is None
    assert await database.get_validation("v_none") is None


async def test_a_story_is_written_over_by_its_next_version_only(database: Database, backend: Backend) -> None:
    other = backend.database()
    assert await database.put_storyboard(story(1))
    assert not await other.put_storyboard(story(1, "s_2")), "a paper has one story"
    assert not await other.put_storyboard(story(3))
    written = await asyncio.gather(*((database, other)[n % 2].put_storyboard(story(2)) for n in range(6)))
    assert sum(written) == 1
    kept = await database.get_storyboard("s_1")
    assert kept is not None
    assert kept.version == 2
    assert await database.paper_storyboard("p_1") == kept
    assert await database.get_storyboard("s_2") is None
    assert await database.paper_storyboard("p_2") is None


async def test_datasets_have_names_of_their_own(database: Database, backend: Backend) -> None:
    other = backend.database()
    put = await asyncio.gather(
        *((database, other)[n % 2].put_dataset(dataset(n, "mine")) for n in range(4)), return_exceptions=True
    )
    assert sorted(type(result).__name__ for result in put) == ["NoneType", "P2NError", "P2NError", "P2NError"]
    (kept,) = await database.list_datasets()
    refused = next(error for error in put if isinstance(error, P2NError))
    assert (refused.code, refused.info.detail) == (ErrorCode.E_CONFLICT, {"dataset_id": kept.id})
    assert await database.get_dataset("mine") == await database.get_dataset(kept.id) == kept
    renamed = kept.model_copy(update={"name": "yours"})
    await database.put_dataset(renamed)
    assert await database.get_dataset("mine") is None
    # A name that is spelt like another one's id does not hide that one.
    await database.put_dataset(dataset(7, kept.id))
    assert await database.get_dataset(kept.id) == renamed
    assert [each.id for each in await database.list_datasets()] == ["d_7", kept.id]
    await database.delete_dataset(kept.id)
    assert (await database.get_dataset(kept.id)) == dataset(7, kept.id).model_copy(
        update={"created_at": (await database.list_datasets())[0].created_at}
    )


async def test_lists_are_complete_however_many_pages_they_take(database: Database) -> None:
    many = 105
    for number in range(many):
        await database.add_run(run(number), None, 1000)
    runs = await database.list_runs(limit=1000)
    assert [each.id for each in runs] == [f"r_{number}" for number in reversed(range(many))]
    assert [each.id for each in await database.list_runs(limit=60, offset=41)] == [
        f"r_{number}" for number in reversed(range(4, 64))
    ]
    assert await database.list_runs(limit=10, offset=many) == []
    assert await database.count_runs() == many


def test_every_operation_of_the_contract_is_in_this_suite() -> None:
    operations = [name for name, member in vars(Database).items() if inspect.iscoroutinefunction(member)]
    text = Path(__file__).read_text()
    tested = {name for name in operations if f".{name}(" in text}
    # Called by the fixtures, at the end of each test.
    assert set(operations) - tested - {"close"} == set()
