"""Settings that stand in tables: methods along the head and settings down the side, or the other way round."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from ...catalog import methods as catalogue
from ...catalog.names import fold
from .quotes import Pages
from .statements import REAL, TABLE, Statement, accepts, real

# how tables name settings, as folded names
ALIASES: tuple[tuple[str, str], ...] = (
    (r"(?:no |number of |num |max |training |n )?epochs?", "epochs"),
    (r"(?:mini ?)?batch(?: ?size)?", "batch_size"),
    (r"(?:initial )?learning rate|lr|step size", "learning_rate"),
    (r"optimi[sz]er|solver|learning algorithm", "optimizer"),
    (r"(?:svm )?c|penalty parameter(?: c)?|cost(?: c)?", "C"),
    (r"k|(?:number of )?neighbors", "k"),
    (r"gamma|γ", "gamma"),
    (r"kernel", "kernel"),
    (r"alpha|α|lambda|λ|(?:ridge )?penalty", "alpha"),
    (r"(?:number of |no |num |n )?(?:restarts|initializations)|n_init", "restarts"),
    (r"(?:number of |no |num |n )?clusters", "clusters"),
    (r"(?:number of |no |num |n )?(?:trees|estimators)|n_estimators", "trees"),
    (r"(?:max(?:imum)? )?depth|max_depth", "max_depth"),
    (r"dropout(?: rate)?", "dropout"),
    (r"activation(?: function)?", "activation"),
)
_EMPTY = re.compile(r"^(?:n/?a|none|-+|–|—|·)$", re.IGNORECASE)
_LOOK_UP = 14
_WIDEST = 5
_WHOLE = ("epochs", "batch_size", "k", "trees", "max_depth", "restarts", "clusters")


def setting_of(heading: str) -> str | None:
    """The setting that a heading names, or None."""
    folded = fold(heading)
    for pattern, setting in ALIASES:
        if re.fullmatch(pattern, folded):
            return setting
    return None


def read(pages: Pages, names: Sequence[str]) -> Iterator[Statement]:
    """Statements from tables of both directions; `names` are the paper's method names, known or not."""
    known = {fold(name) for name in names}
    for page, lines in pages.lines():
        for index, line in enumerate(lines):
            yield from _methods_along_the_head(page, lines, index, line, known)
            yield from _settings_along_the_head(page, lines, index, line, known)


def _methods_along_the_head(
    page: int, lines: list[str], index: int, line: str, known: set[str]
) -> Iterator[Statement]:
    """`Epochs 3000 3000 N/A` under `… Linear Regression MLP Nearest Neighbor`."""
    words = line.split()
    for width in range(min(3, len(words) - 2), 0, -1):
        setting = setting_of(" ".join(words[:width]))
        cells = words[width:]
        if setting is None or len(cells) < 2 or not any(_value(setting, cell) is not None for cell in cells):
            continue
        for above in reversed(lines[max(0, index - _LOOK_UP) : index]):
            heads = _segments(above.split(), len(cells), known)
            if heads is None:
                continue
            for head, cell in zip(heads, cells, strict=True):
                yield from _cell(page, line, setting, head, cell)
            return


def _settings_along_the_head(
    page: int, lines: list[str], index: int, line: str, known: set[str]
) -> Iterator[Statement]:
    """`MLP 3000 128 1e-2` under `Method Epochs Batch size Learning rate`."""
    heads = _settings_in(line)
    if len(heads) < 2:
        return
    for row in lines[index + 1 : index + 1 + _LOOK_UP]:
        words = row.split()
        if len(words) <= len(heads):
            continue
        name, cells = " ".join(words[: -len(heads)]), words[-len(heads) :]
        if not _is_method(name, known):
            continue
        for setting, cell in zip(heads, cells, strict=True):
            if setting is not None:
                yield from _cell(page, row, setting, name, cell)


def _cell(page: int, line: str, setting: str, head: str, cell: str) -> Iterator[Statement]:
    value = _value(setting, cell)
    understood = catalogue.understand(head)
    if value is None or isinstance(understood, str):
        return
    keys = frozenset(m.key for m in understood.candidates if accepts(m.key, setting))
    if keys:
        yield Statement(setting, value, keys, frozenset(), TABLE, page, line)


def _value(setting: str, cell: str) -> Any | None:
    cell = cell.rstrip(",;")
    if _EMPTY.match(cell):
        return None
    if setting in ("optimizer", "kernel", "activation", "gamma") and re.fullmatch(r"[A-Za-z]+", cell):
        return cell.lower()
    number = re.fullmatch(REAL, cell.lower().replace("−", "-").replace(",", ""))
    if not number:
        return None
    value = real(number.group(1))
    return int(value) if setting in _WHOLE and value == int(value) else value


def _is_method(name: str, known: set[str]) -> bool:
    """Whether words are one method's name; two names side by side ("L1-NN L2-NN") are not."""
    if fold(name) in known:
        return True
    if isinstance(catalogue.understand(name), str):
        return False
    words = name.split()
    return not any(
        not words[at].startswith("(")
        and _is_method(" ".join(words[:at]), known)
        and _is_method(" ".join(words[at:]), known)
        for at in range(1, len(words))
    )


def _settings_in(line: str) -> list[str | None]:
    """The settings that a head line names, in order; empty where the line is no such head."""
    words, found, at = line.split(), list[str | None](), 1
    while at < len(words):
        for width in (3, 2, 1):
            setting = setting_of(" ".join(words[at : at + width])) if at + width <= len(words) else None
            if setting is not None:
                found.append(setting)
                at += width
                break
        else:
            return []
    return found


def _segments(words: list[str], count: int, known: set[str]) -> list[str] | None:
    """The last words of a head line cut into exactly `count` method names, or None.

    Cut by names that the paper or the catalogue knows, the longest first; anything before them is the corner.
    """
    heads: list[str] = []
    at = len(words)
    while at > 0 and len(heads) < count:
        for width in range(min(_WIDEST, at), 0, -1):
            name = " ".join(words[at - width : at])
            if _is_method(name, known):
                heads.insert(0, name)
                at -= width
                break
        else:
            if len(heads) == count - 1:
                heads.insert(0, words[at - 1])  # a name that nobody knows does no harm at the left end
                continue
            return None
    return heads if len(heads) == count else None
