"""Tables without a caption: read where a sentence leads up to them and a metric is told, else left alone."""

from __future__ import annotations

import pytest
from reportlab.pdfgen import canvas
from test_offline_tables import found, lines, read, table

ROWS = [("", "Tree model", "Forest model"), ("Small", "71.5", "72.5"), ("Large", "81.5", "82.5")]


def boxed(page: canvas.Canvas, rows: list[tuple[str, ...]], y: float) -> None:
    """A table with a rule above and below each row."""
    for i in range(len(rows) + 1):
        page.line(150, y - 14 * i, 420, y - 14 * i)
    for i, row in enumerate(rows):
        for k, cell in enumerate(row):
            page.drawString(155 + 90 * k, y - 10 - 14 * i, cell)


@pytest.mark.parametrize(
    ("lead", "read_as_results"),
    [
        ("The BLEU scores on the test set are:", True),
        ("We measure BLEU and print the results in the table below. The forest is best.", True),
        ("We measure BLEU, of which more is said in another chapter of this text.", False),
        ("The hyperparameters that we chose for both are:", False),
    ],
)
def test_a_table_without_a_caption_needs_a_sentence_that_leads_up_to_it(
    lead: str, read_as_results: bool
) -> None:
    def draw(page: canvas.Canvas) -> None:
        lines(page, ["We translate with two models and say here how well.", lead], 640)
        boxed(page, ROWS, 615)
        lines(page, ["The larger model is better than the smaller one."], 545)

    claims = read(draw)
    told = [("Table", "BLEU", v) for v in (71.5, 72.5, 81.5, 82.5)] if read_as_results else []
    assert [(c["citation"]["label"], c["metric"].removesuffix(" score"), c["value"]) for c in claims] == told


def test_a_second_table_shares_the_sentence_of_the_first() -> None:
    def draw(page: canvas.Canvas) -> None:
        lines(page, ["The BLEU scores on the test set are:"], 640)
        boxed(page, ROWS, 615)
        boxed(page, [ROWS[0], ("Turned", "61.5", "62.5")], 560)

    assert len(read(draw)) == 6


def test_a_captioned_table_is_read_once() -> None:
    def draw(page: canvas.Canvas) -> None:
        lines(page, ["The BLEU scores on the test set are:"], 640)
        table(page, "Table 1: BLEU of two models.", ROWS, y=620)

    claims = read(draw)
    assert len(claims) == len(found(claims, "value")) == 4
    assert {c["citation"]["label"] for c in claims} == {"Table 1"}


def test_p_values_are_no_values_of_the_metric_that_was_tested() -> None:
    def draw(page: canvas.Canvas) -> None:
        rows = [
            ("Compared with", "Tree model", "Forest model"),
            ("p value", "0.0123", "0.0456"),
            ("F1", "0.71", "0.81"),
        ]
        table(page, "Table 1: Signed rank test on F1 of two models.", rows)

    assert [c["value"] for c in read(draw)] == [0.71, 0.81]


@pytest.mark.parametrize(
    ("lead", "count"),
    [
        ("We record the percentage of rare words that are translated well. This measure is naive.", 4),
        ("The two models were built by two of us in the spring of that year.", 0),
    ],
)
def test_a_table_boxed_in_all_round_needs_no_announcement_where_it_is_said_what_was_measured(
    lead: str, count: int
) -> None:
    def draw(page: canvas.Canvas) -> None:
        lines(page, ["We translate with two models and say here how well.", lead], 640)
        boxed(page, ROWS, 615)
        for x in (150, 240, 330, 420):
            page.line(x, 615, x, 615 - 14 * len(ROWS))

    claims = read(draw)
    assert len(claims) == count
    assert {c["metric"] for c in claims} <= {"percentage of rare words that are translated well"}
