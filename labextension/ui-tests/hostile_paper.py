"""A paper whose title, methods and numbers are markup, for the panel's tests: `python hostile_paper.py out.pdf`."""

import sys

from reportlab.pdfgen import canvas

ROWS = [
    ("Method", "Wine", "Iris"),
    ("<img src=x onerror=alert(1)>", "91.25", "94.00"),
    ("<b>Naive</b> Bayes", "95.50", "96.75"),
    ("Random forest", "97.75", "95.25"),
]
PROSE = "We train each method on two data sets and report the accuracy on the held-out part of the data."


def draw(path: str) -> None:
    page = canvas.Canvas(path, pagesize=(612, 792), invariant=1)
    page.setTitle("<script>alert(2)</script>")
    page.setFont("Times-Bold", 18)
    page.drawString(72, 730, "<img src=x onerror=alert(3)> Wins on Wine")
    page.setFont("Times-Roman", 10)
    for line in range(12):
        page.drawString(72, 690 - 12 * line, PROSE)
    page.drawString(120, 500, "Table 1: Test accuracy (%) on two data sets.")
    for rule in (490, 474, 474 - 14 * (len(ROWS) - 1)):
        page.line(120, rule, 420, rule)
    for index, row in enumerate(ROWS):
        for x, cell in zip((120, 320, 380), row, strict=True):
            page.drawString(x, 479 - 14 * index, cell)
    for line in range(12):
        page.drawString(72, 400 - 12 * line, PROSE)
    page.save()


if __name__ == "__main__":
    draw(sys.argv[1])
