"""Rows for the stores' tests."""

from __future__ import annotations

from typing import Any

from p2n_ext.protocols import Database
from p2n_schemas.base import utc_now
from p2n_schemas.claims import Box, Citation, Claim, Quote
from p2n_schemas.datasets import DataFile, UploadedDataset
from p2n_schemas.determinism import DeterminismValidation, ValidationStatus
from p2n_schemas.model_calls import ModelCall, RemoteIndex
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
from p2n_schemas.storyboards import Illustration, Readability, Storyboard, StoryFact, StoryKind, StoryPage

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


def extraction(*readers: str) -> Extraction:
    return Extraction(readers=list(readers), provider="auto", claims=0, seconds=1, finished_at=utc_now())


def call(number: int, cost: float) -> ModelCall:
    return ModelCall(
        id=f"m_{number}", paper_id="p_1", agent="extractor", model="m", at=utc_now(), cost_usd=cost
    )


async def fill(database: Database) -> None:
    """The paper and the plan that the other rows hang on."""
    await database.put_paper(PAPER)
    await database.put_plan(PLAN)


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


def validation(number: int, run_id: str = "r_1", **changes: Any) -> DeterminismValidation:
    return DeterminismValidation(
        id=f"v_{number}", run_id=run_id, status=ValidationStatus.RUNNING, wanted=3, created_at=utc_now()
    ).model_copy(update=changes)


def remote_index(paper_id: str, **changes: Any) -> RemoteIndex:
    return RemoteIndex(
        paper_id=paper_id, base_url="https://models.example", file_id="", created_at=utc_now()
    ).model_copy(update=changes)


def dataset(number: int, name: str) -> UploadedDataset:
    digest = f"{number:064d}"
    return UploadedDataset(
        id=f"d_{number}",
        name=name,
        filename=f"{name}.csv",
        format="csv",
        size_bytes=3,
        sha256=digest,
        files=[DataFile(path=f"{name}.csv", format="csv", size_bytes=3, rows=1, columns=[])],
        rows=1,
        columns=[],
        created_at=utc_now(),
    )


def story(version: int, story_id: str = "s_1", paper_id: str = "p_1") -> Storyboard:
    page = StoryPage(
        number=1,
        kind=next(iter(StoryKind)),
        title="T",
        text="Once.",
        alt_text="A picture of what the page says, in words.",
        illustration=Illustration(url="u", sha256="0" * 64, width=1, height=1, artist="p2n"),
        facts=["f"],
        readability=Readability(grade=1, words=1, sentences=1, syllables=1),
        author="offline",
    )
    return Storyboard(
        id=story_id,
        paper_id=paper_id,
        title="T",
        version=version,
        author="offline",
        created_at=utc_now(),
        refreshed_at=utc_now(),
        pages=[page.model_copy(update={"number": number}) for number in range(1, 6)],
        glossary=[],
        facts=[StoryFact(id="f", source="paper", text="Once.")],
    )
