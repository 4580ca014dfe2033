"""Names compared as a reader would: letter case, punctuation and hyphenation at line ends mean nothing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

_BROKEN = re.compile(r"(?<=[^\W\d_])[-‐]\s*\n\s*(?=[^\W\d_])|­")
_CITATION = re.compile(r"\[\d[\d,;\s–-]*\]|\((?=[^()]*[^\W\d])[^()]*\b(?:19|20)\d\d[a-z]?\)")
_WORD = re.compile(r"\d+(?:\.\d+)?|[^\W\d_]+|\+(?!/)")
MINOR = frozenset(
    [
        "the",
        "of",
        "on",
        "in",
        "an",
        "and",
        "for",
        "with",
        "to",
        "our",
        "we",
        "this",
        "by",
        "at",
        "set",
        "data",
    ]
)
_SHORTEST_STEM = 3
LEAST_OF_A_PART = 0.3


@lru_cache(maxsize=20_000)
def words_of(text: str) -> tuple[str, ...]:
    """The words and numbers of a name, folded."""
    plain = unicodedata.normalize("NFKC", _BROKEN.sub("", text)).casefold()
    return tuple(_WORD.findall(_CITATION.sub(" ", plain)) or _WORD.findall(plain))


def same(one: str | None, other: str | None) -> bool:
    """Whether two names are one, however they are written."""
    if one is None or other is None:
        return one is other
    return "".join(words_of(one)) == "".join(words_of(other))


def likeness(name: str, heading: str) -> float:
    """0 to 1: how far a heading says a name. 1 is the same name; 0 shares nothing that means something."""
    a, b = words_of(name), words_of(heading)
    if not a or not b:
        return 0.0
    if "".join(a) == "".join(b):
        return 1.0
    if _abbreviates("".join(b), a) or _abbreviates("".join(a), b):
        return 0.8
    mine = [w for w in dict.fromkeys(a) if w not in MINOR]
    theirs = [w for w in dict.fromkeys(b) if w not in MINOR]
    shared = sum(any(_same_word(w, v) for v in theirs) for w in mine)
    telling = any(len(w) > 1 and not w.isdigit() and any(_same_word(w, v) for v in theirs) for w in mine)
    if not shared or not telling:
        return 0.0
    part = shared == min(len(mine), len(theirs))
    return max(0.95 * shared / (len(mine) + len(theirs) - shared), LEAST_OF_A_PART if part else 0.0)


def stands_in(name: str, text: Text) -> bool:
    """Whether a text prints a name: its words one after the other, or joined."""
    words = words_of(name)
    return bool(words) and (f" {' '.join(words)} " in text.spaced or _joined(words, text))


def all_words_in(name: str, text: Text) -> bool:
    """Whether every word and number of a name that means something stands in a text."""
    needed = _telling(name)
    return any(len(w) > 1 or w.isdigit() for w in needed) and all(w in text.words for w in needed)


def settings_in(name: str, text: Text) -> bool:
    """Whether a text prints a name's numbers, one after the other: "MLP 30x60x1" in the line "30x60x1 97.7%"."""
    words = words_of(name)
    numbers = [at for at, word in enumerate(words) if word[0].isdigit()]
    return len(numbers) > 1 and f" {' '.join(words[numbers[0] : numbers[-1] + 1])} " in text.spaced


def numbers_of(name: str) -> frozenset[str]:
    """The numbers in a name: "34" of "ResNet-34"."""
    return frozenset(word for word in words_of(name) if word[0].isdigit())


def left_over(name: str, other: str) -> frozenset[str]:
    """The words of a name that mean something and that another has not, in no form."""
    theirs = words_of(other)
    return frozenset(w for w in _telling(name) if not any(_same_word(w, v) for v in theirs))


def holds(name: str, heading: str) -> bool:
    """Whether a name holds every word of a heading that means something."""
    mine = set(words_of(name))
    theirs = [w for w in words_of(heading) if w not in MINOR]
    return any(len(w) > 1 for w in theirs) and all(w in mine for w in theirs)


class Text:
    """A text made ready to look names up in."""

    def __init__(self, parts: Iterable[str]) -> None:
        words = words_of("\n".join(parts))
        self.spaced = f" {' '.join(words)} "
        self.joined = "".join(words)
        self.words = frozenset(words)


def _telling(name: str) -> list[str]:
    """A name's words without small ones, and without the symbols of settings ("k" in "k = 12"), as tables name those once,
    in a heading."""
    words = words_of(name)
    return [
        word
        for word, after in zip(words, (*words[1:], ""), strict=True)
        if word not in MINOR and not (len(word) <= 2 and word.isalpha() and after[:1].isdigit())
    ]


def _joined(words: tuple[str, ...], text: Text) -> bool:
    # short names stand in the middle of any word
    whole = "".join(words)
    return len(whole) >= 5 and whole in text.joined


def _same_word(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    if one == other:
        return True
    return len(short) >= _SHORTEST_STEM and short.isalpha() and long.startswith(short)


def _abbreviates(short: str, words: tuple[str, ...]) -> bool:
    """Whether letters are the first ones of words, numbers standing whole: C10 for CIFAR-10."""
    if len(words) < 2 or not any(w[0].isdigit() for w in words):
        return False  # without a number two letters stand for too much
    return short == "".join(w if w[0].isdigit() or w == "+" else w[0] for w in words)
