"""Numbers as papers print them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from p2n_ext.documents.words import Word

NUMBER = r"(?:[+\-−–]?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|[+\-−–]?\.\d+)"
VALUE = re.compile(
    rf"(?<![\w.@/])(?P<lead>[~∼≈]\s?)?(?P<number>{NUMBER})(?P<exp>[eE][-−+]?\d+)?(?P<percent>\s?%)?(?P<unit>\s?(?:ms|[KMBGTks]|×|x)(?![\w]))?"
)
BESIDE = re.compile(
    rf"^\s*(?:±|\+/-|\+-|\\pm)\s*(?P<pm>{NUMBER})\s?%?|^\s*\(\s*(?:±|\+/-)\s*(?P<bpm>{NUMBER})\s?%?\s*\)"
    rf"|^\s*\(\s*(?P<paren>{NUMBER})\s?%?\s*\)|^\s*[\[(]\s*(?P<low>{NUMBER})\s?%?\s*[,;–-]\s*(?P<high>{NUMBER})\s?%?\s*[\])]"
)
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
        at = match.end()
        value = to_float(match["number"])
        if match["exp"]:
            value *= 10.0 ** float(match["exp"][1:].replace("−", "-"))
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
        printed = text[match.start("number") : end]
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
    """A cell's text for reading its numbers: raised and lowered words left out."""
    kept = [w.text for w in words if not w.script] or [w.text for w in words]
    return " ".join(kept)
