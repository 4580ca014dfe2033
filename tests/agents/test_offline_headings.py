"""Headings that tables stack, repeat and share: what a column measures, on which data, by which method."""

from __future__ import annotations

import io
from typing import Any

import pypdfium2 as pdfium
import pytest
from reportlab.pdfgen import canvas

from p2n_ext.agents.offline.extract import extract
from p2n_ext.agents.offline.lexicon import metric_in
from p2n_ext.agents.offline.table_axes import CONTINUES
from p2n_ext.documents.pages import DocumentReader

Heading = tuple[str, float, float]
"""text, first and last column that it spans"""


def read(
    caption: str, heads: list[list[Heading]], rows: list[list[str]], more: list[list[Heading]] | None = None
) -> list[dict[str, Any]]:
    """The claims of a page with one table; `more` are the headings of a second block with the same rows."""
    out = io.BytesIO()
    page = canvas.Canvas(out, pagesize=(612, 792))
    page.setFont("Times-Roman", 10)
    page.drawString(72, 640, caption)
    left, step = 80.0, 470.0 / len(rows[0])
    y = 616.0
    page.line(left - 8, y + 13, 560, y + 13)

    def block(levels: list[list[Heading]], cells: list[list[str]]) -> None:
        nonlocal y
        for level in levels:
            for text, first, last in level:
                middle = left + step * (first + last) / 2
                page.drawString(left, y, text) if last == 0 else page.drawCentredString(middle + 12, y, text)
            y -= 13
        page.line(left - 8, y + 9, 560, y + 9)
        y -= 4
        for row in cells:
            for k, text in enumerate(row):
                page.drawString(left, y, text) if k == 0 else page.drawCentredString(
                    left + step * k + 12, y, text
                )
            y -= 13
        page.line(left - 8, y + 9, 560, y + 9)
        y -= 4

    block(heads, rows)
    if more:
        block(more, [[r[0], *(f"{float(c) - 40:.1f}" for c in r[1:])] for r in rows])
    page.save()
    reader = DocumentReader(pdfium.PdfDocument(out.getvalue()))
    assert list(reader.read()) == [1]
    return list(extract("p_test", reader.pages()))


def test_a_number_below_completes_what_is_cut_off_at_k() -> None:
    claims = read(
        "Table 1: Retrieval results on MNIST.",
        [[("accuracy@k", 1, 3)], [("System", 0, 0), ("5", 1, 1), ("20", 2, 2), ("100", 3, 3)]],
        [["BM25", "43.6", "62.9", "78.1"], ["Tuned BM25", "49.6", "65.9", "80.2"]],
    )
    assert {c["metric"]: c["value"] for c in claims if c["method"] == "BM25"} == {
        "accuracy@5": 43.6,
        "accuracy@20": 62.9,
        "accuracy@100": 78.1,
    }


def test_classes_under_a_metric_are_no_methods() -> None:
    claims = read(
        "Table 1: Results of class-wise confidence with different values of the level for Random split.",
        [
            [("Levels", 0, 0), ("Accuracy (%)", 1, 3), ("Empty sets (%)", 4, 5)],
            [
                ("t (chosen)", 0, 0),
                ("Global", 1, 1),
                ("Class 0", 2, 2),
                ("Class 1", 3, 3),
                ("Class 0", 4, 4),
                ("Class 1", 5, 5),
            ],
        ],
        [
            ["0.01", "99.28", "99.26", "99.56", "51.5", "95.81"],
            ["0.02", "98.04", "98.26", "83.81", "14.15", "86.11"],
            ["0.03", "97.22", "97.26", "73.39", "8.91", "79.47"],
        ],
    )
    by_value = {c["value"]: c for c in claims}
    assert by_value[99.56]["metric"] == "Accuracy (Class 1)"
    assert by_value[51.5]["metric"] == "Empty sets (%) (Class 0)"
    assert {c["dataset"] for c in claims} == {"Random split"}
    assert all(c["method"].startswith("class-wise confidence") for c in claims)
    assert 0.02 not in by_value


def test_a_second_block_has_data_sets_of_its_own() -> None:
    heads: list[list[Heading]] = [
        [("glass", 1, 2), ("yeast", 3, 4)],
        [("Method", 0, 0), ("AUC", 1, 1), ("GM", 2, 2), ("AUC", 3, 3), ("GM", 4, 4)],
    ]
    second = [[("ecoli", 1, 2), ("abalone", 3, 4)], heads[1]]
    rows = [
        ["SMOTE", "94.9", "95.8", "97.1", "98.0"],
        ["- / B / -", "89.5", "86.6", "97.6", "97.7"],
        ["- / - / R", "92.2", "91.0", "97.3", "98.4"],
    ]
    claims = read("Table 1: Results of preprocessing for imbalanced data sets.", heads, rows, second)
    named = {(c["dataset"], c["metric"], c["method"]): c["value"] for c in claims}
    assert named["glass", "AUC", "SMOTE"] == 94.9
    assert named["ecoli", "AUC", "SMOTE"] == 54.9
    assert named["abalone", "GM", "- / - / R"] == 58.4
    assert len(claims) == 24


@pytest.mark.parametrize(
    ("row", "goes_on"),
    [("+ noise", True), ("- dropout", True), ("-dropout", True), ("- / B / -", False), ("-/ B", False)],
)
def test_a_row_of_slots_does_not_go_on_with_the_row_above(row: str, goes_on: bool) -> None:
    assert bool(CONTINUES.match(row)) is goes_on


def test_columns_with_and_without_a_thing_are_methods_where_rows_are_metrics() -> None:
    claims = read(
        "Table 1: The average results before and after augmentation on MNIST.",
        [[("metric", 0, 0), ("score without augmentation", 1, 1), ("score with augmentation", 2, 2)]],
        [["precision", "0.895", "0.943"], ["recall", "0.994", "0.898"], ["F1-score", "0.940", "0.912"]],
    )
    named = {(c["metric"], c["method"]): c["value"] for c in claims}
    assert named["recall", "score without augmentation"] == 0.994
    assert named["recall", "score with augmentation"] == 0.898


def test_a_heading_made_like_one_of_a_metric_is_a_metric() -> None:
    names = ["maj p", "maj r", "maj f1", "min p", "min r", "min f1"]
    claims = read(
        "Table 1: Average of all tests by ratio on MNIST.",
        [[("ratio", 0, 0), *((n, k, k) for k, n in enumerate(names, start=1))]],
        [
            ["0.1", "0.928", "0.998", "0.961", "0.355", "0.234", "0.281"],
            ["0.2", "0.892", "0.997", "0.940", "0.552", "0.366", "0.440"],
        ],
    )
    assert {c["metric"] for c in claims} == set(names)
    assert len(claims) == 12


def test_a_caption_across_the_page_reads_on_over_the_gutter() -> None:
    out = io.BytesIO()
    page = canvas.Canvas(out, pagesize=(612, 792))
    page.setFont("Times-Roman", 10)
    prose = "We report what our method does on the data that we have"
    for k in range(30):
        page.drawRightString(297, 500 - 12 * k, prose)
        page.drawString(304, 500 - 12 * k, prose)
    page.drawString(
        54, 620, "Table 1: Retrieval results on all sets that we have, " + "with the average in the " * 2
    )
    # a wide space stands in the middle of the narrow gutter
    left = "Reporting the passage-level R-precision in all of it"
    free = 298 - 54 - page.stringWidth(left.replace(" ", ""), "Times-Roman", 10)
    x = 54.0
    for word in left.split():
        page.drawString(x, 608, word)
        x += page.stringWidth(word, "Times-Roman", 10) + free / left.count(" ")
    page.drawString(303, 608, "as we say in the text, which is better if higher.")
    for x in range(54, 560, 100):
        page.drawString(x, 700, "System" if x == 54 else f"S{x}")
        page.drawString(x, 685, "BM25" if x == 54 else f"{x / 10:.1f}")
        page.drawString(x, 670, "Tuned" if x == 54 else f"{x / 9:.1f}")
    for y in (712, 696, 660):
        page.line(54, y, 558, y)
    page.save()
    reader = DocumentReader(pdfium.PdfDocument(out.getvalue()))
    assert list(reader.read()) == [1]
    captions = [t.caption for p in reader.pages() for _, t in p.tables]
    assert len(captions) == 1
    assert "R-precision in all of it as we say" in captions[0]


def test_r_precision_is_not_precision() -> None:
    found = metric_in("passage-level R-precision")
    assert found is not None
    assert found[0] == "passage-level R-precision"
