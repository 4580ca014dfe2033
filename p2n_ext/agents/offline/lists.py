"""Claims from lists of results without a caption: a name and as many numbers as metrics were announced."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from p2n_ext.documents.geometry import union
from p2n_ext.documents.layout import Line
from p2n_ext.documents.pages import Page

from .context import Context
from .drafts import Draft, uncertainty_of
from .lexicon import METHOD_WORDS, METRICS, Metric, split_in
from .names import clean
from .numbers import Printed, numbers_in
from .sentences import Block, blocks

BETWEEN = re.compile(r"^[\s,;/&()]*(?:and|or)?[\s,;/&()]*$", re.IGNORECASE)


@dataclass(slots=True)
class Item:
    """A line of a list: its name and its numbers."""

    line: Line
    name: str
    numbers: list[Printed]


def list_claims(pages: Sequence[Page], context: Context) -> Iterator[Draft]:
    """Drafts from runs of two lines or more that share their shape, under a sentence that names their metrics."""
    told = ""
    for block in blocks(pages, context.last_page):
        for run, before in _runs(block):
            announced = announced_metrics(f"{told} {before}", len(run[0].numbers))
            if announced is None:
                continue
            for item in run:
                for number, (name, metric) in zip(item.numbers, announced, strict=True):
                    yield _draft(block, item, number, name, metric, context, f"{told} {before}", run)
        told = f"{told} {block.text}"[-3000:]


def _runs(block: Block) -> Iterator[tuple[list[Item], str]]:
    run: list[Item] = []
    before = ""
    text = ""
    for line in block.lines:
        item = _item(line)
        fits = item is not None and (not run or len(item.numbers) == len(run[0].numbers))
        if not fits:
            if len(run) >= 2:
                yield run, before
            run = []
        if item is not None:
            if not run:
                before = text
            run.append(item)
        text = f"{text} {line.text}"
    if len(run) >= 2:
        yield run, before


def _item(line: Line) -> Item | None:
    words = [w for w in line.words if not w.script]
    for k, word in enumerate(words):
        if k == 0 or not re.match(r"^[(]?[+\-−]?\d*\.?\d+%?[),;]?$", word.text):
            continue
        rest = " ".join(w.text for w in words[k:])
        numbers = numbers_in(rest)
        good = [n for n in numbers if n.percent or not n.whole]
        left = re.sub(r"[\d.,;%()±\s/|+\-−–]", "", rest)
        if len(good) >= 2 and len(good) == len(numbers) and not left:
            name = " ".join(w.text for w in words[:k]).strip("•-–: ")
            return Item(line, name, numbers) if name and len(name) <= 60 else None
    return None


def announced_metrics(text: str, count: int) -> list[tuple[str, Metric]] | None:
    """The last enumeration of exactly so many metrics in a text."""
    hits = sorted(
        (
            (m.start(), m.end(), m.group(0), metric)
            for metric in METRICS
            for m in metric.pattern.finditer(text)
        ),
        key=lambda h: (h[0], -h[1]),
    )
    runs: list[list[tuple[int, int, str, Metric]]] = []
    for hit in hits:
        if runs and hit[0] < runs[-1][-1][1]:
            continue
        if runs and BETWEEN.match(text[runs[-1][-1][1] : hit[0]]):
            runs[-1].append(hit)
        else:
            runs.append([hit])
    for run in reversed(runs):
        if len(run) == count:
            return [(h[2], h[3]) for h in run]
    return None


def _draft(
    block: Block,
    item: Item,
    number: Printed,
    name: str,
    metric: Metric,
    context: Context,
    told: str,
    run: Sequence[Item],
) -> Draft:
    method = clean(item.name)
    if not re.search(r"[A-Za-z]", method):
        method = f"{block.section} {method}".strip()
    family = [m for m in re.findall(r"\b[A-Z][\w-]*[A-Z]\b", told) if METHOD_WORDS.fullmatch(m)]
    if family and not METHOD_WORDS.search(method):
        method = f"{family[-1]} {method}"
    dataset = context.dataset_in(told[-300:]) or context.main_dataset()
    words = [w for w in item.line.words if number.text.rstrip("% ") in w.text] or item.line.words
    return Draft(
        page=block.page,
        label=block.section or "Text",
        method=method,
        dataset=dataset,
        split=split_in(told[-500:]),
        metric=name,
        value=number.value,
        printed=number.text,
        units="%" if number.percent else None,
        direction=metric.direction,
        uncertainty=uncertainty_of(number),
        own_method=None,
        rows=[item.name],
        columns=[name],
        quote=item.line.text,
        box=union([words[0].box]),
        region=union(i.line.box for i in run).grown(4),
        confidence=0.7 if dataset else 0.5,
        reasons=["a list without a caption", "metrics announced in the text before"],
    )
