"""The child process of the offline reader: pages read, then claims, as JSON lines."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from p2n_ext.documents.opening import open_pdf
from p2n_ext.documents.pictures import require_text
from p2n_ext.documents.worker import read_pages, serve

from .extract import extract


def read(pdf: Path, options: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """{"page", "pages"} for each page, {"claim"} for each claim, {"result"} at the end; see `read_pages`."""
    pages = yield from read_pages(open_pdf(pdf), options)
    require_text([p.text for p in pages], options)
    count = 0
    for claim in extract(str(options["paper_id"]), pages):
        count += 1
        yield {"claim": claim}
    yield {"result": {"claims": count}}


if __name__ == "__main__":
    sys.exit(serve({"read": read}))
