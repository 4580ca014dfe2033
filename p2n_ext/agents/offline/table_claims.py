"""Claims from a table's cells."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from p2n_ext.documents.geometry import union
from p2n_ext.documents.pages import Page
from p2n_ext.documents.tables import Table
from p2n_ext.documents.words import View

from .context import Context
from .data_model import DataNames
from .drafts import Draft, spread_told, uncertainty_of
from .headings import join_heads, spell_out
from .lexicon import NOT_RESULT_TABLE, Direction, is_cost, is_metric, metric_in, split_in
from .measures import body_of, fallback_metric
from .method_names import MethodNames
from .methods import method_in
from .names import cited, clean, own
from .numbers import value_words
from .readings import (
    Reading,
    Roles,
    plausible,
    read_cell,
    setting_columns,
    setting_rows,
    settle_units,
)
from .roles import assign_roles
from .table_axes import Role, axes_of, split_heads, value_cells
from .table_data import TableData, presented

RESULT_WORDS = re.compile(
    r"\bresults?\b|\bperformance\b|\bcompar|\bevaluat|\bscores?\b|\bquality\b|\breliab", re.IGNORECASE
)
# "ratio = 0.2": what a row sets, which names no method
LEVEL = re.compile(r"[^=(]{1,40}\s=\s[\d.]+(?:,|$)")
VARIED = re.compile(
    r"\bresults? (?:for|of) (?:the )?(?P<name>[\w-]+(?: [\w-]+){0,3}?) (?:with|for|under|at) (?:different|various|varying|several) (?:values|choices|levels|settings)\b",
    re.IGNORECASE,
)
WHY = {
    "heading": ("metric from the table's headings", 0.0),
    "caption": ("metric from the caption", 0.03),
    "text": ("metric from the sentences about the table", 0.1),
    "section": ("metric from the table's section", 0.15),
    "phrase": ("a measure that the caption begins with", 0.15),
    "unknown": ("a measure that is not among those known", 0.3),
    "paper": ("metric is the one the paper names most", 0.25),
    "none": ("the paper names no metric for this table", 0.45),
}


def table_claims(page: int, view: View, table: Table, context: Context, known: DataNames) -> Iterator[Draft]:
    """Drafts of the results in a table; none where it is a table of something else."""
    cells = value_cells(table.grid)
    if not cells:
        return
    split_heads(table.grid, cells)
    join_heads(cells)
    spell_out(cells)
    axes = axes_of(table.grid, cells)
    assign_roles(axes, cells, context, table.caption)
    roles: Roles = {(a.kind, a.level): a for a in axes}
    strong = any(a.scores[Role.METRIC] >= 0.6 or a.metrical for a in axes)
    named = any(a.scores[Role.METHOD] >= 0.5 for a in axes)
    body = body_of(table)
    if NOT_RESULT_TABLE.search(body) and not (
        metric_in(body) or strong or re.search(r"\bresults?\b", body, re.IGNORECASE)
    ):
        return
    fallback = fallback_metric(table, context)
    if fallback.source in ("none", "paper", "section") and not (strong or named or RESULT_WORDS.search(body)):
        return
    if not table.label and fallback.source == "none":
        # with neither caption nor metric nothing says that these are results
        return
    if fallback.source == "none" and (context.caption_dataset(table.caption) or presented(table, context)):
        for axis in axes:
            if axis.kind == "column" and axis.role is Role.DATASET and axis.scores[Role.DATASET] <= 0.1:
                axis.role, axis.unheard = Role.SETTING, True
    partial = _partial([table.caption, *context.mentions(table.label)])
    settings = setting_columns(cells, roles, table.caption)
    rows = setting_rows(cells)
    readings: list[Reading] = []
    for cell in cells:
        if cell.column not in settings and cell.row not in rows:
            readings.extend(read_cell(cell, roles, fallback, partial, table.caption, context))
    settle_units(readings, table, context)
    names = MethodNames(cells, roles, settings)
    data = TableData(table, roles, context, known)
    has_metric = any(a.role is Role.METRIC for a in axes) or fallback.source == "caption"
    spread = spread_told([table.caption, *context.mentions(table.label), *context.spreads])
    for reading in plausible(readings, has_metric):
        yield _draft(page, view, table, context, roles, reading, names, data, spread)


def first_look(pages: Sequence[Page], context: Context) -> None:
    """Learn from all tables of a paper what names stand for in it: `context.cast`, and more of its methods' names."""
    names: dict[str, None] = {}
    cast: dict[str, Counter[str]] = defaultdict(Counter)
    for page in pages:
        for _, table in page.tables:
            cells = value_cells(table.grid)
            axes = axes_of(table.grid, cells)
            assign_roles(axes, cells, context, table.caption)
            for axis in axes:
                for name in map(clean, axis.strings):
                    cast[name.lower()][axis.role] += 1
                if axis.role is Role.METHOD:
                    names |= dict.fromkeys(map(clean, axis.strings))
    context.cast = {
        name: {role: n / roles.total() for role, n in roles.items()}
        for name, roles in cast.items()
        if roles.total() > 1
    }
    context.method_names += tuple(
        n
        for n in names
        if 2 <= len(n) <= 40
        and re.search(r"[A-Z]", n)
        and context.leaning(n) <= 0
        and context.body.count(n) >= 3
    )


def _partial(texts: Sequence[str]) -> str:
    """The noun that completes "top-1" here."""
    for text in texts:
        if found := re.search(r"\b(error|accuracy|accuracies|err\b)", text, re.IGNORECASE):
            return "error" if found[1].lower().startswith("err") else "accuracy"
    return ""


def _draft(
    page: int,
    view: View,
    table: Table,
    context: Context,
    roles: Roles,
    reading: Reading,
    names: MethodNames,
    data: TableData,
    spread: str | None,
) -> Draft:
    cell = reading.cell
    keys = sorted(cell.texts, key=_order)
    by_role: dict[Role, list[str]] = {}
    for key in keys:
        text = cell.texts[key]
        role = roles[key].role
        if role is Role.METHOD and text in roles[key].metrical and metric_in(text) is None:
            continue
        if text and (role in (Role.METRIC, Role.METHOD) or not (metric_in(text) and is_metric(text))):
            by_role.setdefault(roles[key].role, []).append(text)
    reasons = []
    confidence = 0.95
    method = names.of(cell, by_role, reading.metric)
    numbers = ""
    level = not re.search(r"[^\W\d_]", method) or LEVEL.match(method)
    if level and not by_role.get(Role.METHOD):
        # levels of a setting are no names, where something else is one
        numbers, method = method, ""
    if not by_role.get(Role.METHOD) and (varied := VARIED.search(table.caption)):
        method = clean(varied["name"]) + (f" ({numbers})" if numbers else "")
        reasons.append("the method whose settings the caption says to vary")
        confidence -= 0.1
    elif not by_role.get(Role.METHOD) and (told := _caption_method(table, context)):
        method, confidence = told, confidence - 0.2
        reasons.append("method from the caption")
    if not method and (told := _spoken_of(table.caption, context)):
        method, confidence = told, confidence - 0.25
        reasons.append("a method that the caption names")
    if not method and (main := context.main_method()):
        method, confidence = main, confidence - 0.35
        reasons.append("the paper's own method, for no heading names one")
    if not method and numbers:
        method, confidence = numbers, confidence - 0.3
        reasons.append("the row is named by a number")
    if not method:
        method, confidence = "unnamed", confidence - 0.4
        reasons.append("no heading names a method")
    dataset, where, less = data.of(cell, by_role.get(Role.DATASET, []), reading.metric)
    reasons.append(f"dataset from {where}" if dataset else "no dataset named")
    confidence -= less
    why, less = WHY[reading.metric_from]
    reasons.append(why)
    confidence -= less
    split, why = _split([*cell.texts.values(), table.caption], reading.metric, context)
    reasons += [w for w in (why, reading.units_from) if w]
    box = view.to_page(union(w.box for w in value_words(cell.cell.atom.words, reading.number)))
    return Draft(
        page=page,
        label=table.label or "Table",
        method=method,
        dataset=dataset,
        split=split,
        metric=reading.metric,
        value=reading.number.value,
        printed=reading.number.text,
        units=reading.units,
        direction=(reading.known.direction if reading.known else None) or told_direction(table.caption),
        uncertainty=uncertainty_of(reading.number, spread),
        own_method=_own(by_role.get(Role.METHOD, []), context),
        rows=[cell.texts[k] for k in keys if k[0] != "column"] + names.settings(cell),
        columns=[cell.texts[k] for k in keys if k[0] == "column"],
        quote=table.grid.rows[cell.row].line,
        box=box,
        region=view.to_page(union([table.box, table.caption_box])),
        confidence=max(0.05, round(confidence, 2)),
        reasons=reasons,
    )


def _order(key: tuple[str, int]) -> tuple[int, int]:
    kind, level = key
    return {"section": 0, "stub": 1, "column": 2}[kind], (-level if kind == "column" else level)


def _own(names: Sequence[str], context: Context) -> bool | None:
    raw = " ".join(names)
    if own(raw):
        return True
    if cited(raw):
        return False
    if any(re.search(rf"(?<!\w){re.escape(n)}", raw) for n in context.own):
        return True
    return None


def _caption_method(table: Table, context: Context) -> str | None:
    """The method that a caption names, by the paper's own names or by its words."""
    numbered = re.search(
        r"\b(?:algorithm|method|model|variant)\s+(?:\d|[A-Z]\b)", table.caption, re.IGNORECASE
    )
    if numbered:
        return clean(numbered.group(0).capitalize())
    known = {*context.own, *context.method_names}
    names = sorted((n for n in known if metric_in(n) is None), key=len, reverse=True)
    told = method_in(table.caption, "", names)
    return clean(told) if told else None


def _spoken_of(caption: str, context: Context) -> str | None:
    """The first short form in a caption that the paper speaks of as a method."""
    for name in re.findall(r"(?<![\w-])[A-Z][\w-]*[A-Z][\w-]*(?![\w-])", caption):
        if metric_in(name) is None and name not in context.datasets and context.leaning(name) <= -0.3:
            return str(name)
    return None


def told_direction(caption: str) -> Direction | None:
    """Which way is better, where a caption says so."""
    found = re.search(
        r"\b(?:(?P<up>higher|larger|greater)|lower|smaller)\b[^.]{0,25}\bbetter\b", caption, re.IGNORECASE
    )
    return None if found is None else "maximize" if found["up"] else "minimize"


def _split(texts: Sequence[str], metric: str, context: Context) -> tuple[str | None, str]:
    for text in (metric, *texts):
        found = split_in(text)
        # results are seldom given on the data trained on: only a metric that says so is believed
        if found and (found != "train" or (text == metric and not is_cost(metric))):
            return found, ""
    low = context.body.lower()
    if low.count(f"test {metric.lower()}") >= 2:
        return "test", f'the paper speaks of "test {metric.lower()}"'
    return None, ""
