"""The sample paper is what its scripts make of it: numbers from the study, bytes from the typesetter."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

FOLDER = Path(__file__).parents[2] / "examples" / "papers"


def load(name: str) -> ModuleType:
    # the second paper's typesetter uses the first one's
    if str(FOLDER) not in sys.path:
        sys.path.append(str(FOLDER))
    spec = importlib.util.spec_from_file_location(f"sample_{name}", FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def results() -> dict[str, Any]:
    data: dict[str, Any] = json.loads((FOLDER / "results.json").read_text(encoding="utf-8"))
    return data


@pytest.mark.parametrize(
    ("dataset", "method"),
    [("Wine", "1-NN, raw"), ("WDBC", "5-NN"), ("WDBC", "Linear SVM"), ("Wine", "5-NN, Manhattan")],
)
def test_study_gives_the_committed_numbers(results: dict[str, Any], dataset: str, method: str) -> None:
    study = load("study")
    values = study.measure(dataset, method, results["splits"])
    measured = {name: study.summary(numbers) for name, numbers in values.items()}
    assert measured == results["results"][dataset][method]


def test_the_paper_comes_out_the_same_byte_for_byte(results: dict[str, Any], tmp_path: Path) -> None:
    typesetter = load("make_pdf")
    typesetter.make(results, tmp_path / "again.pdf")
    committed = (FOLDER / typesetter.NAME).read_bytes()
    assert (tmp_path / "again.pdf").read_bytes() == committed
    assert len(committed) < 200_000


def test_every_number_of_the_study_stands_in_the_paper_and_no_other(results: dict[str, Any]) -> None:
    import pypdfium2

    with pypdfium2.PdfDocument(FOLDER / load("make_pdf").NAME) as document:
        text = " ".join(page.get_textpage().get_text_bounded() for page in document)
    printed = set(re.findall(r"\d+\.\d\d(?!\d)", text))
    measured = {
        f"{value:.2f}"
        for methods in results["results"].values()
        for metrics in methods.values()
        for summary in metrics.values()
        for value in summary.values()
    }
    assert measured <= printed
    # what else has two decimals is part of a DOI
    assert {number for number in printed - measured if f"10.{number}" not in text} <= {"10.24"}


# the second paper


@pytest.fixture(scope="module")
def small_models() -> dict[str, Any]:
    data: dict[str, Any] = json.loads((FOLDER / "small_models_results.json").read_text(encoding="utf-8"))
    return data


@pytest.mark.parametrize("method", ["Linear regression", "5-NN"])
def test_the_second_study_gives_the_committed_numbers(small_models: dict[str, Any], method: str) -> None:
    study = load("small_models_study")
    values = study.regression(method, small_models["repeats"])
    measured = {name: study.summary(name, numbers) for name, numbers in values.items()}
    assert measured == small_models["results"][method]


def test_its_networks_give_the_committed_numbers(small_models: dict[str, Any]) -> None:
    pytest.importorskip("torch", reason="the networks' study needs PyTorch")
    study = load("small_models_study")
    values = study.networks("MLP, 16 units", small_models["repeats"])
    assert (
        study.summary("accuracy", values["accuracy"]) == small_models["results"]["MLP, 16 units"]["accuracy"]
    )


def test_the_second_paper_comes_out_the_same_and_holds_just_its_study_s_numbers(
    small_models: dict[str, Any], tmp_path: Path
) -> None:
    import pypdfium2

    typesetter = load("make_small_models_pdf")
    typesetter.make(small_models, tmp_path / "again.pdf")
    committed = (FOLDER / typesetter.NAME).read_bytes()
    assert (tmp_path / "again.pdf").read_bytes() == committed
    with pypdfium2.PdfDocument(FOLDER / typesetter.NAME) as document:
        text = " ".join(page.get_textpage().get_text_bounded() for page in document)
    for method, metrics in small_models["results"].items():
        for name, summary in metrics.items():
            digits = {"rmse": 1, "r2": 3, "accuracy": 2}[name]
            assert f"{summary['mean']:.{digits}f} ± {summary['sd']:.{digits}f}" in text, method
