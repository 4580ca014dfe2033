"""`jupyter p2n exec`: a person's own notebook, run the way that a paper's is."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import Any

from p2n_schemas.api import NotebookRunRequest
from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.runs import Run, RunStatus

from .cli_follow import follow
from .console import Console
from .services import Services

_METRICS = "metrics.json"


async def exec_notebook(arguments: argparse.Namespace, services: Services, console: Console) -> int:
    if arguments.json:
        console.quiet()
    path = Path(arguments.notebook)
    notebook = _notebook(path)
    requirements = (
        _read(Path(arguments.requirements), "a requirements.txt") if arguments.requirements else None
    )
    datasets = [await _dataset(name, services, console) for name in arguments.data]
    with console.stage("lock") as stage:
        request = NotebookRunRequest(
            notebook=notebook,
            name=path.name[:200],
            requirements=requirements,
            datasets=datasets,
            budget_minutes=arguments.budget,
        )
        run = await services.own_notebooks.start(request)
        stage.done(f"env {run.env_hash[:12]}, image {run.image_digest[:19]}")
    run = await follow(run, services, console)
    # Beside the notebook, and a folder a run: what an earlier run left is neither lost nor mixed in.
    folder = Path(arguments.out) if arguments.out else path.parent / f"{path.stem}-p2n" / run.id
    names = await _save(run, folder, services)
    if arguments.json:
        print(run.model_dump_json(indent=2))
    else:
        if _METRICS in names:
            console.metrics(json.loads((folder / _METRICS).read_bytes())["metrics"])
        console.artifacts(run.artifacts, str(folder))
    return 0 if run.status is RunStatus.SUCCEEDED else 1


def _notebook(path: Path) -> dict[str, Any]:
    try:
        notebook = json.loads(_read(path, "a notebook"))
    except ValueError:
        notebook = None
    if not isinstance(notebook, dict):
        raise P2NError(
            ErrorCode.E_NOTEBOOK_INVALID,
            f"{path} is not a notebook: it holds no JSON object.",
            "Save it in JupyterLab (nbformat 4) and give that file.",
        )
    return notebook


def _read(path: Path, what: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise P2NError(
            ErrorCode.E_NOT_FOUND, f"{path} can't be read: {reason}.", f"Give the path of {what}."
        ) from None


async def _dataset(name: str, services: Services, console: Console) -> str:
    """A name that the run can bind; a file is taken in first."""
    path = Path(name)
    if not path.is_file():
        return name
    with console.stage("upload") as stage:
        dataset = await services.datasets.upload(path, path.name)
        stage.done(f"{path.name} as {dataset.name}: $P2N_DATA/{dataset.name}")
        return str(dataset.id)


async def _save(run: Run, folder: Path, services: Services) -> Sequence[str]:
    names = [artifact.name for artifact in run.artifacts if PurePath(artifact.name).name == artifact.name]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            data = await services.runs.artifact(run.id, name)
            await asyncio.to_thread((folder / name).write_bytes, data)
    except OSError as error:
        raise P2NError(
            ErrorCode.E_CONFLICT,
            f"The artifacts can't be written to {folder}: {error.strerror}.",
            f"They are kept in {services.runs.whereabouts(run.id)}; give another --out next time.",
        ) from None
    return names
