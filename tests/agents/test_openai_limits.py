"""What a reading does where a part of it fails, and what it never passes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

import pytest

from p2n_ext.agents.combined import CombinedReader
from p2n_ext.agents.offline import OfflineReader
from p2n_ext.agents.openai import OpenAIReader
from p2n_ext.protocols import Reading
from p2n_schemas.claims import Quote
from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.events import Stage
from p2n_schemas.papers import Paper
from tests.agents.openai_reading import RIGHT, Outcome, ReadOnce, answer, desk, proposal
from tests.openai_double import OpenAIDouble, serving


class Broken:
    """A reader with a fault of its own, which nothing outside can make the real ones have."""

    name = "openai"
    names = ("openai",)
    model = "broken"

    async def read(self, paper: Paper, pdf: Path) -> AsyncGenerator[Reading, None]:
        await asyncio.sleep(0)
        raise ValueError("a fault of ours")
        yield


class Unlocated(ReadOnce):
    """Finds no number within its line, as in one that a footnote's letter is set against."""

    async def locate_all(self, pdf: Path, wanted: Sequence[tuple[int, str]]) -> list[list[Quote]]:
        return [[] for _ in wanted]


@pytest.mark.parametrize("strict", [True, False])
async def test_a_fault_of_ours_in_the_models_reader_leaves_what_the_rules_found(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, strict: bool
) -> None:
    async with desk("http://127.0.0.1:9/v1", tmp_path) as here:
        outcome = Outcome()
        reader = CombinedReader(OfflineReader(), Broken(), strict)
        if strict:
            with pytest.raises(ValueError, match="a fault of ours"):
                await here.read(reader, outcome=outcome)
        else:
            await here.read(reader, outcome=outcome)
            assert [n.code for n in outcome.notices] == [ErrorCode.E_INTERNAL]
            assert "a fault of ours" not in outcome.notices[0].model_dump_json()
            assert "a fault of ours" in caplog.text
        assert len(outcome.claims) > 20


@pytest.mark.parametrize("strict", [True, False])
async def test_a_model_that_fails_after_its_first_claim_fails_who_asked_for_it(
    tmp_path: Path, strict: bool
) -> None:
    text = answer(*RIGHT[:2])[:-20]
    with serving(OpenAIDouble([{"text": text}])) as server:
        async with desk(server.base_url, tmp_path) as here:
            outcome = Outcome()
            reader = CombinedReader(OfflineReader(), here.reader, strict)
            if strict:
                with pytest.raises(P2NError) as raised:
                    await here.read(reader, outcome=outcome)
                assert raised.value.code is ErrorCode.E_MODEL_OUTPUT_INVALID
                assert outcome.notices == []
            else:
                await here.read(reader, outcome=outcome)
                assert [n.code for n in outcome.notices] == [ErrorCode.E_MODEL_OUTPUT_INVALID]
    assert any("openai" in c.readers for c in outcome.claims.values())


async def test_a_number_that_has_no_box_of_its_own_is_dropped(tmp_path: Path) -> None:
    told = [RIGHT[1], proposal("97.54%", "logistic regression", "WDBC", label="Abstract")]
    with serving(OpenAIDouble([{"text": answer(*told)}])) as server:
        async with desk(server.base_url, tmp_path) as here:
            reader = OpenAIReader(here.client, here.index, Unlocated(), here.database)
            outcome = await here.read(reader)
    assert outcome.values() == {"96.30"}, "a cell has a box of its own"
    assert [d.reason for d in outcome.dropped] == [
        "the number could not be made out within its line on page 1"
    ]


async def test_searches_are_told_up_to_a_bound(tmp_path: Path) -> None:
    with serving(OpenAIDouble([{"text": answer(), "searches": 400}])) as server:
        async with desk(server.base_url, tmp_path) as here:
            outcome = await here.read()
            [call] = await here.database.list_model_calls("p_sample")
    assert sum(s.stage is Stage.SEARCH for s in outcome.steps) == 50
    assert call.searches == 400


async def test_the_event_loop_goes_on_while_proposals_are_checked(tmp_path: Path) -> None:
    told = [proposal(f"{n % 90 + 10}.{n % 10}", f"1-NN {n}") for n in range(300)]
    worst = 0.0

    async def tick() -> None:
        nonlocal worst
        loop = asyncio.get_running_loop()
        while True:
            begin = loop.time()
            await asyncio.sleep(0.005)
            worst = max(worst, loop.time() - begin)

    with serving(OpenAIDouble([{"text": answer(*RIGHT, *told)}])) as server:
        async with desk(server.base_url, tmp_path) as here:
            await here.read()  # imports and the sample's layout are not what is measured
            ticking = asyncio.create_task(tick())
            outcome = await here.read()
            ticking.cancel()
    assert len(outcome.dropped) == 300
    assert worst < 0.5
