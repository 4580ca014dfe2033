"""A page's words as running text: tokens with their boxes, words broken at a line's end made whole."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from .layout import Line
from .words import Word

BROKEN = re.compile(r"\w[\w\-/]*-$")
EDGE = ".,;:()[]"


@dataclass(frozen=True, slots=True)
class Token:
    """A word of running text; two words where a line broke it."""

    text: str
    words: tuple[Word, ...]


def spellings(lines: Sequence[Line]) -> Counter[str]:
    """How often each word is spelt, for deciding about hyphens."""
    return Counter(w.text.strip(EDGE).lower() for line in lines for w in line.words)


def flow(lines: Sequence[Line], known: Counter[str]) -> list[list[Token]]:
    """The tokens of each line, in the lines' order; a broken word stands whole in its first line."""
    out: list[list[Token]] = []
    pending = [[Token(w.text, (w,)) for w in line.words] for line in lines]
    for i, tokens in enumerate(pending):
        if tokens and i + 1 < len(pending) and pending[i + 1] and BROKEN.search(tokens[-1].text):
            head = pending[i + 1][0]
            core = head.text.strip(EDGE)
            if core and (core[0].isalpha() or core[0].isdigit()):
                pending[i + 1] = pending[i + 1][1:]
                tokens = [
                    *tokens[:-1],
                    Token(_glued(tokens[-1].text[:-1], head.text, known), tokens[-1].words + head.words),
                ]
        out.append(tokens)
    return out


def text_of(lines: Sequence[Sequence[Token]]) -> str:
    """Lines of text."""
    return "\n".join(" ".join(t.text for t in line) for line in lines if line)


def _glued(left: str, head: str, known: Counter[str]) -> str:
    """With or without the hyphen: as the document spells the word elsewhere, else by the next letter's case."""
    core, last = head.strip(EDGE).lower(), left.strip(EDGE).lower()
    if known[last + core] == 0 and (known[f"{last}-{core}"] > 0 or not head[:1].islower()):
        return f"{left}-{head}"
    return left + head
