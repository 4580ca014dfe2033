"""Rectangles on a page: PDF points, origin at the page's top left, y growing downwards."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rect:
    x0: float
    top: float
    x1: float
    bottom: float

    @property
    def width(self) -> float:
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def cx(self) -> float:
        return (self.x0 + self.x1) / 2

    @property
    def cy(self) -> float:
        return (self.top + self.bottom) / 2

    def overlap_x(self, other: Rect) -> float:
        """Length shared on the x axis, in points; negative where there is a gap."""
        return min(self.x1, other.x1) - max(self.x0, other.x0)

    def overlap_y(self, other: Rect) -> float:
        """Length shared on the y axis, in points; negative where there is a gap."""
        return min(self.bottom, other.bottom) - max(self.top, other.top)

    def holds(self, x: float, y: float) -> bool:
        return self.x0 <= x <= self.x1 and self.top <= y <= self.bottom

    def grown(self, by: float) -> Rect:
        return Rect(self.x0 - by, self.top - by, self.x1 + by, self.bottom + by)

    def clipped(self, width: float, height: float) -> Rect:
        """The part on a page of this size (points)."""
        return Rect(
            min(max(self.x0, 0.0), width),
            min(max(self.top, 0.0), height),
            min(max(self.x1, 0.0), width),
            min(max(self.bottom, 0.0), height),
        )


def union(rects: Iterable[Rect]) -> Rect:
    """The smallest rectangle around all. Raises ValueError on none."""
    rects = list(rects)
    if not rects:
        raise ValueError("union of no rectangles")
    first = rects[0]
    x0, top, x1, bottom = first.x0, first.top, first.x1, first.bottom
    for r in rects[1:]:
        x0, top = (r.x0 if r.x0 < x0 else x0), (r.top if r.top < top else top)
        x1, bottom = (r.x1 if r.x1 > x1 else x1), (r.bottom if r.bottom > bottom else bottom)
    return Rect(x0, top, x1, bottom)


def turned(rect: Rect, quarters: int, width: float, height: float) -> Rect:
    """The rectangle after the page (width by height) is turned clockwise by quarter turns."""
    match quarters % 4:
        case 1:
            return Rect(height - rect.bottom, rect.x0, height - rect.top, rect.x1)
        case 2:
            return Rect(width - rect.x1, height - rect.bottom, width - rect.x0, height - rect.top)
        case 3:
            return Rect(rect.top, width - rect.x1, rect.bottom, width - rect.x0)
        case _:
            return rect
