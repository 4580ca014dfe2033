"""The guest's line splitting: whole lines, folded progress, bounds that hold."""

from __future__ import annotations

from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ray_runner.guest import lines
from ray_runner.guest.lines import (
    BATCH_CHARACTERS,
    BATCH_LINES,
    CUT_MARK,
    MAX_LINE_BYTES,
    LineBatcher,
    LineSplitter,
    OutputBudget,
)


def split(*pieces: bytes) -> list[str]:
    splitter = LineSplitter()
    lines = [line for piece in pieces for line in splitter.feed(piece)]
    return lines + splitter.finish()


def test_a_line_in_pieces_is_one_line() -> None:
    assert split(b"he", b"llo\nwor", b"ld") == ["hello", "world"]


def test_a_character_in_pieces_is_one_character() -> None:
    assert split("ä".encode()[:1], "ä".encode()[1:] + b"\n") == ["ä"]


def test_windows_line_ends_are_line_ends() -> None:
    assert split(b"one\r\ntwo\r", b"\nthree\r\n") == ["one", "two", "three"]


def test_of_a_progress_bar_the_last_drawing_stays() -> None:
    assert split(b"1%\r2%\r", b"3%\r", b"100%\n") == ["100%"]
    assert split(b"1%\r2%\r") == ["2%"]


def test_an_endless_line_keeps_bounded_memory_and_says_what_was_cut() -> None:
    splitter = LineSplitter()
    for _ in range(1000):
        assert splitter.feed(b"x" * 65536) == []
        assert len(splitter._partial) <= MAX_LINE_BYTES
    (line,) = splitter.feed(b"\n")
    assert line.startswith("x" * MAX_LINE_BYTES)
    assert line.endswith(f" … [{1000 * 65536 - MAX_LINE_BYTES} bytes more]")
    assert splitter.feed(b"next\n") == ["next"]


def test_bytes_that_are_no_text_become_text() -> None:
    assert split(b"\xff\xfe\x00ok\n") == ["\ufffd\ufffd\x00ok"]


def test_batches_hold_at_most_256_lines_and_nothing_is_lost() -> None:
    sent: list[tuple[list[str], bool]] = []
    batcher = LineBatcher(OutputBudget(), lambda lines, cut: sent.append((lines, cut)))
    batcher.add([str(number) for number in range(1000)])
    batcher.flush()
    assert max(len(lines) for lines, _ in sent) == BATCH_LINES
    assert [line for lines, _ in sent for line in lines] == [str(number) for number in range(1000)]


def test_a_batch_of_long_lines_is_sent_in_smaller_ones() -> None:
    sent: list[list[str]] = []
    batcher = LineBatcher(OutputBudget(), lambda lines, cut: sent.append(lines))
    given = [f"{number} " + "x" * 5000 for number in range(256)]
    batcher.add(given)
    assert max(sum(map(len, lines)) for lines in sent) <= BATCH_CHARACTERS
    assert [line for lines in sent for line in lines] == given


def test_the_total_bound_cuts_once_and_marks_the_cut() -> None:
    sent: list[tuple[list[str], bool]] = []
    budget = OutputBudget(lines=10)
    first, second = (LineBatcher(budget, lambda lines, cut: sent.append((lines, cut))) for _ in range(2))
    first.add(["x"] * 15)
    second.add(["y"] * 15)
    first.add(["z"])
    first.flush()
    second.flush()
    assert sent == [(["x"] * 10, False), ([CUT_MARK], True)]


@pytest.mark.parametrize(("line", "size", "fitting"), [("abc", 10, 3), ("ä", 10, 5), ("", 0, 15)])
def test_the_bound_in_bytes_is_one_of_bytes(line: str, size: int, fitting: int) -> None:
    budget = OutputBudget(size=size)
    assert budget.take([line] * 15) == [line] * fitting
    assert budget.exhausted is (fitting < 15)


def test_a_bar_that_is_drawn_over_can_be_looked_at_before_it_is_finished() -> None:
    splitter = LineSplitter()
    splitter.feed(b"no bar")
    assert splitter.drawing() == []
    splitter.feed(b"\n\r 10%|#")
    assert splitter.drawing() == [" 10%|#"]
    assert splitter.drawing() == [], "it has not moved"
    splitter.feed(b"\r 20%|##\r 30%|###")
    assert splitter.drawing() == [" 30%|###"]
    splitter.feed(b"\r 40%|####\r")
    assert splitter.drawing() == [" 40%|####"]
    assert splitter.feed(b"\r100%\n") == ["100%"]
    assert splitter.drawing() == []


def test_nothing_is_a_drawing_that_was_not_drawn_over() -> None:
    splitter = LineSplitter()
    for piece in (b"one\r\n", b"dots..", b"...."):
        splitter.feed(piece)
        assert splitter.drawing() == []


BOUND = 12


def one_by_one(data: bytes) -> list[str]:
    """The rule itself, without a thought for speed."""
    lines = []
    *whole, rest = data.split(b"\n")
    for raw in [*whole, *([rest] if rest.rstrip(b"\r") else [])]:
        line = raw.rstrip(b"\r").rpartition(b"\r")[2]
        more = len(line) - BOUND
        text = line[:BOUND].decode("utf-8", "replace")
        lines.append(text + f" … [{more} bytes more]" if more > 0 else text)
    return lines


PIECES = st.sampled_from(
    [
        b"\n",
        b"\r",
        b"\r\n",
        b"abc",
        "äöü漢😀".encode(),
        b"\xff\xc3",
        b"\x1b[31m",
        b"x" * 10,
        "漢".encode() * 4,
    ]
)


@settings(max_examples=500, deadline=None)
@given(st.lists(PIECES, max_size=40), st.integers(1, 60))
def test_whole_blocks_give_the_same_lines_as_one_line_at_a_time(pieces: list[bytes], step: int) -> None:
    data = b"".join(pieces)
    with mock.patch.object(lines, "MAX_LINE_BYTES", BOUND):
        given_in_parts = split(*(data[begin : begin + step] for begin in range(0, len(data), step)))
    assert given_in_parts == one_by_one(data)
