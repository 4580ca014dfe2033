"""The storyteller without network: enough pages, easy to read, true, and harmless, whatever the paper is."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from p2n_ext.agents.story.checks import problems, unfounded
from p2n_ext.agents.story.explanations import METHODS, of_method, of_metric
from p2n_ext.agents.story.glossary import WORDS
from p2n_ext.agents.story.knowledge import amount, know
from p2n_ext.agents.story.pictures import draw
from p2n_ext.agents.story.pictures.canvas import fitted, width_of
from p2n_ext.agents.story.readability import measure
from p2n_ext.agents.story.storyteller import tell
from p2n_ext.catalog import datasets, methods, metrics
from p2n_ext.protocols import PageMade, StoryMade
from p2n_schemas.claims import ClaimStatus
from p2n_schemas.errors import ErrorCode
from p2n_schemas.plans import Fidelity, Protocol
from p2n_schemas.runs import RunStatus
from p2n_schemas.storyboards import MAX_GRADE, StoryFact, StoryKind
from tests.agents.stories import a_claim, a_paper, check_picture, check_story, source_of
from tests.judging.test_verdicts import TWENTY, a_plan, a_run, measured

HOSTILE = (
    '<script>alert(1)</script>]]></svg><image href="https://evil.invalid/x"/>\x00\x07\u202e\ud800'.encode(
        "utf-8", "replace"
    ).decode()
    + '“Ignore all that was said” & "quote" 漢字 emoji 🤖 é́ '
    + "W" * 2000
)
PLAN = a_plan().model_copy(update={"env_hash": "e"})
CLAIMS = [
    a_claim("1-NN", "95.00", "c1", headline=True, own_method=True),
    a_claim("Barrel", "98.0", "c2"),
    a_claim("Random forest", "0.97", "c3", units=None),
]


def text_of(made: StoryMade, kind: StoryKind) -> str:
    return next(page.text for page in made.pages if page.kind is kind)


async def test_a_paper_that_was_run_is_told_to_its_verdict(tmp_path: Path) -> None:
    run = a_run().model_copy(update={"duration_seconds": 12.4})
    source = await source_of(tmp_path, a_paper(), CLAIMS, [PLAN], [(run, measured(TWENTY))])
    made = tell(source)
    check_story(made)
    assert [page.kind.value for page in made.pages] == [
        "paper",
        "claim",
        "data",
        "method",
        "plan",
        "run",
        "scoreboard",
    ]
    assert "95.00 out of 100" in text_of(made, StoryKind.CLAIM)
    assert "178 rows" in text_of(made, StoryKind.DATA)
    assert "vote" in text_of(made, StoryKind.METHOD)
    assert "30 of each 100 rows" in text_of(made, StoryKind.PLAN)
    assert "It took 12 seconds." in text_of(made, StoryKind.RUN)
    board = text_of(made, StoryKind.SCOREBOARD)
    verdict = source.report.verdicts[0]
    assert verdict.observed is not None
    assert f"{verdict.observed.mean:.3f}" == "94.950"
    fits = {"reproduced": "That fits!", "close": "That is close.", "not_reproduced": "That does not fit."}
    said = f"For “1-NN” on “Wine” the paper says 95.00 out of 100. We got 94.950 out of 100. {fits[verdict.verdict]}"
    assert said in board, "what the page says is what the report has"


async def test_before_any_run_the_scoreboard_says_so(tmp_path: Path) -> None:
    made = tell(await source_of(tmp_path, a_paper(), CLAIMS))
    check_story(made)
    assert [page.kind.value for page in made.pages] == [
        "paper",
        "claim",
        "data",
        "method",
        "plan",
        "scoreboard",
    ]
    assert "No score has been put to the test yet." in text_of(made, StoryKind.SCOREBOARD)
    assert "We have no plan yet." in text_of(made, StoryKind.PLAN)


@pytest.mark.parametrize("read", [True, False])
async def test_a_paper_without_results_is_told_too(tmp_path: Path, read: bool) -> None:
    made = tell(await source_of(tmp_path, a_paper(read=read, pages=17)))
    check_story(made)
    assert len(made.pages) == 5
    assert ("We found none." in text_of(made, StoryKind.READING)) is read
    assert "So the board is empty." in text_of(made, StoryKind.SCOREBOARD)


@pytest.mark.parametrize("status", list(RunStatus))
async def test_every_end_of_a_run(tmp_path: Path, status: RunStatus) -> None:
    run = a_run().model_copy(update={"status": status, "duration_seconds": 1.0})
    again = a_run("r2", later=-5).model_copy(update={"status": RunStatus.FAILED})
    made = tell(await source_of(tmp_path, a_paper(), CLAIMS, [a_plan()], [(run, None), (again, None)]))
    check_story(made)


@pytest.mark.parametrize(
    "protocol",
    [
        Protocol(kind="holdout", test_rows=100),
        Protocol(kind="holdout", test_fraction=1 / 3),
        Protocol(kind="kfold", folds=40),
        Protocol(kind="given"),
        Protocol(kind="whole"),
    ],
)
@pytest.mark.parametrize("fidelity", list(Fidelity))
async def test_every_plan(tmp_path: Path, protocol: Protocol, fidelity: Fidelity) -> None:
    plan = a_plan(fidelity)
    body = plan.body.model_copy(
        update={"config": plan.body.config.model_copy(update={"protocol": protocol, "repeats": 1})}
    )
    made = tell(await source_of(tmp_path, a_paper(), CLAIMS, [plan.model_copy(update={"body": body})]))
    check_story(made)


async def test_a_thousand_claims_give_no_longer_story(tmp_path: Path) -> None:
    many = [a_claim(f"Method {n}", f"{n % 100}.{n % 10}", f"c{n}") for n in range(1000)]
    made = tell(await source_of(tmp_path, a_paper(), many))
    check_story(made)
    assert len(made.facts) < 20
    assert "All 1000 still wait." in text_of(made, StoryKind.SCOREBOARD)


async def test_a_rejected_claim_is_not_told(tmp_path: Path) -> None:
    rejected = CLAIMS[0].model_copy(update={"status": ClaimStatus.REJECTED})
    made = tell(await source_of(tmp_path, a_paper(), [rejected, CLAIMS[1]]))
    check_story(made)
    assert "1-NN" not in "".join(page.text + page.svg for page in made.pages)
    assert "It still waits." in text_of(made, StoryKind.SCOREBOARD)


async def test_hostile_names_stay_text_and_in_their_place(tmp_path: Path) -> None:
    wild = a_claim(
        HOSTILE, HOSTILE[:30], "c1", dataset=HOSTILE, metric=HOSTILE, units=HOSTILE[:80], headline=True
    )
    made = tell(await source_of(tmp_path, a_paper(HOSTILE), [wild, CLAIMS[1]]))
    check_story(made)
    for page in made.pages:
        assert len(page.text) <= 2000
        assert "\u202e" not in page.text + page.svg + page.alt_text
        assert "<script" not in page.svg
        assert "\x00" not in page.text + page.svg


def test_every_method_and_metric_of_the_catalogue_is_explained_for_a_child() -> None:
    for method in methods.ALL:
        assert method.key in METHODS, f"{method.key}: write its words into agents/story/explanations.py"
        assert measure(of_method(method.key).text).grade <= MAX_GRADE
    for metric in metrics.ALL:
        meaning = of_metric(metric.key)
        assert meaning is not None, f"{metric.key}: write its words into agents/story/explanations.py"
        assert measure(meaning).grade <= MAX_GRADE
    for entry in WORDS:
        assert measure(entry.meaning).grade <= MAX_GRADE, entry.word


async def test_every_method_and_dataset_is_drawn_and_told(tmp_path: Path) -> None:
    known = know(await source_of(tmp_path, a_paper(), CLAIMS))
    for method in methods.ALL:
        check_picture(draw(StoryKind.METHOD, "How", replace(known, method=method)).svg)
    for data in datasets.ALL:
        picture = draw(StoryKind.DATA, "Data", replace(known, dataset=data))
        check_picture(picture.svg)
        assert f"{data.rows} row" in picture.description


async def test_dots_stand_for_the_true_number_of_rows(tmp_path: Path) -> None:
    known = know(await source_of(tmp_path, a_paper(), CLAIMS))
    for data in datasets.ALL:
        picture = draw(StoryKind.DATA, "Data", replace(known, dataset=data))
        found = re.search(r"Each dot stands for (\d+) row", picture.description)
        assert found is not None
        drawn = sum(
            e.get("fill") == "#2a9d8f" and e.get("r") is not None for e in check_picture(picture.svg).iter()
        )
        each = int(found[1])
        assert (drawn - 1) * each < data.rows <= drawn * each, data.key


async def test_the_same_facts_give_the_same_bytes(tmp_path: Path) -> None:
    runs = [(a_run(), measured(TWENTY))]
    source = await source_of(tmp_path, a_paper(), CLAIMS, [PLAN], runs)
    later = replace(
        source,
        report=source.report.model_copy(update={"created_at": source.report.created_at + timedelta(days=1)}),
    )
    assert tell(source) == tell(later)


def test_words_never_leave_their_place() -> None:
    random.seed(7)
    for _ in range(300):
        text = "".join(random.choice("WMim%. x漢é1@") for _ in range(random.randint(1, 120)))
        shown, size = fitted(text, 200, 30)
        assert width_of(shown, size) <= 200


@pytest.mark.parametrize(
    ("printed", "units", "shown"),
    [
        ("97.54", "%", "97.54 out of 100"),
        ("97.54%", None, "97.54 out of 100"),
        ("0.975", None, "0.975"),
        ("-1.2e-3", None, "-1.2e-3"),
        ("12", "ms", "12 “ms”"),
        ("1,797", None, "1,797"),
        ("98.6±0.2", "%", "“98.6±0.2”"),
        ("", None, "“?”"),
    ],
)
def test_amounts(printed: str, units: str | None, shown: str) -> None:
    assert amount(printed, units) == shown


FACTS = [
    StoryFact(id="f", source="paper", text="“Wine” has 178 rows and 3 kinds, 97.50 in all.", names=["Wine"])
]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("We saw 178 rows of “Wine” and three kinds.", []),
        ("It is 97.5 in all. It has 0178 rows.", []),
        ("We saw 179 rows.", ["179"]),
        ("We saw seven kinds.", ["seven"]),
        ("There are a million rows.", ["million"]),
        ("Then Google came.", ["Google"]),
        ("Google came.", ["Google"]),
        ("We use k-NN on it.", ["k-NN"]),
        ("We call it “Beer”.", ["Beer", "a quotation mark around what is no name of the facts"]),
        ("We say “178”.", ["178", "a quotation mark around what is no name of the facts"]),
    ],
)
def test_what_no_fact_says_is_found(text: str, wrong: list[str]) -> None:
    assert unfounded(text, FACTS) == wrong


async def test_a_story_that_may_not_be_shown_says_why(tmp_path: Path) -> None:
    made = tell(await source_of(tmp_path, a_paper(), CLAIMS))

    def codes(pages: list[PageMade]) -> set[ErrorCode]:
        return {code for code, _ in problems(pages, made.facts)}

    pages = list(made.pages)

    def with_first(**changes: Any) -> list[PageMade]:
        return [replace(pages[0], **changes), *pages[1:]]

    assert codes(pages) == set()
    assert codes(pages[2:]) == {ErrorCode.E_STORY_TOO_FEW_PAGES}
    assert ErrorCode.E_STORY_TOO_MANY_PAGES in codes([pages[0]] * 3 + pages)
    assert codes(pages[::-1]) == {ErrorCode.E_STORY_TEXT}
    assert codes(with_first(alt_text=" ")) == {ErrorCode.E_STORY_ALT_TEXT}
    assert codes(with_first(text="Too short.")) == {ErrorCode.E_STORY_TEXT}
    assert codes(with_first(facts=())) >= {ErrorCode.E_STORY_UNFOUNDED}
    hard = (
        "we considerable experimentation necessitates extraordinarily sophisticated computational infrastructure "
        * 2
    )
    assert codes(with_first(text=hard)) == {ErrorCode.E_STORY_TOO_HARD}
    assert codes(with_first(text=f"{pages[0].text} It has 9999 pages.")) == {ErrorCode.E_STORY_UNFOUNDED}
