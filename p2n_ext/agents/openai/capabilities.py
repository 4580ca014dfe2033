"""What a model takes: a parameter that it refuses is never sent to it."""

from __future__ import annotations

import re
from dataclasses import dataclass

_REASONING = re.compile(r"(?:^|/)(?:o\d|gpt-5)")
_FIRST_REASONING = re.compile(r"(?:^|/)o1-(?:mini|preview)")
_STEADY = re.compile(r"(?:^|/)gpt-4")


@dataclass(frozen=True)
class Capabilities:
    """`temperature`: takes one; `instructions`, `tools` and `schema` (strict JSON): likewise.

    `output_tokens`: the most to ask for, which for a reasoning model includes its thoughts.
    """

    temperature: bool
    instructions: bool
    tools: bool
    schema: bool
    output_tokens: int


def capabilities_of(model: str) -> Capabilities:
    """By the model's name. The first reasoning models (o1-mini, o1-preview) know neither tools nor instructions nor
    schemas; a model that is not known here is sent nothing but what every one takes."""
    if _FIRST_REASONING.search(model):
        return Capabilities(False, False, False, False, 32_768)
    if _REASONING.search(model):
        return Capabilities(False, True, True, True, 32_768)
    return Capabilities(bool(_STEADY.search(model)), True, True, True, 16_384)
