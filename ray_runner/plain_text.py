"""Lines that no terminal and no page can be steered with: text stays as it is, control characters become visible."""

from __future__ import annotations

import re

REPLACEMENT = "\ufffd"
# Colours and the like go; of whatever else begins with an escape, the escape becomes visible.
_ANSI = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(\x07|\x1b\\)?|[@-Z\\-_])")
# All but tab and newline; also what reorders text (Unicode TR 9), or ends a line elsewhere.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def is_plain_json(data: bytes) -> bool:
    """Whether the strings of a JSON text are all plain ASCII: JSON has no raw control character but DEL."""
    return data.isascii() and b"\\" not in data and b"\x7f" not in data


def plain_lines(lines: list[str]) -> list[str]:
    """The same number of lines, made harmless in one pass over all of them."""
    text = "\n".join(lines)
    if text.count("\n") != len(lines) - 1:
        text = "\n".join(line.replace("\n", REPLACEMENT) for line in lines)
    if "\x1b" in text:
        text = _ANSI.sub("", text)
    if not text.replace("\n", "").replace("\t", "").isprintable():
        text = _CONTROL.sub(REPLACEMENT, text)
    return text.split("\n")


def plain(text: str) -> str:
    """One line, made harmless."""
    return plain_lines([text])[0]
