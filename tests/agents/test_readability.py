"""The reading level: the formula against sums done by hand, syllables against a dictionary's."""

from __future__ import annotations

import pytest

from p2n_ext.agents.story.readability import measure, sentences, syllables

# as the CMU Pronouncing Dictionary counts them
COUNTED = {
    1: "a the paper's-not page score true told made like straight through draws slides makes looked tried fixed grew trees"
    " leads leaf guess friends rule once wine plan stopped asked those scores used near spread branch cakes eyes voice eight"
    " whole queue",
    2: "paper number robot tables little people being answer guesses wanted needed rises pages branches sentence table apple"
    " science going data vector layer layers hidden letter trying yellow doing pieces ended middle safely kindness houses"
    " wishes careless only window",
    3: "computer idea accuracy-not area important example animal family decided together understand banana radio musician-not",
    4: "information education television everybody-not dictionary-not",
}


@pytest.mark.parametrize(
    ("word", "count"),
    [(word, count) for count, words in COUNTED.items() for word in words.split() if "-not" not in word],
)
def test_syllables(word: str, count: int) -> None:
    assert syllables(word) == count


def test_compounds_and_marks_and_digits() -> None:
    assert syllables("well-known") == 2
    assert syllables("robot’s") == 2
    assert syllables("don't") == 1
    assert syllables("1,797") == 1
    assert syllables("BIG") == 1


def test_the_formula_by_hand() -> None:
    # 9 words, 2 sentences, 10 syllables
    measured = measure("The cat sat on the mat. It was happy.")
    assert (measured.words, measured.sentences, measured.syllables) == (9, 2, 10)
    assert measured.grade == round(0.39 * 9 / 2 + 11.8 * 10 / 9 - 15.59, 2) == -0.72


def test_a_hard_text_is_hard() -> None:
    hard = "Regularisation of overparameterised architectures necessitates considerable computational experimentation."
    assert measure(hard).grade > 12


def test_names_are_left_out_only_where_they_are_quoted_and_known() -> None:
    text = "They test “Regularised Multinomial Logistic Regression”. It did well on “wine”."
    bare = measure(text, ["Regularised Multinomial Logistic Regression", "wine"])
    assert bare.words == 6
    assert bare.names == ["Regularised Multinomial Logistic Regression", "wine"]
    assert measure(text, ["wine"]).words == 10
    # a name that is a plain word, said without marks, counts
    assert measure("We like wine.", ["wine", "We"]).words == 3


def test_numbers_do_not_end_sentences() -> None:
    assert len(list(sentences("It got 97.5 out of 100. That is a lot!"))) == 2
    assert measure("It got 97.5 of 100 right.").words == 6


def test_nothing_to_read_is_no_level() -> None:
    for text in ("", "“Wine”", "… !"):
        with pytest.raises(ValueError, match="no reading level"):
            measure(text, ["Wine"])
