"""The words of each page: templates over what is known. Every number and name that they fill in stands in the page's facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from p2n_schemas.plans import Fidelity, Plan
from p2n_schemas.reports import VerdictKind
from p2n_schemas.runs import RunStatus
from p2n_schemas.storyboards import StoryKind

from . import facts
from .explanations import of_method, of_metric
from .facts import counted
from .knowledge import Knowledge, Score, amount
from .plain import name, quoted

_FITS = {
    VerdictKind.REPRODUCED: "That fits!",
    VerdictKind.CLOSE: "That is close.",
    VerdictKind.NOT_REPRODUCED: "That does not fit.",
    VerdictKind.NOT_COMPARABLE: "We can not tell if that fits.",
    VerdictKind.NOT_RUN: "It has not been put to the test yet.",
}
_RUNS = {
    RunStatus.QUEUED: "The test is in line. It has not come to its turn yet.",
    RunStatus.RUNNING: "The test goes on right now.",
    RunStatus.SUCCEEDED: "The test ran to its end.",
    RunStatus.FAILED: "Then something broke. The test did not get to its end.",
    RunStatus.TIMEOUT: "The test took too long. So it was made to stop.",
    RunStatus.CANCELLED: "Someone made the test stop. It did not get to its end.",
}


@dataclass(frozen=True)
class Words:
    """`facts`: ids of those that the page is made from."""

    kind: StoryKind
    title: str
    text: str
    facts: tuple[str, ...]


def written(known: Knowledge) -> Iterator[Words]:
    """5 to 7 pages: without results a page on the reading takes the place of method and data."""
    yield Words(StoryKind.PAPER, "A Paper to Check", _paper(known), (facts.PAPER, facts.RESULTS))
    if known.lead is None:
        yield Words(StoryKind.READING, "We Look at Each Page", _reading(known), (facts.PAPER, facts.RESULTS))
    yield from _claim(known)
    if known.lead is not None:
        if known.lead.dataset:
            yield Words(
                StoryKind.DATA, "What It Learns From", _data(known, known.lead.dataset), (facts.DATASET,)
            )
        yield Words(
            StoryKind.METHOD, "How It Makes a Guess", _method(known, known.lead.method), (facts.METHOD,)
        )
    yield from _plan(known)
    if known.runs:
        yield Words(StoryKind.RUN, "The Test Run", _run(known), (facts.RUN,))
    ids = (facts.COUNTS, facts.RESULTS, *(facts.score_id(score) for score in known.scores))
    yield Words(StoryKind.SCOREBOARD, "The Scoreboard", _scoreboard(known), ids)


def _joined(*paragraphs: str) -> str:
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def _paper(known: Knowledge) -> str:
    first = f"Some people wrote a paper. They named it {quoted(known.title)}. It has {counted(known.pages, 'page')}."
    if not known.was_read:
        return _joined(first, "No one here has read it yet. So we do not know what it says.")
    if not known.results:
        return _joined(first, "A paper tells what its team found out. But is it true? Let us check!")
    found = counted(known.results, "score")
    return _joined(first, f"We read it and found {found} in it. Are they true? Let us check!")


def _reading(known: Knowledge) -> str:
    if not known.was_read:
        return _joined(
            "First someone must read the paper.",
            "Ask P2N to read it. It goes from page to page and looks for scores. A score is a number that tells how well"
            " a thing works.",
        )
    return _joined(
        f"We looked for scores on {counted(known.pages, 'page')}. A score is a number that tells how well a thing works.",
        "We found none. That is fine. Not all papers have scores. A few just think hard about a thing.",
    )


def _claim(known: Knowledge) -> Iterator[Words]:
    claim = known.lead
    if claim is None:
        if known.was_read:
            text = "No score means that there is nothing to try out. We can not say yes. We can not say no. So we do not guess."
        else:
            text = "We have no score yet. So we can not say if it is true. First the paper must be read."
        yield Words(StoryKind.CLAIM, "No Score to Test", text, (facts.RESULTS,))
        return
    where = f" on {quoted(name(claim.dataset, 60))}" if claim.dataset else ""
    value = amount(claim.value_printed, claim.units)
    used = [facts.CLAIM]
    tells = f"This score is named {quoted(name(claim.metric, 60))}."
    if known.metric is not None and (meaning := of_metric(known.metric.key)):
        better = "More is better." if known.metric.direction == "maximize" else "Less is better."
        tells = f"{tells} {meaning} {better}"
        used.append(facts.METRIC)
    says = (
        f"The paper has {quoted(name(claim.method, 60))} make a guess{where}. It says the score is {value}."
    )
    yield Words(
        StoryKind.CLAIM,
        "The Score to Test",
        _joined(says, tells, "That is what the paper says. We want to see it with our own eyes."),
        tuple(used),
    )


def _data(known: Knowledge, printed: str) -> str:
    data = known.dataset
    mine = quoted(name(printed, 60))
    if data is None:
        return _joined(
            f"To learn, it needs a lot of facts. We call them data. The paper takes its data from {mine}.",
            f"But {mine} is not on our list of data. So we know its name and no more.",
        )
    what = {"table": "tells of one thing", "image": "is one picture", "text": "is one text"}[data.input]
    clues = f" It gives {counted(data.columns, 'clue')}." if data.input == "table" else ""
    first = f"To learn, it needs a lot of facts. We call them data. The paper names this data {mine}."
    rows = f"It has {counted(data.rows, 'row')}. Each row {what}.{clues}"
    if not data.classes:
        return _joined(first, f"{rows} The task is to guess a number for each row.")
    kinds = f"There are {counted(len(data.classes), 'kind')} of rows."
    listed = _listed([quoted(entry) for entry in facts.shown_classes(known)])
    return _joined(
        first,
        f"{rows}",
        f"{kinds} {f'We call them {listed}. ' if listed else ''}The task is to guess the kind.",
    )


def _method(known: Knowledge, printed: str) -> str:
    mine = quoted(name(printed, 60))
    if known.method is None:
        return _joined(
            f"The paper puts {mine} to the test. It is a way to make a guess.",
            f"But {mine} is not on our list of ways. So we can not show how it works. We do not make things up.",
        )
    return _joined(f"This is how {mine} makes a guess.", of_method(known.method.key).text)


def _plan(known: Knowledge) -> Iterator[Words]:
    plan = known.plan
    if plan is None:
        if known.lead is None:
            text = "A plan is a list of steps for a test. With no score, there is no plan. Once there is a score, we can make one."
        else:
            text = "A plan is a list of steps for a test. We have no plan yet. Ask P2N to make one. Then the test can start."
        yield Words(StoryKind.PLAN, "No Plan Yet", text, (facts.PLAN,))
        return
    body = plan.body
    planned = sum(len(experiment.metrics) for experiment in body.experiments)
    tried = "one time" if body.config.repeats == 1 else f"{body.config.repeats} times"
    steps = f"{_protocol(plan)} We do all of this {tried}."
    unsaid = len(body.assumptions)
    picked = (
        f"The paper does not tell us all. So we had to pick {counted(unsaid, 'thing')}." if unsaid else ""
    )
    left = len(body.unplanned)
    rest = f"We left out {counted(left, 'score')}." if left else ""
    yield Words(
        StoryKind.PLAN,
        "Our Plan",
        _joined(
            f"We made a plan to test {counted(planned, 'score')}. {steps}",
            " ".join(filter(None, (_fidelity(plan), picked, rest))),
        ),
        (facts.PLAN,),
    )


def _protocol(plan: Plan) -> str:
    protocol = plan.body.config.protocol
    if protocol.kind == "kfold":
        return f"We cut the rows in {protocol.folds} parts. Each part gets a turn as the test."
    if protocol.kind == "whole":
        return "It may look at all the rows at once."
    if protocol.kind == "given":
        return "The data comes in parts. One part is to learn from. One part is for the test."
    share = f"{100 * protocol.test_fraction:.4g} of each 100" if protocol.test_fraction is not None else None
    hidden = share or str(protocol.test_rows)
    return f"We hide {hidden} rows. The computer learns from the rest. Then it has to guess the ones that we hid."


def _fidelity(plan: Plan) -> str:
    found = Counter(experiment.fidelity for experiment in plan.body.experiments)
    parts = []
    if found[Fidelity.EXACT]:
        parts.append(f"{_tests(found[Fidelity.EXACT])} just like in the paper.")
    if found[Fidelity.REDUCED]:
        parts.append(f"{_tests(found[Fidelity.REDUCED])} not quite like in the paper.")
    if found[Fidelity.PROXY]:
        parts.append(f"{_tests(found[Fidelity.PROXY])} of a thing that stands in for the real one.")
    return " ".join(parts)


def _tests(number: int) -> str:
    return f"{counted(number, 'test')} {'is' if number == 1 else 'are'}"


def _run(known: Knowledge) -> str:
    run = known.runs[0]
    ended = Counter(run.status for run in known.runs)
    took = ""
    if run.duration_seconds is not None:
        took = f"It took {counted(round(run.duration_seconds), 'second')}."
    where = "A computer did the steps of the plan. It was kept in a safe box, so that it could not do harm."
    well = ended[RunStatus.SUCCEEDED]
    more = f"Of all our test runs, {well or 'none'} went well." if len(known.runs) > 1 else ""
    return _joined(where, " ".join(filter(None, (_RUNS[run.status], took, more))))


def _scoreboard(known: Knowledge) -> str:
    counts = known.counts
    if not known.results:
        return "There is no score to show. So the board is empty. That is okay. We do not make things up."
    ran = sum(number for kind, number in counts.items() if kind is not VerdictKind.NOT_RUN)
    if not ran:
        waiting = "It still waits." if known.results == 1 else f"All {known.results} still wait."
        said = [f"{_for(score)} the paper says {score.claimed}." for score in known.scores[:2]]
        return _joined(
            f"No score has been put to the test yet. {waiting} So we can not tell if the paper is right.",
            " ".join(said),
        )
    words = {
        VerdictKind.REPRODUCED: ("fits", "fit"),
        VerdictKind.CLOSE: ("is close", "are close"),
        VerdictKind.NOT_REPRODUCED: ("does not fit", "do not fit"),
        VerdictKind.NOT_COMPARABLE: ("is hard to tell", "are hard to tell"),
        VerdictKind.NOT_RUN: ("was not run", "were not run"),
    }
    told = [
        f"{counted(counts[kind], 'score')} {words[kind][counts[kind] != 1]}."
        for kind in VerdictKind
        if counts.get(kind)
    ]
    return _joined("Here is how it went. " + " ".join(told), *map(_told, known.scores[:3]))


def _told(score: Score) -> str:
    if score.observed is None:
        return f"{_for(score)} the paper says {score.claimed}. {_FITS[score.verdict]}"
    return f"{_for(score)} the paper says {score.claimed}. We got {score.observed}. {_FITS[score.verdict]}"


def _for(score: Score) -> str:
    return f"For {quoted(score.method)}{f' on {quoted(score.dataset)}' if score.dataset else ''}"


def _listed(items: list[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else ""
