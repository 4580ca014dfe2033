"""Names as papers print them, folded to one form, so that aliases are compared and leftovers are seen."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

_SPELLING = (
    (r"neighbour", "neighbor"),
    (r"(standardi|normali|regulari|optimi)s(?=[aei])", r"\1z"),
    (r"naïve", "naive"),
)
_FILLERS = frozenset(
    [
        "a",
        "an",
        "the",
        "of",
        "on",
        "with",
        "and",
        "using",
        "our",
        "by",
        "in",
        "for",
        "its",
        "model",
        "models",
        "classifier",
        "classifiers",
        "algorithm",
        "algorithms",
        "method",
        "methods",
        "rule",
        "rules",
        "search",
        "data",
        "dataset",
        "datasets",
        "set",
        "sets",
        "database",
        "features",
        "feature",
        "problem",
        "task",
    ]
)


def fold(text: str) -> str:
    """Lower case, one spelling, hyphens and punctuation to spaces, citation marks dropped, `k = 5` as `k=5`."""
    text = unicodedata.normalize("NFKC", text).lower()
    for pattern, replacement in _SPELLING:
        text = re.sub(pattern, replacement, text)
    text = re.sub(r"\[[\d,;\s–-]*\]", " ", text)
    text = re.sub(r"[‐‑‒–—−-]", " ", text)
    text = re.sub(r"[^\w=.%+²ℓ]+", " ", text)
    text = re.sub(r"\s*=\s*", "=", text)
    return re.sub(r"\s+", " ", text).strip(" .")


@dataclass(frozen=True)
class NameMatch:
    """How a folded name was understood: the length of what a pattern took, and what nobody understood."""

    taken: int
    leftovers: tuple[str, ...]


def match(folded: str, core: Iterable[str], qualifiers: Iterable[str] = ()) -> NameMatch | None:
    """Take all core patterns, then the qualifiers, out of a name; None where no core pattern occurs.

    A name is understood only if nothing is left over: "GRU-SVM" holds "SVM" and is not an SVM.
    """
    rest, taken = folded, 0
    for pattern in core:
        rest, count = re.subn(rf"(?<![\w.]){pattern}(?![\w])", _blank, rest)
        taken += count
    if not taken:
        return None
    core_length = rest.count("\0")
    for pattern in qualifiers:
        rest = re.sub(rf"(?<![\w.]){pattern}(?![\w])", " ", rest)
    leftovers = tuple(word for word in rest.replace("\0", " ").split() if word not in _FILLERS)
    return NameMatch(core_length, leftovers)


def _blank(found: re.Match[str]) -> str:
    return "\0" * len(found.group())


def slug(text: str) -> str:
    """Letters, digits and single hyphens, at most 48 characters, beginning with a letter or a digit."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", ascii_text).strip("-")[:48].strip("-") or "experiment"


def soften(text: str) -> str:
    """A sentence for reading settings from: one case, spelling and dash, no citation marks; punctuation stays."""
    text = unicodedata.normalize("NFKC", text).lower()
    for pattern, replacement in _SPELLING:
        text = re.sub(pattern, replacement, text)
    text = re.sub(r"\s*\[(?!0\b)[\d,;\s–-]*\]", "", text)
    text = re.sub(r"[‐‑‒–—−]", "-", text)
    return re.sub(r"\s+", " ", text).strip()


def in_prose(pattern: str) -> str:
    """The regular expression of a folded name, for softened sentences, where hyphens still stand."""
    return rf"(?<![\w.-]){pattern.replace(' ', '[ -]')}(?!\w)"
