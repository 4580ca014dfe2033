"""The crate's README: what it is, and the one command that runs it again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from p2n_schemas.papers import Paper
from p2n_schemas.plans import Plan
from p2n_schemas.reports import Report
from p2n_schemas.runs import Run, RunInputs

from . import figures
from .markdown import escaped


class RunBehind(Protocol):
    @property
    def run(self) -> Run: ...
    @property
    def plan(self) -> Plan: ...
    @property
    def inputs(self) -> RunInputs: ...


def command(python_version: str) -> str:
    """The one command; any image with this Python will do."""
    return f'docker run --rm -v "$PWD":/crate python:{python_version}-slim python3 /crate/rerun.py'


def readme(paper: Paper, report: Report, runs: Sequence[RunBehind]) -> str:
    lines = [
        f"# {escaped(report.title)}",
        "",
        f"What this paper claims against what was measured: {figures.counts(report)}. Read `report.html` (with plots) or",
        "`report.md`; `report.json` has every rule, quote and page. This folder is an RO-Crate 1.1.",
        "",
    ]
    if not runs:
        lines += ["No claim was run, so there is nothing to run again.", ""]
        return "\n".join(lines)
    version = runs[0].inputs.python_version
    lines += [
        "## Run it again",
        "",
        "    " + command(version),
        "",
        "It installs what `requirements.lock` names, by hash; loads the data and checks its digest; runs each notebook; and",
        "compares the new `metrics.json` with the one here, byte for byte. What it makes lies in `rerun/`. Give it a run's",
        "name to run that one alone. Behind a proxy or a mirror, pass pip's own variables (`-e PIP_INDEX_URL=…`).",
        "Another kind of processor may round differently; then the command says which numbers differ and by how much.",
        "",
        "The notebook runs in the container with the network on: look at it first where you do not trust it.",
        "",
        "## Runs",
        "",
    ]
    for parts in runs:
        dataset = parts.plan.body.dataset
        lines.append(
            f"- `runs/{parts.run.id}`: version {parts.plan.version} of the plan {parts.plan.id}, on"
            f" {escaped(dataset.title)} (licence: {escaped(dataset.licence)}; source: {escaped(dataset.source)}),"
            f" Python {escaped(parts.inputs.python_version)}, image {escaped(parts.run.image_digest)}"
        )
        lines += [
            f"  - needs your own data file `{mount.file.filename}` (sha256 {mount.file.sha256}) in the folder `data/`"
            for mount in parts.inputs.datasets
            if mount.file is not None
        ]
    lines += [
        "",
        f"The paper itself (sha256 {paper.sha256}) is here only where `paper.pdf` is; its licence decides who may pass it on.",
        "",
    ]
    return "\n".join(lines)
