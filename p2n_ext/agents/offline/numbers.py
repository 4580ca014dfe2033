"""Numbers as papers print them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from p2n_ext.documents.words import Word

NUMBER = r"(?:[+\-−–]?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|[+\-−–]?\.\d+)"
VALUE = re.compile(
    rf"(?<![\w.@/^])(?P<lead>[~∼≈]\s?)?(?P<number>{NUMBER})(?P<exp>[eE][-−+]?\d+|\s?[·×x*⋅]\s?10\^[-−–+]?\d+)?(?P<percent>\s?%)?(?P<unit>\s?(?:ms|msec|sec(?:onds|s)?|s|min(?:utes|s)?|m|h(?:ours|rs|r)?|d(?:ays?)?|[KMBGTk]|[KMGT]i?B|fps|×|x|X)(?![\w]))?"
)
BESIDE = re.compile(
    rf"^\s*(?:±|\+/-|\+-|\\pm)\s*(?P<pm>{NUMBER})\s?%?|^\s*\(\s*(?:±|\+/-)\s*(?P<bpm>{NUMBER})\s?%?\s*\)"
    rf"|^\s*\(\s*(?P<paren>{NUMBER})\s?%?\s*\)|^\s*[\[(]\s*(?P<low>{NUMBER})\s?%?\s*[,;–-]\s*(?P<high>{NUMBER})\s?%?\s*[\])]"
)
# "1h33", "2 m 30 s": told in the smaller of its units
DURATION = re.compile(
    r"(?<![\w.])(?P<large>\d+)\s?(?P<unit>d|h|m(?:in)?)\s?(?P<small>\d{1,2})\s?(?:h|m(?:in)?|s(?:ec)?)?(?![\w.])"
)
SMALLER = {"d": ("h", 24), "h": ("min", 60), "m": ("s", 60), "min": ("s", 60)}
POWER = re.compile(r"^[-−–+]?\d{1,3}$")
TEN = re.compile(r"(?:^|[·×x*⋅])10$")
MEAN_BESIDE = re.compile(rf"^\s*\(\s*{NUMBER}\s*(?:±|\+/-)\s*{NUMBER}\s*%?\s*\)")


@dataclass(frozen=True, slots=True)
class Beside:
    """What is printed beside a value; `kind` is plus_minus, parenthesis or interval."""

    kind: str
    value: float | None
    low: float | None
    high: float | None
    printed: str


@dataclass(frozen=True, slots=True)
class Printed:
    """A number on the page; `start` and `end` are places in the text it was read from."""

    value: float
    text: str
    start: int
    end: int
    percent: bool
    unit: str
    beside: Beside | None

    @property
    def decimals(self) -> int:
        return len(self.text.partition(".")[2].rstrip("% "))

    @property
    def whole(self) -> bool:
        return "." not in self.text and "e" not in self.text.lower()


def to_float(text: str) -> float:
    """The number that a match of NUMBER stands for."""
    return float(text.replace(",", "").replace("−", "-").replace("–", "-"))


def numbers_in(text: str) -> list[Printed]:
    """The values in a cell or phrase; what stands beside one as its spread is no value of its own."""
    found: list[Printed] = []
    at = 0
    while match := VALUE.search(text, at):
        if span := DURATION.match(text, match.start("number")):
            unit, factor = SMALLER[span["unit"]]
            value = float(span["large"]) * factor + float(span["small"])
            found.append(Printed(value, span.group(0).strip(), span.start(), span.end(), False, unit, None))
            at = span.end()
            continue
        at = match.end()
        value = to_float(match["number"])
        if match["exp"]:
            power = re.sub(r"^(?:[eE]|\s?[·×x*⋅]\s?10\^)", "", match["exp"])
            value *= 10.0 ** min(max(to_float(power), -300.0), 300.0)
        beside, rest = None, text[at:]
        if side := BESIDE.match(rest):
            beside = _beside(side, value)
            if beside:
                at += side.end()
        elif side := MEAN_BESIDE.match(rest):
            at += side.end()
        end = (
            match.end("percent")
            if match["percent"]
            else match.end("exp")
            if match["exp"]
            else match.end("number")
        )
        printed = text[match.start("number") : end].replace("^", " ")
        found.append(
            Printed(
                value,
                printed,
                match.start("number"),
                end,
                bool(match["percent"]),
                (match["unit"] or "").strip(),
                beside,
            )
        )
    return found


def _beside(side: re.Match[str], value: float) -> Beside | None:
    printed = side.group(0).strip()
    if half := side["pm"] or side["bpm"]:
        return Beside("plus_minus", to_float(half), None, None, printed)
    if side["paren"]:
        inner = to_float(side["paren"])
        # a spread is small beside its value; anything else in brackets is a number of its own
        return Beside("parenthesis", inner, None, None, printed) if 0 <= inner < 0.34 * abs(value) else None
    low, high = to_float(side["low"]), to_float(side["high"])
    return Beside("interval", None, low, high, printed) if low <= value <= high else None


def plain_text(words: Sequence[Word]) -> str:
    """A cell's text for reading its numbers: what is raised or lowered is left out, but for powers of ten."""
    kept = [t for _, t in _plain(words)]
    return " ".join(kept)


def value_words(words: Sequence[Word], number: Printed) -> list[Word]:
    """The words of a cell that print a number read from its plain text."""
    at, found = 0, []
    for parts, text in _plain(words):
        if at < number.end and at + len(text) > number.start:
            found += parts
        at += len(text) + 1
    return found or list(words)


def _plain(words: Sequence[Word]) -> list[tuple[list[Word], str]]:
    kept: list[tuple[list[Word], str]] = []
    for word in words:
        if not word.script:
            kept.append(([word], word.text))
        elif kept and not word.lowered and POWER.match(word.text) and TEN.search(kept[-1][1]):
            parts, text = kept[-1]
            kept[-1] = ([*parts, word], f"{text}^{word.text}")
    return kept or [([w], w.text) for w in words]
