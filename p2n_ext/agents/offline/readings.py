"""Which cells of a table are results, of which metric and in which unit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from p2n_ext.documents.tables import Table

from .context import Context
from .lexicon import NOT_RESULTS, Metric, is_metric, metric_in, plain_metric
from .names import clean
from .numbers import Printed, numbers_in
from .roles import Axis, Role, ValueCell

Roles = dict[tuple[str, int], Axis]
SYMBOL = re.compile(r"^(?:[A-Za-z]|\W{1,3}|[A-Za-zα-ωΑ-Ω]\s?[\d′']?|1\s?[−-]\s?\S)$")

# "95%" in a heading is a level, not a unit
PERCENT = re.compile(r"(?<!\d)(?<!\d\s)%|\bper ?cent")


@dataclass(slots=True)
class Reading:
    """A number of a cell; `metric_from` says where the metric's name stands."""

    cell: ValueCell
    number: Printed
    metric: str
    known: Metric | None
    metric_from: str
    units: str | None = None
    units_from: str = ""


@dataclass(frozen=True, slots=True)
class Named:
    """A metric's name, what is known of it and where it was found."""

    name: str
    known: Metric | None
    source: str


def fallback_metric(table: Table, context: Context) -> Named:
    """The metric where no heading names one: the caption's, that of the sentences about the table, the paper's."""
    if found := metric_in(table.caption):
        return Named(found[0], found[1], "caption")
    for sentence in context.mentions(table.label):
        if found := metric_in(sentence):
            return Named(found[0], found[1], "text")
    name = context.main_metric()
    if name and (found := metric_in(name)):
        return Named(plain_metric(name), found[1], "paper")
    return Named("score", None, "none")


def setting_columns(cells: Sequence[ValueCell], roles: Roles) -> dict[int, str]:
    """Columns of numbers that set the scene (sizes, depths, λ) and report nothing; with their headings."""
    headings: dict[int, str] = {}
    metric: set[int] = set()
    whole: dict[int, bool] = {}
    for cell in cells:
        texts = [t for k, t in cell.texts.items() if k[0] == "column"]
        headings.setdefault(cell.column, " ".join(texts))
        if any(is_metric(t) for t in texts):
            metric.add(cell.column)
        numbers = numbers_in(cell_text(cell))
        whole[cell.column] = whole.get(cell.column, True) and all(n.whole and not n.percent for n in numbers)
    found: dict[int, str] = {}
    for column, heading in sorted(headings.items()):
        if column in metric:
            continue
        plain = NOT_RESULTS.search(heading) or (heading and SYMBOL.match(heading))
        before = bool(metric) and column < min(metric)
        again = bool(heading) and heading in found.values()
        if plain or before or again or (metric and whole[column]):
            found[column] = heading
    return found


def read_cell(cell: ValueCell, roles: Roles, fallback: Named, partial: str) -> Iterator[Reading]:
    """The results in a cell; `partial` is the noun that completes "top-1" (error or accuracy)."""
    named = _named(cell, roles, fallback, partial)
    if named is None:
        return
    for number in numbers_in(cell_text(cell)):
        if not number.unit:
            yield Reading(cell, number, named.name, named.known, named.source)


def _named(cell: ValueCell, roles: Roles, fallback: Named, partial: str) -> Named | None:
    """The cell's metric; None where its headings say that it is no result."""
    best: Named | None = None
    for key, text in cell.texts.items():
        axis = roles[key]
        found = metric_in(text)
        if found and (axis.role is Role.METRIC or is_metric(text)):
            if axis.role is Role.METRIC or best is None:
                best = _complete(clean_metric(text, found[0]), found[1], partial)
        elif (axis.role is Role.METRIC and axis.kind == "stub") or (
            NOT_RESULTS.search(text) and (axis.kind == "column" or axis.scores.get(Role.METRIC, 0) > 0)
        ):
            return None
    if best is not None:
        return best
    for key, text in cell.texts.items():
        axis = roles[key]
        free = axis.role is Role.METRIC or (axis.role is Role.SETTING and any(map(is_metric, axis.strings)))
        if axis.kind == "column" and free and len(axis.strings) > 1 and re.search(r"[A-Za-z]{2}", text):
            return Named(clean(text), None, "unknown")
    return fallback


def _complete(name: str, known: Metric, partial: str) -> Named:
    if re.fullmatch(r"top[- ]?[15]", name, re.IGNORECASE) and partial:
        found = metric_in(f"{name} {partial}")
        return Named(f"{name} {partial}", found[1] if found else known, "heading")
    return Named(name, known, "heading")


def clean_metric(text: str, matched: str) -> str:
    """A heading as a metric's name: without units, arrows and what is no part of the name."""
    bare = re.sub(r"\(\s*%\s*\)|(?<!\d)%|[↑↓]|\(in\s*%\)", " ", text)
    name = clean(
        re.sub(
            r"\(\s*(?:test|dev|val(?:idation)?|train(?:ing)?)(?:\s+set)?\s*\)", " ", bare, flags=re.IGNORECASE
        )
    )
    if len(name.split()) <= len(matched.split()) + 4:
        return re.sub(r"\(\s*\)", "", name).strip() or matched
    return matched


def cell_text(cell: ValueCell) -> str:
    """A cell's text with what is raised or lowered left out."""
    words = cell.cell.atom.words
    return " ".join(w.text for w in words if not w.script) or cell.cell.text


def settle_units(readings: Sequence[Reading], table: Table, context: Context) -> None:
    """Percent or fraction by evidence: the sign, the heading, the neighbours, the caption, the size of the numbers."""
    about = " ".join([table.caption, *context.mentions(table.label)])
    in_caption = bool(
        re.search(r"\(\s*%|%\s*\)|\bper ?cent(?:age)?s?\b|\bin %|, ?%", table.caption, re.IGNORECASE)
    )
    in_text = bool(re.search(r"\bpercentages?\b", about, re.IGNORECASE))
    groups: dict[str, list[Reading]] = {}
    for r in readings:
        groups.setdefault(r.metric.lower(), []).append(r)
    for group in groups.values():
        share = group[0].known is None or group[0].known.share
        large = sum(abs(r.number.value) > 1.5 for r in group) > 0.3 * len(group)
        printed = any(r.number.percent for r in group)
        for r in group:
            if r.number.percent:
                r.units, r.units_from = "%", "printed with %"
            elif any(PERCENT.search(t) for t in r.cell.texts.values()):
                r.units, r.units_from = "%", "% in the heading"
            elif printed:
                r.units, r.units_from = "%", "% beside its neighbours"
            elif large and share and in_caption:
                r.units, r.units_from = "%", "percent in the caption"
            elif large and share and group[0].known is not None:
                why = "percent in the text" if in_text else "values of this metric above 1 are percent"
                r.units, r.units_from = "%", why


def plausible(readings: Sequence[Reading], named: bool) -> Iterator[Reading]:
    """Results only: a column of whole numbers without a percent sign is counts or settings."""
    groups: dict[tuple[str, int], list[Reading]] = {}
    for r in readings:
        groups.setdefault((r.metric, r.cell.column), []).append(r)
    for group in groups.values():
        first = group[0]
        if all(r.number.whole and not r.number.percent for r in group):
            if not (named and first.metric_from in ("heading", "caption")):
                continue
            if first.known is not None and first.known.share and any(r.number.value > 100 for r in group):
                continue
        yield from group
