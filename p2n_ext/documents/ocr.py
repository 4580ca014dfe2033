"""Text recognition (OCR) of pages without a text layer, by the `tesseract` program where it is installed."""

from __future__ import annotations

import io
import math
import os
import subprocess
import time
from typing import TYPE_CHECKING

import pypdfium2 as pdfium

from .glyphs import RawPage
from .ocr_engine import engine
from .ocr_words import Recognised, read_tsv

if TYPE_CHECKING:
    from PIL.Image import Image

DPI = 300
MAX_PIXELS = 12_000_000
INK = 0.0005
NOTHING = Recognised([], [])


class Missing(Exception):
    """There is no recogniser on this machine."""


class OutOfTime(Exception):
    """The time for recognition is over."""


class Recogniser:
    """Reads pictures of pages, one after the other, for at most `seconds` in all. Raises Missing."""

    def __init__(self, seconds: float) -> None:
        program = engine()
        if program is None:
            raise Missing
        self._program = program
        self._end = time.monotonic() + seconds

    def read(self, document: pdfium.PdfDocument, page: RawPage) -> Recognised:
        """The words in the picture of a page; none where the program fails on it. Raises OutOfTime."""
        if time.monotonic() >= self._end:
            raise OutOfTime
        scale = bounded_scale(page, DPI, MAX_PIXELS)
        out = io.BytesIO()
        _picture(document, page.number, scale).save(out, format="PPM")
        try:
            done = subprocess.run(
                [self._program, "stdin", "stdout", "--dpi", str(round(scale * 72)), "-l", "eng", "tsv"],
                input=out.getvalue(),
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=max(self._end - time.monotonic(), 0.1),
                # one thread: other jobs and kernels want the other cores
                env=dict(os.environ) | {"OMP_THREAD_LIMIT": "1"},
            )
        except subprocess.TimeoutExpired:
            raise OutOfTime from None
        except OSError:
            return NOTHING
        if done.returncode != 0:
            return NOTHING
        return read_tsv(done.stdout.decode("utf-8", "replace"), scale)


def blank(document: pdfium.PdfDocument, page: RawPage) -> bool:
    """Whether a page is as good as empty: all light, or all dark."""
    try:
        image = _picture(document, page.number, bounded_scale(page, 40, MAX_PIXELS))
    except (pdfium.PdfiumError, ValueError, MemoryError):
        # what cannot be rendered has nothing to recognise
        return True
    dark = sum(image.histogram()[:200]) / max(image.width * image.height, 1)
    return not INK < dark < 1 - INK


def bounded_scale(page: RawPage, dpi: float, pixels: float) -> float:
    """Pixels a point: those of `dpi`, or as many as a page of any size may take."""
    return min(dpi / 72, math.sqrt(pixels / max(page.width * page.height, 1.0)))


def _picture(document: pdfium.PdfDocument, number: int, scale: float) -> Image:
    page = document[number - 1]
    try:
        image: Image = page.render(scale=scale, grayscale=True).to_pil().convert("L")
        return image
    finally:
        page.close()
