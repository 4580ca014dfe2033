"""What a paper says of itself: title, abstract, sections, its datasets and metrics, and where it speaks of a table."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from p2n_ext.documents.pages import Page
from p2n_ext.documents.titles import title_of

from .lexicon import EVERYDAY, KNOWN_DATASETS, METRICS, SPLITS, known_dataset, plain_metric
from .names import clean, heading_text

NOUN = r"(?:data ?sets?|corpus|corpora|benchmarks?|databases?|challenge|data)"
NAME = r"[A-Z][\w+./’'&-]*(?:[ -](?:[A-Z0-9][\w+./’'&-]*|of|for|to|in|and)){0,6}"
NAMED = re.compile(
    rf"(?P<name>{NAME})\s*(?:\((?P<short>[A-Z][\w+-]{{1,11}})\)\s*)?(?:\[[\d, ]+\]\s*)?(?:\w+\s)?{NOUN}\b"
)
LEADING = re.compile(
    r"^(?:The|This|These|Our|Each|All|Both|In|On|For|With|From|Using|We|A|An|Training|Test|Testing|Validation|Results?|Table|Figure|Section|New|Of|Since|When|As|If|Given|Large|Real|Synthetic|Most|Many|Some|Two|Three|Several|Other|Unlabeled|Labeled|And|To|By|It|Its|Such|Here|Note|Data|Big|Input|Raw|Source|Target|Original|Additional|Different|Small|Public|Missing|More|Then|While|However|First|Second|Third|Finally|No|Any)\b\s*",
)
REFERENCES = re.compile(
    r"^\s*(?:\d+\.?\s+|[IVX]+\.?\s+)?(?:references|bibliography|literature cited)\s*$", re.IGNORECASE
)
HEADING = re.compile(r"^(?P<number>\d+(?:\.\d+)*|[IVX]+|[A-Z](?:\.\d+)*)\.?\s+(?P<title>[A-Z][^.]{2,80})$")


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
    last_page: int = 10**6

    def mentions(self, label: str) -> list[str]:
        """Sentences that speak of a table."""
        kind, _, number = label.partition(" ")
        pattern = re.compile(
            rf"(?:{kind}|Tab\.|Tables?)\s*{re.escape(number)}\b(?![.:]\s+[A-Z])", re.IGNORECASE
        )
        found = []
        for match in pattern.finditer(self.body):
            lo = max(self.body.rfind(". ", 0, match.start()) + 1, match.start() - 300)
            hi = self.body.find(". ", match.end())
            found.append(self.body[lo : min(hi if hi >= 0 else len(self.body), match.end() + 300)].strip())
        return found[:6]

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

    def short(self, name: str) -> str:
        """The paper's own short form of a dataset's name, where it gives one for it or for a longer form."""
        if name in self.aliases:
            return self.aliases[name]
        for long, brief in self.aliases.items():
            if f" {fold(name)} " in f" {fold(long)} ":
                return brief
        return name

    def main_dataset(self) -> str | None:
        """The one dataset that the paper is about, if there is one."""
        if not self.datasets:
            return None
        ranked = self.datasets.most_common(2)
        named = self.dataset_in(self.title)
        if named:
            return named
        if len(ranked) > 1 and ranked[1][1] * 2 > ranked[0][1]:
            return self.dataset_in(self.abstract)
        return self.short(ranked[0][0])

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
    _datasets(context)
    for name in _listed(pages):
        context.datasets[name] = max(context.datasets[name], body.count(name))
    context.own = _own_names(body, context.title)
    for metric in METRICS:
        for match in metric.pattern.finditer(body):
            if metric.direction and match.group(0).lower() != "error":
                context.metrics[plain_metric(match.group(0)).lower()] += 1
    for name in list(context.metrics):
        # these words speak of training more often than of results
        if name in ("errors", "regret", "top-1", "top-5") or "loss" in name:
            del context.metrics[name]
    return context


def _listed(pages: Sequence[Page]) -> list[str]:
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
            if (
                not re.match(r"\W*(?:data ?sets?|data|corpus|benchmarks?)\W*$", corner, re.IGNORECASE)
                or grid.stubs < 1
            ):
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
    r"(?:\b[Ww]e (?:propose|present|introduce|develop|describe|call)|\b[Oo]ur(?: proposed| new| novel)?|\bcalled|\bnamed|\bdubbed|\bproposed)\s+(?:[a-z-]+\s+){0,4}(?P<name>[A-Z][\w-]{2,})"
)


def _own_names(body: str, title: str) -> frozenset[str]:
    found = Counter(m["name"] for m in OWN.finditer(body))
    return frozenset(
        n for n, k in found.items() if k >= 2 or re.search(rf"(?<!\w){re.escape(n)}(?!\w)", title)
    )


def _without_references(pages: Sequence[Page]) -> tuple[list[str], int]:
    """Page texts up to the references, and the page where those begin."""
    for index in range(len(pages) - 1, -1, -1):
        if index < len(pages) * 0.3:
            break
        lines = pages[index].text.split("\n")
        for i, line in enumerate(lines):
            if REFERENCES.match(line):
                before = [p.text for p in pages[:index]] + ["\n".join(lines[:i])]
                return before, pages[index].number
    return [p.text for p in pages], len(pages) + 1


def _abstract(body: str) -> str:
    head = body[:9000]
    start = re.search(r"\b(?:abstract|a b s t r a c t|summary)\b[.:—-]?\s", head, re.IGNORECASE)
    if not start:
        return ""
    rest = head[start.end() :]
    stop = re.search(
        r"\b(?:keywords?|index terms|ccs concepts|categories and subject)\b|(?:\b[1I]\.?\s+introduction\b)|\bintroduction\b",
        rest,
        re.IGNORECASE,
    )
    return rest[: stop.start() if stop else 2500].strip()


def _datasets(context: Context) -> None:
    body = context.body
    names: Counter[str] = Counter()
    for match in NAMED.finditer(body):
        name = match["name"]
        while (shorter := LEADING.sub("", name)) != name:
            name = shorter
        name = name.strip(" -,.")
        if (
            SPLITS.fullmatch(name)
            or len(name) < 2
            or not re.search(r"[A-Za-z]", name)
            or len(name.split()) > 5
        ):
            continue
        if name.split()[-1].lower() in {"and", "of", "for", "in", "to"}:
            continue
        parts = re.split(r"\s+and\s+(?:the\s+)?", name)
        if len(parts) > 1 and all(p[:1].isupper() for p in parts):
            names.update(p for p in parts if len(p) > 1)
            continue
        if match["short"]:
            context.aliases[name] = match["short"]
            names[match["short"]] += 1
        names[name] += 1
    for match in KNOWN_DATASETS.finditer(body):
        if not (EVERYDAY.fullmatch(match.group(0)) and match.group(0).islower()):
            names[match.group(0)] += 1
    for name in list(names):
        count = len(re.findall(rf"(?<![\w-]){re.escape(name)}(?![\w-])", body))
        if count >= 2 or names[name] >= 2 or KNOWN_DATASETS.fullmatch(name):
            context.datasets[name] = count + names[name]
