"""What the scenes are made of: the robot, the sky, stars, signs."""

from __future__ import annotations

import math

from p2n_schemas.storyboards import PICTURE_HEIGHT, PICTURE_WIDTH

from .canvas import AIR, CORAL, CREAM, GRASS, GREY, INK, SKY, SUN, TEAL, WHITE, Canvas, width_of


def stage(canvas: Canvas, indoors: bool = False) -> None:
    """The same ground under every page, with an edge of its own, so that it stands on light and on dark."""
    canvas.rect(0, 0, PICTURE_WIDTH, PICTURE_HEIGHT, CREAM if indoors else AIR, 26)
    if indoors:
        canvas.path(
            "M0 356 H800 V424 Q800 450 774 450 H26 Q0 450 0 424 Z", fill="#f3dfb8", stroke="none", width=0
        )
    else:
        canvas.circle(716, 76, 40, SUN)
        for turn in range(12):
            angle = turn * math.pi / 6
            canvas.line(
                716 + 50 * math.cos(angle),
                76 + 50 * math.sin(angle),
                716 + 60 * math.cos(angle),
                76 + 60 * math.sin(angle),
                SUN,
                5,
            )
        cloud(canvas, 96, 64)
        canvas.path(
            "M0 372 Q200 334 400 366 T800 352 V424 Q800 450 774 450 H26 Q0 450 0 424 Z",
            fill=GRASS,
            stroke="none",
            width=0,
        )
    canvas.rect(2, 2, PICTURE_WIDTH - 4, PICTURE_HEIGHT - 4, "none", 25, stroke=INK, stroke_width=4)


def cloud(canvas: Canvas, x: float, y: float) -> None:
    for dx, dy, r in ((-30, 6, 20), (0, -4, 28), (32, 6, 20)):
        canvas.circle(x + dx, y + dy, r, WHITE)
    canvas.rect(x - 48, y + 4, 98, 22, WHITE, 11)


def robot(canvas: Canvas, x: float, y: float, mood: str = "glad", glass: bool = False) -> None:
    """P2N itself, feet at (x, y), 150 high; `mood`: glad, unsure or sad; `glass`: it holds a looking glass to its right."""
    for side in (-1, 1):
        canvas.rect(x + side * 18 - 9, y - 34, 18, 30, GREY, 4, stroke=INK, stroke_width=3)
        canvas.rect(x + side * 20 - 15, y - 10, 30, 12, INK, 6)
    canvas.line(x - 36, y - 72, x - 56, y - 48, INK, 7)
    if glass:
        canvas.line(x + 36, y - 74, x + 62, y - 96, INK, 7)
        canvas.line(x + 62, y - 96, x + 74, y - 112, CORAL, 9)
        canvas.circle(x + 88, y - 134, 26, "#eaf7ff", stroke=CORAL, stroke_width=7)
        canvas.path(f"M{x + 74} {y - 138} q4 -12 16 -14", stroke=WHITE, width=4)
    else:
        canvas.line(x + 36, y - 72, x + 56, y - 92 if mood == "glad" else y - 48, INK, 7)
    canvas.rect(x - 36, y - 88, 72, 60, TEAL, 16, stroke=INK, stroke_width=4)
    canvas.path(
        f"M{x} {y - 46} l-13 -13 q-6 -9 3 -13 q7 -2 10 5 q3 -7 10 -5 q9 4 3 13 z",
        fill=CORAL,
        stroke=INK,
        width=2,
    )
    canvas.line(x, y - 148, x, y - 164, INK, 4)
    canvas.circle(x, y - 168, 7, SUN, stroke=INK, stroke_width=3)
    canvas.rect(x - 44, y - 150, 88, 60, SKY, 20, stroke=INK, stroke_width=4)
    for side in (-1, 1):
        canvas.circle(x + side * 18, y - 124, 12, WHITE, stroke=INK, stroke_width=3)
        canvas.circle(x + side * 18 + (3 if glass else 0), y - 124, 5, INK)
    mouths = {
        "glad": f"M{x - 14} {y - 106} q14 13 28 0",
        "unsure": f"M{x - 12} {y - 102} q6 -6 12 0 t12 0",
        "sad": f"M{x - 13} {y - 98} q13 -11 26 0",
    }
    canvas.path(mouths[mood], width=3.5)


def star(canvas: Canvas, x: float, y: float, r: float, fill: str = SUN, edge: float = 2.5) -> None:
    points = []
    for turn in range(10):
        size = r if turn % 2 == 0 else r * 0.45
        angle = -math.pi / 2 + turn * math.pi / 5
        points.append(f"{x + size * math.cos(angle):.1f} {y + size * math.sin(angle):.1f}")
    canvas.path(f"M{' L'.join(points)} Z", fill=fill, width=edge)


def sheet(canvas: Canvas, x: float, y: float, width: float, height: float, lines: int = 0) -> None:
    """A page with its corner folded; `lines` of writing in its lower part."""
    fold = min(34, width / 4)
    canvas.path(
        f"M{x} {y} h{width - fold:.1f} l{fold:.1f} {fold:.1f} v{height - fold:.1f} h{-width} Z",
        fill=WHITE,
        width=4,
    )
    canvas.path(f"M{x + width - fold:.1f} {y} v{fold:.1f} h{fold:.1f}", fill=CREAM, width=3)
    step = 16.0
    for number in range(lines):
        end = x + width - 20 - (30 if number % 3 == 2 else 0)
        canvas.line(x + 20, y + height - 22 - number * step, end, y + height - 22 - number * step, GREY, 5)


def sign(
    canvas: Canvas, x: float, y: float, text: str, fill: str = WHITE, size: float = 21, widest: float = 360
) -> None:
    """Words on a board with its middle at (x, y)."""
    width = min(widest, width_of(text, size) + 34)
    canvas.rect(x - width / 2, y - 22, width, 44, fill, 14, stroke=INK, stroke_width=3.5)
    canvas.text(x, y + size * 0.35, text, size, width - 20)


def bubble(
    canvas: Canvas, x: float, y: float, width: float, height: float, tail: tuple[float, float]
) -> None:
    """A speech bubble whose tail points to `tail`, below it or left of it."""
    tx, ty = tail
    foot = min(max(tx, x + 40), x + width - 70)
    if ty > y + height:
        d = f"M{foot} {y + height - 4} L{tx} {ty} L{foot + 34} {y + height - 4} Z"
    else:
        d = f"M{x + 4} {y + height - 70} L{tx} {ty} L{x + 4} {y + height - 34} Z"
    canvas.path(d, fill=WHITE, width=4)
    canvas.rect(x, y, width, height, WHITE, 22, stroke=INK, stroke_width=4)
    if ty > y + height:
        canvas.line(foot + 4, y + height - 2, foot + 30, y + height - 2, WHITE, 6)
    else:
        canvas.line(x + 2, y + height - 66, x + 2, y + height - 38, WHITE, 6)


def tick(canvas: Canvas, x: float, y: float, fill: str = TEAL) -> None:
    canvas.circle(x, y, 15, fill, stroke=INK, stroke_width=2.5)
    canvas.path(f"M{x - 7} {y} l5 6 l9 -11", stroke=WHITE, width=4)


def cross(canvas: Canvas, x: float, y: float) -> None:
    canvas.circle(x, y, 15, CORAL, stroke=INK, stroke_width=2.5)
    canvas.path(f"M{x - 6} {y - 6} l12 12 M{x + 6} {y - 6} l-12 12", stroke=WHITE, width=4)


def unknown(canvas: Canvas, x: float, y: float, mark: str = "?", fill: str = GREY) -> None:
    canvas.circle(x, y, 15, fill, stroke=INK, stroke_width=2.5)
    canvas.text(x, y + 7, mark, 20, 24)
