"""An image model's picture in the frame of all pictures: decoded, made small and written anew, so that nothing else of it stays."""

from __future__ import annotations

import base64
import io

from p2n_schemas.storyboards import PICTURE_HEIGHT, PICTURE_WIDTH

from .canvas import INK, Canvas, Picture

MAX_BYTES = 16 << 20
_MAX_SIDE = 4096
_SIZE = (PICTURE_WIDTH * 3 // 2, PICTURE_HEIGHT * 3 // 2)


def painted(data: bytes, title: str, description: str) -> Picture:
    """Raises ValueError for what is no PNG, JPEG or WebP of up to 4096 pixels a side."""
    from PIL import Image, ImageOps

    if len(data) > MAX_BYTES:
        raise ValueError("the picture is too large")
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as image:
            if max(image.size) > _MAX_SIDE:
                raise ValueError("the picture has too many pixels")
            fitted = ImageOps.fit(image.convert("RGB"), _SIZE)
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(f"no picture: {error}") from None
    out = io.BytesIO()
    fitted.save(out, "JPEG", quality=82)
    canvas = Canvas()
    canvas.add(
        "image",
        href=f"data:image/jpeg;base64,{base64.b64encode(out.getvalue()).decode()}",
        width=PICTURE_WIDTH,
        height=PICTURE_HEIGHT,
    )
    canvas.rect(2, 2, PICTURE_WIDTH - 4, PICTURE_HEIGHT - 4, "none", 0, stroke=INK, stroke_width=4)
    return canvas.picture(title, description)
