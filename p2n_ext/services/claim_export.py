"""Claims as a table for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from p2n_schemas.claims import Claim

COLUMNS = (
    "id",
    "status",
    "method",
    "dataset",
    "split",
    "metric",
    "value",
    "value_printed",
    "units",
    "uncertainty",
    "direction",
    "own_method",
    "headline",
    "label",
    "page",
    "row_headings",
    "column_headings",
    "quote",
    "confidence",
    "readers",
    "note",
)
# A spreadsheet takes a cell that begins so for a formula, and these texts come from strangers' papers.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def claims_csv(claims: Iterable[Claim]) -> bytes:
    """RFC 4180 with a head row, in UTF-8 with the mark that spreadsheets tell it by; lists are joined by " | "."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(COLUMNS)
    for claim in claims:
        row = {**claim.model_dump(mode="json"), **claim.citation.model_dump(mode="json")}
        row["uncertainty"] = claim.uncertainty.printed if claim.uncertainty else None
        writer.writerow(_cell(row[name]) for name in COLUMNS)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _cell(value: object) -> object:
    if isinstance(value, list):
        value = " | ".join(map(str, value))
    if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA) and not _is_number(value):
        return "'" + value
    return value


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
