"""A report's numbers in words, the same in every form that it is exported in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby

from p2n_schemas.claims import Claim
from p2n_schemas.reports import ClaimVerdict, PlanVersion, Report, VerdictKind, Whose

VERDICT_WORDS = {
    VerdictKind.REPRODUCED: "reproduced",
    VerdictKind.CLOSE: "close",
    VerdictKind.NOT_REPRODUCED: "not reproduced",
    VerdictKind.NOT_COMPARABLE: "not comparable",
    VerdictKind.NOT_RUN: "not run",
}
VERDICT_MARKS = {
    VerdictKind.REPRODUCED: "✓",
    VerdictKind.CLOSE: "≈",
    VerdictKind.NOT_REPRODUCED: "✗",
    VerdictKind.NOT_COMPARABLE: "≠",
    VerdictKind.NOT_RUN: "–",
}
WHOSE_WORDS = {
    Whose.OWN: "the paper's own method",
    Whose.BASELINE: "a baseline",
    Whose.NOT_STATED: "whose method is not stated",
}


def one_line(text: str) -> str:
    """Without line breaks, and without what can't be seen: marks of direction and control characters."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def judged(report: Report) -> list[ClaimVerdict]:
    return [verdict for verdict in report.verdicts if verdict.verdict is not VerdictKind.NOT_RUN]


def left_out(report: Report) -> list[tuple[str, list[ClaimVerdict]]]:
    """Claims without a verdict by their reason, the most frequent first."""
    rest = [verdict for verdict in report.verdicts if verdict.verdict is VerdictKind.NOT_RUN]
    rest.sort(key=_reason)
    groups = [(reason, list(group)) for reason, group in groupby(rest, key=_reason)]
    return sorted(groups, key=lambda group: -len(group[1]))


def _reason(verdict: ClaimVerdict) -> str:
    return verdict.reason or "no reason was given"


def counts(report: Report) -> str:
    """ "3 reproduced, 1 close, 4 not run"."""
    return _counted(report.counts) or "no claims"


def counts_by_method(report: Report) -> list[str]:
    return [f"{WHOSE_WORDS[whose]}: {_counted(found)}" for whose, found in report.counts_by_method.items()]


def _counted(found: dict[VerdictKind, int]) -> str:
    return ", ".join(f"{found[kind]} {VERDICT_WORDS[kind]}" for kind in VerdictKind if found.get(kind))


def claimed(verdict: ClaimVerdict) -> str:
    if verdict.claimed is not None:
        return verdict.claimed.printed
    claim = verdict.claim
    units = f" {claim.units}" if claim.units and claim.units not in claim.value_printed else ""
    return f"{claim.value_printed}{units}"


def observed(verdict: ClaimVerdict) -> str:
    """The mean with its standard deviation, one digit finer than the paper prints."""
    seen = verdict.observed
    if seen is None:
        return "–"
    digits = decimals(verdict.claim)
    spread = f" (s = {seen.standard_deviation:.{digits}f})" if seen.standard_deviation is not None else ""
    units = f" {verdict.claim.units}" if verdict.claim.units else ""
    return f"{seen.mean:.{digits}f}{units}{spread}"


def interval(verdict: ClaimVerdict) -> str:
    seen = verdict.observed
    digits = decimals(verdict.claim)
    return "–" if seen is None else f"{seen.low:.{digits}f} to {seen.high:.{digits}f}"


def gap(verdict: ClaimVerdict) -> str:
    """In the claim's units, and in the metric's own where these differ."""
    if verdict.gap is None:
        return "–"
    digits = decimals(verdict.claim)
    text = f"{verdict.gap:+.{digits}f}"
    if verdict.metric_gap is not None and abs(verdict.metric_gap - verdict.gap) > 1e-12:
        text += f" ({verdict.metric_gap:+.{digits + 2}f} as a fraction)"
    return text


def decimals(claim: Claim) -> int:
    found = re.search(r"[.,](\d+)", claim.value_printed)
    return min(6, (len(found[1]) if found else 0) + 1)


def about(claim: Claim) -> str:
    return ", ".join(one_line(part) for part in (claim.metric, claim.dataset, claim.split) if part)


def place(claim: Claim) -> str:
    return f"{one_line(claim.citation.label)}, page {claim.citation.page}"


def version(plan: PlanVersion) -> str:
    """ "version 2 of the plan pl_…, edited by a person from pl_…"."""
    who = plan.author or plan.planner
    came = f", edited from {plan.parent}" if plan.parent else ""
    return f"version {plan.version} ({plan.id}), made by {one_line(who)}{came}"


def pages(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, numbers))
