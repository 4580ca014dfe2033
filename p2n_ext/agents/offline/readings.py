"""Which cells of a table are results, of which metric and in which unit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from p2n_ext.documents.tables import Table

from .context import Context
from .lexicon import (
    ARROW,
    COUNTS,
    MEASURES,
    Metric,
    is_cost,
    is_metric,
    is_property,
    metric_in,
    no_result,
    singular,
)
from .measures import UNITS, Named, announced, measure
from .names import clean
from .numbers import Printed, numbers_in, plain_text
from .roles import AGGREGATE
from .table_axes import Axis, Role, ValueCell, lettered

Roles = dict[tuple[str, int], Axis]
SYMBOL = re.compile(r"^(?:[A-Za-z]|\W{1,3}|[A-Za-zα-ωΑ-Ω]\s?[\d′']?|1\s?[−-]\s?\S)$")

P_VALUE = re.compile(r"\bp[- ]?values?\b", re.IGNORECASE)
# "Training time (speedup)" over "2.7 days (3.5×)"
RANK = re.compile(r"(?:mean|average|avg\.?|overall)?\s*rank(?:ing)?s?", re.IGNORECASE)
TWO_IN_ONE = re.compile(r"^(?P<outer>[^()]{3,})\((?P<inner>[A-Za-z][^()]{2,30})\)$")
# "threshold (chosen)": a parameter that the authors say to have set
CHOSEN = re.compile(r"\((?:chosen|computed|fixed|preset)\)")
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


def setting_columns(cells: Sequence[ValueCell], roles: Roles, caption: str) -> dict[int, str]:
    """Columns of numbers that set the scene (sizes, depths, λ) and report nothing; with their headings."""
    columns: dict[int, _Column] = {}
    for cell in cells:
        texts = [t for k, t in cell.texts.items() if k[0] == "column" and roles[k].role is not Role.METHOD]
        levels = [cell.texts[k] for k in sorted(cell.texts) if k[0] == "column"]
        column = columns.setdefault(cell.column, _Column(" ".join(texts), levels[0] if levels else ""))
        column.metric |= any(
            is_metric(t) or t in roles[k].metrical or ARROW.search(t)
            for k, t in cell.texts.items()
            if k[0] == "column" and roles[k].role is not Role.METHOD
        )
        column.values += numbers_in(cell_text(cell))
    metric = [k for k, column in columns.items() if column.metric]
    unnamed = [c for c in columns.values() if not (c.metric or no_result(c.heading))]
    letters = lettered([c.lowest for c in columns.values()])
    alike = sum(c.measured for c in unnamed) >= 4
    found: dict[int, str] = {}
    for place, column in sorted(columns.items()):
        heading = column.heading
        if column.metric:
            continue
        if is_property(heading) or (is_cost(heading) and not announced(heading, caption)):
            found[place] = heading
            continue
        if is_cost(heading):
            continue
        after = bool(metric) and place > min(metric)
        symbol = bool(heading and SYMBOL.match(heading)) and column.lowest not in letters
        if CHOSEN.search(column.lowest) and not column.metric:
            found[place] = re.sub(CHOSEN, "", column.lowest).strip()
            continue
        if column.lowest in ("p", "P"):
            found[place] = column.lowest
            continue
        if symbol or COUNTS.search(heading):
            many = 4 if MEASURES.search(heading) else 6
            setting = not (
                column.measured and (after or (metric and not symbol and len(column.values) >= many))
            )
        elif metric and not after:
            setting = not (column.measured and (alike or len(column.values) >= 6))
        else:
            again = bool(heading) and heading in found.values()
            setting = again or (bool(metric) and column.whole and not MEASURES.search(heading))
        if setting:
            found[place] = heading
    found = {k: v if CHOSEN.search(columns[k].lowest) else columns[k].lowest or v for k, v in found.items()}
    if columns and len(found) == len(columns) and not any(map(no_result, found.values())):
        # every column under a letter of its own: names, not settings
        return {k: v for k, v in found.items() if columns[k].whole}
    return found


@dataclass(slots=True)
class _Column:
    heading: str
    lowest: str = ""
    metric: bool = False
    values: list[Printed] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        return all(n.whole and not n.percent for n in self.values)

    @property
    def measured(self) -> bool:
        """Decimals that hardly repeat, as no design's levels are."""
        decimals = sum(not n.whole for n in self.values)
        distinct = len({n.text for n in self.values})
        return len(self.values) > 1 and 2 * decimals > len(self.values) and distinct > 0.4 * len(self.values)


def read_cell(
    cell: ValueCell, roles: Roles, fallback: Named, partial: str, caption: str, context: Context
) -> Iterator[Reading]:
    """The results in a cell; `partial` is the noun that completes "top-1" (error or accuracy)."""
    named = _named(cell, roles, fallback, partial, caption, context)
    if named is None:
        return
    costly = is_cost(named.name)
    faster = re.search(r"speed-?up|gain|factor|faster|ratio", named.name, re.IGNORECASE)
    text = cell_text(cell)
    parted = TWO_IN_ONE.match(named.name)
    for number in numbers_in(text):
        inner = parted is not None and text[: number.start].rstrip().endswith("(")
        times = number.unit in ("×", "x", "X")
        if not ((times and (faster or inner)) or (number.unit and not times and costly) or not number.unit):
            continue
        units = number.unit or (named.units if not inner else None)
        name, known = named.name, named.known
        if parted is not None and "(" in text:
            name = parted["inner"] if inner else parted["outer"].strip()
            found = metric_in(name)
            rising = measure("maximize") if re.search(r"speed-?up|gain", name, re.IGNORECASE) else None
            known = found[1] if found else rising or (None if inner else known)
        yield Reading(cell, number, name, known, named.source, units, "printed unit" if units else "")


def _named(
    cell: ValueCell, roles: Roles, fallback: Named, partial: str, caption: str, context: Context
) -> Named | None:
    """The cell's metric; None where its headings say that it is no result."""
    best: Named | None = None
    for key, text in cell.texts.items():
        axis = roles[key]
        if axis.over_levels:
            continue
        if axis.role is not Role.METHOD and axis.kind != "column" and P_VALUE.search(text):
            # what a test says of results, whatever metric its caption names
            return None
        if RANK.fullmatch(text.strip()) and axis.kind != "column":
            return Named(clean(text), measure("minimize"), "heading")
        short = context.brief.named(text) and metric_in(text) is None
        if axis.role is Role.METHOD and len(axis.metrical) < len(axis.strings) and not short:
            continue
        found = context.brief.metric_in(text)
        if found and (axis.role is Role.METRIC or text in axis.metrical):
            if axis.role is Role.METRIC or best is None:
                best = _complete(clean_metric(text, found[0]), found[1], partial)
        elif axis.kind == "column":
            if is_property(text) or (is_cost(text) and not announced(text, caption)):
                return None
        elif ARROW.search(text):
            best = best or _pointed(text)
        elif axis.kind == "section" and axis.role is Role.METRIC and not is_property(text):
            best = best or Named(clean(text), None, "heading")
        elif axis.role is Role.METRIC and not is_property(text):
            if is_cost(text) and not announced(text, caption):
                return None
            if not (is_cost(text) or MEASURES.search(text)):
                return None
            unit = UNITS.search(text)
            best = best or Named(clean_metric(text, text), None, "heading", unit["unit"] if unit else None)
        elif axis.role is Role.METRIC or (axis.scores.get(Role.METRIC, 0) > 0 and no_result(text)):
            return None
    if best is not None:
        return best
    for key, text in cell.texts.items():
        axis = roles[key]
        if ARROW.search(text) and axis.role is not Role.METHOD:
            return _pointed(text)
        free = axis.role is Role.METRIC or (axis.role is Role.SETTING and bool(axis.metrical))
        if not (axis.kind == "column" and free and len(axis.strings) > 1 and re.search(r"[A-Za-z]", text)):
            continue
        if is_cost(text):
            unit = UNITS.search(text)
            return Named(
                clean_metric(text, text), measure("minimize"), "heading", unit["unit"] if unit else None
            )
        if not MEASURES.search(text) and _dataset_like(text, axis, context):
            continue
        return Named(clean(text), None, "heading" if MEASURES.search(text) else "unknown")
    for key, text in sorted(cell.texts.items()):
        if roles[key].over_levels:
            continue
        told = MEASURES.search(text) or (is_cost(text) and announced(text, caption))
        if key[0] == "column" and roles[key].role is not Role.METHOD and told:
            rising = (
                measure("maximize") if re.search(r"speed-?up|gain|improve", text, re.IGNORECASE) else None
            )
            return Named(clean(text), rising, "heading")
    return _single(roles) or _unheard(cell, roles, fallback, context)


def _unheard(cell: ValueCell, roles: Roles, fallback: Named, context: Context) -> Named:
    """The fallback told apart by a heading such as "median", or the heading if only the text explains it: "(LC)"."""
    text = cell.texts.get(("column", 0), "")
    axis = roles.get(("column", 0))
    if axis is None or axis.role is not Role.SETTING or len(axis.strings) < 2:
        return fallback
    if AGGREGATE.fullmatch(text):
        return replace(fallback, name=f"{text} {fallback.name}")
    methods = any(a.role is Role.METHOD and a.kind != "column" for a in roles.values())
    told = re.fullmatch(r"[A-Za-z][A-Za-z .-]+", text) and f"({clean(text).lower()})" in context.body.lower()
    if fallback.source == "none" and methods and axis.unheard and told:
        return Named(clean(text), None, "unknown")
    return fallback


def _dataset_like(text: str, axis: Axis, context: Context) -> bool:
    if context.dataset_in(clean(text)) or context.leaning(clean(text)) > 0.5:
        return True
    if any(_sibling(text, s) for s in axis.metrical):
        return False
    # "mAP, bike, bird, boat": a metric, then what it was taken on
    others = [s for s in axis.strings if not is_metric(s) and re.search(r"[A-Za-z]{3}", s)]
    return len(others) >= 4 and not any(MEASURES.search(s) or no_result(s) for s in others)


def _sibling(text: str, metric: str) -> bool:
    """Whether a heading is made like one of a metric: "minority p" beside "minority f1", or over the same classes."""
    ours, theirs = text.lower().split(), metric.lower().split()
    differ = [(a, b) for a, b in zip(ours, theirs, strict=False) if a != b]
    if len(ours) == len(theirs) > 1 and len(differ) == 1 and metric_in(differ[0][1]):
        return True
    over = re.search(r"\([A-Za-z][^()]*\)$", text)
    return over is not None and metric.endswith(over.group(0))


def _single(roles: Roles) -> Named | None:
    """The one metric that a row of headings names among others that name none."""
    for axis in roles.values():
        if axis.kind == "column" and axis.role is Role.METRIC and len(axis.metrical) == 1:
            found = metric_in(axis.metrical[0])
            if found:
                return Named(clean_metric(axis.metrical[0], found[0]), found[1], "heading")
    return None


def _pointed(text: str) -> Named:
    """A measure that an arrow marks as one, with its direction."""
    rising = "↑" in text or "higher is" in text.lower()
    name = clean(re.sub(r"\(\s*\)", " ", ARROW.sub(" ", text)))
    found = metric_in(name)
    return Named(name, found[1] if found else measure("maximize" if rising else "minimize"), "heading")


def _complete(name: str, known: Metric, partial: str) -> Named:
    if re.fullmatch(r"top[- ]?[15]", name, re.IGNORECASE) and partial:
        found = metric_in(f"{name} {partial}")
        return Named(f"{name} {partial}", found[1] if found else known, "heading")
    return Named(singular(name), known, "heading")


def clean_metric(text: str, matched: str) -> str:
    """A heading as a metric's name: without units, arrows and what is no part of the name."""
    text = re.sub(r"[(\[]\s*(?:\d+\s*% CIs?|\(?[\w()]*/[\w()/]*)\s*[)\]]|\[[A-Za-z]{1,3}\s?\d?\]", " ", text)
    bare = UNITS.sub(" ", re.sub(r"\(\s*%\s*\)|(?<!\d)%|[↑↓]|\(in\s*%\)", " ", text))
    name = clean(
        re.sub(
            r"\(\s*(?:test|dev|val(?:idation)?|train(?:ing)?)(?:\s+set)?\s*\)", " ", bare, flags=re.IGNORECASE
        )
    )
    if len(name.split()) <= len(matched.split()) + 4:
        return re.sub(r"\(\s*\)", "", name).strip() or matched
    return matched


def cell_text(cell: ValueCell) -> str:
    """A cell's text for reading its numbers."""
    return plain_text(cell.cell.atom.words)


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
            if r.units:
                continue
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


def setting_rows(cells: Sequence[ValueCell]) -> set[int]:
    """Rows of whole numbers under a name such as "Training hours", among rows of decimals."""
    rows: dict[int, tuple[str, list[Printed]]] = {}
    for cell in cells:
        name = " ".join(t for k, t in cell.texts.items() if k[0] == "stub")
        rows.setdefault(cell.row, (name, []))[1].extend(numbers_in(cell_text(cell)))
    coarse = {
        row
        for row, (name, numbers) in rows.items()
        if all(n.whole or n.unit for n in numbers) and no_result(name) and not is_metric(name)
    }
    return coarse if 2 * len(coarse) < len(rows) else set()


def plausible(readings: Sequence[Reading], named: bool) -> Iterator[Reading]:
    """Results only: a column of whole numbers without a percent sign is counts or settings."""
    groups: dict[tuple[str, int], list[Reading]] = {}
    for r in readings:
        groups.setdefault((r.metric, r.cell.column), []).append(r)
    for group in groups.values():
        first = group[0]
        if all(r.number.whole and not r.number.percent and r.number.beside is None for r in group):
            if not (named and first.metric_from in ("heading", "caption")):
                continue
            if first.known is not None and first.known.share and any(r.number.value > 100 for r in group):
                continue
        yield from group
