"""Tesseract's table of words to the words, rules and confidences that the rest of a reading is built on."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from .geometry import Rect
from .glyphs import RawPage, Rule
from .ocr_cleanup import CAPITAL, Seen, cleaned
from .words import View, Word

# the height of an x, of the font's size
SMALL = 0.46
TALL = re.compile(r"[A-Z0-9bdfhklt]")
BELOW = re.compile(r"[gjpqyQ,;()\[\]{}|$/_@]")
STROKES = re.compile(r"^[|‖¦]+$")
RAISED = re.compile(r"^[\W_]+$")
SIZES = (4.0, 40.0)
MAX_WORDS = 20_000
NOISE = 0.2


@dataclass(frozen=True, slots=True)
class Recognised:
    """What was read in the picture of a page, in points as the page is displayed."""

    words: list[Word]
    rules: list[Rule]

    @property
    def confidence(self) -> float:
        """The words' mean, weighted by their length; 0 where there are none."""
        letters = sum(len(w.text) for w in self.words)
        return sum(len(w.text) * w.confidence for w in self.words) / letters if letters else 0.0

    def to_json(self) -> str:
        words = [(w.text, *_numbers(w.box), w.baseline, w.size, w.confidence) for w in self.words]
        rules = [(r.horizontal, *_numbers(r.box)) for r in self.rules]
        return json.dumps({"words": words, "rules": rules}, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Recognised:
        told = json.loads(text)
        return cls(
            [
                Word(t, Rect(x0, top, x1, bottom), base, size, "", False, confidence=sure)
                for t, x0, top, x1, bottom, base, size, sure in told["words"]
            ],
            [Rule(Rect(*box), horizontal) for horizontal, *box in told["rules"]],
        )

    def view(self, page: RawPage) -> View:
        # no figures: the pictures on such a page are its scan, perhaps in strips
        return View(0, page.width, page.height, self.words, self.rules, [])


def read_tsv(tsv: str, scale: float) -> Recognised:
    """The words of `tesseract … tsv`; `scale` is pixels a point.

    Lines that hang by a scanner's fraction of a degree get level baselines; their boxes stay where they are.
    """
    seen: list[Seen] = []
    rules: list[Rule] = []
    lines: dict[tuple[str, ...], int] = {}
    for row in tsv.splitlines()[1:]:
        cells = row.split("\t")
        if len(cells) != 12 or cells[0] != "5" or len(seen) >= MAX_WORDS:
            continue
        try:
            x, y, width, height = (int(c) / scale for c in cells[6:10])
            confidence = float(cells[10]) / 100
        except ValueError:
            continue
        box = Rect(x, y, x + width, y + height)
        if not cells[11].strip():
            # Tesseract gives a drawn line as a blank word
            if min(width, height) < 2.5 and max(width, height) > 30:
                rules.append(Rule(box, width > height))
            continue
        if confidence < NOISE and not re.search(r"\w", cells[11]):
            continue
        line = lines.setdefault(tuple(cells[1:5]), len(lines))
        seen.append(Seen(cells[11], box, min(max(confidence, 0.0), 1.0), line))
    bars = _bars(seen)
    rules += [Rule(Rect(b.cx - 0.3, b.top, b.cx + 0.3, b.bottom), False) for b in (w.box for w in bars)]
    return Recognised(_words(cleaned([w for w in seen if w not in bars])), rules)


def _bars(seen: Sequence[Seen]) -> list[Seen]:
    """Pieces of vertical rules, read as "|": higher than any letter; the others may be a 1 or an l."""
    tall = [w.box.height for w in seen if TALL.search(w.text) and not BELOW.search(w.text)]
    return [w for w in seen if STROKES.match(w.text) and w.box.height > 1.4 * median(tall or [8.0])]


def _numbers(box: Rect) -> tuple[float, ...]:
    return tuple(round(v, 2) for v in (box.x0, box.top, box.x1, box.bottom))


def _words(seen: Sequence[Seen]) -> list[Word]:
    lines: dict[int, list[Seen]] = {}
    for word in seen:
        lines.setdefault(word.line, []).append(word)
    slope = _slope(list(lines.values()))
    usual = median([s for line in lines.values() if (s := _size(line))] or [10.0])
    words: list[Word] = []
    for line in lines.values():
        size = min(max(_size(line) or usual, SIZES[0]), SIZES[1])
        base = _baseline(line, slope, size)
        for w in line:
            here = base + slope * w.box.cx
            box = Rect(w.box.x0, here - 0.75 * size, w.box.x1, here + 0.22 * size)
            words.append(
                Word(
                    w.text, box, round(base, 3), round(size, 2), "", False, confidence=round(w.confidence, 3)
                )
            )
    words.sort(key=lambda w: (w.baseline, w.box.x0))
    return words


def _size(line: Sequence[Seen]) -> float:
    """A line's font size by the heights of its words; 0 where none tells it."""
    level = [w for w in line if not BELOW.search(w.text) and not RAISED.match(w.text)]
    tall = [w.box.height / CAPITAL for w in level if TALL.search(w.text)]
    return median(tall or [w.box.height / SMALL for w in level] or [0.0])


def _baseline(line: Sequence[Seen], slope: float, size: float) -> float:
    level = [w for w in line if not BELOW.search(w.text) and not RAISED.match(w.text)]
    if level:
        return median(w.box.bottom - slope * w.box.cx for w in level)
    hanging = [w for w in line if not RAISED.match(w.text)] or list(line)
    return median(w.box.bottom - slope * w.box.cx for w in hanging) - 0.2 * size


def _slope(lines: Sequence[Sequence[Seen]]) -> float:
    """How far lines fall to the right, a point; 0 where too few tell it, or where it is more than a scanner's slip."""
    found = []
    for line in lines:
        level = [w for w in line if not BELOW.search(w.text) and not RAISED.match(w.text)]
        if len(level) < 5:
            continue
        left, right = level[0], level[-1]
        found.append((right.box.bottom - left.box.bottom) / max(right.box.cx - left.box.cx, 1.0))
    slope = median(found) if len(found) >= 5 else 0.0
    return slope if 0.0005 < abs(slope) < math.tan(math.radians(3)) else 0.0
