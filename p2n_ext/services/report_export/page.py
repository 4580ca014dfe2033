"""The report as one HTML file that loads nothing: no script, no font, no picture from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from importlib.resources import files

from p2n_schemas.reports import ClaimVerdict, Contradiction, Report, VerdictKind

from . import figures, plot


def page(report: Report) -> str:
    return "\n".join(_parts(report)) + "\n"


def text(value: str) -> str:
    """Text of a stranger's paper as HTML's."""
    return escape(figures.one_line(value))


def _parts(report: Report) -> Iterator[str]:
    style = files(__package__).joinpath("page.css").read_text(encoding="utf-8")
    shown = figures.judged(report)
    yield (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{text(report.title)}: claimed against observed</title>\n<style>\n{style}</style>\n</head>\n<body>\n<main>"
    )
    yield f"<h1>{text(report.title)}</h1>"
    yield (
        '<p class="counts">'
        + " ".join(
            f'<span class="badge {kind.value}"><b>{report.counts[kind]}</b> {figures.VERDICT_WORDS[kind]}</span>'
            for kind in VerdictKind
            if report.counts.get(kind)
        )
        + "</p>"
    )
    yield _list(map(text, figures.counts_by_method(report)), "plain")
    yield from _plots(shown)
    if shown:
        yield "<section><h2>Verdicts</h2>"
        head = ("Verdict", "Method", "Metric", "Claimed", "Observed", "Interval", "n", "Gap", "Fidelity")
        yield _table(head, map(_row, shown), "verdicts")
        yield "</section>"
    if report.contradictions:
        yield "<section><h2>Contradictions in the paper</h2>"
        yield _list(map(_contradiction, report.contradictions))
        yield "</section>"
    if shown:
        yield "<section><h2>Claim by claim</h2>"
        yield from map(_claim, shown)
        yield "</section>"
    if report.assumptions:
        yield "<section><h2>What the paper leaves unsaid</h2>"
        rows = ((text(e.subject), text(e.missing), text(e.choice)) for e in report.assumptions)
        yield _table(("About", "Not stated", "Chosen instead"), rows)
        yield "</section>"
    rest = figures.left_out(report)
    if rest:
        yield "<section><h2>Not run</h2>"
        yield _list(f"{len(verdicts)} × {text(reason)}" for reason, verdicts in rest)
        yield "</section>"
    yield from _behind(report)
    yield f"<section><h2>The rule</h2><p>{text(report.rule)}</p></section>"
    yield (
        f"<footer>Read by {text(report.reader or 'nobody')}; judged on {report.created_at:%Y-%m-%d %H:%M} UTC by P2N."
        "</footer>\n</main>\n</body>\n</html>"
    )


def _plots(shown: Sequence[ClaimVerdict]) -> Iterator[str]:
    drawn = list(plot.plots(shown))
    if not drawn:
        return
    yield "<section><h2>Claimed against observed</h2>"
    yield (
        '<p class="muted">Diamond: claimed, over the range that its printed digits stand for. Dot: observed mean, on the '
        "interval that the rule used.</p>"
    )
    for title, svg in drawn:
        yield f"<figure><figcaption>{text(title)}</figcaption>{svg}</figure>"
    if len(shown) > plot.MAX_ROWS:
        yield f'<p class="muted">The first {plot.MAX_ROWS} are drawn; the table has all.</p>'
    yield "</section>"


def _badge(verdict: ClaimVerdict) -> str:
    kind = verdict.verdict
    return (
        f'<span class="badge {kind.value}" title="{text(verdict.rule)}">{figures.VERDICT_MARKS[kind]} '
        f"{figures.VERDICT_WORDS[kind]}</span>"
    )


def _row(verdict: ClaimVerdict) -> Sequence[str]:
    claim = verdict.claim
    return (
        _badge(verdict),
        f'<b>{text(claim.method)}</b><div class="muted">{figures.WHOSE_WORDS[verdict.whose]}</div>',
        f'{text(figures.about(claim))}<div class="muted">{text(figures.place(claim))}</div>',
        text(figures.claimed(verdict)),
        text(figures.observed(verdict)),
        figures.interval(verdict),
        str(verdict.observed.n) if verdict.observed else "–",
        figures.gap(verdict),
        verdict.fidelity.value if verdict.fidelity else "–",
    )


def _claim(verdict: ClaimVerdict) -> str:
    claim = verdict.claim
    facts = [text(verdict.rule)]
    if verdict.reason:
        facts.append(text(verdict.reason))
    facts += [f"fidelity {verdict.fidelity}: {text(reason)}" for reason in verdict.fidelity_reasons]
    facts += [
        f"assumed ({text(e.subject)}): {text(e.missing)}: {text(e.choice)}" for e in verdict.assumptions
    ]
    edited = ", notebook edited by hand" if verdict.notebook_edited else ""
    runs = ", ".join(map(text, verdict.run_ids))
    facts.append(f"plan {text(verdict.plan_id or '')}, version {verdict.plan_version}; runs {runs}{edited}")
    facts.append(f"pages {figures.pages(verdict.pages)}")
    quotes = [(claim.citation.page, claim.citation.quote)]
    quotes += [(entry.quote.page, entry.quote.text) for entry in verdict.justifications]
    blocks = "".join(
        f"<blockquote>{text(words)} <cite>page {page}</cite></blockquote>"
        for page, words in dict.fromkeys(quotes)
    )
    return (
        f"<details><summary>{_badge(verdict)} <b>{text(claim.method)}</b>: {text(claim.metric)} "
        f"{text(figures.claimed(verdict))}</summary>{_list(facts)}{blocks}</details>"
    )


def _contradiction(entry: Contradiction) -> str:
    quotes = "".join(
        f"<blockquote>{text(place.quote)} <cite>{text(place.label)}, page {place.page}</cite></blockquote>"
        for place in entry.places
    )
    return f"{text(entry.words)}{quotes}"


def _behind(report: Report) -> Iterator[str]:
    used = [plan for plan in report.plans if plan.verdicts]
    wanted = {run_id for verdict in figures.judged(report) for run_id in verdict.run_ids}
    if not used and not wanted:
        return
    yield "<section><h2>Plans, runs and artifacts behind it</h2>"
    yield _list(
        f"{text(figures.version(plan))}; environment <code>{(plan.env_hash or '')[:12]}</code>"
        for plan in used
    )
    rows = (
        (text(run.id), text(file.name), str(file.size_bytes), f"<code>{file.sha256}</code>")
        for run in report.runs
        if run.id in wanted
        for file in run.artifacts
    )
    yield _table(("Run", "Artifact", "Bytes", "SHA-256"), rows)
    yield "</section>"


def _list(items: Iterable[str], name: str = "") -> str:
    inner = "".join(f"<li>{item}</li>" for item in items)
    return f'<ul class="{name}">{inner}</ul>' if name else f"<ul>{inner}</ul>"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], name: str = "") -> str:
    heads = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return (
        f'<div class="frame" tabindex="0"><table class="{name}"><thead><tr>{heads}</tr></thead><tbody>{body}</tbody>'
        "</table></div>"
    )
