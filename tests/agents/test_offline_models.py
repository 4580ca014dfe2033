"""The learnt parts of the offline reader: what an axis stands for, and which data a table is on."""

from __future__ import annotations

import time

import pytest
from reportlab.pdfgen import canvas
from test_offline_tables import found, lines, read, table

from p2n_ext.agents.offline.abbreviations import listed
from p2n_ext.agents.offline.context import context_of_text
from p2n_ext.agents.offline.data_model import PROPER, data_names, phrases
from p2n_ext.agents.offline.lexicon import metric_in
from p2n_ext.agents.offline.role_model import KINDS, role_chances


def test_plain_phrases_name_data_without_what_leads_up_to_them() -> None:
    said = phrases(
        "We test on the production data. All production data and our brain tumor dataset were used."
    )
    assert said["production data"] == 2
    assert said["brain tumor dataset"] == 1
    assert not any(name.startswith(("the ", "All ", "our ")) for name in said)


def test_data_that_a_paper_evaluates_on_comes_before_what_it_only_names() -> None:
    text = (
        "We evaluate on the SEER-Medicare dataset. Diagnoses are coded in ICD9. The SEER-Medicare data were collected "
        "for years. Codes of ICD9 are given. Our models use ICD9 codes. Results on SEER-Medicare data are given."
    )
    names = data_names(context_of_text(text, "We classify stages with SEER-Medicare data."))
    assert names.ranked(None)[0][1] == "SEER-Medicare"


def test_a_name_that_stands_for_a_method_in_the_table_is_not_its_data() -> None:
    text = "We test on the Corel dataset. On the Enron dataset we test too. The Corel dataset is used."
    names = data_names(context_of_text(text, ""))
    assert "Corel" in [n for _, n in names.ranked(None)]
    assert "Corel" not in [n for _, n in names.ranked(None, frozenset({"corel"}))]


def test_the_chances_of_an_axis_add_to_one() -> None:
    chances = role_chances({"one": 1.0, "metrics": 1.0, "column lowest": 1.0, "rule metric": 1.0})
    assert set(chances) == set(KINDS)
    assert sum(chances.values()) == pytest.approx(1)
    assert max(chances, key=lambda r: chances[r]) == "metric"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("We report the metrics PESQ, CSIG and STOI of each.", {"PESQ", "CSIG", "STOI"}),
        ("PESQ, CSIG, and STOI scores are shown.", {"PESQ", "CSIG", "STOI"}),
        ("We compare BERT, ALBERT and LSTM by our measures.", set()),
    ],
)
def test_short_forms_listed_as_measures(text: str, names: set[str]) -> None:
    assert listed(text) == names


@pytest.mark.parametrize("text", ["mean and standard error", "trained with a loss function", "error bars"])
def test_scatter_and_what_is_trained_by_are_no_metrics(text: str) -> None:
    assert metric_in(text) is None


def test_listed_measures_name_the_columns() -> None:
    def draw(page: canvas.Canvas) -> None:
        lines(
            page,
            [
                "We evaluate with the metrics PESQ, CSIG and COVL on the WSJ dataset.",
                "The WSJ dataset holds speech. Results on the WSJ dataset are in Table 1.",
            ],
            700,
        )
        rows = [
            ("Method", "PESQ", "CSIG", "COVL"),
            ("Alpha", "3.16", "4.47", "3.83"),
            ("Beta", "2.94", "4.10", "3.21"),
        ]
        table(page, "Table 1: Comparison of the methods.", rows)

    claims = found(read(draw), "metric", "method", "dataset", "value")
    assert ("CSIG", "Beta", "WSJ", 4.1) in claims
    assert {m for m, *_ in claims} == {"PESQ", "CSIG", "COVL"}


def test_columns_that_are_methods_elsewhere_are_no_data() -> None:
    def draw(page: canvas.Canvas) -> None:
        lines(
            page,
            ["We compare NB-T, SVM-T and LNB. We propose LNB. The Corel dataset is used. On Corel we test."],
            740,
        )
        rows = [("Method", "NB-T", "SVM-T", "LNB"), ("Accuracy", "77.4", "76.1", "83.2")]
        table(page, "Table 1: Accuracy of the methods on Corel.", rows)

    claims = found(read(draw), "metric", "method", "dataset")
    assert {m for _, m, _ in claims} == {"NB-T", "SVM-T", "LNB"}
    assert {d for *_, d in claims} == {"Corel"}


@pytest.mark.parametrize("text", ["A" * 20000 + "-", "a-" * 10000 + "data", "AB, " * 5000, "metrics " * 5000])
def test_text_made_to_be_slow_is_read_in_bounded_time(text: str) -> None:
    start = time.process_time()
    listed(text)
    phrases(text)
    list(PROPER.finditer(text))
    assert time.process_time() - start < 5
