"""A picture for each kind of page."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping

from p2n_schemas.reports import VerdictKind
from p2n_schemas.runs import RunStatus
from p2n_schemas.storyboards import StoryKind

from .. import facts
from ..facts import counted
from ..knowledge import Knowledge, Score, amount
from ..plain import name, quoted
from .canvas import (
    COLOURS,
    CORAL,
    CREAM,
    GREY,
    INK,
    PLUM,
    SKY,
    SUN,
    TEAL,
    WHITE,
    Canvas,
    Picture,
    wrapped,
)
from .dots import rows_as_dots
from .icons import draw_icon
from .methods import draw_method
from .things import bubble, cross, robot, sheet, sign, stage, star, tick, unknown

_Drawn = str


def draw(kind: StoryKind, title: str, known: Knowledge) -> Picture:
    """`title`: of the page, which becomes the picture's."""
    canvas = Canvas()
    return canvas.picture(title, _SCENES[kind](canvas, known))


def _paper(canvas: Canvas, known: Knowledge) -> _Drawn:
    stage(canvas)
    robot(canvas, 150, 410, glass=True)
    sheet(canvas, 300, 46, 330, 350, lines=8)
    title = wrapped(known.title, 270, 20, 5)
    canvas.lines(465, 122 - 6 * (len(title) - 4), title, 20, width=280)
    canvas.line(330, 236, 600, 236, SUN, 6)
    if known.results:
        star(canvas, 668, 290, 74)
        canvas.text(668, 300, str(known.results), 34, 84)
        sign(canvas, 668, 396, "score" if known.results == 1 else "scores", size=20, widest=140)
    found = f" A star beside it shows {counted(known.results, 'score')}." if known.results else ""
    return f"A small robot holds a looking glass to a big sheet of paper with the name {quoted(known.title)} on it.{found}"


def _reading(canvas: Canvas, known: Knowledge) -> _Drawn:
    stage(canvas)
    shown = min(known.pages, 10)
    for number in range(shown):
        x = 236 + number * 52
        sheet(canvas, x, 150 + 14 * math.sin(number), 64, 92, lines=4)
    robot(canvas, 130, 410, "unsure", glass=True)
    words = "no scores found" if known.was_read else "not read yet"
    sign(canvas, 510, 330, f"{counted(known.pages, 'page')}: {words}", widest=430)
    return f"A small robot looks at sheets of paper in a row. A sign says: {counted(known.pages, 'page')}, {words}."


def _claim(canvas: Canvas, known: Knowledge) -> _Drawn:
    stage(canvas)
    claim = known.lead
    if claim is None:
        robot(canvas, 180, 410, "unsure")
        sheet(canvas, 430, 90, 220, 280, lines=7)
        canvas.circle(540, 170, 52, CREAM, stroke=INK, stroke_width=4)
        canvas.text(540, 194, "?", 72, 70)
        return "A small robot stands beside a sheet of paper. There is a question mark on the paper, and no score."
    method, value = name(claim.method, 60), amount(claim.value_printed, claim.units).translate(_BARE)
    sheet(canvas, 66, 176, 170, 226, lines=11)
    for side, x in ((-1, 122), (1, 178)):
        canvas.circle(x, 232, 9, INK)
        canvas.circle(x + side * 14, 254, 8, "#f7b9a8")
    canvas.path("M132 254 q18 18 36 0", width=4)
    bubble(canvas, 280, 34, 470, 214, (226, 244))
    canvas.text(515, 78, method, 25, 430)
    canvas.text(515, 144, value, 50, 430, fill="#d4502f")
    canvas.text(515, 182, name(claim.metric, 60), 21, 430, weight=500)
    share = _share(value)
    if share is not None:
        canvas.rect(326, 200, 378, 30, CREAM, 15, stroke=INK, stroke_width=3.5)
        canvas.rect(330, 204, max(22.0, 370 * share), 22, TEAL, 11)
    robot(canvas, 640, 432, "unsure")
    sign(canvas, 480, 330, "Is it true?", SUN, 24)
    bar = " A bar shows how much of 100 that is." if share is not None else ""
    return (
        f"A sheet of paper with a face says: {quoted(method)}, {value}.{bar} A small robot asks: is it true?"
        if value == amount(claim.value_printed, claim.units)
        else f"A sheet of paper with a face says: {quoted(method)}, {amount(claim.value_printed, claim.units)}. A small robot"
        " asks: is it true?"
    )


_BARE = {ord("“"): None, ord("”"): None}


def _share(value: str) -> float | None:
    found = re.fullmatch(r"([\d.]+) out of 100", value)
    share = float(found[1]) / 100 if found and found[1].count(".") < 2 and found[1] != "." else None
    return share if share is not None and share <= 1 else None


def _data(canvas: Canvas, known: Knowledge) -> _Drawn:
    printed = name(known.lead.dataset or "", 60) if known.lead else ""
    stage(canvas)
    data = known.dataset
    if data is None:
        robot(canvas, 170, 410, "unsure")
        canvas.rect(360, 160, 290, 220, "#d9a86c", 10, stroke=INK, stroke_width=4)
        canvas.path(
            "M360 190 L330 130 H480 L505 190 M650 190 L680 130 H530 L505 190", fill="#e8c08d", width=4
        )
        canvas.text(505, 300, "?", 90, 100, fill=WHITE)
        sign(canvas, 505, 352, printed, widest=270)
        return f"A shut box with a question mark and the name {quoted(printed)} on it. A small robot wonders what is inside."
    described = rows_as_dots(canvas, data.rows)
    sign(canvas, 330, 66, name(data.title), SUN, 24, 560)
    classes = facts.shown_classes(known)
    for number, entry in enumerate(classes):
        x = 130 + (number + 0.5) * 430 / len(classes)
        sign(canvas, x, 376, entry, COLOURS[number % len(COLOURS)], 19, 420 / len(classes))
    if data.classes and not classes:
        sign(canvas, 345, 376, f"{len(data.classes)} kinds", COLOURS[2], 20)
    icon = draw_icon(canvas, data, 690, 190)
    robot(canvas, 690, 424)
    listed = " and ".join(filter(None, [", ".join(map(quoted, classes[:-1])), *map(quoted, classes[-1:])]))
    kinds = f" Signs below name the kinds: {listed}." if classes else ""
    return f"A big board of dots with the name {quoted(name(data.title))}. {described}{kinds} Beside it is {icon}."


def _method(canvas: Canvas, known: Knowledge) -> _Drawn:
    stage(canvas)
    return draw_method(canvas, known)


def _plan(canvas: Canvas, known: Knowledge) -> _Drawn:
    stage(canvas, indoors=True)
    robot(canvas, 700, 420, "glad" if known.plan else "unsure")
    canvas.rect(60, 50, 560, 346, "#c98d54", 18, stroke=INK, stroke_width=4)
    canvas.rect(80, 76, 520, 304, WHITE, 8, stroke=INK, stroke_width=3)
    canvas.rect(290, 34, 100, 42, GREY, 12, stroke=INK, stroke_width=4)
    if known.plan is None:
        for number in range(4):
            canvas.rect(112, 122 + number * 60, 34, 34, CREAM, 8, stroke=INK, stroke_width=3)
            canvas.line(170, 139 + number * 60, 500, 139 + number * 60, GREY, 6, stroke_dasharray="2 16")
        return "A clipboard with empty boxes. No steps are written on it yet. A small robot waits."
    body = known.plan.body
    protocol = body.config.protocol
    planned = sum(len(experiment.metrics) for experiment in body.experiments)
    steps = [f"{counted(planned, 'score')} to test"]
    if protocol.kind == "kfold":
        hidden, steps = None, [*steps, f"{protocol.folds} parts take turns"]
    elif protocol.test_fraction is not None or protocol.test_rows is not None:
        share = (
            f"{100 * protocol.test_fraction:.4g} of each 100"
            if protocol.test_fraction
            else str(protocol.test_rows)
        )
        hidden, steps = protocol.test_fraction, [*steps, f"hide {share} rows"]
    else:
        hidden, steps = None, [*steps, "use the rows as they are"]
    steps.append("do it one time" if body.config.repeats == 1 else f"do it {body.config.repeats} times")
    for number, step in enumerate(steps):
        tick(canvas, 120, 122 + number * 52, COLOURS[number])
        canvas.text(154, 130 + number * 52, step, 25, 420, "start")
    folds = min(protocol.folds or 0, 12)
    if folds:
        wide = 420 / folds
        for number in range(folds):
            fill = CORAL if number == folds - 1 else TEAL
            canvas.rect(112 + number * wide, 292, wide - 5, 48, fill, 8, stroke=INK, stroke_width=2.5)
    elif hidden is not None:
        cut = max(40.0, min(400.0, 440 * (1 - hidden)))
        canvas.rect(112, 290, cut - 4, 52, TEAL, 10, stroke=INK, stroke_width=3)
        canvas.rect(112 + cut + 4, 290, 440 - cut - 4, 52, CORAL, 10, stroke=INK, stroke_width=3)
        canvas.text(112 + cut / 2, 324, "to learn from", 21, cut - 20, fill=WHITE)
        canvas.text(112 + cut + 220 - cut / 2 + 2, 324, "?", 28, 60, fill=WHITE)
    return f"A clipboard with ticked steps: {steps[0]}, {steps[1]}, {steps[2]}. A small robot points at it."


def _run(canvas: Canvas, known: Knowledge) -> _Drawn:
    run = known.runs[0]
    well = run.status is RunStatus.SUCCEEDED
    live = not run.status.is_terminal()
    stage(canvas, indoors=True)
    for number in range(26 if well else 0):
        x, y = 40 + (number * 137) % 720, 24 + (number * 89) % 120
        canvas.rect(
            x, y, 12, 8, COLOURS[number % len(COLOURS)], 2, transform=f"rotate({number * 37 % 180} {x} {y})"
        )
    canvas.rect(170, 100, 390, 292, "#eaf7ff", 18, stroke=INK, stroke_width=4, fill_opacity="0.85")
    canvas.rect(230, 150, 270, 168, INK, 16)
    canvas.rect(244, 164, 242, 140, SKY if live else "#d8f0dd" if well else "#fbe0da", 8)
    canvas.rect(336, 318, 58, 30, GREY, 0, stroke=INK, stroke_width=4)
    canvas.rect(290, 346, 150, 18, GREY, 9, stroke=INK, stroke_width=4)
    if well:
        canvas.path("M318 236 l34 36 l62 -74", stroke=TEAL, width=18)
    elif live:
        for number in range(3):
            canvas.circle(325 + number * 40, 234, 13, INK)
    elif run.status is RunStatus.FAILED:
        canvas.path("M330 200 l70 70 M400 200 l-70 70", stroke=CORAL, width=18)
    else:
        canvas.rect(332, 202, 66, 66, CORAL, 10)
    words = {
        RunStatus.SUCCEEDED: "done!",
        RunStatus.FAILED: "it broke",
        RunStatus.TIMEOUT: "out of time",
        RunStatus.CANCELLED: "stopped",
        RunStatus.RUNNING: "at work",
        RunStatus.QUEUED: "in line",
    }[run.status]
    sign(canvas, 365, 70, words, SUN, 26)
    took = ""
    if run.duration_seconds is not None:
        seconds = counted(round(run.duration_seconds), "second")
        canvas.circle(98, 200, 52, WHITE, stroke=INK, stroke_width=5)
        canvas.rect(88, 130, 20, 18, GREY, 4, stroke=INK, stroke_width=3)
        canvas.path("M98 200 V164 M98 200 L120 214", stroke=CORAL, width=6)
        sign(canvas, 98, 284, seconds, size=17, widest=136)
        took = f" A stop watch says {seconds}."
    robot(canvas, 676, 420, "glad" if well else "unsure" if live else "sad")
    return f"A computer stands in a glass box. A sign above it says: {words}.{took} A small robot looks on."


def _scoreboard(canvas: Canvas, known: Knowledge) -> _Drawn:
    stage(canvas, indoors=True)
    canvas.rect(30, 30, 612, 306, "#31506b", 18, stroke=INK, stroke_width=5)
    shares = any(_is_share(score.claimed) for score in known.scores)
    canvas.text(56, 70, "who", 20, 250, "start", SUN)
    for x, head in ((390, "paper says"), (516, "we got")):
        canvas.text(x, 62 if shares else 70, head, 18, 124, fill=SUN)
        if shares:
            canvas.text(x, 80, "out of 100", 13, 124, fill=SUN, weight=500)
    shown = []
    for number, score in enumerate(known.scores):
        y = 92 + number * 59
        canvas.rect(46, y, 580, 51, "#3f637f", 10)
        canvas.text(60, y + (23 if score.dataset else 33), score.method, 19, 262, "start", WHITE)
        if score.dataset:
            canvas.text(60, y + 42, f"on {score.dataset}", 14, 262, "start", "#d6e6f2", 500)
        canvas.text(390, y + 33, _on_board(score.claimed), 23, 118, fill=WHITE)
        canvas.text(516, y + 33, _on_board(score.observed) if score.observed else "–", 23, 118, fill=WHITE)
        _MEDALS[score.verdict](canvas, 600, y + 25)
        result = f"we got {score.observed}" if score.observed else "no result yet"
        shown.append(
            f"{quoted(score.method)}{_on(score)}: the paper says {score.claimed}, {result} ({_MEANINGS[score.verdict]})."
        )
    if not known.scores:
        canvas.text(336, 200, "no scores to show", 30, 560, fill=WHITE)
    kinds = [kind for kind in VerdictKind if known.counts.get(kind)]
    columns = 3 if len(kinds) > 3 else max(len(kinds), 1)
    place = 590 / columns
    top = 374 if len(kinds) > 3 else 392
    for number, kind in enumerate(kinds):
        left, middle = 40 + number % columns * place, top + number // columns * 40
        _MEDALS[kind](canvas, left + 20, middle)
        canvas.text(left + 46, middle + 7, f"{known.counts[kind]} {_MEANINGS[kind]}", 19, place - 56, "start")
    judged = sum(known.counts.get(kind, 0) for kind in VerdictKind if kind is not VerdictKind.NOT_RUN)
    mood = "glad" if known.counts.get(VerdictKind.REPRODUCED) else "sad" if judged else "unsure"
    robot(canvas, 716, 424, mood)
    counts = ", ".join(f"{known.counts[kind]} {_MEANINGS[kind]}" for kind in kinds)
    below = f"Below it stand the counts: {counts}." if counts else "The board is empty."
    return " ".join(["A scoreboard.", *shown, below])


def _on(score: Score) -> str:
    return f" on {quoted(score.dataset)}" if score.dataset else ""


def _is_share(value: str) -> bool:
    return value.endswith(" out of 100")


def _on_board(value: str) -> str:
    return value.removesuffix(" out of 100").translate(_BARE)


_MEANINGS = {
    VerdictKind.REPRODUCED: "fits",
    VerdictKind.CLOSE: "close",
    VerdictKind.NOT_REPRODUCED: "does not fit",
    VerdictKind.NOT_COMPARABLE: "can not tell",
    VerdictKind.NOT_RUN: "not run",
}
_MEDALS: Mapping[VerdictKind, Callable[[Canvas, float, float], None]] = {
    VerdictKind.REPRODUCED: lambda canvas, x, y: star(canvas, x, y, 20),
    VerdictKind.CLOSE: lambda canvas, x, y: unknown(canvas, x, y, "≈", SKY),
    VerdictKind.NOT_REPRODUCED: cross,
    VerdictKind.NOT_COMPARABLE: lambda canvas, x, y: unknown(canvas, x, y, "?", PLUM),
    VerdictKind.NOT_RUN: lambda canvas, x, y: unknown(canvas, x, y, "…", GREY),
}
_SCENES: Mapping[StoryKind, Callable[[Canvas, Knowledge], _Drawn]] = {
    StoryKind.PAPER: _paper,
    StoryKind.READING: _reading,
    StoryKind.CLAIM: _claim,
    StoryKind.DATA: _data,
    StoryKind.METHOD: _method,
    StoryKind.PLAN: _plan,
    StoryKind.RUN: _run,
    StoryKind.SCOREBOARD: _scoreboard,
}
