"""The coder over the real SDK, its code tried in the real sandbox: checked, run on a part of the data, mended from the real error."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from p2n_ext.agents.openai import OpenAICoder, OpenAIPlanner
from p2n_ext.agents.planning import OfflinePlanner
from p2n_ext.agents.planning_combined import CombinedPlanner
from p2n_ext.catalog.notebooks import CatalogNotebookBuilder
from p2n_ext.protocols import CodeTrial, EventSink, Planned
from p2n_ext.services.code_trials import SandboxTrial
from p2n_ext.stores.files import LocalObjectStore
from p2n_ext.stores.signing import Signer
from p2n_schemas.claims import Claim
from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.papers import Paper
from p2n_schemas.plans import Fidelity, PlanBody
from p2n_schemas.runs import RunSpec
from ray_runner.sandbox.docker import DockerSandbox
from ray_runner.sandbox.lock import DockerResolver
from ray_runner.task import run
from ray_runner.workdir import run_folder
from tests.agents.openai_planning import CLAIMS, PAGES, PAPER, RIGHT, Desk, desk, quote
from tests.openai_double import OpenAIDouble, serving

BARREL = "The vote of the ensemble that we call Barrel joins a nearest neighbour rule and a random forest."
HEAD = "def fit_predict(X_train, y_train, X_test, seed):\n"
VOTE = f"""{HEAD}    from sklearn.ensemble import RandomForestClassifier, VotingClassifier
    from sklearn.neighbors import KNeighborsClassifier

    nearest = KNeighborsClassifier(n_neighbors=1)
    forest = RandomForestClassifier(random_state=seed)
    vote = VotingClassifier([("nearest", nearest), ("forest", forest)])
    return vote.fit(X_train, y_train).predict(X_test)
"""


def code(source: str, *quotes: dict[str, Any], possible: bool = True) -> dict[str, str]:
    answer = {
        "possible": possible,
        "why": "" if possible else "It is only named.",
        "quotes": list(quotes or [quote(BARREL)]),
        "assumptions": ["100 trees"],
        "code": source,
    }
    return {"text": json.dumps(answer)}


class Here:
    """Runs in this process and a real container: what Ray does besides is nothing that a trial could see."""

    on_lost = None

    async def submit(self, spec: RunSpec, sink: EventSink) -> None:
        events: list[bytes] = []

        def sandbox(run_id: str, cancelled: Any) -> DockerSandbox:
            return DockerSandbox(run_id, cancelled=cancelled)

        await asyncio.to_thread(run, spec, events.append, sandbox)
        shutil.rmtree(run_folder(spec.run_id), ignore_errors=True)
        await sink(spec.run_id, events)

    async def cancel(self, run_id: str) -> None:
        raise AssertionError("it has ended")


class Never:
    """A trial that nothing may come to."""

    async def __call__(self, body: PlanBody, claims: Sequence[Claim], paper: Paper) -> str | None:
        raise AssertionError("it was tried")


async def plan(here: Desk, trial: CodeTrial, max_retries: int = 2) -> Planned:
    coder = OpenAICoder(here.client, here.database, trial, max_retries)
    planner = OpenAIPlanner(here.client, here.database, coder)
    both = CombinedPlanner(OfflinePlanner(), planner, here.door.problems, strict=True)
    return await both.plan(PAPER, CLAIMS, PAGES, 5)


@pytest.mark.docker
async def test_code_is_checked_tried_and_mended_until_it_runs(tmp_path: Path) -> None:
    builder = CatalogNotebookBuilder()
    objects = LocalObjectStore(tmp_path / "objects", Signer(b"k" * 32), lambda: "/")
    trial = SandboxTrial(objects, builder, DockerResolver(), Here())  # type: ignore[arg-type]
    reaching = f"{HEAD}    import os\n    return X_test[:, 0]\n"
    failing = f"{HEAD}    return X_test.no_such_thing\n"
    answers = [{"text": RIGHT}, code(reaching), code(failing), code(VOTE)]
    with serving(OpenAIDouble(answers)) as double:
        async with desk(double.base_url, tmp_path) as here:
            planned = await plan(here, trial)
            calls = await here.database.list_model_calls(PAPER.id)
    barrel = next(e for e in planned.body.experiments if e.model.named_in_paper_as == "Barrel")
    assert barrel.model.generated is not None
    assert (barrel.model.name, barrel.model.generated.attempts) == ("generated", 3)
    assert barrel.model.generated.source == VOTE.strip()
    assert barrel.fidelity is Fidelity.REDUCED
    assert "generated code" in barrel.fidelity_reasons[0]
    assert [(m.claim_id, m.goal) for m in barrel.metrics] == [("c_barrel", 0.98)]
    assert BARREL in [j.quote.text for j in barrel.justifications]
    assert planned.body.policy.max_retries == 2
    assert any(a.choice == "100 trees" for a in planned.body.assumptions)
    assert not planned.body.unplanned
    told = [body["input"][-1]["content"] for body in double.asked("POST /responses")]
    assert "the module os may not be imported" in told[2]
    assert "no_such_thing" in told[3]
    assert sorted(c.agent for c in calls) == ["coder", "coder", "coder", "planner"]
    notebook = json.loads(builder.build(planned.body, CLAIMS, PAPER).notebook)
    texts = ["".join(cell["source"]) for cell in notebook["cells"]]
    assert any("**Not in the catalogue**: the model gpt" in text for text in texts)
    assert any(
        "# Written by a language model" in text and "def fit_predict_barrel(" in text for text in texts
    )


NONE: dict[str, tuple[dict[str, Any], str]] = {
    "not described": (code("", possible=False), "leaves it open: It is only named"),
    "a quote that is not there": (code(VOTE, quote("Barrel is a vote.")), "its quote does not stand"),
    "words about something else": (code(VOTE, quote(PAGES[0].splitlines()[4])), "name the method"),
    "code that may not be run": (
        code(f"{HEAD}    return open('/etc/passwd')"),
        "open is not the function's own",
    ),
}


@pytest.mark.parametrize("case", NONE)
async def test_without_sound_code_the_claim_stays_unplanned_with_the_reason(
    case: str, tmp_path: Path
) -> None:
    answer, why = NONE[case]
    with serving(OpenAIDouble([{"text": RIGHT}, answer])) as double:
        async with desk(double.base_url, tmp_path) as here:
            planned = await plan(here, Never(), max_retries=1)
    [left] = planned.body.unplanned
    assert (left.claim_id, left.reason) == ("c_barrel", "method_unknown")
    assert why in left.message
    assert all(e.model.generated is None for e in planned.body.experiments)
    assert len(double.asked("POST /responses")) <= 3


async def test_a_coder_that_fails_takes_nothing_from_the_plan(tmp_path: Path) -> None:
    with serving(OpenAIDouble([{"text": RIGHT}, {"refusal": "No."}])) as double:
        async with desk(double.base_url, tmp_path) as here:
            planned = await plan(here, Never())
    assert {e.model.named_in_paper_as for e in planned.body.experiments} == {"Grape", "Random forest"}
    assert any("code for methods outside the catalogue" in line for line in planned.body.explain)


async def test_a_person_cannot_bring_in_code_that_may_not_be_run(tmp_path: Path) -> None:
    with serving(OpenAIDouble([{"text": RIGHT}])) as double:
        async with desk(double.base_url, tmp_path) as here:
            body = (await here.plan()).body
            first = body.experiments[0]
            model = first.model.model_copy(
                update={
                    "name": "generated",
                    "parameters": {},
                    "generated": {
                        "source": f"{HEAD}    import os\n    return os.listdir()",
                        "written_by": "me",
                        "attempts": 1,
                    },
                }
            )
            changed = PlanBody.model_validate(
                body.model_dump()
                | {"experiments": [first.model_dump() | {"model": model.model_dump(warnings=False)}]}
            )
            with pytest.raises(P2NError) as caught:
                await here.door.problems(changed, PAPER, CLAIMS, PAGES)
    assert caught.value.code is ErrorCode.E_VALIDATION
    assert "os may not be imported" in str(caught.value)
