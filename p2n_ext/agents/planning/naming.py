"""What a claim's method is called in full, where a table prints only what sets its rows or columns apart."""

from __future__ import annotations

import re
from collections.abc import Iterator

from p2n_schemas.claims import Claim

from ...catalog import methods
from ...catalog.datasets import Dataset
from ...catalog.methods import Understood
from ...catalog.metrics import Metric
from ...catalog.names import soften
from ..offline.abbreviations import long_form
from .quotes import Pages

# a caption that is about one method begins with it: "k-means clustering accuracy of …"
_OPENING = 25


def understand(claim: Claim, metric: Metric, dataset: Dataset, pages: Pages) -> Understood | str:
    """The method that a claim is about, or the words that kept it from being understood.

    Tried in turn: the printed name; the words that the paper abbreviates by it; both behind the one method that the
    caption of the claim's table is about.
    """
    first: str | None = None
    for name in _names(claim, metric, dataset, pages):
        understood = methods.understand(name)
        if not isinstance(understood, str):
            return understood
        first = understood if first is None else first
    return first or claim.method


def _names(claim: Claim, metric: Metric, dataset: Dataset, pages: Pages) -> Iterator[str]:
    # all of the data's features are no choice of features
    every = rf"\b{dataset.columns} (?:features|attributes|variables|dimensions|inputs)\b"
    printed = re.sub(every, "", claim.method)
    names = [printed]
    long = pages.once(spelled_out, printed.strip())
    if long is not None:
        names.append(long)
    yield from names
    subject = _subject(claim, metric, pages)
    if subject is not None:
        yield from (f"{subject} {name}" for name in names)


def spelled_out(short: str, paper_text: str) -> str | None:
    """The words that the paper abbreviates: "principal component analysis" for PCA."""
    if not re.fullmatch(r"[A-Za-z][\w-]{1,9}", short):
        return None
    for before in re.findall(
        rf"((?:[\w’'-]+[ -]){{1,9}})\(\s*(?:the\s+)?{re.escape(short)}\s*\)", paper_text
    ):
        found = long_form(short, before)
        if found is not None:
            return found
    return None


def _subject(claim: Claim, metric: Metric, pages: Pages) -> str | None:
    """The method that the caption of the claim's table is about, if it does what the metric measures."""
    caption = pages.caption(claim.citation.label, claim.citation.page)
    if caption is None:
        return None
    soft = soften(caption)
    found = methods.mentions(soft)
    if len({m.keys for m in found}) != 1 or found[0].start > _OPENING:
        return None
    if not any(metric.task in methods.by_key(key).tasks for key in found[0].keys):
        return None
    return soft[found[0].start : found[0].end]
