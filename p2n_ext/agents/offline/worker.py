"""The child process of the offline reader: pages read, then claims, as JSON lines."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from p2n_ext.documents.opening import Refused, open_pdf
from p2n_ext.documents.pages import DocumentReader
from p2n_ext.documents.worker import MIN_CHARACTERS, serve

from .extract import extract


def read(pdf: Path, options: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """{"page", "pages"} for each page, {"claim"} for each claim, {"result"} at the end."""
    reader = DocumentReader(open_pdf(pdf))
    for number in reader.read():
        yield {"page": number, "pages": reader.count}
    pages = reader.pages()
    if sum(len("".join(p.text.split())) for p in pages) < MIN_CHARACTERS:
        raise Refused("E_PDF_NO_TEXT")
    count = 0
    for claim in extract(str(options["paper_id"]), pages):
        count += 1
        yield {"claim": claim}
    yield {"result": {"claims": count}}


if __name__ == "__main__":
    sys.exit(serve({"read": read}))
