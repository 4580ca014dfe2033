"""Shapes and words as SVG: everything escaped, no words wider than their place, nothing loaded, nothing run."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from p2n_schemas.storyboards import PICTURE_HEIGHT, PICTURE_WIDTH

INK, CREAM, WHITE, GREY = "#2d2a4a", "#fff4de", "#ffffff", "#cfc8bb"
CORAL, TEAL, SUN, SKY, PLUM, LEAF = "#ef6f53", "#2a9d8f", "#f4b63f", "#74b9e6", "#8f6cc2", "#6aa84f"
COLOURS = (TEAL, CORAL, SUN, PLUM, SKY, LEAF)
GRASS, AIR = "#bfe3b4", "#dff1fb"
_FONT = "ui-rounded, 'SF Pro Rounded', 'Comic Neue', 'Nunito', 'Trebuchet MS', 'DejaVu Sans', sans-serif"
_NARROW = set("iljtfrI.,:;'’|!()[] -")
_WIDE = set("mwMW@%&—…")


@dataclass(frozen=True)
class Picture:
    """`description` says what is seen, for those who can't see it."""

    svg: str
    description: str


def width_of(text: str, size: float) -> float:
    """Pixels that a text takes at most in the usual sans-serif fonts, in bold."""
    return sum(map(_advance, text)) * size


def _advance(sign: str) -> float:
    if unicodedata.combining(sign):
        return 0.0
    if sign in _NARROW:
        return 0.42
    if sign in _WIDE:
        return 1.12
    if not sign.isascii():
        return 1.1 if unicodedata.east_asian_width(sign) in "WF" else 0.9
    return 0.86 if sign.isupper() else 0.72


def fitted(text: str, width: float, size: float, smallest: float = 13) -> tuple[str, float]:
    """The text and its size, smaller where it has to be, and cut where that is not enough."""
    while width_of(text, size) > width and size > smallest:
        size -= 1
    if width_of(text, size) <= width:
        return text, size
    while text and width_of(f"{text}…", size) > width:
        text = text[:-1]
    return f"{text.rstrip()}…", size


def wrapped(text: str, width: float, size: float, most: int) -> list[str]:
    """Lines no wider than `width`, `most` of them at most, the last one cut where there is more."""
    lines, words = [""], text.split(" ")
    for place, word in enumerate(words):
        longer = f"{lines[-1]} {word}".strip()
        if width_of(longer, size) <= width or not lines[-1]:
            lines[-1] = longer
        elif len(lines) < most:
            lines.append(word)
        else:
            lines[-1] = " ".join([lines[-1], *words[place:]])
            break
    return [fitted(line, width, size, smallest=size)[0] for line in lines]


class Canvas:
    """Coordinates in pixels, origin at the top left. Colours are ours, texts are strangers'."""

    def __init__(self) -> None:
        self._parts: list[str] = []

    def add(self, element: str, **attributes: object) -> None:
        self._parts.append(f"<{element}{_attributes(attributes)}/>")

    def rect(
        self, x: float, y: float, width: float, height: float, fill: str, r: float = 0, **more: object
    ) -> None:
        self.add("rect", x=x, y=y, width=width, height=height, rx=r, fill=fill, **more)

    def circle(self, x: float, y: float, r: float, fill: str, **more: object) -> None:
        self.add("circle", cx=x, cy=y, r=r, fill=fill, **more)

    def ellipse(self, x: float, y: float, rx: float, ry: float, fill: str, **more: object) -> None:
        self.add("ellipse", cx=x, cy=y, rx=rx, ry=ry, fill=fill, **more)

    def line(
        self, x1: float, y1: float, x2: float, y2: float, stroke: str = INK, width: float = 4, **more: object
    ) -> None:
        self.add(
            "line",
            x1=x1,
            y1=y1,
            x2=x2,
            y2=y2,
            stroke=stroke,
            stroke_width=width,
            stroke_linecap="round",
            **more,
        )

    def path(self, d: str, fill: str = "none", stroke: str = INK, width: float = 4, **more: object) -> None:
        self.add(
            "path",
            d=d,
            fill=fill,
            stroke=stroke,
            stroke_width=width,
            stroke_linecap="round",
            stroke_linejoin="round",
            **more,
        )

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float = 22,
        width: float | None = None,
        anchor: str = "middle",
        fill: str = INK,
        weight: int = 700,
    ) -> None:
        """One line with its baseline at y; `width`: what it may take, to the picture's edge where none is given."""
        if width is None:
            room = min(x, PICTURE_WIDTH - x) * 2 if anchor == "middle" else PICTURE_WIDTH - x
            width = room - 24
        shown, size = fitted(text, width, size)
        given = _attributes(
            {"x": x, "y": y, "font_size": size, "text_anchor": anchor, "fill": fill, "font_weight": weight}
        )
        self._parts.append(f"<text{given}>{escape(shown)}</text>")

    def lines(
        self, x: float, y: float, texts: Sequence[str], size: float, gap: float = 1.25, **more: object
    ) -> None:
        for number, text in enumerate(texts):
            self.text(x, y + number * size * gap, text, size, **more)  # type: ignore[arg-type]

    def picture(self, title: str, description: str) -> Picture:
        body = "".join(self._parts)
        return Picture(
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {PICTURE_WIDTH} {PICTURE_HEIGHT}"'
            f' width="{PICTURE_WIDTH}" height="{PICTURE_HEIGHT}" role="img" aria-labelledby="title desc"'
            f" font-family={quoteattr(_FONT)}>"
            f'<title id="title">{escape(title)}</title><desc id="desc">{escape(description)}</desc>{body}</svg>\n',
            description,
        )


def _attributes(given: dict[str, object]) -> str:
    found = []
    for key, value in given.items():
        shown = f"{value:.1f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
        found.append(f" {key.replace('_', '-')}={quoteattr(shown)}")
    return "".join(found)
