"""The dataset of a table's cells: from its headings, its caption, the text about it, the paper."""

from __future__ import annotations

import re
from collections.abc import Sequence

from p2n_ext.documents.tables import Table

from .context import Context
from .data_model import DataNames
from .lexicon import STUB_DATASET, TRAINED_ON, is_cost, metric_in, split_in
from .mentioned import TASK
from .names import clean
from .readings import Roles
from .table_axes import Axis, Role, ValueCell

METRIC_WORDS = re.compile(
    r"\(\s*\)|%|[↑↓]|\b(?:eval(?:uation)?|test|val(?:id(?:ation)?)?|dev|train|set|score|rate|norm|cv|cross-validated)\b",
    re.IGNORECASE,
)
# costs that depend on machines
MACHINE = re.compile(
    r"\b(?:run|train|test|infer|comput|evaluat|cpu|gpu|latency|speed|throughput|memory|forward|backward|wall)",
    re.IGNORECASE,
)
HEADINGS = "the table's headings"
# how much less sure a dataset is by where it was found
LESS = {HEADINGS: 0.0, "the caption": 0.05}
ELSEWHERE = 0.15
NOWHERE = 0.3


class TableData:
    """Answers for the cells of one table; what holds for all of them is found once."""

    def __init__(self, table: Table, roles: Roles, context: Context, names: DataNames) -> None:
        self._names = names
        self._table = table
        self._roles = roles
        self._context = context
        self._caption = context.caption_dataset(table.caption)
        self._presented = None if self._caption else presented(table, context)
        axes = [a for a in roles.values() if a.role is Role.DATASET]
        self._headed = any(STUB_DATASET.search(a.head) for a in axes)
        self._guessed = not any(a.scores[Role.DATASET] >= 0.3 for a in axes)
        self._rows = any(a.kind == "stub" for a in axes)
        methods = {clean(s) for a in roles.values() if a.role is Role.METHOD for s in a.strings}
        self._told = self._from_text(methods)
        beside = {n for a in roles.values() for s in a.metrical if (n := self._beside(a, s))}
        self._shared = beside.pop() if len(beside) == 1 else None

    def of(self, cell: ValueCell, headings: Sequence[str], metric: str) -> tuple[str | None, str, float]:
        """(dataset, where it was found, how much that lessens the confidence) of a cell."""
        parts = [s for s in headings if re.search(r"\w", s) and clean(s) != metric]
        if name := clean(" ".join(parts)):
            return self._part(name, metric), HEADINGS, 0.0
        for key, text in cell.texts.items():
            if name := self._beside(self._roles[key], text) or "":
                return name, HEADINGS, 0.0
        if self._shared:
            return self._shared, HEADINGS, 0.0
        found, where = self._around(cell, metric)
        return found, where, LESS.get(where, ELSEWHERE) if found else NOWHERE

    def _part(self, name: str, metric: str) -> str:
        """A heading's name, with the whole that it is a part of where the caption or the text names one."""
        whole = self._caption
        if self._guessed and self._rows and not whole:
            whole = self._elsewhere(metric)[0]
        if not whole or self._headed or self._context.dataset_in(name) is not None:
            return name
        full = spelt(name, self._table.caption)
        return full if full and full.split(" (")[0] == whole else f"{whole} ({full or name})"

    def _beside(self, axis: Axis, text: str) -> str | None:
        """The dataset that a heading names together with the metric: "PIQA acc", "OpenWebText (ppl)"."""
        found = metric_in(text) if axis.kind == "column" and axis.role is not Role.METHOD else None
        if found is None:
            return None
        metric = found[0]
        rest = text
        if "(" in text and metric not in text.split("(")[0]:
            rest = re.sub(r"\([^)]*\)", " ", text)
        rest = clean(METRIC_WORDS.sub(" ", rest.replace(metric, " ").replace("_norm", " ")))
        rest = re.sub(r"^(?:on|of|for)\s+|\s+(?:on|of|for)$", "", rest).strip(" ,;:-")
        if known := self._context.dataset_in(rest):
            return known
        leaning = self._context.leaning(rest)
        if leaning >= 0.3:
            return rest
        proper = re.fullmatch(r"[A-Z][\w.-]*(?: [A-Z\d][\w.-]*){0,3}|[a-z]+[A-Z]\w*", rest)
        if not proper or split_in(rest) or leaning <= -0.3:
            return None
        acronym = re.search(r"\d|[A-Z].*[A-Z]", rest)
        if not acronym and metric[:1].isupper():
            # "Rand Error" is one name
            return None
        return rest if acronym or any(rest not in s for s in axis.metrical) else None

    def _around(self, cell: ValueCell, metric: str) -> tuple[str | None, str]:
        for key, text in cell.texts.items():
            axis = self._roles[key]
            other = not STUB_DATASET.search(axis.head) or TRAINED_ON.search(axis.head)
            if axis.role in (Role.METHOD, Role.METRIC) or (other and self._caption):
                continue
            if name := self._context.dataset_in(text):
                return name, HEADINGS
        return self._elsewhere(metric)

    def _elsewhere(self, metric: str) -> tuple[str | None, str]:
        if self._caption:
            return self._caption, "the caption"
        if self._presented:
            return self._presented, "the caption"
        if is_cost(metric) and MACHINE.search(metric):
            # a time depends on machines and sizes more than on data
            return None, ""
        if part := PARTED.search(self._table.caption):
            return clean(part["name"]), "the caption"
        name, where = self._told
        return name, where

    def _from_text(self, named: set[str]) -> tuple[str | None, str]:
        # "D Bias" in the text is "DBias" where the table sets it as an index
        folded = frozenset(re.sub(r"\W", "", n).lower() for n in named)
        told = told_in_turn(self._table, self._context, folded)
        ranked = self._names.ranked(self._table, folded, told)
        return (ranked[0][1], "how the paper speaks of its data") if ranked else (told, "the text")


def told_in_turn(table: Table, context: Context, methods: frozenset[str]) -> str | None:
    """The data set that the nearest text names: sentences about the table, its sections, what leads to them, the paper."""
    others = {n for n in context.datasets if re.sub(r"\W", "", n).lower() in methods}
    sections = context.sections_about(table.label, table.caption)
    for text in [*context.mentions(table.label), *(s.title for s in sections)]:
        if (name := context.dataset_in(text)) and name not in others:
            return context.whole(name)
    for text in [context.before_mention(table.label), *context.scopes_of(table.label, table.caption)[:1]]:
        spoken = [n for n in context.datasets_spoken_of(text) if n not in others]
        if spoken:
            return context.whole(spoken[0])
    return context.main_dataset()


# data without a name are told apart by how they were split
PARTED = re.compile(
    r"\b(?:for|on|under|with) (?:the )?(?P<name>(?:[A-Z][a-z]+|[a-z]+-based) (?:split|partition)(?:ing)?)\b"
)
PRESENTED = re.compile(
    r"(?:results?|performances?|scores?|comparisons?)\s+(?:obtained\s+|results?\s+)?(?:for|on|in)\s+(?:the\s+)?(?P<name>[a-z][a-z-]+(?:\s[a-z][a-z-]+){0,2}?)(?:\s+(?:domain|environment|problem|task|data ?set|game))?\.?",
    re.IGNORECASE,
)
SAID = 3
"""how often a paper names the data that a caption gives the results on, if no capital marks it as a name"""


def presented(table: Table, context: Context) -> str | None:
    """What a caption that says nothing else gives the results on: "Results for mountain car"."""
    found = PRESENTED.fullmatch(table.caption[len(table.label) :].strip(" .:|—–-"))
    if found is None or metric_in(found["name"]) or TASK.fullmatch(found["name"]):
        return None
    said = len(re.findall(rf"\b{re.escape(found['name'])}\b", context.body))
    return found["name"] if said >= SAID else None


def spelt(short: str, caption: str) -> str | None:
    """The name that a caption gives to a short heading: "Tatar (tt)"."""
    found = re.search(rf"(?P<name>[A-Z][\w-]+(?: [A-Z][\w-]+)*) \({re.escape(short)}\)", caption)
    return f"{found['name']} ({short})" if found else None
