"""The report as Markdown (CommonMark with tables); whatever a paper says stays text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from p2n_schemas.reports import ClaimVerdict, Report

from . import figures

_SPECIAL = re.compile(r"([\\`*_\[\]|~#!])")


def markdown(report: Report) -> str:
    return "\n".join(_lines(report)) + "\n"


def escaped(text: str) -> str:
    """One line in which nothing is markup, HTML or a link."""
    safe = _SPECIAL.sub(r"\\\1", figures.one_line(text).replace("&", "&amp;").replace("<", "&lt;"))
    # What begins a list or a heading does so only at a line's start; addresses link themselves.
    safe = re.sub(r"^(\d*)([-+>.)])(?=\s|$)", r"\1\\\2", safe)
    return re.sub(r"(?i)(https?|ftp|www|mailto)([:.])", r"\1&#8203;\2", safe).replace("@", "&#64;")


def _lines(report: Report) -> Iterator[str]:
    shown = figures.judged(report)
    yield f"# {escaped(report.title)}"
    yield ""
    yield f"Claimed against observed: {figures.counts(report)}."
    yield ""
    for line in figures.counts_by_method(report):
        yield f"- {line}"
    yield ""
    if shown:
        yield "## Verdicts"
        yield ""
        yield from _table(
            (
                "verdict",
                "method",
                "metric",
                "where",
                "claimed",
                "observed",
                "interval",
                "n",
                "gap",
                "fidelity",
            ),
            (_row(verdict) for verdict in shown),
        )
        yield "## Claim by claim"
        yield ""
        for verdict in shown:
            yield from _claim(verdict)
    if report.contradictions:
        yield "## Contradictions in the paper"
        yield ""
        for entry in report.contradictions:
            yield f"- {escaped(entry.words)}"
        yield ""
    if report.assumptions:
        yield "## What the paper leaves unsaid"
        yield ""
        yield from _table(
            ("about", "not stated", "chosen instead"),
            ((entry.subject, entry.missing, entry.choice) for entry in report.assumptions),
        )
    rest = figures.left_out(report)
    if rest:
        yield "## Not run"
        yield ""
        for reason, verdicts in rest:
            yield f"- {len(verdicts)} × {escaped(reason)}"
        yield ""
    yield from _behind(report)
    yield "## The rule"
    yield ""
    yield escaped(report.rule)
    yield ""
    yield f"Read by {escaped(report.reader or 'nobody')}; judged on {report.created_at:%Y-%m-%d %H:%M} UTC."


def _row(verdict: ClaimVerdict) -> Sequence[str]:
    claim = verdict.claim
    return (
        f"{figures.VERDICT_MARKS[verdict.verdict]} {figures.VERDICT_WORDS[verdict.verdict]}",
        claim.method,
        figures.about(claim),
        figures.place(claim),
        figures.claimed(verdict),
        figures.observed(verdict),
        figures.interval(verdict),
        str(verdict.observed.n) if verdict.observed else "–",
        figures.gap(verdict),
        verdict.fidelity.value if verdict.fidelity else "–",
    )


def _claim(verdict: ClaimVerdict) -> Iterator[str]:
    claim = verdict.claim
    yield f"### {escaped(claim.method)}: {escaped(claim.metric)} {escaped(figures.claimed(verdict))}"
    yield ""
    yield f"- {escaped(verdict.rule)}"
    if verdict.reason:
        yield f"- {escaped(verdict.reason)}"
    yield f"- {figures.WHOSE_WORDS[verdict.whose]}; {escaped(figures.place(claim))}: “{escaped(claim.citation.quote)}”"
    for reason in verdict.fidelity_reasons:
        yield f"- fidelity {verdict.fidelity}: {escaped(reason)}"
    for entry in verdict.assumptions:
        yield f"- assumed ({escaped(entry.subject)}): {escaped(entry.missing)}: {escaped(entry.choice)}"
    edited = ", notebook edited by hand" if verdict.notebook_edited else ""
    yield f"- plan {verdict.plan_id}, version {verdict.plan_version}; runs {', '.join(verdict.run_ids)}{edited}"
    yield f"- pages {figures.pages(verdict.pages)}"
    yield ""


def _behind(report: Report) -> Iterator[str]:
    used = [plan for plan in report.plans if plan.verdicts]
    if used:
        yield "## Plans and runs behind it"
        yield ""
        for plan in used:
            yield f"- {escaped(figures.version(plan))}; environment {(plan.env_hash or '')[:12]}"
        yield ""
    wanted = {run_id for verdict in figures.judged(report) for run_id in verdict.run_ids}
    rows = (
        (run.id, artifact.name, str(artifact.size_bytes), artifact.sha256)
        for run in report.runs
        if run.id in wanted
        for artifact in run.artifacts
    )
    if wanted:
        yield from _table(("run", "artifact", "bytes", "sha256"), rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"| {' | '.join('---' for _ in head)} |"
    for row in rows:
        yield f"| {' | '.join(escaped(cell) for cell in row)} |"
    yield ""
