"""Claims in running text: a metric's name and a number in one clause."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from p2n_ext.documents.geometry import Rect
from p2n_ext.documents.pages import Page

from .context import Context
from .drafts import Draft, uncertainty_of
from .lexicon import METRICS, Metric, split_in
from .methods import method_in
from .numbers import Printed, numbers_in
from .sentences import Block, blocks

# between a metric and its value
TIE = re.compile(
    r"^[\s,:=(]*(?:(?:score|rate|value|result|performance|level)s?\s*)?(?:(?:of|is|was|were|are|at|to|reach(?:es|ed)?|equals?|about|around|approximately|roughly|nearly|over|up|as|high|low|only|just|by"
    r"|being|the|a|an|on|achiev\w+|obtain\w+|attain\w+|stands|=|:|≈|∼|~|approx\.?|its|from|which|with|we|best|highest|mean|average|for|test|all|set|data|than|more|less|increas\w+|improv\w+|drop\w*|decreas\w+|rais\w+)\b[\s,:(]*)*[≈∼~=:(]?\s*$",
    re.IGNORECASE,
)
# between a value and the metric that follows it
BACK = re.compile(
    r"^\s*%?\s*(?:(?:in|of|for|the|a|an|overall|average|mean|test|testing|training|validation|classification|top-[15]|on)\s+)*$",
    re.IGNORECASE,
)
OTHERS = re.compile(
    r"\[\d[\d,\s–-]*\]|\bet al\b|\b(?:19|20)\d\d[a-z]?\)|\b[Tt]heir\b|\b[Tt]hey\b|\bhuman performance\b|\bprior work\b|\bprevious(?:ly)?\b|\bstate[- ]of[- ]the[- ]art\b"
)
THEIRS = re.compile(r"\W*(?:Their|They|It|Then|The authors)\b")
NO_VALUE = re.compile(
    r"(?:\b(?:table|tables|fig|figs|figure|section|sec|eq|equation|algorithm|appendix|chapter|page|top|step|epoch|fold|k|n|C|p)\.?\s*[-=<>]?\s*|[\[#$@/^])$",
    re.IGNORECASE,
)
DIFFERENCE = re.compile(
    r"\b(?:by|improv\w*|gains?|increas\w*|reduc\w*|decreas\w*|drop\w*|relative|difference|margin|within|less than|more than|at least|at most|exceed\w*|above|below|over|chance|random(?:ly)?|approximately \d+% of)\b[\w\s,]{0,24}$",
    re.IGNORECASE,
)
COUNTED = re.compile(
    r"^\s*%?\s*(?:of\s+(?:the\s+)?(?:data|samples|training|examples|instances|patients|cases|images|features|variance|classes|points|time)|confidence|significance|relative|percentage points|points|for train|train|x\b|×|times|faster|fewer)",
    re.IGNORECASE,
)


def prose_claims(pages: Sequence[Page], context: Context, tables: Sequence[Draft]) -> Iterator[Draft]:
    """Drafts of results stated in sentences; what a table already says is told again only in the abstract."""
    known = _known_methods(context, tables)
    said: set[tuple[int, str, str]] = set()
    before = ""
    for block in blocks(pages, context.last_page):
        abstract = block.section == "Abstract"
        for start, end in block.sentences():
            sentence = block.text[start:end]
            for number, name, metric in stated(sentence):
                near = sentence[max(0, number.start - 140) : number.end + 40]
                others = OTHERS.search(near) or (OTHERS.search(before[-220:]) and THEIRS.match(sentence))
                if others and not abstract and not re.search(r"\b(?:our|we|ours)\b", sentence, re.IGNORECASE):
                    continue
                draft = _draft(block, start, end, number, name, metric, known, context, before)
                if draft.method == "unnamed" and draft.dataset is None:
                    continue
                key = (draft.page, draft.printed, draft.metric.lower())
                if key in said or (not abstract and _repeats(draft, tables)):
                    continue
                said.add(key)
                yield draft
            before = f"{before[-1500:]} {sentence}"


def stated(sentence: str) -> Iterator[tuple[Printed, str, Metric]]:
    """Numbers of a sentence that it gives as values of a metric, with the metric's name as printed."""
    found = _metrics(sentence)
    if not found:
        return
    last: tuple[str, Metric] | None = None
    previous_end = 0
    for number in numbers_in(sentence):
        lead, rest = sentence[: number.start], sentence[number.end :]
        plain = number.percent or not number.whole
        if (
            not plain
            or number.unit
            or NO_VALUE.search(lead)
            or COUNTED.match(rest)
            or _in_name(sentence, number)
        ):
            continue
        if number.percent and number.value > 100:
            continue
        if DIFFERENCE.search(lead[-40:]) and not re.search(r"\b(?:from|to)\s*$", lead):
            last = None
            continue
        if re.search(r"\bfrom\s*[≈∼~]?$", lead) and re.match(r"\s*(?:\w+\s+){0,6}to\s+[≈∼~]?\d", rest):
            # what a value was before is a setting of another row, not told by name here
            last = _before(lead, found) or last
            previous_end = number.end
            continue
        named = _before(lead, found) or _after(sentence, number, found)
        if named is None and last is not None and _continues(sentence[previous_end : number.start]):
            named = last
        if named is None:
            continue
        name, metric = named
        if not number.percent and metric.share and number.value > 1:
            continue
        last, previous_end = named, number.end
        yield number, name, metric


def _metrics(sentence: str) -> list[tuple[int, int, str, Metric]]:
    hits = [
        (m.start(), m.end(), m.group(0), metric)
        for metric in METRICS
        for m in metric.pattern.finditer(sentence)
    ]
    hits.sort(key=lambda h: (h[0], -h[1]))
    kept: list[tuple[int, int, str, Metric]] = []
    for hit in hits:
        if not kept or hit[0] >= kept[-1][1]:
            kept.append(hit)
    return [k for k in kept if k[2].lower() not in ("is", "em", "errors", "error", "loss", "losses")]


def _before(lead: str, found: Sequence[tuple[int, int, str, Metric]]) -> tuple[str, Metric] | None:
    ahead = [f for f in found if f[1] <= len(lead)]
    if not ahead:
        return None
    _, end, name, metric = ahead[-1]
    between = lead[end:]
    if len(between) <= 70 and (TIE.match(between) or _loose(between)):
        return name, metric
    return None


def _loose(between: str) -> bool:
    """A short clause with a verb that gives a value: "accuracy on Wine, 98.33%" or "the accuracy of our MLP is"."""
    return bool(
        re.search(r"(?:\b(?:is|was|of|=|reaches|reached|from|to|at)\s*[≈∼~]?\s*|,\s*)$", between)
    ) and not re.search(r"[;.]|\d", between)


def _after(
    sentence: str, number: Printed, found: Sequence[tuple[int, int, str, Metric]]
) -> tuple[str, Metric] | None:
    for start, _, name, metric in found:
        if start >= number.end and start - number.end < 45 and BACK.match(sentence[number.end : start]):
            return name, metric
    return None


def _continues(between: str) -> bool:
    """From one value to the next of the same metric: "from a to b", "a and b", "a on X, b on Y"."""
    return (
        len(between) < 90
        and bool(re.search(r"\b(?:to|and|vs\.?|versus|respectively|compared (?:to|with))\b|,", between))
        and ";" not in between
    )


def _in_name(sentence: str, number: Printed) -> bool:
    """Part of a name such as ResNet-101 or GPT-3.5."""
    return bool(re.search(r"[A-Za-z][-–]?$", sentence[: number.start])) or bool(
        re.match(r"-?[A-Za-z]{2,}", sentence[number.end :])
    )


def _known_methods(context: Context, tables: Sequence[Draft]) -> list[str]:
    names = {d.method for d in tables if 2 <= len(d.method) <= 40} | set(context.own)
    return sorted(names, key=len, reverse=True)


def _draft(
    block: Block,
    start: int,
    end: int,
    number: Printed,
    name: str,
    metric: Metric,
    known: Sequence[str],
    context: Context,
    before: str,
) -> Draft:
    sentence = block.text[start:end]
    lead, after = sentence[: number.start], sentence[number.end :]
    reasons = ["stated in a sentence"]
    confidence = 0.75
    method = method_in(lead, after, known)
    if method is None:
        method = method_in(before[-400:], "", known) or method_in(
            " ".join(re.findall(r"\b[A-Z][\w-]*[A-Z]\w*\b", before)), "", known
        )
        confidence -= 0.15
        reasons.append("method from the text before" if method else "no method named")
    dataset = context.dataset_in(sentence)
    if dataset is None:
        dataset = context.dataset_in(before[-300:]) or context.main_dataset()
        confidence -= 0.1
        reasons.append("dataset from the text before or the abstract" if dataset else "no dataset named")
    quote_start, quote_end = _window(sentence, number)
    box = block.words_at(start + number.start, start + number.end)
    region = block.words_at(start + quote_start, start + quote_end)
    return Draft(
        page=block.page,
        label=block.section or "Text",
        method=method or "unnamed",
        dataset=dataset,
        split=split_in(name) or split_in(sentence),
        metric=name,
        value=number.value,
        printed=number.text,
        units="%" if number.percent else None,
        direction=metric.direction,
        uncertainty=uncertainty_of(number),
        own_method=True if re.search(r"\b(?:we|our)\b", sentence, re.IGNORECASE) else None,
        rows=[],
        columns=[],
        quote=sentence[quote_start:quote_end],
        box=box,
        region=Rect(region.x0, region.top - 2, region.x1, region.bottom + 2),
        confidence=round(confidence if method else confidence - 0.2, 2),
        reasons=reasons,
    )


def _window(sentence: str, number: Printed) -> tuple[int, int]:
    """The part of a long sentence around a number, cut at spaces."""
    if len(sentence) <= 300:
        return 0, len(sentence)
    lo = sentence.find(" ", max(0, number.start - 150)) + 1 if number.start > 150 else 0
    hi = sentence.find(" ", min(len(sentence) - 1, number.end + 120))
    return lo, hi if hi > number.end else len(sentence)


def _repeats(draft: Draft, tables: Sequence[Draft]) -> bool:
    """Whether a table gives the same value, perhaps with more decimals."""
    decimals = len(draft.printed.rstrip("% ").partition(".")[2])
    for other in tables:
        if not other.label.startswith("Table"):
            continue
        factor = (
            1.0 if (draft.units == "%") == (other.units == "%") else 100.0 if draft.units == "%" else 0.01
        )
        if abs(round(other.value * factor, decimals) - draft.value) < 0.6 * 10**-decimals:
            return True
    return False
