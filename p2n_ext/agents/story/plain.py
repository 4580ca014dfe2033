"""Strangers' text made fit for a child's page: one line, visible signs only, no longer than it may be."""

from __future__ import annotations

from p2n_schemas.storyboards import CLOSE_QUOTE, OPEN_QUOTE

_INNER = str.maketrans({OPEN_QUOTE: "'", CLOSE_QUOTE: "'"})


def one_line(text: str, longest: int = 90) -> str:
    """Without control characters, marks of direction and line breaks; cut at a word where it is longer."""
    shown = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    if len(shown) <= longest:
        return shown
    head = shown[: longest - 1]
    word = head.rpartition(" ")[0]
    return (word if len(word) > longest // 2 else head).rstrip(" ,;:.-") + "…"


def name(text: str, longest: int = 90) -> str:
    """A name as it stands between quotation marks, which it can't hold itself."""
    return one_line(text.translate(_INNER), longest) or "?"


def quoted(known: str) -> str:
    """A name in a page's text: what stands between these marks was copied, and counts for no reading level."""
    return f"{OPEN_QUOTE}{known}{CLOSE_QUOTE}"
