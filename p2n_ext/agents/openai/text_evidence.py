"""A number in running text: the sentence must state it as a result, of the metric and of the method proposed."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from p2n_ext.agents.offline.clauses import QUANTITY, UNIT, Stated, stated
from p2n_ext.agents.offline.differences import differences
from p2n_ext.agents.offline.lexicon import Metric, is_metric, metric_in, split_in
from p2n_ext.agents.offline.numbers import numbers_in
from p2n_ext.agents.offline.sentences import NO_STOP, STOP
from p2n_ext.agents.offline.whose import OUR, whose

from ..likeness import Text, all_words_in, left_over, likeness, same, settings_in, stands_in
from .answer_schema import Proposal
from .evidence import NAMED, OWN, Evidence, calls_own
from .paper_text import PaperText, Place
from .table_evidence import speaks_of

# text that speaks to whoever reads the paper by machine reports nothing
_ADDRESSED = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b.{0,60}\b(?:instructions?|prompts?|rules|guidelines)\b"
    r"|\b(?:you|assistant|reviewer) (?:must|should|shall|are to|have to|will)\b.{0,60}"
    r"\b(?:report|output|answer|respond|write|say|extract|claim|give)\b",
    re.IGNORECASE | re.DOTALL,
)
# what is denied, wished or demanded was not measured
_UNREAL = re.compile(
    r"\b(?:not(?! only)|never|neither|nor|cannot|no(?! longer| more| less)|none|nobody|hardly|would|could|should|must|shall|might"
    r"|hopes?|hoped|hoping|(?:is|are|was|were) to be|if|suppose|assum\w+|your)\b|n[’']t\b",
    re.IGNORECASE,
)
_BOUNDARY = re.compile(r"[,;:](?!\d)|\b(?:but|while|whereas|and|although|though)\b", re.IGNORECASE)
_WINDOW = 8
_ROW_WORDS = 12


def addresses_its_reader(text: str) -> bool:
    """Whether a text speaks to whoever reads the paper by machine."""
    return _ADDRESSED.search(text) is not None


def in_text(found: Evidence, proposal: Proposal, paper: PaperText) -> Evidence:
    place = found.place
    number = place.page.number
    near = " ".join(line.text for line in place.near)
    if addresses_its_reader(near):
        return found.refuse(f"page {number} speaks there to its reader and reports nothing")
    sentence = sentence_at(place)
    told = None if place.table is not None else _stated(sentence, proposal, paper)
    clause = sentence.clause if told is not None or not _rowlike(place) else place.line.text
    if _UNREAL.search(clause):
        return found.refuse(f"page {number} does not report it: “{clause[:120]}”")
    if told is None and not _rowlike(place):
        return found.refuse(f"the sentence on page {number} does not state the number as a result")
    if told is not None and (why := _otherwise(told, sentence, proposal, paper)):
        return found.refuse(f"the sentence on page {number} gives the number as {why}")
    # a line of a table whose cells were not recognised must name the method itself
    window = Text([place.line.text] if place.table is not None else [near])
    if _printed_alone(proposal.method, place.line.text):
        found.strength += 0.4
    elif stands_in(proposal.method, window):
        found.strength += 0.3
        found.less(0.15, "the method stands near the number, or as a part of another name")
    elif (
        place.table is None
        and proposal.own_method
        and OWN.search(near)
        and stands_in(proposal.method, Text([*(line.text for line in place.above), near]))
    ):
        found.strength += 0.3
        found.less(0.1, "the text says “we” or “our”, not the method's name")
    elif settings_in(proposal.method, Text([place.line.text])) and all_words_in(proposal.method, paper.whole):
        found.strength += 0.2
        found.less(0.2, "the line prints the method's settings, not its name")
    elif _listed(proposal, place):
        found.strength += 0.2
        found.less(0.2, "the method is named further up")
    else:
        return found.refuse(
            f"the number on page {number} stands without the method “{proposal.method}” beside it"
        )
    about = Text([near, place.table.caption]) if place.table is not None else window
    if told is not None or speaks_of(proposal.metric, about):
        found.strength += 0.3
        found.measured = told is not None
    elif speaks_of(proposal.metric, paper.by_page[number]):
        found.less(0.2, "metric from elsewhere on the page")
    else:
        return found.refuse(
            f"the number on page {number} stands without the metric “{proposal.metric}” beside it"
        )
    _details(found, proposal, sentence, window, paper)
    found.reasons.insert(0, f"found in the text of page {number}")
    found.confidence -= 0.2
    return found


@dataclass(frozen=True)
class Sentence:
    """`at`: where the number stands in `text`; `clause`: the part of it around the number; `before`: what leads to it."""

    text: str
    at: int
    clause: str
    before: str


def sentence_at(place: Place) -> Sentence:
    """The sentence that prints a number, its lines joined as they are read on."""
    text, at = "", 0
    first = max(0, place.at - _WINDOW)
    for index, line in enumerate(place.page.lines[first : place.at + _WINDOW + 1], first):
        if re.search(r"[^\W\d_]-$", text) and line.text[:1].islower():
            text = text[:-1]
        elif text:
            text += " "
        if index == place.at:
            at = len(text) + place.number.start
        text += line.text
    begin, end = 0, len(text)
    for stop in STOP.finditer(text):
        if NO_STOP.search(text[begin : stop.start()]):
            continue
        if stop.end() <= at:
            begin = stop.end()
        elif stop.start() > at:
            end = stop.start()
            break
    sentence, inner = text[begin:end], at - begin
    ends = [m.span() for m in _BOUNDARY.finditer(sentence)]
    lo = max((b for _, b in ends if b <= inner), default=0)
    hi = min((a for a, _ in ends if a > inner), default=len(sentence))
    return Sentence(sentence, inner, sentence[lo:hi].strip(), text[:begin])


def _stated(sentence: Sentence, proposal: Proposal, paper: PaperText) -> Stated | None:
    """The number as the sentence states it, by the rules of the offline reader; None where those see no result in it."""
    values = _values(sentence.text, sentence.before, proposal, paper)
    found = next((v for v in values if v.number.start == sentence.at), None)
    number = next((n for n in numbers_in(sentence.text) if n.start == sentence.at), None)
    if found or number is None or number.whole or number.percent or not 1 < number.value <= 100:
        return found
    rest = sentence.text[number.end :]
    if UNIT.match(rest) or QUANTITY.match(rest):
        return None
    # papers leave the sign away: "the accuracy of the SVM is 97.5"
    signed = f"{sentence.text[: number.end]}%{rest}"
    values = _values(signed, sentence.before, proposal, paper)
    found = next((v for v in values if v.number.start == sentence.at and v.metric.share), None)
    return replace(found, units=None) if found else None


def _values(sentence: str, before: str, proposal: Proposal, paper: PaperText) -> list[Stated]:
    vocabulary = paper.vocabulary
    if metric_in(proposal.metric) is None:
        words = r"[\s-]+".join(map(re.escape, re.split(r"[\s-]+", proposal.metric)))
        pattern = re.compile(rf"(?<![\w-]){words}s?(?![\w-])", re.IGNORECASE)
        own = Metric(pattern, proposal.direction, False)
        vocabulary = replace(vocabulary, measures=(*vocabulary.measures, own))
    values = stated(sentence, vocabulary)
    taken = {v.number.start for v in values}
    gains = differences(sentence, before[-300:], False)
    return sorted((*values, *(g for g in gains if g.number.start not in taken)), key=lambda v: v.number.start)


def _otherwise(told: Stated, sentence: Sentence, proposal: Proposal, paper: PaperText) -> str | None:
    """What else a sentence gives its number as: of another metric, or of another method."""
    known, named = metric_in(proposal.metric), metric_in(told.name)
    alike = known and (known[1] is told.metric or (named and known[1] is named[1]))
    if not (alike or likeness(proposal.metric, told.name) >= NAMED):
        return f"“{told.name}”, not “{proposal.metric}”"
    values = _values(sentence.text, sentence.before, proposal, paper)
    values = [told if v.number.start == sentence.at else v for v in values]
    if told not in values:
        values = sorted([*values, told], key=lambda v: v.number.start)
    names = (*paper.row_names, *paper.context.own, proposal.method)
    owners = whose(sentence.text, values, paper.context, sorted(names, key=lambda n: -len(n)))
    owner = next(o.method for o, v in zip(owners, values, strict=True) if v is told)
    if owner is None or same(owner, proposal.method) or is_metric(owner):
        return None
    if OUR.match(owner) or OWN.search(owner):
        mine = calls_own(proposal.method, paper) or bool(proposal.own_method)
        return None if mine else f"that of “{owner}”, not of “{proposal.method}”"
    if any(same(owner, name) for name in paper.row_names) and any(
        same(proposal.method, name) for name in paper.row_names
    ):
        return f"that of “{owner}”, not of “{proposal.method}”"
    part = not left_over(owner, proposal.method) or not left_over(proposal.method, owner)
    return None if part else f"that of “{owner}”, not of “{proposal.method}”"


def _details(found: Evidence, proposal: Proposal, sentence: Sentence, window: Text, paper: PaperText) -> None:
    """Dataset, split and whose method it is, as far as the text bears them out."""
    if proposal.dataset is not None:
        others = paper.context.datasets_in(sentence.text)
        if stands_in(proposal.dataset, window) or stands_in(proposal.dataset, Text([sentence.text])):
            found.strength += 0.1
        elif others and not any(likeness(proposal.dataset, n) >= NAMED for n in others):
            found.dataset = None
            found.less(0.15, f"the sentence names “{others[0]}”, not the model's “{proposal.dataset}”")
        else:
            found.less(0.1, "dataset from elsewhere in the paper")
    told = split_in(sentence.text)
    if proposal.split and told and split_in(proposal.split) not in (None, told):
        found.split = None
        found.less(0.1, f"the sentence says “{told}”, not the model's split “{proposal.split}”")
    ours = calls_own(proposal.method, paper) or bool(OWN.search(sentence.clause))
    if (found.own_method is True and not ours) or found.own_method is False:
        found.own_method = None


def _rowlike(place: Place) -> bool:
    """Whether a line is a row or an entry of a list: more numbers than it has words for a sentence."""
    if place.table is not None:
        return True
    numbers = numbers_in(place.line.text)
    words = re.findall(r"[^\W\d_]{2,}", place.line.text)
    return len(words) <= min(_ROW_WORDS, 3 * len(numbers) + 2) and not re.search(r"[.,;]$", place.line.text)


def _printed_alone(name: str, text: str) -> bool:
    """Whether a text prints a name that is no part of a longer one, as SVM is of GRU-SVM."""
    words = r"[\s-]+".join(re.escape(word) for word in re.split(r"[\s-]+", name) if word)
    return re.search(rf"(?<![\w-]){words}(?![\w-])", text, re.IGNORECASE) is not None


def _listed(proposal: Proposal, place: Place) -> bool:
    """Whether it is an entry of a list, "Accuracy: 98.2%", below the name of the method."""
    above = Text(line.text for line in place.above)
    entry = Text([place.line.text])
    return place.table is None and speaks_of(proposal.metric, entry) and all_words_in(proposal.method, above)
