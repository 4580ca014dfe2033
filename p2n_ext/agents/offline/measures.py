"""What a table measures, where no heading says it: its caption, the sentences about it, the paper."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from p2n_ext.documents.tables import Table

from .context import Context
from .lexicon import METHOD_WORDS, METRICS, PROPERTIES, Direction, Metric, metric_in, plain_metric, singular

UNITS = re.compile(
    r"\(\s*(?:in\s+)?(?P<unit>ms|msec|s|secs?\.?|seconds|min|mins|minutes|h|hrs?|hours|days|[KMGT]i?B|[mk]?m|Hz|kHz|dB|W|kWh|J|fps|°C)\.?\s*\)"
)
COUNTED = re.compile(
    r"^(?:The\s+)?(?P<name>(?:(?:average|mean|median|total|relative|estimated)\s+)?(?:number|proportion|percentage|fraction|share|rate|ratio|probability|frequency)\s+of\s+[^,.;:()]{3,80})",
    re.IGNORECASE,
)
# "we record the percentage of words that are translated correctly"
RECORDED = re.compile(
    r"\b(?:[Ww]e|[Tt]ables?(?: \w+)?|results?)\s+(?:\w+\s+)?(?:records?|measures?|reports?|computes?|counts?|shows?|gives?|lists?)\s+the\s+(?P<name>(?:average |mean )?(?:percentage|proportion|fraction|share|number)\s+of\s+[^,.;:()]{3,60}?)(?:\s+(?:by|for|in|on|of)\s+(?:each|every|all|the)\b|[,.;:()]|$)"
)
# "Profit comparison of different models"
COMPARED = re.compile(
    r"^(?P<name>[A-Z][a-z-]{3,}(?:\s[a-z-]{3,}){0,2})\s+(?:[Cc]omparisons?|[Rr]esults?|[Ss]cores?|[Vv]alues)\s+(?:of|between|among|across|for)\b"
)
COST_HEAD = re.compile(
    r"^(?:The\s+)?(?P<name>(?:[A-Za-z+-]+\s+){0,5}?(?:(?:run)?-?times?|runtimes?|latency|throughput|memory(?:\s+(?:usage|consumption|footprint))?|speed))\b",
    re.IGNORECASE,
)
HEAD = re.compile(
    r"^(?:The\s+)?(?P<name>(?:[A-Za-z][\w-]*\s+){0,3}[A-Za-z][\w-]+)\s+(?:of|for|on|in|by|with|across|as a function|when|under|achieved|obtained)\b"
)
# captions begin with these and measure nothing by them
PRESENTING = re.compile(
    r"\b(?:comparisons?|results?|summary|performances?|effects?|impacts?|overview|statistics|evaluations?|lists?|examples?|details?|ablations?|study|studies|analysis|analyses|experiments?|experimental|influence|table|set|sets"
    r"|description|configurations?|parameters?|estimates|values?|scores?|quality|properties|characteristics|matrices|matrix|samples?|criteria|methods?|models?|data|datasets?|features|algorithms?|settings?|outcomes?|figures?|numbers?"
    r"|definitions?|types?|classes|architectures?|hyperparameters|selection|sources?|information|setup|tasks?|predictions?|differences?|evaluating|comparing|using|training|learning|testing|testing)\b",
    re.IGNORECASE,
)
KINDS = (
    re.compile(
        r"\b(?:run-?)?times?\b|\bseconds?\b|\bsecs?\b|\bhours?\b|\bminutes\b|\bdays\b|\bspeed\b|\blatency\b|\bthroughput\b|\bfps\b|\bs/im|\bms\b|\bCPU\b",
        re.IGNORECASE,
    ),
    re.compile(r"\bmemory\b", re.IGNORECASE),
)
# a metric that a paper names this often is what it measures by
OFTEN = 3
GENERAL = re.compile(r"\b(?:acc\w*|errors?|error rates?|top[- ]?[15]|perplexit\w+|ppl|bpb)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Named:
    """A metric's name, what is known of it and where it was found."""

    name: str
    known: Metric | None
    source: str
    units: str | None = None


def measure(direction: Direction | None) -> Metric:
    """What is known of a measure that no list holds."""
    return Metric(re.compile(r"(?!)"), direction, False)


def body_of(table: Table) -> str:
    """The caption's first sentence without its label."""
    return re.split(r"\.\s", table.caption[len(table.label) :].lstrip(" .:|—–-"), maxsplit=1)[0]


def fallback_metric(table: Table, context: Context) -> Named:
    """The metric where no heading names one: the caption's, that of the sentences about the table, the paper's."""
    body = body_of(table)
    if cost := cost_told(body):
        return cost
    if found := metric_in(body):
        return Named(_with_short(singular(found[0]), body), found[1], "caption")
    if (counted := COUNTED.match(body)) and not PROPERTIES.search(_noun(counted["name"])):
        return Named(_trimmed(counted["name"]), None, "caption")
    if found := metric_in(table.caption):
        return Named(singular(found[0]), found[1], "caption")
    if recorded := RECORDED.search(body):
        return Named(recorded["name"], None, "caption")
    compared = COMPARED.match(body)
    if compared and _said_of_results(compared["name"], context):
        return Named(compared["name"].lower(), None, "phrase")
    head = HEAD.match(body)
    if head and not PRESENTING.search(head["name"]) and len(head["name"]) > 4:
        return Named(head["name"], None, "phrase")
    for sentence in context.mentions(table.label):
        if found := metric_in(sentence):
            return Named(singular(found[0]), found[1], "text")
    if told := _told_near(table, context):
        return told
    ranked = context.metrics.most_common(1)
    often = bool(ranked) and ranked[0][1] >= OFTEN and _leads(context, ranked[0][0])
    near = " ".join([*context.mentions(table.label), context.before_mention(table.label)]).lower()
    often = often and (GENERAL.search(ranked[0][0]) is not None or ranked[0][0] in near)
    if often and (found := metric_in(ranked[0][0])):
        return Named(singular(plain_metric(ranked[0][0])), found[1], "paper")
    if evaluated := _evaluated(context.body):
        return Named(singular(evaluated[0]), evaluated[1], "paper")
    return Named("score", None, "none")


def _said_of_results(name: str, context: Context) -> bool:
    """Whether a caption's first words are a measure: the text says them elsewhere, and they present nothing."""
    low = name.lower()
    said = len(re.findall(rf"\b{re.escape(low)}s?\b", context.body, re.IGNORECASE))
    plain = not PRESENTING.search(name) and not METHOD_WORDS.search(name) and context.dataset_in(name) is None
    return said >= OFTEN and plain and not re.search(r"\b(?:model|method|ablation|baseline|system)\b", low)


def cost_told(body: str) -> Named | None:
    """The time or memory that a caption begins with: a table that offers it as its result."""
    head = COST_HEAD.match(body)
    if head is None or metric_in(head["name"]):
        return None
    unit = UNITS.search(body)
    rising = re.search(r"throughput|speed", head["name"], re.IGNORECASE)
    return Named(
        head["name"],
        measure("maximize" if rising else "minimize"),
        "caption",
        unit["unit"] if unit else None,
    )


def announced(heading: str, caption: str) -> bool:
    """Whether a caption says that the paper reports costs of the kind that a heading names."""
    return any(kind.search(heading) and kind.search(caption) for kind in KINDS)


def _with_short(name: str, text: str) -> str:
    """A metric's name with the abbreviation that follows it in brackets."""
    short = re.search(rf"{re.escape(name)}s?\s*\((?P<short>[A-Z][A-Za-z0-9-]{{1,7}})\)", text)
    return f"{name} ({short['short']})" if short else name


def _leads(context: Context, name: str) -> bool:
    """Whether a paper names no other metric nearly as often."""
    count = context.metrics[name]
    rivals = [n for m, n in context.metrics.items() if m not in name and name not in m and m[:4] != name[:4]]
    return all(count > 1.5 * n for n in rivals)


def _noun(name: str) -> str:
    """What a "number of …" counts, without where it is counted."""
    return re.split(r"\s+(?:among|in|per|on|for|at|within|over)\s", name)[0]


def _trimmed(name: str) -> str:
    return " ".join(re.split(r"\s+(?:after|ranked|using|when|for each|by)\b", name)[0].split()[:9])


# sentences that say by what a paper measures
EVALUATES = re.compile(
    r"\b(?:evaluat\w*|measure[sd]?|metrics?|criteri(?:on|a)|report(?:ed)?|in terms of|assess\w*|numbers denote|employ|adopt)\b",
    re.IGNORECASE,
)
# a loss is trained by, and "err" is a symbol of formulas
NO_MEASURE = re.compile(r"loss|cross|entropy|likelihood|errors?$|err\.?$|top[- ]?[15]$|regret", re.IGNORECASE)
FEW = 2


def _told_near(table: Table, context: Context) -> Named | None:
    """The metric that the text of the table's section measures by, the innermost section first."""
    for scope in context.scopes_of(table.label, table.caption):
        if found := _evaluated(scope):
            return Named(singular(found[0]), found[1], "section")
    return None


def _evaluated(text: str) -> tuple[str, Metric] | None:
    """The metric that the evaluating sentences of a text name most; None where others are named as often."""
    names: Counter[str] = Counter()
    first: dict[str, tuple[str, Metric]] = {}
    for sentence in re.split(r"(?<=[a-z)\]])\.\s+(?=[A-Z])", text):
        if not EVALUATES.search(sentence) or len(sentence) > 600:
            continue
        for metric in METRICS:
            for match in metric.pattern.finditer(sentence):
                name = match.group(0).strip()
                if NO_MEASURE.search(name) or metric.direction is None:
                    continue
                key = singular(plain_metric(name)).lower()
                names[key] += 1
                first.setdefault(key, (plain_metric(name) if key == name.lower() else name, metric))
    ranked = names.most_common(2)
    if not ranked or (len(ranked) > 1 and ranked[0][1] < FEW * ranked[1][1]):
        return None
    return first[ranked[0][0]]
