"""Whether words of the paper state a setting: they must speak of it, print its value, and not mean another by it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from p2n_schemas.plans import Protocol, TrainingConfig

from ...catalog import methods as catalogue
from ...catalog.methods import Method
from ..planning import statements as prose
from ..planning.statements import COUNT, NORMAL, REAL, TRAINING, count, real
from ..planning.tables import ALIASES
from .planner_quotes import Quoted, names
from .planner_schema import DraftSetting

# words by which a sentence can speak of a setting, besides the setting's own name
_CUES: dict[str, str] = {
    "k": r"neighbors?|\d-?nn",
    "distance": r"metric|norm",
    "C": r"penalt\w+|regulari[sz]ation",
    "hidden": r"units|neurons|nodes|cells|layers? (?:of|with)",
    "cells": r"units|neurons|hidden",
    "loss": r"hinge|l[12]-svm",
    "optimizer": r"sgd|stochastic gradient descent|adam|rmsprop|adagrad",
    "kernel": r"rbf|gaussian|radial|polynomial|filters?|convolution\w*",
    "filters": r"feature maps?|channels|convolution\w*",
    "activation": r"relu|tanh|sigmoid|rectified|logistic",
    "criterion": r"gini|entropy|information gain",
    "trees": r"estimators|stages|rounds|iterations",
    "growth": r"growth rate|k ?=",
    "length": r"truncat\w+|padd\w+",
    "vocabulary": r"most (?:common|frequent) words",
    "embedding": r"dimension\w*",
    "repeats": r"times|runs|repetitions|repeated|trials|seeds|splits|averaged?",
    "seed": r"random[_ ]state",
    "positive_class": r"positive",
}
PREPARED = {
    "standardize": re.compile(r"standardi[sz]|z-?scores?\b|zero mean|unit variance"),
    "minmax": re.compile(
        r"min-?max|(?:scal|normali[sz])\w*[^.]{0,60}(?:\[0, ?1\]|(?:range|interval|between|from) 0)"
    ),
    "none": re.compile(
        r"\b(?:raw|unscaled|unnormalized)\b|\b(?:without|no|not) (?:\w+ )?(?:scal|normali|standardi)"
    ),
}
_GIVEN = re.compile(
    r"\b(?:standard|official|original|default|provided|predefined|given)\b.*\b(?:split|part|train|test)"
)
_SPLIT = re.compile(r"\btest|\bheld[ -]out|\bhold-?out|\bsplit|\bpartition")
_NUMBER = re.compile(rf"(?<![\w.]){REAL} ?(%)?")
# such a number is the name of a thing
_LABEL = re.compile(
    r"(?:tables?|fig(?:ure|s)?\.?|layers?|algorithms?|sec(?:tion)?s?\.?|eqs?\.?|steps?|page) $"
)
_NEAR = 40
_COUNTED = re.compile(rf"\b{COUNT}\b")


def same(left: Any, right: Any) -> bool:
    """Whether two values of a setting are one."""
    numbers = isinstance(left, int | float) and isinstance(right, int | float)
    if numbers and not isinstance(left, bool) and not isinstance(right, bool):
        return math.isclose(left, right, rel_tol=1e-9)
    return bool(left == right)


def normal(setting: DraftSetting) -> Any:
    """The value as the rules write it."""
    value = setting.value
    if setting.name == "preprocessing":
        return "" if value == "none" else value
    return NORMAL.get(value.lower(), value.lower()) if isinstance(value, str) else value


def ill_typed(setting: DraftSetting, method: Method) -> str | None:
    """Why a value can't be that of the method's setting at all."""
    value = setting.value
    if setting.name == "preprocessing":
        return None if value in PREPARED else f"{str(value)[:40]!r} is no preparation that the catalogue has"
    if setting.name in TRAINING:
        try:
            TrainingConfig.model_validate({setting.name: value}, strict=True)
        except ValidationError as error:
            return error.errors()[0]["msg"]
        return None
    default = next((p.default for p in method.parameters if p.name == setting.name), None)
    if setting.name == "gamma" and type(value) in (int, float):
        return None if float(str(value)) > 0 else "it must be above 0"
    kinds: dict[type, tuple[type, ...]] = {bool: (bool,), list: (list,), str: (str,), int: (int,)}
    if type(value) not in kinds.get(type(default), (int, float)):
        return f"{value!r} is no value of that kind"[:120]
    if isinstance(value, list) and not (value and all(type(item) is int and item > 0 for item in value)):
        return "its numbers must be whole and above 0"
    if isinstance(value, int | float) and not (math.isfinite(value) and value >= 0):
        return "it must not be negative"
    if type(default) in (int, type(None)) and not (type(value) is int and value >= 1):
        return "it must be a whole number above 0"
    return None


def unstated(setting: DraftSetting, quoted: Quoted) -> str | None:
    """Why the words do not state a setting; None where they do."""
    where = f"the words of page {quoted.page}"
    value, soft = setting.value, quoted.words.soft
    if setting.name == "preprocessing":
        return None if PREPARED[str(value)].search(soft) else f"{where} do not state it"
    if quoted.denied and value is not False:
        return f"{where} deny something"
    own_name = re.escape(setting.name.lower()).replace("_", "[ _-]")
    aliases = [pattern for pattern, name in ALIASES if name == setting.name]
    cues = "|".join(filter(None, [own_name, *aliases, _CUES.get(setting.name)]))
    spoken = [hit.span() for hit in re.finditer(rf"(?<![a-z])(?:{cues})(?![a-z])", soft)]
    if not spoken:
        return f"{where} do not speak of it"
    if not _prints(value, soft):
        return f"{where} do not print that value"
    if type(value) in (int, float, list) and not _beside(value, soft, spoken):
        return f"{where} print that number of something else"
    read = list(prose.read([quoted.words]))
    others = [s.setting for s in read if s.setting != setting.name and same(s.value, value)]
    if others and not any(s.setting == setting.name for s in read):
        return f"{where} give it for {others[0].replace('_', ' ')}"
    return None


def about_another(quoted: Quoted, method: Method, printed: str) -> str | None:
    """What other methods the words are about, if not about this one."""
    found = {key for s in quoted.context for m in catalogue.mentions(s.soft) for key in m.keys}
    if not found or found & {method.key, *method.built_on}:
        return None
    if any(names(sentence.text, printed) for sentence in quoted.context):
        return None
    return f"the words of page {quoted.page} are about {catalogue.by_key(min(found)).title}"


def states_parts(quoted: Quoted, protocol: Protocol) -> bool:
    """Whether the words say how data was parted."""
    soft = quoted.words.soft
    numbers = _numbers(soft)
    if quoted.denied:
        return False
    if protocol.kind == "given":
        return _GIVEN.search(soft) is not None
    if protocol.kind == "kfold":
        return "fold" in soft and protocol.folds in numbers
    if not _SPLIT.search(soft):
        return False
    if protocol.test_rows is not None:
        return protocol.test_rows in numbers
    share = protocol.test_fraction or 0.0
    written = (share, 1 - share, 100 * share, 100 * (1 - share))
    return any(math.isclose(n, w, rel_tol=1e-6) for n in numbers for w in written)


def _prints(value: Any, soft: str) -> bool:
    if isinstance(value, bool):
        return value or re.search(r"\b(?:no|not|without)\b", soft) is not None
    if isinstance(value, int | float):
        return any(same(number, value) for number in _numbers(soft))
    if isinstance(value, list):
        return all(item in _numbers(soft) for item in value)
    spelled = {value.lower(), *(said for said, normal_ in NORMAL.items() if normal_ == value)}
    return any(
        re.search(rf"(?<![a-z]){re.escape(word).replace('_', '[ _-]')}(?![a-z])", soft) for word in spelled
    )


def _beside(value: Any, soft: str, spoken: list[tuple[int, int]]) -> bool:
    """Whether the number stands within a few words of those that speak of the setting."""
    wanted = value if isinstance(value, list) else [value]
    return any(
        same(number, item) and (max(begin, start) - min(end, stop)) <= _NEAR
        for item in wanted
        for number, start, stop in _placed(soft)
        for begin, end in spoken
    )


def _numbers(soft: str) -> list[float]:
    """All numbers that a sentence prints, a percentage as a share."""
    return [number for number, _, _ in _placed(soft)]


def _placed(soft: str) -> Iterator[tuple[float, int, int]]:
    """Numbers with their place; those that name a table, a figure, a layer are left out."""
    soft = re.sub(r"(?<=\d),(?=\d{3})", "", soft)
    for hit in _COUNTED.finditer(soft):
        if not hit.group().isdigit() and not _LABEL.search(soft[: hit.start()]):
            yield float(count(hit.group())), *hit.span()
    for hit in _NUMBER.finditer(soft):
        if _LABEL.search(soft[: hit.start()]):
            continue
        number = real(hit.group(1))
        yield number / 100 if hit.group(2) else number, *hit.span()
