"""Pages for the prompt where the provider has no vector stores: SQLite's full-text index over the paper's own text."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from p2n_ext.protocols import PageLayout, TableBox

QUESTION = (
    "results table accuracy error score performance evaluation experiments compared baseline method dataset test"
    " validation precision recall f1 auc rmse bleu perplexity outperforms improvement state-of-the-art achieves"
)


@dataclass(frozen=True)
class PlainPage:
    """A page of which only the text is known."""

    number: int
    text: str
    tables: tuple[TableBox, ...] = ()


def pages_for_prompt(
    pages: Sequence[PageLayout | PlainPage], characters: int, question: str = QUESTION
) -> list[tuple[int, str]]:
    """Numbers and texts of the pages to read, in order: all where they fit, else those that speak most of what is asked."""
    if sum(len(page.text) for page in pages) <= characters:
        return [(page.number, page.text) for page in pages if page.text.strip()]
    chosen: dict[int, str] = {}
    left = characters
    for page in _ranked(pages, question):
        if left <= 0:
            break
        chosen[page.number] = page.text[:left]
        left -= len(page.text)
    return sorted(chosen.items())


def _ranked(pages: Sequence[PageLayout | PlainPage], question: str) -> list[PageLayout | PlainPage]:
    """Page 1, where the abstract stands, then by relevance (bm25); pages with tables before equals."""
    rank: dict[int, float] = {}
    words = " OR ".join(f'"{word}"' for word in re.findall(r"[\w-]+", question))
    with contextlib.closing(sqlite3.connect(":memory:")) as db:
        db.execute("CREATE VIRTUAL TABLE pages USING fts5(body, tokenize = 'porter unicode61')")
        db.executemany(
            "INSERT INTO pages (rowid, body) VALUES (?, ?)", ((page.number, page.text) for page in pages)
        )
        found = db.execute("SELECT rowid, bm25(pages) FROM pages WHERE pages MATCH ?", (words,))
        rank = {int(number): float(score) for number, score in found}  # the smaller the better
    return sorted(
        pages,
        key=lambda page: (page.number != 1, rank.get(page.number, 0.0) - 2.0 * len(page.tables), page.number),
    )
