"""Which section of a paper a place in its text belongs to."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

HEADING = re.compile(r"^\s*(?P<number>\d{1,2}(?:\.\d{1,2}){0,3})\.?\s+(?P<title>[A-Z“\"][^.!?=<>]{2,80})$")
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
    """A numbered section; `start` and `end` are places in the paper's text, subsections included."""

    number: tuple[int, ...]
    title: str
    start: int
    end: int


@dataclass(slots=True)
class Sections:
    """The numbered sections of a text, in order."""

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
    """Sections of `body`, the text of `lines` with white space folded; numbers must follow one another."""
    found: list[tuple[tuple[int, ...], str, int]] = []
    at = 0
    last: tuple[int, ...] = (0,)
    said = Counter(HEADING.sub(r"\g<title>", line) for line in lines if HEADING.match(line))
    for line in lines:
        match = HEADING.match(line)
        if match is None or len(found) >= MOST:
            continue
        number = tuple(int(n) for n in match["number"].split("."))
        title = match["title"]
        if not follows(number, last) or len(re.findall(r"\d", title)) > 4:
            continue
        if said[title] > 1 or SENTENCE.match(title):
            # a page's head beside its number, or a footnote
            continue
        start = body.find(" ".join(line.split()), at)
        if start < 0:
            continue
        found.append((number, match["title"].strip(), start))
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


def follows(number: tuple[int, ...], last: tuple[int, ...]) -> bool:
    """Whether a section's number may come after another's: 4.2 after 4.1 or 4.1.3, 5 after 4.2, 4.1 after 4."""
    if len(number) > len(last):
        return number == (*last, 1)
    at = len(number) - 1
    return number[:at] == last[:at] and 1 <= number[at] - last[at] <= 2
