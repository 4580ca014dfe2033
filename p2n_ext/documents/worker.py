"""The child process that touches PDFs: one job, JSON lines on stdout, then the end.

It bounds its own memory and CPU before it opens anything. What it prints is read by `process.py`, which trusts
none of it beyond its shape.
"""

from __future__ import annotations

import base64
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Job = Callable[[Path, dict[str, Any]], Iterator[dict[str, Any]]]
MIN_CHARACTERS = 20


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
    """Pages, title and number of characters."""
    from .pages import DocumentReader

    reader = DocumentReader(_opened(pdf))
    for number in reader.read():
        yield {"page": number, "pages": reader.count}
    pages = reader.pages()
    characters = sum(len("".join(p.text.split())) for p in pages)
    _require_text(characters)
    from .titles import title_of

    yield {"result": {"pages": reader.count, "title": title_of(pages), "characters": characters}}


def page_texts(pdf: Path, options: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The text of each page."""
    from .pages import DocumentReader

    reader = DocumentReader(_opened(pdf))
    for number in reader.read():
        yield {"page": number, "pages": reader.count}
    for page in reader.pages():
        yield {"text": page.text, "of": page.number}
    yield {"result": {"pages": reader.count}}


def evidence(pdf: Path, options: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A PNG of a region with a box marked."""
    from .crops import crop

    picture = crop(_opened(pdf), int(options["page"]), options["region"], options["box"])
    yield {"result": {"png": base64.b64encode(picture).decode()}}


def _opened(pdf: Path) -> Any:
    from .opening import open_pdf

    return open_pdf(pdf)


def _require_text(characters: int) -> None:
    from .opening import Refused

    if characters < MIN_CHARACTERS:
        raise Refused("E_PDF_NO_TEXT")


JOBS: dict[str, Job] = {"inspect": inspect, "page_texts": page_texts, "evidence": evidence}


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
        out.write(json.dumps({"error": code, "kind": type(error).__name__}) + "\n")
        out.flush()
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(serve(JOBS))
