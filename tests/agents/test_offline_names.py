"""How the reader learns names and measures from a paper's own words."""

from __future__ import annotations

from collections import Counter

import pytest

from p2n_ext.agents.offline.context import Context
from p2n_ext.agents.offline.drafts import spread_told
from p2n_ext.agents.offline.leanings import Leanings
from p2n_ext.agents.offline.lexicon import is_cost, is_property, singular, split_in
from p2n_ext.agents.offline.measures import announced, cost_told, fallback_metric
from p2n_ext.agents.offline.numbers import numbers_in
from p2n_ext.agents.offline.table_claims import told_direction
from p2n_ext.agents.offline.table_data import spelt
from p2n_ext.documents.geometry import Rect
from p2n_ext.documents.grid import Grid
from p2n_ext.documents.tables import Table

BODY = (
    "We introduce Alpha, a new method. Alpha outperforms Beta on Corel. Experiments on Corel and on the PG19 dataset"
    " show that Alpha is better than Beta. Gamma models need more data. On average it is good."
)


def table(caption: str) -> Table:
    box = Rect(0, 0, 1, 1)
    return Table("Table 1", caption, box, box, Grid([(0, 1), (2, 3)], [], 1))


@pytest.mark.parametrize("name", ["Corel", "PG19"])
def test_what_results_are_given_on_leans_to_a_dataset(name: str) -> None:
    assert Leanings(BODY).of(name) >= 0.5


@pytest.mark.parametrize("name", ["Alpha", "Beta", "Gamma"])
def test_what_outperforms_or_is_outperformed_leans_to_a_method(name: str) -> None:
    assert Leanings(BODY).of(name) < -0.3


@pytest.mark.parametrize("name", ["average", "Delta", "x"])
def test_nothing_is_said_of_other_words(name: str) -> None:
    assert Leanings(BODY).of(name) == 0


@pytest.mark.parametrize(
    ("caption", "metric", "source"),
    [
        ("Table 1: AUC for boosted trees", "AUC", "caption"),
        ("Table 1: Perplexities on the test set", "Perplexity", "caption"),
        ("Table 1: Phoneme error rate (PER) on TIMIT", "Phoneme error rate (PER)", "caption"),
        (
            "Table 1: Number of active compounds among the top 25",
            "Number of active compounds among the top 25",
            "caption",
        ),
        ("Table 1: Forward pass runtime (ms) by sequence length", "Forward pass runtime", "caption"),
        ("Table 1: Reliability of estimates", "Reliability", "phrase"),
        ("Table 1: Comparison of methods", "score", "none"),
    ],
)
def test_a_caption_names_the_measure_of_its_table(caption: str, metric: str, source: str) -> None:
    named = fallback_metric(table(caption), Context("", "", ""))
    assert (named.name, named.source) == (metric, source)


def test_a_metric_of_the_paper_serves_only_where_no_other_is_named_as_often() -> None:
    context = Context("", "", "", metrics=Counter({"accuracy": 9, "recall": 2}))
    assert fallback_metric(table("Table 1: Comparison of methods"), context).name == "accuracy"
    context = Context("", "", "", metrics=Counter({"accuracy": 9, "recall": 8}))
    assert fallback_metric(table("Table 1: Comparison of methods"), context).source == "none"


def test_a_time_that_a_caption_begins_with_is_offered_as_the_result() -> None:
    told = cost_told("Training time of BERT-large")
    assert told is not None
    assert told.known is not None
    assert told.known.direction == "minimize"
    assert cost_told("Accuracy and training time of BERT") is None
    assert announced("CPU", "In the last column we report the running time")
    assert not announced("Memory (MB)", "Accuracy and running time")


def test_properties_and_costs_are_told_from_measures() -> None:
    assert is_property("#Params")
    assert is_property("Batch size")
    assert not is_property("N criterion (per significance level)")
    assert is_cost("Training time (h)")
    assert not is_cost("Speedup")


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("1h33", 93, "min"),
        ("2 m 30 s", 150, "s"),
        ("4.2M", 4.2, "M"),
        ("113ms", 113, "ms"),
        ("1.0·10^20", 1e20, ""),
    ],
)
def test_times_sizes_and_powers_of_ten(text: str, value: float, unit: str) -> None:
    (number,) = numbers_in(text)
    assert (number.value, number.unit) == (pytest.approx(value), unit)


@pytest.mark.parametrize(
    ("texts", "kind"),
    [
        (["mean ± standard error over 5 seeds"], "standard_error"),
        (["± is the standard deviation"], "standard_deviation"),
        (["95% confidence intervals"], "interval"),
        (["bold is best"], None),
    ],
)
def test_what_a_spread_is_is_not_guessed(texts: list[str], kind: str | None) -> None:
    assert spread_told(texts) == kind


def test_a_caption_spells_out_a_short_heading() -> None:
    assert spelt("tt", "PER for Tatar (tt) and Kyrgyz (ky)") == "Tatar (tt)"
    assert spelt("de", "PER for Tatar (tt)") is None


def test_several_values_are_called_by_one() -> None:
    assert [singular(n) for n in ("Perplexities", "test accuracies", "F1 scores", "loss")] == [
        "Perplexity",
        "test accuracy",
        "F1 score",
        "loss",
    ]


def test_a_data_set_is_called_by_its_fuller_name() -> None:
    context = Context(
        "", "", "trained on the ILSVRC-2012 training images; ILSVRC is hard", datasets=Counter(ILSVRC=9)
    )
    assert context.whole("ILSVRC") == "ILSVRC-2012"
    context = Context("", "", "", datasets=Counter({"Breast Cancer": 9, "Duke Breast Cancer MRI": 2}))
    context.named = Counter({"Duke Breast Cancer MRI": 2})
    assert context.whole("Breast Cancer") == "Duke Breast Cancer MRI"


def test_a_caption_gives_one_result_for_two_data_sets() -> None:
    context = Context("", "", "", datasets=Counter({"CoNLL-2002": 4, "CoNLL-2003": 4, "XNLI": 9}))
    assert context.caption_dataset("Results on CoNLL-2002 and CoNLL-2003 (F1)") == "CoNLL-2002 and CoNLL-2003"
    assert context.caption_dataset("Models of XNLI evaluated on CoNLL-2003") == "CoNLL-2003"


@pytest.mark.parametrize("name", ["Dataset", "dataset", "data set", "Data Set data set", " dataset"])
def test_a_name_that_is_only_the_word_is_short_already(name: str) -> None:
    assert Context("", "", "").short(name) in (name, "Data Set")


def test_a_caption_may_say_which_way_is_better() -> None:
    assert told_direction("Bias. Lower is better for all.") == "minimize"
    assert told_direction("Scores, the higher the better") == "maximize"
    assert told_direction("Scores of two models") is None


def test_cross_validation_is_no_validation_set() -> None:
    assert split_in("mean over 5-fold cross-validation") is None
    assert split_in("validation error") == "validation"
