"""Claims read in pictures of pages: trusted less, and saying so."""

from __future__ import annotations

from p2n_ext.documents.pages import Page

from .drafts import Draft

GUESS = 0.1
SHARE = 0.95
"""What even a word that the recogniser is sure of keeps of a claim's confidence."""
LAYER = 0.85
"""The same where a file brings what some other recogniser read, and not how sure it was."""


def weigh(draft: Draft, page: Page) -> bool:
    """Lower the confidence of a claim by that of the words that print its value, if they were recognised.

    False where the recogniser did no more than guess them: such a value is none.
    """
    if page.ocr is None:
        if page.scan:
            draft.confidence = max(0.05, round(LAYER * draft.confidence, 2))
            draft.reasons.append("text layer of a scan")
        return True
    printed = [
        w.confidence
        for layout in page.layouts
        for w in layout.view.words
        if draft.box.holds((box := layout.view.to_page(w.box)).cx, box.cy)
    ]
    sure = min(printed, default=page.ocr)
    draft.confidence = max(0.05, round(SHARE * sure * draft.confidence, 2))
    draft.reasons.append(f"read by OCR (word confidence {sure:.2f})")
    return sure >= GUESS
