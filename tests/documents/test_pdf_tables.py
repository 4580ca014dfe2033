"""Pieces of table geometry: boxes, ids, labels across columns, figures that are none, and bounds."""

from __future__ import annotations

import io
import time

import pypdfium2 as pdfium
from made_pdfs import made
from reportlab.pdfgen import canvas

from p2n_ext.documents.boxed import boxed_columns
from p2n_ext.documents.cells import atoms_of
from p2n_ext.documents.geometry import Rect
from p2n_ext.documents.glyphs import Rule
from p2n_ext.documents.grid import build_grid
from p2n_ext.documents.pages import DocumentReader, Page
from p2n_ext.documents.words import Word


def word(text: str, x: float, y: float) -> Word:
    width = 5.0 * len(text)
    return Word(text, Rect(x, y - 7.5, x + width, y + 2.2), y, 10.0, "Times", False)


def bar(x: float, top: float, bottom: float) -> Rule:
    return Rule(Rect(x - 0.2, top, x + 0.2, bottom), False)


def row(y: float, *cells: tuple[str, float]) -> list[Word]:
    return [word(t, x, y) for t, x in cells]


def pages_of(data: bytes) -> list[Page]:
    reader = DocumentReader(pdfium.PdfDocument(data))
    list(reader.read())
    return reader.pages()


def test_columns_are_the_spaces_between_vertical_rules() -> None:
    lines = [atoms_of(row(y, ("name", 12), ("1.5", 82), ("2.5", 142))) for y in (20, 34, 48)]
    rules = [bar(x, 10, 52) for x in (10, 80, 140, 158)]
    assert boxed_columns(lines, rules) == [(10, 80), (80, 140), (140, 158)]


def test_rules_that_part_only_some_columns_make_no_boxes() -> None:
    lines = [atoms_of(row(y, ("name", 12), ("1.5", 82), ("2.5", 142), ("3.5", 180))) for y in (20, 34, 48)]
    assert boxed_columns(lines, [bar(x, 10, 52) for x in (10, 80, 140, 210)]) is None
    assert boxed_columns(lines, [bar(80, 10, 20)]) is None


def test_a_first_column_of_ids_names_the_rows() -> None:
    lines = [atoms_of(row(20, ("run", 10), ("NN", 80), ("SVM", 140)))]
    lines += [atoms_of(row(20 + 14 * i, (f"00{i}", 10), (f"1{i}", 80), (f"2{i}", 140))) for i in (1, 2, 3)]
    grid = build_grid(lines, [])
    assert grid is not None
    assert grid.stubs == 1


def test_a_column_of_words_after_one_of_ranks_names_the_rows_too() -> None:
    lines = [atoms_of(row(20, ("Rank", 10), ("Group", 60), ("Error", 140)))]
    names = ("u-net", "other", "third")
    lines += [
        atoms_of(row(34 + 14 * i, (f"{i + 1}.", 10), (n, 60), (f"0.0{i}5", 140))) for i, n in enumerate(names)
    ]
    grid = build_grid(lines, [])
    assert grid is not None
    assert grid.stubs == 2


def test_labels_across_the_columns_part_the_rows_and_are_no_headings() -> None:
    lines = [atoms_of(row(20, ("Model", 10), ("PPL", 90), ("BLEU", 150)))]
    for block, (label, y) in enumerate((("WikiText", 34), ("LambadaX", 76))):
        lines.append(atoms_of(row(y, (label, 100))))
        lines += [atoms_of(row(y + 14 * i, (f"m{block}{i}", 10), ("1.5", 90), ("2.5", 150))) for i in (1, 2)]
    grid = build_grid(lines, [])
    assert grid is not None
    assert [(r.header, r.section) for r in grid.rows][:3] == [(True, False), (False, True), (False, False)]
    assert [r.line for r in grid.rows if r.section] == ["WikiText", "LambadaX"]


def test_crosses_and_words_for_failure_are_no_headings() -> None:
    lines = [atoms_of(row(20, ("Model", 10), ("Path-X", 90), ("Path-Y", 150)))]
    lines += [atoms_of(row(34, ("alpha", 10), ("✗", 90), ("OOM", 150)))]
    lines += [atoms_of(row(48, ("beta", 10), ("61.4", 90), ("63.1", 150)))]
    grid = build_grid(lines, [])
    assert grid is not None
    assert [r.header for r in grid.rows] == [True, False, False]


def test_a_heading_that_begins_like_a_caption_is_none() -> None:
    def draw(page: canvas.Canvas) -> None:
        page.setFont("Times-Roman", 10)
        page.drawString(100, 600, "Table 2: Errors of two learners.")
        for i, cells in enumerate((("Algorithm", "Banana"), ("Tree", "14.33"), ("Forest", "11.84"))):
            for k, cell in enumerate(cells):
                page.drawString(100 + 90 * k, 575 - 14 * i, cell)

    (page,) = pages_of(made(draw))
    assert [k.label for k in page.captions[0]] == ["Table 2"]
    assert len(page.tables) == 1


def test_a_caption_reads_on_over_a_broken_word() -> None:
    def draw(page: canvas.Canvas) -> None:
        page.setFont("Times-Roman", 10)
        page.drawString(100, 600, "Table 1: Results on the ILSVRC-")
        page.drawString(100, 588, "2010 test set of the compe-")
        page.drawString(100, 576, "tition.")

    (page,) = pages_of(made(draw))
    assert page.captions[0][0].text == "Table 1: Results on the ILSVRC-2010 test set of the competition."


def crowded(kind: str) -> bytes:
    out = io.BytesIO()
    page = canvas.Canvas(out, pagesize=(3000, 6000))
    page.setFont("Times-Roman", 6)
    page.drawString(50, 5950, "Table 1: Accuracy of many methods.")
    for i in range(600):
        for k in range(20):
            cell = "Table 1: x" if kind == "captions" else f"m{i}" if k == 0 else f"0.{(i * k) % 97}"
            page.drawString(50 + k * 140, 5930 - 9 * i, cell)
    page.showPage()
    page.save()
    return out.getvalue()


def test_a_page_crowded_with_cells_or_captions_is_read_in_bounded_time() -> None:
    for kind in ("cells", "captions"):
        data = crowded(kind)
        start = time.process_time()
        (page,) = pages_of(data)
        # 3 s here at the most; it took 38 s where the work grew with the square of the captions
        assert time.process_time() - start < 15, kind
        assert len(page.captions[0]) <= 60
