"""Tables of many shapes, drawn for a test, and what is claimed from them."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

import pypdfium2 as pdfium
import pytest
from reportlab.pdfgen import canvas

from p2n_ext.agents.offline.extract import extract
from p2n_ext.documents.pages import DocumentReader

Draw = Callable[[canvas.Canvas], None]
Claims = list[dict[str, Any]]
TEXT = "We report what our method does on the data that we have and say how it was measured in the text."


def read(draw: Draw) -> Claims:
    """The claims of a one-page paper."""
    out = io.BytesIO()
    page = canvas.Canvas(out, pagesize=(612, 792))
    page.setFont("Times-Roman", 10)
    draw(page)
    page.showPage()
    page.save()
    reader = DocumentReader(pdfium.PdfDocument(out.getvalue()))
    assert list(reader.read()) == [1]
    return list(extract("p_test", reader.pages()))


def lines(page: canvas.Canvas, texts: Sequence[str], y: float, x: float = 72) -> None:
    for i, text in enumerate(texts):
        page.drawString(x, y - 12 * i, text)


def table(
    page: canvas.Canvas,
    caption: str,
    rows: Sequence[Sequence[str]],
    x: float = 100,
    y: float = 600,
    step: float = 90,
    heads: int = 1,
) -> None:
    """A booktabs table below its caption."""
    page.drawString(x, y, caption)
    width = step * len(rows[0])
    for line in (y - 8, y - 11 - 13 * heads, y - 11 - 13 * len(rows)):
        page.line(x, line, x + width, line)
    for i, row in enumerate(rows):
        for k, text in enumerate(row):
            page.drawString(x + k * step, y - 20 - 13 * i, text)


def found(claims: Claims, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(c[n] for n in names) for c in claims if c["citation"]["label"].startswith("Table")]


def test_a_boxed_table_names_rows_by_the_label_that_spans_them() -> None:
    def draw(page: canvas.Canvas) -> None:
        page.drawString(150, 620, "Table 1: Networks at several scales.")
        edges, top, pitch = (100, 220, 300, 400), 610, 14
        rows = [
            ("Network", "scale", "error (%)"),
            ("Alpha", "256", "9.6"),
            ("", "256", "9.2"),
            ("Beta", "384", "9.1"),
            ("", "512", "8.2"),
        ]
        for x in edges:
            page.line(x, top, x, top - pitch * len(rows))
        for i in (0, 1, 2, 5):
            page.line(edges[0], top - pitch * i, edges[-1], top - pitch * i)
        for i, row in enumerate(rows):
            for x, text in zip(edges, row, strict=False):
                page.drawString(x + 4, top - pitch * i - 11, text)

    claims = read(draw)
    assert [c["value"] for c in claims] == [9.6, 9.2, 9.1, 8.2]
    assert [c["method"].split()[0] for c in claims] == ["Alpha", "Beta", "Beta", "Beta"]
    assert {c["units"] for c in claims} == {"%"}
    assert "scale = 384" in claims[2]["citation"]["row_headings"]


def test_tables_side_by_side_keep_to_themselves_though_their_captions_are_staggered() -> None:
    def draw(page: canvas.Canvas) -> None:
        lines(page, ["Table 1: Accuracy (%) on the", "Wine data set of two", "classifiers."], 600, 80)
        for i, row in enumerate((("Method", "Acc."), ("Ridge", "71.5"), ("Forest", "82.5"))):
            page.drawString(80, 560 - 13 * i, row[0])
            page.drawString(160, 560 - 13 * i, row[1])
        lines(page, ["Table 2: Error rates (%) on the", "Iris data set of two", "classifiers."], 606, 330)
        for i, row in enumerate((("Method", "Error"), ("Ridge", "11.5"), ("Forest", "12.5"))):
            page.drawString(330, 566 - 13 * i, row[0])
            page.drawString(430, 566 - 13 * i, row[1])

    claims = read(draw)
    assert sorted(found(claims, "dataset", "value")) == [
        ("Iris", 11.5),
        ("Iris", 12.5),
        ("Wine", 71.5),
        ("Wine", 82.5),
    ]


def test_text_beside_a_table_is_no_part_of_it() -> None:
    def draw(page: canvas.Canvas) -> None:
        lines(
            page,
            [
                "In this setting the model is as good",
                "as the one before and it is quicker",
                "to train than the others that we",
            ]
            * 5,
            660,
        )
        table(
            page,
            "Table 1: Perplexity of three models.",
            [
                ("Model", "Steps", "PPLX"),
                ("Alpha", "1M", "13.25"),
                ("Beta", "251K", "12.69"),
                ("Gamma", "207K", "12.35"),
            ],
            x=300,
            y=650,
            step=70,
        )

    assert found(read(draw), "method", "metric", "value") == [
        ("Alpha", "PPLX", 13.25),
        ("Beta", "PPLX", 12.69),
        ("Gamma", "PPLX", 12.35),
    ]


def test_a_corner_may_name_the_metric_of_each_of_two_stacked_blocks() -> None:
    def draw(page: canvas.Canvas) -> None:
        rows = [
            ("G-mean", "Alpha boost", "Beta boost"),
            ("Glass", "0.431", "0.578"),
            ("Yeast", "0.107", "0.237"),
            ("Ecoli", "0.784", "0.790"),
            ("MAUC", "Alpha boost", "Beta boost"),
            ("Glass", "0.947", "0.881"),
            ("Yeast", "0.861", "0.857"),
            ("Ecoli", "0.961", "0.957"),
        ]
        table(page, "Table 1: Comparison with another method.", rows)

    claims = found(read(draw), "dataset", "metric", "value")
    assert ("Glass", "G-mean", 0.431) in claims
    assert ("Glass", "MAUC", 0.947) in claims
    assert len(claims) == 12


def test_a_heading_may_name_the_dataset_beside_its_metric() -> None:
    rows = [("Model", "PIQA acc", "LAMBADA ppl"), ("Alpha", "65.07", "29.33"), ("Beta", "62.68", "24.38")]
    claims = read(lambda page: table(page, "Table 1: Performance of two models.", rows))
    assert [
        (d, m.split()[-1], direction) for d, m, direction in found(claims, "dataset", "metric", "direction")
    ] == [
        ("PIQA", "acc", "maximize"),
        ("LAMBADA", "ppl", "minimize"),
    ] * 2


def test_numbers_of_the_rows_are_names_and_not_results() -> None:
    rows = [("run id", "NN", "SVM"), ("000", "10", "14"), ("001", "15", "16"), ("002", "13", "17")]
    caption = "Table 1: Number of active compounds among the top 25."
    claims = read(lambda page: table(page, caption, rows))
    assert [v for (v,) in found(claims, "value")] == [10, 14, 15, 16, 13, 17]
    assert {m for (m,) in found(claims, "metric")} == {"Number of active compounds among the top 25"}


@pytest.mark.parametrize(
    ("note", "kind"),
    [
        ("The ± are standard errors.", "standard_error"),
        ("We give mean ± standard deviation.", "standard_deviation"),
        ("± marks 95% confidence intervals.", "interval"),
        ("Best in bold.", "plus_minus"),
    ],
)
def test_what_stands_after_a_plus_minus_is_what_the_paper_says(note: str, kind: str) -> None:
    rows = [("Method", "Accuracy"), ("Ridge", "0.815 ± 0.021"), ("Forest", "0.832 ± 0.019")]
    claims = read(lambda page: table(page, f"Table 1: Accuracy on the Wine data set. {note}", rows))
    assert [(c["uncertainty"]["kind"], c["uncertainty"]["value"]) for c in claims] == [
        (kind, 0.021),
        (kind, 0.019),
    ]


def test_costs_are_results_only_where_the_caption_offers_them() -> None:
    rows = [
        ("Method", "Accuracy (%)", "Params", "Time (ms)"),
        ("Alpha", "71.8", "4.2M", "113"),
        ("Beta", "74.7", "6.9M", "143"),
    ]
    plain = read(lambda page: table(page, "Table 1: Accuracy of two networks.", rows))
    assert [v for (v,) in found(plain, "value")] == [71.8, 74.7]
    told = read(lambda page: table(page, "Table 1: Accuracy and running time of two networks.", rows))
    assert found(told, "value", "units") == [(71.8, "%"), (113, "ms"), (74.7, "%"), (143, "ms")]


def test_times_with_units_are_read_as_printed() -> None:
    rows = [("Method", "Wine", "Iris"), ("Alpha", "1h33", "24m"), ("Beta", "3s", "2.7 days")]
    claims = read(lambda page: table(page, "Table 1: Training time of two methods.", rows))
    assert found(claims, "value", "units", "value_printed") == [
        (93, "min", "1h33"),
        (24, "m", "24"),
        (3, "s", "3"),
        (2.7, "days", "2.7"),
    ]


def test_an_arrow_in_a_heading_tells_a_measure_and_its_direction() -> None:
    rows = [("Method", "LMS (↑)", "SS (↓)"), ("Alpha", "78.4", "63.4"), ("Beta", "74.1", "62.6")]

    def draw(page: canvas.Canvas) -> None:
        from reportlab.pdfbase import pdfmetrics
        from reportlab.pdfbase.cidfonts import UnicodeCIDFont

        pdfmetrics.registerFont(UnicodeCIDFont("HeiseiMin-W3"))
        page.setFont("HeiseiMin-W3", 10)
        table(page, "Table 1: Scores of two models.", rows)

    assert found(read(draw), "metric", "direction")[:2] == [("LMS", "maximize"), ("SS", "minimize")]


def test_daggers_and_stars_do_not_hide_a_number() -> None:
    rows = [("Method", "Accuracy"), ("Alpha", "*0.825"), ("Beta", "0.881*"), ("Gamma", "0.898")]
    claims = read(lambda page: table(page, "Table 1: Accuracy on the Wine data set.", rows))
    assert [v for (v,) in found(claims, "value")] == [0.825, 0.881, 0.898]


def test_the_method_of_a_table_without_names_of_methods_is_the_one_its_caption_names() -> None:
    rows = [
        ("Noise", "Bins", "Accuracy", "Mean delay"),
        ("0", "3", "0.97", "547.43"),
        ("0", "4", "0.96", "516.15"),
        ("10", "5", "0.98", "507.34"),
    ]
    claims = read(lambda page: table(page, "Table 1: Stagger dataset, Algorithm 1", rows))
    assert {m for (m,) in found(claims, "method")} == {"Algorithm 1"}
    assert [v for (v,) in found(claims, "value")] == [0.97, 547.43, 0.96, 516.15, 0.98, 507.34]
    assert "Bins = 4" in claims[2]["citation"]["row_headings"]


def test_hyperparameters_and_statistics_of_data_give_no_claims() -> None:
    for caption, rows in (
        (
            "Table 1: Hyperparameters of the models.",
            [("Model", "Learning rate", "Dropout"), ("Alpha", "0.001", "0.5"), ("Beta", "0.01", "0.3")],
        ),
        (
            "Table 1: Statistics of the data sets.",
            [("Data set", "Samples", "Features"), ("Wine", "178", "13"), ("Iris", "150", "4")],
        ),
        (
            "Table 1: Model configurations.",
            [("Model", "Layers", "Hidden size"), ("Alpha", "12", "768"), ("Beta", "24", "1024")],
        ),
    ):
        assert read(lambda page, c=caption, r=rows: table(page, c, r)) == []
