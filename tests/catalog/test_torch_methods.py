"""The networks: what they are offered for, what their cells look like, and, where torch is there, that they learn."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest

from p2n_ext.catalog import datasets, methods
from p2n_ext.catalog.datasets import images, texts
from p2n_ext.catalog.methods import Blueprint, Method, Shape, refusal
from p2n_ext.catalog.notebooks import CatalogNotebookBuilder
from p2n_schemas.claims import Quote
from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.papers import Paper
from p2n_schemas.plans import (
    Config,
    DatasetSpec,
    Experiment,
    Fidelity,
    Justification,
    MetricSpec,
    ModelSpec,
    PlanBody,
    Policy,
    Protocol,
    TrainingConfig,
)
from tests.catalog.torch_cases import CASES, Case

NETWORKS = [method for method in methods.ALL if method.framework == "PyTorch"]


def test_every_network_has_a_case_that_runs_it() -> None:
    assert {case.key for case in CASES} == {method.key for method in NETWORKS}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_network_learns_and_repeats(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip(
        "torch", reason="it runs in the sandbox: see tests/ray_runner/test_torch_methods_run.py"
    )
    exec(case.source(), {})
    _, accuracy, trivial, same, *_ = capsys.readouterr().out.split()
    assert float(accuracy) > float(trivial) + 0.05
    assert same == "True"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_cells_are_lines_that_can_be_read(case: Case) -> None:
    source = case.source()
    compile(source, case.name, "exec")
    assert max(map(len, source.splitlines())) <= 100
    assert not re.search(r"\bcuda\b|\.to\(", source), "no GPU"


def printed(name: str) -> list[tuple[str, dict[str, object]]]:
    found = methods.understand(name)
    assert not isinstance(found, str), found
    return [(method.key, method.from_name(name.lower().replace("-", " "))) for method in found.candidates]


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("ResNet-20", "torch_resnet"),
        ("DenseNet-BC (L=100, k=12)", "torch_densenet"),
        ("CNN-rand", "torch_textcnn"),
        ("TextCNN", "torch_textcnn"),
        ("LeNet-5", "torch_cnn"),
        ("Char-level CNN", "torch_charcnn"),
        ("Sm. Conv.", "torch_charcnn"),
        ("LSTM", "torch_lstm"),
        ("Bi-LSTM", "torch_lstm"),
        ("Bidirectional GRU", "torch_gru"),
        ("fastText", "torch_fasttext"),
        ("fastText, bigram", "torch_fasttext"),
        ("GRU-SVM", "torch_gru_svm"),
    ],
)
def test_names_as_papers_write_them(name: str, key: str) -> None:
    assert [found for found, _ in printed(name)] == [key]


@pytest.mark.parametrize(
    "name", ["ResNet-50", "ResNet-101", "DenseNet (k = 12)", "CNN-static", "CNN-LSTM", "VGG-16"]
)
def test_other_networks_are_not_taken_for_these(name: str) -> None:
    assert isinstance(methods.understand(name), str)


def test_parameters_in_names() -> None:
    assert methods.by_key("torch_resnet").from_name("resnet 56") == {"depth": 56}
    assert methods.by_key("torch_densenet").from_name("densenet bc l=100 k=12") == {
        "depth": 100,
        "growth": 12,
    }
    assert methods.by_key("torch_lstm").from_name("bi lstm") == {"bidirectional": True}
    assert methods.by_key("torch_charcnn").from_name("lg. conv") == {"filters": [1024], "hidden": [2048]}
    assert methods.by_key("torch_fasttext").from_name("fasttext bigrams") == {"bigrams": True}


def test_a_shared_name_means_the_network_that_fits_the_data() -> None:
    found = methods.understand("CNN")
    assert not isinstance(found, str)
    for dataset, key in ((images.CIFAR10, "torch_cnn"), (texts.MOVIE_REVIEWS, "torch_textcnn")):
        assert [m.key for m in found.candidates if refusal(m, dataset) is None] == [key]


@pytest.mark.parametrize("method", methods.ALL, ids=lambda method: method.key)
def test_impossible_combinations_are_refused_with_a_reason(method: Method) -> None:
    for dataset in (datasets.WINE, datasets.DIGITS, texts.AG_NEWS):
        why = refusal(method, dataset)
        fits = method.input == dataset.input or (method.input, dataset.input) == ("table", "image")
        assert (why is None) == fits
        if why is not None:
            assert why.startswith(f"{method.title} needs ")
            assert dataset.title in why


@pytest.mark.parametrize("method", NETWORKS, ids=lambda method: method.key)
def test_estimates_grow_with_rows_and_epochs(method: Method) -> None:
    known = {parameter.name: parameter.default for parameter in method.parameters}
    image = (3, 32, 32) if method.input == "image" else None

    def seconds(rows: int, epochs: int) -> float:
        return method.seconds(Shape(rows, rows // 5, 64, 10, image), known, TrainingConfig(epochs=epochs))

    assert seconds(1000, 10) < seconds(10_000, 10)
    assert seconds(10_000, 30) > 2 * seconds(10_000, 10)


def test_what_the_papers_of_these_networks_needed_is_over_any_budget() -> None:
    """CIFAR-10 in hundreds of epochs on one core: the estimate must not promise it in twenty minutes."""
    for key, epochs in (("torch_resnet", 164), ("torch_densenet", 300)):
        method = methods.by_key(key)
        known = {parameter.name: parameter.default for parameter in method.parameters}
        shape = Shape(50_000, 10_000, 3072, 10, (3, 32, 32))
        assert method.seconds(shape, known, TrainingConfig(epochs=epochs, batch_size=128)) > 20 * 60


def test_resnet_20_is_the_papers() -> None:
    """0.27 million parameters, as table 6 of He et al. (2015) has it; counted from the source's own shapes."""
    torch = pytest.importorskip("torch", reason="it needs torch")
    scope: dict[str, object] = {}
    exec("import torch\nfrom torch import nn\n" + methods.torch_resnet.RESNET.source, scope)
    model = scope["resnet"]((3, 32, 32), 10, 20)  # type: ignore[operator]
    assert round(sum(p.numel() for p in model.parameters()) / 1e6, 2) == 0.27
    assert isinstance(model, torch.nn.Module)


def test_densenet_bc_is_the_papers() -> None:
    """0.8 million parameters at L=100, k=12, as table 2 of Huang et al. (2017) has it."""
    pytest.importorskip("torch", reason="it needs torch")
    scope: dict[str, object] = {}
    exec("import torch\nfrom torch import nn\n" + methods.torch_densenet.DENSENET.source, scope)
    model = scope["densenet"]((3, 32, 32), 10, 100, 12)  # type: ignore[operator]
    assert round(sum(p.numel() for p in model.parameters()) / 1e6, 1) == 0.8


def test_a_plan_with_images_gets_the_images_shape() -> None:
    code = methods.by_key("torch_cnn").write(
        Blueprint(
            "f",
            {p.name: p.default for p in methods.by_key("torch_cnn").parameters},
            TrainingConfig(),
            10,
            image=datasets.DIGITS.image,
        )
    )
    assert "image=(1, 8, 8)" in code.source


def body(dataset: datasets.Dataset, method: str, protocol: Protocol) -> PlanBody:
    metric = MetricSpec(
        name="accuracy", split="test", claim_id="c", goal=0.9, tolerance=0.01, direction="maximize"
    )
    experiment = Experiment(
        id="one",
        model=ModelSpec(name=method, named_in_paper_as="it"),
        metrics=[metric],
        fidelity=Fidelity.REDUCED,
        estimated_seconds=1,
    )
    return PlanBody(
        dataset=DatasetSpec(
            name=dataset.key,
            title=dataset.title,
            source=dataset.source,
            licence=dataset.licence,
            named_in_paper_as=dataset.title,
        ),
        config=Config(framework="PyTorch", seed=0, protocol=protocol, repeats=1),
        experiments=[experiment],
        justifications=[Justification(subject="dataset", quote=Quote(text="it", page=1))],
        estimated_runtime_minutes=1,
        license_compliant=dataset.license_compliant,
        policy=Policy(budget_minutes=5),
    )


PAPER = Paper(
    id="p",
    sha256="0" * 64,
    title="t",
    filename="f",
    size_bytes=1,
    pages=1,
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
)
GIVEN = Protocol(kind="given")


@pytest.mark.parametrize(
    ("dataset", "method", "protocol", "words"),
    [
        (images.MNIST, "torch_cnn", GIVEN, "image=(1, 28, 28)"),
        (images.CIFAR10, "torch_resnet", GIVEN, "yield np.arange(50000), np.arange(50000, len(y))"),
        (images.FASHION_MNIST, "knn", GIVEN, "KNeighborsClassifier"),
        (datasets.DIGITS, "torch_cnn", Protocol(kind="kfold", folds=5), "image=(1, 8, 8)"),
        (texts.AG_NEWS, "torch_fasttext", GIVEN, "MeanOfWords"),
        (texts.MOVIE_REVIEWS, "torch_textcnn", Protocol(kind="kfold", folds=10), "TextCNN("),
    ],
    ids=lambda value: getattr(value, "key", None),
)
def test_a_notebook_on_images_or_texts(
    dataset: datasets.Dataset, method: str, protocol: Protocol, words: str
) -> None:
    build = CatalogNotebookBuilder().build(body(dataset, method, protocol), [], PAPER)
    cells = [cell for cell in json.loads(build.notebook)["cells"] if cell["cell_type"] == "code"]
    for cell in cells:
        compile(cell["source"], cell["id"], "exec")
    assert words in "\n".join(cell["source"] for cell in cells)
    assert build.datasets[0].name == dataset.key


@pytest.mark.parametrize(
    ("dataset", "method", "protocol", "words"),
    [
        (datasets.WINE, "torch_cnn", Protocol(kind="kfold", folds=5), "needs images"),
        (texts.AG_NEWS, "knn", GIVEN, "needs numeric features"),
        (images.MNIST, "torch_textcnn", GIVEN, "needs texts"),
        (datasets.DIGITS, "torch_cnn", GIVEN, "comes in one part"),
    ],
    ids=lambda value: getattr(value, "key", None),
)
def test_a_plan_that_does_not_fit_its_data_is_refused(
    dataset: datasets.Dataset, method: str, protocol: Protocol, words: str
) -> None:
    with pytest.raises(P2NError) as caught:
        CatalogNotebookBuilder().build(body(dataset, method, protocol), [], PAPER)
    assert caught.value.code is ErrorCode.E_VALIDATION
    assert words in caught.value.info.message


def test_texts_are_not_scaled() -> None:
    scaled = body(texts.AG_NEWS, "torch_fasttext", GIVEN)
    config = scaled.config.model_copy(update={"preprocessing": ["standardize_train"]})
    with pytest.raises(P2NError, match="preprocessing of texts"):
        CatalogNotebookBuilder().build(scaled.model_copy(update={"config": config}), [], PAPER)
