"""Numbers that a sentence gives as the values of a measure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from .lexicon import METRICS, Direction, Metric, is_metric
from .numbers import Printed, numbers_in

# between a metric and its value
TIE = re.compile(
    r"^[\s,:=(]*(?:(?:score|rate|value|result|performance|level)s?\s*)?(?:(?:of|is|was|were|are|at|to|reach(?:es|ed)?|equals?|about|around|approximately|roughly|nearly|over|up|as|high|low|only|just|by"
    r"|being|the|a|an|on|achiev\w+|obtain\w+|attain\w+|stands|=|:|≈|∼|~|approx\.?|its|from|which|with|we|best|highest|mean|average|for|test|all|set|data|than|more|less|increas\w+|improv\w+|drop\w*|decreas\w+|rais\w+)\b[\s,:(]*)*[≈∼~=:(]?\s*$",
    re.IGNORECASE,
)
# the same where the measure is a plain noun: its value is said outright
OUTRIGHT = re.compile(
    r"^\s*(?:\([^()]{1,20}\)\s*)?(?:,?\s*(?:is|was|were|of|equals?|equal to|reach\w*|at|up to|about|around|only|just|now|on average|=|:|≈|∼|~)\s*)+$",
    re.IGNORECASE,
)
# between a value and the metric that follows it
BACK = re.compile(
    r"^\s*(?:±\s*[\d.]+)?\s*%?\s*(?:\([^()]{1,16}\)\s*)?(?:(?:,|and|or|vs\.?|versus|to)\s*[\d.]+\s?%?\s+)?(?:(?:in|of|for|the|a|an|overall|average|mean|test|testing|training|validation|classification|top-[15]|on)\s+)*$",
    re.IGNORECASE,
)
NO_VALUE = re.compile(
    r"(?:\b(?:table|tables|fig|figs|figure|section|sec|eq|equation|algorithm|appendix|chapter|page|top|step|epoch|fold|k|n|C|p)\.?\s*[-=<>]?\s*|(?<![\w²])[a-zα-ωϵA-QS-Z]\s*[=<>≤≥]\s*|[\[#$@/^<>≤≥])$",
    re.IGNORECASE,
)
DIFFERENCE = re.compile(
    r"\b(?:by|improv\w*|gains?|increas\w*|reduc\w*|decreas\w*|drop\w*|relative|difference|margin|exceed\w*|chance|random(?:ly)?|approximately \d+% of)\b[\w\s]{0,24}$"
    r"|\b(?:within|less than|more than|at least|at most|above|below|over|(?:less|greater|lower|higher|smaller|larger) (?:than )?or equal (?:to|than))\s+(?:an?\s+|the\s+|about\s+)?[≈∼~]?$",
    re.IGNORECASE,
)
COUNTED = re.compile(
    r"^\s*%?\s*(?:of\s+(?:the\s+|all\s+)?(?:[\w-]+\s){0,2}?(?:data(?:set)?s?|samples|training|examples|instances|patients|cases|images|features|variance|classes|points|time|parameters|weights|tokens|memory|cost|budget|users|words|pixels|layers)\b|confidence|significance|CIs?\b|relative|percentage points|points|for train|train|noise|dropout|sparsity|x\b|×|times|faster|fewer|(?:or|and) (?:more|less|lower|higher|greater)\b)",
    re.IGNORECASE,
)
# "0.9 BLEU worse": by how much, not how much
CHANGE = re.compile(
    r"\s*(?:points?\s+)?(?:worse|better|higher|lower|improvements?|gains?|increases?|drops?|more|less|points?)\b",
    re.IGNORECASE,
)
# "gets 99.3% of the maximal profit": a share of what is named
# "IoU thresholds from 0.5 to 0.95": where it is cut, not how much it is
BOUNDED = re.compile(r"^\s*(?:thresholds?|cut-?offs?|levels?|bounds?|bins?)\b")
# "improves it substantially (about 5% for"
CHANGED_BY = re.compile(
    r"\b(?:improv|increas|reduc|decreas|gain|drop)\w*[\w\s-]{0,30}\((?:by |about |around |roughly |[≈∼~])+$"
)
SHARE_OF = re.compile(
    r"^\s*of\s+(?P<what>(?:the|its|their|our)\s+(?:[a-z-]+\s){0,3}?[a-z-]{3,})(?=\s*(?:[,.;:)]|$|\b(?:with|on|in|at|by|for|and|while|when|using|than|compared|as|of)\b))"
)
TAKES = re.compile(
    r"\b(?:gets?|got|achiev\w+|obtain\w*|attain\w*|reach\w*|retain\w*|recover\w*|preserv\w*|captur\w*|earn\w*)\s+(?:about |around |roughly |only )?[≈∼~]?$",
    re.IGNORECASE,
)
# names with digits and places in the paper, which part a measure from its value without being values
BESIDES = re.compile(
    r"\b(?:Figs?\.?|Figures?|Tables?|Sections?|Sec\.)\s*\d+(?:\.\d+)*|\b[A-Za-z][A-Za-z-]*\d[\w-]*|\b\d+-[A-Za-z][\w-]*|\b(?:at|for|with)\s+(?:the\s+)?\S{1,3}\s*=\s*[\d.]+"
    r"|\b(?:by\s+)?(?:only\s+|about\s+)?[\d.]+\s?%?\s+(?:absolute\s+|percentage\s+)?points?\b"
)
# "the AP, which averages over IoU thresholds, is": what is told aside has no value of its own
ASIDE = re.compile(r",\s*(?:which|who|whose|where)\b[^,]*,(?=\s*(?:is|are|was|were|reach\w*|achiev\w*)\b)")
BRACKET = re.compile(
    r"^(?!’s)(?!.*\b(?:increase|gain|improvement|drop|reduction|difference|higher|lower|better|worse)\b)(?:[^.;:()%]|\([^.;:()%]{0,30}\)){0,80}\($"
)
PLURAL = re.compile(r"^\s+(?:[a-z]+\s)?[a-z]{2,}s\b(?<!is)(?<!was)(?<!as)(?<!us)")
# what may stand right before the next value of the same measure
NEXT = re.compile(
    r"(?:,|\(|\b(?:and|or|to|versus|vs\.?|against|than|with|of|is|was|at|in|by|gets?|got|had|has|have|reach\w*|achiev\w*|obtain\w*|attain\w*|gave|gives?|yield\w*|requir\w+|scor\w+|used?|for|ours?|the|an?|its))\s*[≈∼~]?$",
    re.IGNORECASE,
)
# a verb that gives a value after a difference
GIVEN = re.compile(
    r"\b(?:to|is|was|of|at|reach\w*|achiev\w*|obtain\w*|attain\w*|gets?|yield\w*)\b|[(;]", re.IGNORECASE
)
# a number that names a setting: "with 10% noise", "for 95% and 99%"
SETTING = re.compile(
    r"\b(?:for|under|when|level of|levels?|with)\s*[≈∼~]?(?:\d[\d.]*\s?%?\s*(?:,|and|or|to|,\s*and)\s*)*$"
)
UNITS = r"(?P<unit>[TGMP]?FLOPS?/?s?|tons?|tokens/s|images/s|fps|ms|s|sec|seconds|minutes|hours|dB|km/h|mph|watts?|t/day)(?![\w/])"
# the unit of a number, be it told only with the next: "61 versus 117 seconds"
UNIT = re.compile(
    rf"^\s?{UNITS}|^\s+(?:vs\.?|versus|and|to|or)\s+[\d.]+\s?{UNITS.replace('unit', 'shared')}", re.IGNORECASE
)
# "from 71 to 75%", "from 36% human performance to 39%"; and what only spans: "ranging from 0 to 1"
FROM = re.compile(r"\bfrom\s*[≈∼~]?$")
ONWARD = re.compile(r"\s*%?\s*(?:[A-Za-z-]+\s+){0,6}?to\s+(?:about\s+|around\s+)?[≈∼~]?(?=\d|\.\d)")
# "(efficiency at 95%)": a level, with no verb to give it
LEVEL = re.compile(r"[(,]\s*(?P<name>[A-Za-z][\w -]{1,30}?) at\s*$")
SPANNING = re.compile(r"\b(?:rang\w+|var(?:y|ies|ied|ying)|span\w*|anywhere)\b[\w\s,]{0,24}$", re.IGNORECASE)
# a share in per cent by its interval: "91.2 (95% CI, 86.0%-96.5%)"
SPREAD_IN_PERCENT = re.compile(
    r"^\s*\((?:9\d\s?%\s?(?:CI|confidence interval)s?\b[,:;]?\s*)?[\d.]+\s?%\s?[-–—]"
)
# a title's number: "2.3 BLEU details"
TITLED = re.compile(r"\s+[A-Z]")
QUANTITY = re.compile(
    r"^\s*(?:[munkM]?m|cm|kg|s|ms|sec|hours?|days?|°|pixels?|met(?:er|re)s?|seconds?|times|points?|nm|Hz)\b"
)


def _noun(pattern: str, direction: Direction | None) -> Metric:
    return Metric(re.compile(rf"(?<![A-Za-z])(?:{pattern})(?![A-Za-z])", re.IGNORECASE), direction, False)


# measures that are plain nouns: they count only where a value is said outright
NOUNS: tuple[Metric, ...] = (
    _noun(
        r"(?:average |mean |minimum |maximum )?(?:portion|proportion|fraction|percentage|share|rate) of (?:false|wrong|incorrect|missed) [a-z]+",
        "minimize",
    ),
    _noun(
        r"(?:average |mean |minimum |maximum )?(?:portion|proportion|fraction|percentage|share|rate) of (?:true|correct\w*|successful) [a-z]+",
        "maximize",
    ),
    _noun(
        r"(?:[A-Z]\w+ )?(?:detection (?:times?|delays?)|(?:mean |average |minimum |maximum )+(?:times? (?:of|to) detection|delays?))",
        "minimize",
    ),
    _noun(r"(?:mean|average|median) (?:[a-z]+ ){0,2}time(?: (?:of|per|to) [a-z]+){0,2}", "minimize"),
    _noun(r"statistical significance", None),
    _noun(r"(?:(?:GPU|hardware|FLOPs?|MFU) )?utili[sz]ation|throughput", "maximize"),
    _noun(r"carbon (?:emissions? )?footprint(?: \(CO2\w*\))?", "minimize"),
)


COMMON: tuple[Metric, ...] = (
    _noun(
        r"(?:(?:average|mean|median|adjusted) )*coefficient of determination(?: ?\([^()]{0,6}\))?", "maximize"
    ),
)
# an error in words is a result only in per cent
BARE = ("error", "errors")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A paper's own measures beside those that everybody knows."""

    measures: tuple[Metric, ...] = ()
    """names that its tables measure by"""
    spelt: Mapping[str, tuple[str, Metric]] = field(default_factory=dict)
    """abbreviations of metrics with what they stand for"""


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure named in a sentence; `loose` says that words may stand between it and its value."""

    start: int
    end: int
    name: str
    metric: Metric
    loose: bool = True


@dataclass(frozen=True, slots=True)
class Stated:
    """A number with its measure; numbers with one `run` follow one another: "A, B and C".

    `former` says that the sentence gives it as what the value was before: the A of "from A to B".
    """

    number: Printed
    name: str
    metric: Metric
    units: str | None
    run: int
    former: bool = False


def stated(sentence: str, vocabulary: Vocabulary | None = None) -> list[Stated]:
    """Numbers of a sentence that it gives as values, with the measure's name; "A and B of x and y" in their order."""
    values = list(_stated(sentence, vocabulary or Vocabulary()))
    runs: dict[int, list[int]] = {}
    for k, value in enumerate(values):
        runs.setdefault(value.run, []).append(k)
    for members in runs.values():
        if len(members) < 2:
            continue
        listed = _listed(sentence, values[members[0]].number.start, len(members), vocabulary or Vocabulary())
        for k, measure in zip(members, listed, strict=False):
            values[k] = replace(values[k], name=measure.name, metric=measure.metric)
    return values


def _listed(sentence: str, end: int, count: int, vocabulary: Vocabulary) -> list[Measure]:
    """The last measures before a place, where they are so many and one list: "top-1 and top-5 error rates"."""
    ahead = [m for m in measures_in(sentence, vocabulary) if m.end <= end]
    run = ahead[-count:]
    joined = all(
        re.fullmatch(r"\s*(?:,\s*(?:and\s+)?|and\s+|&\s*)", sentence[a.end : b.start])
        for a, b in pairwise(ahead[-count - 1 :])
    )
    if len(run) < count or (len(ahead) > count and joined):
        return []
    if not all(
        re.fullmatch(r"\s*(?:,\s*(?:and\s+)?|and\s+|&\s*)", sentence[a.end : b.start])
        for a, b in pairwise(run)
    ):
        return []
    tail = re.sub(r"^[Tt]op[- ]?[15]\s*", "", run[-1].name)
    return [
        replace(m, name=f"{m.name} {tail}", metric=run[-1].metric)
        if re.fullmatch(r"[Tt]op[- ]?[15]", m.name)
        else m
        for m in run
    ]


def _stated(sentence: str, vocabulary: Vocabulary) -> Iterator[Stated]:
    if not re.search(r"\d", sentence):
        return
    # "of27.7": a space lost in setting
    sentence = re.sub(r"\bof(?=\d)", " =", sentence).replace("\u200b", " ")
    found = measures_in(sentence, vocabulary)
    last: Measure | None = None
    former: Printed | None = None
    whole = counted = percented = False
    by = False
    previous_end = 0
    run = 0
    for number in numbers_in(sentence):
        lead, rest = sentence[: number.start], sentence[number.end :]
        unit = UNIT.match(rest)
        percent = is_percent(number) or bool(SPREAD_IN_PERCENT.match(rest))
        between = sentence[previous_end : number.start]
        if (
            (number.unit and not unit)
            or any(f.start <= number.start < f.end for f in found)
            or re.search(r"@\s*\w*\s*=?\s*$", lead)
            or NO_VALUE.search(lead)
            or COUNTED.match(rest)
            or _in_name(sentence, number)
            or (percent and number.value > 100)
            or (number.start == 0 and not percent and TITLED.match(rest))
            or number.text.startswith("+")
            or re.match(r"\s?[-–—]\s?[\d.]", rest)
            or re.search(r"[\d%]\s?[-–—]\s?$", lead)
            or re.search(r"\bCIs?\b[^)]{0,20}$", lead)
            or CHANGED_BY.search(lead[-70:])
            or (number.text[0] in "-−–" and re.search(r"[\d%]\s?$", lead))
        ):
            continue
        if percent and number.whole and (level := LEVEL.search(lead)) and is_metric(level["name"]):
            continue
        if percent and re.search(r"\bloss(?:es)? of (?:about |only )?[≈∼~]?$", lead):
            continue
        if (DIFFERENCE.search(lead[-40:]) and not re.search(r"(?:\bfrom|(?<!up )\bto)\s*$", lead)) or (
            by and len(between) < 60 and not GIVEN.search(between)
        ):
            last, by, previous_end = None, True, number.end
            continue
        by = False
        if FROM.search(lead) and ONWARD.match(rest):
            before = _before(lead, found)
            last = before[0] if before else last
            former = number
            previous_end, whole = number.end, number.whole
            continue
        if former and SPANNING.search(sentence[: former.start].rpartition("from")[0]):
            last, former, previous_end = None, None, number.end
            continue
        measure = _measure(sentence, number, found, unit is not None, percent)
        if measure is None and last is not None and _continues(between, last, rest):
            if counted != (unit is not None) or (number.whole and not percent and not unit and not whole):
                continue
            if percent and not percented and not last.metric.share:
                # a share beside a score that is none: of something else
                continue
            measure = last
            run += not re.fullmatch(
                r"\s*(?:%|[A-Za-z/]{1,8}\b)?\s*(?:,\s*(?:and\s+)?|and\s+|or\s+)[≈∼~]?", between
            )
        else:
            run += 1
        if measure is None or not _possible(number, measure, sentence, found, unit is not None, percent):
            continue
        last, previous_end, whole, counted = measure, number.end, number.whole, unit is not None
        percented = percent
        units = "%" if percent else (unit["unit"] or unit["shared"]) if unit else None
        onward = ONWARD.match(sentence, former.end) if former else None
        if former and onward and onward.end() == number.start:
            yield Stated(former, measure.name, measure.metric, units, run, former=True)
            run += 1
        former = None
        yield Stated(number, measure.name, measure.metric, units, run)


def is_percent(number: Printed) -> bool:
    """Printed with a per cent sign, be it behind its spread."""
    return number.percent or bool(number.beside and "%" in number.beside.printed)


def measures_in(sentence: str, vocabulary: Vocabulary) -> list[Measure]:
    """The measures that a sentence names, in its order; of those at one place the longest."""
    hits = [
        Measure(m.start(), m.end(), m.group(0), metric, loose)
        for metrics, loose in (
            (METRICS, True),
            (COMMON, True),
            (vocabulary.measures, True),
            (NOUNS, False),
        )
        for metric in metrics
        for m in metric.pattern.finditer(sentence)
    ]
    for short, (name, metric) in vocabulary.spelt.items():
        hits += [
            Measure(m.start(), m.end(), name, metric)
            for m in re.finditer(rf"(?<![\w-]){re.escape(short)}(?![\w-])", sentence)
        ]
    hits.sort(key=lambda h: (h.start, -h.end))
    kept: list[Measure] = []
    for hit in hits:
        if not kept or hit.start >= kept[-1].end:
            kept.append(hit)
    return [k for k in kept if k.name.lower() not in ("is", "em", "loss", "losses")]


def _measure(
    sentence: str, number: Printed, found: Sequence[Measure], unit: bool, percent: bool
) -> Measure | None:
    """The measure that a number is tied to; None where it is tied to none."""
    lead, rest = sentence[: number.start], sentence[number.end :]
    plain = percent or not number.whole
    if plain or unit:
        tied = _before(lead, found)
        if tied and (tied[0].loose or tied[1]):
            return tied[0] if plain or not tied[0].loose else None
        if after := _after(sentence, number, found):
            return after if plain or not after.loose else None
    elif ((tied := _before(lead, found)) and tied[1] and re.search(r"\bequals?(?: to)?\s*$", lead)) or (
        tied and not tied[0].metric.share and tied[0].loose and _score(lead, tied[0], rest)
    ):
        return tied[0]
    if number.percent and TAKES.search(lead) and (share := SHARE_OF.match(rest)):
        name = f"fraction of {share['what']}"
        return Measure(number.end, number.end + share.end(), name, Metric(re.compile(r"(?!)"), None, False))
    return None


def _score(lead: str, measure: Measure, rest: str) -> bool:
    """Whether a whole number is said to be a score: "a BLEU-1 score of 59", not "BLEU after 10 epochs"."""
    between = lead[measure.end :]
    said = re.match(r"\s*(?:scores?\s+)?(?:of|at|is|was)\s*$", between) or (
        re.search(r"\b(?:is|was|of)\s*$", between) and _loose(between)
    )
    return bool(said) and measure.name.lower() not in BARE and not PLURAL.match(rest)


def _before(lead: str, found: Sequence[Measure]) -> tuple[Measure, bool] | None:
    """The measure named before a number, and whether its value is said outright."""
    aside = ASIDE.search(lead)
    ahead = [
        f
        for f in found
        if f.end <= len(lead) and not (aside and aside.start() <= f.start and f.end <= aside.end())
    ]
    if not ahead:
        return None
    between = lead[ahead[-1].end :]
    if aside and aside.start() >= ahead[-1].end:
        between = lead[ahead[-1].end : aside.start()] + lead[aside.end() :]
    between = BESIDES.sub("", between)
    if BOUNDED.match(between):
        return None
    outright = len(between) <= 40 and bool(OUTRIGHT.match(between))
    if outright or (len(between) <= 90 and (TIE.match(between) or _loose(between) or BRACKET.match(between))):
        return ahead[-1], outright or (len(between) <= 70 and _clause(between))
    return None


def _loose(between: str) -> bool:
    """A short clause with a verb that gives a value: "accuracy on Wine, 98.33%" or "the accuracy of our MLP is"."""
    return bool(
        re.search(
            r"(?:\b(?:is|was|are|were|of|=|reaches|reached|reaching|achieving|obtaining|yielding|from|to|at|equals?)\s*[≈∼~]?\s*|,\s*)$",
            between,
        )
    ) and not re.search(r"[;.]|\d", between)


def _clause(between: str) -> bool:
    """The verb that gives the value of a noun after what the noun is about: "significance between A and B is"."""
    return bool(
        re.match(
            r"\s*(?:between|for|in|on|over|across|of|with)\b[^,;.:\d]*\b(?:is|was|are|were|equals?(?: to)?)\s*$",
            between,
        )
    )


def _after(sentence: str, number: Printed, found: Sequence[Measure]) -> Measure | None:
    for measure in found:
        gap = sentence[number.end : measure.start]
        if measure.start < number.end or len(gap) >= 45 or CHANGE.match(sentence[measure.end :]):
            continue
        if BACK.match(gap) or (
            not measure.loose and (unit := UNIT.match(gap)) and not gap[unit.end() :].strip()
        ):
            return measure
    return None


def _continues(between: str, last: Measure, rest: str) -> bool:
    """From one value to the next of the same metric: "from a to b", "a and b", "a on X, b on Y"."""
    joined = (
        len(between) < 90
        and bool(
            re.search(r"\b(?:to|and|vs\.?|versus|against|respectively|compared (?:to|with))\b|,", between)
        )
        and ";" not in between
        and not SETTING.search(between)
    )
    if not joined or last.loose:
        return joined
    # after a plain noun only what has the form of a value
    return bool(NEXT.search(between)) and not re.search(r"[.:]|\d\s*%", between[1:])


def _possible(
    number: Printed, measure: Measure, sentence: str, found: Sequence[Measure], unit: bool, percent: bool
) -> bool:
    """Whether a number can be a value of its measure: a share above one is printed in per cent."""
    if measure.name.lower() in BARE and not percent:
        return False
    if unit and measure.metric.share and measure.metric.direction == "maximize":
        return False
    if percent or not measure.metric.share or number.value <= 1:
        return True
    if unit and measure.metric.direction == "minimize":
        # an error in the units of what was measured
        return True
    if number.whole or number.value > 100:
        return False
    if measure.metric.direction != "maximize" and not re.fullmatch(r"[A-Z]{3}|.*\brates?", measure.name):
        return False
    rest = sentence[number.end :]
    if QUANTITY.match(rest):
        return False
    follows = any(
        f is measure and f.start >= number.end and not sentence[number.end : f.start].strip() for f in found
    )
    lead = sentence[measure.end : number.start] if measure.end <= number.start else "-"
    return follows or not lead.strip() or bool(OUTRIGHT.match(lead))


def _in_name(sentence: str, number: Printed) -> bool:
    """Part of a name such as ResNet-101 or GPT-3.5."""
    return bool(re.search(r"[A-Za-z][-–]?$", sentence[: number.start])) or bool(
        re.match(r"-?[A-Za-z]{2,}", sentence[number.end :])
    )
