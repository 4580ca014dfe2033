"""A plan becomes a notebook: nbformat 4, the same bytes for the same plan."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from p2n_schemas.claims import Claim
from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.papers import Paper
from p2n_schemas.plans import Experiment, PlanBody
from p2n_schemas.runs import DatasetMount

from ...protocols import NotebookBuild
from .. import datasets, methods, metrics
from ..datasets import Dataset
from ..methods import Blueprint, MethodCode
from ..methods.gradient import OPTIMIZERS
from ..names import slug
from ..requirements import requirements_txt
from . import frame, prose

_STANDARD_LIBRARY = frozenset(["statistics", "warnings"])


class CatalogNotebookBuilder:
    """Builds notebooks from the catalogue's cells."""

    def build(self, body: PlanBody, claims: Sequence[Claim], paper: Paper) -> NotebookBuild:
        """Raises E_VALIDATION where the plan names what the catalogue does not have (a person edits plans)."""
        try:
            cells, packages = _cells(body, {claim.id: claim for claim in claims}, paper)
            requirements = requirements_txt(packages)
        except KeyError as error:
            raise P2NError(
                ErrorCode.E_VALIDATION,
                f"The plan names something that the catalogue does not have: {error}.",
                "Use the names of the catalogue for dataset, methods, parameters, preprocessing and metrics.",
            ) from error
        notebook = {
            "cells": cells,
            "metadata": {
                "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
                "language_info": {"name": "python"},
            },
            "nbformat": 4,
            "nbformat_minor": 5,
        }
        text = json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        return NotebookBuild(notebook=text, requirements=requirements, datasets=self.datasets(body))

    def datasets(self, body: PlanBody) -> tuple[DatasetMount, ...]:
        """What the run reads. Raises E_VALIDATION for a dataset that the catalogue does not have."""
        try:
            return (datasets.by_key(body.dataset.name).mount(),)
        except KeyError as error:
            raise P2NError(
                ErrorCode.E_VALIDATION,
                f"The catalogue has no dataset called {error}.",
                f"Use one of: {', '.join(entry.key for entry in datasets.ALL)}.",
            ) from error


def _cells(body: PlanBody, claims: dict[str, Claim], paper: Paper) -> tuple[list[dict[str, Any]], set[str]]:
    dataset = datasets.by_key(body.dataset.name)
    positive = body.config.positive_class
    if positive is not None and positive not in dataset.classes:
        raise KeyError(positive)
    names = list(dict.fromkeys(metric.name for entry in body.experiments for metric in entry.metrics))
    used = [metrics.by_key(name) for name in names]
    if any(metric.kind == "binary" for metric in used) and positive is None:
        raise KeyError("config.positive_class")
    preparing = list(dict.fromkeys(name for entry in body.experiments for name in _preparation(entry, body)))
    protocol, protocol_imports = frame.protocol(body.config.protocol, bool(dataset.classes))
    prepared, prepared_imports = frame.preparations(preparing)
    written = [_method(entry, dataset) for entry in body.experiments]
    helpers = list({h.name: h for code in written for h in code.helpers}.values())
    imports = {
        *frame.IMPORTS,
        *dataset.imports(),
        *protocol_imports,
        *prepared_imports,
        *(line for metric in used for line in metric.imports),
        *(line for code in written for line in code.imports),
        *(line for helper in helpers for line in helper.imports),
    }
    cells = [
        _text("title", prose.title(paper, body, dataset)),
        _text("claims", prose.claims_table(body, claims)),
        _text("assumptions", prose.assumptions(body)),
        _code("imports", sorted_imports(imports)),
        _code("reporting", frame.reporting(dataset.key, body.config.seed)),
        _text("data-text", prose.data(body, dataset)),
        _code("data", dataset.load_cell(positive)),
        _text("protocol-text", prose.protocol(body)),
        _code("protocol", protocol),
        *([_code("preparation", prepared)] if prepared else []),
        _text("metrics-text", prose.metrics(names, positive)),
        _code("metrics", frame.measuring(used)),
        _code("evaluation", frame.EVALUATE),
        _text("experiments", "## Experiments"),
        *(_code(f"helper-{slug(helper.name)}", helper.source) for helper in helpers),
    ]
    for number, (entry, code) in enumerate(zip(body.experiments, written, strict=True), 1):
        cells.append(_text(f"experiment-{number}-text", prose.experiment(entry)))
        cells.append(_code(f"experiment-{number}", f"{code.source}\n\n\n{_run(entry, body)}"))
    cells += [
        _text("comparison-text", "## Claimed and observed"),
        _code("claimed", frame.claimed(body)),
        _code("comparison-plot", frame.COMPARISON_PLOT),
        _code("comparison-table", frame.COMPARISON_TABLE),
    ]
    packages = {*dataset.requirements}
    for entry in body.experiments:
        packages |= set(methods.by_key(entry.model.name).requirements)
    return cells, packages


def _preparation(entry: Experiment, body: PlanBody) -> list[str]:
    return body.config.preprocessing if entry.config.preprocessing is None else entry.config.preprocessing


def _function(entry: Experiment) -> str:
    return f"fit_predict_{entry.id.replace('-', '_')}"


def _method(entry: Experiment, dataset: Dataset) -> MethodCode:
    """The method's function; parameters that a person left out take the catalogue's defaults."""
    method = methods.by_key(entry.model.name)
    known = {parameter.name: parameter.default for parameter in method.parameters}
    unknown = set(entry.model.parameters) - set(known)
    if unknown or dataset.task not in method.tasks:
        raise KeyError(", ".join(sorted(unknown)) or f"{method.key} for {dataset.task}")
    parameters = {**known, **entry.model.parameters}
    for name, value in parameters.items():
        if not _sound(value, known[name]):
            raise KeyError(f"{name}={value!r}")
    if entry.config.optimizer is not None and entry.config.optimizer not in OPTIMIZERS:
        raise KeyError(entry.config.optimizer)
    return method.write(Blueprint(_function(entry), parameters, entry.config, len(dataset.classes)))


def _sound(value: Any, default: Any) -> bool:
    """Whether a value, maybe typed by a person, is of the parameter's kind; it becomes source text."""
    if isinstance(default, list):
        return (
            isinstance(value, list) and bool(value) and all(type(item) is int and item > 0 for item in value)
        )
    if isinstance(default, str) and isinstance(value, str):
        return value.replace("_", "").isalpha()
    # scikit-learn takes a number in place of some words (gamma), and none for "no bound" (depth)
    return type(value) in (int, float) or (value is None and default is None)


def _run(entry: Experiment, body: PlanBody) -> str:
    names = list(dict.fromkeys(metric.name for metric in entry.metrics))
    listed = ", ".join(f'"{name}"' for name in names)
    return (
        f"evaluate(\n"
        f'    "{entry.id}",\n'
        f"    {_function(entry)},\n"
        f"    preparations=[{', '.join(_preparation(entry, body))}],\n"
        f"    metrics=[{listed}],\n"
        f"    repeats={entry.config.repeats or body.config.repeats},\n"
        f")"
    )


def sorted_imports(lines: Iterable[str]) -> str:
    """Import lines as PEP 8 wants them: the standard library first, names of one module on one line."""
    plain: set[str] = set()
    names: dict[str, set[str]] = {}
    for line in lines:
        if line.startswith("from "):
            module, _, imported = line.removeprefix("from ").partition(" import ")
            names.setdefault(module, set()).add(imported)
        else:
            plain.add(line)
    standard = sorted(line for line in plain if line.split()[1] in _STANDARD_LIBRARY)
    other = sorted(plain - set(standard))
    grouped = [_from(module, sorted(names[module], key=_import_order)) for module in sorted(names)]
    blocks = ["\n".join(standard)] if standard else []
    return "\n\n".join([*blocks, "\n".join([*other, *grouped])])


def _import_order(name: str) -> tuple[int, str]:
    """Constants, then classes, then functions, as import sorters have it."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2), name


def _from(module: str, imported: list[str]) -> str:
    line = f"from {module} import {', '.join(imported)}"
    if len(line) <= 88:
        return line
    return f"from {module} import (\n" + "".join(f"    {name},\n" for name in imported) + ")"


def _text(cell_id: str, source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": cell_id, "metadata": {}, "source": source}


def _code(cell_id: str, source: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": cell_id,
        "metadata": {},
        "outputs": [],
        "source": source,
    }
