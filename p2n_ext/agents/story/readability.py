"""How hard a text is to read: the Flesch-Kincaid grade level, with the counts that it comes from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from p2n_schemas.storyboards import CLOSE_QUOTE, OPEN_QUOTE, Readability

_QUOTED = re.compile(f"{OPEN_QUOTE}([^{OPEN_QUOTE}{CLOSE_QUOTE}]*){CLOSE_QUOTE}")
_SENTENCE = re.compile(r"(?<=[.!?])[\"'’)]*\s+|\n+")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|\d+(?:[.,]\d+)*")
_VOWELS = re.compile(r"[aeiouyáàâäéèêëíìîïóòôöúùûü]+")
# where counting groups of vowels goes wrong, among words of stories
_SYLLABLES = {
    **dict.fromkeys(("eyes", "two"), 1),
    **dict.fromkeys(
        ("being", "data", "diet", "doing", "every", "flowers", "going", "lion", "maybe", "page's"), 2
    ),
    **dict.fromkeys(
        ("people", "poem", "quiet", "science", "scoreboard", "seeing", "someone", "something"), 2
    ),
    **dict.fromkeys(("sometimes", "somewhere", "trying"), 2),
    **dict.fromkeys(("area", "idea", "ideas"), 3),
}
_SILENT_E = re.compile(r"[^aeiouy]e$|[aeiou]ue$")
_KEPT_LE = re.compile(r"[^aeiouy]le$")


def syllables(word: str) -> int:
    """Of an English word, by its groups of vowels; at least 1. A number in digits counts 1."""
    word = word.casefold().replace("’", "'")
    if word in _SYLLABLES:
        return _SYLLABLES[word]
    if "-" in word:
        return sum(map(syllables, filter(None, word.split("-"))))
    word = re.sub(r"'(?:s|t|d|m|re|ve|ll)?$", "", word).replace("'", "")
    count = len(_VOWELS.findall(word))
    if (
        (_SILENT_E.search(word) and not _KEPT_LE.search(word))
        or (re.search(r"[^aeiouytd]ed$", word) and not re.search(r"[^aeiouy]led$", word))
        or (re.search(r"[^aeiouyscxzg]es$", word) and not re.search(r"(?:[^aeiouy]l|ch|sh)es$", word))
        or re.search(r"[^aeiouy]e(?:less|ly|ful|ment|ness)$", word)
    ):
        count -= 1
    # "i-a", "i-o", "e-o", "u-a" are two, but for "-tion", "-cial" and the like
    count += len(re.findall(r"(?<![tscgx])i[ao]|eo(?!u)|ua(?!r)|y[aeiou](?!$)(?<!^y.)", word))
    return max(1, count)


def sentences(text: str) -> Iterator[str]:
    return (found for found in _SENTENCE.split(text) if found and _WORD.search(found))


def words(text: str) -> list[str]:
    return _WORD.findall(text)


def quotations(text: str) -> list[str]:
    """What stands between the story's quotation marks."""
    return _QUOTED.findall(text)


def unquoted(text: str, names: Iterable[str]) -> str:
    """The text without its quoted names; quotation marks around anything else stay."""
    known = set(names)
    return _QUOTED.sub(lambda found: " " if found[1] in known else found[0], text)


def measure(text: str, names: Iterable[str] = ()) -> Readability:
    """The grade of a text without its quoted names, which have to be of `names`. Raises ValueError for one without words."""
    known = list(names)
    left = unquoted(text, known)
    parts = [words(sentence) for sentence in sentences(left)]
    counted = sum(map(len, parts))
    if not counted:
        raise ValueError("a text without words has no reading level")
    sounds = sum(syllables(word) for part in parts for word in part)
    grade = 0.39 * counted / len(parts) + 11.8 * sounds / counted - 15.59
    return Readability(
        grade=round(grade, 2),
        words=counted,
        sentences=len(parts),
        syllables=sounds,
        names=list(dict.fromkeys(found for found in quotations(text) if found in set(known))),
    )
