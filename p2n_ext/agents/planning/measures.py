"""What a claim's metric is, where its plain name leaves something open, and on which data it was measured."""

from __future__ import annotations

import re
from dataclasses import dataclass

from p2n_schemas.claims import Claim

from ...catalog import metrics
from ...catalog.metrics import Metric
from ...catalog.names import fold
from .quotes import Pages, folded

_BEFORE = 240
_VARIANT = re.compile(
    r"\b(?P<way>arithmetic|geometric|max(?:imum)?|min(?:imum)?|larger|smaller)\b[^.]{0,40}\bentrop"
    r"|\bentrop\w+[^.]{0,40}\b(?P<way_after>arithmetic|geometric|max(?:imum)?|min(?:imum)?)\b"
)
_WAYS = {"maximum": "max", "larger": "max", "minimum": "min", "smaller": "min"}
_EVERYTHING = re.compile(
    r"\b(?:on|over|of|using) (?:the )?(?:entire|whole|complete|full) (?:data|set|sample|corpus|collection)\w*"
)
# methods that are made of several models by nature
_MADE_OF_SEVERAL = re.compile(r"\b(?:forest|\w*boost\w*|bagging|trees|ensembles?|voting|stack\w*)\b")
_OF_SEVERAL = re.compile(r"\b(?:ensembles?|voting|majority vote|stack(?:ing|ed))\b")


@dataclass(frozen=True)
class Measure:
    """A metric of the catalogue; `assumed` is what its name leaves open, and what was taken."""

    metric: Metric
    assumed: tuple[str, str] | None = None


def find(name: str, pages: Pages) -> Measure | None:
    """The metric that a paper means by a name: by its own words, else by the library that it names."""
    metric = metrics.find(name)
    if metric is None or metric.silence is None:
        return None if metric is None else Measure(metric)
    for sentence in pages.sentences():
        hit = _VARIANT.search(sentence.soft)
        if hit and sentence.own:
            way = hit["way"] or hit["way_after"]
            base = metric.key.rpartition("_")[0]
            return Measure(metrics.by_key(f"{base}_{_WAYS.get(way, way)}"))
    if metric.of_library and re.search(r"\bscikit-? ?learn|\bsklearn", pages.whole, re.IGNORECASE):
        by_library = metrics.by_key(metric.of_library)
        return Measure(
            by_library, (metric.silence[0], "as scikit-learn does by default, which the paper names")
        )
    return Measure(metric, metric.silence)


def refusal(claim: Claim, cross_validated: bool, pages: Pages) -> str | None:
    """Why a claim is not about data that was held out, or not about one model; none where nothing says so.

    In cross-validation the fold that is held out is often called the validation data.
    """
    split = fold(f"{claim.split or ''} {claim.metric}")
    if "train" in split and "test" not in split:
        return (
            "It is about training data; how a training accuracy was averaged over the training is not reproducible "
            "from the paper."
        )
    if "valid" in split and "cross" not in split and "test" not in split and not cross_validated:
        return "It is about a validation set that the paper does not describe."
    if claim.citation.row_headings or claim.citation.column_headings:
        return None
    introduced = _introduction(claim, pages)
    if _EVERYTHING.search(introduced) and "all" not in split.split():
        return "It was measured on the entire data, of which the models had seen a part in training."
    several = _OF_SEVERAL.search(introduced)
    if several and not _MADE_OF_SEVERAL.search(fold(claim.method)):
        return f"Its place in the paper speaks of several models together (“{several.group()}”), and its method is one."
    return None


def _introduction(claim: Claim, pages: Pages) -> str:
    """The words before a claim's quote, with its heading."""
    text, quote = pages.text(claim.citation.page), folded(claim.citation.quote)
    at = text.find(quote)
    before = text[max(0, at - _BEFORE) : at + len(quote)] if at >= 0 else quote
    return fold(f"{claim.citation.label} {before}")
