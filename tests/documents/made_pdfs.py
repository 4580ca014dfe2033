"""PDFs made for a test: each shows one thing that real files do."""

from __future__ import annotations

import io
from collections.abc import Callable

from reportlab.pdfgen import canvas

WIDTH, HEIGHT = 612.0, 792.0
Draw = Callable[[canvas.Canvas], None]

ROWS = [
    ("Method", "Wine", "Iris"),
    ("Naive Bayes", "91.25", "94.00"),
    ("Linear SVM", "95.50", "96.75"),
    ("Random forest", "97.75", "95.25"),
]


def made(draw: Draw, encrypt: str | None = None, rotate: int = 0) -> bytes:
    """The bytes of a one-page PDF."""
    out = io.BytesIO()
    page = canvas.Canvas(out, pagesize=(WIDTH, HEIGHT), encrypt=encrypt)
    if rotate:
        page.setPageRotation(rotate)
    draw(page)
    page.showPage()
    page.save()
    return out.getvalue()


def prose(page: canvas.Canvas, x: float = 72, y: float = 700, lines: int = 12) -> None:
    """Plain lines of running text."""
    page.setFont("Times-Roman", 10)
    for i in range(lines):
        page.drawString(
            x, y - 12 * i, f"This is line {i} of the text that we wrote for the sake of a test of the page."
        )


def table(page: canvas.Canvas, x: float = 150, y: float = 500) -> None:
    """A captioned booktabs table with ROWS; the caption's baseline is at y."""
    page.setFont("Times-Roman", 10)
    page.drawString(x, y, "Table 1: Test accuracy (%) on two data sets.")
    columns = (x, x + 110, x + 170)
    for line in (y - 10, y - 26, y - 26 - 14 * (len(ROWS) - 1)):
        page.line(x, line, x + 210, line)
    for i, row in enumerate(ROWS):
        for place, cell in zip(columns, row, strict=True):
            page.drawString(place, y - 21 - 14 * i, cell)


def paper(page: canvas.Canvas) -> None:
    """Text, a table, text."""
    prose(page)
    table(page)
    prose(page, y=380)


def sideways(page: canvas.Canvas) -> None:
    """The same, turned by a quarter on an upright page."""
    page.translate(WIDTH, 0)
    page.rotate(90)
    page.setFont("Times-Roman", 10)
    prose(page, x=40, y=560)
    table(page, x=150, y=380)


def two_columns(page: canvas.Canvas) -> None:
    """Two columns of 40 lines each."""
    page.setFont("Times-Roman", 9)
    for i in range(40):
        page.drawString(54, 720 - 12 * i, f"Left column line {i} with words that fill it well enough")
        page.drawString(320, 714 - 12 * i, f"Right column line {i} with words that fill it well too")


def picture(page: canvas.Canvas) -> None:
    """Only an image."""
    from PIL import Image
    from reportlab.lib.utils import ImageReader

    page.drawImage(ImageReader(Image.new("RGB", (200, 200), (200, 30, 30))), 100, 300, 300, 300)


def no_pages() -> bytes:
    """A well-formed document without a page."""
    import pypdfium2

    out = io.BytesIO()
    pypdfium2.PdfDocument.new().save(out)
    return out.getvalue()
