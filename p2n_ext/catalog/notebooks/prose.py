"""The notebook's text: what is claimed and where, what was assumed, what each experiment follows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from p2n_schemas.claims import Claim
from p2n_schemas.papers import Paper
from p2n_schemas.plans import Experiment, Justification, PlanBody

from ..datasets import Dataset
from ..metrics import by_key as metric_by_key


def plain(text: str) -> str:
    """Text of the paper that Markdown must not take for markup: no links, images, HTML or tables come of it."""
    return re.sub(r"([\\`*_{}\[\]()#+!|<>~$])", r"\\\1", re.sub(r"\s+", " ", text)).strip()


def title(paper: Paper, body: PlanBody, dataset: Dataset) -> str:
    lines = [
        f"# Reproduction: {plain(paper.title)}",
        "",
        f"A notebook of P2N: it runs {_count(len(body.experiments), 'experiment')} on {dataset.title} and compares what "
        "they give with what the paper claims. It needs nothing of P2N and can be run with "
        "`jupyter execute --inplace notebook.ipynb` wherever the packages of requirements.txt are installed.",
        "",
        *(f"- {sentence}" for sentence in body.explain),
    ]
    return "\n".join(lines)


def claims_table(body: PlanBody, claims: Mapping[str, Claim]) -> str:
    lines = [
        "## What is claimed",
        "",
        "| experiment | metric | claimed | where | the paper's words |",
        "|---|---|---|---|---|",
    ]
    for experiment in body.experiments:
        for metric in experiment.metrics:
            claim = claims.get(metric.claim_id)
            if claim is None:
                lines.append(f"| {experiment.id} | {metric.name} | {metric.goal:g} | | |")
                continue
            units = "" if not claim.units or claim.units in claim.value_printed else f" {claim.units}"
            uncertainty = f" {claim.uncertainty.printed}" if claim.uncertainty else ""
            where = f"{claim.citation.label}, page {claim.citation.page}"
            lines.append(
                f"| {experiment.id} | {metric.name} | {plain(claim.value_printed + uncertainty + units)} | {plain(where)} "
                f"| “{plain(claim.citation.quote[:160])}” |"
            )
    return "\n".join(lines)


def assumptions(body: PlanBody) -> str:
    lines = ["## What the paper does not state, and what was chosen instead", ""]
    lines += [
        f"- **{plain(a.subject)}**: not stated: {plain(a.missing)}. Chosen: {plain(a.choice)}."
        for a in body.assumptions
    ]
    if not body.assumptions:
        lines.append("Nothing had to be assumed.")
    return "\n".join(lines)


def data(body: PlanBody, dataset: Dataset) -> str:
    rows, source, licence = dataset.rows, body.dataset.source, body.dataset.licence
    if dataset.uploaded is not None:
        rows, source, licence = dataset.uploaded.rows, plain(source), plain(licence)
    lines = [
        "## Data",
        "",
        f"{dataset.title}, called “{plain(body.dataset.named_in_paper_as)}” in the paper: "
        f"{_size(rows, dataset)}. Source: {source}. Licence: {licence}.",
    ]
    if body.dataset.subset:
        lines += ["", f"Only a part: {body.dataset.subset}."]
    return "\n".join([*lines, *_quotes([j for j in body.justifications if j.subject == "dataset"])])


def _size(rows: int, dataset: Dataset) -> str:
    if dataset.input == "text":
        return f"{rows} texts"
    return f"{rows} rows, {dataset.columns} features"


def protocol(body: PlanBody) -> str:
    lines = ["## Protocol", ""]
    if body.config.protocol.kind == "given":
        lines.append(
            "Training and test data are the parts that the data comes in; repeat *i* uses the seed SEED + *i*."
        )
    elif body.config.protocol.kind == "whole":
        lines.append("All rows are fitted and evaluated on; repeat *i* uses the seed SEED + *i*.")
    else:
        lines.append("How training and test data are parted; repeat *i* uses the seed SEED + *i*.")
    return "\n".join([*lines, *_quotes([j for j in body.justifications if j.subject.startswith("config")])])


def metrics(names: Sequence[str], positive: str | None) -> str:
    lines = ["## Metrics", ""]
    lines += [f"- `{name}`: {metric_by_key(name).title}" for name in names]
    if positive is not None:
        lines += ["", f"The positive class is “{plain(positive)}”."]
    return "\n".join(lines)


def experiment(entry: Experiment) -> str:
    lines = [
        f"### {plain(entry.model.named_in_paper_as)}",
        "",
        f"In the catalogue: {entry.model.variant or entry.model.name}."
        if entry.model.generated is None
        else f"**Not in the catalogue**: the model {plain(entry.model.generated.written_by)} wrote this function from the "
        "paper's words. It was checked without running it and tried on a part of the data.",
    ]
    if entry.fidelity_reasons:
        lines += ["", f"Fidelity: **{entry.fidelity}**, because", ""]
        lines += [f"- {plain(reason)}" for reason in entry.fidelity_reasons]
    else:
        lines += ["", f"Fidelity: **{entry.fidelity}**."]
    return "\n".join([*lines, *_quotes(entry.justifications)])


def _quotes(entries: Sequence[Justification]) -> list[str]:
    """Each quote once, with all that it is quoted for."""
    subjects: dict[tuple[str, int], list[str]] = {}
    for entry in entries:
        subjects.setdefault((entry.quote.text, entry.quote.page), []).append(entry.subject)
    lines: list[str] = []
    for (text, page), names in subjects.items():
        lines += ["", f"> “{plain(text)}” (page {page}; {', '.join(dict.fromkeys(names))})"]
    return lines


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
