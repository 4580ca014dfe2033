"""The door for whole plans: v1.1 to the letter, and nothing in it that the paper or the catalogue does not bear out."""

from __future__ import annotations

import asyncio
import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2n_ext.services.plan_door import parse_plan
from p2n_schemas.api import PlanRequest
from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.plans import Plan

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "schemas" / "json" / "plan-1.1.json").read_text())
EXAMPLE = json.loads((ROOT / "examples" / "plans" / "tabular_classification.json").read_text())

Change = Callable[[dict[str, Any]], Any]

# what the models say, and the JSON Schema too
SHAPE: dict[str, Change] = {
    "version": lambda plan: plan.update(version="1.0"),
    "unknown field": lambda plan: plan.update(note="x"),
    "unknown field deep": lambda plan: plan["experiments"][0]["model"].update(seed=3),
    "budget of 21": lambda plan: plan["policy"].update(budget_minutes=21),
    "budget of 0": lambda plan: plan["policy"].update(budget_minutes=0),
    "budget as text": lambda plan: plan["policy"].update(budget_minutes="5"),
    "budget as a fraction": lambda plan: plan["policy"].update(budget_minutes=5.5),
    "no experiments": lambda plan: plan.update(experiments=[]),
    "no justifications": lambda plan: plan.update(justifications=[]),
    "fidelity": lambda plan: plan["experiments"][0].update(fidelity="perfect"),
    "an id with a space": lambda plan: plan["experiments"][0].update(id="a b"),
    "a page of 0": lambda plan: plan["justifications"][0]["quote"].update(page=0),
    "tolerance of 0": lambda plan: plan["experiments"][0]["metrics"][0].update(tolerance=0),
    "a flag as a number": lambda plan: plan.update(license_compliant=1),
    "no dataset": lambda plan: plan.pop("dataset"),
    "null": lambda plan: plan.update(config=None),
    "a negative seed": lambda plan: plan["config"].update(seed=-1),
}
# what a JSON Schema can't say
MEANING: dict[str, Change] = {
    "two experiments of one id": lambda plan: plan["experiments"].append(plan["experiments"][0]),
    "a hold-out without its share": lambda plan: plan["config"]["protocol"].update(test_fraction=None),
}


def changed(change: Change) -> dict[str, Any]:
    plan: dict[str, Any] = copy.deepcopy(EXAMPLE)
    change(plan)
    return plan


def refused(document: bytes) -> P2NError:
    with pytest.raises(P2NError) as caught:
        parse_plan(document)
    assert caught.value.code is ErrorCode.E_VALIDATION
    assert caught.value.info.detail["problems"]
    return caught.value


@pytest.mark.parametrize("name", SHAPE)
def test_model_and_json_schema_refuse_the_same(name: str) -> None:
    plan = changed(SHAPE[name])
    refused(json.dumps(plan).encode())
    refused(json.dumps({"plan": plan}).encode())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(plan, SCHEMA)


@pytest.mark.parametrize("name", MEANING)
def test_the_model_refuses_what_the_schema_can_t_see(name: str) -> None:
    refused(json.dumps(changed(MEANING[name])).encode())


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_json_has_not(number: str) -> None:
    for marked in (
        changed(lambda plan: plan["experiments"][0]["metrics"][0].update(goal="@")),
        changed(lambda plan: plan["experiments"][0]["model"]["parameters"].update(C="@")),
        changed(lambda plan: plan["experiments"][0]["model"]["parameters"].update(hidden=[{"x": "@"}])),
    ):
        refused(json.dumps(marked).replace('"@"', number).encode())


@pytest.mark.parametrize(
    "document",
    [b"", b"{", b"[]", b"null", b'{"plan": null}', b'{"plan": {}}', b"\xff", b'{"plan": {}, "x": 1}'],
)
def test_what_is_no_plan(document: bytes) -> None:
    refused(document)


def test_a_plan_comes_bare_or_wrapped() -> None:
    assert parse_plan(json.dumps(EXAMPLE).encode()) == parse_plan(json.dumps({"plan": EXAMPLE}).encode())
    jsonschema.validate(EXAMPLE, SCHEMA)


PATHS: list[tuple[Any, ...]] = [
    ("version",), ("dataset", "name"), ("config", "seed"), ("config", "repeats"), ("config", "protocol", "folds"),
    ("experiments", 0, "estimated_seconds"), ("experiments", 0, "config", "epochs"), ("policy", "max_retries"),
    ("experiments", 0, "metrics", 0, "goal"), ("experiments", 0, "metrics", 0, "direction"), ("license_compliant",),
    ("visualizations",), ("justifications", 0, "quote", "box"), ("assumptions", 0, "choice"),
]  # fmt: skip
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5000),
    st.floats(-10, 10, allow_nan=False).filter(lambda value: not value.is_integer()),
    st.text(max_size=4),
    st.just("maximize"),
    st.lists(st.text(max_size=3), max_size=2),
    st.just({}),
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(PATHS), VALUES)
def test_model_and_json_schema_agree_on_any_value(path: tuple[Any, ...], value: Any) -> None:
    def put(plan: dict[str, Any]) -> None:
        place: Any = plan
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value

    plan = changed(put)
    valid = jsonschema.Draft202012Validator(SCHEMA).is_valid(plan)
    try:
        parse_plan(json.dumps(plan).encode())
    except P2NError:
        assert not valid
    else:
        assert valid


class Door:
    """The real services over the sample paper."""

    def __init__(self, folder: Path) -> None:
        from p2n_ext.app import P2NApp

        app = P2NApp()
        app.data_dir = str(folder)
        self.services = app.build()
        self.paper_id, self.plan = asyncio.run(self._prepare())

    async def _prepare(self) -> tuple[str, Plan]:
        paper = (await self.services.ingest.ingest_sample()).paper
        self.services.extraction.start(paper)
        async for _ in self.services.extraction.events(paper.id):
            pass
        return paper.id, await self.services.planning.create(paper.id, PlanRequest(budget_minutes=5))


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Door:
    return Door(tmp_path_factory.mktemp("door") / "p2n")


def store(door: Door, change: Change = lambda plan: None) -> Plan:
    document = json.loads(door.plan.body.model_dump_json())
    change(document)
    return asyncio.run(door.services.plan_door.store(door.paper_id, json.dumps({"plan": document}).encode()))


def test_a_person_s_plan_is_kept_as_such(door: Door) -> None:
    plan = store(door, lambda document: document["config"].update(seed=7))
    assert (plan.planner, plan.paper_id, plan.body.config.seed) == ("person", door.paper_id, 7)
    assert asyncio.run(door.services.planning.get(plan.id)) == plan


def test_the_shipped_plan_fits_the_shipped_paper(door: Door) -> None:
    plan = asyncio.run(door.services.plan_door.store(door.paper_id, json.dumps(EXAMPLE).encode()))
    assert len(plan.body.experiments) == len(EXAMPLE["experiments"])


WRONG: dict[str, tuple[Change, str]] = {
    "claim": (
        lambda plan: plan["experiments"][0]["metrics"][0].update(claim_id="c_none"),
        "no claim 'c_none'",
    ),
    "claim twice": (
        lambda plan: plan["experiments"][1]["metrics"][0].update(
            claim_id=plan["experiments"][0]["metrics"][0]["claim_id"]
        ),
        "planned twice",
    ),
    "unplanned claim": (
        lambda plan: plan["unplanned"].append({"claim_id": "c_none", "reason": "licence", "message": "x"}),
        "no claim 'c_none'",
    ),
    "quote": (
        lambda plan: plan["justifications"][0]["quote"].update(text="All figures are certain."),
        "not on page 1",
    ),
    "quote's page": (lambda plan: plan["justifications"][0]["quote"].update(page=2), "not on page 2"),
    "a page beyond the last": (
        lambda plan: plan["justifications"][0]["quote"].update(page=99),
        "not on page 99",
    ),
    "quote of white space": (lambda plan: plan["justifications"][0]["quote"].update(text=" "), "not on page"),
    "an experiment's quote": (
        lambda plan: plan["experiments"][0]["justifications"][0]["quote"].update(text="no such words"),
        "not on page",
    ),
    "licence": (lambda plan: plan["dataset"].update(licence="CC0"), "dataset.licence"),
    "compliance": (lambda plan: plan.update(license_compliant=False), "license_compliant is True"),
    "goal": (lambda plan: plan["experiments"][0]["metrics"][0].update(goal=0.1), "own unit"),
    "dataset": (lambda plan: plan["dataset"].update(name="boston"), "boston"),
    "method": (lambda plan: plan["experiments"][0]["model"].update(name="oracle"), "oracle"),
    "code in a parameter": (
        lambda plan: plan["experiments"][0]["model"].update(parameters={"k": "__import__('os')"}),
        "catalogue does not have",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_paper_or_catalogue_do_not_bear_out(door: Door, name: str) -> None:
    change, words = WRONG[name]
    before = len(asyncio.run(door.services.planning.plans(door.paper_id)))
    with pytest.raises(P2NError) as caught:
        store(door, change)
    assert caught.value.code is ErrorCode.E_VALIDATION
    assert words in caught.value.info.message
    assert len(asyncio.run(door.services.planning.plans(door.paper_id))) == before


def test_an_unknown_paper(door: Door) -> None:
    with pytest.raises(P2NError) as caught:
        asyncio.run(door.services.plan_door.store("p_none", json.dumps(EXAMPLE).encode()))
    assert caught.value.code is ErrorCode.E_NOT_FOUND
