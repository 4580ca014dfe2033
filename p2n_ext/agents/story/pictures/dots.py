"""Rows of data as dots on a board, their number true to the row."""

from __future__ import annotations

from ..facts import counted, rows_per_dot
from .canvas import INK, TEAL, WHITE, Canvas


def rows_as_dots(canvas: Canvas, rows: int) -> str:
    """A dot for each row, or for each 2, 5, 10, 20, 50 … of them; gives the words for it."""
    each = rows_per_dot(rows)
    dots = -(-rows // each)
    columns = 25 if dots > 100 else 20 if dots > 40 else 10
    lines = -(-dots // columns)
    gap = min(20.0, 200 / max(lines, 1), 480 / columns)
    canvas.rect(70, 100, 520, 246, WHITE, 16, stroke=INK, stroke_width=4)
    left, top = 330 - columns * gap / 2 + gap / 2, 208 - lines * gap / 2 + gap / 2
    for number in range(dots):
        canvas.circle(left + number % columns * gap, top + number // columns * gap, gap * 0.36, TEAL)
    words = f"{rows} rows" if each == 1 else f"{rows} rows, each dot stands for {each}"
    canvas.text(330, 336, words, 19, 490)
    one = "row" if each == 1 else "rows"
    return f"Each dot stands for {each} {one}, and there are {counted(rows, 'row')}."
