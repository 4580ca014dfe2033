"""A little drawing of what the rows of some data are about."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from ....catalog.datasets import Dataset
from .canvas import CORAL, CREAM, GREY, INK, LEAF, PLUM, SKY, SUN, TEAL, WHITE, Canvas
from .things import sheet


def draw_icon(canvas: Canvas, data: Dataset, x: float, y: float) -> str:
    """Around (x, y), 100 wide and high; gives the words for it."""
    known = _ICONS.get(data.key.removesuffix("_mass"))
    words, drawing = known or _BY_INPUT[data.input]
    drawing(canvas, x, y)
    return words


def _flower(canvas: Canvas, x: float, y: float) -> None:
    canvas.path(f"M{x} {y + 50} q-4 -30 0 -50", stroke=LEAF, width=7)
    canvas.path(f"M{x} {y + 40} q26 -24 34 0 q-20 12 -34 0 Z", fill=LEAF, width=3)
    for turn in range(5):
        angle = turn * 2 * math.pi / 5 - math.pi / 2
        canvas.circle(
            x + 22 * math.cos(angle), y - 14 + 22 * math.sin(angle), 15, PLUM, stroke=INK, stroke_width=3
        )
    canvas.circle(x, y - 14, 12, SUN, stroke=INK, stroke_width=3)


def _grapes(canvas: Canvas, x: float, y: float) -> None:
    canvas.path(f"M{x} {y - 34} q2 -14 14 -18", stroke="#a9713f", width=6)
    canvas.path(f"M{x + 4} {y - 38} q26 -16 34 4 q-18 12 -34 -4 Z", fill=LEAF, width=3)
    for row, count in enumerate((4, 3, 2, 1)):
        for place in range(count):
            canvas.circle(
                x + (place - (count - 1) / 2) * 24, y - 20 + row * 21, 13, PLUM, stroke=INK, stroke_width=3
            )


def _penguin(canvas: Canvas, x: float, y: float) -> None:
    for side in (-1, 1):
        canvas.ellipse(x + side * 14, y + 48, 13, 6, SUN, stroke=INK, stroke_width=3)
        canvas.ellipse(
            x + side * 34, y + 6, 9, 26, INK, transform=f"rotate({side * -16} {x + side * 34} {y + 6})"
        )
    canvas.ellipse(x, y, 34, 48, INK)
    canvas.ellipse(x, y + 10, 23, 34, WHITE)
    for side in (-1, 1):
        canvas.circle(x + side * 10, y - 24, 8, WHITE)
        canvas.circle(x + side * 9, y - 24, 4, INK)
    canvas.path(f"M{x - 8} {y - 14} h16 l-8 11 Z", fill=SUN, width=2.5)


def _house(canvas: Canvas, x: float, y: float) -> None:
    canvas.rect(x - 36, y - 8, 72, 58, CREAM, 4, stroke=INK, stroke_width=4)
    canvas.path(f"M{x - 48} {y - 6} L{x} {y - 48} L{x + 48} {y - 6} Z", fill=CORAL, width=4)
    canvas.rect(x - 10, y + 16, 20, 34, TEAL, 3, stroke=INK, stroke_width=3)
    canvas.rect(x + 16, y + 4, 14, 14, SKY, 2, stroke=INK, stroke_width=3)


def _car(canvas: Canvas, x: float, y: float) -> None:
    canvas.path(f"M{x - 30} {y + 6} l14 -28 h32 l16 28 Z", fill=SKY, width=4)
    canvas.rect(x - 52, y + 4, 104, 30, CORAL, 12, stroke=INK, stroke_width=4)
    for side in (-1, 1):
        canvas.circle(x + side * 28, y + 36, 13, INK)
        canvas.circle(x + side * 28, y + 36, 5, WHITE)


def _mushroom(canvas: Canvas, x: float, y: float) -> None:
    canvas.path(f"M{x - 14} {y + 48} q-2 -30 4 -48 h20 q6 18 4 48 Z", fill=CREAM, width=4)
    canvas.path(f"M{x - 48} {y + 2} q6 -50 48 -50 q42 0 48 50 Z", fill=CORAL, width=4)
    for dx, dy, r in ((-20, -16, 8), (6, -30, 7), (24, -12, 8)):
        canvas.circle(x + dx, y + dy, r, WHITE)


def _cells(canvas: Canvas, x: float, y: float) -> None:
    canvas.line(x + 22, y + 22, x + 46, y + 48, CORAL, 12)
    canvas.circle(x - 6, y - 8, 42, "#eaf7ff", stroke=CORAL, stroke_width=7)
    for dx, dy, r in ((-22, -16, 12), (6, -24, 10), (10, 2, 13), (-16, 12, 10)):
        canvas.circle(x - 4 + dx, y - 6 + dy, r, "#f9c7d4", stroke=INK, stroke_width=2.5)
        canvas.circle(x - 4 + dx, y - 6 + dy, r / 3, PLUM)


def _drop(canvas: Canvas, x: float, y: float) -> None:
    canvas.path(f"M{x} {y - 48} q44 54 30 80 q-12 20 -30 20 t-30 -20 q-14 -26 30 -80 Z", fill=CORAL, width=4)
    canvas.path(f"M{x - 14} {y + 18} q2 12 12 14", stroke=WHITE, width=5)


def _digit(canvas: Canvas, x: float, y: float) -> None:
    canvas.rect(x - 42, y - 46, 84, 94, INK, 10)
    canvas.path(
        f"M{x - 18} {y - 24} q22 -16 34 2 q4 16 -20 20 q28 2 22 24 q-12 20 -38 4", stroke=WHITE, width=10
    )


def _shirt(canvas: Canvas, x: float, y: float) -> None:
    canvas.path(
        f"M{x - 20} {y - 40} q20 18 40 0 l32 20 l-16 24 l-12 -8 v50 h-48 v-50 l-12 8 l-16 -24 Z",
        fill=TEAL,
        width=4,
    )


def _table(canvas: Canvas, x: float, y: float) -> None:
    canvas.rect(x - 44, y - 42, 88, 86, WHITE, 8, stroke=INK, stroke_width=4)
    canvas.rect(x - 42, y - 40, 84, 20, SUN, 6)
    for row in range(3):
        for column in range(3):
            canvas.rect(x - 34 + column * 25, y - 12 + row * 18, 18, 9, GREY, 3)


def _photo(canvas: Canvas, x: float, y: float) -> None:
    canvas.rect(x - 46, y - 42, 92, 84, WHITE, 6, stroke=INK, stroke_width=4)
    canvas.rect(x - 36, y - 32, 72, 64, SKY, 3)
    canvas.circle(x + 18, y - 16, 9, SUN)
    canvas.path(f"M{x - 36} {y + 32} l24 -34 l18 22 l12 -12 l18 24 Z", fill=LEAF, stroke="none", width=0)


def _text(canvas: Canvas, x: float, y: float) -> None:
    sheet(canvas, x - 38, y - 48, 76, 98, lines=5)


_Icon = tuple[str, Callable[[Canvas, float, float], None]]
_DIGIT: _Icon = ("a number that was written by hand", _digit)
_DROP: _Icon = ("a red drop", _drop)
_HOUSE: _Icon = ("a house", _house)
_CELLS: _Icon = ("small cells under a looking glass", _cells)
_ICONS: Mapping[str, _Icon] = {
    "iris": ("a flower", _flower),
    "wine": ("a bunch of grapes", _grapes),
    "penguin": ("a penguin", _penguin),
    "penguins": ("a penguin", _penguin),
    "breast_cancer": _CELLS,
    "breast_w": _CELLS,
    "diabetes": _DROP,
    "pima": _DROP,
    "digits": _DIGIT,
    "mnist": _DIGIT,
    "mnist_5k": _DIGIT,
    "optdigits": _DIGIT,
    "pendigits": _DIGIT,
    "boston_housing": _HOUSE,
    "california_housing": _HOUSE,
    "auto_mpg": ("a car", _car),
    "vehicle": ("a car", _car),
    "mushroom": ("a mushroom", _mushroom),
    "fashion_mnist": ("a shirt", _shirt),
}
_BY_INPUT: Mapping[str, _Icon] = {
    "table": ("a small table", _table),
    "image": ("a photo", _photo),
    "text": ("a sheet of text", _text),
}
