"""What a page is made of, as pdfium gives it: glyphs, rules and pictures.

pdfium's text page is read by its C interface (fpdf_text.h), since the boxes, baselines and angles of single
glyphs are what everything above is built on.
"""

from __future__ import annotations

import ctypes
import math
import unicodedata
from dataclasses import dataclass, field
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as c

from .geometry import Rect, turned
from .unseen import Doubt, Inks, unseen

MAX_GLYPHS = 40_000
MAX_OBJECTS = 20_000
MAX_SEGMENTS = 2_000
MAX_RULES = 3_000
RULE_THICKNESS = 2.5
RULE_LENGTH = 8.0
# what pdfium takes a page without a size for
LETTER = (0.0, 0.0, 612.0, 792.0)


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character; `box` spans its advance and its font's height, `baseline` is a y."""

    text: str
    box: Rect
    baseline: float
    size: float
    font: str
    bold: bool
    quarter: int
    index: int
    ink: Rect


@dataclass(frozen=True, slots=True)
class Rule:
    """A drawn line."""

    box: Rect
    horizontal: bool


@dataclass(slots=True)
class RawPage:
    """A page as displayed (its own /Rotate applied), sizes in points."""

    number: int
    width: float
    height: float
    glyphs: list[Glyph] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    figures: list[Rect] = field(default_factory=list)
    scan: bool = False
    """whether the text is the unpainted layer over a picture of the page"""


class Frame:
    """Maps pdfium's user space (origin bottom left of the media) to the displayed page."""

    def __init__(self, page: Any) -> None:
        media = _upright(page.get_mediabox())
        if media[2] - media[0] < 1 or media[3] - media[1] < 1:
            media = LETTER
        left, bottom, right, top = _upright(page.get_cropbox())
        left, bottom = max(left, media[0]), max(bottom, media[1])
        right, top = min(right, media[2]), min(top, media[3])
        if right - left < 1 or top - bottom < 1:
            left, bottom, right, top = media
        self.left, self.top = left, top
        self.raw_width, self.raw_height = right - left, top - bottom
        self.quarters = int(page.get_rotation()) // 90 % 4
        swap = self.quarters % 2 == 1
        self.width = self.raw_height if swap else self.raw_width
        self.height = self.raw_width if swap else self.raw_height

    def rect(self, x0: float, y0: float, x1: float, y1: float) -> Rect:
        raw = Rect(
            min(x0, x1) - self.left, self.top - max(y0, y1), max(x0, x1) - self.left, self.top - min(y0, y1)
        )
        return turned(raw, self.quarters, self.raw_width, self.raw_height)

    def shows(self, box: Rect) -> bool:
        """Whether the middle of a displayed box lies on the page."""
        return 0 <= box.cx <= self.width and 0 <= box.cy <= self.height


def _upright(box: tuple[float, ...]) -> tuple[float, float, float, float]:
    """A box of the file, whichever of its corners come first."""
    x0, y0, x1, y1 = box
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def read_page(document: pdfium.PdfDocument, number: int) -> RawPage:
    """Glyphs, rules and figure boxes of a page (1-based). Raises pypdfium2.PdfiumError on a broken page."""
    page = document[number - 1]
    try:
        frame = Frame(page)
        raw = RawPage(number, frame.width, frame.height)
        text = page.get_textpage()
        try:
            raw.glyphs, doubtful = _glyphs(text.raw, frame)
        finally:
            text.close()
        if doubtful:
            lost = unseen(page, (frame.width, frame.height), doubtful, len(raw.glyphs) - len(doubtful))
            raw.glyphs = [g for i, g in enumerate(raw.glyphs) if i not in lost.glyphs]
            raw.scan = lost.scan
        _graphics(page, frame, raw)
        return raw
    finally:
        page.close()


# what fonts of signs print at the places of digits
CROSSES = {"3": "✓", "4": "✔", "5": "✕", "6": "✖", "7": "✗", "8": "✘"}


def _glyphs(text: Any, frame: Frame) -> tuple[list[Glyph], dict[int, tuple[Doubt, Rect]]]:
    """The glyphs on the visible page; those that may not be seen there, by their place in the list."""
    count = min(c.FPDFText_CountChars(text), MAX_GLYPHS)
    x, y = ctypes.c_double(), ctypes.c_double()
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    loose, matrix = c.FS_RECTF(), c.FS_MATRIX()
    flags = ctypes.c_int()
    buffer = ctypes.create_string_buffer(128)
    found: list[Glyph] = []
    inks, doubtful = Inks(), dict[int, tuple[Doubt, Rect]]()
    for i in range(count):
        code = c.FPDFText_GetUnicode(text, i)
        if 0xD800 <= code < 0xDC00 and i + 1 < count:
            code = _joined(code, c.FPDFText_GetUnicode(text, i + 1))
        char = "-" if code in (2, 0xFFFE, 0xAD) else chr(code) if 32 < code < 0x110000 else ""
        # pdfium marks a hyphen that ends a line as U+FFFE or 2, and makes up spaces that no font printed
        if not char or char.isspace() or 0xD800 <= code < 0xE000:
            continue
        if c.FPDFText_IsGenerated(text, i) == 1 and code not in (2, 0xFFFE):
            continue
        if not c.FPDFText_GetLooseCharBox(text, i, loose):
            continue
        c.FPDFText_GetCharOrigin(text, i, x, y)
        c.FPDFText_GetCharBox(text, i, left, right, bottom, top)
        size = float(c.FPDFText_GetFontSize(text, i))
        if c.FPDFText_GetMatrix(text, i, matrix):
            size *= math.hypot(matrix.c, matrix.d)
        used = c.FPDFText_GetFontInfo(text, i, buffer, 128, flags)
        font = buffer.raw[: max(min(used, 128) - 1, 0)].decode("utf-8", "replace")
        quarter = round(float(c.FPDFText_GetCharAngle(text, i)) / (math.pi / 2))
        # pdfium's angle grows clockwise in its own y-up space for text that is turned counter-clockwise
        quarter = (quarter + frame.quarters) % 4
        box = frame.rect(loose.left, loose.bottom, loose.right, loose.top)
        ink = frame.rect(left.value, bottom.value, right.value, top.value)
        origin = frame.rect(x.value, y.value, x.value, y.value)
        if not all(map(math.isfinite, (box.x0, box.top, box.x1, box.bottom, origin.top, size))):
            continue
        if not frame.shows(box) and not frame.shows(origin):
            continue
        if doubt := inks.doubt(text, i):
            doubtful[len(found)] = doubt, box
        bold = "bold" in font.lower() or font.rsplit("+")[-1].upper().startswith(
            ("CMBX", "NIMBUSROMNO9L-MEDI")
        )
        baseline = origin.top if quarter % 2 == 0 else origin.x0
        if code >= 0x10000 or 0x2160 <= code <= 0x217F:
            # mathematical letters, and Roman numerals of one character
            char = unicodedata.normalize("NFKC", char)
        if char in CROSSES and "dingbat" in font.lower():
            char = CROSSES[char]
        found.append(Glyph(char, box, baseline, abs(size) or box.height, font, bold, quarter, i, ink))
    return found, doubtful


def _joined(high: int, low: int) -> int:
    """The character of a surrogate pair, which pdfium gives as two of one box: U+1D445 is a mathematical R."""
    return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00) if 0xDC00 <= low < 0xE000 else high


def _graphics(page: Any, frame: Frame, raw: RawPage) -> None:
    count = min(c.FPDFPage_CountObjects(page.raw), MAX_OBJECTS)
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    area = frame.width * frame.height
    for i in range(count):
        item = c.FPDFPage_GetObject(page.raw, i)
        kind = c.FPDFPageObj_GetType(item)
        if kind not in (
            c.FPDF_PAGEOBJ_PATH,
            c.FPDF_PAGEOBJ_IMAGE,
            c.FPDF_PAGEOBJ_FORM,
            c.FPDF_PAGEOBJ_SHADING,
        ):
            continue
        if not c.FPDFPageObj_GetBounds(item, left, bottom, right, top):
            continue
        box = frame.rect(left.value, bottom.value, right.value, top.value)
        if kind == c.FPDF_PAGEOBJ_PATH:
            if len(raw.rules) > MAX_RULES:
                continue
            _path(item, box, frame, raw)
        elif kind == c.FPDF_PAGEOBJ_IMAGE and min(box.width, box.height) <= RULE_THICKNESS:
            # some printers' drivers draw rules as pictures
            if max(box.width, box.height) >= RULE_LENGTH and len(raw.rules) <= MAX_RULES:
                raw.rules.append(Rule(box, box.width > box.height))
        elif 400 < box.width * box.height < 0.6 * area and min(box.width, box.height) > 10:
            raw.figures.append(box.clipped(frame.width, frame.height))


def _path(item: Any, box: Rect, frame: Frame, raw: RawPage) -> None:
    # white boxes and clip paths draw nothing a reader sees, yet they do not hurt: only thin ones count
    if box.height <= RULE_THICKNESS and box.width >= RULE_LENGTH:
        raw.rules.append(Rule(box, True))
        return
    if box.width <= RULE_THICKNESS and box.height >= RULE_LENGTH:
        raw.rules.append(Rule(box, False))
        return
    count = c.FPDFPath_CountSegments(item)
    if not 2 <= count <= MAX_SEGMENTS or len(raw.rules) > MAX_RULES:
        return
    matrix = c.FS_MATRIX()
    if not c.FPDFPageObj_GetMatrix(item, matrix):
        return
    x, y = ctypes.c_float(), ctypes.c_float()
    last: tuple[float, float] | None = None
    for k in range(count):
        segment = c.FPDFPath_GetPathSegment(item, k)
        if not c.FPDFPathSegment_GetPoint(segment, x, y):
            last = None
            continue
        here = (
            matrix.a * x.value + matrix.c * y.value + matrix.e,
            matrix.b * x.value + matrix.d * y.value + matrix.f,
        )
        if last is not None and c.FPDFPathSegment_GetType(segment) == c.FPDF_SEGMENT_LINETO:
            line = frame.rect(*last, *here)
            if line.height < 0.5 and line.width >= RULE_LENGTH:
                raw.rules.append(Rule(line, True))
            elif line.width < 0.5 and line.height >= RULE_LENGTH:
                raw.rules.append(Rule(line, False))
        last = here
