from __future__ import annotations

import io

import pypdfium2 as pdfium
import pytest
from made_pdfs import HEIGHT, ROWS, WIDTH, made, paper, sideways, two_columns
from PIL import Image

from p2n_ext.documents.crops import crop
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


def test_the_evidence_picture_shows_the_value_marked() -> None:
    data = made(paper, rotate=90)
    view, table = pages_of(data)[0].tables[0]
    value = table.grid.rows[2].cells[1]
    assert value.text == "95.50"
    region, box = view.to_page(table.box), view.to_page(value.atom.box)
    as_dict = [{k: getattr(r, k) for k in ("x0", "top", "x1", "bottom")} for r in (region, box)]
    image = Image.open(io.BytesIO(crop(pdfium.PdfDocument(data), 1, *as_dict)))
    assert image.size == pytest.approx(
        ((region.width + 20) * 150 / 72, (region.height + 20) * 150 / 72), abs=3
    )
    scale = 150 / 72
    inside = image.crop(
        (
            round((box.x0 - region.x0 + 10 - 1) * scale),
            round((box.top - region.top + 10 - 1) * scale),
            round((box.x1 - region.x0 + 10 + 1) * scale),
            round((box.bottom - region.top + 10 + 1) * scale),
        )
    )
    dark = sum(1 for p in pixels(inside) if sum(p) < 150)
    assert dark > 40, "the marked box holds no print"
    red = [
        (i % image.width, i // image.width)
        for i, p in enumerate(pixels(image))
        if p[0] > 180 and p[1] < 80 and p[2] < 80
    ]
    assert red, "no mark was drawn"
    left, right = min(x for x, _ in red) / scale, max(x for x, _ in red) / scale
    assert left == pytest.approx(box.x0 - region.x0 + 10 - 2, abs=1.5)
    assert right == pytest.approx(box.x1 - region.x0 + 10 + 2, abs=1.5)
