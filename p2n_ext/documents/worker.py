"""The child process that touches PDFs: one job, JSON lines on stdout, then the end.

It bounds its own memory and CPU before it opens anything. What it prints is read by `process.py`, which trusts
none of it beyond its shape.
"""

from __future__ import annotations

import base64
import json
import os
import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .pages import Page

Job = Callable[[Path, dict[str, Any]], Iterator[dict[str, Any]]]
MAX_PLACES = 200
SCANNED_PAGES_LOOKED_AT = 3


def bound_process(memory_bytes: int, seconds: float) -> None:
    """Limit this process's address space and CPU time, where the system can."""
    try:
        import resource
    except ImportError:
        return
    for what, limit in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, int(seconds) + 5),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        try:
            resource.setrlimit(what, (limit, limit))
        except (ValueError, OSError):
            continue


def inspect(pdf: Path, options: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Pages, title and number of characters; of a scan, those of its first pages that show any."""
    from .pictures import MIN_CHARACTERS, characters, require_text
    from .titles import title_of

    document = _opened(pdf)
    pages = yield from read_pages(document, options | {"ocr": "off"})
    texts = [p.text for p in pages]
    if characters(texts) < MIN_CHARACTERS and options.get("ocr") == "auto":
        pages = yield from read_pages(document, options, first=SCANNED_PAGES_LOOKED_AT)
        texts = [p.text for p in pages]
    require_text(texts, options)
    yield {"result": {"pages": len(document), "title": title_of(pages), "characters": characters(texts)}}


def page_texts(pdf: Path, options: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The text of each page."""
    pages = yield from read_pages(_opened(pdf), options)
    for page in pages:
        yield {"text": page.text, "of": page.number}
    yield {"result": {"pages": len(pages)}}


def layout(pdf: Path, options: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Each page with its lines and tables."""
    from .outline import page_outline

    pages = yield from read_pages(_opened(pdf), options)
    for page in pages:
        yield {"layout": page_outline(page)}
    yield {"result": {"pages": len(pages)}}


def locate(pdf: Path, options: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """For each [page, number] of `wanted`, the places on the page where the number stands."""
    from itertools import islice

    from .outline import places

    pages = yield from read_pages(_opened(pdf), options)
    for number, printed in options["wanted"]:
        found = places(pages[number - 1], printed) if 1 <= number <= len(pages) else iter(())
        yield {"places": list(islice(found, MAX_PLACES))}
    yield {"result": {"pages": len(pages)}}


def evidence(pdf: Path, options: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """For each of `wanted` a PNG of its region, or of the whole page where that is null, with its box marked."""
    from .crops import crop

    document = _opened(pdf)
    for place in options["wanted"]:
        picture = crop(document, int(place["page"]), place["region"], place["box"])
        yield {"png": base64.b64encode(picture).decode()}
    yield {"result": {"pages": len(document)}}


def page(pdf: Path, options: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A PNG of page `number` with the lines of `words` marked."""
    from .crops import page_with_words

    document = _opened(pdf)
    picture = page_with_words(document, int(options["number"]), str(options["words"]))
    yield {"png": base64.b64encode(picture).decode()}
    yield {"result": {"pages": len(document)}}


def read_pages(
    document: Any, options: dict[str, Any], first: int | None = None
) -> Generator[dict[str, Any], None, list[Page]]:
    """All pages, or the `first` ones; yields {"page", "pages"} for each and what was recognised or left unread.

    Raises Refused E_PDF_DAMAGED where no page can be read, E_PDF_TIMEOUT where there was no time to recognise one.
    """
    from .opening import Refused
    from .pages import DocumentReader
    from .pictures import picture_reader

    pictures = picture_reader(options)
    reader = DocumentReader(document, pictures)
    for number in reader.read():
        yield {"page": number, "pages": reader.count}
        yield from pictures.told()
        if number == first:
            break
    if reader.broken == reader.count:
        raise Refused("E_PDF_DAMAGED")
    pages = reader.pages()
    if pictures.late and not any(p.text for p in pages):
        raise Refused("E_PDF_TIMEOUT", "ocr")
    yield from pictures.left()
    return pages


def _opened(pdf: Path) -> Any:
    from .opening import open_pdf

    return open_pdf(pdf)


JOBS: dict[str, Job] = {
    "inspect": inspect,
    "page_texts": page_texts,
    "layout": layout,
    "locate": locate,
    "evidence": evidence,
    "page": page,
}


def serve(jobs: dict[str, Job]) -> int:
    """Run the job that the first line of stdin asks for. Exit status 0 where the answer is complete."""
    request = json.loads(sys.stdin.readline())
    bound_process(int(request["memory_bytes"]), float(request["seconds"]))
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    # nothing that a library prints may pass for an answer
    os.dup2(2, 1)
    try:
        for message in jobs[request["job"]](Path(request["pdf"]), request["options"]):
            out.write(json.dumps(message, allow_nan=False) + "\n")
            out.flush()
    except Exception as error:
        code = getattr(error, "code", None)
        if not isinstance(code, str) or not code.startswith("E_"):
            code = "E_PDF_DAMAGED"
        reason = "reader_died" if isinstance(error, MemoryError) else str(getattr(error, "reason", ""))
        out.write(json.dumps({"error": code, "kind": type(error).__name__, "reason": reason}) + "\n")
        out.flush()
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(serve(JOBS))
