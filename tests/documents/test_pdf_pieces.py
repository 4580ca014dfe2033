from __future__ import annotations

from collections import Counter

import pytest

from p2n_ext.documents.cells import atoms_of, prose_like
from p2n_ext.documents.flow import flow, spellings, text_of
from p2n_ext.documents.geometry import Rect
from p2n_ext.documents.glyphs import Glyph
from p2n_ext.documents.grid import build_grid
from p2n_ext.documents.layout import Line, Zone
from p2n_ext.documents.words import Word, words_of


def glyphs(text: str, x: float = 10, y: float = 100, size: float = 10, start: int = 0) -> list[Glyph]:
    """Glyphs of half an em each; a space is a gap of a quarter em, nothing printed."""
    found = []
    for i, char in enumerate(text):
        if char == " ":
            x += 0.25 * size
            continue
        box = Rect(x, y - 0.75 * size, x + 0.5 * size, y + 0.25 * size)
        found.append(Glyph(char, box, y, size, "Times", False, 0, start + i, box))
        x += 0.5 * size
    return found


def word(text: str, x: float, y: float = 100, size: float = 10, **more: object) -> Word:
    width = 0.5 * size * len(text)
    return Word(text, Rect(x, y - 7.5, x + width, y + 2.2), y, size, "Times", False, **more)  # type: ignore[arg-type]


def line(text: str, y: float) -> Line:
    words, x = [], 50.0
    for part in text.split():
        words.append(word(part, x, y))
        x += 5 * len(part) + 2.5
    return Line(Zone.FULL, words)


def test_words_part_at_spaces_that_no_glyph_prints() -> None:
    assert [w.text for w in words_of(glyphs("test accuracy of"))] == ["test", "accuracy", "of"]


def test_words_do_not_depend_on_the_order_of_the_file() -> None:
    found = words_of(list(reversed(glyphs("99.04% here"))))
    assert [w.text for w in found] == ["99.04%", "here"]


def test_a_glyph_printed_twice_for_bold_counts_once() -> None:
    twice = glyphs("97.5") + glyphs("97.5", x=10.3, start=50)
    assert [w.text for w in words_of(twice)] == ["97.5"]


def test_a_raised_mark_is_no_part_of_the_number_beside_it() -> None:
    marked = glyphs("36.6") + glyphs("3", x=30.5, y=96.2, size=6, start=50)
    number, mark = words_of(marked)
    assert (number.text, number.script) == ("36.6", False)
    assert (mark.text, mark.script, mark.lowered, mark.baseline) == ("3", True, False, 100)


def test_a_lowered_index_is_told_from_a_raised_one() -> None:
    found = words_of(glyphs("SVM") + glyphs("2", x=25.5, y=102, size=6, start=50))
    assert [w.lowered for w in found] == [False, True]


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (["a multi-", "layer percep-", "tron learns"], "a multilayer\nperceptron\nlearns"),
        (["the GRU-", "SVM model"], "the GRU-SVM\nmodel"),
        (["self-attention and self-", "attention again"], "self-attention and self-attention\nagain"),
        (["no break here", "at all"], "no break here\nat all"),
    ],
)
def test_words_broken_at_a_lines_end_are_made_whole(lines: list[str], text: str) -> None:
    made = [line(t, 100 + 12 * i) for i, t in enumerate(lines)]
    assert text_of(flow(made, spellings(made))) == text


def test_a_glued_word_keeps_both_its_boxes() -> None:
    made = [line("percep-", 100), line("tron", 112)]
    (token,), rest = flow(made, Counter())
    assert token.text == "perceptron"
    assert [w.baseline for w in token.words] == [100, 112]
    assert rest == []


def test_cells_part_at_wide_gaps_and_at_vertical_rules() -> None:
    words = [word("25.02", 50), word("/", 77), word("23.61", 84), word("7.71", 113)]
    assert [a.text for a in atoms_of(words)] == ["25.02 / 23.61 7.71"]
    assert [a.text for a in atoms_of(words, bars=[111.0])] == ["25.02 / 23.61", "7.71"]


def test_a_row_of_headings_is_not_prose_however_long() -> None:
    assert prose_like(line("we show that the accuracy of all of these models is high", 100).words, 300)
    assert not prose_like(line("Data Err AvgC Err AvgC Err AvgC Err AvgC Err AvgC", 100).words, 300)


def test_a_heading_over_two_columns_spans_them_and_joins_neither() -> None:
    rows = [
        [word("Accuracy", 130, 80)],
        [word("Wine", 110, 92), word("Iris", 180, 92)],
        [word("MLP", 50, 104), word("91.2", 110, 104), word("94.0", 180, 104)],
        [word("SVM", 50, 116), word("95.5", 110, 116), word("96.7", 180, 116)],
    ]
    grid = build_grid([atoms_of(r) for r in rows], [])
    assert grid is not None
    assert len(grid.columns) == 3
    assert [(c.first, c.last) for c in grid.rows[0].cells] == [(1, 2)]
    assert [r.header for r in grid.rows] == [True, True, False, False]
