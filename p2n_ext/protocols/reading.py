"""Who looks into PDFs, and who reads their claims."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from p2n_schemas.claims import Box, Citation, Claim, Quote
from p2n_schemas.errors import ErrorInfo
from p2n_schemas.events import Stage
from p2n_schemas.papers import DroppedClaim, Paper, PdfInfo


@dataclass(frozen=True)
class LineBox:
    """A line of text within one column, as it stands in its page's text."""

    text: str
    box: Box


@dataclass(frozen=True)
class CellBox:
    """A cell of a table's body; headings outermost first."""

    text: str
    box: Box
    row_headings: tuple[str, ...]
    column_headings: tuple[str, ...]


@dataclass(frozen=True)
class TableBox:
    """A captioned table; `caption` includes the label, `box` covers caption and body."""

    label: str
    caption: str
    box: Box
    cells: tuple[CellBox, ...]


@dataclass(frozen=True)
class PageLayout:
    """A page (1-based number): its text in reading order, lines and tables; sizes and boxes in points.

    `ocr` is the mean word confidence (0 to 1) where the text was recognised in a picture of the page; `unread` is
    a picture that could not be recognised, for want of time or of a recogniser.
    """

    number: int
    width: float
    height: float
    text: str
    lines: tuple[LineBox, ...]
    tables: tuple[TableBox, ...]
    ocr: float | None = None
    unread: bool = False


class Documents(Protocol):
    """PDF work, in processes of its own with bounded time and memory."""

    async def inspect(self, pdf: Path) -> PdfInfo:
        """Look into a file. Raises E_NOT_A_PDF, E_PDF_ENCRYPTED, E_PDF_EMPTY, E_PDF_NO_TEXT, E_PDF_DAMAGED, E_PDF_TIMEOUT."""
        ...

    async def page_texts(self, pdf: Path) -> list[str]:
        """The text of each page, in reading order; what quotes are checked against."""
        ...

    async def evidence(self, pdf: Path, citation: Citation, whole_page: bool = False) -> bytes:
        """A PNG of the citation's region, or of its whole page, with the value marked."""
        ...

    async def page(self, pdf: Path, number: int, words: str = "") -> bytes:
        """A PNG of a page (1-based), with the lines of `words` marked where they are found."""
        ...

    async def layout(self, pdf: Path) -> list[PageLayout]:
        """Every page's text, lines and tables with their boxes."""
        ...

    async def locate(self, pdf: Path, page: int, printed: str) -> list[Quote]:
        """Each place on a page where a printed number stands as a token of its own, in reading order.

        The quote is the line, its box the number; none where the page does not exist.
        """
        ...

    async def evidence_all(self, pdf: Path, citations: Sequence[Citation]) -> list[bytes]:
        """`evidence` for each citation, with one opening of the file."""
        ...

    async def locate_all(self, pdf: Path, wanted: Sequence[tuple[int, str]]) -> list[list[Quote]]:
        """`locate` for each (page, printed), at the cost of one."""
        ...


@dataclass(frozen=True)
class PagesRead:
    done: int
    total: int


@dataclass(frozen=True)
class ClaimFound:
    """A claim found and checked; with the id of an earlier one, that claim as a second reader left it."""

    claim: Claim


@dataclass(frozen=True)
class ReadingStep:
    """A part of the work begins or ends: making the index, a file search, the model's answer, checking it."""

    stage: Stage
    state: Literal["started", "completed", "failed"]
    message: str = ""
    seconds: float | None = None


@dataclass(frozen=True)
class ModelText:
    """Text as the model writes it."""

    text: str


@dataclass(frozen=True)
class ReadingNotice:
    """Something did not work, and the reading goes on without it."""

    error: ErrorInfo


Tell = Callable[[ReadingStep | ModelText], None]
"""Hears how far planning is; must not raise."""


def unheard(step: ReadingStep | ModelText) -> None:
    """Nobody listens."""


Reading = PagesRead | ClaimFound | DroppedClaim | ReadingStep | ModelText | ReadingNotice


class PaperReader(Protocol):
    """Who reads papers."""

    @property
    def name(self) -> str: ...

    @property
    def names(self) -> tuple[str, ...]:
        """The readers at work, first reader first."""
        ...

    @property
    def model(self) -> str | None:
        """The model that reads, too."""
        ...

    def read(self, paper: Paper, pdf: Path) -> AsyncGenerator[Reading, None]:
        """Claims as they are verified on their page.

        Raises P2NError (E_PDF_…; where a model reads and has to: E_MODEL_…, E_VECTOR_STORE_INVALID,
        E_POLICY_CAP_EXCEEDED).
        """
        ...


class PaperIndex(Protocol):
    """What a model's provider keeps of a paper to search in it."""

    async def prepare(self, paper: Paper, pdf: Path) -> None:
        """Make the index, or find that it is there. Nothing is left behind where it fails.

        Raises E_VECTOR_STORE_INVALID, E_MODEL_UNAVAILABLE, E_MODEL_REJECTED.
        """
        ...

    async def remove(self, paper_id: str) -> None:
        """Delete it at the provider; done already is done. Raises E_MODEL_UNAVAILABLE, E_MODEL_REJECTED."""
        ...

    async def exists(self, paper_id: str) -> bool | None:
        """Whether the provider still has it, file and vector store; None where none was made."""
        ...
