"""Which section of a paper a place in its text belongs to."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

TITLE = r"(?P<title>[A-Z“\"][^.!?=<>]{2,80})$"
HEADING = re.compile(rf"^\s*(?P<number>\d{{1,2}}(?:\.\d{{1,2}}){{0,3}})\.?\s+{TITLE}")
# "IV. RESULTS", below it "A. Data"
ROMAN = re.compile(rf"^\s*(?P<number>[IVX]{{1,5}}|[A-Z])\.\s+{TITLE}")
# papers that do not number their sections
PLAIN = re.compile(
    r"^\s*(?P<number>)(?P<title>(?:introduction|related works?|background|(?:the )?data ?(?:sets?)?(?: description| collection)?|(?:materials and )?methods?|methodology|"
    r"(?:proposed )?(?:method|model|approach)|(?:experiments?|results|evaluation)(?: and (?:results|discussions?|evaluation|analysis))?|experimental (?:setup|settings|results|evaluation)|discussion|conclusions?(?: and future works?)?))\s*$",
    re.IGNORECASE,
)
OPENING = re.compile(r"introduction\s*$", re.IGNORECASE)
NUMERALS = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIII", "XIV", "XV")
Number = tuple[int, ...]
SENTENCE = re.compile(
    r"(?:We|It|They|This|These|Those|For example|In|Note|Here|That|There|Since|If|When|All|Our|Thus)\b|.*\b(?:is|are|was|were|that|we)\b"
)
# what these subsections say holds for their neighbours too
SHARED = re.compile(
    r"\b(?:metrics?|measures?|criteri(?:a|on)|protocols?|set-?ups?|settings?|data ?sets?|data|evaluation|experimental|methodology|tasks?|benchmarks?)\b",
    re.IGNORECASE,
)
MOST = 400
"""headings looked at in a paper"""


@dataclass(frozen=True, slots=True)
class Section:
    """A section; `start` and `end` are places in the paper's text, subsections included."""

    number: Number
    title: str
    start: int
    end: int


@dataclass(slots=True)
class Sections:
    """The sections of a text, in order."""

    all: list[Section] = field(default_factory=list)

    def around(self, place: int) -> Iterator[Section]:
        """The sections that hold a place, the innermost first."""
        at = bisect_right([s.start for s in self.all], place) - 1
        if at < 0:
            return
        number = self.all[at].number
        for section in reversed(self.all[: at + 1]):
            if number[: len(section.number)] == section.number and section.start <= place < section.end:
                yield section
                number = section.number[:-1]
                if not number:
                    return

    def scopes(self, place: int) -> Iterator[list[Section]]:
        """What holds at a place, the nearest first: its section, then what its parents say for all their parts."""
        for section in self.around(place):
            parts = [
                s
                for s in self.all
                if len(s.number) == len(section.number) + 1 and s.number[:-1] == section.number
            ]
            if not parts:
                yield [section]
                continue
            opening = Section(section.number, section.title, section.start, parts[0].start)
            yield [opening, *(s for s in parts if SHARED.search(s.title))]
        yield [s for s in self.all if len(s.number) == 1 and SHARED.search(s.title) and place >= s.start]


def sections_of(lines: Sequence[str], body: str) -> Sections:
    """Sections of `body`, the text of `lines` with white space folded, by the numbering that finds most of them."""
    kinds = ((HEADING, _decimal), (ROMAN, _roman), (PLAIN, _next))
    return max((_sections(lines, body, *kind) for kind in kinds), key=lambda s: len(s.all))


def _decimal(number: str, last: Number) -> list[Number]:
    return [tuple(int(n) for n in number.split("."))]


def _roman(number: str, last: Number) -> list[Number]:
    """What a numeral or a letter may stand for: "V" is a fifth section, or the part after U."""
    whole: list[Number] = [(NUMERALS.index(number) + 1,)] if number in NUMERALS else []
    return [*whole, (last[0], ord(number) - ord("A") + 1)] if len(number) == 1 and last[0] else whole


def _next(number: str, last: Number) -> list[Number]:
    return [(last[0] + 1,)]


def _sections(
    lines: Sequence[str],
    body: str,
    pattern: re.Pattern[str],
    numbers: Callable[[str, Number], list[Number]],
) -> Sections:
    """Sections whose headings have one pattern; numbers must follow one another."""
    found: list[tuple[Number, str, int]] = []
    at = 0
    last: Number = (0,)
    matches = [m for line in lines if (m := pattern.match(line))]
    said = Counter(m["title"] for m in matches)
    for match in matches:
        title = match["title"]
        if OPENING.match(title):
            # what was numbered before are the authors' addresses
            found, last = [], (0,)
        number = next((n for n in numbers(match["number"], last) if follows(n, last)), None)
        if number is None or len(found) >= MOST or len(re.findall(r"\d", title)) > 4:
            continue
        if said[title] > 1 or SENTENCE.match(title):
            # a page's head beside its number, or a footnote
            continue
        start = body.find(" ".join(match.string.split()), at)
        if start < 0:
            continue
        found.append((number, title.strip(), start))
        at, last = start + 1, number
    return Sections(
        [
            Section(
                number,
                title,
                start,
                next(
                    (s for n, _, s in found[k + 1 :] if n[: len(number)] != number),
                    len(body),
                ),
            )
            for k, (number, title, start) in enumerate(found)
        ]
    )


def follows(number: Number, last: Number) -> bool:
    """Whether a section's number may come after another's: 4.2 after 4.1 or 4.1.3, 5 after 4.2, 4.1 after 4."""
    if len(number) > len(last):
        return number == (*last, 1)
    at = len(number) - 1
    return number[:at] == last[:at] and 1 <= number[at] - last[at] <= 2
