"""Claims in running text: what sentences give as results, with what they are results of."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from p2n_ext.documents.geometry import Rect
from p2n_ext.documents.pages import Page

from ..reasons import FORMER
from .carried import carried
from .clauses import Stated, Vocabulary, stated
from .context import Context, fold, squeeze
from .differences import DIFFERENCES, differences
from .drafts import Draft, uncertainty_of
from .lexicon import METHOD_WORDS, Direction, Metric, is_metric, metric_in, split_in
from .moods import unfounded
from .numbers import Printed
from .sentences import Block, blocks
from .whose import (
    COMPARISON,
    ORDERED,
    STANDING,
    UNSAID,
    USING,
    WE,
    Whose,
    main_dataset,
    measured_with,
    named_in,
    own_name,
    own_names,
    placed_datasets,
    whose,
)

OTHERS = re.compile(
    r"\[\d[\d,\s–-]*\]|\bet al\b|\b(?:19|20)\d\d[a-z]?\)|\b[Tt]heir\b|\b[Tt]hey\b|\bhuman performance\b|\bprior work\b|\bprevious(?:ly)?\b|\bstate[- ]of[- ]the[- ]art\b"
)
THEIRS = re.compile(r"\W*(?:Their|They|It|Then|The (?:authors|latter|former))\b")
# other work as the one that reports: "Li et al. (2015) report an accuracy of"
REPORTED = re.compile(
    r"(?P<who>[A-Z][\w’'´-]+(?:\s(?:et al\.?,?|(?:and|&)\s[A-Z][\w’'´-]+))?\s?(?:\((?:19|20)\d\d[a-z]?\)|\[\d+\]))(?=[^.;]*?\b(?:report|obtain|achiev|attain|reach|give)\w*)"
)
CITED_DATA = re.compile(
    r"(?:(?<=[A-Z\d])(?:\s\d{4})?|\bon (?:the )?[A-Z][\w-]+|\s(?=data|corpus|benchmark))"
    r"(?:\s?(?:data ?set|corpus|benchmark|challenge|test set|task))?\s\[\d[\d, ]*\]"
)
NEAR = 300
"""characters of the text before that an unnamed method or dataset is looked for in"""
PARAGRAPH = 900
BEFORE = "method from the text before"
SHORT_FORM = re.compile(
    r"(?P<long>(?:[A-Z][\w-]+ |[a-z]+ ){0,3}[A-Za-z][\w-]+) \((?P<short>[A-Z][A-Za-z]?[A-Z0-9][A-Za-z0-9]{0,4})\)"
)


def prose_claims(pages: Sequence[Page], context: Context, tables: Sequence[Draft]) -> Iterator[Draft]:
    """Drafts of results stated in sentences; what a table already says is told again only in the abstract."""
    paper = Paper(
        context,
        _known_methods(context, tables),
        vocabulary_of(context, tables),
        _datasets_of(tables, context),
    )
    said: set[tuple[int, str, str]] = set()
    before, section, all_before = "", "", ""
    last: list[Stated] = []
    for block in blocks(pages, context.last_page):
        if block.section != section:
            before, section, last = "", block.section, []
        for start, end in block.sentences():
            sentence = block.text[start:end]
            abstract = block.section == "Abstract" or (
                not block.section and squeeze(sentence) in context.abstract
            )
            told = Told(block, start, sentence, before, all_before, abstract)
            before, all_before = f"{before[-1500:]} {sentence}", f"{all_before[-1500:]} {sentence}"
            values, from_before = _values(told, last, paper.vocabulary)
            last = values
            for draft in _drafts(told, values, from_before, paper):
                key = (draft.page, draft.printed, draft.metric.lower())
                if key in said or (not abstract and _repeats(draft, tables)):
                    continue
                said.add(key)
                yield draft


@dataclass(frozen=True, slots=True)
class Paper:
    """What is known of the whole paper; `tables` gives the data sets of each table, "" those of all."""

    context: Context
    known: list[str]
    vocabulary: Vocabulary
    tables: dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence where it stands: its block, its start there, the text before it in its section and in the paper."""

    block: Block
    start: int
    text: str
    before: str
    paper: str
    abstract: bool

    @property
    def around(self) -> str:
        """The text before it that it may refer to: its paragraph, or the end of the one before."""
        return self.before[-max(NEAR, min(self.start, PARAGRAPH)) :]


def _datasets_of(tables: Sequence[Draft], context: Context) -> dict[str, list[str]]:
    """The data sets of each result table and, under "", of all of them where several name theirs."""
    found: dict[str, list[str]] = {}
    unnamed = False
    for draft in tables:
        if not draft.label.startswith("Table"):
            continue
        names = found.setdefault(draft.label, [])
        unnamed = unnamed or draft.dataset is None
        if draft.dataset and (name := context.short(draft.dataset)) not in names:
            names.append(name)
    every = [n for names in found.values() for n in names]
    found[""] = list(dict.fromkeys(every)) if len(found) > 1 and not unnamed else []
    return found


def _values(told: Told, last: Sequence[Stated], vocabulary: Vocabulary) -> tuple[list[Stated], bool]:
    """The values of a sentence, and whether their measure is that of the sentence before."""
    values = list(stated(told.text, vocabulary))
    if told.block.heading.setup:
        # where a paper tells how it was done, plain nouns with a number are settings
        values = [v for v in values if metric_in(v.name)]
    taken = {v.number.start for v in values}
    if not told.block.heading.setup:
        gains = differences(told.text, told.around, told.abstract)
        values += [d for d in gains if d.number.start not in taken]
    values.sort(key=lambda v: v.number.start)
    if not values and not told.block.heading.setup:
        values = carried(told.text, last, vocabulary)
        return values, bool(values)
    return values, False


def _drafts(told: Told, values: Sequence[Stated], from_before: bool, paper: Paper) -> Iterator[Draft]:
    if not values:
        return
    context, known = paper.context, paper.known
    for value, owner in zip(values, whose(told.text, values, context, known), strict=True):
        if unfounded(told.text, value.number.start, value.number.end):
            continue
        theirs = _theirs(told, value.number)
        if theirs is not None:
            _comparison(told, value, owner, theirs, context)
        if theirs and owner.method is None:
            continue
        if owner.method is None and owner.condition and re.fullmatch(r"[A-Za-z][A-Za-z -]+", owner.condition):
            # "2.46 for the coaches and 1.73 for the model"
            owner.method, owner.condition = owner.condition.removeprefix("the "), None
        if from_before:
            owner.doubt += 0.1
            owner.reasons += ("metric from the sentence before",)
        _look_around(told, owner, paper, theirs is not None, value.run >= DIFFERENCES)
        if _of_others(told, context):
            continue
        if theirs is not None and (not theirs or owner.dataset is None):
            continue
        if owner.method is None and owner.dataset is None and not _found(told):
            continue
        yield _draft(told, value, owner, theirs, own_names(context))


FOUND = re.compile(r"\b(?:was|were|achieved|obtained|reached|attained|observed|found|[Ww]e|[Oo]ur)\b")
IMAGINED = re.compile(r"\b(?:would|could|should|might|if|e\.g|suppose|perfect|ideal\w*)\b", re.IGNORECASE)
RESULTS = re.compile(
    r"\b(?:results?|experiments?|evaluation|performance|conclusions?|discussion|abstract)\b", re.IGNORECASE
)


def _found(told: Told) -> bool:
    """Whether a sentence tells what was found, though not of what by name."""
    heading = told.block.heading
    return bool(
        FOUND.search(told.text)
        and not IMAGINED.search(told.text)
        and RESULTS.search(heading.title or heading.name)
    )


def vocabulary_of(context: Context, tables: Sequence[Draft]) -> Vocabulary:
    """The measures of the paper's tables that no list holds, and the short forms that it gives for metrics."""
    measures: dict[str, Metric] = {}
    for draft in tables:
        name = squeeze(draft.metric)
        if name in measures or not 2 <= len(name) <= 40 or metric_in(name) or name.lower() == "score":
            continue
        if not re.fullmatch(r"[A-Za-z][A-Za-z -]*[a-z]|[A-Z]{2,6}|[A-Z]{1,5}[-@]\d{1,2}", name) or (
            name.islower() and " " not in name
        ):
            continue
        folded = r"\s+".join(map(re.escape, name.split()))
        pattern = rf"(?<![\w-])(?:(?:mean|average|median)\s+)?{folded}s?(?![\w-])(?!\s+at\b)"
        flags = re.IGNORECASE if " " in name else 0
        direction: Direction | None = (
            "maximize"
            if draft.direction == "maximize"
            else "minimize"
            if draft.direction == "minimize"
            else None
        )
        measures[name] = Metric(re.compile(pattern, flags), direction, False)
    spelt: dict[str, tuple[str, Metric]] = {}
    for match in SHORT_FORM.finditer(context.body):
        short, whole = match["short"], match["long"]
        if short in spelt or is_metric(short) or not (named := metric_in(whole)):
            continue
        long = whole[whole.find(named[0]) :]
        words = whole.split()
        for count in range(1, len(words) + 1):
            tail = " ".join(words[-count:])
            if is_metric(tail) and _initials(tail, short):
                long = tail
        if _initials(long, short) and (of := metric_in(long)):
            spelt[short] = (long, of[1])
    return Vocabulary(tuple(measures.values()), spelt)


def _initials(long: str, short: str) -> bool:
    """Whether a short form is made of a name's first letters."""
    letters = "".join(w[0] + re.sub(r"\D", "", w[1:]) for w in re.split(r"[\s-]+", long) if w)
    return letters.lower() == short.lower()


def _theirs(told: Told, number: Printed) -> str | None:
    """None where a value is the paper's; else the other work that the sentence says reports it, "" where it does not say."""
    # what is cited right behind a dataset or a metric is that
    near = CITED_DATA.sub("", told.text[max(0, number.start - 140) : number.end + 40])
    reported = [m for m in REPORTED.finditer(told.text) if m.end() <= number.start]
    if reported and not re.search(r"\b(?:[Ww]e|[Oo]urs?)\b", told.text[reported[-1].end() :]):
        return reported[-1]["who"]
    others = OTHERS.search(near) or (OTHERS.search(told.before[-220:]) and THEIRS.match(told.text))
    if not others or told.abstract or OUR_OWN.search(told.text):
        return None
    return ""


def _of_others(told: Told, context: Context) -> bool:
    """Whether a sentence stands where others' work is told and does not say that it is about the paper's own."""
    heading = told.block.heading
    if OUR_OWN.search(told.text) or any(name in told.text for name in own_names(context)):
        return False
    opening = re.search(r"\bintroduction\b", heading.title or heading.name, re.IGNORECASE)
    return heading.survey or bool(opening and OTHERS.search(f"{told.around} {told.text}"))


def _comparison(told: Told, value: Stated, owner: Whose, who: str, context: Context) -> None:
    """What another work reports is its own method's, by the name that the sentence gives it."""
    if owner.method and {ORDERED, COMPARISON} & set(owner.reasons):
        return
    using = [m["name"] for m in USING.finditer(told.text) if not metric_in(m["name"])]
    if len(set(using)) == 1:
        owner.method = using[0]
    elif not who or not _author(who, told.text):
        owner.method = who or None
    else:
        owner.method = measured_with(told.text, value.number) or (who if _proposed(who, context) else None)


def _author(who: str, sentence: str) -> bool:
    """Whether a citation names people, who report; a cited method's name has capitals or digits within."""
    name = re.sub(r"\s?(?:\(\d{4}[a-z]?\)|\[\d+\])$", "", who)
    return bool(
        re.search(r"\bet al|\s(?:and|&)\s|\(\d{4}", who)
        or re.match(r"\W*(?:\w+ly\s+)?report", sentence.partition(who)[2])
    ) and not re.search(r"[a-z]*[A-Z]{2}|\d", name)


def _proposed(who: str, context: Context) -> bool:
    """Whether the paper tells of a method of these authors, for which their names may then stand."""
    made = r"(?:propos|introduc|develop|implement|present|design|describ|suggest|devis|invent)\w*"
    return bool(re.search(rf"{re.escape(who)}\s+(?:\w+ly\s+|have\s+)?{made}\b", context.body))


def _look_around(told: Told, owner: Whose, paper: Paper, theirs: bool, gain: bool) -> None:
    """What the sentence leaves unsaid, from the text before it; each step away makes it less sure."""
    context = paper.context
    if owner.method is None and not theirs and not {UNSAID, FORMER} & set(owner.reasons):
        owner.method = _method_before(told, context, paper.known)
        owner.doubt += 0.15
        owner.reasons += (BEFORE if owner.method else "no method named",)
    if owner.dataset is None and not gain:
        placed = placed_datasets(told.around, context)
        title = placed_datasets(told.block.heading.title, context)
        if title and (
            not placed or re.search(r"\b(?:this|the|these) data ?sets?\b", told.text, re.IGNORECASE)
        ):
            owner.dataset = title[-1][2]
            owner.doubt += 0.05
            owner.reasons += ("dataset from the section's title",)
            return
        owner.doubt += 0.1
        if placed:
            owner.dataset = placed[-1][2]
            owner.reasons += ("dataset from the text before",)
        elif not theirs and (table := _table_dataset(told, paper)):
            owner.dataset = table
            owner.doubt += 0.05
            owner.reasons += ("the dataset of the table that the text speaks of",)
        elif (main := main_dataset(context)) and not theirs:
            owner.dataset = main
            owner.doubt += 0.1
            owner.reasons += ("the paper's main dataset",)
        elif len(paper.tables[""]) == 1 and not theirs:
            owner.dataset = paper.tables[""][0]
            owner.doubt += 0.1
            owner.reasons += ("the dataset of all the paper's tables",)
        else:
            owner.reasons += ("no dataset named",)


def _table_dataset(told: Told, paper: Paper) -> str | None:
    """The only dataset of the table that a sentence, or the last one before it that speaks of any, points at."""
    for text in (told.text, told.around):
        if labels := TABLE.findall(text):
            names = paper.tables.get(f"Table {labels[-1]}", [])
            return names[0] if len(names) == 1 else None
    return None


TABLE = re.compile(r"\bTab(?:le|\.)\s*(\d+|[IVX]+)\b")
OUR_OWN = re.compile(r"\b(?:we|our|ours)\b", re.IGNORECASE)


OURS = re.compile(r"\b[Oo]ur ((?:proposed )?(?:model|method|approach|system|algorithm|network))\b")
OFTEN = 3
"""times that a paper speaks of "our approach" before that is its name"""


def _method_before(told: Told, context: Context, known: Sequence[str]) -> str | None:
    own = own_name(context)
    if own and WE.search(told.text):
        return own
    for text in (told.around, told.paper[-PARAGRAPH:]):
        found = named_in(text, "", known)
        # a name, not a word of everyday language such as "boosting"
        if found and re.search(r"[A-Z\d]", found) and "et al" not in found:
            return found
    if WE.search(told.text) and (called := Counter(OURS.findall(context.body)).most_common(1)):
        # "our approach": all that the paper calls it
        return f"our {called[0][0]}" if called[0][1] >= OFTEN else None
    named = [w for w in re.findall(r"\b[A-Z][\w-]*[A-Z]\w*\b", told.paper) if METHOD_WORDS.search(w)]
    return str(named[-1]) if named else own


def _known_methods(context: Context, tables: Sequence[Draft]) -> list[str]:
    """Names of methods that may stand in a sentence; headings that are settings may not."""
    names = {re.sub(r"\s*\([^()]*=.*", "", d.method) for d in tables} | set(own_names(context))
    names = {
        n
        for n in names
        if 2 <= len(n) <= 40
        and n != "unnamed"
        and "=" not in n
        and re.search(r"[A-Za-z]{2}", n)
        and not is_metric(n)
    }
    return sorted(names, key=lambda n: (-len(n), n))


def _own(method: str, owner: Whose, sentence: str, theirs: bool, own: Sequence[str]) -> bool | None:
    """Whether a value is the paper's own method's; None where the text leaves it open."""
    if theirs or STANDING.search(method):
        return False
    named = re.match(r"[Oo]ur\b", method) or any(fold(n) in fold(method) for n in own)
    if named and BEFORE not in owner.reasons:
        return True
    if {UNSAID, COMPARISON} & set(owner.reasons) or FORMER in owner.reasons:
        return None
    return True if WE.search(sentence) else None


def _draft(told: Told, value: Stated, owner: Whose, theirs: str | None, own: Sequence[str]) -> Draft:
    sentence, number, block = told.text, value.number, told.block
    confidence = 0.75 - owner.doubt - (0 if owner.method else 0.2) - (0.1 if theirs is not None else 0)
    reasons = ["stated in a sentence", *owner.reasons]
    if theirs:
        reasons.append("reported by other work")
    quote_start, quote_end = _window(sentence, number)
    box = block.words_at(told.start + number.start, told.start + number.end)
    region = block.words_at(told.start + quote_start, told.start + quote_end)
    method = owner.method or "unnamed"
    if owner.condition and len(owner.condition) <= 40:
        method = f"{method} ({owner.condition})"
    return Draft(
        page=block.page,
        label="Abstract" if told.abstract else block.section or "Text",
        method=method,
        dataset=owner.dataset,
        split=split_in(value.name) or split_in(sentence),
        metric=value.name,
        value=number.value,
        printed=number.text,
        units=value.units,
        direction=value.metric.direction,
        uncertainty=uncertainty_of(number),
        own_method=_own(method, owner, sentence, theirs is not None, own),
        rows=[],
        columns=[],
        quote=sentence[quote_start:quote_end],
        box=box,
        region=Rect(region.x0, region.top - 2, region.x1, region.bottom + 2),
        confidence=max(0.1, round(confidence, 2)),
        reasons=reasons,
    )


def _window(sentence: str, number: Printed) -> tuple[int, int]:
    """The part of a long sentence around a number, cut at spaces."""
    if len(sentence) <= 300:
        return 0, len(sentence)
    lo = sentence.find(" ", max(0, number.start - 150)) + 1 if number.start > 150 else 0
    hi = sentence.find(" ", min(len(sentence) - 1, number.end + 120))
    return lo, hi if hi > number.end else len(sentence)


SURE = 3
"""digits with which an equal value is no chance"""


def _repeats(draft: Draft, tables: Sequence[Draft]) -> bool:
    """Whether a table gives the same value, perhaps with more decimals."""
    decimals = len(draft.printed.rstrip("% ").partition(".")[2])
    for other in tables:
        if not other.label.startswith("Table"):
            continue
        factor = (
            1.0 if (draft.units == "%") == (other.units == "%") else 100.0 if draft.units == "%" else 0.01
        )
        same = abs(round(other.value * factor, decimals) - draft.value) < 0.6 * 10**-decimals
        if same and _same_measure(draft, other):
            return True
    return False


def _same_measure(draft: Draft, other: Draft) -> bool:
    """Whether equal values of a sentence and a table are no chance: long numbers, or of one measure."""
    if draft.own_method is False and draft.method != "unnamed":
        names = fold(draft.method), fold(other.method)
        return names[0] in names[1] or names[1] in names[0]
    if draft.units == "×":
        return other.units == "×" and abs(other.value - draft.value) < 0.05
    if len(re.sub(r"\D", "", draft.printed).lstrip("0")) >= SURE:
        return True
    if re.match(r"all |both ", draft.dataset or ""):
        return False
    ours, theirs = metric_in(draft.metric), metric_in(other.metric)
    if ours and theirs:
        return ours[1] is theirs[1]
    if ours or theirs:
        return other.metric.lower() == "score"
    return bool(set(fold(draft.metric).split()) & set(fold(other.metric).split()))
