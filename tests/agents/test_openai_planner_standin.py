"""The model's planner over the real SDK against the strict stand-in, which refuses what the official description does not allow."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from p2n_ext.agents.openai import OpenAICoder, OpenAIPlanner
from p2n_schemas.claims import Claim
from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.papers import Paper
from p2n_schemas.plans import PlanBody
from tests.agents.openai_planning import CLAIMS, PAGES, PAPER, RIGHT, desk
from tests.openai_standin import Standin, standin

KINDS = ("o1-mini", "gpt-4o", "gpt-5")
FAULTS: dict[str, tuple[dict[str, Any], ErrorCode | None]] = {
    "busy": ({"status": 429, "retry_after": 0}, None),
    "dropped": ({"drop_after": 5, "text": RIGHT}, None),
    "refused": ({"refusal": "No."}, ErrorCode.E_MODEL_REFUSED),
    "cut-off": (
        {"incomplete": "max_output_tokens", "text": RIGHT[:99]},
        ErrorCode.E_MODEL_OUTPUT_INVALID,
    ),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standin]:
    answers: dict[str, list[Any]] = {name: [fault, RIGHT] for name, (fault, _) in FAULTS.items()}
    impossible = {"possible": False, "why": "It is only named.", "quotes": [], "assumptions": [], "code": ""}
    answers["p2n_code"] = [json.dumps(impossible)]
    with standin(tmp_path_factory.mktemp("planner"), answers | {"*": [RIGHT]}) as running:
        yield running


@pytest.mark.parametrize("model", KINDS)
async def test_every_kind_of_model_is_asked_as_it_can_be(server: Standin, model: str, tmp_path: Path) -> None:
    async with desk(server.base_url, tmp_path, models={"planner": model}) as here:
        planned = await here.plan()
        [call] = await here.database.list_model_calls(PAPER.id)
    assert planned.planner == "offline+openai"
    assert {e.model.named_in_paper_as for e in planned.body.experiments} == {"Grape", "Random forest"}
    assert (call.agent, call.model, call.outcome, call.input_tokens) == (
        "planner",
        model,
        "completed",
        1200,
    )
    body = server.requests("/responses", model)[-1]
    assert ("text" in body, "instructions" in body) == ((model != "o1-mini"), (model != "o1-mini"))


async def test_the_coder_is_asked_as_the_description_allows(server: Standin, tmp_path: Path) -> None:
    async def never(body: PlanBody, claims: Sequence[Claim], paper: Paper) -> str | None:
        raise AssertionError("it was tried")

    async with desk(server.base_url, tmp_path) as here:
        coder = OpenAICoder(here.client, here.database, never)
        body = await OpenAIPlanner(here.client, here.database, coder).plan(PAPER, CLAIMS, PAGES, 5)
        calls = await here.database.list_model_calls(PAPER.id)
    assert ["It is only named" in entry.message for entry in body.unplanned] == [True]
    assert sorted((c.agent, c.model) for c in calls) == [("coder", "gpt-4o"), ("planner", "o1-mini")]


@pytest.mark.parametrize("fault", FAULTS)
async def test_faults_of_the_provider(server: Standin, fault: str, tmp_path: Path) -> None:
    prices = {"models": {"planner": fault}}
    async with desk(server.base_url, tmp_path, **prices) as here:
        if (code := FAULTS[fault][1]) is None:
            assert (await here.plan()).planner == "offline+openai"
            assert len(await here.database.list_model_calls(PAPER.id)) == 2
        else:
            with pytest.raises(P2NError) as caught:
                await here.plan()
            assert caught.value.code is code
