"""Headings as clean names."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from p2n_ext.documents.words import Word

CITED = re.compile(
    r"\s*(?:\[[\d,;\s–-]+\]|\((?:[A-Z][\w.’'-]+(?:\s(?:and|&|et al\.?,?|el al\.?,?|[A-Z][\w.’'-]+))*,?\s*)?\(?(?:19|20)\d\d[a-z]?\)?\))"
)
OWN = re.compile(r"\bours?\b|\bproposed\b|\bthis (?:work|paper|study)\b|\bwe\b", re.IGNORECASE)
MARKS = re.compile(r"[*†‡§¶∗⋆]+")


def heading_text(words: Sequence[Word]) -> str:
    """A heading's text; raised digits and signs are footnote marks and left out, small letters join their word."""
    text = ""
    last: Word | None = None
    for word, following in itertools.zip_longest(words, words[1:]):
        touching = (
            last is not None
            and 0 <= word.box.x0 - last.box.x1 < 0.12 * word.size
            and (last.baseline == word.baseline or last.script)
        )
        last = word
        if word.script and word.text == "2" and re.search(r"(?:^|\s)R$", text):
            text += "2"
            continue
        inner = following is not None and -0.5 <= following.box.x0 - word.box.x1 < 0.12 * following.size
        if word.script and inner and re.match(r"[-–]\w", following.text) and re.fullmatch(r"\d", word.text):
            # "A²-Net": no footnote stands inside a name
            text += word.text
            last = word
            continue
        if word.script:
            if re.fullmatch(r"[A-Za-z]{1,8}", word.text) or (
                word.lowered and re.fullmatch(r"\w{1,8}", word.text)
            ):
                # a symbol's index belongs to it; words and acronyms set small stay words
                text += f" {word.text}" if re.search(r"[A-Z]{2}", word.text) else word.text
            elif re.search(r"[A-Za-z]", word.text):
                text += " " + word.text
            continue
        # a word broken at the end of a stacked heading's line
        broken = text.endswith("-") and len(text) > 2 and text[-2].isalpha() and word.text[:1].islower()
        text = (
            text[:-1] + word.text
            if broken
            else text + word.text
            if (re.search(r"(?:^|\S)-$", text) and word.text != "/") or touching
            else f"{text} {word.text}"
        )
    return text.strip()


def clean(text: str) -> str:
    """A name without citations, footnote marks and outer punctuation."""
    name = CITED.sub("", text)
    if re.search(r"\bal\.?,?\s*$|^[A-Z][\w-]+ (?:&|and) [A-Z][\w-]+\s*$", name) or not name.strip():
        # the citation is the name
        name = re.sub(r"\s*\[[\d,;\s–-]+\]", "", text)
    name = re.sub(r"(?<=\w)[–−‐](?=\w)", "-", MARKS.sub("", name))
    name = re.sub(r"\s+", " ", name).strip(" ,;:|.")
    return name or MARKS.sub("", text).strip(" ,;:|")


def cited(text: str) -> bool:
    """Whether a name carries the citation of other work."""
    return bool(CITED.search(text)) or bool(re.search(r"et al\.?", text))


def own(text: str) -> bool:
    """Whether a name says that it is this paper's."""
    return bool(OWN.search(text))
