"""The report as an RO-Crate 1.1: what was claimed, what was run and what came of it, to be run again by others.

https://www.researchobject.org/ro-crate/1.1/: `ro-crate-metadata.json` is flattened JSON-LD that describes the folder;
each run is a CreateAction from a notebook, a lock and data to its artifacts.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import IO, Any

from p2n_schemas.papers import Paper
from p2n_schemas.plans import Plan
from p2n_schemas.reports import Report
from p2n_schemas.runs import Run, RunInputs

from . import figures
from .markdown import markdown
from .page import page
from .readme import readme

CONTEXT = "https://w3id.org/ro/crate/1.1/context"
PROFILE = "https://w3id.org/ro/crate/1.1"
METADATA = "ro-crate-metadata.json"
_FORMATS = {
    ".json": "application/json",
    ".jsonl": "application/x-ndjson",
    ".ipynb": "application/x-ipynb+json",
    ".md": "text/markdown",
    ".html": "text/html",
    ".png": "image/png",
    ".pdf": "application/pdf",
    ".gz": "application/gzip",
    ".zip": "application/zip",
    ".py": "text/x-python",
}
_LICENCE = "#licence"
_ACTION_STATUS = "http://schema.org/CompletedActionStatus"
# A zip's own times would make two exports of one report differ.
_TIME = (1980, 1, 1, 0, 0, 0)

Entity = dict[str, Any]


@dataclass(frozen=True)
class RunParts:
    """One run: `artifacts` by name are local files; `requirements` is None where the plan's file is gone."""

    run: Run
    plan: Plan
    inputs: RunInputs
    requirements: str | None
    artifacts: dict[str, Path]


@dataclass(frozen=True)
class CrateParts:
    """All that goes in; `evidence` is PNG by claim id."""

    report: Report
    paper: Paper
    version: str
    runs: Sequence[RunParts]
    evidence: dict[str, bytes] = field(default_factory=dict)
    pdf: Path | None = None


@dataclass(frozen=True)
class _Part:
    path: str
    name: str
    content: bytes | Path
    about: Entity = field(default_factory=dict)

    @property
    def size(self) -> int:
        return self.content.stat().st_size if isinstance(self.content, Path) else len(self.content)


def write_crate(parts: CrateParts, target: IO[bytes]) -> None:
    """Write the zip, file by file: none of them is held whole but those that are made here."""
    listed = [*_report_files(parts), *_evidence(parts)]
    actions: list[Entity] = []
    for run in parts.runs:
        made = list(_run_files(run))
        listed += made
        actions.append(_action(run, made))
    metadata = json.dumps(
        {"@context": CONTEXT, "@graph": _graph(parts, listed, actions)}, indent=2, ensure_ascii=False
    )
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        _add(archive, METADATA, metadata.encode())
        for part in listed:
            _add(archive, part.path, part.content)


def _add(archive: zipfile.ZipFile, path: str, content: bytes | Path) -> None:
    entry = zipfile.ZipInfo(path, _TIME)
    entry.external_attr = 0o644 << 16
    packed = Path(path).suffix in (".png", ".gz", ".zip", ".pdf")
    entry.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
    if isinstance(content, bytes):
        archive.writestr(entry, content)
        return
    entry.file_size = content.stat().st_size
    with content.open("rb") as source, archive.open(entry, "w") as target:
        while block := source.read(1 << 20):
            target.write(block)


def _report_files(parts: CrateParts) -> Iterator[_Part]:
    report = parts.report
    yield _Part("README.md", "How to run this again", readme(parts.paper, report, parts.runs).encode())
    yield _Part("report.json", "The report", report.model_dump_json(indent=2).encode())
    yield _Part("report.md", "The report, to be read", markdown(report).encode())
    yield _Part("report.html", "The report, with plots", page(report).encode())
    script = files(__package__).joinpath("rerun.py").read_bytes()
    code = {"@type": ["File", "SoftwareSourceCode"], "programmingLanguage": {"@id": "#python"}}
    yield _Part("rerun.py", "Runs the notebooks again and compares their numbers", script, code)
    if parts.pdf is not None:
        yield _Part(
            "paper.pdf",
            figures.one_line(parts.paper.title),
            parts.pdf,
            {"license": {"@id": "#paper-licence"}},
        )


def _evidence(parts: CrateParts) -> Iterator[_Part]:
    claims = {verdict.claim.id: verdict.claim for verdict in parts.report.verdicts}
    for claim_id, picture in parts.evidence.items():
        claim = claims[claim_id]
        name = f"{figures.one_line(claim.method)}, {figures.about(claim)}: {claim.value_printed} ({figures.place(claim)})"
        yield _Part(f"evidence/{claim_id}.png", name, picture, {"license": {"@id": "#paper-licence"}})


def _run_files(parts: RunParts) -> Iterator[_Part]:
    inputs, folder = parts.inputs, f"runs/{parts.run.id}"
    about = {
        "plan_id": parts.plan.id,
        "plan_version": parts.plan.version,
        "env_hash": parts.run.env_hash,
        "image_digest": parts.run.image_digest,
        "python_version": inputs.python_version,
        "seed": inputs.seed,
        "datasets": [mount.model_dump(mode="json", exclude={"file": {"url"}}) for mount in inputs.datasets],
    }
    yield _Part(f"{folder}/plan.json", "The plan v1.1", parts.plan.body.model_dump_json(indent=2).encode())
    yield _Part(f"{folder}/run.json", "What rerun.py needs", json.dumps(about, indent=2).encode())
    code = {"@type": ["File", "SoftwareSourceCode"], "programmingLanguage": {"@id": "#python"}}
    yield _Part(f"{folder}/notebook.ipynb", "The notebook that was run", inputs.notebook.encode(), code)
    if parts.requirements is not None:
        yield _Part(f"{folder}/requirements.txt", "Packages asked for", parts.requirements.encode())
    yield _Part(
        f"{folder}/requirements.lock", "Packages with their hashes", inputs.requirements_lock.encode()
    )
    sha256 = {artifact.name: artifact.sha256 for artifact in parts.run.artifacts}
    for name, path in parts.artifacts.items():
        extra = {"sha256": sha256[name]} if name in sha256 else {}
        yield _Part(f"{folder}/{name}", f"{name} of the run", path, extra)


def _action(parts: RunParts, made: Sequence[_Part]) -> Entity:
    run, folder = parts.run, f"runs/{parts.run.id}/"
    results = {folder + name for name in parts.artifacts}
    inputs = [part.path for part in made if part.path not in results]
    entity: Entity = {
        "@id": f"#{run.id}",
        "@type": "CreateAction",
        "name": f"Run {run.id} of version {parts.plan.version} of the plan {parts.plan.id}",
        "instrument": {"@id": f"{folder}notebook.ipynb"},
        "agent": {"@id": "#p2n"},
        "object": [{"@id": path} for path in inputs]
        + [{"@id": f"#data-{m.name}"} for m in parts.inputs.datasets],
        "result": [{"@id": path} for path in sorted(results)],
        "actionStatus": {"@id": _ACTION_STATUS},
    }
    if run.started_at is not None:
        entity["startTime"] = run.started_at.isoformat()
    if run.ended_at is not None:
        entity["endTime"] = run.ended_at.isoformat()
    return entity


def _graph(parts: CrateParts, listed: Sequence[_Part], actions: Sequence[Entity]) -> list[Entity]:
    report, paper = parts.report, parts.paper
    title = figures.one_line(report.title)
    root: Entity = {
        "@id": "./",
        "@type": "Dataset",
        "name": f"Claimed against observed: {title}",
        "description": f"Re-runs of the quantitative claims of “{title}”: {figures.counts(report)}.",
        "datePublished": report.created_at.isoformat(),
        "license": {"@id": _LICENCE},
        "hasPart": [{"@id": part.path} for part in listed],
        "about": {"@id": "#paper"},
        "mentions": [{"@id": action["@id"]} for action in actions],
    }
    article: Entity = {
        "@id": "#paper",
        "@type": "ScholarlyArticle",
        "name": title,
        "identifier": f"sha256:{paper.sha256}",
        "license": {"@id": "#paper-licence"},
    }
    if paper.source_url and paper.source_url.startswith(("http://", "https://")):
        article["url"] = paper.source_url
    return [
        {
            "@id": METADATA,
            "@type": "CreativeWork",
            "conformsTo": {"@id": PROFILE},
            "about": {"@id": "./"},
        },
        root,
        article,
        {
            "@id": _LICENCE,
            "@type": "CreativeWork",
            "name": "As its maker says",
            "description": "Whoever exported this crate decides how its own parts may be used. Quotes, pictures of pages"
            " and data stay under their own licences.",
        },
        {
            "@id": "#paper-licence",
            "@type": "CreativeWork",
            "name": "The paper's own licence",
            "description": "Words and pictures of the paper are quoted as evidence; its licence holds for them.",
        },
        {"@id": "#p2n", "@type": "SoftwareApplication", "name": "P2N", "version": parts.version},
        {
            "@id": "#python",
            "@type": "ComputerLanguage",
            "name": "Python",
            "version": ", ".join(sorted({run.inputs.python_version for run in parts.runs})) or "3",
        },
        {"@id": _ACTION_STATUS, "@type": "DefinedTerm", "name": "completed"},
        *map(_file, listed),
        *_datasets(parts.runs),
        *actions,
    ]


def _file(part: _Part) -> Entity:
    return {
        "@id": part.path,
        "@type": "File",
        "name": part.name,
        "encodingFormat": _FORMATS.get(Path(part.path).suffix, "text/plain"),
        "contentSize": str(part.size),
        **part.about,
    }


def _datasets(runs: Sequence[RunParts]) -> list[Entity]:
    found: dict[str, Entity] = {}
    for parts in runs:
        spec = parts.plan.body.dataset
        for mount in parts.inputs.datasets:
            entity: Entity = {"@id": f"#data-{mount.name}", "@type": "CreativeWork", "name": mount.name}
            if mount.name == spec.name:
                licence = figures.one_line(spec.licence)
                entity |= {"name": figures.one_line(spec.title), "license": licence}
                entity["description"] = (
                    f"Not in this crate; rerun.py loads it. Source: {figures.one_line(spec.source)}"
                )
            found[str(entity["@id"])] = entity
    return list(found.values())
