"""Text that can neither steer a terminal nor a page, whichever way it came."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ray_runner.plain_text import is_plain_json, plain, plain_lines


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07x", "x"),
        ("a\x1b[2Jb", "ab"),
        ("bell\x07", "bell\ufffd"),
        ("up\x9b1A", "up\ufffd1A"),
        ("delete\x7f", "delete\ufffd"),
        ("tab\tstays", "tab\tstays"),
        ("turned \u202eround", "turned \ufffdround"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("漢字 😀 é", "漢字 😀 é"),
        ("two\nlines", "two\ufffdlines"),
        ("", ""),
    ],
)
def test_control_characters_become_visible_and_text_stays(line: str, shown: str) -> None:
    assert plain(line) == shown
    assert plain_lines(["before", line, "after"]) == ["before", shown, "after"]


def test_what_is_open_in_one_line_does_not_reach_into_the_next() -> None:
    assert plain_lines(["\x1b]0;no end", "kept", "\x1b[", "1mkept too"]) == [
        "",
        "kept",
        "\ufffd[",
        "1mkept too",
    ]


LINES = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), min_size=1, max_size=6)


@given(LINES)
def test_a_whole_batch_gives_what_its_lines_give(lines: list[str]) -> None:
    assert plain_lines(lines) == [plain(line) for line in lines]


@given(LINES, st.booleans())
def test_json_that_is_called_plain_holds_nothing_to_clean(lines: list[str], escaped: bool) -> None:
    if is_plain_json(json.dumps(lines, ensure_ascii=escaped).encode()):
        assert plain_lines(lines) == lines
