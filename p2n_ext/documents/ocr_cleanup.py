"""What a recogniser misreads in numbers, put right by rule.

Every rule needs evidence beside the sign that it changes: the rest of the number, the gap, or how the page prints
its other numbers. None makes one digit of another.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .geometry import Rect, union


@dataclass(frozen=True, slots=True)
class Seen:
    """A word as recognised; `box` in points, `confidence` from 0 to 1, `line` the recogniser's own line."""

    text: str
    box: Rect
    confidence: float
    line: int


# a rule that had to change a number takes this share of its confidence
CHANGED = 0.9
# the height of capitals and digits, of the font's size
CAPITAL = 0.68
LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "ft", "ﬆ": "st"})
NUMBER = r"\d[\d,]*(?:\.\d+)?"
VALUE = rf"[(\[]?(-?{NUMBER})"
SPREAD = rf"({NUMBER})%?[)\],;.]*"
DECIMAL = re.compile(r"^[(\[]?[-+±]?\d{1,3}\.(\d+)%?[)\],;]?$")
NO_POINT = re.compile(r"^([-+]?\d{1,3})([,:])(\d{1,6})(%?[,;]?)$")
EDGED = re.compile(r"[|_‘’'`]*[-−–—+~<>(]?\d[\d.,]*%?\)?[|_‘’'`]*")
LETTER_DIGITS = re.compile(r"^([(\[]?[-+−]?)([\dOolI|]{1,4}\.[\dOolI|]+)(%?[)\],;]?)$")
EXPONENT = re.compile(r"^[lI|]([eE][-−–—+]?\d{1,3})$")
SPREAD_WORDS = re.compile(
    r"\b(?:standard (?:deviations?|errors?)|std\.?|stddev|s\.d\.|confidence|variance|mean)(?!\w)",
    re.IGNORECASE,
)
PERCENT = re.compile(rf"^({NUMBER})\s?(?:o/o|O/O|°/o|°/0|o/0)$")
PERCENT_SIGN = frozenset(["o/o", "O/O", "°/o", "°/0", "o/0", "0/0"])
SPREADS_ENOUGH = 3


def cleaned(words: Sequence[Seen]) -> list[Seen]:
    """The words of a page, in their order, with the misreadings of numbers put right."""
    found = [_plain(w) for w in words]
    found = _blanks([w for w in found if w.text])
    found = _points(_joined(found))
    return _plus_minus([_number(w) for w in found])


def _changed(word: Seen, text: str) -> Seen:
    return replace(word, text=text, confidence=word.confidence * CHANGED)


def _plain(word: Seen) -> Seen:
    """Ligatures, and strokes of a table's rules read as signs at a word's edge."""
    text = word.text.translate(LIGATURES).strip()
    for opened, closed in ("[]", "{}", "()"):
        # a bracket without its fellow, at the far side of a single word, is a rule
        if text.endswith(closed) and opened not in text and closed in "]}" and len(text) > 1:
            text = text[:-1]
        if text.startswith(opened) and closed not in text and opened in "[{" and re.search(r"\d", text):
            text = text[1:]
    if EDGED.fullmatch(text):
        text = text.strip("|_‘’'`")
    # a dash that leads a number is its sign
    return replace(word, text=re.sub(r"^([(\[]?)[−–—](?=\.?\d)", r"\1-", text))


def _blanks(words: Sequence[Seen]) -> list[Seen]:
    """A dash that fills an empty cell is read as "_" or "=": alone, with room on both sides."""
    out = list(words)
    for i, word in enumerate(words):
        if word.text not in ("_", "=", "~"):
            continue
        before = words[i - 1] if i and words[i - 1].line == word.line else None
        after = words[i + 1] if i + 1 < len(words) and words[i + 1].line == word.line else None
        em = max((w.box.height for w in (before, after) if w), default=8.0) / CAPITAL
        roomy = (before is None or word.box.x0 - before.box.x1 > em) and (
            after is None or after.box.x0 - word.box.x1 > em
        )
        if roomy and (before or after):
            out[i] = replace(word, text="-")
    return out


def _joined(words: Sequence[Seen]) -> list[Seen]:
    """Parts of one number: "91." and "25" that touch, "91" and ".25", a number and its percent sign."""
    out: list[Seen] = []
    for word in words:
        if out and out[-1].line == word.line and _one_number(out[-1], word):
            last = out.pop()
            text = last.text + ("%" if word.text in PERCENT_SIGN else word.text)
            box, sure = union([last.box, word.box]), min(last.confidence, word.confidence)
            whole = Seen(text, box, sure, word.line)
            word = whole if word.text == "%" else _changed(whole, text)
        out.append(word)
    return out


def _one_number(left: Seen, right: Seen) -> bool:
    gap = (right.box.x0 - left.box.x1) * CAPITAL / max(left.box.height, right.box.height, 1.0)
    # in ems: a plain space is 0.25 wide
    if re.fullmatch(r"[-+(]?\d{1,3}\.", left.text) and re.fullmatch(r"\d+%?[),;]?", right.text):
        return gap < 0.17
    if re.fullmatch(r"[-+(]?\d{1,3}", left.text) and re.fullmatch(r"\.\d+%?[),;]?", right.text):
        return gap < 0.4
    if re.fullmatch(rf"[-+(]?{NUMBER}", left.text):
        return gap < 0.55 and (right.text == "%" or right.text in PERCENT_SIGN)
    return False


def _points(words: Sequence[Seen]) -> list[Seen]:
    """A comma or colon for the decimal point, where the line or the column prints points before as many decimals."""
    pointed = [(w, len(m[1])) for w in words if (m := DECIMAL.match(w.text))]
    out = []
    for word in words:
        match = NO_POINT.match(word.text)
        # three digits after a comma may be a thousand
        if match and (match[2], len(match[3])) != (",", 3):
            like = [w for w, decimals in pointed if decimals == len(match[3])]
            beside = any(w.line == word.line for w in like)
            above = sum(w.box.overlap_x(word.box) > 0.5 * word.box.width for w in like)
            if beside or above >= 2:
                word = _changed(word, f"{match[1]}.{match[3]}{match[4]}")
        out.append(word)
    return out


def _number(word: Seen) -> Seen:
    """Letters in a decimal number, a percent sign in pieces."""
    text = word.text
    if match := PERCENT.match(text):
        return _changed(word, f"{match[1]}%")
    if match := EXPONENT.match(text):
        return _changed(word, "1" + match[1].translate(str.maketrans("−–—", "---")))
    if match := LETTER_DIGITS.match(text):
        body = match[2]
        letters = sum(not c.isdigit() and c != "." for c in body)
        digits = sum(c.isdigit() for c in body)
        if 0 < letters < digits:
            body = body.translate(str.maketrans("OolI|", "00111"))
            return _changed(word, match[1] + body + match[3])
    return word


def _plus_minus(words: Sequence[Seen]) -> list[Seen]:
    """ "+" or "£" between a value and its spread is "±" where the page speaks of spreads, or does it again and again."""
    text = " ".join(w.text for w in words)
    places = {i: small for i in range(len(words)) if (small := _spread_at(words, i)) is not None}
    if not ("±" in text or SPREAD_WORDS.search(text) or sum(places.values()) >= SPREADS_ENOUGH):
        return list(words)
    out = list(words)
    for i in places:
        out[i] = _changed(out[i], re.sub(r"(?<=.)[+£]|^[+£](?=$|\d)", "±", out[i].text, count=1))
    return out


def _spread_at(words: Sequence[Seen], i: int) -> bool | None:
    """Whether word i holds the sign before a small spread; None where it holds none before a spread.

    The sign may stand alone, be glued to either number, or to both.
    """
    text = words[i].text
    if match := re.fullmatch(rf"{VALUE}%?[+£]{SPREAD}", text):
        return _small(match[1], match[2])
    before = words[i - 1].text if i and words[i - 1].line == words[i].line else ""
    after = [w.text for w in words[i + 1 : i + 3] if w.line == words[i].line] + ["", ""]
    if after[1] in ("=", "+") or after[0] == "=":
        return None
    if match := re.fullmatch(rf"{VALUE}%?[+£]", text):
        spread = re.fullmatch(SPREAD, after[0])
        return _small(match[1], spread[1]) if spread else None
    value = re.fullmatch(rf"{VALUE}%?", before)
    spread = re.fullmatch(
        SPREAD, after[0] if text in ("+", "£") else text[1:] if text[:1] in ("+", "£") else ""
    )
    return _small(value[1], spread[1]) if value and spread else None


def _small(value: str, spread: str) -> bool | None:
    """A spread is printed to as many decimals as its value and is no larger; a small one is a third of it at most."""
    a, b = (float(x.replace(",", "")) for x in (value, spread))
    if "." not in value or len(value.partition(".")[2]) != len(spread.partition(".")[2]) or b > abs(a):
        return None
    return b < 0.34 * abs(a)
