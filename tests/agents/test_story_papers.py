"""Stories of real papers: the labelled ones by their labels, the sample as it is read and planned."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from p2n_ext.agents.planning.planner import write_plan
from p2n_ext.agents.story.storyteller import tell
from p2n_ext.documents import PdfDocuments
from p2n_schemas.base import utc_now
from p2n_schemas.claims import Claim
from p2n_schemas.plans import Plan
from p2n_schemas.storyboards import MAX_GRADE
from tests.agents.stories import a_claim, a_paper, check_story, source_of
from tests.offline_reading import claims_of


def labelled(entry: dict[str, Any], number: int) -> Claim:
    fields = ("dataset", "split", "metric", "units", "direction", "headline", "own_method", "value")
    entry = entry | {"direction": {"maximize": "maximize", "minimize": "minimize"}.get(entry["direction"])}
    return a_claim(
        entry["method"],
        str(entry["value_printed"]),
        f"c{number}",
        **{name: entry.get(name) for name in fields},
    )


@pytest.mark.papers
async def test_every_labelled_paper_makes_a_story_for_grade_3(
    real_papers: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = sorted((real_papers / "labels").glob("*.json"))
    assert files
    worst = -99.0
    for file in files:
        label = json.loads(file.read_text())
        claims = [labelled(entry, number) for number, entry in enumerate(label["claims"])]
        paper = a_paper(label["title"], pages=label["n_pages"])
        made = tell(await source_of(tmp_path / file.stem, paper, claims))
        check_story(made)
        grades = [page.readability.grade for page in made.pages]
        worst = max(worst, *grades)
        with capsys.disabled():  # the figures are shown, not only kept to
            print(f"\n{file.stem}: {len(claims)} claims, {len(made.pages)} pages, grades {grades}", end="")
    assert worst <= MAX_GRADE


async def test_the_sample_as_it_is_read_and_planned(sample_pdf: Path, tmp_path: Path) -> None:
    claims, texts = await claims_of(sample_pdf), await PdfDocuments().page_texts(sample_pdf)
    plan = Plan(
        id="pl", paper_id="p", planner="offline", body=write_plan(claims, texts, 10), created_at=utc_now()
    )
    made = tell(await source_of(tmp_path, a_paper(), claims, [plan]))
    check_story(made)
    assert max(page.readability.grade for page in made.pages) <= MAX_GRADE
