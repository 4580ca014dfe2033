"""The evidence picture: upright and marked at the right place, however the page is turned and cut."""

from __future__ import annotations

import io
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from made_pdfs import ROWS, made, paper, prose, sideways, table, two_columns
from PIL import Image, ImageChops
from reportlab.pdfgen import canvas

from p2n_ext.documents.crops import MAX_PIXELS, crop, lines_of
from p2n_ext.documents.geometry import Rect
from p2n_ext.documents.glyphs import read_page
from p2n_ext.documents.outline import box_of
from p2n_ext.documents.pages import DocumentReader

VALUE = ROWS[3][1]
SAMPLE = Path(__file__).parents[2] / "examples" / "papers" / "standardisation_2026.pdf"


def changed(
    data: bytes,
    rotate: int = 0,
    cropped: tuple[float, ...] | None = None,
    media: tuple[float, ...] | None = None,
) -> bytes:
    """The file with its page turned (degrees) and its boxes set."""
    document = pdfium.PdfDocument(data)
    page = document[0]
    if media:
        page.set_mediabox(*media)
    if cropped:
        page.set_cropbox(*cropped)
    page.set_rotation(rotate)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def place(data: bytes) -> tuple[Rect, Rect]:
    """The table's region and the value's box, as a reading finds them."""
    reader = DocumentReader(pdfium.PdfDocument(data))
    list(reader.read())
    ((view, found),) = reader.pages()[0].tables
    cell = next(c for r in found.grid.rows for c in r.cells if c.text == VALUE)
    return view.to_page(found.box), view.to_page(cell.atom.box)


def picture(data: bytes, whole_page: bool = False) -> Image.Image:
    region, box = place(data)
    shown = crop(pdfium.PdfDocument(data), 1, None if whole_page else box_of(region), box_of(box))
    return Image.open(io.BytesIO(shown)).convert("RGB")


def marked(image: Image.Image) -> tuple[int, int, int, int]:
    """The mark's outer edges."""
    red, green, _ = image.split()
    only = ImageChops.subtract(red, green).point([255 if v > 100 else 0 for v in range(256)])
    found = only.getbbox()
    assert found, "no mark was drawn"
    return found


def print_in(image: Image.Image, inset: int = 4) -> int:
    """Dark pixels inside the mark."""
    x0, top, x1, bottom = marked(image)
    inner = image.convert("L").crop((x0 + inset, top + inset, x1 - inset, bottom - inset))
    return sum(inner.histogram()[:100])


CASES = {
    "turned by 90": changed(made(paper), 90),
    "turned by 180": changed(made(paper), 180),
    "turned by 270": changed(made(paper), 270),
    "cut": changed(made(paper), 0, (100, 300, 500, 760)),
    "cut and turned": changed(made(paper), 90, (100, 300, 500, 760)),
    "cut, turned, from elsewhere": changed(made(paper), 270, (120, 320, 500, 760), (50, 250, 560, 780)),
    "a table printed sideways": made(sideways),
    "printed sideways and turned": made(sideways, rotate=270),
}


@pytest.mark.parametrize("data", CASES.values(), ids=CASES.keys())
def test_however_the_page_lies_the_picture_is_the_upright_one(data: bytes) -> None:
    wanted, shown = picture(made(paper)), picture(data)
    assert shown.size == pytest.approx(wanted.size, abs=3)
    assert marked(shown) == pytest.approx(marked(wanted), abs=4)
    assert print_in(shown) == pytest.approx(print_in(wanted), rel=0.25)
    # all of the table is on it, not the value alone
    assert sum(shown.convert("L").histogram()[:100]) == pytest.approx(
        sum(wanted.convert("L").histogram()[:100]), rel=0.3
    )


@pytest.mark.parametrize("data", CASES.values(), ids=CASES.keys())
def test_the_whole_page_shows_the_same_mark(data: bytes) -> None:
    shown = picture(data, whole_page=True)
    page = pdfium.PdfDocument(data)[0]
    assert shown.width / shown.height == pytest.approx(page.get_width() / page.get_height(), rel=0.01)
    assert print_in(shown) > 60
    x0, top, x1, bottom = marked(shown)
    # the mark is the value's, not larger
    assert (x1 - x0) * (bottom - top) < 0.01 * shown.width * shown.height


def test_a_value_at_the_edge_of_the_page_is_marked_within_the_picture() -> None:
    def at_the_edge(page: canvas.Canvas) -> None:
        prose(page)
        table(page, x=402, y=70)

    shown = picture(made(at_the_edge))
    assert print_in(shown) > 60

    cut = changed(made(at_the_edge), 0, (0, 0, 500, 792))
    edge = Image.open(
        io.BytesIO(crop(pdfium.PdfDocument(cut), 1, box(300, 700, 499, 790), box(480, 760, 500, 792)))
    )
    x0, top, x1, bottom = marked(edge.convert("RGB"))
    assert (x1, bottom) == edge.size
    assert x0 > 0
    assert top > 0


def box(x0: float, top: float, x1: float, bottom: float) -> dict[str, float]:
    return box_of(Rect(x0, top, x1, bottom))


def test_on_a_page_of_two_columns_the_region_is_the_one_asked_for() -> None:
    data = made(two_columns)
    right = crop(pdfium.PdfDocument(data), 1, box(320, 70, 560, 200), box(320, 70, 340, 80))
    shown = Image.open(io.BytesIO(right)).convert("RGB")
    assert shown.width == pytest.approx((240 + 20) * 150 / 72, abs=3)
    assert marked(shown)[0] < 30


@pytest.mark.parametrize(
    ("width", "height"), [(612, 792), (3000, 3000), (14_400, 14_400), (100_000, 20)], ids=str
)
def test_pixels_are_bounded_and_the_mark_still_seen(width: float, height: float) -> None:
    data = changed(made(paper), media=(0, 0, width, height))
    shown = Image.open(
        io.BytesIO(crop(pdfium.PdfDocument(data), 1, box(0, 0, width, height), box(260, 5, 282, 15)))
    )
    assert shown.width * shown.height <= 1.02 * MAX_PIXELS
    x0, top, x1, bottom = marked(shown.convert("RGB"))
    assert x1 - x0 >= 4
    assert bottom - top >= 4


def test_a_region_outside_the_page_gives_the_page() -> None:
    data = made(paper)
    shown = Image.open(
        io.BytesIO(crop(pdfium.PdfDocument(data), 1, box(900, 900, 950, 950), box(900, 900, 950, 950)))
    )
    assert shown.size == pytest.approx((612 * 150 / 72, 792 * 150 / 72), abs=2)


@pytest.mark.parametrize("number", [0, 2, -1])
def test_no_such_page_no_picture(number: int) -> None:
    with pytest.raises(ValueError, match="no page"):
        crop(pdfium.PdfDocument(made(paper)), number, None, box(0, 0, 10, 10))


def test_words_are_found_over_the_ends_of_lines_and_columns() -> None:
    glyphs = read_page(pdfium.PdfDocument(SAMPLE), 1).glyphs
    lines = lines_of(glyphs, "Nine classifiers are compared on the Wine and the Wisconsin Diagnostic Breast")
    assert len(lines) > 1
    assert all(line.height < 20 for line in lines)
    assert [line.top for line in lines] == sorted(line.top for line in lines)
    assert lines_of(glyphs, "words that nobody wrote") == lines_of(glyphs, " ") == []
