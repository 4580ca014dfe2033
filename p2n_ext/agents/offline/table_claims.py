"""Claims from a table's cells."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from p2n_ext.documents.geometry import union
from p2n_ext.documents.tables import Table
from p2n_ext.documents.words import View, Word

from .context import Context
from .drafts import Draft, uncertainty_of
from .lexicon import NOT_RESULT_TABLE, is_metric, metric_in, split_in
from .methods import method_in
from .names import cited, clean, own
from .numbers import Printed
from .readings import (
    Reading,
    Roles,
    cell_text,
    fallback_metric,
    plausible,
    read_cell,
    setting_columns,
    settle_units,
)
from .roles import Role, ValueCell, assign_roles, axes_of, split_heads, value_cells

DEPTH = re.compile(r"\bdepth\b|\blayers?\b", re.IGNORECASE)
# column, heading, value as printed
Setting = tuple[int, str, str]
LAYERED = re.compile(r"(\d+)[- ]layers?", re.IGNORECASE)
COUNTS = re.compile(r"param|flops|time|memory|steps|\bsize\b", re.IGNORECASE)
RESULT_WORDS = re.compile(
    r"\bresults?\b|\bperformance\b|\bcompar|\bevaluat|\bscores?\b|\bquality\b|\breliab", re.IGNORECASE
)
WHY = {
    "heading": ("metric from the table's headings", 0.0),
    "caption": ("metric from the caption", 0.03),
    "text": ("metric from the sentences about the table", 0.1),
    "unknown": ("a measure that is not among those known", 0.3),
    "paper": ("metric is the one the paper names most", 0.25),
    "none": ("the paper names no metric for this table", 0.45),
}


def table_claims(page: int, view: View, table: Table, context: Context) -> Iterator[Draft]:
    """Drafts of the results in a table; none where it is a table of something else."""
    cells = value_cells(table.grid)
    if not cells:
        return
    split_heads(table.grid, cells)
    axes = axes_of(table.grid, cells)
    assign_roles(axes, context, table.caption)
    roles: Roles = {(a.kind, a.level): a for a in axes}
    strong = any(a.scores[Role.METRIC] >= 0.6 or sum(map(is_metric, a.strings)) >= 2 for a in axes)
    body = re.split(r"\.\s", table.caption[len(table.label) :].lstrip(" .:"), maxsplit=1)[0]
    if NOT_RESULT_TABLE.search(body) and not (
        metric_in(body) or strong or re.search(r"\bresults?\b", body, re.IGNORECASE)
    ):
        return
    fallback = fallback_metric(table, context)
    if fallback.source in ("none", "paper") and not strong and not RESULT_WORDS.search(body):
        return
    partial = _partial([table.caption, *context.mentions(table.label)])
    settings = setting_columns(cells, roles)
    readings: list[Reading] = []
    for cell in cells:
        if cell.column not in settings:
            readings.extend(read_cell(cell, roles, fallback, partial))
    settle_units(readings, table, context)
    names = _MethodNames(cells, roles, settings)
    has_metric = any(a.role is Role.METRIC for a in axes) or fallback.source == "caption"
    for reading in plausible(readings, has_metric):
        yield _draft(page, view, table, context, roles, reading, names)


def _partial(texts: Sequence[str]) -> str:
    """The noun that completes "top-1" here."""
    for text in texts:
        if found := re.search(r"\b(error|accuracy|accuracies|err\b)", text, re.IGNORECASE):
            return "error" if found[1].lower().startswith("err") else "accuracy"
    return ""


class _MethodNames:
    """Names of rows, made distinct by the settings that the table prints beside them."""

    def __init__(self, cells: Sequence[ValueCell], roles: Roles, settings: dict[int, str]) -> None:
        self._roles = roles
        self._settings: dict[int, list[Setting]] = defaultdict(list)
        rows: dict[int, tuple[str, ...]] = {}
        for cell in cells:
            rows.setdefault(cell.row, tuple(t for k, t in cell.texts.items() if k[0] != "column"))
            if cell.column in settings:
                entry = (cell.column, settings[cell.column], cell_text(cell))
                if entry not in self._settings[cell.row]:
                    self._settings[cell.row].append(entry)
        self._same = Counter(rows.values())
        self._rows = rows
        depths: dict[str, set[str]] = defaultdict(set)
        for row, entries in self._settings.items():
            for _, head, value in entries:
                if DEPTH.search(head):
                    depths[_base(" ".join(rows[row]))].add(value)
        self._varied = {base for base, values in depths.items() if len(values) > 1}

    def of(self, cell: ValueCell, by_role: dict[Role, list[str]], metric: str) -> str:
        """The method of a cell; "" where nothing names one."""
        names = by_role.get(Role.METHOD, [])
        more = [s for s in by_role.get(Role.SETTING, []) if not is_metric(s) and clean(s) != metric]
        raw = clean(" ".join(names or more))
        beside = [clean(s) for s in more if re.search(r"\w", s)] if names else []
        entries = self._settings.get(cell.row, [])
        row = self._rows.get(cell.row, ())
        base = _base(" ".join(row))
        depth = next((v for _, h, v in entries if DEPTH.search(h)), None)
        if depth and base in self._varied and raw and "=" not in raw and not re.search(r"\d$", _base(raw)):
            own_base = _base(raw)
            return f"{own_base}-{depth}{raw[len(own_base) :]}"
        layered = [(k, m) for k, b in enumerate(beside) if (m := LAYERED.fullmatch(b))]
        if layered and raw and not re.search(r"\d", raw):
            del beside[layered[0][0]]
            raw = f"{raw}-{layered[0][1][1]}"
        if entries and (self._same[row] > 1 or not raw):
            beside += self._telling(row, entries, cell.column)
        return f"{raw} ({', '.join(beside)})" if raw and beside else raw or ", ".join(beside)

    def _telling(self, row: tuple[str, ...], entries: Sequence[Setting], column: int) -> list[str]:
        """As many settings, printed left of the value, as it takes to tell a row from those of the same name."""
        others = [
            [(h, v) for _, h, v in self._settings.get(r, [])] for r, key in self._rows.items() if key == row
        ]
        mine = [(h, v) for _, h, v in entries]
        rivals = [o for o in others if o != mine]
        chosen: list[tuple[str, str]] = []
        for place, head, value in sorted(entries, key=lambda e: bool(COUNTS.search(e[1]))):
            if not head or place > column or (chosen and (not rivals or COUNTS.search(head))):
                continue
            left = [o for o in rivals if (head, value) in o]
            if len(left) < len(rivals) or not others:
                chosen.append((head, value))
                rivals = left
        return [f"{_short(h)} = {v}" for h, v in chosen[:4]]


def _base(name: str) -> str:
    """The name before its "with …" or bracket."""
    return re.split(r"\s+(?:with|without|w/)\b|\s*[\[(]", clean(name))[0].strip()


def _short(heading: str) -> str:
    return re.sub(r"^#\s*|^no\.? of\s+|^number of\s+", "", clean(heading), flags=re.IGNORECASE)


def _draft(
    page: int, view: View, table: Table, context: Context, roles: Roles, reading: Reading, names: _MethodNames
) -> Draft:
    cell = reading.cell
    keys = sorted(cell.texts, key=_order)
    by_role: dict[Role, list[str]] = {}
    for key in keys:
        text = cell.texts[key]
        if text and not (roles[key].role is not Role.METRIC and metric_in(text) and is_metric(text)):
            by_role.setdefault(roles[key].role, []).append(text)
    reasons = []
    confidence = 0.95
    method = names.of(cell, by_role, reading.metric)
    if not method and (told := method_in(table.caption, "", sorted(context.own))):
        method, confidence = clean(told), confidence - 0.2
        reasons.append("method from the caption")
    if not method:
        method, confidence = "unnamed", confidence - 0.4
        reasons.append("no heading names a method")
    dataset = clean(" ".join(by_role.get(Role.DATASET, []))) or None
    if dataset:
        reasons.append("dataset from the table's headings")
    else:
        dataset, why = _dataset(table, cell, roles, context)
        reasons.append(f"dataset from {why}" if dataset else "no dataset named")
        confidence -= 0.3 if not dataset else 0.05 if why in ("the caption", "the table's headings") else 0.15
    why, less = WHY[reading.metric_from]
    reasons.append(why)
    confidence -= less
    split, why = _split([*cell.texts.values(), table.caption], reading.metric, context)
    reasons += [w for w in (why, reading.units_from) if w]
    box = view.to_page(union(w.box for w in value_words(cell.cell.atom.words, reading.number)))
    return Draft(
        page=page,
        label=table.label,
        method=method,
        dataset=dataset,
        split=split,
        metric=reading.metric,
        value=reading.number.value,
        printed=reading.number.text,
        units=reading.units,
        direction=reading.known.direction if reading.known else None,
        uncertainty=uncertainty_of(reading.number),
        own_method=_own(by_role.get(Role.METHOD, []), context),
        rows=[cell.texts[k] for k in keys if k[0] != "column"],
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


def _split(texts: Sequence[str], metric: str, context: Context) -> tuple[str | None, str]:
    for text in (metric, *texts):
        if found := split_in(text):
            return found, ""
    low = context.body.lower()
    if low.count(f"test {metric.lower()}") >= 2:
        return "test", f'the paper speaks of "test {metric.lower()}"'
    return None, ""


def _dataset(table: Table, cell: ValueCell, roles: Roles, context: Context) -> tuple[str | None, str]:
    for key, text in cell.texts.items():
        if roles[key].role is not Role.METHOD and (name := context.dataset_in(text)):
            return name, "the table's headings"
    if name := context.dataset_in(table.caption):
        return name, "the caption"
    for sentence in context.mentions(table.label):
        if name := context.dataset_in(sentence):
            return name, "the text about the table"
    if name := context.main_dataset():
        return name, "the paper's title or abstract"
    return None, ""


def value_words(words: Sequence[Word], number: Printed) -> list[Word]:
    """The words of a cell that print a number."""
    flat = [w for w in words if not w.script] or list(words)
    at, found = 0, []
    for word in flat:
        if at < number.end and at + len(word.text) > number.start:
            found.append(word)
        at += len(word.text) + 1
    return found or list(words)
