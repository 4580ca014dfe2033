"""Evidence pictures: the region of a page with the value marked."""

from __future__ import annotations

import io
import math
from collections import Counter

import pypdfium2 as pdfium

from .geometry import Rect, union
from .glyphs import read_page

DPI = 150
MARGIN = 10.0
MAX_PIXELS = 2_400_000
LEAST_MARK = 3.0
MARK = (214, 39, 40)


def crop(
    document: pdfium.PdfDocument, number: int, region: dict[str, float] | None, box: dict[str, float]
) -> bytes:
    """PNG bytes of `region` (points, top left; None: all) of a page (1-based), `box` marked; at most 2.4 million pixels.

    A region whose value is printed sideways is turned so that it can be read.

    Raises ValueError where the page does not exist or has no size.
    """
    from PIL import ImageDraw

    if not 1 <= number <= len(document):
        raise ValueError(f"no page {number}")
    page = document[number - 1]
    width, height = page.get_size()
    value = Rect(**box)
    part = _part(Rect(**region), value, width, height) if region else Rect(0, 0, width, height)
    scale = DPI / 72
    if part.width * part.height * scale * scale > MAX_PIXELS:
        scale = math.sqrt(MAX_PIXELS / (part.width * part.height))
    bitmap = page.render(scale=scale, crop=(part.x0, height - part.bottom, width - part.x1, part.top))
    image = bitmap.to_pil().convert("RGB")
    # a picture made small to fit keeps a mark that can be seen
    mark = value.grown(max(2.0, LEAST_MARK / scale))
    corners = [
        min(max((mark.x0 - part.x0) * scale, 0), image.width - 1),
        min(max((mark.top - part.top) * scale, 0), image.height - 1),
        min(max((mark.x1 - part.x0) * scale, 0), image.width - 1),
        min(max((mark.bottom - part.top) * scale, 0), image.height - 1),
    ]
    ImageDraw.Draw(image).rectangle(corners, outline=MARK, width=max(2, round(scale)))
    if region and (quarters := _turned_by(document, number, value)):
        image = image.rotate(90 * quarters, expand=True)
    out = io.BytesIO()
    image.save(out, format="PNG", optimize=True)
    return out.getvalue()


def _part(area: Rect, value: Rect, width: float, height: float) -> Rect:
    """What to show of a page: the region and the value with a margin; all of it where they lie outside."""
    part = union([area, value]).grown(MARGIN).clipped(width, height)
    return part if part.width >= 4 and part.height >= 4 else Rect(0, 0, width, height)


def _turned_by(document: pdfium.PdfDocument, number: int, value: Rect) -> int:
    """By how many quarters, clockwise, the text of a value is turned on its page; 0 where there is none."""
    try:
        glyphs = read_page(document, number).glyphs
    except pdfium.PdfiumError:
        return 0
    quarters = Counter(g.quarter for g in glyphs if value.holds(g.box.cx, g.box.cy))
    return quarters.most_common(1)[0][0] if quarters else 0
