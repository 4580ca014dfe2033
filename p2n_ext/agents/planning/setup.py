"""How the paper parts its data and prepares it: splits, folds, repeats, scaling, positive class."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from p2n_schemas.plans import Protocol

from ...catalog import methods as catalogue
from ...catalog.datasets import Dataset
from ...catalog.names import fold
from .quotes import Sentence
from .statements import ALL_METHODS, COUNT, IMPLIED, NAMED, Statement, count

_SPLITS = (
    # 70% for training … 30% for testing
    re.compile(r"(?P<train>\d{2}) ?%[^%]{0,60}?train[^%]{0,80}?(?P<test>\d{2}) ?%[^%]{0,60}?test"),
    re.compile(
        r"train\w*[^%.]{0,30}?\(?(?P<train>\d{2}) ?%\)?[^%]{0,40}?test\w*[^%.]{0,30}?\(?(?P<test>\d{2}) ?%"
    ),
    # 70/30 split, a 80-20 partition
    re.compile(r"(?P<train>\d{2}) ?%? ?[/:-] ?(?P<test>\d{2})(?!\d)[^.]{0,60}?(?:split|partition|train)"),
    re.compile(r"(?:split|partition\w*)[^.%]{0,30}? (?P<train>\d{2}) ?%? ?[/:-] ?(?P<test>\d{2})(?!\d)"),
    # 30% of the data is held out
    re.compile(
        r"(?P<test>\d{2}) ?% of (?:the )?(?:\w+ )?(?:data|samples|instances|examples|dataset)[^.]{0,40}?(?:held out|test)"
    ),
    re.compile(r"test[_ ]size ?(?:=|of) ?0?\.(?P<fraction>\d+)"),
)
# rows of each part; they count where they add up to the dataset's
_ROWS = (
    re.compile(
        r"train\w*(?: \w+){0,2} of (?:length|size) (?:n ?= ?)?(?P<train>\d[\d,]*)[^.]{0,60}?test\w*(?: \w+){0,2} of (?:length|size) (?P<test>\d[\d,]*)"
    ),
    re.compile(
        r"(?P<train>\d[\d,]*) (?:\w+ ){0,4}?train\w*[^.]{0,40}? (?P<test>\d[\d,]*) (?:\w+ ){0,4}?test\w*"
    ),
    re.compile(
        r"train\w*[^.\d]{0,30}\(?(?P<train>\d[\d,]*)[^.]{0,40}?test\w*[^.\d]{0,30}\(?(?P<test>\d[\d,]*)"
    ),
)
# a part of the training data that a method sets aside for itself is no test data
_INNER = re.compile(
    r"\bcalibration\b|\bproper training\b|splits? of the training|split the training|validation set"
)
_FOLDS_BY_SEED = re.compile(
    r"\bfolds?\b[^.]*\b(?:obtained|generated|created|made|built|drawn|formed)\b[^.]*\bseeds?\b"
)
_FOLDS = re.compile(rf"\b{COUNT}-? ?folds?[ -](?:\w+ )?cross[ -]?validat")
_REPEATS = (
    re.compile(rf"\brepeated (?:the \w+ )?{COUNT} times\b"),
    re.compile(
        rf"\b{COUNT} (?:independent |random |different |separate )*(?:repetitions|repeats|runs|trials|splits|seeds|partitions)\b"
    ),
    re.compile(rf"\baveraged? over {COUNT}\b"),
)
_POSITIVE = (
    re.compile(r"\b(\w+) (?:class )?(?:as|is|was|being) the positive class"),
    re.compile(r"positive class (?:is|was|=|being)? ?(?:the )?[\"“'‘]?(\w+)"),
)
# where a mistaken "negative" is a missed disease, the disease is the positive finding
_DIAGNOSIS = re.compile(
    r"\bfalse[ -](?:negative|positive)s?\b.{0,120}\b(?:cancer|disease|malignan\w+|sick\w*|illness)\b"
)
_STANDARD = re.compile(r"standardized|standardscaler|zero mean and unit|z-?scores?\b|z-?normalized")
_MINMAX = re.compile(
    r"min-?max|(?:scaled|normalized|rescaled) (?:in)?to (?:the (?:range|interval) )?\[?0[,; ]"
)
_NORMAL = re.compile(
    r"\b(?:data|features|dataset|inputs|attributes|variables)\b[^.]{0,30} normalized"
    r"|(?<!batch[ -])\bnormalized (?:\w+ )?(?:data|features|dataset|inputs|attributes|variables)"
)
_RAW = re.compile(
    r"\b(?:trained|fitted|used|applied|run) on (?:the )?(?:raw|unscaled|original|unnormalized)\b"
)
_MARKED = re.compile(r"[\"“'‘](\w+)[\"”'’][^.]*\bwithout (?:standardi|scaling|normali|preprocessing)")
_ON_TRAINING = re.compile(r"\b(?:computed|fitted|estimated|calculated|learned)\b[^.]*\btrain")
_ON_ALL = re.compile(
    r"\bdata ?set (?:was|is|were) (?:first )?(?:standardized|normalized|scaled)|fit_transform\(\)?"
)


@dataclass(frozen=True)
class Found:
    """A value with the sentence that states it."""

    value: object
    sentence: Sentence


@dataclass(frozen=True)
class Setup:
    """What was found; null where the paper is silent."""

    protocol: Protocol | None
    protocol_from: Sentence | None
    repeats: int | None
    repeats_from: Sentence | None
    stratified_from: Sentence | None
    positive: str | None
    positive_from: Sentence | None
    names_scikit_learn: Sentence | None
    names_pytorch: Sentence | None
    names_other_software: Sentence | None
    folds_by_seed: Sentence | None
    defaults_from: Sentence | None
    fitted_on: str | None
    fitted_from: Sentence | None


def read(sentences: list[Sentence], dataset: Dataset) -> Setup:
    """The setup of the experiments on `dataset`; of several statements the first counts."""
    own = [s for s in sentences if s.own and s.factual]
    protocol, protocol_from = _protocol(own, dataset)
    stratified = _first(own, re.compile(r"\bstratif"))
    if protocol is not None and stratified is not None:
        protocol = protocol.model_copy(update={"stratified": True})
    repeats_from, repeats = _first_count([s for s in own if not _splits_itself(s)], _REPEATS)
    positive, positive_from = _positive(own, dataset)
    trained, everything = _first(own, _ON_TRAINING, _STANDARD), _first(own, _ON_ALL)
    return Setup(
        protocol=protocol,
        protocol_from=protocol_from,
        repeats=repeats,
        repeats_from=repeats_from,
        stratified_from=stratified,
        positive=positive,
        positive_from=positive_from,
        names_scikit_learn=_first(sentences, re.compile(r"\bscikit-? ?learn|\bsklearn")),
        names_other_software=_first(
            own, re.compile(r"\b(?:matlab|weka|spss|stata|mathematica|rapidminer|r package|caret)\b")
        ),
        folds_by_seed=_first(own, _FOLDS_BY_SEED) if protocol and protocol.kind == "kfold" else None,
        names_pytorch=_first(own, re.compile(r"\bpytorch\b|\btorch\b")),
        defaults_from=_first(
            own,
            re.compile(
                r"\bdefaults?\b.*(?:scikit|sklearn|parameters|settings|values)|(?:parameters|settings).*\bdefaults?\b"
            ),
        ),
        fitted_on="train" if trained else "all" if everything else None,
        fitted_from=trained or everything,
    )


def _first(sentences: list[Sentence], *patterns: re.Pattern[str]) -> Sentence | None:
    return next((s for s in sentences if all(p.search(s.soft) for p in patterns)), None)


def _first_count(
    sentences: list[Sentence], patterns: tuple[re.Pattern[str], ...]
) -> tuple[Sentence | None, int | None]:
    for pattern in patterns:
        for sentence in sentences:
            hit = pattern.search(sentence.soft)
            if hit and 1 < count(hit.group(1)) <= 1000:
                return sentence, count(hit.group(1))
    return None, None


def is_cross_validated(sentences: list[Sentence]) -> bool:
    """Whether the paper's own experiments are cross-validated, with no validation set beside the folds."""
    own = [s.soft for s in sentences if s.own and s.factual]
    parts = re.compile(r"\bvalidation (?:set|split|part|partition|data)\b")
    return any(map(_FOLDS.search, own)) and not any(map(parts.search, own))


def _splits_itself(sentence: Sentence) -> bool:
    """Whether the splits of a sentence are those that a method makes of its training data."""
    if _INNER.search(sentence.soft):
        return True
    keys = {key for mention in sentence.mentions for key in mention.keys}
    return any(p.name == "splits" for key in keys for p in catalogue.by_key(key).parameters)


def _protocol(sentences: list[Sentence], dataset: Dataset) -> tuple[Protocol | None, Sentence | None]:
    for sentence in sentences:
        hit = _FOLDS.search(sentence.soft)
        if hit and count(hit.group(1)) > 1:
            return Protocol(kind="kfold", folds=count(hit.group(1))), sentence
    for pattern in _ROWS:
        for sentence in sentences:
            for hit in pattern.finditer(sentence.soft):
                train, test = count(hit["train"]), count(hit["test"])
                if test and train + test == dataset.rows:
                    return Protocol(kind="holdout", test_rows=test), sentence
    outer = [s for s in sentences if not _splits_itself(s)]
    for pattern in _SPLITS:
        for sentence in outer:
            hit = pattern.search(sentence.soft)
            fraction = _test_fraction(hit) if hit else None
            if fraction is not None:
                return Protocol(kind="holdout", test_fraction=fraction), sentence
    return None, None


def _test_fraction(hit: re.Match[str]) -> float | None:
    parts = hit.groupdict()
    if parts.get("fraction"):
        return float(f"0.{parts['fraction']}")
    test = int(parts["test"])
    if parts.get("train") and int(parts["train"]) + test != 100:
        return None
    return test / 100 if 0 < test < 100 else None


def _positive(sentences: list[Sentence], dataset: Dataset) -> tuple[str | None, Sentence | None]:
    classes = {fold(name): name for name in dataset.classes}
    for pattern in _POSITIVE:
        for sentence in sentences:
            hit = pattern.search(sentence.soft)
            if hit and fold(hit.group(1)) in classes:
                return classes[fold(hit.group(1))], sentence
    diagnosis = _first(sentences, _DIAGNOSIS) if dataset.positive is not None else None
    return (dataset.positive, diagnosis) if diagnosis is not None else (None, None)


def preprocessing(sentences: list[Sentence]) -> Iterator[Statement]:
    """How features are prepared: "standardize", "minmax", "normalize" (which kind is not said) or nothing ("")."""
    for sentence in sentences:
        if not (sentence.own and sentence.factual):
            continue
        soft = sentence.soft
        marked = _MARKED.search(soft)
        if marked:
            yield Statement(
                "preprocessing", "", None, frozenset(), NAMED, sentence.page, sentence.text, marked.group(1)
            )
            continue
        keys = frozenset(key for m in sentence.mentions for key in m.keys)
        raw, kind = _RAW.search(soft), _kind(soft)
        if raw and not kind:
            yield Statement(
                "preprocessing",
                "",
                keys or None,
                frozenset(),
                NAMED if keys else IMPLIED,
                sentence.page,
                sentence.text,
            )
        elif kind and not re.search(r"\braw\b|\bwithout\b|%", soft):
            strength = NAMED if keys else ALL_METHODS
            yield Statement(
                "preprocessing", kind, keys or None, frozenset(), strength, sentence.page, sentence.text
            )


def _kind(soft: str) -> str | None:
    if _STANDARD.search(soft):
        return "standardize"
    if _MINMAX.search(soft):
        return "minmax"
    return "normalize" if _NORMAL.search(soft) else None
