"""The model's storyteller over the real SDK against the strict stand-in: what it may say, a repair, and the story that stays."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from p2n_ext.agents.openai import OpenAIClient, OpenAISettings, OpenAIStoryteller, PaintedStoryteller
from p2n_ext.agents.openai.prices import DEFAULT_PRICES, Price
from p2n_ext.agents.story import OfflineStoryteller
from p2n_ext.agents.story_combined import CombinedStoryteller
from p2n_ext.protocols import StorySource
from p2n_ext.stores.sqlite import SqliteDatabase
from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.storyboards import StoryKind
from tests.agents.stories import a_paper, check_picture, check_story, source_of
from tests.agents.test_story import CLAIMS, HOSTILE
from tests.openai_double import OpenAIDouble, serving
from tests.openai_standin import Standin, standin

KEY = "sk-p2n-planted-4f1c9d7ewxyq"
WORDS: dict[str, dict[str, Any]] = {
    "paper": {
        "title": "A new paper to check",
        "text": "Some people wrote a paper. Its name is “Grapes Told Apart”. We found 3 scores in it. Let us see if they"
        " are true!",
        "facts": ["paper", "results"],
    },
    "claim": {
        "title": "The big score",
        "text": "The paper says that “1-NN” can tell “Wine” apart. It got 95 out of 100 right. Is that true? We will see!",
        "facts": ["claim"],
    },
    "data": {
        "title": "All the rows",
        "text": "The data is named “Wine”. It has 178 rows. There are 3 kinds of rows. The task is to guess the kind.",
        "facts": ["dataset"],
    },
    "method": {
        "title": "Ask your friends",
        "text": "This is how “1-NN” works. It looks for rows that are like the new one. They are its friends. Each friend"
        " gets a vote. Then the most votes win.",
        "facts": ["method"],
    },
    "plan": {
        "title": "No plan yet",
        "text": "First we need a plan. It tells us what to do. There is no plan yet. So there is no test yet, too.",
        "facts": ["plan"],
    },
}
GLOSSARY = [{"word": "score", "meaning": "A number that tells how well a thing works."}]


def story(**changes: dict[str, Any] | None) -> str:
    """The right answer, with pages changed or (None) left out."""
    pages = [
        {"kind": kind, "alt_text": "A small robot looks at it."} | page | (changes.get(kind) or {})
        for kind, page in WORDS.items()
        if changes.get(kind, page) is not None
    ]
    return json.dumps({"pages": pages, "glossary": GLOSSARY})


HARD = (
    "We considerable experimentation necessitates extraordinarily sophisticated computational infrastructure. "
    * 2
)
RIGHT = story()
WRONG: dict[str, tuple[str, ErrorCode]] = {
    "number": (
        story(data={"text": f"{WORDS['data']['text']} It is 99 years old."}),
        ErrorCode.E_STORY_UNFOUNDED,
    ),
    "name": (
        story(paper={"text": f"{WORDS['paper']['text']} They work at Google."}),
        ErrorCode.E_STORY_UNFOUNDED,
    ),
    "few": (story(plan=None, method=None), ErrorCode.E_STORY_TOO_FEW_PAGES),
    "mute": (story(plan={"alt_text": "…"}), ErrorCode.E_STORY_ALT_TEXT),
    "hard": (story(plan={"text": HARD}), ErrorCode.E_STORY_TOO_HARD),
    "empty": (story(plan={"text": "No."}), ErrorCode.E_STORY_TEXT),
    "prose": ("Once upon a time", ErrorCode.E_MODEL_OUTPUT_INVALID),
}
FAULTS: dict[str, tuple[dict[str, Any], ErrorCode | None]] = {
    "busy": ({"status": 429, "retry_after": 0}, None),
    "dropped": ({"drop_after": 5, "text": RIGHT}, None),
    "refused": ({"refusal": "No."}, ErrorCode.E_MODEL_REFUSED),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standin]:
    answers: dict[str, list[Any]] = {f"mend-{name}": [wrong, RIGHT] for name, (wrong, _) in WRONG.items()}
    answers |= {f"stays-{name}": [wrong, wrong] for name, (wrong, _) in WRONG.items()}
    answers |= {name: [fault, RIGHT] for name, (fault, _) in FAULTS.items()}
    with standin(tmp_path_factory.mktemp("story"), answers | {"*": [RIGHT]}) as running:
        yield running


@asynccontextmanager
async def desk(
    base_url: str, folder: Path, model: str, **settings: Any
) -> AsyncIterator[tuple[StorySource, OpenAIClient, SqliteDatabase]]:
    given: dict[str, Any] = {"pause_seconds": 0.01, "seconds": 60.0, "idle_seconds": 20.0} | settings
    source = await source_of(folder, a_paper(), CLAIMS)
    client = OpenAIClient(
        OpenAISettings(api_key=KEY, base_url=base_url, models={"storyteller": model}, **given)
    )
    database = SqliteDatabase(folder / "p2n.sqlite3")
    try:
        yield source, client, database
    finally:
        await client.close()
        await database.close()


@pytest.mark.parametrize("model", ["gpt-4o", "o1-mini", "gpt-5"])
async def test_every_kind_of_model_tells_it(server: Standin, tmp_path: Path, model: str) -> None:
    async with desk(server.base_url, tmp_path, model) as (source, client, database):
        made = await OpenAIStoryteller(client, database, OfflineStoryteller()).tell(source)
        [call] = await database.list_model_calls("p")
    check_story(replace(made, glossary=made.glossary[:1]))
    assert made.author == model
    assert [page.author for page in made.pages] == [model] * 5 + ["offline"]
    assert made.pages[0].title == "A new paper to check"
    assert made.pages[0].alt_text == "A small robot looks at it."
    assert (call.agent, call.model, call.outcome) == ("storyteller", model, "completed")
    body = server.requests("/responses", model)[-1]
    assert ("text" in body) == (model != "o1-mini")


@pytest.mark.parametrize("name", WRONG)
async def test_what_is_wrong_is_mended_once_and_then_refused(
    server: Standin, tmp_path: Path, name: str
) -> None:
    async with desk(server.base_url, tmp_path, f"mend-{name}") as (source, client, database):
        made = await OpenAIStoryteller(client, database, OfflineStoryteller()).tell(source)
        assert len(await database.list_model_calls("p")) == 2
    assert made.pages[0].author == f"mend-{name}"
    asked = server.requests("/responses", f"mend-{name}")
    assert "can't be used" in json.dumps(asked[-1]["input"])
    async with desk(server.base_url, tmp_path / "again", f"stays-{name}") as (source, client, database):
        teller = OpenAIStoryteller(client, database, OfflineStoryteller())
        with pytest.raises(P2NError) as caught:
            await teller.tell(source)
        assert caught.value.code is WRONG[name][1]
        assert len(await database.list_model_calls("p")) == 2, "mended once, not for ever"
        both = await CombinedStoryteller(OfflineStoryteller(), teller).tell(source)
    assert both.author == "offline"
    assert [notice.code for notice in both.notices] == [WRONG[name][1]]
    check_story(both)


@pytest.mark.parametrize("fault", FAULTS)
async def test_faults_of_the_provider(server: Standin, tmp_path: Path, fault: str) -> None:
    async with desk(server.base_url, tmp_path, fault) as (source, client, database):
        teller = OpenAIStoryteller(client, database, OfflineStoryteller())
        if (code := FAULTS[fault][1]) is None:
            assert (await teller.tell(source)).author == fault
        else:
            with pytest.raises(P2NError) as caught:
                await teller.tell(source)
            assert caught.value.code is code


async def test_a_spent_cap_keeps_the_model_from_being_asked(server: Standin, tmp_path: Path) -> None:
    async with desk(server.base_url, tmp_path, "gpt-4o", cap_usd=0.0001) as (source, client, database):
        asked = len(server.requests("/responses", "gpt-4o"))
        both = CombinedStoryteller(
            OfflineStoryteller(), OpenAIStoryteller(client, database, OfflineStoryteller())
        )
        made = await both.tell(source)
    assert [notice.code for notice in made.notices] == [ErrorCode.E_POLICY_CAP_EXCEEDED]
    assert len(server.requests("/responses", "gpt-4o")) == asked


async def test_a_hostile_paper_stands_in_the_prompt_as_data(server: Standin, tmp_path: Path) -> None:
    async with desk(server.base_url, tmp_path, "hostile") as (source, client, database):
        paper = source.paper.model_copy(update={"title": HOSTILE})
        with pytest.raises(P2NError) as caught:
            await OpenAIStoryteller(client, database, OfflineStoryteller()).tell(replace(source, paper=paper))
    assert caught.value.code is ErrorCode.E_STORY_UNFOUNDED, "the story of another paper does not pass"
    text = json.dumps(server.requests("/responses", "hostile")[0]["input"], ensure_ascii=False)
    assert text.count("<paper-abababababababababababab>") == 2


def a_png(size: tuple[int, int] = (600, 400)) -> str:
    out = io.BytesIO()
    Image.new("RGB", size, "orange").save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


def an_answer(encoded: str) -> tuple[int, Any, dict[str, str]]:
    usage = {"input_tokens": 50, "output_tokens": 1500, "total_tokens": 1550}
    usage["input_tokens_details"] = {"text_tokens": 50, "image_tokens": 0}  # type: ignore[assignment]
    return 200, {"created": 1, "data": [{"b64_json": encoded}], "usage": usage}, {}


PAINTER = {"cap_usd": 5.0, "prices": {**DEFAULT_PRICES, "painter": Price(5.0, 5.0, 40.0)}}


async def test_an_image_model_paints_all_but_the_scoreboard(tmp_path: Path) -> None:
    double = OpenAIDouble([{"text": ""}])
    double.faults["POST /images/{id}"] = [an_answer(a_png()) for _ in range(9)]
    with serving(double):
        async with desk(double.base_url, tmp_path, "gpt-4o", **PAINTER) as (source, client, database):
            plain = await OfflineStoryteller().tell(source)
            made = await PaintedStoryteller(OfflineStoryteller(), client, database, "painter").tell(source)
            calls = await database.list_model_calls("p")
    assert made.notices == ()
    for page, drawn in zip(made.pages, plain.pages, strict=True):
        assert page.alt_text == drawn.alt_text
        if page.kind is StoryKind.SCOREBOARD:
            assert page == drawn
        else:
            assert page.artist == "painter"
            check_picture(page.svg, painted=True)
    assert [call.model for call in calls] == ["painter"] * 5
    assert calls[0].cost_usd == pytest.approx((50 * 5 + 1500 * 40) / 1e6)
    assert double.asked("POST /images/{id}")[0]["model"] == "painter"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ((500, {"error": {"message": "no", "code": None}}, {}), ErrorCode.E_MODEL_UNAVAILABLE),
        ((400, {"error": {"message": "no such size", "code": None}}, {}), ErrorCode.E_MODEL_REJECTED),
        (an_answer("!!"), ErrorCode.E_MODEL_OUTPUT_INVALID),
        (an_answer(base64.b64encode(b"<svg onload='x'/>").decode()), ErrorCode.E_MODEL_OUTPUT_INVALID),
        (an_answer(a_png((5000, 10))), ErrorCode.E_MODEL_OUTPUT_INVALID),
        ((200, {"created": 1, "data": [{"url": "http://x.invalid/"}]}, {}), ErrorCode.E_MODEL_OUTPUT_INVALID),
    ],
)
async def test_where_no_picture_comes_the_drawing_stays(tmp_path: Path, answer: Any, code: ErrorCode) -> None:
    double = OpenAIDouble([{"text": ""}])
    double.faults["POST /images/{id}"] = [an_answer(a_png()), answer]
    with serving(double):
        async with desk(double.base_url, tmp_path, "gpt-4o", **PAINTER) as (source, client, database):
            plain = await OfflineStoryteller().tell(source)
            made = await PaintedStoryteller(OfflineStoryteller(), client, database, "painter").tell(source)
    assert [notice.code for notice in made.notices] == [code]
    assert [page.artist for page in made.pages] == ["painter"] + ["p2n"] * 5
    assert made.pages[1:] == plain.pages[1:]
    assert len(double.asked("POST /images/{id}")) == 2, "what failed once is not asked for again"
