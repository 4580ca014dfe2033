"""How a method works, as a little scene."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping

from ..explanations import Scene, of_method
from ..knowledge import Knowledge
from ..plain import name, quoted
from .canvas import COLOURS, CORAL, CREAM, GREY, INK, LEAF, PLUM, SKY, SUN, TEAL, WHITE, Canvas
from .things import robot, sign, star

# scattered by hand, so that they look it: two groups left and right of the middle
_LEFT = ((120, 150), (166, 226), (214, 138), (110, 262), (240, 300), (178, 322), (262, 208))
_RIGHT = ((402, 130), (462, 178), (530, 140), (424, 250), (500, 296), (548, 232), (398, 326))


def draw_method(canvas: Canvas, known: Knowledge) -> str:
    printed = name(known.lead.method, 60) if known.lead else ""
    scene: Scene = of_method(known.method.key).scene if known.method else "box"
    canvas.rect(70, 92, 520, 270, WHITE, 18, stroke=INK, stroke_width=4)
    seen = _SCENES[scene](canvas)
    sign(canvas, 330, 60, printed, SUN, 24, 560)
    robot(canvas, 690, 420, "unsure" if scene == "box" else "glad")
    return f"A board with the name {quoted(printed)}. {seen} A small robot points at it."


def _two_groups(canvas: Canvas) -> None:
    for x, y in _LEFT:
        canvas.circle(x, y, 13, TEAL, stroke=INK, stroke_width=2.5)
    for x, y in _RIGHT:
        canvas.rect(x - 12, y - 12, 24, 24, CORAL, 4, stroke=INK, stroke_width=2.5)


def _new(canvas: Canvas, x: float, y: float) -> None:
    canvas.circle(x, y, 20, SUN, stroke=INK, stroke_width=3.5)
    canvas.text(x, y + 9, "?", 26, 30)


def _neighbours(canvas: Canvas) -> str:
    canvas.circle(300, 226, 112, "#fff1c9", stroke=SUN, stroke_width=4, stroke_dasharray="4 12")
    for x, y in ((262, 208), (240, 300), (214, 170), (398, 190)):
        canvas.line(300, 226, x, y, INK, 3.5)
    _two_groups(canvas)
    canvas.circle(214, 170, 13, TEAL, stroke=INK, stroke_width=2.5)
    canvas.rect(386, 178, 24, 24, CORAL, 4, stroke=INK, stroke_width=2.5)
    _new(canvas, 300, 226)
    return "A new dot with a question mark is tied to its near friends, most of them round, and they vote."


def _line(canvas: Canvas) -> str:
    canvas.path("M110 330 V120 M110 330 H560", width=5)
    for x, y in (
        (140, 296),
        (180, 300),
        (220, 262),
        (262, 268),
        (306, 222),
        (350, 226),
        (398, 182),
        (440, 190),
        (486, 150),
    ):
        canvas.circle(x, y, 11, TEAL, stroke=INK, stroke_width=2.5)
    canvas.line(124, 322, 540, 124, CORAL, 7)
    _new(canvas, 372, 204)
    return (
        "Dots climb from left to right. One straight line runs through them, and a new dot sits on the line."
    )


def _wall(canvas: Canvas) -> str:
    _two_groups(canvas)
    canvas.line(352, 112, 312, 342, PLUM, 9)
    _new(canvas, 290, 256)
    return "A straight line runs between round dots and square ones. A new dot is on the round side."


def _fence(canvas: Canvas) -> str:
    _two_groups(canvas)
    canvas.path("M350 108 Q300 170 332 226 T312 346", stroke=PLUM, width=9)
    _new(canvas, 292, 256)
    return "A bent line runs between round dots and square ones. A new dot is on the round side."


def _clues(canvas: Canvas) -> str:
    for row, (one, two) in enumerate(((0.8, 0.3), (0.5, 0.6), (0.9, 0.2))):
        y = 128 + row * 76
        canvas.circle(112, y + 24, 20, COLOURS[row + 2], stroke=INK, stroke_width=3)
        canvas.text(112, y + 31, "?", 22, 30)
        canvas.rect(160, y, 390 * one, 22, TEAL, 8, stroke=INK, stroke_width=2.5)
        canvas.rect(160, y + 28, 390 * two, 22, CORAL, 8, stroke=INK, stroke_width=2.5)
    return "Clues stand one below the other. Beside each are bars, for how well it fits each kind."


def _one_tree(canvas: Canvas, x: float, y: float, size: float, fill: str = LEAF) -> None:
    canvas.rect(
        x - size * 0.12, y - size * 0.5, size * 0.24, size * 0.5, "#a9713f", 4, stroke=INK, stroke_width=3
    )
    for dx, dy, r in ((-0.32, -0.7, 0.34), (0.32, -0.7, 0.34), (0, -1.0, 0.4)):
        canvas.circle(x + dx * size, y + dy * size, r * size, fill, stroke=INK, stroke_width=3)
    canvas.circle(x, y - 0.72 * size, 0.36 * size, fill)


def _tree(canvas: Canvas) -> str:
    for x1, y1, x2, y2 in (
        (330, 132, 200, 226),
        (330, 132, 460, 226),
        (200, 226, 130, 320),
        (200, 226, 270, 320),
    ):
        canvas.line(x1, y1, x2, y2, "#a9713f", 9)
    for x2 in (390, 530):
        canvas.line(460, 226, x2, 320, "#a9713f", 9)
    for x, y in ((330, 132), (200, 226), (460, 226)):
        canvas.circle(x, y, 26, SUN, stroke=INK, stroke_width=3.5)
        canvas.text(x, y + 10, "?", 30, 40)
    for x, fill in ((130, TEAL), (270, CORAL), (390, TEAL), (530, CORAL)):
        canvas.path(f"M{x} 296 q32 24 0 50 q-32 -26 0 -50 Z", fill=fill, width=3)
    for x, y, word in ((236, 172, "yes"), (424, 172, "no"), (138, 272, "yes"), (262, 272, "no")):
        canvas.text(x, y, word, 18, 60)
    return "Questions hang on a tree. Each yes or no leads down a branch, and leaves hang at the ends."


def _forest(canvas: Canvas) -> str:
    for x, y, size, fill in (
        (140, 330, 92, "#88bd63"),
        (250, 320, 104, LEAF),
        (370, 326, 96, "#88bd63"),
        (490, 318, 106, LEAF),
    ):
        _one_tree(canvas, x, y, size, fill)
    for x, kind in ((140, True), (250, True), (370, False), (490, True)):
        canvas.rect(x - 22, 106, 44, 40, WHITE, 8, stroke=INK, stroke_width=3)
        if kind:
            canvas.circle(x, 126, 11, TEAL, stroke=INK, stroke_width=2)
        else:
            canvas.rect(x - 10, 116, 20, 20, CORAL, 3, stroke=INK, stroke_width=2)
    return "Trees stand in a row. Each tree holds up a card with its vote, and most cards are the same."


def _team(canvas: Canvas) -> str:
    for number in range(4):
        x = 130 + number * 126
        _one_tree(canvas, x, 336, 66, COLOURS[(number + 5) % 6] if number == 3 else LEAF)
        right = 2 + number
        for place in range(5):
            fill = TEAL if place < right else CORAL
            canvas.circle(x - 36 + place * 18, 210 - number * 22, 8, fill, stroke=INK, stroke_width=2)
        if number < 3:
            canvas.path(f"M{x + 46} {196 - number * 22} q22 -26 40 -24 m-14 -8 l14 8 l-12 10", width=4)
    star(canvas, 508, 116, 18)
    return "Small trees stand in a row. From one to the next, more of the dots above them turn from wrong to right."


def _range(canvas: Canvas) -> str:
    canvas.path(
        "M90 250 Q200 120 320 190 T570 130 V250 Q450 320 320 270 T90 320 Z",
        fill="#d4ecfb",
        stroke=SKY,
        width=3,
    )
    canvas.path("M90 286 Q200 190 320 230 T570 190", stroke=PLUM, width=7)
    for x, y in ((120, 266), (196, 226), (262, 214), (330, 236), (400, 244), (470, 224)):
        canvas.circle(x, y, 11, TEAL, stroke=INK, stroke_width=2.5)
    canvas.path("M536 138 V246 M520 138 h32 M520 246 h32", stroke=CORAL, width=6)
    return "A soft band runs along a line of dots. At its end a mark shows how low and how high the guess may go."


def _groups(canvas: Canvas) -> str:
    middles = ((170, 180), (430, 170), (310, 300))
    for number, (x, y) in enumerate(middles):
        canvas.ellipse(x, y, 96, 60, CREAM, stroke=COLOURS[number], stroke_width=5, stroke_dasharray="3 11")
        for place in range(7):
            angle = place * 0.9 + number
            far = 26 + 9 * (place % 3)
            canvas.circle(
                x + far * 1.5 * math.cos(angle),
                y + far * 0.85 * math.sin(angle),
                10,
                COLOURS[number],
                stroke=INK,
                stroke_width=2,
            )
    return "Dots lie in heaps. A ring is drawn around each heap."


def _layers(canvas: Canvas) -> str:
    columns = ((130, 3), (260, 5), (400, 5), (530, 2))
    places = [[(x, 227 + (i - (n - 1) / 2) * 48) for i in range(n)] for x, n in columns]
    for here, there in itertools.pairwise(places):
        for x1, y1 in here:
            for x2, y2 in there:
                canvas.line(x1, y1, x2, y2, GREY, 2)
    for number, column in enumerate(places):
        for x, y in column:
            canvas.circle(x, y, 17, COLOURS[number], stroke=INK, stroke_width=3)
    return (
        "Layers of small round parts stand side by side. Lines tie each part to all parts of the next layer."
    )


def _window(canvas: Canvas) -> str:
    for row in range(6):
        for column in range(9):
            x, y = 96 + column * 38, 114 + row * 38
            lit = (column - 4) ** 2 + (row - 2.5) ** 2 < 6
            canvas.rect(x, y, 34, 34, SKY if lit else CREAM, 5, stroke=GREY, stroke_width=2)
    canvas.rect(168, 148, 118, 118, "none", 8, stroke=CORAL, stroke_width=8)
    canvas.path("M300 206 h70 m-16 -14 l18 14 l-18 14", stroke=CORAL, width=7)
    for number in range(3):
        canvas.rect(484, 140 + number * 66, 60, 48, COLOURS[number], 10, stroke=INK, stroke_width=3)
    return "A small red window slides over a sheet of boxes and hands on what it sees."


def _memory(canvas: Canvas) -> str:
    for number in range(4):
        x = 96 + number * 124
        canvas.rect(x, 270, 92, 50, CREAM, 10, stroke=INK, stroke_width=3)
        canvas.line(x + 18, 288, x + 74, 288, GREY, 6)
        canvas.line(x + 18, 303, x + 56, 303, GREY, 6)
        canvas.path(f"M{x + 46} 264 V222", stroke=INK, width=4)
        canvas.rect(x + 14, 142, 64, 74, COLOURS[number], 10, stroke=INK, stroke_width=3)
        for line in range(number + 1):
            canvas.line(x + 26, 158 + line * 14, x + 66, 158 + line * 14, WHITE, 5)
        if number < 3:
            canvas.path(f"M{x + 82} 178 h46 m-12 -9 l12 9 l-12 9", width=4)
    return "Words come one by one. With each word a small note gets longer, and it is handed on."


def _words(canvas: Canvas) -> str:
    for number in range(4):
        x = 90 + number * 84
        canvas.rect(x, 130, 70, 42, COLOURS[number], 10, stroke=INK, stroke_width=3)
        canvas.path(f"M{x + 35} 176 L320 268", width=4)
    canvas.path("M232 264 H408 L380 334 H260 Z", fill=CREAM, width=4)
    canvas.text(320, 310, "+", 44, 60)
    canvas.path("M424 296 h60 m-14 -12 l16 12 l-16 12", width=6)
    star(canvas, 528, 296, 30)
    return "Words fall in a bowl, where they are added up. A guess comes out."


def _box(canvas: Canvas) -> str:
    canvas.path("M180 170 L330 120 L480 170 V310 L330 350 L180 310 Z", fill="#d9a86c", width=4)
    canvas.path("M180 170 L330 214 L480 170 M330 214 V350", width=4)
    canvas.text(256, 284, "?", 64, 80, fill=WHITE)
    canvas.text(404, 284, "?", 64, 80, fill=WHITE)
    return "A shut box with question marks on it. No one here can look inside."


_SCENES: Mapping[Scene, Callable[[Canvas], str]] = {
    "neighbours": _neighbours,
    "line": _line,
    "wall": _wall,
    "fence": _fence,
    "clues": _clues,
    "tree": _tree,
    "forest": _forest,
    "team": _team,
    "range": _range,
    "groups": _groups,
    "layers": _layers,
    "window": _window,
    "memory": _memory,
    "words": _words,
    "box": _box,
}
