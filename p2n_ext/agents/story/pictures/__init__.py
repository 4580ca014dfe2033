"""Pictures of the pages, drawn as SVG from what is known: equal knowledge gives equal bytes."""

from .canvas import Picture
from .scenes import draw

__all__ = ["Picture", "draw"]
