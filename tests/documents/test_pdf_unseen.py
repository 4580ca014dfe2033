"""Text that a file holds and nobody sees is no text of the page; what can be seen stays."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from made_pdfs import HEIGHT, WIDTH, Draw, made, prose
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen import canvas
from scans import read

from p2n_ext.documents.pages import DocumentReader, Page

SAID = "On the Iris dataset the support vector machine achieves an accuracy of 99.9% on the test set."
WHITE, PALE, GREY, BLACK = (1, 1, 1), (0.97, 0.97, 0.97), (0.6, 0.6, 0.6), (0, 0, 0)


def page_of(data: bytes) -> Page:
    reader = DocumentReader(pdfium.PdfDocument(data))
    assert list(reader.read()) == [1]
    return reader.pages()[0]


def says(data: bytes) -> bool:
    page = page_of(data)
    assert "This is line 3 of the text" in page.text, "the rest of the page is to stay"
    return "99.9%" in page.text


def line(
    colour: tuple[float, float, float] = BLACK,
    *,
    y: float = 300,
    x: float = 72,
    mode: int = 0,
    alpha: float = 1.0,
    under: Callable[[canvas.Canvas], None] | None = None,
) -> Draw:
    """A page of prose with SAID, written so."""

    def draw(page: canvas.Canvas) -> None:
        prose(page)
        if under:
            under(page)
        page.setFillColorRGB(*colour, alpha=alpha)
        text = page.beginText(x, y)
        text.setFont("Helvetica", 10)
        text.setTextRenderMode(mode)
        text.textLine(SAID)
        page.drawText(text)

    return draw


def box(colour: tuple[float, float, float]) -> Callable[[canvas.Canvas], None]:
    def draw(page: canvas.Canvas) -> None:
        page.setFillColorRGB(*colour)
        page.rect(60, 295, 500, 15, stroke=0, fill=1)

    return draw


def photo(page: canvas.Canvas) -> None:
    page.drawImage(ImageReader(Image.new("RGB", (50, 50), (20, 60, 120))), 60, 250, 500, 100)


@pytest.mark.parametrize(
    "draw",
    [
        line(),
        line(GREY),
        line(mode=1),
        line(WHITE, under=box((0.1, 0.2, 0.5))),
        line(WHITE, under=box(GREY)),
        line(WHITE, under=photo),
        # white inside, drawn around in black
        line(WHITE, mode=2),
    ],
    ids=["black", "grey", "outlined", "white on blue", "white on grey", "white on a photo", "white outlined"],
)
def test_text_that_shows_is_read(draw: Draw) -> None:
    assert says(made(draw))


@pytest.mark.parametrize(
    "draw",
    [
        line(mode=3),
        line(mode=7),
        line(alpha=0.01),
        line(WHITE),
        line(PALE),
        line(WHITE, under=box(PALE)),
        line(y=-500),
        line(y=HEIGHT + 40),
        line(x=WIDTH + 10),
        line(x=-700),
    ],
    ids=["invisible", "clip", "clear", "white", "pale", "on pale", "below", "above", "right", "left"],
)
@pytest.mark.parametrize("rotate", [0, 90])
def test_text_that_nobody_sees_is_not_read(draw: Draw, rotate: int) -> None:
    document = pdfium.PdfDocument(made(draw))
    document[0].set_rotation(rotate)
    assert not says(saved(document))


def test_text_outside_the_crop_box_is_not_read() -> None:
    document = pdfium.PdfDocument(made(line(y=60)))
    assert "99.9%" in page_of(saved(document)).text
    document[0].set_cropbox(0, 100, WIDTH, HEIGHT)
    assert not says(saved(document))


def saved(document: pdfium.PdfDocument) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def scan_with_layer(extra: Draw | None = None, blank: bool = False) -> bytes:
    """A picture of a page, and over it the same words unpainted, as a scanner's software writes them."""
    picture = pdfium.PdfDocument(made(line()))[0].render(scale=150 / 72, grayscale=True).to_pil()
    if blank:
        picture = Image.new("L", picture.size, 255)

    def draw(page: canvas.Canvas) -> None:
        page.drawImage(ImageReader(picture), 0, 0, WIDTH, HEIGHT)
        for i in range(12):
            layer(
                page,
                700 - 12 * i,
                f"This is line {i} of the text that we wrote for the sake of a test of the page.",
            )
        layer(page, 300, SAID, "Helvetica")
        if extra:
            extra(page)

    return made(draw)


def layer(page: canvas.Canvas, y: float, words: str, font: str = "Times-Roman") -> None:
    text = page.beginText(72, y)
    text.setFont(font, 10)
    text.setTextRenderMode(3)
    text.textLine(words)
    page.drawText(text)


def test_the_text_layer_of_a_scan_is_its_text_but_only_over_ink() -> None:
    assert says(scan_with_layer())
    page = page_of(scan_with_layer(lambda p: layer(p, 150, "Nothing is printed here: 98.7%")))
    assert page.scan
    assert "99.9%" in page.text
    assert "98.7%" not in page.text
    empty = page_of(scan_with_layer(blank=True))
    assert empty.text == ""
    assert not empty.scan


async def test_a_claim_from_the_layer_of_a_scan_says_so_and_is_trusted_less(tmp_path: Path) -> None:
    plain, scanned = tmp_path / "plain.pdf", tmp_path / "scan.pdf"
    plain.write_bytes(made(line()))
    scanned.write_bytes(scan_with_layer())
    (before,) = (await read(plain)).claims
    (after,) = (await read(scanned)).claims
    assert (
        (after.value_printed, after.method)
        == (before.value_printed, before.method)
        == ("99.9%", "support vector machine")
    )
    assert "text layer of a scan" in after.reasons
    assert "text layer of a scan" not in before.reasons
    assert math.isclose(after.confidence, 0.85 * before.confidence, abs_tol=0.01)
