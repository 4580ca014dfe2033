"""What sentences say: one short sentence a rule, and one that looks like it and says nothing."""

from __future__ import annotations

from collections import Counter

import pytest

from p2n_ext.agents.offline.carried import carried
from p2n_ext.agents.offline.clauses import Vocabulary, stated
from p2n_ext.agents.offline.context import Context
from p2n_ext.agents.offline.differences import differences
from p2n_ext.agents.offline.prose import vocabulary_of
from p2n_ext.agents.offline.sentences import Heading
from p2n_ext.agents.offline.whose import placed_datasets, whose


def values(sentence: str, vocabulary: Vocabulary | None = None) -> list[tuple[str, str]]:
    return [(v.name, v.number.text) for v in stated(sentence, vocabulary)]


def gains(sentence: str, before: str = "", abstract: bool = False) -> list[tuple[str, str]]:
    return [(v.name, v.number.text) for v in differences(sentence, before, abstract)]


def paper(*datasets: str, body: str = "", own: frozenset[str] = frozenset()) -> Context:
    context = Context("A Study", "", body, own=own)
    context.datasets = Counter(dict.fromkeys(datasets, 5))
    return context


def owners(
    sentence: str, context: Context, known: tuple[str, ...] = ()
) -> list[tuple[str | None, str | None, str | None]]:
    said = whose(sentence, stated(sentence), context, known)
    return [(w.method, w.dataset, w.condition) for w in said]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        (
            "It raises the accuracy of the 1-NN rule from 74.63% to 96.30%.",
            [("accuracy", "74.63%"), ("accuracy", "96.30%")],
        ),
        ("The accuracy went from 71 to 75%.", [("accuracy", "71"), ("accuracy", "75%")]),
        ("The accuracy ranges from 71% to 75%.", []),
        ("mAP drops only 1 point (to 57.7%).", [("mAP", "57.7%")]),
        ("The new AP, which also averages over IoU thresholds, is 19.7%.", [("AP", "19.7%")]),
        ("The gap to SVD, which is famous for its accuracy, is only 0.13.", []),
        (
            "The sensitivity was 91.2 (95% CI, 86.0%-96.5%) there.",
            [("sensitivity", "91.2")],
        ),
        (
            "The error rates of the nets of Section 4.1 are 39.0% and 18.3%.",
            [("error rates", "39.0%"), ("error rates", "18.3%")],
        ),
        ("2.3 BLEU details are told here.", []),
        ("The perplexity is 21.58, for an overlap of 75%.", [("perplexity", "21.58")]),
        ("The model achieved 10.7 ppl on dialogue.", [("ppl", "10.7")]),
        (
            "It reaches an accuracy equal to 0.82 and 0.60 respectively.",
            [("accuracy", "0.82"), ("accuracy", "0.60")],
        ),
        ("They attain 65.56% and 66.0% accuracy.", [("accuracy", "65.56%"), ("accuracy", "66.0%")]),
        ("The CNN achieves 55.4±1.7% overall accuracy.", [("overall accuracy", "55.4")]),
        ("FlashNet achieves 61.4 accuracy on the task.", [("accuracy", "61.4")]),
        (
            "The sensitivity of detection (91% vs. 83%) rose.",
            [("sensitivity", "91%"), ("sensitivity", "83%")],
        ),
        ("The errors on minority classes 2 (83.5%) are high.", [("errors", "83.5%")]),
        ("We obtain a BLEU-4 of27.7 there.", [("BLEU-4", "27.7")]),
        (
            "The best BLEU-1 score on the set is 25, ours yields 59.",
            [("BLEU-1 score", "25"), ("BLEU-1 score", "59")],
        ),
        ("It has a performance of WER 6.4 on dev-other.", [("WER", "6.4")]),
        (
            "Top-1 and top-5 error rates of 37.5% and 17.0% were achieved.",
            [("Top-1 error rates", "37.5%"), ("top-5 error rates", "17.0%")],
        ),
        (
            "A portion of false alarms equal to 0.07 and a CD detection time equal to 1877.",
            [("portion of false alarms", "0.07"), ("CD detection time", "1877")],
        ),
        (
            "The mean time per image was 61 versus 117 seconds.",
            [("mean time per image", "61"), ("mean time per image", "117")],
        ),
        (
            "X gets 99.3% of the maximal profit, and Y gets 92.8%.",
            [("fraction of the maximal profit", "99.3%"), ("fraction of the maximal profit", "92.8%")],
        ),
    ],
)
def test_a_sentence_gives_values(sentence: str, expected: list[tuple[str, str]]) -> None:
    assert values(sentence) == expected


@pytest.mark.parametrize(
    "sentence",
    [
        "Single-head attention is 0.9 BLEU worse than the best setting.",
        "It outperforms both models by 10.2% and 14.6% average accuracy.",
        "XLM outperforms mBERT by up to 23% accuracy.",
        "We evaluate the metric mAP @ IoU = 0.5 there.",
        "The accuracy (95% CI, 93.4%-95.8%) is given.",
        "We got an accuracy with 10% noise on the data.",
        "Removing a layer results in a loss of about 2% for the top-1 performance.",
        "It gets 95% of the training data.",
        "BLEU after 10 epochs is shown.",
        "An accuracy of 55 was not told in per cent.",
        "The carbon footprint grew over 10 years.",
    ],
)
def test_what_only_looks_like_a_value_is_none(sentence: str) -> None:
    assert values(sentence) == []


def test_an_abbreviation_stands_for_what_the_paper_says_it_does() -> None:
    context = paper(body="We report Perplexity and Unigram F1 (UF1) overlap.")
    assert values("It got .185 UF1.", vocabulary_of(context, [])) == [("Unigram F1", ".185")]


def test_speedups_are_told_as_such_and_not_where_a_table_tells_them() -> None:
    assert gains("It trains VGG16 3× faster than SPPnet.") == [("train speedup over SPPnet", "3")]
    assert gains("It is up to 20× more memory efficient than the baselines.") == [
        ("memory efficiency ratio over baselines (up to)", "20")
    ]
    assert gains("Table 2 shows a 1.7× speedup.") == []
    assert gains("It is 8% faster.", before="Table 7 gives the times.") == []
    assert gains("It needs 25× fewer parameters.") == []


def test_other_gains_count_only_in_the_abstract_and_never_as_the_value() -> None:
    sentence = "Models have 0.7 better perplexity on GPT-2 and 6.4 points of lift on documents."
    assert gains(sentence, abstract=True) == [("perplexity improvement", "0.7"), ("lift", "6.4")]
    assert gains(sentence) == []
    assert values(sentence) == []
    assert gains("It improves the best results by over 2 BLEU.", abstract=True) == []


def test_each_value_takes_the_dataset_beside_it() -> None:
    context = paper("C10+", "C100+", "Path-X")
    assert [d for _, d, _ in owners("Errors are 3.46% on C10+ and 17.18% on C100+.", context)] == [
        "C10+",
        "C100+",
    ]
    sentence = "It solves Path-X (61.4% accuracy) and Path-256 (63.1% accuracy)."
    assert [d for _, d, _ in owners(sentence, context)] == ["Path-X", "Path-256"]
    assert placed_datasets("faster than Path-X", context) == []


def test_respectively_ties_names_and_settings_to_values() -> None:
    context = paper("Bias", "CCPP")
    sentence = "The fit is poor with accuracy of 0.051 and 0.0079 for Bias and CCPP respectively."
    assert [d for _, d, _ in owners(sentence, context)] == ["Bias", "CCPP"]
    sentence = "The algorithms DWM-NB, LB-HT give an accuracy of 0.965 and 0.963 respectively."
    assert [m for m, _, _ in owners(sentence, context)] == ["DWM-NB", "LB-HT"]
    sentence = "The accuracy is 0.6 and 0.8 for confidence levels 80% and 90% respectively."
    assert [c for _, _, c in owners(sentence, context)] == ["confidence levels 80%", "confidence levels 90%"]


def test_the_subject_of_the_verb_is_the_method() -> None:
    sentence = (
        "We find that a race blind threshold gets 99.3% of the maximal profit, equal opportunity gets 92.8%."
    )
    assert [m for m, _, _ in owners(sentence, paper())] == ["race blind threshold", "equal opportunity"]
    assert [m for m, _, _ in owners("This gets 99.3% accuracy.", paper())] == [None]
    sentence = "It has an error of 15.3%, compared to 26.2% achieved by the second-best entry."
    assert [m for m, _, _ in owners(sentence, paper())][1] == "second-best entry"


def test_our_model_goes_by_the_papers_own_name() -> None:
    context = paper(own=frozenset({"Transformer"}), body="The Transformer is new.")
    assert owners("Our big model achieves 28.4 BLEU.", context)[0][0] == "Transformer (big)"
    assert owners("Our model achieves 28.4 BLEU.", paper())[0][0] == "Our model"


def test_parts_of_a_survey_are_survey_and_setup_is_told_by_its_title() -> None:
    survey = Heading("Section 2", "2", "Related Work").after(Heading())
    assert survey.survey
    assert Heading("Section 2.1", "2.1", "Brain interfaces").after(survey).survey
    assert not Heading("Section 3", "3", "Method").after(survey).survey
    assert Heading("Section 4.1", "4.1", "Implementation details").setup
    assert Heading("Section 4.1", "4.1", "Datasets").setup
    assert not Heading("Section 5.3", "5.3", "STAGGER Data-set").setup
    assert not Heading("Section 5.4", "5.4", "Training results").setup


@pytest.mark.parametrize(
    ("sentence", "methods"),
    [
        ("The LSTM's perplexity dropped from 5.8 to 4.7.", ["LSTM", "LSTM"]),
        ("PBT improves the accuracy of UNREAL from 93.1% to 96.4%.", ["UNREAL", "PBT"]),
        ("PBT improves the accuracy from 93.1% to 96.4%.", [None, "PBT"]),
        ("SegNet has a higher mAP than UNREAL (67.2% vs. 66.1%).", ["SegNet", "UNREAL"]),
        ("The errors (83.5%) are high with AdaBoost.MM here.", ["AdaBoost.MM"]),
        ("The best performing model was the ETR, with an accuracy of 97.7%.", ["ETR"]),
    ],
)
def test_each_value_goes_to_who_has_it(sentence: str, methods: list[str | None]) -> None:
    known = ("LSTM", "PBT", "UNREAL", "SegNet")
    assert [m for m, _, _ in owners(sentence, paper(), known)] == methods


def test_a_sentence_goes_on_with_the_measure_of_the_one_before() -> None:
    before = stated("It reaches 91.2% accuracy.")
    told = carried("The baseline does worse: 87.4%.", before, Vocabulary())
    assert [(v.name, v.number.text, v.units) for v in told] == [("accuracy", "87.4%", "%")]
    pair = stated("Our top-1 and top-5 error rates are 37.5% and 17.0%.")
    told = carried("The best published results are 45.7% and 25.7%.", pair, Vocabulary())
    assert [(v.name, v.number.text) for v in told] == [
        ("top-1 error rates", "45.7%"),
        ("top-5 error rates", "25.7%"),
    ]


@pytest.mark.parametrize(
    "sentence",
    [
        "We used 12.5% of the images.",
        "It improved by 3.4%.",
        "Its recall is 87.4%.",
        "The data hold 60% positives.",
        "In 87.4% more cases it does.",
    ],
)
def test_a_share_of_other_things_is_not_carried(sentence: str) -> None:
    assert carried(sentence, stated("It reaches 91.2% accuracy."), Vocabulary()) == []
    assert carried("The baseline does worse: 87.4%.", stated("It has a BLEU of 27.3."), Vocabulary()) == []
