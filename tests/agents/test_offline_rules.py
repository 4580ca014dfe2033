from __future__ import annotations

import pytest

from p2n_ext.agents.offline.clauses import stated
from p2n_ext.agents.offline.lexicon import is_metric, metric_in, split_in
from p2n_ext.agents.offline.lists import announced_metrics
from p2n_ext.agents.offline.names import cited, clean
from p2n_ext.agents.offline.numbers import numbers_in


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("99.038449585420729%", [99.038449585420729]),
        ("25.02 / 23.61", [25.02, 23.61]),
        ("98.7 ± 0.4%", [98.7]),
        ("7.54 (7.72±0.16)", [7.54]),
        ("0.812 (0.03)", [0.812]),
        ("0.81 [0.75, 0.87]", [0.81]),
        (".777", [0.777]),
        ("−0.012", [-0.012]),
        ("1,234.5", [1234.5]),
        ("3.483e-10", [3.483e-10]),
        ("- / -", []),
    ],
)
def test_numbers_as_papers_print_them(text: str, values: list[float]) -> None:
    assert [n.value for n in numbers_in(text)] == pytest.approx(values)


def test_what_stands_beside_a_number_is_its_spread() -> None:
    (spread,) = numbers_in("98.7 ± 0.4%")
    assert spread.beside is not None
    assert (spread.beside.kind, spread.beside.value) == ("plus_minus", 0.4)
    (interval,) = numbers_in("0.81 [0.75, 0.87]")
    assert interval.beside is not None
    assert (interval.beside.low, interval.beside.high) == (0.75, 0.87)


def test_sizes_and_times_carry_their_unit() -> None:
    assert [n.unit for n in numbers_in("4.2M 113ms")] == ["M", "ms"]


@pytest.mark.parametrize(
    ("heading", "direction"),
    [
        ("Test accuracy (%)", "maximize"),
        ("top-5 err.", "minimize"),
        ("FPR", "minimize"),
        ("mAP@.5", "maximize"),
        ("PPL", "minimize"),
        ("BLEU", "maximize"),
        ("RMSE", "minimize"),
        ("macro F1", "maximize"),
    ],
)
def test_metrics_are_known_with_their_direction(heading: str, direction: str) -> None:
    assert is_metric(heading)
    found = metric_in(heading)
    assert found is not None
    assert found[1].direction == direction


@pytest.mark.parametrize(
    "heading", ["Batch Size", "so far", "Epochs", "Learning rate", "ResNet-110", "is per layer"]
)
def test_other_headings_are_no_metrics(heading: str) -> None:
    assert not is_metric(heading)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("VGG [41] (ILSVRC’14)", "VGG (ILSVRC’14)"),
        ("RAE (Socher et al., 2011)", "RAE"),
        ("Petrov et al. (2006) [29]", "Petrov et al. (2006)"),
        ("X–ISM", "X-ISM"),
        ("Ours†", "Ours"),
    ],
)
def test_names_lose_their_citations_and_marks(text: str, name: str) -> None:
    assert clean(text) == name


def test_a_cited_name_is_told_from_an_own_one() -> None:
    assert cited("ResNet [11]")
    assert not cited("DenseNet (k = 12)")


def test_splits_are_read_from_words() -> None:
    assert split_in("CQA Dev Set Accuracy") == "validation"
    assert split_in("WDBC") is None


def values(sentence: str) -> list[tuple[str, str]]:
    return [(value.name.lower(), value.number.text) for value in stated(sentence)]


def test_a_sentence_gives_the_values_of_its_metric() -> None:
    assert values("The MLP stands out with a test accuracy of ≈99.04% among all.") == [
        ("test accuracy", "99.04%")
    ]
    assert values("Our model achieves 28.4 BLEU on the task.") == [("bleu", "28.4")]
    assert values("A baseline attains 76.3% accuracy.") == [("accuracy", "76.3%")]
    assert values("It raises the accuracy of the rule from 74.63% to 96.30%.") == [
        ("accuracy", "74.63%"),
        ("accuracy", "96.30%"),
    ]


@pytest.mark.parametrize(
    "sentence",
    [
        "The data are split into 70% for training and 30% for testing.",
        "We use a learning rate of 0.001 and a dropout of 0.5.",
        "The accuracy improved by 2.5% over the baseline.",
        "Accuracy is shown in Table 2.3 and Section 4.1.",
        "The data set has 569 samples, of which 62.7% of the cases are benign.",
        "Accuracy rose in 2017.",
    ],
)
def test_settings_sizes_and_differences_are_no_results(sentence: str) -> None:
    assert values(sentence) == []


def test_a_list_takes_the_metrics_announced_before_it() -> None:
    text = "We track loss. The metrics shown are accuracy, precision, recall, and F1. Results follow."
    found = announced_metrics(text, 4)
    assert found is not None
    assert [name.lower() for name, _ in found] == ["accuracy", "precision", "recall", "f1"]
    assert announced_metrics(text, 3) is None
