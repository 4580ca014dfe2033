"""Pages that are pictures: read by Tesseract where it is allowed, refused by name where it is not."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import psutil
import pytest
from made_pdfs import made, paper
from scans import Read, read, scanned, squeezed, values

from p2n_ext.agents.offline import OfflineReader
from p2n_ext.documents import PdfDocuments, Recognition
from p2n_ext.documents.ocr_engine import engine, engine_version
from p2n_schemas.errors import ErrorCode, P2NError

SCANNED_NEEDS = "these tests need Tesseract: scripts/setup_ocr.sh"
REASON = re.compile(r"read by OCR \(word confidence (0\.\d\d|1\.00)\)")


@pytest.fixture(autouse=True)
def _tesseract() -> None:
    assert engine(), SCANNED_NEEDS


@pytest.fixture(scope="module")
def small_models() -> bytes:
    return (Path(__file__).parents[2] / "examples" / "papers" / "small_models_2026.pdf").read_bytes()


def on_disk(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


async def refused(coroutine: object) -> P2NError:
    with pytest.raises(P2NError) as caught:
        await coroutine  # type: ignore[misc]
    return caught.value


def test_the_program_tells_its_version() -> None:
    assert re.match(r"tesseract \d+\.\d+", engine_version() or "")


def test_no_program_no_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert engine() is None
    assert engine_version() is None


async def test_without_the_program_a_scan_is_refused_and_told_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan = on_disk(tmp_path / "x.pdf", scanned(made(paper)))
    monkeypatch.setenv("PATH", "/nowhere")
    for job in (PdfDocuments().inspect(scan), read(scan)):
        error = await refused(job)
        assert error.code is ErrorCode.E_PDF_NO_TEXT
        assert "tesseract" in error.info.remediation.lower()


async def test_switched_off_a_scan_is_refused_and_told_of_the_switch(tmp_path: Path) -> None:
    scan = on_disk(tmp_path / "x.pdf", scanned(made(paper)))
    off = Recognition("off")
    for job in (PdfDocuments(recognition=off).inspect(scan), read(scan, OfflineReader(recognition=off))):
        error = await refused(job)
        assert error.code is ErrorCode.E_PDF_NO_TEXT
        assert "P2NApp.ocr" in error.info.remediation


async def test_a_scanned_paper_gives_the_same_results_with_less_confidence(
    tmp_path: Path, small_models: bytes
) -> None:
    told = await read(on_disk(tmp_path / "text.pdf", small_models))
    scan = on_disk(tmp_path / "scan.pdf", scanned(small_models))
    shared = Recognition()
    documents = PdfDocuments(recognition=shared)

    info = await documents.inspect(scan)
    assert info.pages == 2
    assert info.title
    assert info.characters > 1000

    seen = await read(scan, OfflineReader(recognition=shared))
    assert seen.pages == [1, 2]
    assert not seen.notices
    missing, new = values(told.claims) - values(seen.claims), values(seen.claims) - values(told.claims)
    assert len(missing) <= 0.1 * len(values(told.claims)), missing
    assert len(new) <= 0.1 * len(values(told.claims)), new
    _say_so(seen, told)

    texts = await documents.page_texts(scan)
    layouts = await documents.layout(scan)
    assert [p.text for p in layouts] == texts
    assert all(p.ocr and 0.6 < p.ocr <= 1 for p in layouts)
    for claim in seen.claims:
        assert squeezed(claim.citation.quote) in squeezed(texts[claim.citation.page - 1])
        places = await documents.locate(scan, claim.citation.page, claim.value_printed)
        assert places, claim.value_printed
        break


def _say_so(seen: Read, told: Read) -> None:
    for claim in seen.claims:
        (reason,) = (m for r in claim.reasons if (m := REASON.fullmatch(r)))
        assert 0.3 < float(reason[1]) <= 1

    def usual(x: Read) -> float:
        return sum(c.confidence for c in x.claims) / len(x.claims)

    assert usual(seen) < usual(told)
    assert not any("OCR" in r for c in told.claims for r in c.reasons)


async def test_of_a_mixed_document_each_page_is_read_its_own_way(tmp_path: Path, small_models: bytes) -> None:
    mixed = on_disk(tmp_path / "x.pdf", scanned(small_models, pages=[2]))
    found = await read(mixed)
    by_page = {n: [c for c in found.claims if c.citation.page == n] for n in (1, 2)}
    assert by_page[1]
    assert by_page[2]
    assert not any("OCR" in r for c in by_page[1] for r in c.reasons)
    assert all(any("OCR" in r for r in c.reasons) for c in by_page[2])


async def test_pictures_left_out_of_a_mixed_document_are_told(tmp_path: Path, small_models: bytes) -> None:
    mixed = on_disk(tmp_path / "x.pdf", scanned(small_models, pages=[2]))
    off = Recognition("off")
    found = await read(mixed, OfflineReader(recognition=off))
    (notice,) = found.notices
    assert notice.code is ErrorCode.E_PDF_NO_TEXT
    assert notice.detail == {"pages": [2]}
    assert {c.citation.page for c in found.claims} == {1}
    assert [p.unread for p in await PdfDocuments(recognition=off).layout(mixed)] == [False, True]


async def test_what_there_was_no_time_for_is_told(tmp_path: Path, small_models: bytes) -> None:
    mixed = on_disk(tmp_path / "x.pdf", scanned(small_models, pages=[2]))
    found = await read(mixed, OfflineReader(recognition=Hurried()))
    (notice,) = found.notices
    assert notice.code is ErrorCode.E_PDF_TIMEOUT
    assert notice.detail == {"pages": [2]}
    assert {c.citation.page for c in found.claims} == {1}

    scan = on_disk(tmp_path / "y.pdf", scanned(small_models))
    error = await refused(read(scan, OfflineReader(recognition=Hurried())))
    assert error.code is ErrorCode.E_PDF_TIMEOUT
    assert "ecognising" in error.info.message


class Hurried(Recognition):
    """Recognition with next to no time, in a job that has enough."""

    share_of_time = 0.0001


async def test_no_picture_is_read_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scan = on_disk(tmp_path / "x.pdf", scanned(made(paper)))
    documents = PdfDocuments(recognition=Recognition())
    first = await documents.page_texts(scan)
    assert "Linear SVM 95.50 96.75" in first[0]
    broken = tmp_path / "bin"
    broken.mkdir()
    (broken / "tesseract").write_text("#!/bin/sh\nexit 1\n")
    (broken / "tesseract").chmod(0o755)
    monkeypatch.setenv("PATH", str(broken))
    assert await documents.page_texts(scan) == first
    # another instance has read nothing yet, and a program that fails gives no text
    assert await PdfDocuments().page_texts(scan) == [""]


async def test_a_sheet_that_lay_askew_keeps_its_rows(tmp_path: Path) -> None:
    scan = on_disk(tmp_path / "x.pdf", scanned(made(paper), tilt=0.7))
    documents = PdfDocuments()
    (page,) = await documents.layout(scan)
    assert "Linear SVM 95.50 96.75" in page.text
    (table,) = page.tables
    (cell,) = (c for c in table.cells if c.text == "96.75")
    assert cell.row_headings == ("Linear SVM",)
    assert cell.column_headings == ("Iris",)
    # turned about the page's middle (306, 396), the cell's centre at (331, 335) has sunk by a fraction of a point
    assert (cell.box.top + cell.box.bottom) / 2 == pytest.approx(335 - 0.3, abs=4)


async def test_a_blank_page_costs_no_recognition(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    called = tmp_path / "called"
    (tmp_path / "tesseract").write_text(f"#!/bin/sh\ntouch {called}\nexit 1\n")
    (tmp_path / "tesseract").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    blank = on_disk(tmp_path / "blank.pdf", made(lambda page: None))
    (layout,) = await PdfDocuments().layout(blank)
    assert not layout.text
    assert not layout.unread


async def test_cancelled_amid_a_page_it_leaves_no_recogniser_behind(
    tmp_path: Path, small_models: bytes
) -> None:
    scan = on_disk(tmp_path / "x.pdf", scanned(small_models))
    task = asyncio.create_task(PdfDocuments().page_texts(scan))
    recogniser: list[psutil.Process] = []
    for _ in range(500):
        await asyncio.sleep(0.02)
        recogniser = [p for p in psutil.Process().children(recursive=True) if p.name() == "tesseract"]
        if recogniser:
            break
    assert recogniser, "no tesseract was started"
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    _, alive = await asyncio.to_thread(psutil.wait_procs, recogniser, 5)
    assert not alive


@pytest.mark.papers
async def test_a_scanned_real_paper_is_read_as_well_as_its_text_nearly(
    tmp_path: Path, real_papers: Path
) -> None:
    data = (real_papers / "papers" / "siu_2023_online_gentleboost.pdf").read_bytes()
    told = await read(on_disk(tmp_path / "text.pdf", data))
    seen = await read(on_disk(tmp_path / "scan.pdf", scanned(data)))
    assert len(values(told.claims) & values(seen.claims)) >= 0.9 * len(values(told.claims))
    assert len(values(seen.claims)) <= 1.1 * len(values(told.claims))
