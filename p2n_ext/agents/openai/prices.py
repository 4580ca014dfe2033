"""What models cost.

The default prices are those of OpenAI's public price list, standard tier (platform.openai.com/docs/pricing; for o1-mini,
which the list no longer shows, its last entry), taken down in November 2026: USD for a million input, cached input and
output tokens, and for one file search. P2NApp.model_prices overrides them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

FILE_SEARCH = "file_search"
_SNAPSHOT = re.compile(r"-\d{4}-\d{2}-\d{2}$")


@dataclass(frozen=True)
class Price:
    """USD for a million tokens; `call` is USD for one use of a tool."""

    input: float = 0.0
    cached: float = 0.0
    output: float = 0.0
    call: float = 0.0


DEFAULT_PRICES: Mapping[str, Price] = {
    "gpt-4o-mini": Price(input=0.15, cached=0.075, output=0.60),
    "gpt-4o": Price(input=2.50, cached=1.25, output=10.00),
    "o1-mini": Price(input=1.10, cached=0.55, output=4.40),
    FILE_SEARCH: Price(call=0.0025),
}


def price_table(overrides: Mapping[str, Mapping[str, float]]) -> dict[str, Price]:
    """The default prices with a person's own on top; where no price of cached tokens is given, it is that of the others.

    Raises ValueError where an entry is no price.
    """
    table = dict(DEFAULT_PRICES)
    for name, given in overrides.items():
        needed = {"call"} if name == FILE_SEARCH else {"input", "output"}
        allowed = needed | ({"cached"} if name != FILE_SEARCH else set())
        if not needed <= set(given) <= allowed:
            raise ValueError(f"the price of {name!r} needs {' and '.join(sorted(needed))}")
        for figure in given.values():
            if isinstance(figure, bool) or not isinstance(figure, int | float):
                raise ValueError(f"the price of {name!r} must be in numbers")
            if not math.isfinite(figure) or figure < 0:
                raise ValueError(f"the price of {name!r} must be finite and not negative")
        table[name] = Price(**({} if name == FILE_SEARCH else {"cached": given["input"]}) | dict(given))
    return table


def price_of(model: str, prices: Mapping[str, Price]) -> Price | None:
    """The price of a model, or of the one that it is a dated snapshot of."""
    return prices.get(model) or prices.get(_SNAPSHOT.sub("", model))
