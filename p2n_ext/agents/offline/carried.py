"""Values whose measure the sentence before named: "It reaches 91.2% accuracy. The baseline does worse: 87.4%."."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .clauses import COUNTED, DIFFERENCE, NO_VALUE, Stated, Vocabulary, measures_in
from .moods import GIVE
from .numbers import Printed, numbers_in

# what says that a sentence goes on giving results
GOES_ON = re.compile(
    rf"\b(?:{GIVE}|results?|performance|do(?:es)?|did|worse|better|best|outperform\w*|improv\w*|drop\w*|falls?|fell|this number)\b",
    re.IGNORECASE,
)
# the number stands right behind what gives it, or in brackets, alone or beside the one that it is compared with
GIVEN = re.compile(
    rf"(?:\b(?:{GIVE}|is|are|was|were|to|of|at|only|just|about|and)\s*|[:(]\s*|\bvs\.?\s*|\bversus\s*)[≈∼~]?$",
    re.IGNORECASE,
)
# a share of things, not of answers
OF_THINGS = re.compile(
    r"^\s*(?:of\b|more\b|less\b|fewer\b|faster\b|smaller\b|larger\b|[a-z]+s\b(?<!is)(?<!as)(?<!was)(?<!vs))"
)
MOST = 4
"""values that a sentence without a measure may go on with"""


def carried(sentence: str, last: Sequence[Stated], vocabulary: Vocabulary) -> list[Stated]:
    """Percentages with decimals of a sentence that names no measure, as values of the one before it.

    `last` are the values of the sentence before: all in per cent and of shares, else nothing is carried. Where they
    are of several measures ("top-1 and top-5") a sentence with as many values gives one of each, in their order.
    """
    names = list(dict.fromkeys(v.name for v in last))
    if not last or any(v.units != "%" or not v.metric.share for v in last):
        return []
    if measures_in(sentence, vocabulary) or not GOES_ON.search(sentence):
        return []
    found = [n for n in numbers_in(sentence) if n.percent]
    if not 1 <= len(found) <= MOST or not all(_gives(sentence, n) for n in found):
        return []
    if len(names) > 1 and len(names) != len(found):
        return []
    by_name = {v.name: v for v in last}
    models = [by_name[n] for n in names] if len(names) > 1 else [last[-1]] * len(found)
    run = 1 + len(names) * (len(names) == 1)
    return [
        Stated(number, model.name, model.metric, "%", run + k * (len(names) == 1))
        for k, (number, model) in enumerate(zip(found, models, strict=True))
    ]


def _gives(sentence: str, number: Printed) -> bool:
    lead, rest = sentence[: number.start], sentence[number.end :]
    return not (
        number.whole
        or number.value > 100
        or number.text.startswith(("+", "-"))
        or not GIVEN.search(lead)
        or NO_VALUE.search(lead)
        or DIFFERENCE.search(lead[-40:])
        or COUNTED.match(rest)
        or OF_THINGS.match(rest)
    )
