"""The errors that a PDF can bring, in words for a person."""

from __future__ import annotations

from collections.abc import Sequence
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


_PICTURES = "This PDF holds pictures of pages and no text."
INSTALL = (
    "Install Tesseract and its English data (Debian, Ubuntu: apt-get install tesseract-ocr; macOS: brew install "
    "tesseract; conda: conda install -c conda-forge tesseract)"
)
_REASONS: dict[str, tuple[str, str]] = {
    "ocr_absent": (
        f"{_PICTURES} Text recognition (OCR) is not installed.",
        f"{INSTALL} and give the paper again, or give the publisher's copy.",
    ),
    "ocr_off": (
        f"{_PICTURES} Text recognition (OCR) is switched off.",
        'Set P2NApp.ocr to "auto" and give the paper again, or give the publisher\'s copy.',
    ),
    "ocr_found_none": (
        f"{_PICTURES} Text recognition (OCR) found none in them either.",
        "Give a sharper scan (300 dpi or more, upright pages), or the publisher's copy.",
    ),
    "reader_died": (
        "Reading this PDF broke its reader, or took more memory than allowed.",
        "Fetch the file again; if it opens in a viewer, print it to a new PDF and give that one, or raise "
        "P2NApp.extraction_mib.",
    ),
    "ocr": (
        "Recognising the text in this PDF's pictures took longer than allowed.",
        "Give the pages with the results alone, or raise the time allowed for a PDF.",
    ),
}


def failure(code: ErrorCode, detail: dict[str, Any] | None = None) -> P2NError:
    """The exception for one of the PDF error codes; `detail.reason` may choose its words. Raises KeyError on any other."""
    message, remediation = _REASONS.get(str((detail or {}).get("reason")), _WORDS[code])
    return P2NError(code, message, remediation, detail)


def partly_read(code: ErrorCode, pages: Sequence[int]) -> P2NError:
    """What to tell of pages that are pictures and were left out while the others were read.

    E_PDF_TIMEOUT: there was no time to recognise them; E_PDF_NO_TEXT: nothing to recognise them with.
    """
    some = ", ".join(map(str, pages[:10])) + (" …" if len(pages) > 10 else "")
    which = (
        f"Page {some} is a picture without text"
        if len(pages) == 1
        else f"Pages {some} are pictures without text"
    )
    if code is ErrorCode.E_PDF_TIMEOUT:
        return P2NError(
            code,
            f"{which}; there was no time left to recognise what stands there.",
            "Raise the time allowed for a PDF, or give the pages with the results alone.",
            {"pages": list(pages)},
        )
    return P2NError(
        ErrorCode.E_PDF_NO_TEXT,
        f"{which}; what stands there was not read.",
        f'{INSTALL}, leave P2NApp.ocr at "auto", and extract again.',
        {"pages": list(pages)},
    )
