"""What the tests of the model's reader share: a real paper, its layout read once, and readings from beginning to end."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import hashlib
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from p2n_ext.agents.openai import OpenAIClient, OpenAIIndex, OpenAIReader, OpenAISettings
from p2n_ext.documents import PdfDocuments
from p2n_ext.protocols import (
    ClaimFound,
    ModelText,
    PageLayout,
    PaperReader,
    Reading,
    ReadingNotice,
    ReadingStep,
)
from p2n_ext.stores.sqlite import SqliteDatabase
from p2n_schemas.base import utc_now
from p2n_schemas.claims import Claim, Quote
from p2n_schemas.errors import ErrorInfo
from p2n_schemas.papers import DroppedClaim, Paper

PDF = Path(__file__).parents[2] / "examples" / "papers" / "standardisation_2026.pdf"
KEY = "sk-p2n-planted-4f1c9d7ewxyq"


@functools.cache
def layout() -> tuple[PageLayout, ...]:
    return tuple(asyncio.run(PdfDocuments().layout(PDF)))


class ReadOnce(PdfDocuments):
    """The real documents; the sample's layout is read once for all tests."""

    async def layout(self, pdf: Path) -> list[PageLayout]:
        return list(await asyncio.to_thread(layout)) if pdf == PDF else await super().layout(pdf)

    async def locate_all(self, pdf: Path, wanted: Sequence[tuple[int, str]]) -> list[list[Quote]]:
        return await super().locate_all(pdf, wanted)


def paper(pdf: Path = PDF, paper_id: str = "p_sample") -> Paper:
    data = pdf.read_bytes()
    return Paper(
        id=paper_id,
        sha256=hashlib.sha256(data).hexdigest(),
        title="What Standardisation Buys",
        filename=pdf.name,
        size_bytes=len(data),
        pages=2,
        created_at=utc_now(),
    )


def proposal(value: str, method: str, dataset: str | None = "Wine", **other: Any) -> dict[str, Any]:
    """A claim as a model writes it; of Table 2 unless told otherwise."""
    shape = {
        "method": method,
        "dataset": dataset,
        "split": "test",
        "metric": "accuracy",
        "value_printed": value,
        "units": "%",
        "direction": "maximize",
        "own_method": None,
        "label": "Table 2",
        "page": 1,
    }
    assert set(other) <= set(shape)
    return shape | other


RIGHT = [
    proposal("74.63", "1-NN, raw"),
    proposal("96.30", "1-NN"),
    proposal("94.39", "1-NN", "WDBC"),
    proposal("97.31", "Gaussian naive Bayes"),
]


def answer(*claims: dict[str, Any]) -> str:
    return json.dumps({"claims": list(claims or RIGHT)})


@dataclass
class Outcome:
    """What a reading gave; `claims` as they stand at the end."""

    claims: dict[str, Claim] = field(default_factory=dict)
    dropped: list[DroppedClaim] = field(default_factory=list)
    notices: list[ErrorInfo] = field(default_factory=list)
    steps: list[ReadingStep] = field(default_factory=list)
    text: str = ""
    order: list[str] = field(default_factory=list)

    def take(self, reading: Reading) -> None:
        self.order.append(type(reading).__name__)
        if isinstance(reading, ClaimFound):
            self.claims[reading.claim.id] = reading.claim
        elif isinstance(reading, DroppedClaim):
            self.dropped.append(reading)
        elif isinstance(reading, ReadingNotice):
            self.notices.append(reading.error)
        elif isinstance(reading, ReadingStep):
            self.steps.append(reading)
        elif isinstance(reading, ModelText):
            self.text += reading.text

    def values(self) -> set[str]:
        return {c.value_printed for c in self.claims.values()}


@dataclass
class Desk:
    """A reader with all that it works with."""

    client: OpenAIClient
    index: OpenAIIndex
    reader: OpenAIReader
    database: SqliteDatabase

    async def read(
        self, reader: PaperReader | None = None, pdf: Path = PDF, outcome: Outcome | None = None
    ) -> Outcome:
        found = outcome or Outcome()
        about = paper(pdf)
        async with contextlib.aclosing((reader or self.reader).read(about, pdf)) as readings:
            async for reading in readings:
                found.take(reading)
        return found


@contextlib.asynccontextmanager
async def desk(base_url: str, folder: Path, **settings: Any) -> AsyncIterator[Desk]:
    given = {"pause_seconds": 0.01, "seconds": 60.0, "idle_seconds": 20.0} | settings
    client = OpenAIClient(OpenAISettings(api_key=KEY, base_url=base_url, **given))
    database = SqliteDatabase(folder / "p2n.sqlite")
    await database.put_paper(paper())
    index = OpenAIIndex(client, database)
    try:
        yield Desk(client, index, OpenAIReader(client, index, ReadOnce(), database), database)
    finally:
        await client.close()
        await database.close()
