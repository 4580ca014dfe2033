"""What a table's axes stand for: methods, datasets, metrics, splits or settings."""

from __future__ import annotations

import re
from collections.abc import Sequence

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
from .role_model import role_chances, role_features
from .table_axes import Axis, Role, ValueCell, lettered

AGGREGATE = re.compile(
    r"(?:mean|median|average|avg\.?|max(?:imum)?|min(?:imum)?|best|worst|overall)", re.IGNORECASE
)


def assign_roles(axes: Sequence[Axis], cells: Sequence[ValueCell], context: Context, caption: str) -> None:
    """Give each axis its role. At most one stub axis and one column level hold the methods."""
    told = bool(context.caption_dataset(caption))
    _mark_levels(axes, caption)
    for axis in axes:
        axis.metrical = [s for s in axis.strings if is_metric(s) or context.brief.named(s)]
        axis.scores = _scores(axis, context)
        other = not STUB_DATASET.search(axis.head) or TRAINED_ON.search(axis.head)
        beside = axis.level > 0 and any(a.kind == "column" and a.level == 1 and not a.metrical for a in axes)
        if told and axis.kind == "stub" and (axis.head or beside) and other:
            # the caption names the data: "Retrieval set" or "Trained on" is then a setting
            axis.scores[Role.DATASET] = 0.0
        if axis.over_levels:
            axis.scores = dict.fromkeys(axis.scores, 0.0)
            axis.metrical = []
        axis.role = max(axis.scores, key=lambda r: axis.scores[r])
        if axis.scores[axis.role] < 0.3:
            axis.role = Role.SETTING
    _mark_conditions(axes)
    if not any(a.role is Role.METRIC for a in axes):
        for axis in axes:
            worded = axis.role is Role.METHOD and not any(map(is_metric, axis.strings))
            if axis.scores[Role.METRIC] >= 0.3 and not (worded and axis.metrical):
                axis.role = Role.METRIC
                break
    if any(a.role is Role.METRIC and a.metrical for a in axes):
        for axis in axes:
            if axis.kind == "stub" and axis.role is Role.METRIC and not axis.metrical:
                # "Score" over the names of scoring functions, beside columns of metrics
                axis.role = Role.SETTING
    methods = [a for a in axes if a.role is Role.METHOD]
    if len(methods) > 1:
        best = max(
            methods, key=lambda a: (a.scores[Role.METHOD] + (0.25 if a.kind == "stub" else 0), len(a.strings))
        )
        for axis in methods:
            if axis is not best:
                axis.role = Role.SETTING
    if not methods:
        _first_free(axes, Role.METHOD, caption, context)
    if not any(a.role is Role.DATASET for a in axes):
        _first_free(axes, Role.DATASET, caption, context)
        _doubt(axes, cells, context, caption)


def _doubt(axes: Sequence[Axis], cells: Sequence[ValueCell], context: Context, caption: str) -> None:
    """Take back a guess at data sets that the words do not support, where the learnt model takes them for something else."""
    for axis in axes:
        known = sum(context.dataset_in(clean(s)) is not None for s in axis.strings)
        if axis.role is not Role.DATASET or STUB_DATASET.search(axis.head) or known * 3 >= len(axis.strings):
            continue
        chances = role_chances(role_features(axis, axes, cells, context, caption))
        role = max(chances, key=lambda r: chances[r])
        if role is Role.DATASET:
            continue
        axis.role = Role.SETTING
        if role is not Role.METHOD:
            continue
        for other in axes:
            if other.role is Role.METHOD:
                rival = role_chances(role_features(other, axes, cells, context, caption))
                if rival[Role.METHOD] >= chances[Role.METHOD]:
                    break
                other.role = Role.SETTING
        else:
            axis.role = Role.METHOD


def _mark_conditions(axes: Sequence[Axis]) -> None:
    """Columns "without X" and "with X" beside rows of metrics are methods, whatever else they say."""
    rows = any(a.kind == "stub" and len(a.metrical) == len(a.strings) for a in axes)
    for axis in axes:
        bare = {re.sub(r"\b(?:without|with|w/o|w/)\s", "", s.lower()) for s in axis.strings}
        if rows and axis.kind == "column" and not axis.metrical and len(bare) == 1 < len(axis.strings):
            axis.role = Role.METHOD
            axis.scores[Role.METHOD] = max(axis.scores[Role.METHOD], 0.6)
            axis.scores[Role.METRIC] = 0.0


def _mark_levels(axes: Sequence[Axis], caption: str) -> None:
    columns = {a.level: a for a in axes if a.kind == "column"}
    for level, axis in columns.items():
        below = columns.get(level - 1)
        if below is None or len(axis.strings) > 2 or len(below.strings) < 2:
            continue
        bare = [bool(re.fullmatch(r"[\d.,/%\s]+(?:\(.*\))?|full.*|all", s)) for s in below.strings]
        text = " ".join(axis.strings)
        measure = metric_in(text) or (MEASURES.search(text) and metric_in(caption) is None)
        axis.over_levels = sum(bare) >= 0.8 * len(bare) and not measure


def _first_free(axes: Sequence[Axis], role: Role, caption: str, context: Context) -> None:
    """With no evidence on the headings: rows are methods, then columns; the other axis may be datasets."""
    free = [
        a
        for a in axes
        if a.role is Role.SETTING
        and len(a.strings) > 1
        and not a.metrical
        and sum(map(no_result, a.strings)) * 2 <= len(a.strings)
    ]
    if role is Role.METHOD:
        free.sort(key=lambda a: (a.kind != "stub", a.level))
        free = [a for a in free if a.scores[Role.SPLIT] < 0.5 and _names(a) and not no_result(a.head)] or [
            a for a in axes if a.role is Role.SETTING and a.kind != "column" and _names(a)
        ]
    else:
        by_columns = any(a.role is Role.METHOD and a.kind == "column" for a in axes)
        free = [
            a
            for a in free
            if _names(a)
            # "Baseline", "Ensemble" and names that say nothing: parts or settings of methods
            and a.scores[Role.METHOD] < 0.5
            and not all(AGGREGATE.fullmatch(s) or s.startswith((">", "<", "#")) for s in a.strings)
            and (by_columns and _data(a, context) if a.kind == "stub" else a.kind == "column" or a.level == 1)
        ]
        # blocks under names of their own come before columns
        free.sort(key=lambda a: (a.kind != "section", a.kind != "column", a.level))
    if free:
        free[0].role = role


def _data(axis: Axis, context: Context) -> bool:
    """Whether rows may stand for data: by their heading, or by how the text speaks of them."""
    if STUB_DATASET.search(axis.head):
        return True
    leanings = [context.leaning(clean(s)) for s in axis.strings]
    return len(leanings) > 2 and sum(leanings) > -0.1 * len(leanings)


def _names(axis: Axis) -> bool:
    """Headings that are words, not numbers; rows may be named by single letters."""
    word = r"[A-Za-z]{2}" if axis.kind == "column" else r"[A-Za-z]"
    return sum(bool(re.search(word, s)) for s in axis.strings) * 2 > len(axis.strings)


def _scores(axis: Axis, context: Context) -> dict[Role, float]:
    strings = [s for s in axis.strings if s.strip()]
    n = max(len(strings), 1)
    metric = _metric_share(axis, strings)
    dataset = method = 0.0
    for s in strings:
        lean = context.leaning(clean(s))
        named = context.dataset_in(clean(s)) is not None
        told = bool(METHOD_WORDS.search(s)) or own(s) or (cited(s) and lean < 0.3)
        if re.search(r"\w \+ \w", s):
            # what is added to something is a part of a method
            told, named = True, False
        dataset += 1.0 if named and lean > -0.5 else max(0.0, lean)
        method += 1.0 if told else max(0.0, -lean)
    split = (
        sum(
            bool(split_in(s)) and metric_in(s) is None and not (no_result(s) or MEASURES.search(s))
            for s in strings
        )
        / n
    )
    dataset, method = dataset / n, method / n
    formulas = sum(bool(re.search(r"[=∑Θθ∥√]|\)\s?[A-Z]", s)) for s in strings) / n
    method *= 1 - formulas
    if axis.head:
        # "Tasks: 8, 12, 16" counts them; "Data set id: 001, 002" names them
        worded = sum(bool(re.search(r"[A-Za-z]{2}", s)) for s in strings) * 2 >= n
        worded = worded or bool(
            re.search(r"\bdata ?sets?\b|\bids?\b|\bsubjects?\b", axis.head, re.IGNORECASE)
        )
        if STUB_DATASET.search(axis.head) and not TRAINED_ON.search(axis.head):
            dataset += 0.6 if worded else 0.0
        elif STUB_METHOD.search(axis.head):
            method += 0.6 * (1 - formulas)
        elif STUB_METRIC.search(axis.head):
            metric += 0.3
    return {
        Role.METRIC: metric * 1.1,
        Role.METHOD: method,
        Role.DATASET: dataset * 1.05,
        Role.SPLIT: split * 0.9,
        Role.SETTING: 0.0,
    }


def _metric_share(axis: Axis, strings: Sequence[str]) -> float:
    """How many headings name metrics; beside one of these, properties and other measures are of its kind."""
    certain: float = sum(s in axis.metrical or bool(ARROW.search(s)) for s in strings)
    others = 0
    worded = any(METHOD_WORDS.search(s) and s not in axis.metrical for s in strings)
    if certain and worded and not any(is_metric(s) or ARROW.search(s) for s in strings):
        # one of the paper's own short forms beside methods is a metric among them
        return certain / max(len(strings), 1)
    if not certain and axis.kind == "column" and not any(METHOD_WORDS.search(s) for s in strings):
        certain = 0.6 * sum(bool(MEASURES.search(s)) for s in strings)
    if certain and (axis.kind == "column" or (axis.kind == "stub" and not axis.head)):
        letters = lettered(strings)
        others = sum(
            not is_metric(s)
            and s not in letters
            and (no_result(s) or bool(MEASURES.search(s)) or len(s) <= 2)
            for s in strings
        )
    return (certain + 0.6 * others) / max(len(strings), 1)
