"""The facts of a story, each with its source; what a page says has to stand in its facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from p2n_schemas.plans import Fidelity, Plan
from p2n_schemas.reports import VerdictKind
from p2n_schemas.runs import RunStatus
from p2n_schemas.storyboards import StoryFact

from .explanations import of_method, of_metric
from .knowledge import Knowledge, Score, amount
from .plain import name, one_line
from .readability import quotations

PAPER, RESULTS, CLAIM, METRIC, DATASET, METHOD, PLAN, RUN, COUNTS = (
    "paper",
    "results",
    "claim",
    "metric",
    "dataset",
    "method",
    "plan",
    "run",
    "counts",
)
MAX_CLASSES = 4


def rows_per_dot(rows: int) -> int:
    """1, 2, 5, 10, 20, 50, …: so many that at most 200 dots are drawn."""
    each = 1
    while rows / each > 200:
        each = each * 5 // 2 if str(each)[0] == "2" else each * 2
    return each


def score_id(score: Score) -> str:
    return f"score:{score.claim_id}"[:120]


def facts(known: Knowledge) -> tuple[StoryFact, ...]:
    return tuple(_facts(known))


def _facts(known: Knowledge) -> Iterator[StoryFact]:
    yield StoryFact(
        id=PAPER,
        source="paper",
        text=f"The paper is called “{known.title}”; it has {counted(known.pages, 'page')}.",
        names=[known.title],
    )
    found = f"{counted(known.results, 'result')} found in it" if known.was_read else "it was not read yet"
    yield StoryFact(id=RESULTS, source="paper", text=f"Results: {found}.")
    yield from _about_the_lead(known)
    # said too where there is none: a page that says so falls with it
    yield (
        _plan(known.plan)
        if known.plan is not None
        else StoryFact(id=PLAN, source="plan", text="No plan yet.")
    )
    if known.runs:
        yield _run(known)
    yield StoryFact(id=COUNTS, source="report", text=f"Verdicts: {verdict_counts(known) or 'none'}.")
    for score in known.scores:
        observed = f"observed {score.observed}" if score.observed else "nothing observed"
        yield StoryFact(
            id=score_id(score),
            source="report",
            text=f"“{score.method}”{f' on “{score.dataset}”' if score.dataset else ''}: claimed {score.claimed}; {observed}; {score.verdict.value}.",
            names=[
                score.method,
                *([score.dataset] if score.dataset else []),
                *quotations(score.claimed),
                *quotations(score.observed or ""),
            ],
            claim_id=score.claim_id,
        )


def _about_the_lead(known: Knowledge) -> Iterator[StoryFact]:
    claim = known.lead
    if claim is None:
        return
    value = amount(claim.value_printed, claim.units)
    names = [name(claim.method, 60), name(claim.metric, 60), *quotations(value)]
    where = f" on “{name(claim.dataset, 60)}”" if claim.dataset else ""
    names += [name(claim.dataset, 60)] if claim.dataset else []
    place = one_line(claim.citation.label, 40)
    yield StoryFact(
        id=CLAIM,
        source="claim",
        text=f"The paper says: “{names[0]}”{where} has {value} in “{names[1]}” ({place}, page {claim.citation.page}).",
        names=names,
        claim_id=claim.id,
    )
    if known.metric is not None and of_metric(known.metric.key):
        better = "More is better." if known.metric.direction == "maximize" else "Less is better."
        yield StoryFact(
            id=METRIC,
            source="catalogue",
            text=f"{known.metric.title}. {of_metric(known.metric.key)} {better}",
            names=[names[1]],
        )
    if claim.dataset:
        yield _dataset(known, name(claim.dataset, 60))
    if known.method is None:
        text = "It is not in the catalogue of methods."
    else:
        text = f"In the catalogue: {known.method.title}. {of_method(known.method.key).text}"
    yield StoryFact(id=METHOD, source="catalogue", text=f"“{names[0]}”. {text}", names=[names[0]])


def _dataset(known: Knowledge, printed: str) -> StoryFact:
    data = known.dataset
    if data is None:
        return StoryFact(
            id=DATASET,
            source="catalogue",
            text=f"“{printed}” is not in the catalogue of data.",
            names=[printed],
        )
    classes = shown_classes(known)
    listed = f": {', '.join(f'“{entry}”' for entry in classes)}" if classes else ""
    kinds = f", {len(data.classes)} kinds{listed}" if data.classes else ""
    return StoryFact(
        id=DATASET,
        source="catalogue",
        text=f"“{name(data.title)}”, in the paper “{printed}”: {data.rows} rows of {data.columns} columns ({data.input})"
        f"{kinds}. Drawn with a dot for each {rows_per_dot(data.rows)}.",
        names=[name(data.title), printed, *classes],
    )


def _plan(plan: Plan) -> StoryFact:
    body = plan.body
    planned = sum(len(experiment.metrics) for experiment in body.experiments)
    fidelity = Counter(experiment.fidelity for experiment in body.experiments)
    kinds = ", ".join(f"{fidelity[kind]} {kind.value}" for kind in Fidelity if fidelity[kind])
    protocol = body.config.protocol
    parts = [f"protocol {protocol.kind}"]
    if protocol.test_fraction is not None:
        parts.append(f"{100 * protocol.test_fraction:.4g} of each 100 rows for the test")
    if protocol.test_rows is not None:
        parts.append(f"{protocol.test_rows} rows for the test")
    if protocol.folds is not None:
        parts.append(f"{protocol.folds} parts")
    return StoryFact(
        id=PLAN,
        source="plan",
        text=f"Plan of {counted(planned, 'result')} in {counted(len(body.experiments), 'test')} ({kinds}); {', '.join(parts)};"
        f" {counted(body.config.repeats, 'repeat')}; {counted(len(body.assumptions), 'assumption')};"
        f" {len(body.unplanned)} left out.",
        plan_id=plan.id,
    )


def _run(known: Knowledge) -> StoryFact:
    run = known.runs[0]
    took = f", {counted(round(run.duration_seconds), 'second')}" if run.duration_seconds is not None else ""
    ended = Counter(run.status for run in known.runs)
    kinds = ", ".join(f"{ended[status]} {status.value}" for status in RunStatus if ended[status])
    return StoryFact(
        id=RUN,
        source="run",
        text=f"The newest run: {run.status.value}{took}. Runs: {kinds}.",
        run_id=run.id,
        plan_id=run.plan_id,
    )


def verdict_counts(known: Knowledge) -> str:
    return ", ".join(
        f"{known.counts[kind]} {kind.value.replace('_', ' ')}"
        for kind in VerdictKind
        if known.counts.get(kind)
    )


def shown_classes(known: Knowledge) -> list[str]:
    """The names of the kinds, where a child can hold them in mind and they are words."""
    classes = known.dataset.classes if known.dataset is not None else ()
    named = [name(entry.replace("_", " "), 24) for entry in classes]
    return named if len(named) <= MAX_CLASSES and all(any(map(str.isalpha, n)) for n in named) else []


def counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
