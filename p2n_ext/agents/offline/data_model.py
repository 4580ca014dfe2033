"""Which data a table's results are on, where no heading says it: a small learnt ranking of the names that a paper uses.

Candidates are the data sets that the text speaks of, other proper names that results are given on, and plain phrases
("production data", "brain tumor dataset"). Each is described by where it stands and how it is spoken of; the weights
are in `data_weights`, learnt from labelled papers by `benchmarks/learn_names.py`.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from p2n_ext.documents.tables import Table

from .context import Context, fold
from .data_weights import WEIGHTS
from .lexicon import METHOD_WORDS, STUB_METHOD, known_dataset, metric_in, no_result
from .mentioned import MADE_WITH, NO_DATASET, TASK

MOST = 60
"""candidates looked at in a paper"""
OFTEN = 3
DATA = r"(?:data ?sets?|data|corpus|corpora|benchmarks?|databases?|cohorts?|challenge|competition|collection|images|scans|reviews|records|headlines|tweets|messages|articles|recordings|dialogues|conversations|questions)"
PHRASE = re.compile(
    rf"\b(?P<name>(?:[A-Za-z][\w’'/+-]{{0,40}}\s){{1,3}}{DATA})\b",
)
PROPER = re.compile(
    r"(?<![\w-])(?P<name>(?=[A-Z][\w+/-]{0,30}?[A-Z0-9])[A-Z]\w{0,30}(?:[-+/][A-Z0-9]\w{0,30}){0,5}(?:[- ](?:20\d\d|\d{1,3}[a-z]?|[A-Z][A-Z0-9]+))?|[A-Z][a-z]{3,}(?: [A-Z][a-z]{2,}){0,2})(?![\w-])"
)
# words that begin or make up no name of data
STOP = re.compile(
    r"(?:the|a|an|this|that|these|those|our|their|its|his|of|in|on|for|with|from|to|by|and|or|as|at|is|are|was|were|be|been|we|it|all|each|every|both|some|any|no|such|other|more|most|many|several|few|two|three|four|five"
    r"|same|different|new|original|given|entire|whole|full|training|train|test|testing|validation|input|output|source|target|real|raw|large|small|available|additional|various|multiple|unlabell?ed|labell?ed|using|use|used|between|into|over|only|also|where|when|which|how|not|than|per|one|data|dataset|datasets|high|low|good|these|underlying|observed|missing|own|public|publicly|big|current|first|second|existing|following|standard|common|popular|synthetic|simulated|benchmark|benchmarks)",
    re.IGNORECASE,
)
ON = re.compile(r"\b(?:on|onto)(?: the| our| both)?$")
FROM = re.compile(r"\b(?:from|of|in|for)(?: the| our)?$")
USED = re.compile(
    r"\b(?:use[sd]?|using|collected|obtained|download\w*|evaluat\w*|experiments?|conduct\w*|test(?:ed)?|perform\w*|consists?|contains?|compris\w*|provided|called|released|publish\w*)\b"
)
DATA_AFTER = re.compile(rf"^\s*(?:\[[\d, ]+\]\s*|\([^)]{{0,40}}\)\s*)?(?:[\w-]+\s)?{DATA}\b", re.IGNORECASE)
DATA_SECTION = re.compile(r"\b(?:data ?sets?|data|corpus|corpora|benchmarks?|materials)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A name with what holds for it in the whole paper."""

    name: str
    features: dict[str, float]


@dataclass(slots=True)
class DataNames:
    """The candidates of a paper, found once."""

    context: Context
    candidates: list[Candidate] = field(default_factory=list)

    def ranked(
        self, table: Table | None, methods: frozenset[str] = frozenset(), told: str | None = None
    ) -> list[tuple[float, str]]:
        """(score, name) of each candidate for a table, or for the paper as a whole, the best first.

        `methods` are names, without punctuation in small letters, that stand for methods in that table; `told` is the
        data set that the nearest text names.
        """
        near = near_texts(table, self.context)
        found = []
        for candidate in self.candidates:
            if re.sub(r"\W", "", candidate.name).lower() in methods:
                continue
            features = candidate.features | local_features(candidate.name, near)
            features["told nearest"] = float(candidate.name == told)
            found.append((score(features), candidate.name))
        return sorted(found, key=lambda f: (-f[0], f[1]))


def score(features: Mapping[str, float]) -> float:
    return sum(WEIGHTS.get(k, 0.0) * v for k, v in features.items())


def data_names(context: Context) -> DataNames:
    """The names that a paper may call its data by."""
    names: Counter[str] = Counter()
    for name, said in context.datasets.items():
        if not NO_DATASET.fullmatch(name):
            names[context.whole(context.short(name))] += said + 20
    body = context.body
    for name, said in Counter(m["name"] for m in PROPER.finditer(body)).items():
        if said >= OFTEN and name not in names and _may_be(name, context):
            names[name] += min(said, 19)
    for phrase, said in phrases(body).items():
        if said >= OFTEN - 1 and phrase not in names:
            names[phrase] += min(said, 19)
    kept = [n for n, _ in names.most_common(MOST)]
    whole = DataNames(context)
    lines = [(s.start, s.end) for s in context.sections.all if DATA_SECTION.search(s.title)]
    about = fold(" ".join(body[a:b] for a, b in lines))
    counts = {n: _count(n, body) for n in kept}
    total = max(sum(counts[n] for n in kept if n in context.datasets), 1)
    for rank, name in enumerate(sorted(kept, key=lambda n: -counts[n])):
        whole.candidates.append(
            Candidate(name, paper_features(name, counts[name], total, rank, about, kept, context))
        )
    return whole


def _may_be(name: str, context: Context) -> bool:
    first = name.split()[0]
    return not (
        NO_DATASET.fullmatch(name)
        or MADE_WITH.fullmatch(name)
        or metric_in(name)
        or STOP.fullmatch(first)
        or fold(name) in context.methods
        or (re.fullmatch(r"[A-Z][a-z]+", name) and context.leaning(name) < 0.3)
        or (
            re.fullmatch(r"[A-Z][a-z]+(?: [A-Z][a-z]+)*", name)
            and re.search(rf"\b{name.lower()}\b", context.body)
        )
    )


def phrases(body: str) -> Counter[str]:
    """Plain phrases that end in a word for data, without what only leads up to them."""
    found: Counter[str] = Counter()
    for match in PHRASE.finditer(body):
        words = match["name"].split()
        noun = words.pop()
        if noun == "set" and words:
            noun = f"{words.pop()} set"
        kept: list[str] = []
        for word in reversed(words):
            if STOP.fullmatch(word) or word.endswith((".", ",")):
                break
            kept.insert(0, word)
        if kept and not re.search(r"\d", kept[0][:1]):
            found[f"{' '.join(kept)} {noun}"] += 1
    return found


def _count(name: str, body: str) -> int:
    return len(re.findall(rf"(?<![\w-]){re.escape(name)}(?![\w-])", body, re.IGNORECASE))


def paper_features(
    name: str, count: int, total: int, rank: int, about: str, names: list[str], context: Context
) -> dict[str, float]:
    """What holds of a name wherever a table stands; all from 0 to about 1."""
    body, low = context.body, name.lower()
    on = of = used = after = seen = 0
    for match in re.finditer(rf"(?<![\w-]){re.escape(name)}(?![\w-])", body):
        before, behind = body[max(0, match.start() - 60) : match.start()].rstrip(), body[match.end() :][:60]
        on += bool(ON.search(before))
        of += bool(FROM.search(before))
        used += bool(USED.search(before.rpartition(". ")[2]))
        after += bool(DATA_AFTER.match(behind))
        seen += 1
        if seen >= MOST:
            break
    seen = max(seen, 1)
    leaning = context.leaning(name)
    cast = context.cast.get(low, {})
    longer = [n for n in names if n != name and low in n.lower()]
    abstract = context.abstract
    return {
        "data set of the paper": float(name in context.datasets),
        "named share": min(context.named[name] / seen, 1.0),
        "said": math.log1p(min(count, 60)) / 4,
        "share of all": min(count / total, 1.0),
        "said most": float(rank == 0),
        "among the most said": float(rank <= 3),
        "title": float(_count(name, context.title) > 0),
        "abstract": float(_count(name, abstract) > 0),
        "abstract often": float(_count(name, abstract) > 1),
        "on": on / seen,
        "of": of / seen,
        "used": used / seen,
        "used often": min(used, 5) / 5,
        "data after": after / seen,
        "data after often": min(after, 5) / 5,
        "leans to data": max(0.0, leaning),
        "leans to methods": max(0.0, -leaning),
        "cast as method": cast.get("method", 0.0),
        "cast as data": cast.get("dataset", 0.0),
        "own name": float(name in context.own),
        "words of methods": float(bool(METHOD_WORDS.search(name) or STUB_METHOD.search(name))),
        "metric": float(metric_in(name) is not None),
        "property": float(no_result(name)),
        "task": float(bool(TASK.fullmatch(name))),
        "known": float(known_dataset(name) is not None),
        "digit": float(bool(re.search(r"\d", name))),
        "acronym": float(bool(re.search(r"[A-Z].*[A-Z]", name))),
        "short acronym": float(bool(re.fullmatch(r"[A-Z]{2,3}s?", name))),
        "plain": float(name == low),
        "ends in data": float(bool(re.search(rf"\b{DATA}$", name, re.IGNORECASE))),
        "ends in data set": float(bool(re.search(r"\bdata ?sets?$", name, re.IGNORECASE))),
        "words": min(len(name.split()), 4) / 4,
        "in a longer one": float(bool(longer)),
        "data sections": min(about.count(low), 4) / 4,
        "joined word": float(bool(re.search(r"[a-z][A-Z]|[A-Z]-?\d|[a-z]-[A-Z]", name))),
    }


@dataclass(frozen=True, slots=True)
class Near:
    """Texts about a table, in small letters."""

    caption: str = ""
    mentions: str = ""
    heads: str = ""
    before: str = ""
    scopes: tuple[str, ...] = ()


def near_texts(table: Table | None, context: Context) -> Near:
    if table is None:
        return Near()
    return Near(
        fold(table.caption),
        fold(" ".join(context.mentions(table.label))),
        fold(" ".join(s.title for s in context.sections_about(table.label, table.caption))),
        fold(context.before_mention(table.label)),
        tuple(map(fold, context.scopes_of(table.label, table.caption))),
    )


def local_features(name: str, near: Near) -> dict[str, float]:
    """What holds of a name for one table."""
    low = re.sub(rf"\s{DATA}$", "", name.lower()) or name.lower()
    scope = near.scopes[0] if near.scopes else ""
    later = " ".join(near.scopes[1:])
    return {
        "caption": float(_holds(low, near.caption)),
        "caption on": float(
            bool(re.search(rf"\b(?:on|for|in|of|over)\s+(?:the\s+)?{re.escape(low)}", near.caption))
        ),
        "mentions": float(_holds(low, near.mentions)),
        "mentions on": float(bool(re.search(rf"\b(?:on|for)\s+(?:the\s+)?{re.escape(low)}", near.mentions))),
        "section's heading": float(_holds(low, near.heads)),
        "before": float(_holds(low, near.before)),
        "scope": min(scope.count(low), 4) / 4,
        "wider scopes": min(later.count(low), 4) / 4,
    }


def _holds(low: str, text: str) -> bool:
    at = text.find(low)
    while at >= 0:
        end = at + len(low)
        if not (at and text[at - 1].isalnum()) and not text[end : end + 1].isalnum():
            return True
        at = text.find(low, at + 1)
    return False


def pairs(names: DataNames, table: Table | None) -> Iterator[tuple[str, dict[str, float]]]:
    """Each candidate with its features, to learn from."""
    near = near_texts(table, names.context)
    for candidate in names.candidates:
        yield candidate.name, candidate.features | local_features(candidate.name, near)
