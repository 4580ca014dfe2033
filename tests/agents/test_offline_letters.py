"""Headings of few letters and cells of few words: P and R, columns A, B, C, units, answers in words."""

from __future__ import annotations

import pytest
from reportlab.pdfgen import canvas
from test_offline_tables import found, read, table

from p2n_ext.agents.offline.table_axes import lettered


@pytest.mark.parametrize(
    ("heads", "metrics"),
    [
        (("P", "R", "F1"), {"Precision (P)", "Recall (R)", "F1"}),
        # with no F measure beside them these are symbols
        (("P", "R", "Acc."), {"Acc"}),
    ],
)
def test_letters_beside_an_f_measure_are_precision_and_recall(
    heads: tuple[str, ...], metrics: set[str]
) -> None:
    def draw(page: canvas.Canvas) -> None:
        rows = [
            ("Parser", *heads),
            ("Alpha parser", "81.5", "82.5", "82.1"),
            ("Beta parser", "71.5", "72.5", "73.1"),
        ]
        table(page, "Table 1: Comparison of parsers on the Penn Treebank.", rows)

    claims = read(draw)
    assert {c["metric"] for c in claims} == metrics


def test_columns_lettered_from_a_on_hold_results_beside_their_average() -> None:
    def draw(page: canvas.Canvas) -> None:
        rows = [
            ("Joint", "A", "B", "C", "Average"),
            ("Left tip", "0.81", "0.72", "0.63", "0.72"),
            ("Right tip", "0.84", "0.75", "0.66", "0.75"),
        ]
        table(page, "Table 1: AUC for each joint.", rows, step=70)

    claims = read(draw)
    assert found(claims, "value", "metric") == [
        (v, "Average AUC" if k == 3 else "AUC")
        for row in ((0.81, 0.72, 0.63, 0.72), (0.84, 0.75, 0.66, 0.75))
        for k, v in enumerate(row)
    ]


def test_only_a_run_of_letters_letters_columns() -> None:
    assert lettered(["A", "B", "C", "Mean"]) == {"A", "B", "C"}
    assert lettered(["a", "b", "c", "n"]) == {"a", "b", "c"}
    assert lettered(["A", "B", "Mean"]) == set()
    assert lettered(["N", "K", "C"]) == set()


def test_answers_in_words_name_no_row() -> None:
    def draw(page: canvas.Canvas) -> None:
        rows = [
            ("Judge", "A", "B", "C", "Accuracy"),
            ("Human judge", "low", "high", "high", "83.5%"),
            ("Our network", "low", "low", "high", "91.5%"),
            ("Plain network", "high", "low", "high", "75.5%"),
        ]
        table(page, "Table 1: Performance of the judges.", rows, step=70)

    assert found(read(draw), "method", "value") == [
        ("Human judge", 83.5),
        ("Our network", 91.5),
        ("Plain network", 75.5),
    ]


def test_a_unit_below_a_heading_belongs_to_it() -> None:
    def draw(page: canvas.Canvas) -> None:
        rows = [
            ("", "", "", "", "Test time"),
            ("Model", "Acc.", "F1", "AUC", "(sec.)"),
            ("Tree", "81.5", "80.5", "79.5", "12.5"),
            ("Forest", "82.5", "83.5", "84.5", "22.5"),
        ]
        table(page, "Table 1: Accuracy and time of two models.", rows, step=80, heads=2)

    assert {c["metric"] for c in read(draw)} == {"Acc", "F1", "AUC", "Test time"}
