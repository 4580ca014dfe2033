"""Write the example plans anew: the real reader and planner on the sample papers (`python examples/plans/write.py`)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from p2n_ext.agents.offline import OfflineReader
from p2n_ext.agents.planning import OfflinePlanner
from p2n_ext.documents import PdfDocuments
from p2n_ext.protocols import ClaimFound
from p2n_schemas.papers import Paper
from p2n_schemas.plans import PlanBody

HERE = Path(__file__).parent
PAPERS = HERE.parent / "papers"
BUDGET_MINUTES = 5


@dataclass(frozen=True)
class Sample:
    """A plan for a paper's claims about one of its datasets."""

    plan: Path
    paper: Path
    dataset: str


SAMPLES = (
    Sample(HERE / "tabular_classification.json", PAPERS / "standardisation_2026.pdf", "WDBC"),
    Sample(HERE / "regression_cross_validation.json", PAPERS / "small_models_2026.pdf", "Penguin body mass"),
    Sample(HERE / "torch_network.json", PAPERS / "small_models_2026.pdf", "Digits"),
)


def paper_of(sample: Sample, data: bytes, title: str, pages: int) -> Paper:
    """The paper under the id that the server gives these bytes."""
    digest = sha256(data).hexdigest()
    return Paper(
        id=f"p_{digest[:16]}",
        sha256=digest,
        title=title,
        filename=sample.paper.name,
        size_bytes=len(data),
        pages=pages,
        created_at=datetime.now(UTC),
    )


async def write_plan(sample: Sample) -> PlanBody:
    """The plan, with the claim ids that the server gives this paper. Raises P2NError."""
    documents = PdfDocuments()
    info = await documents.inspect(sample.paper)
    paper = paper_of(sample, sample.paper.read_bytes(), info.title or sample.paper.stem, info.pages)
    texts = await documents.page_texts(sample.paper)
    steps = [step async for step in OfflineReader().read(paper, sample.paper) if isinstance(step, ClaimFound)]
    claims = [step.claim for step in steps if step.claim.dataset == sample.dataset]
    return await OfflinePlanner().plan(paper, claims, texts, BUDGET_MINUTES)


async def main() -> None:
    for sample in SAMPLES:
        body = await write_plan(sample)
        sample.plan.write_text(body.model_dump_json(indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main())
