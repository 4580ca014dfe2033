"""A paper's pages to checked claims."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from typing import Any

from p2n_ext.documents.pages import Page

from .context import read_context, squeeze
from .data_model import data_names
from .drafts import Draft
from .lists import list_claims
from .numbers import numbers_in
from .prose import prose_claims
from .recognised import weigh
from .table_claims import first_look, table_claims


def extract(paper_id: str, pages: Sequence[Page]) -> Iterator[dict[str, Any]]:
    """Claims in the shape of p2n_schemas.claims.Claim, page by page; what is not on its page is dropped."""
    context = read_context(pages)
    seen: set[str] = set()
    drafts: list[Draft] = []
    first_look(pages, context)
    known = data_names(context)
    for page in pages:
        for view, table in page.tables:
            drafts.extend(table_claims(page.number, view, table, context, known))
    drafts.extend(list_claims(pages, context))
    stated = list(prose_claims(pages, context, drafts))
    _mark_headlines(drafts, stated, context.abstract)
    for draft in sorted([*drafts, *stated], key=lambda d: (d.page, d.region.top, d.box.top, d.box.x0)):
        if not _on_page(draft, pages[draft.page - 1]):
            continue
        if not weigh(draft, pages[draft.page - 1]):
            continue
        claim = _claim(paper_id, draft)
        if claim["id"] not in seen:
            seen.add(claim["id"])
            yield claim


def _on_page(draft: Draft, page: Page) -> bool:
    """Whether value and quote stand on the page, white space folded."""
    text = "".join(page.text.split())
    return "".join(draft.quote.split()) in text and "".join(draft.printed.split()) in "".join(
        draft.quote.split()
    )


def _mark_headlines(tables: Sequence[Draft], stated: Sequence[Draft], abstract: str) -> None:
    """A table's value that the abstract says again (perhaps rounded) is a headline."""
    for told in stated:
        told.headline = told.label == "Abstract"
    for number in numbers_in(abstract):
        digits = len(re.sub(r"\D", "", number.text).lstrip("0"))
        if number.unit or (number.whole and not number.percent) or digits < 2:
            continue
        for draft in tables:
            if not number.percent and draft.units == "%" and abs(number.value) <= 1:
                continue
            factor = 100.0 if number.percent and draft.units != "%" else 1.0
            if abs(round(draft.value * factor, number.decimals) - number.value) < 0.5 * 10**-number.decimals:
                draft.headline = True


def claim_id(paper_id: str, draft: Draft) -> str:
    """The same paper gives the same ids."""
    box = [round(v) for v in (draft.box.x0, draft.box.top, draft.box.x1, draft.box.bottom)]
    key = "\n".join(map(str, (paper_id, draft.page, draft.label, box, draft.printed, draft.metric)))
    return "c_" + hashlib.sha256(key.encode()).hexdigest()[:16]


def _claim(paper_id: str, draft: Draft) -> dict[str, Any]:
    def box(rect: Any) -> dict[str, float]:
        return {k: round(float(getattr(rect, k)), 2) for k in ("x0", "top", "x1", "bottom")}

    return {
        "id": claim_id(paper_id, draft),
        "paper_id": paper_id,
        "method": draft.method,
        "dataset": draft.dataset,
        "split": draft.split,
        "metric": draft.metric,
        "value": draft.value,
        "value_printed": draft.printed,
        "units": draft.units,
        "direction": draft.direction,
        "uncertainty": draft.uncertainty,
        "own_method": draft.own_method,
        "headline": draft.headline,
        "citation": {
            "label": draft.label,
            "page": draft.page,
            "row_headings": [r for r in draft.rows if r],
            "column_headings": [c for c in draft.columns if c],
            "quote": squeeze(draft.quote),
            "box": box(draft.box),
            "region": box(draft.region),
        },
        "confidence": draft.confidence,
        "reasons": draft.reasons,
    }
