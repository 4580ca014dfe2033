"""Text that a page holds and nobody sees: not painted, or painted in the colour of what lies under it.

How a glyph is painted is cheap to ask; only pages with doubtful ones are rendered, once and small.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pypdfium2 as pdfium
import pypdfium2.raw as c

from .geometry import Rect

if TYPE_CHECKING:
    from PIL.Image import Image

LIGHT = 232
"""from this grey (0 black, 255 white) on a text may be lost on paper"""
LOST = 32
"""greys that differ by less look the same"""
CLEAR = 12
"""alpha (of 255) up to which nothing shows"""
GROUND = 0.35
"""of a glyph's box, painted in another grey: letters on a ground of their own"""
SCANNED = 0.6
"""of a page under pictures"""
SCALE = 1.5
MAX_PIXELS = 2_000_000
NEVER = (c.FPDF_TEXTRENDERMODE_INVISIBLE, c.FPDF_TEXTRENDERMODE_CLIP)
STROKED = (
    c.FPDF_TEXTRENDERMODE_STROKE,
    c.FPDF_TEXTRENDERMODE_FILL_STROKE,
    c.FPDF_TEXTRENDERMODE_STROKE_CLIP,
    c.FPDF_TEXTRENDERMODE_FILL_STROKE_CLIP,
)
UNFILLED = (c.FPDF_TEXTRENDERMODE_STROKE, c.FPDF_TEXTRENDERMODE_STROKE_CLIP)


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a text object may not be seen: `grey` of its paint (0 to 255), None where it paints nothing."""

    item: int
    grey: float | None


class Inks:
    """How the glyphs of one text page are painted; each text object is asked once."""

    def __init__(self) -> None:
        self._known: dict[int, Doubt | None] = {}
        self._channels = [ctypes.c_uint() for _ in range(4)]

    def doubt(self, text: Any, index: int) -> Doubt | None:
        """None where the character `index` is painted so that any page shows it."""
        item = c.FPDFText_GetTextObject(text, index)
        if not item:
            return None
        key = ctypes.addressof(item.contents)
        if key not in self._known:
            self._known[key] = self._ask(item, key)
        return self._known[key]

    def _ask(self, item: Any, key: int) -> Doubt | None:
        mode = c.FPDFTextObj_GetTextRenderMode(item)
        if mode in NEVER:
            return Doubt(key, None)
        greys = [] if mode in UNFILLED else [self._grey(c.FPDFPageObj_GetFillColor, item)]
        if mode in STROKED:
            greys.append(self._grey(c.FPDFPageObj_GetStrokeColor, item))
        painted = [g for g in greys if g is not None]
        if not painted:
            return Doubt(key, None)
        return Doubt(key, min(painted)) if min(painted) >= LIGHT else None

    def _grey(self, ask: Any, item: Any) -> float | None:
        """The grey of a paint; None where it is clear. A paint that is no plain colour counts as seen."""
        if not ask(item, *self._channels):
            return 0.0
        red, green, blue, alpha = (channel.value for channel in self._channels)
        return None if alpha <= CLEAR else 0.299 * red + 0.587 * green + 0.114 * blue


@dataclass(frozen=True, slots=True)
class Unseen:
    """Which of the doubtful glyphs nobody sees; `scan`: the others of them are the text layer of a picture."""

    glyphs: frozenset[int]
    scan: bool = False


def unseen(
    page: Any, size: tuple[float, float], doubtful: Mapping[int, tuple[Doubt, Rect]], sure: int
) -> Unseen:
    """Of doubtful glyphs, with their boxes on the displayed page of `size` (points), those that nobody sees.

    `sure` is how many other glyphs the page has. Unpainted text is kept only where the page is a picture and
    shows ink in its place, as under the text layer of a scan.
    """
    unpainted = [i for i, (doubt, _) in doubtful.items() if doubt.grey is None]
    scan = len(unpainted) > sure and _covered(page, size) >= SCANNED
    gone = set() if scan else set(unpainted)
    if len(gone) == len(doubtful):
        return Unseen(frozenset(gone))
    scale = min(SCALE, math.sqrt(MAX_PIXELS / max(size[0] * size[1], 1.0)))
    try:
        image: Image = page.render(scale=scale, grayscale=True).to_pil().convert("L")
    except (pdfium.PdfiumError, ValueError, MemoryError):
        # a page that nobody can look at shows nothing of what is in doubt
        return Unseen(frozenset(doubtful))
    bare: dict[int, list[bool]] = {}
    for i, (doubt, box) in doubtful.items():
        part = _pixels(image, box, scale)
        if doubt.grey is not None:
            if _lost(part, doubt.grey):
                gone.add(i)
        elif scan:
            low, high = part.getextrema()
            bare.setdefault(doubt.item, []).append(float(high) - float(low) < LOST)  # type: ignore[arg-type]
    for i in unpainted if scan else ():
        seen = bare[doubtful[i][0].item]
        if 2 * sum(seen) > len(seen):
            gone.add(i)
    return Unseen(frozenset(gone), scan and not gone.issuperset(unpainted))


def _pixels(image: Image, box: Rect, scale: float) -> Image:
    """The part of a picture that shows a box, one pixel at least."""
    x0 = min(max(int(box.x0 * scale), 0), image.width - 1)
    top = min(max(int(box.top * scale), 0), image.height - 1)
    x1 = min(max(math.ceil(box.x1 * scale), x0 + 1), image.width)
    bottom = min(max(math.ceil(box.bottom * scale), top + 1), image.height)
    return image.crop((x0, top, x1, bottom))


def _lost(part: Image, grey: float) -> bool:
    """Whether next to nothing in a glyph's box differs from its own paint."""
    counts = part.histogram()
    other = sum(n for level, n in enumerate(counts) if abs(level - grey) > LOST)
    return other < GROUND * part.width * part.height


def _covered(page: Any, size: tuple[float, float]) -> float:
    """The share of a page that lies under pictures; those that lie on one another count twice."""
    area = 0.0
    for item in page.get_objects(filter=[c.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        left, bottom, right, top = item.get_bounds()
        area += min(abs(right - left), max(size)) * min(abs(top - bottom), max(size))
    return area / max(size[0] * size[1], 1.0)
