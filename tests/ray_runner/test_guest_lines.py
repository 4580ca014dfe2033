"""The guest's line splitting: whole lines, folded progress, bounds that hold."""

from __future__ import annotations

from ray_runner.guest.lines import (
    BATCH_LINES,
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


def test_the_total_bound_cuts_once_and_marks_the_cut() -> None:
    sent: list[tuple[list[str], bool]] = []
    budget = OutputBudget(lines=10)
    first = LineBatcher(budget, lambda lines, cut: sent.append((lines, cut)))
    first.add(["x"] * 15)
    first.add(["y"] * 15)
    first.flush()
    assert [len(lines) for lines, _ in sent] == [11]
    assert sent[0][1] is True
    assert "cut" in sent[0][0][-1]
