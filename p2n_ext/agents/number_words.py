"""Whole numbers that a paper or a story writes as one English word."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_TO_TWENTY = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
    " seventeen eighteen nineteen twenty"
)
_TENS = "thirty forty fifty sixty seventy eighty ninety hundred"

NUMBER_WORDS: Mapping[str, int] = MappingProxyType(
    {word: number for number, word in enumerate(_TO_TWENTY.split(), 1)}
    | {word: 10 * number for number, word in enumerate(_TENS.split(), 3)}
)
