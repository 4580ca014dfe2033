from __future__ import annotations

import pypdfium2 as pdfium
import pytest
from made_pdfs import HEIGHT, ROWS, WIDTH, made, paper, sideways, two_columns
from PIL import Image

from p2n_ext.documents.geometry import Rect, turned
from p2n_ext.documents.pages import DocumentReader, Page


def pages_of(data: bytes) -> list[Page]:
    reader = DocumentReader(pdfium.PdfDocument(data))
    assert list(reader.read()) == list(range(1, reader.count + 1))
    return reader.pages()


def cells(page: Page) -> list[tuple[str, ...]]:
    (_, table), *rest = page.tables
    assert not rest
    return [tuple(c.text for c in row.cells) for row in table.grid.rows]


def pixels(image: Image.Image) -> list[tuple[int, int, int]]:
    data = image.convert("RGB").tobytes()
    return [(data[i], data[i + 1], data[i + 2]) for i in range(0, len(data), 3)]


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_turning_a_box_there_and_back_gives_the_box(quarters: int) -> None:
    box = Rect(10, 20, 110, 50)
    there = turned(box, quarters, 612, 792)
    width, height = (792, 612) if quarters % 2 else (612, 792)
    assert there != box
    assert turned(there, -quarters, width, height) == box


def test_a_booktabs_table_gives_its_grid() -> None:
    page = pages_of(made(paper))[0]
    assert cells(page) == ROWS
    _, table = page.tables[0]
    assert table.label == "Table 1"
    assert [r.header for r in table.grid.rows] == [True, False, False, False]
    assert table.grid.stubs == 1


def test_a_table_turned_on_its_page_gives_the_same_grid_and_its_place_on_the_page() -> None:
    page = pages_of(made(sideways))[0]
    assert cells(page) == ROWS
    view, table = page.tables[0]
    assert view.quarters != 0
    place = view.to_page(table.box)
    # drawn at 150..360 along the page's height from its foot, below y=380 across it
    assert place.height == pytest.approx(210, abs=3)
    assert place.bottom == pytest.approx(HEIGHT - 150, abs=3)
    assert place.x0 > WIDTH - 380 - 3


@pytest.mark.parametrize("rotate", [90, 180, 270])
def test_a_page_with_rotation_is_read_as_it_is_displayed(rotate: int) -> None:
    data = made(paper, rotate=rotate)
    page = pages_of(data)[0]
    assert (page.width, page.height) == pdfium.PdfDocument(data)[0].get_size()
    assert page.tables[0][0].quarters == -rotate // 90 % 4
    assert cells(page) == ROWS


def test_two_columns_are_read_one_after_the_other() -> None:
    text = pages_of(made(two_columns))[0].text
    assert text.index("Left column line 39") < text.index("Right column line 0")
