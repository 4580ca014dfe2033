"""The catalogue's datasets are what scikit-learn ships, byte for byte, with honest licences."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from p2n_ext.catalog import datasets
from p2n_ext.catalog.datasets import Dataset


@pytest.mark.parametrize("dataset", datasets.ALL, ids=lambda d: d.key)
def test_facts(dataset: Dataset) -> None:
    from sklearn import datasets as bundled

    data = getattr(bundled, dataset.function)()
    assert data.data.shape == (dataset.rows, dataset.columns)
    if dataset.classes:
        assert tuple(str(name) for name in data.target_names) == dataset.classes
    assert dataset.positive is None or dataset.positive in dataset.classes


@pytest.mark.parametrize("dataset", datasets.ALL, ids=lambda d: d.key)
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


@pytest.mark.parametrize("dataset", datasets.ALL, ids=lambda d: d.key)
def test_load_cell_runs(dataset: Dataset) -> None:
    scope: dict[str, Any] = {}
    source = "\n".join([*dataset.imports(), dataset.load_cell(dataset.positive)])
    exec(source, scope)
    assert len(scope["X"]) == len(scope["y"]) == dataset.rows
    if dataset.positive is not None:
        assert scope["CLASSES"][scope["POSITIVE"]] == dataset.positive


def test_licences_are_stated_or_said_not_to_be() -> None:
    for dataset in datasets.ALL:
        assert dataset.license_compliant == (dataset.licence != "not stated")
        assert dataset.licence_note
