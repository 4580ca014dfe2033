"""What a paper says of itself: title, abstract, sections, its datasets and metrics, and where it speaks of a table."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from p2n_ext.documents.pages import Page
from p2n_ext.documents.titles import title_of

from .abbreviations import Abbreviations, abbreviations_in
from .leanings import Leanings
from .lexicon import (
    METRICS,
    STUB_METHOD,
    known_dataset,
    metric_in,
    plain_metric,
)
from .mentioned import NO_DATASET, Mentioned, everyday, given_on, may_be_dataset, mentioned, one_spelling
from .names import clean, heading_text
from .sections import Section, Sections, sections_of

REFERENCES = re.compile(
    r"^\s*(?:\d+\.?\s+|[IVX]+\.?\s+)?(?:references|bibliography|literature cited)\s*$", re.IGNORECASE
)
APPENDIX = re.compile(
    r"^\s*(?:appendix\b.{0,70}|appendices|supplementa(?:ry|l) (?:materials?|information).{0,40}|A\.?(?:1\.?)?\s+[A-Z][A-Za-z][^.]{2,70})$",
    re.IGNORECASE,
)
# the last of these before a name says what the paper does with the data
CUES = re.compile(
    r"\b(?:(?P<tested>experiments?|evaluat\w*|tested|results?|performance|report\w*)|(?P<taught>(?:pre-?)?train\w*))\b"
)
SPREAD = re.compile(r"[^.]{0,160}(?:±|\berror bars?\b|\bplus-minus\b)[^.]{0,160}")


@dataclass(slots=True)
class Context:
    """Facts from the paper's own text; `body` is all text before the references, white space folded."""

    title: str
    abstract: str
    body: str
    datasets: Counter[str] = field(default_factory=Counter)
    aliases: dict[str, str] = field(default_factory=dict)
    metrics: Counter[str] = field(default_factory=Counter)
    own: frozenset[str] = frozenset()
    """names that the paper calls its own"""
    methods: frozenset[str] = frozenset()
    """names, folded, that stand under a heading such as "Method" in the paper's tables"""
    method_names: tuple[str, ...] = ()
    cast: dict[str, dict[str, float]] = field(default_factory=dict)
    """what headings, in small letters, stand for in the paper's tables at a first look: shares by role"""
    named: Counter[str] = field(default_factory=Counter)
    """how often a name stands with "data set" or the like"""
    spreads: tuple[str, ...] = ()
    """sentences that say what its ± are"""
    leanings: Leanings = field(default_factory=lambda: Leanings(""))
    brief: Abbreviations = field(default_factory=Abbreviations)
    sections: Sections = field(default_factory=Sections)
    last_page: int = 10**6

    def leaning(self, name: str) -> float:
        """From -1 (the paper speaks of it as a method) to 1 (as a dataset)."""
        if fold(name) in self.methods:
            return -1.0
        return self.leanings.of(name)

    def mentions(self, label: str) -> list[str]:
        """Sentences that speak of a table; none of one without a number."""
        kind, _, number = label.partition(" ")
        if not number:
            return []
        pattern = re.compile(
            rf"(?:{kind}|Tab\.|Tables?)\s*{re.escape(number)}\b(?P<caption>[.:]\s+(?-i:[A-Z]))?",
            re.IGNORECASE,
        )
        found = []
        for match in pattern.finditer(self.body):
            if match["caption"] and not re.search(
                r"\b(?:in|and|see|of|by|to|from|with)\s$", self.body[: match.start()][-6:]
            ):
                continue
            lo = max(self.body.rfind(". ", 0, match.start()) + 1, match.start() - 300)
            hi = self.body.find(". ", match.end())
            found.append(self.body[lo : min(hi if hi >= 0 else len(self.body), match.end() + 300)].strip())
        return found[:6]

    def before_mention(self, label: str) -> str:
        """The text of its section that leads to the first sentence about a table."""
        for sentence in self.mentions(label)[:1]:
            at = self.body.find(sentence)
            start = next((s.start for s in self.sections.around(at)), 0)
            return self.body[max(start, at - 900) : at]
        return ""

    def sections_about(self, label: str, caption: str) -> list[Section]:
        """The sections that a table is spoken of in, the innermost first; that of its caption where none is."""
        return list(self.sections.around(self._place(label, caption)))

    def scopes_of(self, label: str, caption: str) -> list[str]:
        """The texts that hold for a table, the nearest first."""
        scopes = self.sections.scopes(self._place(label, caption))
        return [" ".join(self.body[s.start : s.end] for s in scope) for scope in scopes if scope]

    def _place(self, label: str, caption: str) -> int:
        for text in [*self.mentions(label)[:1], squeeze(caption)[:60]]:
            if (at := self.body.find(text)) >= 0:
                return at
        return -1

    def caption_dataset(self, caption: str) -> str | None:
        """The dataset that a caption names: after "on" first, else the first one it names."""
        names = [n for n in self.datasets if len(n) > 1]
        found: list[tuple[bool, int, int, str]] = []
        for name in names:
            if match := re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", caption, re.IGNORECASE):
                led = re.search(r"\bon\s+(?:the\s+)?$", caption[: match.start()])
                found.append((led is None, match.start(), -len(name), name))
        if not found:
            return self.dataset_in(caption)
        first = min(found)
        # "on CoNLL-2002 and CoNLL-2003" gives one result for both
        rest = caption[first[1] + len(first[3]) :]
        for _, _, _, other in found:
            if other != first[3] and re.match(
                rf"\s+(?:and|&)\s+(?:the\s+)?{re.escape(other)}(?![\w-])", rest
            ):
                return f"{first[3]} and {other}"
        return self.short(first[3])

    def dataset_in(self, text: str) -> str | None:
        """The paper's dataset that a text names; the most spoken of where there are several."""
        found = self.datasets_in(text)
        return found[0] if found else None

    def datasets_in(self, text: str) -> list[str]:
        low = f" {fold(text)} "
        hits = [n for n in self.datasets if re.search(rf"(?<![\w-]){re.escape(fold(n))}(?![\w-])", low)]
        hits = [n for n in hits if not any(n != m and fold(n) in fold(m) for m in hits)]
        hits.sort(key=lambda n: -self.datasets[n])
        if not hits and (known := known_dataset(text)):
            hits = [known]
        return list(dict.fromkeys(self.short(n) for n in hits))

    def datasets_spoken_of(self, text: str) -> list[str]:
        """The paper's datasets that a text names, those that it names most often first."""
        low = fold(text)
        names = self.datasets_in(text)
        counts = dict.fromkeys(names, 0.0)
        for name in names:
            for match in re.finditer(rf"(?<![\w-]){re.escape(fold(name))}(?![\w-])", low):
                before = low[max(0, match.start() - 70) : match.start()].rpartition(". ")[2]
                cue = [m.lastgroup for m in CUES.finditer(before)][-1:]
                counts[name] += {"tested": 4.0, "taught": 0.5}.get(cue[0] or "", 1.0) if cue else 1.0
        return sorted(names, key=lambda n: -counts[n])

    def main_method(self) -> str | None:
        """The method of its own that the paper speaks of most."""
        return max(self.own, key=lambda n: (self.body.count(n), n), default=None)

    def short(self, name: str) -> str:
        """The paper's own short form of a dataset's name, where it gives one for it or for a longer form."""
        if name in self.aliases:
            return self.aliases[name]
        if named := re.fullmatch(r"(.+?)\s+data ?set", name, re.IGNORECASE):
            return self.short(named[1])
        for long, brief in self.aliases.items():
            if " " in name and f" {fold(name)} " in f" {fold(long)} ":
                return brief
        return name

    def _edition(self, name: str) -> str | None:
        """The edition of a yearly data set that the paper takes its data from: ILSVRC-2012."""
        if not re.fullmatch(r"[A-Z][A-Za-z]*[A-Z][A-Za-z]*", name):
            return None
        used = Counter(
            m["edition"]
            for m in re.finditer(
                rf"(?P<edition>\b{name}[-\s]?[’']?(?:20)?\d\d)\s+(?:\w+\s)?(?:data ?set|data|training|validation|test|images)\b",
                self.body,
            )
        )
        return used.most_common(1)[0][0] if used else None

    def main_dataset(self) -> str | None:
        """The one dataset that the paper is about, if there is one."""
        if not self.datasets:
            return None
        ranked = self.datasets.most_common(2)
        named = self.dataset_in(self.title)
        if named:
            return self.whole(named)
        if len(ranked) > 1 and ranked[1][1] * 2 > ranked[0][1]:
            name = self.dataset_in(self.abstract)
            return self.whole(name) if name else None
        return self.whole(self.short(ranked[0][0]))

    def whole(self, name: str) -> str:
        """The fuller name that the paper gives to a data set, where it calls it by a part of that: an edition, a place."""
        if year := self._edition(name):
            return year
        if short := re.fullmatch(r"(?P<name>[A-Z]+)[-’']?(?P<year>\d\d)", name):
            fuller = [n for n in self.datasets if re.fullmatch(rf"{short['name']}[- ]20{short['year']}", n)]
            if fuller and self.datasets[fuller[0]] > self.datasets[name]:
                return fuller[0]
        longer = [
            n
            for n in self.datasets
            if n != name
            and re.search(rf"(?:^|\s){re.escape(fold(name))}(?:[\s-]|$)", fold(n))
            and self.named[n]
        ]
        best = max(longer, key=lambda n: (self.named[n], self.datasets[n]), default=None)
        return best if best is not None and self.named[best] > self.named[name] else name

    def main_metric(self) -> str | None:
        ranked = self.metrics.most_common(1)
        return ranked[0][0] if ranked else None


def fold(text: str) -> str:
    """For comparing: lower case, white space folded."""
    return re.sub(r"\s+", " ", text).strip().lower()


def squeeze(text: str) -> str:
    """White space folded."""
    return re.sub(r"\s+", " ", text).strip()


def read_context(pages: Sequence[Page]) -> Context:
    """The context of a paper."""
    cut, last = _without_references(pages)
    body = squeeze(" ".join(cut))
    context = Context(title_of(pages) or "", _abstract(body), body, last_page=last)
    context.leanings = Leanings(body)
    context.brief = abbreviations_in(body, context.leaning)
    before = cut[:last]
    context.sections = sections_of("\n".join(before).split("\n"), squeeze(" ".join(before)))
    context.method_names = tuple(dict.fromkeys(_listed(pages, METHODS_HEAD)))
    context.methods = frozenset(map(fold, context.method_names))
    context.spreads = tuple(m.group(0) for m in SPREAD.finditer(body))[:5]
    _take(mentioned(body, context.title, context.leaning), context)
    for name in _captioned(pages):
        if context.leaning(name) > -0.3 and may_be_dataset(name, body, context.title):
            context.datasets[name] = max(context.datasets[name], body.count(name), 1)
    for name in _listed(pages, DATASETS_HEAD):
        if not STUB_METHOD.search(name) and metric_in(name) is None:
            context.datasets[name] = max(context.datasets[name], body.count(name), 1)
    _drop_beginnings(context)
    one_spelling(context.datasets, context.aliases)
    context.own = _own(context)
    for metric in METRICS:
        for match in metric.pattern.finditer(body):
            if metric.direction and match.group(0).lower() != "error":
                context.metrics[plain_metric(match.group(0)).lower()] += 1
    for name in list(context.metrics):
        # these words speak of training more often than of results
        if name in ("errors", "regret", "top-1", "top-5") or "loss" in name:
            del context.metrics[name]
    return context


def context_of_text(text: str, abstract: str) -> Context:
    """The context that a paper's running text alone gives: its datasets and what it calls its own."""
    body = squeeze(text)
    context = Context("", abstract, body)
    context.leanings = Leanings(body)
    _take(mentioned(body, context.title, context.leaning), context)
    context.own = _own(context)
    return context


def _take(found: Mentioned, context: Context) -> None:
    context.datasets, context.named = found.datasets, found.named
    context.aliases.update(found.aliases)


def _drop_beginnings(context: Context) -> None:
    """Leave out a word that is hardly said but as the beginning of a longer name: "Penguin" of "Penguin body mass"."""
    for name in [n for n in context.datasets if re.fullmatch(r"[A-Z][a-z]+", n)]:
        longer = sum(context.body.count(n) for n in context.datasets if n.startswith(f"{name} "))
        if longer > 0.6 * len(re.findall(rf"\b{name}\b", context.body)):
            del context.datasets[name]


def _own(context: Context) -> frozenset[str]:
    return frozenset(
        n
        for n in _own_names(context.body, context.title)
        if not NO_DATASET.fullmatch(n) and not everyday(n, context.body) and context.leaning(n) < 0.3
    )


def _captioned(pages: Sequence[Page]) -> list[str]:
    """Names that the captions of tables give results on."""
    texts = {table.caption for page in pages for _, table in page.tables}
    return sorted({name for text in texts for name in given_on(text)})


DATASETS_HEAD = re.compile(r"\W*(?:data ?sets?|data|corpus|benchmarks?)(?: names?)?\W*$", re.IGNORECASE)
METHODS_HEAD = re.compile(
    r"\W*(?:models?|methods?|algorithms?|classifiers?|approach(?:es)?|systems?|learners?|techniques?)(?: names?)?\W*$",
    re.IGNORECASE,
)


def _listed(pages: Sequence[Page], head: re.Pattern[str]) -> list[str]:
    """Names under a heading such as "Data set" in the paper's tables."""
    names = []
    for page in pages:
        for _, table in page.tables:
            grid = table.grid
            corner = " ".join(
                c.text
                for r in grid.rows
                if r.header
                for c in r.cells
                if c.first == 0 and c.last < max(grid.stubs, 1)
            )
            if not head.match(corner) or grid.stubs < 1:
                continue
            for row in grid.rows:
                if row.header or row.section or not row.cells or row.cells[0].first != 0:
                    continue
                name = clean(heading_text(row.cells[0].atom.words))
                if 2 <= len(name) <= 40 and re.search(r"[A-Za-z]{2}", name) and not SUMMARY.match(name):
                    names.append(name)
    return names


SUMMARY = re.compile(
    r"(?:mean|average|avg|median|rank|mean rank|total|overall|wins?|std|sum|min|max)\b", re.IGNORECASE
)
OWN = re.compile(
    r"(?:\b[Ww]e (?:propose|present|introduce|develop|describe|call)\s+(?:[a-z-]+\s+){0,4}|\b[Oo]ur(?: proposed| new| novel)?\s+(?:[a-z-]+\s+){0,1}|\b(?:which we call|called|named|dubbed|proposed)\s+(?:[a-z-]+\s+){0,2})(?P<name>[A-Z][\w-]{2,})(?! et al| and [A-Z]\w+ \(| \((?:19|20)\d\d)"
)


def _own_names(body: str, title: str) -> frozenset[str]:
    found = Counter(m["name"] for m in OWN.finditer(body))
    if entitled := re.match(r"(?P<name>[A-Z][\w-]{2,})\s?:\s", title):
        # a title set in capitals: the name as the text writes it
        said = Counter(re.findall(rf"(?<![\w-]){re.escape(entitled['name'])}(?![\w-])", body, re.IGNORECASE))
        found.update(dict.fromkeys((n for n, k in said.most_common(1) if k >= 3), 2))
    return frozenset(
        n for n, k in found.items() if k >= 2 or re.search(rf"(?<!\w){re.escape(n)}(?!\w)", title)
    )


def _without_references(pages: Sequence[Page]) -> tuple[list[str], int]:
    """Page texts without the references, and the page where those begin."""
    for index in range(len(pages) - 1, -1, -1):
        if index < len(pages) * 0.25:
            break
        lines = pages[index].text.split("\n")
        for i, line in enumerate(lines):
            if REFERENCES.match(line):
                before = [p.text for p in pages[:index]] + ["\n".join(lines[:i])]
                return before + _appendix(pages[index:], i), pages[index].number
    return [p.text for p in pages], len(pages) + 1


def _appendix(pages: Sequence[Page], first: int) -> list[str]:
    """Page texts from the heading of an appendix on, where one follows the references."""
    for index, page in enumerate(pages):
        lines = page.text.split("\n")
        for i in range(first + 1 if index == 0 else 0, len(lines)):
            if APPENDIX.match(lines[i]):
                return ["\n".join(lines[i:])] + [p.text for p in pages[index + 1 :]]
    return []


def _abstract(body: str) -> str:
    head = body[:9000]
    start = re.search(r"\b(?:abstract|a b s t r a c t|summary)\b[.:—-]?\s", head, re.IGNORECASE)
    if not start:
        return _opening(head)
    rest = head[start.end() :]
    stop = re.search(
        r"\b(?:keywords?|index terms|ccs concepts|categories and subject)\b|(?:\b[1I]\.?\s+introduction\b)|\bintroduction\b",
        rest,
        re.IGNORECASE,
    )
    return rest[: stop.start() if stop else 2500].strip()


def _opening(head: str) -> str:
    """What stands before the introduction, where no heading says that it is the abstract."""
    stop = re.search(r"\b(?:1|I)\.?\s+Introduction\b|\bIntroduction\b|\bINTRODUCTION\b", head)
    return head[: stop.start()][-2000:].strip() if stop and stop.start() > 300 else ""
