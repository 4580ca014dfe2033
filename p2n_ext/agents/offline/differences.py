"""Differences that a sentence states as its result: "3× speedup over X", "0.7 better perplexity"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .clauses import Stated
from .lexicon import Direction, Metric, metric_in
from .numbers import Printed, numbers_in

# what comes after is no measured difference but a limit, or another number's difference
BOUND = re.compile(
    r"(?:\b(?:by|over|than|least|most|within|exceeding|approximately|about|around|roughly|nearly|almost|to|of|[-–−]|\d)\s*[≈∼~>]?|[-–−~≈∼<>]\s*)$",
    re.IGNORECASE,
)
RANGE = re.compile(r"^\s*[×x%]?\s*(?:[-–—−]|to\b)\s*\d")
UP_TO = re.compile(r"\bup to\s*$", re.IGNORECASE)
# what is told of a table stands in the table; "from a to b" gives the values themselves
TOLD = re.compile(r"\b(?:Tables?|Tab\.)\s*\d|\bfrom\s+[≈∼~]?\d")
FASTER = re.compile(
    r"^\s*(?:×|x\b)?\s*(?P<what>(?:(?:[a-z][\w-]*[ -]){0,3}?(?:speed-?ups?|speed-up)|(?:(?:times|-?fold)\s+)?(?:faster|slower|more\s+(?:[a-z]+[- ])?efficient))\b(?:\s+in\s+(?:training|inference))?)",
    re.IGNORECASE,
)
GAINED = re.compile(
    r"^\s*%?\s*(?P<points>(?:percentage\s+|absolute\s+|%\s*)?points?\s+)?(?:of\s+)?(?P<kind>relative\s+|absolute\s+|average\s+)?(?P<what>lift|improvements?|gains?|increase|decrease|reduction|better|higher|lower|worse)\b(?:\s+(?:in|of)\s+(?:the\s+)?)?\s*(?P<of>[^,.;:()]{0,50})",
    re.IGNORECASE,
)
THAN = re.compile(
    r"^(?:[^.;()]|\([^()]*\)){0,60}?\b(?:compared\s+(?:to|with)|over|than|relative to|against|versus)\s+(?:the\s+|an?\s+)?(?P<than>(?:[^.,;:()\[\]]|\.(?=\d)){2,60})",
    re.IGNORECASE,
)
FEWER = re.compile(
    r"^\s*(?:×|times|-?fold)?\s*(?P<what>(?:fewer|less)\s+(?:[a-z]+\s+)?(?:steps|iterations|epochs|updates|time))\b"
)
RISING: Direction = "maximize"
DIFFERENCES = 1000
"""runs from here on are differences"""


def differences(sentence: str, before: str, abstract: bool) -> Iterator[Stated]:
    """Speed-ups anywhere, other gains only where an abstract offers them as the result."""
    if TOLD.search(sentence) or TOLD.search(before):
        return
    for run, number in enumerate(numbers_in(sentence), start=DIFFERENCES):
        lead, rest = sentence[: number.start], sentence[number.end :]
        up_to = bool(UP_TO.search(lead))
        if (BOUND.search(lead) and not up_to) or RANGE.match(rest) or re.search(r"[A-Za-z]$", lead):
            continue
        name = _faster(number, lead, rest) or (_gained(number, rest) if abstract and not up_to else None)
        if name is None:
            continue
        if up_to:
            name = f"{name} (up to)"
        units = "%" if number.percent else "×" if _times(number, rest) else None
        yield Stated(number, name, Metric(re.compile(r"(?!)"), RISING, False), units, run)


def _times(number: Printed, rest: str) -> bool:
    return number.unit in ("×", "x") or bool(re.match(r"\s*(?:×|times\b|-?fold\b)", rest))


def _faster(number: Printed, lead: str, rest: str) -> str | None:
    found = FASTER.match(rest)
    if found is None or not (number.percent or _times(number, rest)):
        return None
    what = re.sub(r"^(?:times|-?fold)\s+", "", found["what"].strip(), flags=re.IGNORECASE)
    name = (
        what
        if re.search(r"speed-?up", what, re.IGNORECASE)
        else "slowdown"
        if "slower" in what
        else "speedup"
    )
    if re.search(r"efficient", what):
        name = re.sub(r"^more\s+", "", what).replace("efficient", "efficiency") + " ratio"
    phase = re.search(r"\b(train|test|infer)(?:s|ed|ing|ence)?\b[^,;]*$", lead) or re.match(
        r"\s*(?:at|in|for)\s+(?:the\s+)?(train|test|infer)", rest[found.end() :]
    )
    if phase and name in ("speedup", "slowdown"):
        name = f"{phase[1].replace('infer', 'inference')} {name}"
    than = THAN.match(rest[found.end() :])
    return f"{name} over {_short(than['than'])}" if than else name


def _gained(number: Printed, rest: str) -> str | None:
    """The measure's name with the word for its change; None where no measure is named."""
    if _times(number, rest) and (fewer := FEWER.match(rest)):
        return str(fewer["what"])
    if number.text.startswith("+") and (plus := metric_in(rest[:40])) and rest.find(plus[0]) <= 3:
        return f"{plus[0]} improvement"
    found = GAINED.match(rest)
    if found is None:
        return None
    what = found["what"].lower().rstrip("s")
    metric = metric_in(found["of"])
    if metric is None and what == "lift" and found["points"]:
        return "lift"
    if metric is None or found["of"].find(metric[0]) > 12:
        return None
    word = {"better": "improvement", "higher": "increase", "lower": "decrease", "worse": "decline"}.get(
        what, what
    )
    return " ".join(f"{found['kind'] or ''}{metric[0]} {word}".split())


def _short(name: str) -> str:
    """The first words of what is compared with."""
    return " ".join(re.split(r"\s+(?:and|while|for|across|on|when|by)\b", name)[0].split()[:6])
