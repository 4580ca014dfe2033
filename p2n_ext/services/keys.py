"""Where each object lies in the object store, and what it is called when a person saves it."""

from __future__ import annotations

METRICS = "metrics.json"
EVENTS = "events.jsonl"
LOGS = "logs.txt"
EXECUTED = "executed.ipynb"
FIGURES = tuple(f"figure-{number:02d}.png" for number in range(1, 21))
# What the notebook left in $P2N_ARTIFACTS; and what large logs are stored as.
FILES = "files.zip"
COMPRESSED = (f"{EVENTS}.gz", f"{LOGS}.gz")
RUN_ARTIFACTS = (METRICS, EVENTS, LOGS, EXECUTED, FILES, *COMPRESSED, *FIGURES)
# Lies beside the artifacts and is none: nobody is granted to write it, and it is not listed.
RUN_INPUTS = "inputs.json"

NOTEBOOK = "notebook.ipynb"
REQUIREMENTS = "requirements.txt"
LOCK = "requirements.lock"
PLAN_ASSETS = (NOTEBOOK, REQUIREMENTS, LOCK)

_CONTENT_TYPES = {
    "json": "application/json",
    "jsonl": "application/x-ndjson",
    "txt": "text/plain; charset=utf-8",
    "lock": "text/plain; charset=utf-8",
    "ipynb": "application/x-ipynb+json",
    "png": "image/png",
    "pdf": "application/pdf",
    "svg": "image/svg+xml",
    "zip": "application/zip",
    "gz": "application/gzip",
}


def content_type(name: str) -> str:
    return _CONTENT_TYPES.get(name.rpartition(".")[2], "application/octet-stream")


def paper(paper_id: str) -> str:
    return f"papers/{paper_id}/paper.pdf"


def paper_folder(paper_id: str) -> str:
    return f"papers/{paper_id}"


def story_folder(paper_id: str) -> str:
    return f"{paper_folder(paper_id)}/story"


def story_picture(paper_id: str, sha256: str) -> str:
    return f"{story_folder(paper_id)}/{sha256}.svg"


def plan_asset(plan_id: str, name: str) -> str:
    return f"plans/{plan_id}/{name}"


def plan_folder(plan_id: str) -> str:
    return f"plans/{plan_id}"


def run_artifact(run_id: str, name: str) -> str:
    return f"runs/{run_id}/{name}"


def run_inputs(run_id: str) -> str:
    return f"runs/{run_id}/{RUN_INPUTS}"


def dataset(dataset_id: str) -> str:
    return f"datasets/{dataset_id}/upload"


def dataset_folder(dataset_id: str) -> str:
    return f"datasets/{dataset_id}"


def run_folder(run_id: str) -> str:
    return f"runs/{run_id}"
