"""What hostile and broken files do: a typed error or a valid result, in bounded time, and the parent lives on."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from made_pdfs import made, no_pages, paper, picture
from scans import A_PAPER, read

from p2n_ext.agents.offline import OfflineReader
from p2n_ext.documents import Bounds, PdfDocuments
from p2n_ext.documents.process import run_job
from p2n_schemas.errors import ErrorCode, P2NError


def kept(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


async def refusal(pdf: Path) -> ErrorCode:
    with pytest.raises(P2NError) as caught:
        await PdfDocuments().inspect(pdf)
    assert caught.value.info.message
    assert caught.value.info.remediation
    assert caught.value.code.http_status in (415, 422)
    return caught.value.code


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", ErrorCode.E_NOT_A_PDF),
        (b"<!DOCTYPE html><html><body>Log in</body></html>" * 50, ErrorCode.E_NOT_A_PDF),
        (b"PK\x03\x04" + bytes(3000), ErrorCode.E_NOT_A_PDF),
        (b"%PDF-1.7\n" + bytes(2000), ErrorCode.E_PDF_DAMAGED),
        (no_pages(), ErrorCode.E_PDF_EMPTY),
        (made(picture), ErrorCode.E_PDF_NO_TEXT),
        (made(paper, encrypt="secret"), ErrorCode.E_PDF_ENCRYPTED),
    ],
    ids=["nothing", "html", "zip", "header only", "no pages", "a picture", "a password"],
)
async def test_a_file_that_is_no_readable_paper_is_refused_by_name(
    tmp_path: Path, data: bytes, code: ErrorCode
) -> None:
    pdf = kept(tmp_path / "x.pdf", data)
    assert await refusal(pdf) is code
    with pytest.raises(P2NError) as caught:
        await read(pdf)
    assert caught.value.code is code


@pytest.mark.papers
async def test_web_pages_called_pdf_are_refused(real_papers: Path) -> None:
    files = sorted((real_papers / "notpdf").iterdir())
    assert files
    for file in files:
        assert await refusal(file) is ErrorCode.E_NOT_A_PDF


async def test_a_good_file_is_described_and_its_text_given(tmp_path: Path) -> None:
    pdf = kept(tmp_path / "x.pdf", made(paper))
    info = await PdfDocuments().inspect(pdf)
    assert info.pages == 1
    assert info.characters > 500
    (text,) = await PdfDocuments().page_texts(pdf)
    assert "Table 1: Test accuracy (%) on two data sets." in text


async def test_a_reader_past_its_time_is_killed(sample_pdf: Path) -> None:
    start = time.monotonic()
    with pytest.raises(P2NError) as caught:
        await PdfDocuments(seconds=0.05).inspect(sample_pdf)
    assert caught.value.code is ErrorCode.E_PDF_TIMEOUT
    assert time.monotonic() - start < 5


async def test_a_reader_without_memory_dies_alone(sample_pdf: Path) -> None:
    with pytest.raises(P2NError) as caught:
        await PdfDocuments(memory_mib=40).inspect(sample_pdf)
    assert caught.value.code is ErrorCode.E_PDF_DAMAGED
    assert (await PdfDocuments().inspect(sample_pdf)).pages >= 1


async def test_output_beyond_its_bound_ends_the_job(sample_pdf: Path) -> None:
    bounds = Bounds(output_bytes=500)
    with pytest.raises(P2NError) as caught:
        async for _ in run_job("p2n_ext.documents.worker", "page_texts", sample_pdf, {}, bounds):
            pass
    assert caught.value.code is ErrorCode.E_PDF_DAMAGED


def children() -> set[int]:
    import psutil

    return {p.pid for p in psutil.Process().children(recursive=True) if p.status() != psutil.STATUS_ZOMBIE}


async def test_a_cancelled_or_abandoned_reading_leaves_no_process(sample_pdf: Path) -> None:
    before = children()
    task = asyncio.create_task(PdfDocuments().inspect(sample_pdf))
    for _ in range(200):
        await asyncio.sleep(0.01)
        if children() - before:
            break
    assert children() - before, "no child was started"
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert children() <= before

    readings = OfflineReader().read(A_PAPER, sample_pdf)
    await anext(aiter(readings))
    await readings.aclose()  # type: ignore[attr-defined]
    assert children() <= before


async def test_no_secret_of_the_server_reaches_the_child(
    sample_pdf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from p2n_ext.documents.process import _environment

    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    monkeypatch.setenv("JUPYTER_TOKEN", "t")
    assert not {"OPENAI_API_KEY", "JUPYTER_TOKEN"} & set(_environment())
