"""What the paper says about the settings of its methods, sentence by sentence."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from ...catalog import methods as catalogue
from ...catalog.methods import Mention
from ..number_words import NUMBER_WORDS
from .quotes import Sentence

# how directly: in a table, in a name that a result is told of, beside the method's name, of all methods, of none
TABLE, TOLD, NAMED, ALL_METHODS, IMPLIED = 5, 4, 3, 2, 1
# settings that a method's own name can carry ("L2-SVM", "RBF SVM")
_IN_NAMES = ("loss", "kernel")

COUNT = r"(\d[\d,]*|" + "|".join(NUMBER_WORDS) + r")"
PERCENT = r"(\d\d(?:\.\d+)?) ?%"
REAL = r"(\d+(?:\.\d+)?(?:e-?\d+)?|10-\d+|\.\d+)"

_RESULT = re.compile(r"\d\.\d+ ?%")


def count(text: str) -> int:
    """A whole number, in digits or as one word."""
    return NUMBER_WORDS[text] if text in NUMBER_WORDS else int(text.replace(",", ""))


def real(text: str) -> float:
    """A number such as 0.01, 1e-3 or 10-3 (for a power that lost its raised exponent)."""
    power = re.fullmatch(r"10-(\d+)", text)
    return float(f"1e-{power.group(1)}") if power else float(text)


@dataclass(frozen=True)
class Statement:
    """A setting that the paper states, for which methods, how directly, and in which words."""

    setting: str
    value: Any
    methods: frozenset[str] | None
    except_methods: frozenset[str]
    strength: int
    page: int
    text: str
    name_holds: str | None = None

    def covers(self, method: str, printed_name: str) -> bool:
        if self.name_holds is not None and self.name_holds not in printed_name.lower():
            return False
        return method not in self.except_methods and (self.methods is None or method in self.methods)


@dataclass(frozen=True)
class Rule:
    """A pattern on softened sentences; its first group that took part is the value."""

    setting: str
    pattern: str
    read: Callable[[str], Any] = str


def _number_or_word(text: str) -> float | str:
    return text if text.isalpha() else real(text)


def _share(text: str) -> float:
    return round(float(text) / 100, 6)


def _hidden(text: str) -> list[int]:
    return [int(width) for width in re.findall(r"\d+", text)]


RULES = (
    Rule("k", rf"\bk ?= ?{COUNT}\b", count),
    Rule("k", rf"\b{COUNT} nearest neighbors\b", count),
    Rule("distance", r"\b(euclidean|manhattan|chebyshev|cosine)\b(?: \(\w+\))? (?:distance|metric|norm)"),
    Rule("C", rf"(?<![\w.])c ?(?:=|was set to|set to|of) ?{REAL}", real),
    Rule(
        "C", rf"(?:penalty|cost|regulari[sz]ation) parameter (?:c )?(?:of|=|is|was|set to| )+ ?{REAL}", real
    ),
    Rule(
        "gamma",
        r"\bgamma (?:=|is|was|set to|of|equal to| )+ ?[\"“'‘]?(scale|auto|\d+(?:\.\d+)?(?:e-?\d+)?)",
        _number_or_word,
    ),
    Rule(
        "kernel",
        r"\b(rbf|gaussian|radial|polynomial|sigmoid)(?: basis)?(?: function)?(?: \(\w+\))? (?:as its )?kernel",
    ),
    Rule("degree", rf"\bdegree (?:=|of|is)? ?{COUNT}", count),
    Rule("loss", r"\b(squared hinge|l2-svm|l1-svm)\b"),
    Rule("trees", rf"\b{COUNT} (?:decision |random )?trees\b", count),
    Rule("trees", rf"\bn_estimators ?= ?{COUNT}", count),
    Rule(
        "trees",
        rf"\bnumber of (?:\w+ )?trees (?:was |is |were |being )?(?:set to|equal to|=|of) ?{COUNT}",
        count,
    ),
    Rule(
        "trees",
        rf"\b{COUNT} (?:boosting (?:rounds|iterations|stages)|(?:weak|base) (?:learners|estimators))",
        count,
    ),
    Rule("alpha", rf"(?<![\w.])(?:alpha|lambda|α|λ) ?(?:=|was set to|set to|of) ?{REAL}", real),
    Rule("clusters", rf"\b{COUNT} clusters\b", count),
    Rule(
        "clusters",
        r"\bnumber of clusters,?(?: k)?(?: \w+){0,4}? (known|given|number of (?:true )?classes)\b",
        lambda known: None,
    ),
    Rule(
        "restarts",
        rf"\b{COUNT} (?:different |random |independent )*(?:restarts?|re-starts?|initiali[sz]ations?|replicates)\b",
        count,
    ),
    Rule("restarts", rf"\b(?:n_init|replicates) ?= ?{COUNT}", count),
    Rule(
        "variance",
        rf"{PERCENT} of (?:the |its )?(?:total |overall |data )?(?:data's )?varia(?:nce|tion)",
        _share,
    ),
    Rule(
        "variance",
        rf"(?:retain|preserv|keep|explain)\w* (?:\w+ ){{0,4}}{PERCENT} (?:of )?(?:the )?variance",
        _share,
    ),
    Rule("folds", rf"\bnumber of folds (?:k )?(?:was |is )?(?:set to|equal to|=|of) ?{COUNT}", count),
    Rule("fraction", rf"\b{PERCENT} ?: ?\d\d ?% splits?\b", _share),
    Rule("splits", rf"\bperform(?:s|ed)? {COUNT} random splits\b", count),
    Rule("tuned", r"\b(?:obtained|found|chosen|reported) by (optimi[sz]ing|tuning|varying)\b"),
    Rule("max_depth", rf"\bmax(?:imum|imal)?[ _]depth ?(?:=|of|was|is|set to| )+ ?{COUNT}", count),
    Rule("criterion", r"\b(gini|entropy|information gain)\b(?: \w+){0,2} (?:criterion|impurity|index)"),
    Rule("criterion", r"\bcriterion(?: \w+){0,3} (gini|entropy)\b"),
    Rule("hidden", r"\b(\d+(?: ?[-×x] ?\d+)+) (?:architecture|hidden)", _hidden),
    Rule(
        "hidden",
        r"hidden layers? (?:of|with|sizes?|containing)(?: size)? \(?(\d+(?:, ?\d+)*)\)? (?:units?|nodes?|neurons?)",
        _hidden,
    ),
    Rule(
        "hidden",
        r"\b(?:network|perceptron|mlp|architecture)s?(?: of size| of| with| sized)? ?\d+((?:[x×]\d+)+)[x×]\d+\b",
        _hidden,
    ),
    Rule("activation", r"\b(relu|tanh|sigmoid|logistic) (?:activations?|non-?linearit)"),
    Rule("activation", r"activation(?: function)?s?(?: \w+){0,5} (relu|tanh|sigmoid|logistic)\b"),
    Rule("epochs", rf"\b{COUNT} (?:training )?epochs\b", count),
    Rule("epochs", rf"\bepochs ?(?:=|was set to|were set to|is|of|:) ?{COUNT}", count),
    Rule(
        "batch_size",
        rf"\b(?:mini-?)?batch[ -]?(?:size)?s? ?(?:=|of(?: size)?|was set to|is|was|size) ?{COUNT}",
        count,
    ),
    Rule("learning_rate", rf"\blearning rate ?(?:\w )?(?:=|of|was set to|set to|is|was|to) ?{REAL}", real),
    Rule(
        "optimizer",
        r"\b(sgd|stochastic gradient descent|adam|rmsprop|adagrad|momentum)\b(?=.*\b(?:used|trained|optimi[sz]|minimi[sz]|"
        r"employ|appl|learn))",
    ),
    Rule(
        "optimizer",
        r"(?:using|uses|used|with|by|use of|trained|optimi[sz]ed|optimi[sz]er)(?: \w+){0,3} (sgd|stochastic gradient descent|adam|rmsprop|adagrad)\b",
    ),
    Rule("dropout", rf"\bdropout (?:rate |probability |of |at |= ?|with |a )+{REAL}", real),
    Rule("batch_normalization", r"(?<!without )(?<!no )\b(batch[ -]normali[sz]ation)\b", lambda stated: True),
    Rule("seed", r"\b(?:random )?seed (?:=|of|was|is|set to|fixed to| )+ ?(\d+)|random_state ?= ?(\d+)", int),
)
NORMAL = {
    "stochastic gradient descent": "sgd",
    "gaussian": "rbf",
    "radial": "rbf",
    "polynomial": "poly",
    "l2-svm": "squared_hinge",
    "squared hinge": "squared_hinge",
    "l1-svm": "hinge",
    "information gain": "entropy",
}
TRAINING = ("epochs", "batch_size", "learning_rate", "optimizer")


def accepts(method: str, setting: str) -> bool:
    """Whether a method has such a setting, or is known to be used with it."""
    entry = catalogue.by_key(method)
    if setting in TRAINING and entry.gradient:
        return True
    if setting == "tuned":
        return any(p.decisive for p in entry.parameters)
    return setting in entry.unsupported or any(p.name == setting for p in entry.parameters)


def read(sentences: list[Sentence]) -> Iterator[Statement]:
    """All statements in the paper's prose; results, others' work and mere advice are passed over."""
    previous: Sentence | None = None
    for sentence in sentences:
        if sentence.own and sentence.factual:
            found = sentence.mentions
            tells = len(_RESULT.findall(sentence.soft)) >= 2 or " accuracy of " in sentence.soft
            for rule in RULES:
                if tells and rule.setting not in _IN_NAMES:
                    continue
                for hit in re.finditer(rule.pattern, sentence.soft):
                    for statement in _statement(rule, hit, sentence, found):
                        told = tells and statement.strength == NAMED
                        yield replace(statement, strength=TOLD) if told else statement
            if previous is not None and re.match(
                r"(?:the|a) same (?:\w+ )?(?:algorithm|optimi[sz]er|method)", sentence.soft
            ):
                yield from _same(previous, sentence, found)
        previous = sentence


def _statement(
    rule: Rule, hit: re.Match[str], sentence: Sentence, found: list[Mention]
) -> Iterator[Statement]:
    raw = next(group for group in hit.groups() if group is not None)
    value = NORMAL.get(raw, rule.read(raw))
    if rule.setting == "seed":
        yield Statement("seed", value, None, frozenset(), ALL_METHODS, sentence.page, sentence.text)
        return
    excluding = re.search(r"\b(?:except|excluding|other than)\b", sentence.soft)
    edge = excluding.start() if excluding else len(sentence.soft)
    fitting = [m for m in found if any(accepts(key, rule.setting) for key in m.keys)]
    excepted = frozenset(key for m in found if m.start > edge for key in m.keys)
    inside = [m for m in fitting if m.start < edge]
    before = [m for m in inside if m.start <= hit.start()]
    scope: frozenset[str] | None
    if before:
        scope, strength = before[-1].keys, NAMED
    elif inside:
        scope, strength = frozenset(key for m in inside for key in m.keys), NAMED
    else:
        everyone = re.search(r"\b(?:all|every|each)\b", sentence.soft)
        scope, strength = None, ALL_METHODS if everyone else IMPLIED
        if found and not everyone and not excepted:
            return  # it speaks of a method that has no such setting
    yield Statement(rule.setting, value, scope, excepted, strength, sentence.page, sentence.text)


def _same(previous: Sentence, sentence: Sentence, found: list[Mention]) -> Iterator[Statement]:
    """ "The same algorithm was used for …": the optimizer of the sentence before."""
    for rule in RULES:
        hit = re.search(rule.pattern, previous.soft) if rule.setting == "optimizer" else None
        keys = frozenset(key for m in found for key in m.keys)
        if hit and keys and previous.page == sentence.page:
            raw = next(group for group in hit.groups() if group is not None)
            yield Statement(
                "optimizer",
                NORMAL.get(raw, raw),
                keys,
                frozenset(),
                NAMED,
                sentence.page,
                f"{previous.text} {sentence.text}",
            )
            return


@dataclass(frozen=True)
class Choice:
    """The value that the paper's statements agree on, with the statement to quote; or how they disagree."""

    value: Any
    statement: Statement | None
    disagreement: str | None = None


def choose(statements: list[Statement], setting: str, method: str, printed_name: str) -> Choice | None:
    """The most direct statement that covers the method; among equals the value stated most often, if it leads 2 to 1.

    What is said of a method holds for those that are built on it.
    """
    keys = (method, *catalogue.by_key(method).built_on)
    fitting = [
        s for s in statements if s.setting == setting and any(s.covers(key, printed_name) for key in keys)
    ]
    if not fitting:
        return None
    strongest = max(s.strength for s in fitting)
    fitting = [s for s in fitting if s.strength == strongest]
    tally: dict[str, list[Statement]] = {}
    for statement in fitting:
        tally.setdefault(repr(statement.value), []).append(statement)
    ranked = sorted(tally.values(), key=len, reverse=True)
    if len(ranked) > 1 and len(ranked[0]) < 2 * len(ranked[1]):
        values = " and ".join(sorted(str(group[0].value) for group in ranked))
        return Choice(None, None, f"the paper gives {values}")
    return Choice(ranked[0][0].value, ranked[0][0])
