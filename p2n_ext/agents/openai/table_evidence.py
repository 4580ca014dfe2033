"""A number in a cell of a table: its headings and its caption say what it is."""

from __future__ import annotations

import re
from collections.abc import Sequence

from p2n_ext.agents.offline.lexicon import Metric, is_metric, metric_in, no_result, split_in
from p2n_ext.agents.offline.names import cited
from p2n_ext.protocols import CellBox, TableBox

from ..likeness import (
    Text,
    all_words_in,
    holds,
    left_over,
    likeness,
    numbers_of,
    same,
    stands_in,
    words_of,
)
from .answer_schema import Proposal
from .evidence import CLEARLY, NAMED, OWN, SURELY, Evidence, calls_own
from .paper_text import PaperText, Place, headings_of

_CONTINUES = re.compile(r"(?:with(?:out)?\b|w/|[+&]|and\b)", re.IGNORECASE)
# how far values scatter and in which order they come is said about results, and is none
_SPREAD = re.compile(
    r"\b(?:std|s\.?d|s\.?e|var(?:iance)?)\b\.?(?:\s*(?:dev|err)\w*\.?)?|\bst(?:andar)?d\.?[- ](?:deviations?|errors?|dev|err)\b\.?"
    r"|±|\bconfidence intervals?\b|\brank(?:s|ing)?\b",
    re.IGNORECASE,
)


def in_table(
    found: Evidence, proposal: Proposal, table: TableBox, cell: CellBox, paper: PaperText
) -> Evidence:
    where = f"{table.label}, row “{_said(cell.row_headings)}”, column “{_said(cell.column_headings)}”"
    for what, name in (
        ("method", proposal.method),
        ("metric", proposal.metric),
        ("dataset", proposal.dataset),
    ):
        if name is not None and (other := _elsewhere(name, table, cell, paper)):
            return found.refuse(f"{where} is not of the {what} “{name}”: that stands at “{other}”")
    caption = Text([table.caption])
    page = paper.by_page[found.place.page.number]
    row = _row(found.place, table, cell)
    printed = Text([found.place.line.text, *cell.row_headings, *cell.column_headings])
    ours = bool(proposal.own_method) and any(OWN.search(h) for h in headings_of(cell))
    if not ours and (unprinted := numbers_of(proposal.method) - printed.words):
        # ResNet-50 is not ResNet-56, and 40 layers are not 100
        return found.refuse(
            f"{where} does not print the {', '.join(sorted(unprinted))} of “{proposal.method}”"
        )
    method, heading = _heading(proposal.method, cell)
    if method >= NAMED:
        mine, theirs = left_over(proposal.method, heading), left_over(heading, proposal.method)
        if mine and theirs and method < SURELY:
            if any(len(word) == 1 for word in (*mine, *theirs)):
                return found.refuse(f"{where} is not of the method “{proposal.method}”")
            found.less(0.2, f"the heading says “{heading}”")
        found.strength += 0.5
        found.method = _printed(proposal.method, heading, paper)
    elif ours:
        found.strength += 0.4
    elif stands_in(proposal.method, caption) or all_words_in(proposal.method, row):
        found.strength += 0.3
        found.less(0.1, "the method is named in the caption or the line, not in a heading")
    elif proposal.own_method and stands_in(proposal.method, page) and _names_no_method(proposal, cell):
        found.strength += 0.1
        found.less(0.4, "no heading names the method; taken for the paper's own")
    else:
        return found.refuse(f"{where} does not name the method “{proposal.method}”")
    if why := _metric(found, proposal, table, cell, paper):
        return found.refuse(f"{where} {why}")
    _dataset(found, proposal, table, cell, paper)
    _split(found, proposal.split, table, cell)
    _own(found, proposal, cell, heading if method >= NAMED else "", paper)
    found.reasons.insert(0, f"found in {where}")
    return found


def _names_no_method(proposal: Proposal, cell: CellBox) -> bool:
    """Whether a cell's headings are all of its dataset or its metric."""
    return all(
        is_metric(h) or max(likeness(proposal.metric, h), likeness(proposal.dataset or "", h)) >= NAMED
        for h in (*cell.row_headings, *cell.column_headings)
        if h
    )


def _metric(
    found: Evidence, proposal: Proposal, table: TableBox, cell: CellBox, paper: PaperText
) -> str | None:
    """What speaks against the metric, if anything does: the cell's own headings are asked first, the caption only where
    none of them speaks of a measure."""
    metric = proposal.metric
    known = metric_in(metric)
    if _SPREAD.search(metric):
        return f"shows no result: “{metric}” is said about one"
    free = [h for h in (*cell.column_headings, *cell.row_headings) if h and not _of_method(h, proposal)]
    if spread := next((h for h in free if _SPREAD.search(h) and likeness(metric, h) < CLEARLY), None):
        return f"shows no result: its heading is “{spread}”"
    measured = [h for h in free if is_metric(h)]
    like, heading = _heading(metric, cell)
    if like >= NAMED and _agree(known, heading):
        found.strength += 0.3
        found.metric = _printed(metric, heading, paper)
        found.measured = True
        return None
    if named := next((h for h in measured if known and _agree(known, h)), None):
        found.strength += 0.2
        found.measured = True
        found.less(0.05, f"“{named}” is the metric by another name")
        return None
    if measured:
        return f"is of the metric “{measured[0]}”, not “{metric}”"
    # a heading with a number in it sets the scene: "10 epochs"
    if other := next((h for h in free if no_result(h) and not re.search(r"\d", h)), None):
        return f"shows no “{metric}”: its heading is “{other}”"
    return _unheaded(found, metric, known, _SPREAD.sub(" ", table.caption), paper)


def _unheaded(
    found: Evidence, metric: str, known: tuple[str, Metric] | None, caption: str, paper: PaperText
) -> str | None:
    """The metric by the caption, or by the text; what speaks against it, if anything does."""
    words = Text([caption])
    first = metric_in(caption)
    if speaks_of(metric, words) or (first and known and first[1] is known[1]):
        found.strength += 0.2
        found.less(0.05, "metric from the caption")
        if first and not _agree(known, first[0]):
            found.less(0.2, f"the caption names “{first[0]}” before it")
        return None
    if first:
        return f"is of the metric “{first[0]}” by its caption, not “{metric}”"
    if speaks_of(metric, paper.by_page[found.place.page.number]):
        found.strength += 0.1
        found.less(0.15, "metric from the page's text")
    elif stands_in(metric, paper.whole):
        found.less(0.25, "the metric is named elsewhere in the paper")
    else:
        found.less(0.45, f"the paper does not name the metric: “{metric}” is the model's word")
    return None


def _agree(known: tuple[str, Metric] | None, heading: str) -> bool:
    """Whether a heading names no other metric of the trade; "top-1" says a part of "top-1 error"."""
    other = metric_in(heading)
    if known is None or other is None or known[1] is other[1]:
        return True
    return set(words_of(other[0])) < set(words_of(known[0])) and bool(numbers_of(other[0]))


def _of_method(heading: str, proposal: Proposal) -> bool:
    return likeness(proposal.method, heading) >= NAMED


def _dataset(found: Evidence, proposal: Proposal, table: TableBox, cell: CellBox, paper: PaperText) -> None:
    """Where the dataset's name stands; one that headings or caption contradict is taken off."""
    dataset, method = proposal.dataset, proposal.method
    if dataset is None:
        return
    if _heading(dataset, cell)[0] >= NAMED or all_words_in(dataset, Text([table.caption])):
        found.strength += 0.2
        return
    own = [h for h in (*cell.column_headings, *cell.row_headings) if h and likeness(method, h) < NAMED]
    others = _others(dataset, own, paper) or _others(dataset, [table.caption], paper)
    if others:
        # it may be the same one by a short form that the paper does not spell out: EN-DE
        found.dataset = None
        found.less(0.15, f"the table names “{others[0]}”, not the model's dataset “{dataset}”")
        return
    found.less(0.1, "dataset from the text, not from the table")


def _others(dataset: str, texts: Sequence[str], paper: PaperText) -> list[str]:
    """Datasets of the paper that texts name, where none of them is the proposed one by another name."""
    names = [name for text in texts for name in paper.context.datasets_in(text)]
    mine, short = Text([dataset]), paper.context.short(dataset)
    alike = any(stands_in(n, mine) or max(likeness(dataset, n), likeness(short, n)) >= NAMED for n in names)
    return [] if alike else names


def _split(found: Evidence, split: str | None, table: TableBox, cell: CellBox) -> None:
    if split is None:
        return
    headings = " ".join((*cell.column_headings, *cell.row_headings))
    told = split_in(headings) or split_in(table.caption)
    if told and split_in(split) not in (None, told):
        found.split = None
        found.less(0.1, f"the table says “{told}”, not the model's split “{split}”")
    elif told is None:
        found.less(0.05, "split from the text, not from the table")


def _own(found: Evidence, proposal: Proposal, cell: CellBox, heading: str, paper: PaperText) -> None:
    """Whose method it is, where the paper says so."""
    ours = any(calls_own(h, paper) for h in headings_of(cell)) or calls_own(proposal.method, paper)
    if found.own_method is True and not ours:
        found.own_method = None
    if found.own_method is False and (ours or not cited(heading)):
        found.own_method = None


def _row(place: Place, table: TableBox, cell: CellBox) -> Text:
    return Text(
        [place.line.text, table.caption.removeprefix(table.label), *cell.row_headings, *cell.column_headings]
    )


def _elsewhere(name: str, table: TableBox, cell: CellBox, paper: PaperText) -> str | None:
    """The heading of other cells of the table that says a name, where this cell's headings do not say it as well."""
    every = paper.headings(table)
    if "".join(words_of(name)) in every.joined and not any(same(name, h) for h in headings_of(cell)):
        return name  # "Our SVM" is not the row "SVM"
    mine, heading = _heading(name, cell)
    best, other = paper.likest(name, table)
    for more in every.continuing:
        if holds(name, more) and not any(holds(h, more) for h in cell.row_headings):
            return more  # "Net with Dropout" is not the row "Net" above the row "with Dropout"
    words = set(words_of(heading)) if mine >= NAMED else set()
    for fuller, theirs in every.words.items():
        if words and words < theirs and holds(name, fuller) and likeness(name, fuller) > mine:
            return fuller  # the row "ISM" is not that of "X-ISM"
    if mine >= best - 0.1 or best < NAMED:
        return None
    if _CONTINUES.match(heading) and holds(name, heading) and best < SURELY:
        return None  # "with Dropout" below "Wide ResNet", for "Wide ResNet with Dropout"
    clear = best >= CLEARLY and mine < best - 0.2
    return other if clear or mine < NAMED else None


def _heading(name: str, cell: CellBox) -> tuple[float, str]:
    return max(((likeness(name, h), h) for h in headings_of(cell)), default=(0.0, ""))


def _printed(name: str, heading: str, paper: PaperText) -> str:
    """The name where the paper prints it so, else the heading that stands for it."""
    return name if stands_in(name, paper.whole) or all_words_in(name, paper.whole) else heading


def speaks_of(metric: str, text: Text) -> bool:
    return stands_in(metric, text) or all_words_in(metric, text)


def _said(headings: tuple[str, ...]) -> str:
    return " / ".join(headings)[:120]
