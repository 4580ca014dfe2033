"""Notebooks of clustering, of probabilities and of predictive distributions, run for real in a kernel of their own."""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from p2n_ext.catalog import datasets
from p2n_ext.catalog import metrics as catalogue
from p2n_ext.catalog.notebooks import CatalogNotebookBuilder
from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.events import MetricUpdate, SamplePrediction
from p2n_schemas.papers import Paper
from p2n_schemas.plans import PlanBody

METRIC, SAMPLE = "application/vnd.p2n.metric+json", "application/vnd.p2n.sample+json"
PAPER = Paper(
    id="p",
    sha256="0" * 64,
    title="t",
    filename="f",
    size_bytes=1,
    pages=1,
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
)


def plan(
    dataset: str, protocol: dict[str, Any], experiments: dict[str, tuple[dict[str, Any], list[str]]]
) -> PlanBody:
    """A plan of experiments: by the method's key its parameters and metrics."""
    known = datasets.by_key(dataset)
    split = "all" if protocol["kind"] == "whole" else "test"

    def metric(name: str) -> dict[str, Any]:
        facts = {"goal": 0.5, "tolerance": 0.01, "direction": catalogue.by_key(name).direction}
        return {"name": name, "split": split, "claim_id": "c", **facts}

    return PlanBody.model_validate(
        {
            "dataset": {
                "name": dataset,
                "title": known.title,
                "source": known.source,
                "licence": known.licence,
                "named_in_paper_as": dataset,
            },
            "config": {"framework": "scikit-learn", "seed": 0, "protocol": protocol, "repeats": 2},
            "experiments": [
                {
                    "id": key.replace("_", "-"),
                    "model": {"name": key, "parameters": parameters, "named_in_paper_as": key},
                    "config": {"preprocessing": []},
                    "metrics": [metric(name) for name in names],
                    "fidelity": "exact",
                    "estimated_seconds": 1,
                }
                for key, (parameters, names) in experiments.items()
            ],
            "justifications": [{"subject": "dataset", "quote": {"text": "x", "page": 1}}],
            "estimated_runtime_minutes": 1,
            "license_compliant": known.license_compliant,
            "policy": {"budget_minutes": 5},
        }
    )


CLUSTERING = plan(
    "iris",
    {"kind": "whole"},
    {
        "k_means": ({"restarts": 50}, ["ari", "nmi_max", "purity"]),
        "pca_k_means": ({"restarts": 50, "variance": 0.98}, ["ari"]),
        "spectral_clustering": ({}, ["ari", "nmi_arithmetic"]),
    },
)
PROBABILITIES = plan(
    "breast_cancer",
    {"kind": "kfold", "folds": 3, "stratified": True},
    {
        "gaussian_naive_bayes": ({}, ["accuracy", "auc", "log_loss", "perplexity"]),
        "linear_regression": ({}, ["auc", "accuracy"]),
        "knn": ({"k": 9}, ["accuracy"]),
    },
)
DISTRIBUTIONS = plan(
    "diabetes",
    {"kind": "holdout", "test_rows": 100},
    {
        "split_conformal": ({"splits": 3}, ["crps_median", "crps"]),
        "cross_conformal": ({"underlying": "random_forest", "trees": 5}, ["crps"]),
        "ridge": ({"alpha": 0.1}, ["rmse", "r2"]),
    },
)
PLANS = {"clustering": CLUSTERING, "probabilities": PROBABILITIES, "distributions": DISTRIBUTIONS}


def run(body: PlanBody) -> tuple[dict[tuple[str, str], list[MetricUpdate]], list[SamplePrediction]]:
    node = nbformat.reads(CatalogNotebookBuilder().build(body, [], PAPER).notebook, as_version=4)
    nbformat.validate(node)
    NotebookClient(node, timeout=200, kernel_name="python3").execute()
    data = [o.get("data", {}) for c in node.cells if c.cell_type == "code" for o in c.outputs]
    found = defaultdict(list)
    for entry in (MetricUpdate.model_validate(dict(d[METRIC])) for d in data if METRIC in d):
        found[entry.experiment, entry.name].append(entry)
    return found, [SamplePrediction.model_validate(dict(d[SAMPLE])) for d in data if SAMPLE in d]


def test_clusters_of_all_rows() -> None:
    found, samples = run(CLUSTERING)
    assert {entry.split for entries in found.values() for entry in entries} == {"all"}
    values = {key: [entry.value for entry in entries] for key, entries in found.items()}
    # Abou-Moustafa et al. (2013), table 2, and two starts of 50 that agree
    assert values["k-means", "ari"] == pytest.approx([0.730, 0.730], abs=5e-4)
    assert values["k-means", "nmi_max"] == pytest.approx([0.751, 0.751], abs=5e-4)
    assert values["k-means", "purity"] == pytest.approx([0.893, 0.893], abs=5e-4)
    assert values["spectral-clustering", "ari"][0] > 0.5
    assert {str(item["predicted"])[:8] for s in samples for item in s.items} == {"cluster "}
    assert {item["expected"] for s in samples for item in s.items} == {"setosa"}


def test_labels_scores_and_probabilities_side_by_side() -> None:
    found, samples = run(PROBABILITIES)
    values = {key: entries[0].value for key, entries in found.items()}
    assert values["gaussian-naive-bayes", "auc"] > 0.97
    assert values["linear-regression", "auc"] > 0.98
    assert min(values[key, "accuracy"] for key in ("gaussian-naive-bayes", "linear-regression", "knn")) > 0.9
    assert values["gaussian-naive-bayes", "log_loss"] > 0
    assert values["gaussian-naive-bayes", "perplexity"] > 1
    assert {item["predicted"] for s in samples for item in s.items} <= {"malignant", "benign"}


def test_distributions_beside_numbers() -> None:
    found, samples = run(DISTRIBUTIONS)
    values = {key: entries[0].value for key, entries in found.items()}
    assert values["split-conformal", "crps_median"] < values["split-conformal", "crps"]
    # in the target's unit: better than knowing the target's distribution alone (about 43)
    assert 20 < values["cross-conformal", "crps"] < 40
    assert 40 < values["ridge", "rmse"] < 70
    assert all(isinstance(item["predicted"], float) for s in samples for item in s.items)


@pytest.mark.parametrize("name", PLANS)
def test_the_code_is_pep_8_and_the_same_each_time(name: str, tmp_path: Path) -> None:
    built = CatalogNotebookBuilder().build(PLANS[name], [], PAPER)
    assert built == CatalogNotebookBuilder().build(PLANS[name], [], PAPER)
    target = tmp_path / "notebook.ipynb"
    target.write_text(built.notebook, encoding="utf-8")
    rules = ["--select", "E,W,F,I,N,B,UP", "--ignore", "N803,N806,B905", "--line-length", "100"]
    command = [sys.executable, "-m", "ruff", "check", "--isolated", *rules, str(target)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("dataset", "protocol", "method", "names", "words"),
    [
        ("iris", {"kind": "holdout", "test_fraction": 0.3}, "k_means", ["ari"], "protocol holdout"),
        ("iris", {"kind": "whole"}, "k_means", ["accuracy"], "accuracy from what k_means gives"),
        ("iris", {"kind": "whole"}, "knn", ["ari"], "ari from what knn gives"),
        ("iris", {"kind": "whole"}, "k_means", ["ari", "accuracy"], "in one plan"),
        ("wine", {"kind": "kfold", "folds": 3}, "knn", ["auc"], "auc for 3 classes"),
        ("breast_cancer", {"kind": "kfold", "folds": 3}, "linear_svm", ["log_loss"], "log_loss from what"),
        ("diabetes", {"kind": "kfold", "folds": 3}, "ridge", ["crps"], "crps from what ridge gives"),
        ("diabetes", {"kind": "kfold", "folds": 3}, "knn", ["accuracy"], "classification for diabetes"),
    ],
)
def test_combinations_that_cannot_work_are_refused(
    dataset: str, protocol: dict[str, Any], method: str, names: list[str], words: str
) -> None:
    with pytest.raises(P2NError) as caught:
        CatalogNotebookBuilder().build(plan(dataset, protocol, {method: ({}, names)}), [], PAPER)
    assert caught.value.code is ErrorCode.E_VALIDATION
    assert words in caught.value.info.message
