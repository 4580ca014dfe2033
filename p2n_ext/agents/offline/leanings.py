"""Whether a paper speaks of a name as of a dataset or as of a method, by the words around it."""

from __future__ import annotations

import re

BEFORE_DATASET = re.compile(
    r"(?:\b(?:on|onto)(?: the| both| all)?|\b(?:data ?sets?|corpus|corpora|benchmarks?|tasks?|collections?)(?: of| is| are|,| such as| called| named| like)?"
    r"|\b(?:images|examples|samples|data|records|instances|documents) (?:from|of|in)(?: the)?)\s*[(“\"]?$",
    re.IGNORECASE,
)
AFTER_DATASET = re.compile(
    r"^[)”\"]?\s*(?:\[[\d, ]+\]\s*|\([^)]{0,40}\)\s*)?(?:data\b|data ?sets?\b|corpus\b|corpora\b|benchmarks?\b|tasks?\b|challenge\b|collection\b|images\b|(?:test|dev|validation|training|hidden test) (?:set|split|data)\b)",
    re.IGNORECASE,
)
BEFORE_METHOD = re.compile(
    r"\b(?:than|with|using|by|via|our|our proposed|proposed|propose|introduce|present|(?:the|our|a|this|new) (?:[a-z-]+ )?(?:baseline|method|model|algorithm|classifier)|baselines such as|like|and|or|versus|vs\.?|between|outperforms?|both|by the|than the|with the|of the|call|called|named|train(?:ed|ing)?|use|used)\s*[(“\"]?$",
    re.IGNORECASE,
)
AFTER_METHOD = re.compile(
    r"^[)”\"]?\s*(?:\[[\d, ]+\]\s*|\([^)]{0,40}\)\s*)?(?:models?\b|methods?\b|algorithms?\b|classifiers?\b|approach(?:es)?\b|networks?\b|architectures?\b|variants?\b|outperforms?\b|achieves?\b|performs?\b|obtains?\b"
    r"|yields?\b|improves?\b|reaches\b|requires?\b|uses?\b|learns?\b|trains?\b|trained\b|predicts?\b|produces?\b|gives\b|does\b|can\b|attains?\b|beats?\b|shows?\b|works\b|fails\b|gets\b|estimates?\b|needs?\b|tends?\b)",
    re.IGNORECASE,
)
WEAK = re.compile(r"\b(?:and|or|both|with|with the|of the|like)\s*[(“\"]?$", re.IGNORECASE)
MOST = 60
"""occurrences looked at for a name"""


class Leanings:
    """Answers from one text, each name looked up once."""

    def __init__(self, body: str) -> None:
        self._body = body
        self._known: dict[str, float] = {}

    def of(self, name: str) -> float:
        """From -1 (spoken of as a method) to 1 (as a dataset); 0 where the text does not say."""
        if name not in self._known:
            found = self._count(name)
            if not found:
                # "PBT-UNREAL" where the text speaks of PBT and of UNREAL
                parts = [p for p in re.split(r"[\s+/&-]+", name) if re.search(r"[A-Z].*[A-Za-z]", p)]
                if 1 < len(parts) <= 4:
                    found = sum(map(self._count, parts)) / len(parts)
            self._known[name] = found
        return self._known[name]

    def _count(self, name: str) -> float:
        if not re.search(r"[A-Za-z]{2}", name) or not re.match(r"[A-Za-z]", name) or len(name) > 60:
            return 0.0
        dataset = method = 0.0
        if name not in self._body:
            return 0.0
        found = re.finditer(rf"(?<![\w-]){re.escape(name)}(?![\w-])", self._body)
        for _, match in zip(range(MOST), found, strict=False):
            before = self._body[max(0, match.start() - 32) : match.start()]
            after = self._body[match.end() : match.end() + 60]
            if AFTER_DATASET.match(after) or BEFORE_DATASET.search(before):
                dataset += 1
            elif AFTER_METHOD.match(after):
                method += 1
            elif BEFORE_METHOD.search(before):
                method += 0.3 if WEAK.search(before) else 0.7
        if not re.search(r"[A-Z]", name):
            dataset = 0.0  # "on average" is no name
        total = dataset + method
        return (dataset - method) / (total + 1.0)
