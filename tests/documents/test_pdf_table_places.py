"""Where tables stand that are easily passed over: captions, gutters, boxes and names of more than one line."""

from __future__ import annotations

import pypdfium2 as pdfium
import pytest
from made_pdfs import made, two_columns
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen import canvas

from p2n_ext.documents.layout import Gutter, page_gutter
from p2n_ext.documents.pages import DocumentReader, Page


def pages_of(data: bytes) -> list[Page]:
    reader = DocumentReader(pdfium.PdfDocument(data))
    list(reader.read())
    return reader.pages()


def texts(page: Page) -> list[list[str]]:
    ((_, table),) = page.tables
    return [[c.text for c in r.cells] for r in table.grid.rows]


def test_a_caption_may_be_numbered_by_a_roman_numeral_of_one_character() -> None:
    def draw(page: canvas.Canvas) -> None:
        pdfmetrics.registerFont(UnicodeCIDFont("HeiseiMin-W3"))
        page.setFont("HeiseiMin-W3", 10)
        page.drawString(100, 600, "TABLE Ⅳ  Accuracy by model")
        page.setFont("Times-Roman", 10)
        for i, row in enumerate(
            (("Model", "Accuracy"), ("Tree", "71.5"), ("Forest", "82.5"), ("Net", "84.5"))
        ):
            page.drawString(100, 580 - 13 * i, row[0])
            page.drawString(200, 580 - 13 * i, row[1])

    (page,) = pages_of(made(draw))
    assert [k.label for k in page.captions[0]] == ["Table IV"]
    assert len(texts(page)) == 4


def test_rows_that_a_gutter_parts_follow_those_between_rules() -> None:
    def draw(page: canvas.Canvas) -> None:
        page.setFont("Times-Roman", 9)
        for i in range(34):
            page.drawString(54, 600 - 12 * i, f"Left column line {i} with words that fill it well enough")
            page.drawString(320, 594 - 12 * i, f"Right column line {i} with words that fill it well too")
        page.drawString(
            54, 750, "Table 1: F1 of parsers, of which some were trained on more sentences than others"
        )
        rows = [("Parser", "a", "b", "c", "d")]
        rows += [(f"Parser number {i}", f"8{i}.1", f"8{i}.2", f"8{i}.3", f"8{i}.4") for i in range(6)]
        for y in (736, 722):
            page.line(110, y, 440, y)
        for i, row in enumerate(rows):
            for x, cell in zip((120, 230, 268, 330, 390), row, strict=True):
                page.drawString(x, 726 - 12 * i, cell)

    (page,) = pages_of(made(draw))
    assert page.layouts[0].gutter is not None
    assert [r[-1] for r in texts(page)] == ["d", *(f"8{i}.4" for i in range(6))]


def test_lines_across_a_gutter_do_not_make_it_narrower() -> None:
    def draw(page: canvas.Canvas) -> None:
        two_columns(page)
        for i in range(3):
            page.drawString(300, 780 - 12 * i, "x")

    (plain,), (page,) = pages_of(made(two_columns)), pages_of(made(draw))
    gutter = plain.layouts[0].gutter
    assert gutter is not None
    assert page_gutter(page.layouts[0].view, gutter) == gutter
    shifted = Gutter(gutter.x0 + 6, gutter.x1 + 6)
    assert page_gutter(plain.layouts[0].view, shifted) == gutter


@pytest.mark.parametrize("boxed", [True, False])
def test_a_name_of_two_lines_is_one_where_rules_box_the_rows(boxed: bool) -> None:
    def draw(page: canvas.Canvas) -> None:
        page.setFont("Times-Roman", 9)
        page.drawString(100, 640, "Table 1: Scores of three models.")
        rows = [
            ("Model", "", "Acc.", "F1"),
            ("First et", "al. [3]", "71.5", "70.5"),
            ("Second et", "al. [4]", "81.5", "80.5"),
        ]
        for i, (name, rest, one, two) in enumerate(rows):
            y = 620 - 24 * i
            for x, cell in ((104, name), (184, one), (244, two)):
                page.drawString(x, y, cell)
            if rest:
                page.drawString(108, y - 10, rest)
            if boxed or i == 0:
                page.line(100, y - 13, 300, y - 13)

    (page,) = pages_of(made(draw))
    names = [r[0] for r in texts(page)]
    assert ("Second et al. [4]" in names) == boxed
    ((_, table),) = page.tables
    assert [r.line for r in table.grid.rows if "71.5" in r.line] == ["First et 71.5 70.5"]


def test_a_row_parted_by_vertical_rules_is_no_line_of_the_caption_above_it() -> None:
    def draw(page: canvas.Canvas) -> None:
        page.setFont("Times-Roman", 10)
        page.drawString(232, 620, "Table 2: Model performance.")
        rows = [
            ("Models", "Min. error", "Avg. error"),
            ("Tree", "1.017", "1.042"),
            ("Forest", "1.050", "1.124"),
        ]
        edges, top, pitch = (159, 231, 340, 450), 618, 14
        for i, row in enumerate(rows):
            page.line(edges[0], top - pitch * (i + 1), edges[-1], top - pitch * (i + 1))
            for x in edges:
                page.line(x, top - pitch * i, x, top - pitch * (i + 1))
            for x, text in zip(edges, row, strict=False):
                page.drawString(x + 8, top - 10 - pitch * i, text)

    (page,) = pages_of(made(draw))
    assert [k.text for k in page.captions[0]] == ["Table 2: Model performance."]
    assert [r[0] for r in texts(page)] == ["Models", "Tree", "Forest"]


def test_a_name_that_cannot_end_where_its_line_does_goes_on_in_the_next() -> None:
    def draw(page: canvas.Canvas) -> None:
        page.setFont("Times-Roman", 10)
        page.drawString(100, 640, "Table 1: Error rates of four methods.")
        rows = [
            ("Method", "Test error"),
            ("Rectifier MLP + dropout (Sri-", "1.05%"),
            ("vastava, 2013)", ""),
            ("Stochastic pooling (Zeiler &", "0.47%"),
            ("Fergus, 2013)", ""),
            ("Tangent classifier", "0.81%"),
            ("(Rifai et al., 2011)", ""),
            ("Maxout", "0.45%"),
        ]
        for i, (name, value) in enumerate(rows):
            page.drawString(100, 620 - 12 * i, name)
            page.drawString(280, 620 - 12 * i, value)

    (page,) = pages_of(made(draw))
    assert [r[0] for r in texts(page)[1:]] == [
        "Rectifier MLP + dropout (Sri- vastava, 2013)",
        "Stochastic pooling (Zeiler & Fergus, 2013)",
        "Tangent classifier (Rifai et al., 2011)",
        "Maxout",
    ]
    assert all(len(r) == 2 for r in texts(page))


def test_the_words_of_a_name_set_far_apart_are_one_name() -> None:
    def draw(page: canvas.Canvas) -> None:
        page.setFont("Times-Roman", 10)
        page.drawString(100, 640, "Table 1: Error rates of three methods.")
        for x, text in ((100, "Method"), (300, "Test error")):
            page.drawString(x, 620, text)
        rows = [
            ("CNN", "+", "Spearmint", "1.5%"),
            ("Manifold", "", "Tangents", "1.3%"),
            ("Maxout", "", "", "1.1%"),
        ]
        for i, row in enumerate(rows):
            for x, text in zip((100, 160, 200, 300), row, strict=True):
                page.drawString(x, 606 - 12 * i, text)

    (page,) = pages_of(made(draw))
    assert [r[0] for r in texts(page)[1:]] == ["CNN + Spearmint", "Manifold Tangents", "Maxout"]
