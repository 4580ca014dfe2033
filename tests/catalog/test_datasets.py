"""The catalogue's datasets are what scikit-learn ships, byte for byte, with honest licences."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from p2n_ext.catalog import datasets
from p2n_ext.catalog.datasets import Dataset, FetchedData, RunDatasets
from p2n_ext.catalog.datasets.bundled import BundledData, SklearnData

BUNDLED = [dataset for dataset in datasets.ALL if isinstance(dataset, BundledData)]
SKLEARN = [dataset for dataset in datasets.ALL if isinstance(dataset, SklearnData)]


@pytest.mark.parametrize("dataset", SKLEARN, ids=lambda d: d.key)
def test_facts(dataset: SklearnData) -> None:
    from sklearn import datasets as bundled

    data = getattr(bundled, dataset.function)()
    assert data.data.shape == (dataset.rows, dataset.columns)
    if dataset.classes:
        assert tuple(str(name) for name in data.target_names) == dataset.classes
    assert dataset.positive is None or dataset.positive in dataset.classes


@pytest.mark.parametrize("dataset", BUNDLED, ids=lambda d: d.key)
def test_loader_checks_the_data_and_leaves_the_expected_tree(dataset: Dataset, tmp_path: Path) -> None:
    mount = dataset.mount()
    subprocess.run(
        [sys.executable, "-c", mount.loader],
        env={**os.environ, "P2N_DATA": str(tmp_path)},
        check=True,
        timeout=60,
    )
    digest = hashlib.sha256()
    for path in sorted(tmp_path.rglob("*")):
        content = path.read_bytes()
        digest.update(
            str(path.relative_to(tmp_path)).encode() + b"\0" + len(content).to_bytes(8, "big") + content
        )
    assert digest.hexdigest() == mount.sha256
    assert not mount.needs_network
    with (tmp_path / "data.csv").open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    assert isinstance(dataset, BundledData)
    assert len(rows) == dataset.rows == json.loads((tmp_path / "manifest.json").read_text())["rows"]
    assert header[dataset.columns :] == list(dataset.targets)
    if dataset.classes:
        assert {row[-1] for row in rows} == set(dataset.classes)


def test_loader_refuses_other_data(tmp_path: Path) -> None:
    loader = datasets.IRIS.mount().loader.replace("load_iris", "load_wine")
    done = subprocess.run(
        [sys.executable, "-c", loader],
        env={**os.environ, "P2N_DATA": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert "expected" in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("dataset", BUNDLED, ids=lambda d: d.key)
def test_load_cell_runs(dataset: Dataset) -> None:
    scope: dict[str, Any] = {}
    source = "\n".join([*dataset.imports(), dataset.load_cell(dataset.positive)])
    exec(source, scope)
    assert len(scope["X"]) == len(scope["y"]) == dataset.rows
    if dataset.positive is not None:
        assert scope["CLASSES"][scope["POSITIVE"]] == dataset.positive


def test_all_that_scikit_learn_bundles_is_there() -> None:
    from sklearn import datasets as bundled

    # without those that read a person's own files, and two photographs that nothing is predicted of
    others = {
        "load_files",
        "load_svmlight_file",
        "load_svmlight_files",
        "load_sample_image",
        "load_sample_images",
    }
    loaders = {name for name in bundled.__all__ if name.startswith("load_")}
    assert {dataset.function for dataset in SKLEARN} == loaders - others


def test_licences_are_stated_or_said_not_to_be() -> None:
    for dataset in datasets.ALL:
        assert dataset.license_compliant == (dataset.licence not in ("not stated", "not confirmed"))
        assert dataset.licence_note
        if dataset.license_compliant:
            assert re.search(r"\(as .+ states?\b", dataset.licence), "who states it is named"


def test_runs_are_given_the_catalogue_by_name() -> None:
    source = RunDatasets()
    for name in source.names():
        found = source.bind(name)
        assert found is not None
        assert [mount.name for mount in found.mounts] == [name]
        assert "numpy" in found.packages
        assert found.mounts[0].needs_network == isinstance(datasets.by_key(name), FetchedData)
    assert source.bind("boston") is None
