"""The errors that a PDF can bring, in words for a person."""

from __future__ import annotations

from typing import Any

from p2n_schemas.errors import ErrorCode, P2NError

_WORDS: dict[ErrorCode, tuple[str, str]] = {
    ErrorCode.E_NOT_A_PDF: (
        "This file is not a PDF, whatever its name says.",
        "Give the paper's PDF itself; a page that links to it, or a login page saved as .pdf, will not do.",
    ),
    ErrorCode.E_PDF_ENCRYPTED: (
        "This PDF opens only with a password.",
        "Save a copy without a password in your PDF viewer and give that one.",
    ),
    ErrorCode.E_PDF_EMPTY: (
        "This PDF has no pages.",
        "Export the paper again, or fetch it from its publisher.",
    ),
    ErrorCode.E_PDF_NO_TEXT: (
        "This PDF holds pictures of pages and no text.",
        "Run it through a text recogniser (OCR), or give the publisher's copy.",
    ),
    ErrorCode.E_PDF_DAMAGED: (
        "This PDF is damaged and cannot be read.",
        "Fetch the file again; if it opens in a viewer, print it to a new PDF and give that one.",
    ),
    ErrorCode.E_PDF_TOO_LARGE: (
        "This PDF has more than 1000 pages.",
        "Give the paper alone, not the volume that holds it.",
    ),
    ErrorCode.E_PDF_TIMEOUT: (
        "Reading this PDF took longer than allowed.",
        "Give the paper without its appendix or large figures, or raise the time allowed for a PDF.",
    ),
}


def failure(code: ErrorCode, detail: dict[str, Any] | None = None) -> P2NError:
    """The exception for one of the PDF error codes. Raises KeyError on any other."""
    message, remediation = _WORDS[code]
    return P2NError(code, message, remediation, detail)
