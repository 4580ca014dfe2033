"""What the tests of stories share: sources as the services make them, and what every story has to keep to."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from p2n_ext.agents.story.checks import problems
from p2n_ext.judging import IntervalJudge
from p2n_ext.protocols import StoryMade, StorySource
from p2n_ext.services.reports import ReportService
from p2n_ext.stores.files import LocalObjectStore
from p2n_ext.stores.signing import Signer
from p2n_ext.stores.sqlite import SqliteDatabase
from p2n_schemas.base import utc_now
from p2n_schemas.claims import Box, Citation, Claim
from p2n_schemas.papers import Extraction, Paper
from p2n_schemas.plans import Plan
from p2n_schemas.runs import Run
from p2n_schemas.storyboards import MAX_GRADE, StoryKind

BOX = Box(x0=0, top=0, x1=1, bottom=1)
SVG = "{http://www.w3.org/2000/svg}"
DRAWN = {"svg", "title", "desc", "rect", "circle", "ellipse", "line", "path", "text"}


def a_paper(title: str = "Grapes Told Apart", read: bool = True, pages: int = 6) -> Paper:
    return Paper(
        id="p",
        sha256="ab" * 32,
        title=title,
        filename="grapes.pdf",
        size_bytes=1,
        pages=pages,
        created_at=utc_now(),
        reader="offline" if read else None,
    )


def a_claim(method: str, printed: str, claim_id: str, **other: Any) -> Claim:
    fields: dict[str, Any] = {
        "dataset": "Wine",
        "split": "test",
        "metric": "Accuracy",
        "units": "%",
        "direction": "maximize",
        "value": float(re.sub(r"[^\d.]", "", printed) or 1.0),
    }
    return Claim(
        id=claim_id,
        paper_id="p",
        method=method,
        value_printed=printed,
        citation=Citation(label="Table 1", page=1, quote=printed or "x", box=BOX, region=BOX),
        confidence=1,
        **(fields | other),
    )


async def source_of(
    folder: Path,
    paper: Paper,
    claims: Sequence[Claim] = (),
    plans: Sequence[Plan] = (),
    runs: Sequence[tuple[Run, dict[str, Any] | None]] = (),
) -> StorySource:
    """As the service gathers it: a real report over real stores."""
    database = SqliteDatabase(folder / "p2n.sqlite3")
    objects = LocalObjectStore(folder / "objects", Signer(b"k" * 32), lambda: "/")
    try:
        await database.put_paper(paper)
        if paper.reader is not None:
            reading = Extraction(
                readers=["offline"], provider="offline", claims=0, seconds=0, finished_at=utc_now()
            )
            await database.replace_claims(paper.id, reading, claims)
        for plan in plans:
            await database.put_plan(plan)
        for run, metrics in runs:
            await database.add_run(run, None, 1000)
            if metrics is not None:
                await objects.put(f"runs/{run.id}/metrics.json", json.dumps(metrics).encode())
        report = await ReportService(database, objects, IntervalJudge()).report(paper.id)
        kept = await database.get_paper(paper.id)
        assert kept is not None
        return StorySource(kept, report, await database.list_plans(paper.id))
    finally:
        await database.close()


def check_story(made: StoryMade) -> None:
    """What holds of every story that may be shown, whoever told it."""
    assert [words for _, words in problems(made.pages, made.facts)] == []
    assert 5 <= len(made.pages) <= 7
    assert made.pages[-1].kind is StoryKind.SCOREBOARD
    for page in made.pages:
        assert page.readability.grade <= MAX_GRADE, page.text
        check_picture(page.svg)
    for entry in made.glossary:
        assert entry.word in " ".join(page.text for page in made.pages).casefold()


def check_picture(svg: str, painted: bool = False) -> ElementTree.Element:
    """Well formed, described, drawn with plain shapes only, and of nothing that lies elsewhere."""
    root = ElementTree.fromstring(svg)
    assert root.get("role") == "img"
    assert [child.tag for child in root[:2]] == [f"{SVG}title", f"{SVG}desc"]
    assert all((child.text or "").strip() for child in root[:2])
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= DRAWN | (
        {"image"} if painted else set()
    )
    for element in root.iter():
        for name, value in element.attrib.items():
            assert not name.startswith("on")
            assert "url(" not in value
            if name.endswith(("href", "src")):
                assert painted
                assert re.match(r"data:image/jpeg;base64,[A-Za-z0-9+/=]+$", value)
    return root
