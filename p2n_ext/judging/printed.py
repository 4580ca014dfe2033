"""What a printed number says of its own precision."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"[-+−]?(?P<whole>\d[\d,]*)?(?:\.(?P<decimals>\d+))?(?:[eE](?P<power>[-+−]?\d+))?")


def half_unit(printed: str) -> float:
    """Half a unit of the last printed digit, in the printed number's own unit.

    "93.75%" gives 0.005, "1.2e-3" gives 0.00005, "0" gives 0.5. Where no number can be read it is 0: then only the
    number itself is meant.
    """
    for found in _NUMBER.finditer(printed):
        whole, decimals, power = found.group("whole", "decimals", "power")
        if whole is None and decimals is None:
            continue
        digits = len(decimals) if decimals else 0
        exponent = int(power.replace("−", "-")) if power else 0
        return 0.5 * 10.0 ** (exponent - digits)
    return 0.0
