"""The methods; to add one, write its file and put it into ALL."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ..datasets.base import Dataset
from ..names import fold, in_prose, match
from . import (
    adaboost,
    conformal,
    decision_tree,
    discriminant_analysis,
    gaussian_process,
    generated,
    gradient_boosting,
    k_means,
    kernel_svm,
    knn,
    lasso,
    linear_regression,
    linear_svm,
    mlp,
    naive_bayes,
    random_forest,
    ridge,
    softmax_regression,
    spectral_clustering,
    torch_charcnn,
    torch_cnn,
    torch_densenet,
    torch_fasttext,
    torch_gru_svm,
    torch_mlp,
    torch_recurrent,
    torch_resnet,
    torch_textcnn,
)
from .base import Blueprint, Helper, Method, MethodCode, Parameter, Shape, by_gradient

ALL: tuple[Method, ...] = (
    knn.METHOD,
    linear_regression.METHOD,
    ridge.METHOD,
    lasso.METHOD,
    softmax_regression.METHOD,
    linear_svm.METHOD,
    kernel_svm.METHOD,
    naive_bayes.METHOD,
    discriminant_analysis.LINEAR,
    discriminant_analysis.QUADRATIC,
    decision_tree.METHOD,
    random_forest.METHOD,
    gradient_boosting.METHOD,
    adaboost.METHOD,
    gaussian_process.METHOD,
    conformal.SPLIT,
    conformal.CROSS,
    k_means.METHOD,
    k_means.ON_COMPONENTS,
    spectral_clustering.METHOD,
    mlp.METHOD,
    torch_mlp.METHOD,
    torch_cnn.METHOD,
    torch_resnet.METHOD,
    torch_densenet.METHOD,
    torch_textcnn.METHOD,
    torch_charcnn.METHOD,
    torch_recurrent.LSTM,
    torch_recurrent.GRU,
    torch_fasttext.METHOD,
    torch_gru_svm.METHOD,
)

# words that say how the features were prepared, in front of or behind any method's name
_RAW = r"(?:un(?:scaled|normalized|standardized)|raw|no (?:scaling|standardization)|without (?:scaling|standardization))"
_SCALED = r"(?:standardized|scaled|normalized|with (?:scaling|standardization)|z scored)"


@dataclass(frozen=True)
class Understood:
    """A method's printed name, understood to the last word.

    `candidates` has more than one member where the name is shared; `preprocessing` is null where the name is silent.
    """

    candidates: tuple[Method, ...]
    parameters: dict[str, Any]
    preprocessing: list[str] | None


@dataclass(frozen=True)
class Mention:
    """A method named in a softened sentence, from `start` to `end`."""

    keys: frozenset[str]
    start: int
    end: int


def by_key(key: str) -> Method:
    """Raises KeyError for a name that the catalogue does not have."""
    for method in (*ALL, generated.METHOD):
        if method.key == key:
            return method
    raise KeyError(key)


def refusal(method: Method, dataset: Dataset) -> str | None:
    """Why a method can't be run on such data; none where it can."""
    if method.input == dataset.input or (method.input == "table" and dataset.input == "image"):
        return None
    wanted = {"table": "numeric features", "image": "images", "text": "texts"}
    return f"{method.title} needs {wanted[method.input]}, and {dataset.title} holds {_HOLDS[dataset.input]}"


_HOLDS = {"table": "a table of features", "image": "images", "text": "texts"}


def understand(name: str) -> Understood | str:
    """The method that a paper means by `name`, or the words that kept it from being understood."""
    folded = fold(name)
    best, leftovers = 0, folded
    candidates: list[Method] = []
    for method in ALL:
        found = match(folded, method.names, (*method.qualifiers, _RAW, _SCALED))
        if found is None:
            continue
        if found.leftovers:
            leftovers = (
                " ".join(found.leftovers) if len(found.leftovers) < len(leftovers.split()) else leftovers
            )
            continue
        if found.taken > best:
            best, candidates = found.taken, [method]
        elif found.taken == best:
            candidates.append(method)
    if not candidates:
        return leftovers
    hinted = [m for m in candidates if m.hint is None or re.search(m.hint, folded)]
    chosen = tuple(hinted or candidates)
    preprocessing = None
    if re.search(rf"\b{_RAW}\b", folded):
        preprocessing = []
    elif re.search(rf"\b{_SCALED}\b", folded):
        preprocessing = ["standardize_train"]
    parameters = chosen[0].from_name(folded)
    penalty = re.search(r"\bc=(\d+(?:\.\d+)?)", folded)
    if penalty and any(p.name == "C" for p in chosen[0].parameters):
        parameters["C"] = float(penalty.group(1))
    return Understood(chosen, parameters, preprocessing)


def mentions(softened: str) -> list[Mention]:
    """All methods named in a softened sentence (`names.soften`), in order; of overlapping ones the longest."""
    found: list[Mention] = []
    for method in ALL:
        for pattern in method.names:
            if re.fullmatch(r"\w{1,3}", pattern.replace(r"\d", "")) and pattern in (
                "lr",
                "rr",
                "nb",
                "dt",
                "rf",
                "ols",
                "ann",
            ):
                continue  # two letters in prose are as often something else
            for hit in re.finditer(in_prose(pattern), softened):
                keys = frozenset([method.key])
                if method.hint is not None:
                    before = re.split(r"[,;:.]", softened[max(0, hit.start() - 25) : hit.start()])[-1]
                    after = re.split(r"[,;:]|\. | and ", softened[hit.end() : hit.end() + 40])[0]
                    rivals = [m for m in ALL if m.hint is not None]
                    hinted: list[str] = []
                    for window in (f"{before}{hit.group()}", after):
                        hinted = hinted or [m.key for m in rivals if re.search(m.hint or "", window)]
                    keys = frozenset(hinted or [m.key for m in rivals])
                found.append(Mention(keys, hit.start(), hit.end()))
    found.sort(key=lambda m: (m.start, -(m.end - m.start)))
    kept: list[Mention] = []
    for mention in found:
        if kept and mention.start < kept[-1].end:
            if (mention.start, mention.end) == (kept[-1].start, kept[-1].end):
                kept[-1] = Mention(kept[-1].keys | mention.keys, mention.start, mention.end)
            continue
        kept.append(mention)
    return kept


__all__ = [
    "ALL",
    "Blueprint",
    "Helper",
    "Mention",
    "Method",
    "MethodCode",
    "Parameter",
    "Shape",
    "Understood",
    "by_gradient",
    "by_key",
    "mentions",
    "refusal",
    "understand",
]
