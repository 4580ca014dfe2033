"""Evidence pictures: the region of a page with the value marked."""

from __future__ import annotations

import io

import pypdfium2 as pdfium

from .geometry import Rect

DPI = 150
MARGIN = 10.0
MAX_PIXELS = 2_400_000
MARK = (214, 39, 40)


def crop(document: pdfium.PdfDocument, number: int, region: dict[str, float], box: dict[str, float]) -> bytes:
    """PNG bytes of `region` (points, top left) of a page (1-based), `box` marked; at most 2.4 million pixels.

    Raises ValueError where the page does not exist.
    """
    from PIL import ImageDraw

    if not 1 <= number <= len(document):
        raise ValueError(f"no page {number}")
    page = document[number - 1]
    width, height = page.get_size()
    value = Rect(**box)
    area = Rect(**region)
    whole = Rect(
        min(area.x0, value.x0),
        min(area.top, value.top),
        max(area.x1, value.x1),
        max(area.bottom, value.bottom),
    )
    part = whole.grown(MARGIN).clipped(width, height)
    if part.width < 4 or part.height < 4:
        part = Rect(0, 0, width, height)
    scale = DPI / 72
    if part.width * part.height * scale * scale > MAX_PIXELS:
        scale = (MAX_PIXELS / (part.width * part.height)) ** 0.5
    bitmap = page.render(scale=scale, crop=(part.x0, height - part.bottom, width - part.x1, part.top))
    image = bitmap.to_pil().convert("RGB")
    draw = ImageDraw.Draw(image)
    pad = 2.0
    corners = [
        (value.x0 - pad - part.x0) * scale,
        (value.top - pad - part.top) * scale,
        (value.x1 + pad - part.x0) * scale,
        (value.bottom + pad - part.top) * scale,
    ]
    draw.rectangle(corners, outline=MARK, width=max(2, round(scale)))
    out = io.BytesIO()
    image.save(out, format="PNG", optimize=True)
    return out.getvalue()
