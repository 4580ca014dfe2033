"""A paper's title and the printed structure around it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .pages import Page


def title_of(pages: Sequence[Page]) -> str | None:
    """The largest print on the first page's upper half; None where there is none."""
    if not pages:
        return None
    page = pages[0]
    lines = [x for x in page.lines if x.box.top < 0.5 * page.height and sum(c.isalpha() for c in x.text) > 3]
    if not lines:
        return None
    largest = max(x.size for x in lines)
    chosen = sorted((x for x in lines if x.size > 0.93 * largest), key=lambda x: x.baseline)
    title = re.sub(r"\s+", " ", " ".join(x.text for x in chosen[:5])).strip()
    return title[:300] or None
