"""Claimed against observed as SVG: one row a claim, one plot for what shares an axis."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape

from p2n_schemas.claims import Claim
from p2n_schemas.reports import ClaimVerdict

from . import figures

MAX_ROWS = 300
_ROW = 30
_LABEL = 230
_VALUE = 110
_WIDTH = 860
_FOOT = 32
_LONGEST = 34


def plots(verdicts: Sequence[ClaimVerdict]) -> Iterator[tuple[str, str]]:
    """Titles and `<svg>` elements. Percent and fractions, errors and accuracies do not share an axis."""
    groups: dict[str, list[ClaimVerdict]] = {}
    for verdict in [verdict for verdict in verdicts if verdict.observed is not None][:MAX_ROWS]:
        groups.setdefault(_axis(verdict.claim), []).append(verdict)
    for title, members in groups.items():
        yield title, _svg(title, members)


def _axis(claim: Claim) -> str:
    name = figures.one_line(claim.metric)
    parts = [f"{name}, {claim.units}" if claim.units else name, claim.dataset or ""]
    return " · ".join(figures.one_line(part) for part in parts if part)


def _svg(title: str, verdicts: Sequence[ClaimVerdict]) -> str:
    numbers: list[float] = []
    for verdict in verdicts:
        assert verdict.observed is not None
        numbers += [verdict.claim.value, verdict.observed.low, verdict.observed.high, verdict.observed.mean]
        if verdict.claimed is not None:
            numbers += [verdict.claimed.low, verdict.claimed.high]
    least, most = min(numbers), max(numbers)
    margin = (most - least or abs(most) * 0.02 or 1.0) * 0.06
    low, high = least - margin, most + margin
    inner = _WIDTH - _LABEL - _VALUE - 16

    def x(value: float) -> str:
        return f"{_LABEL + 8 + (value - low) / (high - low) * inner:.1f}"

    height = len(verdicts) * _ROW + _FOOT
    parts = [
        f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(_summary(title, verdicts))}">',
    ]
    for tick in _ticks(low, high):
        parts.append(
            f'<line class="tick" x1="{x(tick)}" x2="{x(tick)}" y1="0" y2="{height - _FOOT + 4}"/>'
            f'<text class="tick" x="{x(tick)}" y="{height - _FOOT + 20}" text-anchor="middle">{tick:g}</text>'
        )
    for row, verdict in enumerate(verdicts):
        seen = verdict.observed
        assert seen is not None
        y = row * _ROW + _ROW // 2
        at = x(verdict.claim.value)
        parts.append(
            f'<g class="{verdict.verdict.value}"><title>{escape(_words(verdict))}</title>'
            f'<text class="label" x="{_LABEL - 8}" y="{y + 4}" text-anchor="end">'
            f"{escape(_short(verdict.claim.method))}</text>"
        )
        if verdict.claimed is not None:
            reach = f'x1="{x(verdict.claimed.low)}" x2="{x(verdict.claimed.high)}"'
            parts.append(f'<line class="range" {reach} y1="{y + 8}" y2="{y + 8}"/>')
        parts.append(
            f'<path class="interval" d="M{x(seen.low)} {y}H{x(seen.high)}M{x(seen.low)} {y - 5}v10'
            f'M{x(seen.high)} {y - 5}v10"/><circle class="mean" cx="{x(seen.mean)}" cy="{y}" r="5"/>'
            f'<path class="claimed" d="M{at} {y - 6}l6 6l-6 6l-6 -6z"/>'
            f'<text class="verdict" x="{_WIDTH - _VALUE}" y="{y + 4}">'
            f"{figures.VERDICT_MARKS[verdict.verdict]} {figures.VERDICT_WORDS[verdict.verdict]}</text></g>"
        )
    return "".join([*parts, "</svg>"])


def _summary(title: str, verdicts: Sequence[ClaimVerdict]) -> str:
    return f"{title}. " + "; ".join(map(_words, verdicts))


def _words(verdict: ClaimVerdict) -> str:
    return (
        f"{figures.one_line(verdict.claim.method)}: claimed {figures.one_line(figures.claimed(verdict))}, observed "
        f"{figures.observed(verdict)}, interval {figures.interval(verdict)}, {figures.VERDICT_WORDS[verdict.verdict]}"
    )


def _short(text: str) -> str:
    line = figures.one_line(text)
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def _ticks(low: float, high: float, count: int = 8) -> list[float]:
    """Round numbers, evenly apart, within a range."""
    raw = (high - low) / count
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * (1 - 1e-9))
    return [
        round(n * step, 12) for n in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)
    ]
