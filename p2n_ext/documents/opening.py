"""Opening a PDF inside the worker: what is wrong with a file is found here, once."""

from __future__ import annotations

from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as c

MAX_PAGES = 1000
HEAD = 1024


class Refused(Exception):
    """A PDF that cannot be used; `code` is one of the E_… PDF codes, `reason` a key of `failures`' words for it."""

    def __init__(self, code: str, reason: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.reason = reason


def open_pdf(path: Path) -> pdfium.PdfDocument:
    """The document. Raises Refused (E_NOT_A_PDF, E_PDF_ENCRYPTED, E_PDF_EMPTY, E_PDF_DAMAGED, E_PDF_TOO_LARGE)."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    if b"%PDF-" not in head:
        raise Refused("E_NOT_A_PDF")
    try:
        document = pdfium.PdfDocument(path)
    except pdfium.PdfiumError as error:
        code = getattr(error, "err_code", None)
        if code == c.FPDF_ERR_SUCCESS:
            # pdfium finds nothing wrong with a document but that it has no page
            raise Refused("E_PDF_EMPTY") from None
        encrypted = code in (c.FPDF_ERR_PASSWORD, c.FPDF_ERR_SECURITY) or "assword" in str(error)
        raise Refused("E_PDF_ENCRYPTED" if encrypted else "E_PDF_DAMAGED") from None
    if len(document) == 0:
        raise Refused("E_PDF_EMPTY")
    if len(document) > MAX_PAGES:
        raise Refused("E_PDF_TOO_LARGE")
    return document
