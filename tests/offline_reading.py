"""What the offline reader finds in a file, for tests of what comes after it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from p2n_ext.agents.offline import OfflineReader
from p2n_ext.protocols import ClaimFound, PagesRead
from p2n_schemas.base import utc_now
from p2n_schemas.claims import Claim
from p2n_schemas.papers import Paper


def paper_of(pdf: Path, paper_id: str = "p") -> Paper:
    """A file as if it had been ingested, but for its pages, which nobody counted."""
    data = pdf.read_bytes()
    return Paper(
        id=paper_id,
        sha256=hashlib.sha256(data).hexdigest(),
        title="",
        filename=pdf.name,
        size_bytes=len(data),
        pages=1,
        created_at=utc_now(),
    )


async def claims_of(pdf: Path, paper_id: str = "p") -> list[Claim]:
    """The claims; on the way, that progress never goes back and reaches the end."""
    found, done, total = [], 0, 0
    async for reading in OfflineReader().read(paper_of(pdf, paper_id), pdf):
        if isinstance(reading, PagesRead):
            assert reading.done >= done
            done, total = reading.done, reading.total
        elif isinstance(reading, ClaimFound):
            found.append(reading.claim)
    assert done == total
    return found
