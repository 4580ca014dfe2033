"""Each rule for what a recogniser misreads: what it puts right, and what it must leave alone."""

from __future__ import annotations

import pytest

from p2n_ext.documents.geometry import Rect
from p2n_ext.documents.ocr_cleanup import Seen, cleaned

EM = 10.0


def line(*texts: str | tuple[str, float], number: int = 0, top: float = 100.0) -> list[Seen]:
    """Words of one line; a tuple gives the gap before its word in ems (else 0.3: a plain space)."""
    x, out = 50.0, []
    for item in texts:
        text, gap = item if isinstance(item, tuple) else (item, 0.3)
        width = 0.5 * EM * len(text)
        x += gap * EM
        out.append(Seen(text, Rect(x, top, x + width, top + 0.68 * EM), 0.9, number))
        x += width
    return out


def read(*texts: str | tuple[str, float]) -> str:
    return " ".join(w.text for w in cleaned(line(*texts)))


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        # letters among the digits of a decimal number
        (["O.93"], "0.93"),
        (["9l.25"], "91.25"),
        (["0.9O%"], "0.90%"),
        (["le-3"], "1e-3"),
        # a comma or a colon for the point, beside numbers with as many decimals
        (["95.62", "98,41"], "95.62 98.41"),
        (["95.62", "98:41"], "95.62 98.41"),
        # parts of one number
        (["91.", ("25", 0.1)], "91.25"),
        (["91", (".25", 0.3)], "91.25"),
        (["93.75", ("%", 0.3)], "93.75%"),
        (["93.75", ("o/o", 0.3)], "93.75%"),
        (["93.75o/o"], "93.75%"),
        # a spread, where the words speak of one
        (["mean", "and", "std", "91.25", "+", "1.83"], "mean and std 91.25 ± 1.83"),
        (["std", "91.25", "+1.83"], "std 91.25 ±1.83"),
        (["std", "91.25+1.83"], "std 91.25±1.83"),
        (["std", "89.4+", "0.5%"], "std 89.4± 0.5%"),
        (["std", "91.25", "£", "1.83"], "std 91.25 ± 1.83"),
        # or where it is printed again and again
        (["3.7", "+", "0.9", "5.6", "+", "1.1", "3.0", "+", "0.8"], "3.7 ± 0.9 5.6 ± 1.1 3.0 ± 0.8"),
        # dashes, ligatures, strokes of rules
        (["—0.5"], "-0.5"),
        (["(–0.5)"], "(-0.5)"),
        (["classiﬁcation", "eﬃcient"], "classification efficient"),
        (["|93.5"], "93.5"),
        (["93.5|"], "93.5"),
        (["TREC}"], "TREC"),
        (["SVM", ("_", 2.0), ("95.0", 2.0), ("=", 2.0)], "SVM - 95.0 -"),
    ],
)
def test_a_misreading_is_put_right(words: list[str | tuple[str, float]], wanted: str) -> None:
    assert read(*words) == wanted


@pytest.mark.parametrize(
    "words",
    [
        ["SO.S"],
        ["Iris", "Oslo", "all", "I.O"],
        ["version", "O.l"],
        # thousands, lists, times, intervals
        ["1,797", "12.345"],
        ["91.25", "1,797"],
        ["12,34"],
        ["12:30"],
        ["[0,1]", "0.5"],
        ["(0,1)", "0.5"],
        # the end of a sentence, an enumeration
        ["in", "2015.", "25", "papers"],
        ["91.", ("25", 0.3)],
        ["5", (".25", 1.5)],
        # sums: no word of spreads, no repetition; or what follows is a sum's
        ["91.25", "+", "1.83"],
        ["std", "0.5", "+", "0.3", "=", "0.8"],
        ["std", "5", "+", "3"],
        ["std", "1.25", "+", "91.25"],
        ["MAML", "+", "Transduction"],
        ["C10+", "95.1"],
        # dashes inside, brackets with their fellows
        ["state-of-the-art", "2013–2015"],
        ["[12]", "{x}", "f(x)"],
        ["a", "=", "b"],
        ["x_i", "_"],
    ],
)
def test_what_may_be_right_is_left_alone(words: list[str | tuple[str, float]]) -> None:
    assert read(*words) == " ".join(w if isinstance(w, str) else w[0] for w in words)


def test_a_column_of_decimals_gives_a_colon_its_point() -> None:
    rows = [
        line("A", ("91.25", 3), number=0),
        line("B", ("95:50", 3), number=1),
        line("C", ("94.00", 3), number=2),
    ]
    assert [w.text for w in cleaned([w for row in rows for w in row])][3] == "95.50"


def test_no_rule_makes_one_digit_of_another() -> None:
    for words in (
        ["O.93", "9l.25"],
        ["95.62", "98,41"],
        ["std", "91.25", "£", "1.83"],
        ["93.750/0"],
        ["5.5.5"],
    ):
        given = "".join(c for w in words for c in w if c.isdigit())
        kept = iter("".join(c for c in read(*words) if c.isdigit()))
        # every digit that was read is still there, in its order
        assert all(c in kept for c in given)


def test_what_was_changed_is_trusted_less_and_the_rest_as_before() -> None:
    changed, same = cleaned(line("O.93", "91.25"))
    assert changed.confidence < same.confidence == 0.9


def test_a_joined_number_covers_both_its_parts() -> None:
    parts = line("91.", ("25", 0.1))
    (whole,) = cleaned(parts)
    assert (whole.box.x0, whole.box.x1) == (parts[0].box.x0, parts[1].box.x1)
