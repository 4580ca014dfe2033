"""Pages for readers other than our own rules: lines, tables with headings, and where a number stands."""

from __future__ import annotations

import io
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from made_pdfs import ROWS, made, paper, sideways
from reportlab.pdfgen import canvas

from p2n_ext.documents import PdfDocuments
from p2n_ext.documents.outline import places
from p2n_ext.documents.pages import DocumentReader, Page


def on_disk(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("draw", [paper, sideways], ids=["upright", "sideways"])
async def test_a_page_gives_its_lines_and_its_table_with_headings(tmp_path: Path, draw: object) -> None:
    pdf = on_disk(tmp_path / "x.pdf", made(draw))  # type: ignore[arg-type]
    documents = PdfDocuments()
    (page,) = await documents.layout(pdf)
    assert (page.number, page.ocr, page.unread) == (1, None, False)
    assert [page.text] == await documents.page_texts(pdf)
    assert page.lines
    for line in page.lines:
        assert line.text in page.text
        assert 0 <= line.box.x0 < line.box.x1 <= page.width
        assert 0 <= line.box.top < line.box.bottom <= page.height
    (found,) = page.tables
    assert found.label == "Table 1"
    assert found.caption.startswith("Table 1: Test accuracy")
    got = [(c.row_headings, c.column_headings, c.text) for c in found.cells]
    assert got == [((row[0],), (ROWS[0][k],), row[k]) for row in ROWS[1:] for k in (1, 2)]
    for cell in found.cells:
        (place,) = await documents.locate(pdf, 1, cell.text)
        assert place.box == cell.box
        assert found.box.x0 <= cell.box.x0 <= cell.box.x1 <= found.box.x1


async def test_many_numbers_are_located_in_one_reading(sample_pdf: Path) -> None:
    documents = PdfDocuments()
    pages = await documents.layout(sample_pdf)
    cells = [(p.number, c) for p in pages for t in p.tables for c in t.cells]
    assert len(cells) > 10
    found = await documents.locate_all(sample_pdf, [(n, c.text) for n, c in cells])
    for (number, cell), quotes in zip(cells, found, strict=True):
        assert any(
            q.box and abs(q.box.x0 - cell.box.x0) < 1 and abs(q.box.top - cell.box.top) < 2 for q in quotes
        )
        assert all(q.page == number and q.text in pages[number - 1].text for q in quotes)
    assert await documents.locate_all(sample_pdf, []) == []
    assert await documents.locate(sample_pdf, 99, "1") == []
    assert await documents.locate(sample_pdf, 1, "  ") == []


def page_of(*lines: str) -> Page:
    def draw(page: canvas.Canvas) -> None:
        page.setFont("Times-Roman", 10)
        for i, line in enumerate(lines):
            page.drawString(72, 700 - 14 * i, line)

    reader = DocumentReader(pdfium.PdfDocument(io.BytesIO(made(draw))))
    list(reader.read())
    return reader.pages()[0]


@pytest.mark.parametrize(
    ("line", "printed", "count"),
    [
        ("We reach 91.2 and 91.2% on it.", "91.2", 2),
        ("We reach 91.2% on it.", "91.2%", 1),
        ("We reach 91.25 here and 191.2 there.", "91.2", 0),
        ("In all 1,234 of them.", "234", 0),
        ("In all 1,234 of them.", "1", 0),
        ("In all 1,234 of them.", "1,234", 1),
        ("Between [91.2,93.4] it lies.", "93.4", 1),
        ("A model of 4.2M in 113ms.", "4.2", 1),
        ("A model of 4.2M in 113ms.", "113", 1),
        ("The v2.4.2 of it.", "4.2", 0),
        ("The value (0.5) is it.", "0.5", 1),
        ("It fell by -0.5 there.", "\u22120.5", 1),
        ("It is 94.0 \u00b1 1.8 there.", "94.0 \u00b1 1.8", 1),
        ("It is 94.0 \u00b1 1.8 there.", "94.0\u00b11.8", 0),
        ("The end is 91.2.", "91.2", 1),
        ("A .* [regex] of 1.5", "1.5", 1),
        ("It is 1x5 there.", "1.5", 0),
    ],
)
def test_a_number_is_found_where_it_is_a_token_of_its_own(line: str, printed: str, count: int) -> None:
    found = list(places(page_of("A line before it.", line), printed))
    assert len(found) == count
    assert all(q["text"] == line for q in found)


def test_each_place_has_its_own_box_in_reading_order() -> None:
    found = list(places(page_of("Once 0.5 and again 0.5 here.", "And 0.5 below."), "0.5"))
    boxes = [q["box"] for q in found]
    assert [b["top"] for b in boxes] == sorted(b["top"] for b in boxes)
    assert boxes[0]["x0"] < boxes[1]["x0"]
    assert boxes[0]["top"] == boxes[1]["top"] < boxes[2]["top"]
