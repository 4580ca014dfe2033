"""Whether pages may be shown: enough of them, described, easy to read, and nothing in them but the facts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from p2n_schemas.errors import ErrorCode
from p2n_schemas.storyboards import (
    CLOSE_QUOTE,
    MAX_GRADE,
    MAX_PAGES,
    MIN_PAGES,
    OPEN_QUOTE,
    StoryFact,
    StoryKind,
)

from ..number_words import NUMBER_WORDS
from .openers import OPENERS
from .readability import measure, quotations, unquoted, words

OURSELVES = "P2N"
MIN_WORDS, MAX_WORDS = 12, 160
_LONGEST_ALT = 1000
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*(?:[eE][-+−]?\d+)?")
# "One" is as often an article as a number; a hundred is a large word.
_NUMBER_WORDS = {word: str(number) for word, number in NUMBER_WORDS.items() if 1 < number < 100}
_LARGE = {
    "half",
    "twice",
    "dozen",
    "hundred",
    "hundreds",
    "thousand",
    "thousands",
    "million",
    "millions",
    "billion",
}


class Told(Protocol):
    @property
    def kind(self) -> StoryKind: ...
    @property
    def title(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def alt_text(self) -> str: ...
    @property
    def facts(self) -> Sequence[str]: ...


Problem = tuple[ErrorCode, str]


def problems(pages: Sequence[Told], facts: Sequence[StoryFact]) -> list[Problem]:
    """All that is wrong with a story's pages, worst first; empty where they may be shown."""
    found = [*_as_a_whole(pages)]
    known = {fact.id: fact for fact in facts}
    for page in pages:
        found += _of_page(page, known)
    return found


def _as_a_whole(pages: Sequence[Told]) -> Iterator[Problem]:
    if len(pages) < MIN_PAGES:
        yield (
            ErrorCode.E_STORY_TOO_FEW_PAGES,
            f"The story has {len(pages)} pages; {MIN_PAGES} to {MAX_PAGES} are wanted.",
        )
    if len(pages) > MAX_PAGES:
        yield (
            ErrorCode.E_STORY_TOO_MANY_PAGES,
            f"The story has {len(pages)} pages; {MIN_PAGES} to {MAX_PAGES} are wanted.",
        )
    kinds = [page.kind for page in pages]
    order = list(StoryKind)
    if len(set(kinds)) != len(kinds) or kinds != sorted(kinds, key=order.index):
        yield ErrorCode.E_STORY_TEXT, "Each kind of page comes once, in the order given."
    if pages and kinds[-1] is not StoryKind.SCOREBOARD:
        yield ErrorCode.E_STORY_TEXT, "The last page is the scoreboard."


def _of_page(page: Told, known: Mapping[str, StoryFact]) -> Iterator[Problem]:
    where = f"Page “{page.kind.value}”"
    facts = [known[key] for key in page.facts if key in known]
    if not facts or len(facts) != len(page.facts):
        yield ErrorCode.E_STORY_UNFOUNDED, f"{where} names facts that are not there, or none."
    alt = page.alt_text.strip()
    if len(words(alt)) < 3 or len(alt) > _LONGEST_ALT:
        yield ErrorCode.E_STORY_ALT_TEXT, f"{where} has no alt text that says what is seen."
    names = [name for fact in facts for name in fact.names]
    count = len(words(unquoted(page.text, names)))
    if not page.title.strip() or not MIN_WORDS <= count <= MAX_WORDS:
        yield (
            ErrorCode.E_STORY_TEXT,
            f"{where} has {count} words besides its names; {MIN_WORDS} to {MAX_WORDS} and a title are wanted.",
        )
    else:
        grade = measure(page.text, names).grade
        if grade > MAX_GRADE:
            yield (
                ErrorCode.E_STORY_TOO_HARD,
                f"{where} reads at grade {grade}; {MAX_GRADE} at most is wanted: shorter words, shorter sentences.",
            )
    for part, text in (("title", page.title), ("text", page.text), ("alt text", page.alt_text)):
        for unknown in unfounded(text, facts):
            yield ErrorCode.E_STORY_UNFOUNDED, f"{where}, {part}: {unknown!r} is in none of its facts."


def unfounded(text: str, facts: Iterable[StoryFact]) -> list[str]:
    """Quotations, numbers and names of a text that stand in none of the facts."""
    facts = list(facts)
    names = {name for fact in facts for name in fact.names}
    told = " ".join(fact.text for fact in facts)
    numbers = {_plain(found) for found in _NUMBER.findall(told)}
    spoken = {word.casefold() for word in words(told)}
    wrong = [found for found in quotations(text) if found not in names]
    left = unquoted(text, names).replace(OURSELVES, " ")
    if OPEN_QUOTE in left or CLOSE_QUOTE in left or '"' in left:
        wrong.append("a quotation mark around what is no name of the facts")
    wrong += [found for found in _NUMBER.findall(left) if _plain(found) not in numbers]
    for word in words(left):
        lower = word.casefold()
        if (
            (lower in _LARGE and lower not in spoken)
            or (lower in _NUMBER_WORDS and lower not in spoken and _NUMBER_WORDS[lower] not in numbers)
            or (_looks_like_a_name(word) and lower not in spoken and lower not in OPENERS)
        ):
            wrong.append(word)
    return list(dict.fromkeys(wrong))


def _looks_like_a_name(word: str) -> bool:
    """A capital anywhere, also at a sentence's beginning; words that open sentences are known."""
    return any(sign.isupper() for sign in word) or not word.isascii()


def _plain(number: str) -> str:
    """One form of a number: 1,797 and 1797, 93.750 and 93.75 are the same."""
    plain = number.replace(",", "").replace("−", "-").casefold()
    if "." in plain and "e" not in plain:
        plain = plain.rstrip("0").rstrip(".")
    return plain.lstrip("0") or "0"
