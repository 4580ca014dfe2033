"""Write the example plan anew: the real reader and planner on the sample paper (`python examples/plans/write.py`)."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from p2n_ext.agents.offline import OfflineReader
from p2n_ext.agents.planning import OfflinePlanner
from p2n_ext.documents import PdfDocuments
from p2n_schemas.papers import Paper
from p2n_schemas.plans import PlanBody

HERE = Path(__file__).parent
PDF = HERE.parent / "papers" / "standardisation_2026.pdf"
PLAN = HERE / "standardisation_2026.json"
BUDGET_MINUTES = 5


async def write_plan(pdf: Path, paper_id: str) -> PlanBody:
    """The plan for all claims of a paper. Raises P2NError."""
    documents = PdfDocuments()
    info = await documents.inspect(pdf)
    paper = Paper(
        id=paper_id,
        sha256=sha256(pdf.read_bytes()).hexdigest(),
        title=info.title or pdf.stem,
        filename=pdf.name,
        size_bytes=pdf.stat().st_size,
        pages=info.pages,
        created_at=datetime.now(UTC),
    )
    texts = await documents.page_texts(pdf)
    claims = [step.claim async for step in OfflineReader().read(paper_id, pdf) if step.claim is not None]
    return await OfflinePlanner().plan(paper, claims, texts, BUDGET_MINUTES)


if __name__ == "__main__":
    body = asyncio.run(write_plan(PDF, PDF.stem))
    PLAN.write_text(body.model_dump_json(indent=1) + "\n", encoding="utf-8")
