"""A plan becomes a notebook: nbformat 4, the same bytes for the same plan."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from p2n_schemas.claims import Claim
from p2n_schemas.errors import ErrorCode, P2NError, invalid
from p2n_schemas.papers import Paper
from p2n_schemas.plans import Experiment, Fidelity, PlanBody
from p2n_schemas.runs import DatasetMount

from ...protocols import NotebookBuild
from .. import datasets, methods, metrics
from ..datasets import Dataset
from ..methods import Blueprint, MethodCode
from ..methods.gradient import OPTIMIZERS, SHOW_LOSS
from ..metrics import Metric, Task
from ..names import slug
from ..requirements import requirements_txt
from ..source import Output
from . import frame, prose
from .outputs import output_of

_STANDARD_LIBRARY = frozenset(["gzip", "os", "pathlib", "re", "tarfile", "warnings"])


class CatalogNotebookBuilder:
    """Builds notebooks from the catalogue's cells; `sources` say where their data is fetched from."""

    def __init__(self, sources: datasets.Sources | None = None) -> None:
        self._sources = sources

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

    def check(self, body: PlanBody, claims: Sequence[Claim]) -> list[str]:
        """What a plan says of dataset, licence and claimed values that is not so; of what is unknown `build` tells."""
        try:
            dataset = datasets.of(body.dataset)
            return [*_wrong_facts(body, dataset), *_wrong_goals(body, {claim.id: claim for claim in claims})]
        except (KeyError, ValidationError):
            return []

    def datasets(self, body: PlanBody) -> tuple[DatasetMount, ...]:
        """What the run reads. Raises E_VALIDATION for a dataset that the catalogue does not have."""
        try:
            return (datasets.of(body.dataset).mount(self._sources),)
        except ValidationError as error:
            raise invalid(error) from None
        except KeyError as error:
            raise P2NError(
                ErrorCode.E_VALIDATION,
                f"The catalogue has no dataset called {error}.",
                f"Use one of: {', '.join(entry.key for entry in datasets.ALL)}.",
            ) from error


def _cells(body: PlanBody, claims: dict[str, Claim], paper: Paper) -> tuple[list[dict[str, Any]], set[str]]:
    dataset = datasets.of(body.dataset)
    positive = body.config.positive_class
    if positive is not None and positive not in dataset.classes:
        raise KeyError(positive)
    names = list(dict.fromkeys(metric.name for entry in body.experiments for metric in entry.metrics))
    used = [metrics.by_key(name) for name in names]
    if any(metric.kind == "binary" for metric in used) and positive is None:
        raise KeyError("config.positive_class")
    task, protocol_of_plan = _task(used, dataset), body.config.protocol
    if task == "clustering" and protocol_of_plan.kind != "whole":
        raise KeyError(f"clustering with the protocol {protocol_of_plan.kind}")
    outputs = {entry.id: _output(entry) for entry in body.experiments}
    if protocol_of_plan.kind == "given" and dataset.train_rows is None:
        raise KeyError(f"the protocol given for {dataset.key}, which comes in one part")
    preparing = list(dict.fromkeys(name for entry in body.experiments for name in _preparation(entry, body)))
    protocol, protocol_imports = frame.protocol(protocol_of_plan, bool(dataset.classes), dataset.train_rows)
    if preparing and dataset.input == "text":
        raise KeyError(f"preprocessing of texts ({', '.join(preparing)})")
    prepared, prepared_imports = frame.preparations(preparing)
    written = [_method(entry, dataset, task, outputs[entry.id]) for entry in body.experiments]
    helpers = list({h.name: h for code in written for h in code.helpers}.values())
    returned = set(outputs.values())
    imports = {
        *frame.IMPORTS,
        *dataset.imports(),
        *protocol_imports,
        *prepared_imports,
        *(line for metric in used for line in metric.imports),
        *(line for metric in used for helper in metric.helpers for line in helper.imports),
        *(line for code in written for line in code.imports),
        *(line for helper in helpers for line in helper.imports),
    }
    cells = [
        _text("title", prose.title(paper, body, dataset)),
        _text("claims", prose.claims_table(body, claims)),
        _text("assumptions", prose.assumptions(body)),
        _code("imports", sorted_imports(imports)),
        _code(
            "reporting",
            frame.reporting(dataset.key, body.config.seed, frame.reported_split(protocol_of_plan), task),
        ),
        _text("data-text", prose.data(body, dataset)),
        _code("data", dataset.load_cell(positive)),
        _text("protocol-text", prose.protocol(body)),
        _code("protocol", protocol),
        *([_code("preparation", prepared)] if prepared else []),
        _text("metrics-text", prose.metrics(names, positive)),
        _code("metrics", frame.measuring(used, returned)),
        _code("evaluation", frame.evaluation(SHOW_LOSS in helpers, task, returned)),
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
    packages = {"scikit-learn", *dataset.requirements}
    for entry in body.experiments:
        packages |= set(methods.by_key(entry.model.name).requirements)
    return cells, packages


def _wrong_facts(body: PlanBody, dataset: Dataset) -> Iterator[str]:
    for name, said, known in (
        ("dataset.licence", body.dataset.licence, dataset.licence),
        ("dataset.source", body.dataset.source, dataset.source),
        ("license_compliant", body.license_compliant, dataset.license_compliant),
    ):
        if said != known:
            yield f"{name} is {known!r}, not {said!r}"
    bound = dataset.uploaded
    if bound is not None and not bound.same_data:
        for experiment in body.experiments:
            if experiment.fidelity is not Fidelity.PROXY:
                yield f"{experiment.id}: on data that only stands for the paper's, its fidelity is proxy"


def _wrong_goals(body: PlanBody, claims: Mapping[str, Claim]) -> Iterator[str]:
    for experiment in body.experiments:
        for metric in experiment.metrics:
            claim, known = claims[metric.claim_id], metrics.by_key(metric.name)
            goal = claim.value * known.factor(claim.units, claim.value)
            if not math.isclose(metric.goal, goal, rel_tol=1e-9, abs_tol=1e-9):
                yield f"{experiment.id}: the claim {claim.id} is {goal:g} in {metric.name}'s own unit, not {metric.goal:g}"
            if metric.direction != known.direction:
                yield f"{experiment.id}: {metric.name} is one to {known.direction}"


def _preparation(entry: Experiment, body: PlanBody) -> list[str]:
    return body.config.preprocessing if entry.config.preprocessing is None else entry.config.preprocessing


def _function(entry: Experiment) -> str:
    return f"fit_predict_{entry.id.replace('-', '_')}"


def _task(used: Sequence[Metric], dataset: Dataset) -> Task:
    """The task of all experiments; raises KeyError where metrics do not go together, or not with the data."""
    tasks = {metric.task for metric in used}
    if len(tasks) != 1:
        raise KeyError(f"metrics of {' and '.join(sorted(tasks))} in one plan")
    (task,) = tasks
    if (task == "regression") != (dataset.task == "regression"):
        raise KeyError(f"metrics of {task} for {dataset.key}")
    for metric in used:
        if metric.two_classes and len(dataset.classes) != 2:
            raise KeyError(f"{metric.key} for {len(dataset.classes)} classes")
    return task


def _output(entry: Experiment) -> Output:
    method = methods.by_key(entry.model.name)
    names = [metric.name for metric in entry.metrics]
    output = output_of(method, [metrics.by_key(name) for name in names])
    if output is None:
        raise KeyError(f"{', '.join(names)} from what {method.key} gives ({', '.join(method.gives)})")
    return output


def _method(entry: Experiment, dataset: Dataset, task: Task, output: Output) -> MethodCode:
    """The method's function; parameters that a person left out take the catalogue's defaults."""
    method = methods.by_key(entry.model.name)
    known = {parameter.name: parameter.default for parameter in method.parameters}
    unknown = set(entry.model.parameters) - set(known)
    if unknown or task not in method.tasks:
        raise KeyError(", ".join(sorted(unknown)) or f"{method.key} for {task}")
    if (refused := methods.refusal(method, dataset)) is not None:
        raise KeyError(refused)
    parameters = {**known, **entry.model.parameters}
    for name, value in parameters.items():
        if not _sound(value, known[name]):
            raise KeyError(f"{name}={value!r}")
    if entry.config.optimizer is not None and entry.config.optimizer not in OPTIMIZERS:
        raise KeyError(entry.config.optimizer)
    code = entry.model.generated.source if entry.model.generated else None
    plan = Blueprint(
        _function(entry), parameters, entry.config, len(dataset.classes), output, dataset.image, code
    )
    return method.write(plan)


def _sound(value: Any, default: Any) -> bool:
    """Whether a value, maybe typed by a person, is of the parameter's kind; it becomes source text."""
    if isinstance(default, bool):
        return isinstance(value, bool)
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
    blocks = []
    for standard in (True, False):
        block = sorted(line for line in plain if (line.split()[1] in _STANDARD_LIBRARY) is standard)
        block += [
            _from(module, sorted(names[module], key=_import_order))
            for module in sorted(names)
            if (module in _STANDARD_LIBRARY) is standard
        ]
        blocks += ["\n".join(block)] if block else []
    return "\n\n".join(blocks)


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
