"""How likely an axis of a table holds methods, data sets, metrics or settings: a small learnt model.

What the rules of `roles` decide from words alone is one piece of evidence among others: where the headings stand, what
stands above them, whether the values along them are of one size, and whether the best of them are set in bold. The
weights are in `role_weights`; `benchmarks/learn_roles.py` learnt them from labelled papers.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from .context import Context
from .lexicon import (
    ARROW,
    MEASURES,
    METHOD_WORDS,
    STUB_DATASET,
    STUB_METHOD,
    STUB_METRIC,
    TRAINED_ON,
    is_metric,
    metric_in,
    no_result,
    split_in,
)
from .names import cited, clean, own
from .numbers import numbers_in, plain_text
from .role_weights import WEIGHTS
from .table_axes import Axis, Role, ValueCell

AGGREGATED = re.compile(r"\b(?:mean|median|average|avg|std|sd|max|min|total|overall|all)\b", re.IGNORECASE)
ADDED = re.compile(r"\w \+ \w|^\+|\b(?:w/o?|without|with|no|only|full|vanilla)\b", re.IGNORECASE)
OWN_DATA = re.compile(r"\b(?:data ?sets?|corpus|corpora|domains?|benchmarks?|environments?)\b", re.IGNORECASE)
OF_METHODS = re.compile(
    r"\b(?:methods?|models?|approach(?:es)?|algorithms?|classifiers?|baselines?|variants?|ablat\w+|architectures?|networks?|learners?)\b",
    re.IGNORECASE,
)
KINDS = (Role.METHOD, Role.DATASET, Role.METRIC, Role.SETTING)
NOTHING = (0.0, 0.0, 0.0, 0.0)


def role_features(
    axis: Axis, axes: Sequence[Axis], cells: Sequence[ValueCell], context: Context, caption: str
) -> dict[str, float]:
    """What speaks for an axis's role; shares are of its headings, each from 0 to 1."""
    strings = [s for s in axis.strings if s.strip()] or [""]
    key = (axis.kind, axis.level)
    bare = [clean(s) for s in strings]

    def share(test: Callable[[str], object]) -> float:
        return sum(bool(test(s)) for s in strings) / len(strings)

    leanings = [context.leaning(s) for s in bare]
    others = [a for a in axes if a is not axis]
    above = [a for a in others if a.kind == axis.kind == "column" and a.level > axis.level]
    over = " ".join(s for a in above for s in a.strings)
    cast = [context.cast.get(s.lower(), {}) for s in bare]
    folded = caption.lower()
    features = {
        "one": 1.0,
        "stub": float(axis.kind == "stub"),
        "stub first": float(key == ("stub", 0)),
        "section": float(axis.kind == "section"),
        "column lowest": float(key == ("column", 0)),
        "column upper": float(axis.kind == "column" and axis.level > 0),
        f"rule {axis.role}": 1.0,
        "headed": float(bool(axis.head)),
        "head method": float(bool(STUB_METHOD.search(axis.head))),
        "head data": float(bool(STUB_DATASET.search(axis.head) and not TRAINED_ON.search(axis.head))),
        "head metric": float(bool(STUB_METRIC.search(axis.head))),
        "head result": float(no_result(axis.head)),
        "over metric": float(bool(metric_in(over) or STUB_METRIC.search(over))),
        "over other": float(bool(above) and not metric_in(over)),
        "lean data": sum(max(0.0, x) for x in leanings) / len(strings),
        "lean method": sum(max(0.0, -x) for x in leanings) / len(strings),
        "known data": share(lambda s: context.dataset_in(clean(s)) is not None),
        "words of methods": share(METHOD_WORDS.search),
        "cited": share(cited),
        "own": float(any(map(own, strings))),
        "paper's own": float(any(n in s for s in strings for n in context.own)),
        "added": share(ADDED.search),
        "metrics": share(lambda s: is_metric(s) or s in axis.metrical),
        "any metric": float(bool(axis.metrical)),
        "measures": share(lambda s: MEASURES.search(s) or ARROW.search(s)),
        "properties": share(no_result),
        "aggregates": share(AGGREGATED.search),
        "splits": share(split_in),
        "numbers": share(lambda s: not re.search(r"[A-Za-z]{2}", s)),
        "digits": share(lambda s: re.search(r"\d", s)),
        "formulas": share(lambda s: re.search(r"[=∑Θθ∥√<>]", s)),
        "acronyms": share(lambda s: re.search(r"[A-Z][a-z]?[A-Z]", s)),
        "small words": share(lambda s: re.fullmatch(r"[a-z][a-z -]+", s)),
        "capitalised": share(lambda s: re.fullmatch(r"[A-Z][a-z]+(?: [A-Za-z]+)*", s)),
        "long": share(lambda s: len(s.split()) > 3),
        "single letters": share(lambda s: len(s) <= 2),
        "just one": float(len(strings) == 1),
        "many": math.log(len(strings)),
        "said": sum(min(context.body.count(s), 9) for s in bare if len(s) > 1) / len(strings) / 9,
        "in caption": sum(len(s) > 1 and s.lower() in folded for s in bare) / len(strings),
        "caption data": float(bool(OWN_DATA.search(caption))),
        "caption's name": float(context.caption_dataset(caption) is not None),
        "caption methods": float(bool(OF_METHODS.search(caption))),
        "caption metric": float(metric_in(caption) is not None),
        "other method head": float(any(STUB_METHOD.search(a.head) for a in others)),
        "other data head": float(any(STUB_DATASET.search(a.head) for a in others)),
        "other metrics": float(any(len(a.metrical) * 2 > len(a.strings) for a in others)),
        "other data": max((_known(a, context) for a in others), default=0.0),
        "other methods": max((_methodical(a, context) for a in others), default=0.0),
        "alone": float(not others),
    }
    for role in (Role.METHOD, Role.DATASET):
        features[f"cast {role}"] = sum(c.get(role, 0.0) for c in cast) / len(strings)
    features |= _values(key, cells)
    return features


def role_chances(features: Mapping[str, float]) -> dict[Role, float]:
    """The chance of each role, adding to 1."""
    sums = dict.fromkeys(KINDS, 0.0)
    for name, value in features.items():
        for role, weight in zip(KINDS, WEIGHTS.get(name, NOTHING), strict=True):
            sums[role] += weight * value
    most = max(sums.values())
    parts = {r: math.exp(s - most) for r, s in sums.items()}
    return {r: p / sum(parts.values()) for r, p in parts.items()}


def _known(axis: Axis, context: Context) -> float:
    return sum(context.dataset_in(clean(s)) is not None for s in axis.strings) / max(len(axis.strings), 1)


def _methodical(axis: Axis, context: Context) -> float:
    told = sum(
        bool(METHOD_WORDS.search(s)) or own(s) or cited(s) or context.leaning(clean(s)) < -0.3
        for s in axis.strings
    )
    return told / max(len(axis.strings), 1)


def _values(key: tuple[str, int], cells: Sequence[ValueCell]) -> dict[str, float]:
    """Whether one of each line along the axis is bold, and how much of the values' spread the axis explains."""
    lines: dict[tuple[tuple[tuple[str, int], str], ...], list[bool]] = defaultdict(list)
    groups: dict[str, list[float]] = defaultdict(list)
    for cell in cells:
        if key not in cell.texts:
            continue
        rest = tuple(sorted((k, t) for k, t in cell.texts.items() if k != key))
        lines[rest].append(any(w.bold for w in cell.cell.atom.words))
        for number in numbers_in(plain_text(cell.cell.atom.words))[:1]:
            groups[cell.texts[key]].append(math.log10(abs(number.value) + 1e-3))
    long = [line for line in lines.values() if len(line) > 1]
    single = sum(0 < sum(line) <= max(1, len(line) // 3) for line in long) / len(long) if long else 0.0
    values = [v for g in groups.values() for v in g]
    explained = 0.0
    if len(values) > len(groups) > 1:
        mean = sum(values) / len(values)
        total = sum((v - mean) ** 2 for v in values)
        within = sum((v - sum(g) / len(g)) ** 2 for g in groups.values() for v in g)
        explained = 1 - within / total if total > 1e-9 else 0.0
    return {"one bold a line": single, "spread explained": explained}
