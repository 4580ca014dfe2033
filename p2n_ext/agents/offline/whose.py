"""To which method and dataset a sentence gives its values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ..reasons import FORMER
from .clauses import Stated
from .context import Context, fold
from .differences import DIFFERENCES
from .lexicon import EVERYDAY, KNOWN_DATASETS, METHOD_WORDS, is_metric, metric_in
from .methods import method_in
from .numbers import Printed

MODEL_NOUN = r"(?:model|method|approach|network|system|algorithm|framework|classifier|ensemble|architecture|predictor|detector)"
OUR = re.compile(rf"\b[Oo]ur (?P<kind>(?:(?!model\b|method\b)[a-z\d][\w-]* ){{0,3}}?){MODEL_NOUN}s?\b")
WE = re.compile(r"\b(?:we|our|ours|this (?:work|paper|study))\b", re.IGNORECASE)
NAMED_OWN = re.compile(
    r"\b[Ww]e (?:propose|present|introduce|develop|describe)\b[^.]{0,90}?(?:,\s+|\bcalled\s+|\bnamed\s+|\bdubbed\s+)(?:the\s+)?(?P<name>[A-Z][\w-]{2,})"
)
PLAIN_KIND = frozenset(
    ["proposed", "new", "novel", "best", "single", "final", "own", "full", "simple", "current"]
)
# "the Raven model", "the baseline ICP"
CALLED = re.compile(
    rf"\bthe (?P<name>[A-Z][\w.+-]*(?: [A-Z][\w.+-]*)?) {MODEL_NOUN}\b|\b(?P<base>baseline [A-Z][\w.+-]*)"
)
# "the best performing model was the ETR"
BEST = re.compile(
    rf"\b[Bb]est(?:[- ](?:performing|single|scoring))* {MODEL_NOUN}s? (?:is|was) (?:the )?(?P<name>[A-Z][\w.+-]*(?: [A-Z][\w.+-]*){{0,2}})"
)
# values that the paper says are nobody's by name: "the previous state-of-the-art BLEU is"
STANDING = re.compile(
    r"\b(?P<name>(?:current|previous|prior|existing) state[- ]of[- ]the[- ]art|best published results?|human performance)\b",
    re.IGNORECASE,
)
# "A has a higher mAP than B (67.2% vs. 66.1%)"
HIGHER_THAN = re.compile(
    r"\b(?:than|outperform\w*|over|compared (?:to|with)|against|versus)\s+(?:the\s+|that of\s+)?(?P<two>[^(),;:]{2,50}?)\s*\(\s*$"
)
STANDS = re.compile(
    r"\s*(?:of\b|is\b|was\b|at\b|has\b|had\b|obtain\w*|achiev\w*|[\w-]+ scores?\b|[\w-]+(?: \([^()]*\))? (?:on|is|was|of)\b)"
)
AGAINST = re.compile(r"\s*%?\s*(?:vs\.?|versus|compared (?:to|with)|against)\s*")
# "using the PF-LR algorithm", "while using PF-LR"
USING = re.compile(r"\b(?:using|with|by|via)\s+(?:the\s+)?(?P<name>[A-Z][\w.+-]*[A-Z][\w.+-]*)")
BETWEEN = re.compile(
    r"\bbetween (?P<one>[A-Z][\w.+-]*(?: [A-Z][\w.+-]*){0,2}) and (?P<two>[A-Z][\w.+-]*(?: [A-Z][\w.+-]*){0,2})"
)
# "26.2% achieved by the second-best entry"
BY = re.compile(
    r"^\s*(?:(?:achieved|obtained|reached|attained|reported)\s+)by\s+(?:the\s+|an?\s+)?(?P<who>[^,.;:()\[\]]{3,40}?)(?=\s*(?:[,.;:()\[\]]|$|\b(?:and|on|with|in|for)\b))"
)
GENERIC = re.compile(rf"{MODEL_NOUN}s?", re.IGNORECASE)
NAME = r"[A-Z][\w.+-]*[\w+](?: [A-Z\d][\w.+-]*[\w+]){0,2}"
AND = r"\s*(?:,\s*(?:and\s+)?|\band\s+|&)\s*"
NAMES = re.compile(rf"{NAME}(?:{AND}{NAME})+")
VALUES = re.compile(rf"\d[\d.]*\s?%?(?:{AND}\d[\d.]*\s?%?)+")
HEAD = re.compile(r"\b(?:for|with|at|under|of)\s+(?:the\s+)?(?P<head>[a-z]+(?: [a-z]+)??)\s+(?:of\s+)?$")
PREPOSITION = re.compile(r"\b(?:for|with|on|using|by|in|at|under|when)\s+(?:both\s+)?(?:the\s+)?")
GIVES = re.compile(
    r"(?P<who>(?:[^,;:()]|,(?=\d))+?)\s+(?:\w+ly\s+)?(?:gets?|got|achiev\w+|obtain\w*|attain\w*|reach\w*|yield\w*|gives?|gave|scor\w+|retain\w*|has|had|requir\w+)\b[^,;:]*$",
    re.IGNORECASE,
)
OPENERS = re.compile(
    r"^.*\b(?:that|and|while|whereas|but|where|which|when|since|because|although|though|however|then|if|find|found|see|show|shows|observe)\b\s*",
    re.IGNORECASE,
)
# what helps a verb is no part of its subject
HELPERS = re.compile(
    r"(?:\s+(?:can|could|will|would|may|might|shall|should|must|has|have|had|does|do|did|not|never|ever|also|even|still|only|already|then|now|both|each|is able to|are able to|managed? to|manages to))+$"
)
# "On the Iris dataset the forest achieves": where, before who
WHERE = re.compile(
    r"^(?:on|in|for|at|under|with)\s+[^,;]{1,40}?\b(?:data ?set|corpus|benchmark|data|test set|task)s?,?\s+(?=\w)",
    re.IGNORECASE,
)
# the words of a method's name behind "of a", "with the"
MEASURED_WITH = re.compile(
    r"\b(?:of|with|by|from|using|for|via)\s+(?:an?|the|their)\s+(?P<name>(?:[\w-]+\s){0,4}?[\w-]+)(?=\s*(?:[,.;:()\[]|$|\b(?:on|in|for|with|that|which|and|at|by|of|report\w*|achiev\w*|obtain\w*)\b))"
)
NOBODY = re.compile(
    r"^(?:\w+ly$|\d|no\b|not\b|none\b|neither\b)|\b(?:data ?sets?|we|it|this|that|they|these|those|he|she|who|results?|tables?|figures?|authors?|experiments?|study|paper|one|each|all|both|none|values?|\d{4})\b",
    re.IGNORECASE,
)
# "increases the performance of UNREAL from": what is changed had the value before
CHANGED = re.compile(
    r"\b(?:improv|increas|boost|rais|lift|reduc|decreas|lower|cut|bring|push|tak|enhanc)(?:e|es|ed|ing|ting|ts|t|s)?\s+(?P<what>[^,;:]{2,90}?)\s+from\s*[≈∼~]?$",
    re.IGNORECASE,
)
ORDERED = "told by the order of a list"
COMPARISON = "told by a comparison"
UNSAID = "whose it was is not said"
DONE_TO = re.compile(
    r"^(?!.*[’']s\s).*\b(?:is|are|was|were|been|be|being)\s+(?:\w+ly\s+)?[a-z]+ed\s+from\s*[≈∼~]?$"
)
PASSIVE = re.compile(r"\b(?:is|are|was|were|been|be|being)\s+(?:\w+ly\s+)?$", re.IGNORECASE)
OF_WHOM = re.compile(r"\b(?:of|for)\s+(?:the\s+|an?\s+|our\s+)?(?P<who>[^()]+(?:\(\d{4}\))?)$")
# "the errors are high with Adaboost.MM"
WITH_NAME = re.compile(
    r"^[^.;:]{0,70}?\b(?:with|using|by|via)\s+(?:the\s+)?(?P<name>[A-Z][\w-]*(?:[A-Z]|\.[A-Z])[\w.+-]*\w)(?!\s+(?:data|corpus|benchmark|et al))"
)
TOGETHER = re.compile(
    r"\b(?:over|on|across|for)\s+(?P<all>(?:all|both)(?: of)?(?: the)?(?: \w+)? (?:data ?sets|benchmarks|tasks|corpora|domains))\b",
    re.IGNORECASE,
)
# a task or dataset by what stands after "on"
ON = re.compile(
    r"^[^.;,()]{0,60}?\bon (?:the )?(?P<name>[A-Z][\w.+-]*(?: [A-Z\d][\w.+-]*){0,2}|[a-z]+(?:-[a-z]+)+(?: [a-z]+)?|[a-z]+-[a-z]+ [a-z]+)\b"
)
ON_NAME = re.compile(rf"\bon (?:the )?[A-Z][\w.+-]*(?! {MODEL_NOUN})\b")
# "MultiNLI accuracy": what stands right before a metric, where the paper speaks of it as of data
BESIDE = re.compile(r"(?:^|\s)(?P<name>[A-Z][\w-]*[A-Z][\w-]*)\s+(?:[Tt]est\s+|[Dd]ev\s+)?$")
CONDITION = re.compile(
    r"^\s*%?\s*(?:\([^()]*\)\s*)?(?P<how>for|with|when|at|under)\s+(?:the\s+|a\s+)?(?P<what>[^,;:.()]{1,40}?)(?=\s+(?:and|as|against|versus|compared|while|using)\b|[,;:()]|\.(?!\d)|$)"
)


@dataclass(slots=True)
class Whose:
    """The method and dataset of one value; `sure` falls where they stand in the text around."""

    method: str | None = None
    dataset: str | None = None
    condition: str | None = None
    reasons: tuple[str, ...] = ()
    doubt: float = 0.0


def whose(sentence: str, values: Sequence[Stated], context: Context, known: Sequence[str]) -> list[Whose]:
    """What the sentence itself says of each of its values."""
    placed = placed_datasets(sentence, context)
    out: list[Whose] = []
    for k, value in enumerate(values):
        begin = values[k - 1].number.end if k else 0
        end = values[k + 1].number.start if k + 1 < len(values) else len(sentence)
        goes_on = k > 0 and value.name == values[k - 1].name
        method = _method(
            sentence, value, (begin, end), context, known, out[k - 1].method if goes_on else None
        )
        if method is None and k > 0:
            method = out[k - 1].method
        out.append(Whose(method, _dataset(sentence, value, begin, end, placed, context)))
    for k, value in enumerate(values[:-1]):
        if value.former:
            _before_and_after(sentence, value, out[k], out[k + 1], known)
        two = HIGHER_THAN.search(sentence[: value.number.start])
        gap = sentence[value.number.end : values[k + 1].number.start]
        if two and AGAINST.fullmatch(gap) and re.search(r"[A-Z]", two["two"]):
            out[k].method = named_in(sentence[: two.start()], "", known) or subject(
                sentence[: two.start()], context
            )
            out[k + 1].method = two["two"].strip()
            out[k].reasons += (COMPARISON,)
            out[k + 1].reasons += (COMPARISON,)
    if values and not any(w.method for w in out):
        named = WITH_NAME.match(sentence[values[-1].number.end :])
        if named and context.dataset_in(named["name"]) is None and not metric_in(named["name"]):
            for one in out:
                one.method = named["name"]
    for k in range(1, len(values)):
        if values[k].run == values[k - 1].run and out[k].dataset is None:
            out[k].dataset = out[k - 1].dataset
    _align(sentence, values, out, context, placed)
    return out


def _before_and_after(sentence: str, former: Stated, old: Whose, new: Whose, known: Sequence[str]) -> None:
    """Whose the values of "from A to B" are: A that of what is changed, B that of what changes it."""
    old.reasons += (FORMER,)
    old.doubt += 0.1
    old.dataset = old.dataset or new.dataset
    changed = CHANGED.search(sentence[: former.number.start])
    passive = changed is None or PASSIVE.search(sentence[: changed.start()])
    if changed is None or passive:
        # "the perplexity of X dropped from A to B", but "is improved from A to B using X"
        unsaid = DONE_TO.search(sentence[: former.number.start])
        old.method = None if unsaid else old.method or new.method
        old.reasons += (UNSAID,) if unsaid else ()
        return
    of = OF_WHOM.search(changed["what"])
    who = of["who"].strip() if of and not metric_in(of["who"]) else named_in(changed["what"], "", known)
    if who and (re.search(r"[A-Z]", who) or METHOD_WORDS.search(who)):
        by = named_in(sentence[: changed.start()], "", known)
        if by or new.method == old.method:
            new.method = by or new.method
        old.method = who
    else:
        # "X improves the accuracy from A to B": A is not X's, and whose it was is not said
        old.method = None
        old.reasons += (UNSAID,)


# what stands behind these is what a value is compared with
COMPARED = re.compile(
    r"\b(?:compared\s+(?:to|with)|over|than|against|versus)\s+(?:the\s+)?(?:\w+\s)?$", re.IGNORECASE
)
# a name whose like is known: Path-256 beside Path-X
SERIES = re.compile(r"([A-Z][A-Za-z]{2,})-\w{1,4}")


def placed_datasets(text: str, context: Context) -> list[tuple[int, int, str]]:
    """Datasets that a text names with their places, in order; the longest of those at one place."""
    hits = []
    low = text.lower()
    for name in context.datasets:
        stem = series[1] if (series := SERIES.fullmatch(name)) else name
        if stem.lower() not in low or not is_dataset(name, context):
            continue
        flags = re.IGNORECASE if len(name) > 3 and not EVERYDAY.fullmatch(name) else 0
        hits += [
            (m.start(), m.end(), name)
            for m in re.finditer(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text, flags)
        ]
        if series:
            hits += [
                (m.start(), m.end(), m.group(0))
                for m in re.finditer(rf"(?<![\w-]){series[1]}-[A-Z\d]\w{{0,3}}(?![\w-])", text)
            ]
    hits += [
        (m.start(), m.end(), m.group(0))
        for m in KNOWN_DATASETS.finditer(text)
        if not (EVERYDAY.fullmatch(m.group(0)) and m.group(0).islower())
    ]
    hits = [h for h in hits if not COMPARED.search(text[max(0, h[0] - 60) : h[0]])]
    hits.sort(key=lambda h: (h[0], -h[1]))
    kept: list[tuple[int, int, str]] = []
    for start, end, name in hits:
        if not kept or start >= kept[-1][1]:
            kept.append((start, end, context.short(name)))
    return kept


def is_dataset(name: str, context: Context) -> bool:
    """Not a metric nor a piece of the paper's own title, which stands at the head of its pages, spelt as there."""
    return not (
        is_metric(name)
        or name[-1:] == "-"
        or (len(name.split()) > 2 and name in context.title)
        or re.search(r"\bROC\b|^\d+\.|\b(?:The|In|We)$", name)
    )


def main_dataset(context: Context) -> str | None:
    """The dataset of the title, or the one that the paper speaks of twice as much as of any other."""
    titled = [n for _, _, n in placed_datasets(context.title, context) if not EVERYDAY.fullmatch(n)]
    if titled:
        return titled[0]
    ranked = [
        (n, k)
        for n, k in context.datasets.most_common()
        if is_dataset(n, context) and not EVERYDAY.fullmatch(n)
    ]
    ranked = [(context.short(n), k) for n, k in ranked[:4]]
    others = [k for n, k in ranked if n != ranked[0][0]]
    return ranked[0][0] if ranked and (not others or others[0] * 2 <= ranked[0][1]) else None


def own_names(context: Context) -> list[str]:
    """What the paper calls its own, each with the word that always follows: "Batch Normalization", "Fast R-CNN"."""
    return [_whole(name, context.body) for name in sorted(context.own)]


def _whole(name: str, body: str) -> str:
    after = Counter(re.findall(rf"(?<![\w-]){re.escape(name)}(?![\w-])(?: ([A-Z][\w-]+))?", body))
    word, count = after.most_common(1)[0] if after else ("", 0)
    return f"{name} {word}" if word and count * 2 > sum(after.values()) else name


def own_name(context: Context) -> str | None:
    """The one thing that the paper calls its own."""
    if names := own_names(context):
        return names[0] if len(names) == 1 else None
    called = {m["name"] for m in NAMED_OWN.finditer(context.abstract)}
    return _whole(called.pop(), context.body) if len(called) == 1 else None


def _dataset(
    sentence: str,
    value: Stated,
    begin: int,
    end: int,
    placed: Sequence[tuple[int, int, str]],
    context: Context,
) -> str | None:
    """The dataset after "on" behind a value, else the last before it, else the first after it."""
    number = value.number
    if together := TOGETHER.search(sentence[begin : number.end + 60]):
        return together["all"]
    if (
        value.run >= DIFFERENCES
        and (on := ON.match(sentence[number.end : end]))
        and not metric_in(on["name"])
    ):
        return on["name"]
    if value.run >= DIFFERENCES:
        # what a gain was measured on is told beside it or not at all
        return next(
            (n for a, _, n in placed if begin <= a < end and sentence[:a].endswith(("on ", "on the "))), None
        )
    beside = BESIDE.search(sentence[begin : number.start].rpartition(value.name)[0])
    if beside and value.name in sentence[begin : number.start] and context.leaning(beside["name"]) > 0:
        return context.short(beside["name"])
    behind = [p for p in placed if number.end <= p[0] < end]
    if behind and re.search(
        r"^[^,;]*\b(?:on|for|in)\s+(?:the\s+|both\s+)?(?:[\w-]+\s){0,2}$", sentence[number.end : behind[0][0]]
    ):
        return behind[0][2]
    before = [p for p in placed if p[1] <= number.start]
    if before:
        return before[-1][2]
    if behind:
        return behind[0][2]
    return placed[0][2] if placed else None


def _method(
    sentence: str,
    value: Stated,
    span: tuple[int, int],
    context: Context,
    known: Sequence[str],
    so_far: str | None,
) -> str | None:
    """The method of one value; `span` is the part of the sentence between the values beside it."""
    number, (begin, end) = value.number, span
    # what stands behind "on" is what was measured on
    masked = ON_NAME.sub(lambda m: "on " + "_" * (len(m.group(0)) - 3), sentence)
    clause, lead, after = masked[begin : number.start], masked[: number.start], masked[number.end : end]
    if by := BY.match(after):
        return by["who"].strip()
    if between := BETWEEN.search(clause):
        return f"{between['one']} and {between['two']}"
    if in_brackets := re.match(r"\s*\((?:with |by |for |using )?([A-Z][^()=%]{1,40})\)", after):
        name = in_brackets[1]
        if any(fold(name) == fold(k) for k in known):
            return name
    inside = named_in(clause, "", known) if begin else None
    if inside is None:
        for pattern in (OUR, CALLED, BEST, STANDING):
            named = pattern.search(clause)
            if named is None or named_in(clause[named.end() :], "", known):
                continue
            if pattern is STANDING and (WE.search(clause) or not STANDS.match(clause[named.end() :])):
                continue
            return (
                _our(named, context)
                if pattern is OUR
                else named["base"]
                if pattern is CALLED and named["base"]
                else named["name"]
            )
        inside = subject(clause, context)
        if inside and begin == 0 and named_in(lead, "", known):
            inside = None
    return inside or so_far or named_in(lead, after, known)


def named_in(text: str, after: str, known: Sequence[str]) -> str | None:
    """The method that a clause speaks of, without the word that points at it."""
    name = method_in(text, after, known)
    return re.sub(r"^(?:This|The|These|That|An?|Its|Each)\s+", "", name) if name else None


def measured_with(sentence: str, number: Printed) -> str | None:
    """The method that a sentence says was measured: "an accuracy of 91% of a support vector machine"."""
    for match in [
        *MEASURED_WITH.finditer(sentence, number.end),
        *MEASURED_WITH.finditer(sentence, 0, number.start),
    ]:
        name = match["name"]
        if METHOD_WORDS.search(name) and not metric_in(name) and not GENERIC.fullmatch(name):
            return str(name)
    return None


def _our(ours: re.Match[str], context: Context) -> str:
    """The paper's own name for what it calls "our model", with the word that tells its kind."""
    if named := [w for w in ours["kind"].split() if re.search(r"[A-Z].*[A-Z\d]|[A-Z]\w*-\w", w)]:
        return " ".join(named)
    kind = " ".join(w for w in ours["kind"].split() if w not in PLAIN_KIND)
    if name := own_name(context):
        return f"{name} ({kind})" if kind else name
    return ours.group(0)


def subject(clause: str, context: Context) -> str | None:
    """The noun that "gets", "achieves" or "reaches" a value, where a clause has one and it is a name of something."""
    found = GIVES.search(clause)
    if found is None:
        return None
    who = OPENERS.sub("", found["who"]).strip(" ,")
    who = HELPERS.sub("", WHERE.sub("", who))
    who = re.sub(r"^(?:the|an?|at|on|in)\s+", "", who, flags=re.IGNORECASE)
    who = re.split(r"\s+(?:trained|fine-?tuned|using|with|for)\b", who)[0]
    if not 1 <= len(who.split()) <= 5 or not re.search(r"[A-Za-z]{3}", who):
        return None
    if (
        NOBODY.search(who)
        or GENERIC.fullmatch(who)
        or re.match(r"\w+ing\b", who)
        or metric_in(who)
        or re.search(r"%|=|\b(?:of|for|with|in|on|using)\b", who)
    ):
        return None
    return None if context.dataset_in(who) == who else who


def _align(
    sentence: str,
    values: Sequence[Stated],
    out: list[Whose],
    context: Context,
    placed: Sequence[tuple[int, int, str]],
) -> None:
    """Lists of names beside lists of values: "0.95 and 0.97 for A and B respectively"."""
    runs: dict[int, list[int]] = {}
    for k, value in enumerate(values):
        runs.setdefault(value.run, []).append(k)
    for members in runs.values():
        if len(members) < 2:
            continue
        first, last = values[members[0]].number, values[members[-1]].number
        names = _list_beside(sentence, first.start, last.end, len(members))
        if names is None:
            continue
        of_data = {n for _, _, n in placed} | set(context.datasets)
        kind = "condition"
        if all(n in of_data or context.short(n) in of_data for n in names):
            kind = "dataset"
        elif all(re.match(NAME, n) for n in names):
            kind = "method"
        for k, name in zip(members, names, strict=True):
            setattr(out[k], kind, name)
            out[k].reasons += (ORDERED,)
    paired = [CONDITION.match(sentence[v.number.end :]) for v in values]
    if len(values) > 1 and all(paired):
        texts = [p["what"] for p in paired if p]
        if len(set(texts)) == len(texts):
            for one, text in zip(out, texts, strict=True):
                if one.method and any(fold(one.method) in fold(t) for t in texts):
                    # "91.2 for assisted reads and 83.3 for unassisted reads"
                    one.method = text.strip()
                elif one.condition is None and not context.dataset_in(text):
                    one.condition = text.strip()


def _list_beside(sentence: str, start: int, end: int, count: int) -> list[str] | None:
    """The list of so many names or settings that "respectively" ties to the values, or the only list of names before them."""
    respectively = re.search(r"\brespectively\b", sentence)
    after = sentence[end:]
    if respectively and respectively.start() > end:
        told = after[: respectively.start() - end]
        if items := _items(told, count):
            return items
    before = sentence[:start]
    if respectively and respectively.end() <= start:
        before = sentence[: respectively.start()]
        if items := _items(before, count):
            return items
    lists = [m.group(0) for m in NAMES.finditer(before)]
    split = [re.split(AND, text) for text in lists]
    split = [s for s in split if len(s) == count and not any(metric_in(n) for n in s)]
    return split[-1] if len(split) == 1 or (split and respectively) else None


def _items(text: str, count: int) -> list[str] | None:
    """A list of so many items after the last preposition of a text."""
    for pattern in (VALUES, NAMES):
        for match in reversed(list(pattern.finditer(text))):
            items = re.split(AND, match.group(0).strip())
            if len(items) == count:
                head = HEAD.search(text[: match.start()]) if pattern is VALUES else None
                return [f"{head['head'] if head else ''} {i.strip()}".strip() for i in items]
    for match in reversed(list(PREPOSITION.finditer(text))):
        items = [i.strip() for i in re.split(AND, text[match.end() :].strip(" ,"))]
        if len(items) == count and all(1 <= len(i.split()) <= 5 for i in items):
            return items
    return None
