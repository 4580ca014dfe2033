"""Evidence pictures: the region of a page with the value marked."""

from __future__ import annotations

import io
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

import pypdfium2 as pdfium

from .geometry import Rect, union
from .glyphs import Glyph, read_page

DPI = 150
MARGIN = 10.0
MAX_PIXELS = 2_400_000
LEAST_MARK = 3.0
MARK = (214, 39, 40)
HIGHLIGHT = (255, 236, 130)


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


def page_with_words(document: pdfium.PdfDocument, number: int, words: str) -> bytes:
    """PNG bytes of a page (1-based) with the lines of `words` marked; none where they are not found. As `crop` else."""
    from PIL import Image, ImageChops, ImageDraw

    if not 1 <= number <= len(document):
        raise ValueError(f"no page {number}")
    page = document[number - 1]
    width, height = page.get_size()
    scale = DPI / 72
    if width * height * scale * scale > MAX_PIXELS:
        scale = math.sqrt(MAX_PIXELS / (width * height))
    image = page.render(scale=scale).to_pil().convert("RGB")
    marks = Image.new("RGB", image.size, "white")
    draw = ImageDraw.Draw(marks)
    for line in lines_of(read_page(document, number).glyphs, words):
        shown = line.grown(1.0).clipped(width, height)
        draw.rectangle([v * scale for v in (shown.x0, shown.top, shown.x1, shown.bottom)], fill=HIGHLIGHT)
    # the darker of both, as a pen over print
    out = io.BytesIO()
    ImageChops.darker(image, marks).save(out, format="PNG", optimize=True)
    return out.getvalue()


def lines_of(glyphs: Sequence[Glyph], words: str) -> list[Rect]:
    """Where `words` stand, a rectangle a line; white space and hyphens are left out of the search. None where they do not."""
    inked = [glyph for glyph in glyphs if _bare(glyph.text)]
    places = [place for place, glyph in enumerate(inked) for _ in _bare(glyph.text)]
    sought = _bare(words)
    start = "".join(_bare(glyph.text) for glyph in inked).find(sought) if sought else -1
    if start < 0:
        return []
    lines: list[list[Rect]] = []
    for glyph in inked[places[start] : places[start + len(sought) - 1] + 1]:
        if lines and lines[-1][-1].overlap_y(glyph.box) > glyph.box.height / 2:
            lines[-1].append(glyph.box)
        else:
            lines.append([glyph.box])
    return [union(line) for line in lines]


def _bare(text: str) -> str:
    return re.sub(r"[\s\u00ad\u2010-]+", "", unicodedata.normalize("NFKC", text))


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
