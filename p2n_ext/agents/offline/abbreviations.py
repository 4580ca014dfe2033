"""Measures that a paper names by short forms of its own: "the sum of absolute differences (SAD)"."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from .lexicon import MINOR, Direction, Metric, metric_in

DEFINED = re.compile(r"(?P<before>(?:[\w’'-]+[ -]){1,9})\(\s*(?:the\s+)?(?P<short>[A-Za-z][\w-]{1,9})\s*\)")
FALLING = re.compile(
    r"\b(?:errors?|differences?|costs?|loss(?:es)?|distances?|deviations?|divergences?|entropy|widths?|gaps?|regret|perplexity|risks?|inefficiency|violations?|costs? functions?)$",
    re.IGNORECASE,
)
RISING = re.compile(
    r"\b(?:accurac(?:y|ies)|scores?|precision|recall|similarit(?:y|ies)|correlations?|coverage|rewards?|returns?|utility|gains?|efficiency|index|coefficients?|ratios?|rates?)$",
    re.IGNORECASE,
)
# what is measured, not a measure: models and networks
MADE = re.compile(
    r"(?:NN|LSTM|GRU|GAN|SVM|MLP|Net|Former|BERT|GPT|VAE|HMM|GMM|CRF|Boost)s?$|\d{2,}|^(?:CPU|GPU|RAM|TPU)",
    re.IGNORECASE,
)
FUNCTION = re.compile(r"\s+(?:functions?|values?|metrics?|measures?)$", re.IGNORECASE)
# "the metrics PESQ, STOI and SI-SDR", "PESQ, CSIG and STOI scores"
SHORT = r"\b[A-Z][A-Z0-9]{0,10}[A-Z][\w-]{0,12}(?: ?\[[\d, ]+\]| ?\([^()]{0,40}\))?"
LIST = rf"(?P<list>{SHORT}(?:, {SHORT}){{0,9}},? (?:and|&) {SHORT}|{SHORT}(?:, {SHORT}){{2,9}})"
LISTED = (
    re.compile(
        rf"\b(?:[Mm]etrics?|[Mm]easures|[Ss]cores|[Ii]ndicators|[Cc]riteria)\b(?:[^.()]|\([^()]{{0,40}}\)){{0,50}}?[ (:]{LIST}"
    ),
    re.compile(rf"{LIST}\)? (?:\w+ )?(?:metrics|measures|scores)\b"),
)
BLEU = re.compile(r"B-?[1-4]")


@dataclass(frozen=True, slots=True)
class Abbreviations:
    """What a paper's short forms stand for; only those that stand for measures are kept."""

    measures: dict[str, Metric] = field(default_factory=dict)

    def metric_in(self, text: str) -> tuple[str, Metric] | None:
        """The metric that a heading names, by a common name or by the paper's own short form."""
        if found := metric_in(text):
            return found
        for word in re.findall(r"[A-Za-z][\w-]*", text):
            if known := self.measures.get(word):
                return word, known
        return None

    def named(self, text: str) -> bool:
        """Whether a heading is one of the paper's short forms of a measure and nothing besides."""
        words = re.findall(r"[A-Za-z][\w-]*", re.sub(r"[(\[].*?[)\]]", " ", text))
        return any(w in self.measures for w in words) and all(
            w in self.measures or w.lower() in MINOR for w in words
        )


def abbreviations_in(body: str, leaning: Callable[[str], float]) -> Abbreviations:
    """The short forms of measures that a text introduces; `leaning` is below 0 for names spoken of as methods."""
    measures: dict[str, Metric] = {}
    for match in DEFINED.finditer(body):
        short = match["short"]
        if len(re.findall(r"[A-Z]", short)) < 2 or metric_in(short):
            continue
        long = long_form(short, match["before"])
        if long is not None and (known := _measure(long)):
            measures.setdefault(short, known)
    for name in (n for n in listed(body) if abs(leaning(n)) < 0.3):
        measures.setdefault(name, Metric(re.compile(r"(?!)"), None, False))
    if re.search(r"\bBLEU\b", body):
        # tables on captions and translation print BLEU's orders so
        measures |= {m: Metric(BLEU, "maximize", False) for m in set(re.findall(r"\bB-?[1-4]\b", body))}
        if not {"1", "2"} <= {m[-1] for m in measures if BLEU.fullmatch(m)}:
            measures = {k: v for k, v in measures.items() if not BLEU.fullmatch(k)}
    return Abbreviations(measures)


def listed(body: str) -> set[str]:
    """Short forms that a text lists as measures."""
    found: set[str] = set()
    for pattern in LISTED:
        for match in pattern.finditer(body):
            names = [
                re.sub(r"\s*[\[(].*$", "", n).strip() for n in re.split(r",? (?:and|&) |, ", match["list"])
            ]
            names = [n for n in names if 3 <= len(n) <= 10 and metric_in(n) is None and not MADE.search(n)]
            found.update(names)
    return found


def long_form(short: str, before: str) -> str | None:
    """The words before a bracketed short form that it abbreviates (Schwartz and Hearst, 2003)."""
    text = before.rstrip(" -")
    at = len(text)
    for k in range(len(short) - 1, -1, -1):
        letter = short[k].lower()
        if not letter.isalnum():
            continue
        at -= 1
        while at >= 0 and (text[at].lower() != letter or (k == 0 and at > 0 and text[at - 1].isalnum())):
            at -= 1
        if at < 0:
            return None
    words = text[at:].split()
    return " ".join(words) if len(words) <= min(len(short) + 5, 2 * len(short)) else None


def _measure(long: str) -> Metric | None:
    name = FUNCTION.sub("", re.split(r"\s+(?:of|between|in)\s+(?=the\b)", long)[0])
    direction: Direction | None
    if found := metric_in(long):
        if FALLING.search(name) or RISING.search(name):
            return found[1]
        return None
    if FALLING.search(name):
        direction = "minimize"
    elif RISING.search(name):
        direction = "maximize"
    else:
        return None
    return Metric(re.compile(r"(?!)"), direction, False)
