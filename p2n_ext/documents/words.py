"""Glyphs to words: by baseline and by the gaps between glyphs, never by the order of the file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from .geometry import Rect, turned, union
from .glyphs import Glyph, RawPage, Rule

# TeX shrinks a space to about 0.22 em and kerns inside words up to about 0.1 em
SPACE = 0.16
BASELINE_LINK = 0.5
BASELINE_SPAN = 0.22
PROSE = 12
"""small words of running text that no figure holds"""


@dataclass(frozen=True, slots=True)
class Word:
    text: str
    box: Rect
    baseline: float
    size: float
    font: str
    bold: bool
    script: bool = False
    """raised or lowered beside a larger word, whose baseline it then carries"""
    lowered: bool = False
    confidence: float = 1.0
    """below 1 where the word was recognised in a picture"""


@dataclass(slots=True)
class View:
    """A page turned so that some of its text runs from left to right: its words and rules in the turned frame.

    `quarters` is how often the displayed page was turned clockwise; `to_page` takes a box back.
    """

    quarters: int
    width: float
    height: float
    words: list[Word]
    rules: list[Rule]
    figures: list[Rect]

    def to_page(self, rect: Rect) -> Rect:
        return turned(rect, -self.quarters % 4, self.width, self.height)


def views(page: RawPage) -> list[View]:
    """The page's upright text, and each turned way that has enough text to hold a table."""
    found = []
    for quarter in (0, 1, 3, 2):
        glyphs = [g for g in page.glyphs if g.quarter == quarter]
        if quarter and len(glyphs) < 40:
            continue
        # text of quarter q is turned clockwise by q: turning the page back makes it upright
        back = -quarter % 4
        swap = back % 2 == 1
        width, height = (page.height, page.width) if swap else (page.width, page.height)
        words = words_of([_turn(g, back, page) for g in glyphs])
        rules = [Rule(turned(r.box, back, page.width, page.height), r.horizontal != swap) for r in page.rules]
        found.append(
            View(
                back,
                width,
                height,
                words,
                rules,
                _pictures([turned(f, back, page.width, page.height) for f in page.figures], words, rules),
            )
        )
    return found


def _pictures(figures: Sequence[Rect], words: Sequence[Word], rules: Sequence[Rule]) -> list[Rect]:
    """Figures only: a frame around running text or around the rows of a table is none."""
    small = [w.box for w in words if w.text.lower() in ("the", "of", "and", "in", "to", "is", "for", "with")]
    found = [f for f in figures if sum(f.holds(b.cx, b.cy) for b in small) < PROSE]
    found = [_cut(f, rules) for f in found]
    return [f for f in found if not _tabular([w for w in words if f.holds(w.box.cx, w.box.cy)])]


def _cut(figure: Rect, rules: Sequence[Rule]) -> Rect:
    """The part of a figure's box between the rules that run across its sides: pdfium does not clip its forms."""
    across = [
        r.box.cy
        for r in rules
        if r.horizontal
        and figure.top < r.box.cy < figure.bottom
        and (
            r.box.x0 < figure.x0 - 15 < figure.x0 + 15 < r.box.x1
            or r.box.x0 < figure.x1 - 15 < figure.x1 + 15 < r.box.x1
        )
    ]
    top = max((y for y in across if y < figure.cy), default=figure.top)
    bottom = min((y for y in across if y >= figure.cy), default=figure.bottom)
    return Rect(figure.x0, top, figure.x1, bottom)


def _tabular(words: Sequence[Word]) -> bool:
    """Three rows or more of a name and numbers, each row as long as the one before."""
    rows: dict[int, list[Word]] = {}
    for word in words:
        rows.setdefault(round(word.baseline), []).append(word)
    lengths = []
    for row in rows.values():
        row.sort(key=lambda w: w.box.x0)
        numbers = sum(w.text[:1].isdigit() and "." in w.text for w in row)
        if row[0].text[:1].isalpha() and numbers >= 2:
            lengths.append(numbers)
    return len(lengths) >= 3 and len(set(lengths)) == 1


def _turn(glyph: Glyph, back: int, page: RawPage) -> Glyph:
    if back == 0:
        return glyph
    box = turned(glyph.box, back, page.width, page.height)
    ink = turned(glyph.ink, back, page.width, page.height)
    b = glyph.baseline
    line = Rect(b, 0, b, 0) if back % 2 == 1 else Rect(0, b, 0, b)
    baseline = turned(line, back, page.width, page.height).top
    return Glyph(glyph.text, box, baseline, glyph.size, glyph.font, glyph.bold, 0, glyph.index, ink)


def words_of(glyphs: Sequence[Glyph]) -> list[Word]:
    """Words sorted by baseline, then x."""
    words: list[Word] = []
    for row in _baselines(glyphs):
        row.sort(key=lambda g: (g.box.x0, g.index))
        current: list[Glyph] = []
        for glyph in row:
            if current:
                last = current[-1]
                if _printed_twice(last, glyph):
                    continue
                if _parted(last, glyph):
                    words.append(_word(current))
                    current = []
            current.append(glyph)
        if current:
            words.append(_word(current))
    words = _settle_scripts(words)
    words.sort(key=lambda w: (w.baseline, w.box.x0))
    return words


def _settle_scripts(words: list[Word]) -> list[Word]:
    """Give superscripts and subscripts the baseline of the word they stand beside."""
    bands: dict[int, list[Word]] = {}
    for word in words:
        for band in range(int(word.box.top // 8), int(word.box.bottom // 8) + 1):
            bands.setdefault(band, []).append(word)
    settled = []
    for word in words:
        host, nearest = None, 0.35
        for other in bands.get(int(word.box.cy // 8), ()):
            if other.size < 1.15 * word.size or abs(other.baseline - word.baseline) < BASELINE_LINK:
                continue
            if not other.box.top - 0.35 * other.size <= word.box.cy <= other.box.bottom + 0.25 * other.size:
                continue
            gap = max(word.box.x0 - other.box.x1, other.box.x0 - word.box.x1) / other.size
            if -0.3 < gap < nearest:
                host, nearest = other, gap
        if host is None:
            settled.append(word)
        else:
            lowered = word.baseline > host.baseline
            settled.append(replace(word, baseline=host.baseline, script=True, lowered=lowered))
    return settled


def _printed_twice(last: Glyph, glyph: Glyph) -> bool:
    return (
        last.text == glyph.text
        and abs(last.box.x0 - glyph.box.x0) < 0.12 * glyph.size
        and abs(last.index - glyph.index) > 1
    )


def _parted(last: Glyph, glyph: Glyph) -> bool:
    gap = glyph.box.x0 - last.box.x1
    # a font with false advances shows by ink far outside its box
    if last.ink.x1 > last.box.x1 + 0.35 * last.size:
        gap = glyph.ink.x0 - last.ink.x1
    size = max(last.size, glyph.size)
    if min(last.size, glyph.size) < 0.5 * size:
        return True
    return gap > SPACE * size


def _baselines(glyphs: Iterable[Glyph]) -> Iterable[list[Glyph]]:
    row: list[Glyph] = []
    start = last = 0.0
    for glyph in sorted(glyphs, key=lambda g: g.baseline):
        tall = max(glyph.size, 4.0)
        if row and (glyph.baseline - last > BASELINE_LINK or glyph.baseline - start > BASELINE_SPAN * tall):
            yield row
            row = []
        if not row:
            start = glyph.baseline
        row.append(glyph)
        last = glyph.baseline
    if row:
        yield row


def _word(glyphs: Sequence[Glyph]) -> Word:
    main = max(glyphs, key=lambda g: g.size)
    box = union(
        Rect(g.box.x0, g.baseline - 0.75 * g.size, g.box.x1, g.baseline + 0.22 * g.size) for g in glyphs
    )
    bold = sum(g.bold for g in glyphs) * 2 > len(glyphs)
    text = "".join(g.text for g in glyphs)
    return Word(text, box, main.baseline, main.size, main.font, bold)
