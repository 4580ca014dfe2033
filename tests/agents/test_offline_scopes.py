"""What a table leaves unsaid and its paper says elsewhere: in its section, by its short forms, in its caption."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from reportlab.pdfgen import canvas
from test_offline_tables import found, lines, read, table

from p2n_ext.agents.offline.abbreviations import abbreviations_in, long_form
from p2n_ext.agents.offline.sections import follows, sections_of

PAPER = [
    "1 Introduction",
    "We propose a method.",
    "2 Experiments",
    "We compare.",
    "2.1 Evaluation metrics",
    "We employ RMSE.",
    "3 We note that this is a footnote",
    "2.2 Speech",
    "We use WSJ.",
    "2.3 Images",
    "We use Corel.",
    "3 Conclusion",
]
BODY = " ".join(PAPER)


def test_a_place_belongs_to_its_section_and_to_those_around_it() -> None:
    sections = sections_of(PAPER, BODY)
    assert [s.title for s in sections.all] == [
        "Introduction",
        "Experiments",
        "Evaluation metrics",
        "Speech",
        "Images",
        "Conclusion",
    ]
    assert [s.title for s in sections.around(BODY.index("WSJ"))] == ["Speech", "Experiments"]


def test_a_sections_neighbours_count_only_where_they_speak_for_all() -> None:
    sections = sections_of(PAPER, BODY)
    texts = [[s.title for s in scope] for scope in sections.scopes(BODY.index("Corel"))]
    assert texts[:2] == [["Images"], ["Experiments", "Evaluation metrics"]]


def test_sections_may_be_numbered_in_roman_numerals_with_letters_below() -> None:
    lines = [
        "I. INTRODUCTION",
        "We walk.",
        "1 Of these one is best",
        "II. DATASETS",
        "A. Indoors",
        "B. Outdoors",
    ]
    lines += ["III. RESULTS", "C. C is compared with us"]
    sections = sections_of(lines, " ".join(lines))
    told = [(s.number, s.title) for s in sections.all]
    assert told[:4] == [((1,), "INTRODUCTION"), ((2,), "DATASETS"), ((2, 1), "Indoors"), ((2, 2), "Outdoors")]
    assert [n for n, _ in told[4:]] == [(3,)]


def test_sections_without_numbers_are_known_by_their_usual_titles() -> None:
    lines = [
        "Introduction",
        "We speak.",
        "Data",
        "Speech was recorded.",
        "Results and discussion",
        "It works.",
    ]
    sections = sections_of(lines, " ".join(lines))
    assert [s.title for s in sections.all] == ["Introduction", "Data", "Results and discussion"]


def test_numbered_addresses_before_the_introduction_are_no_sections() -> None:
    lines = [
        "1 Department of Speech, India",
        "2 Center for Robots, India",
        "1 Introduction",
        "We walk.",
        "2 Method",
    ]
    assert [s.title for s in sections_of(lines, " ".join(lines)).all] == ["Introduction", "Method"]


@pytest.mark.parametrize(
    ("number", "last", "told"),
    [
        ((2,), (1, 3), True),
        ((4, 1), (4,), True),
        ((4, 2), (4, 1, 3), True),
        ((4, 2), (4,), False),
        ((9,), (4,), False),
    ],
)
def test_section_numbers_follow_one_another(number: Sequence[int], last: Sequence[int], told: bool) -> None:
    assert follows(tuple(number), tuple(last)) is told


@pytest.mark.parametrize(
    ("short", "before", "long"),
    [
        ("SAD", "we report the sum of absolute difference ", "sum of absolute difference"),
        (
            "minDCF",
            "and the minimum of the detection cost function ",
            "minimum of the detection cost function",
        ),
        ("XYZ", "nothing that it abbreviates ", None),
    ],
)
def test_a_short_form_stands_for_the_words_before_it(short: str, before: str, long: str | None) -> None:
    assert long_form(short, before) == long


def test_only_short_forms_of_measures_name_metrics() -> None:
    short = abbreviations_in(
        "We take the sum of absolute difference (SAD) of a graph convolution network (GCN) as our measure.",
        lambda name: 0.0,
    )
    assert short.named("SAD")
    assert not short.named("SAD Tree")
    assert not short.named("GCN")


def test_a_papers_short_form_is_the_metric_of_its_column_alone() -> None:
    def draw(page: canvas.Canvas) -> None:
        lines(page, ["We also report the sum of absolute difference (SAD) of each model."], 700)
        rows = [
            ("Dataset", "Linear SVM", "Deep SVM", "SAD"),
            ("Corel", "0.869", "0.899", "0.137"),
            ("Enron", "0.975", "0.979", "0.027"),
        ]
        table(page, "Table 1: AUC of the models.", rows)

    claims = found(read(draw), "metric", "method", "value")
    assert {(m, name) for m, name, _ in claims if m == "AUC"} == {("AUC", "Linear SVM"), ("AUC", "Deep SVM")}
    assert [value for m, _, value in claims if m == "SAD"] == [0.137, 0.027]


def test_a_tables_section_says_the_data_and_the_metric() -> None:
    def draw(page: canvas.Canvas) -> None:
        text = [
            "1 Introduction",
            "Our models are trained on the Enron dataset and on the Enron corpus.",
            "2 Images",
            "We conduct experiments on the Corel dataset with models that were trained on Enron data.",
            "We employ RMSE to evaluate the models on the Corel dataset. The results are in Table 1.",
        ]
        lines(page, text, 740)
        table(
            page,
            "Table 1: Comparison of the models.",
            [("Model", "Result"), ("Alpha", "0.81"), ("Beta", "0.85")],
        )

    claims = found(read(draw), "metric", "dataset")
    assert len(claims) == 2
    assert all(metric == "RMSE" and dataset.startswith("Corel") for metric, dataset in claims)


def test_bare_numbers_under_one_heading_are_its_levels() -> None:
    def draw(page: canvas.Canvas) -> None:
        page.drawString(100, 600, "Table 1: WER on the Corel dataset.")
        for y in (592, 563, 524):
            page.line(100, y, 460, y)
        page.drawString(100, 580, "Features")
        page.drawString(250, 580, "Number of encoder layers")
        page.line(190, 576, 440, 576)
        rows = [("", "1", "2", "4"), ("Alpha", "28.8", "23.5", "20.8"), ("Beta", "26.2", "20.3", "17.6")]
        for i, row in enumerate(rows):
            for k, text in enumerate(row):
                page.drawString(100 + 100 * k, 567 - 14 * i, text)

    claims = found(read(draw), "metric", "method", "value")
    assert [value for _, _, value in claims] == [28.8, 23.5, 20.8, 26.2, 20.3, 17.6]
    assert {metric for metric, _, _ in claims} == {"WER"}


def test_two_captions_on_one_line_have_a_table_each() -> None:
    def draw(page: canvas.Canvas) -> None:
        page.setFont("Times-Roman", 10)
        left = "Table 1: Error on the Corel data"
        page.drawString(80, 600, left)
        page.drawString(
            80 + page.stringWidth(left, "Times-Roman", 10) + 7, 600, "Table 2: Error on the Enron data"
        )
        for x, names in ((80, ("Alpha", "Beta")), (240, ("Gamma", "Delta"))):
            for y in (590, 574, 545):
                page.line(x, y, x + 110, y)
            for k, text in enumerate(("Model", "Error")):
                page.drawString(x + 70 * k, 578, text)
            for i, name in enumerate(names):
                page.drawString(x, 562 - 13 * i, name)
                page.drawString(x + 70, 562 - 13 * i, f"{i + 3}.{x % 7}")

    claims = read(draw)
    assert {(c["citation"]["label"], c["method"]) for c in claims} == {
        ("Table 1", "Alpha"),
        ("Table 1", "Beta"),
        ("Table 2", "Gamma"),
        ("Table 2", "Delta"),
    }
