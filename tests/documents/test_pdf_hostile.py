"""Files made to harm, and real ones spoilt: a typed answer in bounded time, and nothing left behind."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable
from pathlib import Path

import psutil
import pytest
from hostile_pdfs import HOSTILE, image_bomb, many_strokes, spoilt, wide_bomb
from scans import read

from p2n_ext.agents.offline import OfflineReader
from p2n_ext.documents import PdfDocuments, Recognition
from p2n_schemas.claims import Box, Citation
from p2n_schemas.errors import ErrorCode, P2NError

SECONDS = 60.0
SOME_PLACE = Citation(
    label="Table 1",
    page=1,
    quote="91.25",
    box=Box(x0=100, top=100, x1=140, bottom=110),
    region=Box(x0=72, top=72, x1=400, bottom=300),
)


@pytest.fixture
def doors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Doors:
    """All ways in which a PDF is opened, with a folder of their own for what they might leave."""
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    return Doors(tmp_path)


class Doors:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # a picture is recognised in test_ocr
        off = Recognition("off")
        self.documents = PdfDocuments(seconds=SECONDS, recognition=off)
        self.reader = OfflineReader(seconds=SECONDS, recognition=off)

    async def some(self, data: bytes, turn: int) -> list[str]:
        """The answers, "ok" or an error's code, of the reader and of one other door, whose turn it is."""
        pdf = self._folder / "x.pdf"
        await asyncio.to_thread(pdf.write_bytes, data)
        before = set(psutil.Process().children(recursive=True))
        citation = SOME_PLACE
        try:
            found = await read(pdf, self.reader)
            answers = ["ok"]
            for claim in found.claims:
                assert claim.value_printed in claim.citation.quote
                citation = claim.citation
        except P2NError as error:
            answers = [error.code.value]
        match turn % 5:
            case 0:
                answers.append(await answer(self.documents.inspect(pdf)))
            case 1:
                answers.append(await answer(self.documents.layout(pdf)))
            case 2:
                answers.append(await answer(self.documents.locate(pdf, 1, "91.25")))
            case 3:
                answers.append(await answer(self.documents.evidence(pdf, citation)))
            case _:
                answers.append(await answer(self.documents.evidence(pdf, citation, whole_page=True)))
        assert set(psutil.Process().children(recursive=True)) <= before
        assert os.listdir(self._folder / "tmp") == []
        return answers


async def answer(job: Awaitable[object]) -> str:
    try:
        await job
    except P2NError as error:
        return error.code.value
    return "ok"


def known(answers: list[str]) -> bool:
    """No time-out among them: what is asked for here takes a second or two."""
    codes = (
        "E_NOT_A_PDF",
        "E_PDF_ENCRYPTED",
        "E_PDF_EMPTY",
        "E_PDF_NO_TEXT",
        "E_PDF_DAMAGED",
        "E_PDF_TOO_LARGE",
    )
    return all(a == "ok" or a in codes for a in answers)


# those that take their whole time or memory have tests of their own
COSTLY = {
    "300 MB of operators",
    "500,000 strokes",
    "a form that draws itself",
    "forms in forms",
    "100,000 words",
}


@pytest.mark.parametrize(("turn", "name"), list(enumerate(sorted(HOSTILE.keys() - COSTLY))))
async def test_a_hostile_file_is_answered(doors: Doors, turn: int, name: str) -> None:
    assert known(await doors.some(HOSTILE[name](), turn))


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("pages in a loop", "E_PDF_DAMAGED"),
        ("1200 pages", "E_PDF_TOO_LARGE"),
        ("no kids", "E_PDF_EMPTY"),
        ("a password", "E_PDF_ENCRYPTED"),
        ("a xref that comes back", "E_PDF_DAMAGED"),
    ],
)
async def test_its_fault_is_named(doors: Doors, name: str, code: str) -> None:
    assert await doors.some(HOSTILE[name](), 0) == [code] * 2


async def test_what_it_says_of_itself_is_not_believed(doors: Doors) -> None:
    for name in ("two billion pages", "less than no pages", "JavaScript and files", "a page upside down"):
        assert await doors.some(HOSTILE[name](), 4) == ["ok", "ok"], name


async def test_memory_without_end_ends_the_reader_alone(tmp_path: Path) -> None:
    pdf = tmp_path / "x.pdf"
    pdf.write_bytes(wide_bomb())
    documents = PdfDocuments(seconds=60, memory_mib=600)
    peak = 0

    async def watch() -> None:
        nonlocal peak
        while True:
            for child in psutil.Process().children():
                try:
                    peak = max(peak, child.memory_info().rss)
                except psutil.NoSuchProcess:
                    continue
            await asyncio.sleep(0.02)

    watching = asyncio.create_task(watch())
    with pytest.raises(P2NError) as caught:
        await documents.page_texts(pdf)
    watching.cancel()
    assert caught.value.code is ErrorCode.E_PDF_DAMAGED
    assert "memory" in caught.value.info.message
    assert 100 < peak / 2**20 < 600


async def test_a_picture_without_end_is_not_waited_for(tmp_path: Path) -> None:
    pdf = tmp_path / "x.pdf"
    pdf.write_bytes(many_strokes())
    begun = time.monotonic()
    with pytest.raises(P2NError) as caught:
        await PdfDocuments(seconds=3).evidence(pdf, SOME_PLACE, whole_page=True)
    assert caught.value.code is ErrorCode.E_PDF_TIMEOUT
    assert time.monotonic() - begun < 8


async def test_the_server_goes_on_while_a_hostile_file_is_read(tmp_path: Path) -> None:
    pdf = tmp_path / "x.pdf"
    pdf.write_bytes(HOSTILE["100,000 words"]())
    reading = asyncio.create_task(PdfDocuments(seconds=60).layout(pdf))
    longest, last = 0.0, time.monotonic()
    while not reading.done():
        await asyncio.sleep(0.01)
        longest, last = max(longest, time.monotonic() - last), time.monotonic()
    (page,) = await reading
    assert len(page.text) > 10_000
    assert longest < 0.5


async def test_a_huge_picture_on_a_page_is_rendered_small(doors: Doors) -> None:
    assert await doors.some(image_bomb(), 4) == ["ok", "ok"]


SEEDS = 16


async def test_a_sample_paper_after_any_accident_is_answered(doors: Doors, sample_pdf: Path) -> None:
    data = sample_pdf.read_bytes()
    answers: set[str] = set()
    for seed in range(SEEDS):
        found = await doors.some(spoilt(data, seed), seed)
        assert known(found), (seed, found)
        answers.update(found)
    # the accidents are neither all harmless nor all deadly
    assert "ok" in answers
    assert len(answers) > 1


@pytest.mark.papers
async def test_real_papers_after_any_accident_are_answered(doors: Doors, real_papers: Path) -> None:
    papers = sorted((real_papers / "papers").glob("*.pdf"), key=lambda p: p.stat().st_size)[:4]
    for seed in range(4):
        found = await doors.some(spoilt(papers[seed % 4].read_bytes(), 100 + seed), seed)
        assert known(found), (seed, found)
