"""A page in the shape that readers other than our own rules work with: lines, and tables with their headings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from .flow import Token
from .geometry import Rect, union
from .pages import Page
from .rows import Cell
from .tables import Table
from .words import View, Word

MAX_CELLS = 4000
HEADING = 300
DASHES = str.maketrans("−–‐‑", "----")
# what may not stand beside a number that is a token of its own: more of a number or a word; a unit may follow
BEFORE = r"(?<![\w.])"
AFTER = r"(?!\d|\.\d|,\d{3}(?!\d))(?=(?:ms|[KMBGTksx×])?(?!\w))"
THOUSANDS = re.compile(r"\d,$")
GROUP = re.compile(r"\d{3}(?!\d)")


def page_outline(page: Page) -> dict[str, Any]:
    """A page in the shape of p2n_ext.protocols.PageLayout."""
    return {
        "number": page.number,
        "width": round(page.width, 2),
        "height": round(page.height, 2),
        "text": page.text,
        "lines": [
            {"text": _text(line), "box": box_of(view.to_page(union(w.box for w in _words(line))))}
            for view, line in _lines(page)
        ],
        "tables": [_table(view, table) for view, table in page.tables],
        "ocr": page.ocr,
    }


def places(page: Page, printed: str) -> Iterator[dict[str, Any]]:
    """Where a number stands as a token of its own, in the shape of p2n_schemas.claims.Quote.

    Minus signs and dashes are one; white space in `printed` matches none or some.
    """
    pieces = [re.escape(p) for p in printed.translate(DASHES).split()]
    if not pieces:
        return
    number = re.compile(BEFORE + r"\s*".join(pieces) + AFTER)
    for view, line in _lines(page):
        text = _text(line)
        for match in number.finditer(text.translate(DASHES)):
            if THOUSANDS.search(text[: match.start()]) and GROUP.match(match.group()):
                continue
            words = _printing(line, match.start(), match.end())
            box = box_of(view.to_page(union(w.box for w in words)))
            yield {"text": text, "page": page.number, "box": box}


def box_of(rect: Rect) -> dict[str, float]:
    """A rectangle in the shape of p2n_schemas.claims.Box."""
    return {k: round(float(getattr(rect, k)), 2) for k in ("x0", "top", "x1", "bottom")}


def _lines(page: Page) -> Iterator[tuple[View, list[Token]]]:
    for layout, flow in zip(page.layouts, page.flows, strict=True):
        yield from ((layout.view, line) for line in flow if line)


def _text(line: Sequence[Token]) -> str:
    return " ".join(t.text for t in line)


def _words(line: Sequence[Token]) -> list[Word]:
    return [w for t in line for w in t.words[:1]]


def _printing(line: Sequence[Token], start: int, end: int) -> list[Word]:
    """The words behind a stretch of a line's text."""
    at, found = 0, []
    for token in line:
        if at < end and at + len(token.text) > start:
            # the other part of a broken word stands on the next line
            found.append(token.words[0])
        at += len(token.text) + 1
    return found


def _table(view: View, table: Table) -> dict[str, Any]:
    return {
        "label": table.label,
        "caption": table.caption,
        "box": box_of(view.to_page(union([table.box, table.caption_box]))),
        "cells": [
            {"text": c.text, "box": box_of(view.to_page(c.atom.box)), "row_headings": r, "column_headings": k}
            for c, r, k in islice(_cells(table), MAX_CELLS)
        ],
    }


def _cells(table: Table) -> Iterator[tuple[Cell, list[str], list[str]]]:
    """Cells of the body with the headings of their rows and columns."""
    stubs = table.grid.stubs
    heads: list[list[Cell]] = []
    carried: dict[int, Cell] = {}
    section: Cell | None = None
    fresh = False
    for row in table.grid.rows:
        if row.header:
            heads = [*heads, row.cells] if fresh else [*_still_over(heads, row.cells), row.cells]
            fresh = True
            continue
        fresh = False
        if row.section:
            section, carried = row.cells[0], {}
            continue
        names = {c.first: c for c in row.cells if c.first < stubs}
        if names:
            carried = {k: v for k, v in carried.items() if k < min(names)} | names
        rows = [
            c.text[:HEADING] for c in ([section] if section else []) + [carried[k] for k in sorted(carried)]
        ]
        for cell in row.cells:
            if cell.first >= stubs:
                over = [h for level in heads for h in level if _over(h, cell) and h.last >= stubs]
                yield cell, rows, [h.text[:HEADING] for h in over]


def _over(heading: Cell, cell: Cell) -> bool:
    return heading.first <= cell.last and cell.first <= heading.last


def _still_over(heads: Sequence[list[Cell]], fresh: Sequence[Cell]) -> list[list[Cell]]:
    """Headings that a new row of them, further down the table, does not replace: those that span several."""
    kept = [[h for h in level if h.first != h.last or not any(_over(h, f) for f in fresh)] for level in heads]
    return [level for level in kept if level]
