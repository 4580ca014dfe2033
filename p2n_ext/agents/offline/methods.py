"""Methods named in running text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .lexicon import METHOD_WORDS

METHOD_PHRASE = re.compile(
    rf"(?:(?-i:[A-Z])[\w-]*\s+){{0,2}}(?:(?:linear|logistic|softmax|random|naive|nearest|neural|support|decision|gradient|ensemble|convolutional|recurrent|deep)\s+(?:vector\s+)?)*"
    rf"(?P<core>[\w-]*(?:{METHOD_WORDS.pattern})[\w-]*)(?:\s+with\s+[^,.;:]*?\w\s?=\s?\d[^,.;:]{{0,24}})?",
    re.IGNORECASE,
)
GENERAL = frozenset(
    [
        "machine",
        "gradient",
        "baseline",
        "means",
        "ours",
        "our",
        "proposed",
        "classifier",
        "classifiers",
        "network",
        "networks",
        "tree",
        "ensemble",
        "net",
        "method",
        "machines",
        "neural",
        "regression",
        "gradients",
        "baselines",
        "boosting",
        "forest",
        "trees",
    ]
)


def method_in(text: str, after: str, known: Sequence[str]) -> str | None:
    """The method that a clause speaks of: the last one named before the value, else the first one after."""
    best: tuple[int, str] | None = None
    for name in known:
        for match in re.finditer(rf"(?<![\w])(?:[\w]+-)?{re.escape(name)}(?![\w])", text, re.IGNORECASE):
            if best is None or match.end() > best[0]:
                best = (match.end(), match.group(0))
    if best is None:
        phrases = [m for m in METHOD_PHRASE.finditer(text) if m.group("core").lower() not in GENERAL]
        proper = [m for m in phrases if re.search(r"[A-Z]{2}|[a-z][A-Z]", m.group("core"))]
        chosen = (proper or phrases)[-1:]
        best = (chosen[0].end(), chosen[0].group(0).strip()) if chosen else None
    if best is not None:
        return best[1]
    for name in known:
        if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", after, re.IGNORECASE):
            return name
    return None
