"""Papers as a scanner gives them: a picture a page and no text."""

from __future__ import annotations

import io
from collections.abc import Collection
from pathlib import Path

import pypdfium2 as pdfium
from PIL import Image

from p2n_ext.agents.offline import OfflineReader
from p2n_ext.protocols import ClaimFound, PagesRead, ReadingNotice
from p2n_schemas.base import utc_now
from p2n_schemas.claims import Claim
from p2n_schemas.errors import ErrorInfo
from p2n_schemas.papers import Paper

A_PAPER = Paper(
    id="p", sha256="0" * 64, title="A paper", filename="a.pdf", size_bytes=1, pages=1, created_at=utc_now()
)


def scanned(data: bytes, pages: Collection[int] | None = None, dpi: int = 200, tilt: float = 0.0) -> bytes:
    """The PDF with these pages (1-based; None: all) turned into pictures (JPEG, grey), as a scanner makes them.

    `tilt`: degrees by which the sheets lay askew.
    """
    source = pdfium.PdfDocument(data)
    pictures = [
        source[i].render(scale=dpi / 72, grayscale=True).to_pil().convert("L") for i in range(len(source))
    ]
    pictures = [p.rotate(tilt, fillcolor=255, resample=Image.Resampling.BICUBIC) for p in pictures]
    out = io.BytesIO()
    pictures[0].save(out, "PDF", save_all=True, append_images=pictures[1:], resolution=dpi)
    if pages is None:
        return out.getvalue()
    mixed, images = pdfium.PdfDocument.new(), pdfium.PdfDocument(out.getvalue())
    for i in range(len(source)):
        mixed.import_pages(images if i + 1 in pages else source, [i])
    whole = io.BytesIO()
    mixed.save(whole)
    return whole.getvalue()


class Read:
    """All that a reading gave."""

    def __init__(self) -> None:
        self.claims: list[Claim] = []
        self.notices: list[ErrorInfo] = []
        self.pages: list[int] = []


async def read(pdf: Path, reader: OfflineReader | None = None) -> Read:
    """A whole reading by the offline reader. Raises as it does."""
    found = Read()
    async for step in (reader or OfflineReader()).read(A_PAPER, pdf):
        if isinstance(step, ClaimFound):
            found.claims.append(step.claim)
        elif isinstance(step, ReadingNotice):
            found.notices.append(step.error)
        elif isinstance(step, PagesRead):
            found.pages.append(step.done)
    return found


def values(claims: list[Claim]) -> set[tuple[int, float]]:
    return {(c.citation.page, c.value) for c in claims}


def squeezed(text: str) -> str:
    return "".join(text.split())
