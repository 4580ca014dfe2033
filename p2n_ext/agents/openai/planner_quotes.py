"""Quotes of a model's draft: each must stand on its page, and be the paper's own statement of what was done."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ...catalog.names import soften
from ..planning.quotes import Pages, Sentence, folded
from .planner_schema import DraftQuote
from .text_evidence import addresses_its_reader

_DENIED = re.compile(r"\b(?:not(?! only)|never|neither|nor|unlike|rather than|instead of)\b|n[’']t\b")


@dataclass(frozen=True)
class Quoted:
    """Words of the paper, and the whole sentences that they are taken from."""

    words: Sentence
    context: tuple[Sentence, ...]

    @property
    def page(self) -> int:
        return self.words.page

    @property
    def denied(self) -> bool:
        return any(_DENIED.search(sentence.soft) for sentence in self.context)


def look_up(quote: DraftQuote, pages: Pages) -> Quoted | str:
    """The quote with its sentences, or why a plan can't rest on it."""
    text = folded(quote.text)
    where = f"page {quote.page}"
    if not pages.holds(quote.page, text):
        return f"{where} does not print “{text[:120]}”"
    words = Sentence(quote.page, text, soften(text))
    around = (s for s in pages.sentences() if s.page == quote.page and (text in s.text or s.text in text))
    context = tuple(around) or (words,)
    for sentence in context:
        if addresses_its_reader(sentence.text):
            return f"{where} speaks there to its reader and states nothing"
        if not sentence.own:
            return f"{where} tells there of others' work"
        if not sentence.factual:
            return f"{where} does not say there what was done"
    return Quoted(words, context)


def names(text: str, name: str) -> bool:
    """Whether a text prints a name that is no part of a longer word."""
    words = r"[\s-]+".join(re.escape(word) for word in re.split(r"[\s-]+", name) if word)
    return re.search(rf"(?<![\w-]){words}(?![\w-])", text, re.IGNORECASE) is not None
