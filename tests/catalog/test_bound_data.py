"""An uploaded dataset bound to a plan: what is chosen and said, and a notebook that reads the very file."""

from __future__ import annotations

import asyncio
import functools
import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from palmerpenguins import load_penguins
from sklearn.datasets import load_breast_cancer

from p2n_ext.agents.planning import OfflinePlanner
from p2n_ext.catalog.datasets.binding import bind
from p2n_ext.catalog.notebooks import CatalogNotebookBuilder
from p2n_ext.catalog.uploads import ChildInspector
from p2n_ext.documents import PdfDocuments
from p2n_ext.protocols import OwnData
from p2n_schemas.claims import Claim
from p2n_schemas.datasets import DatasetBinding, UploadedDataset
from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.papers import Paper
from p2n_schemas.plans import Fidelity, PlanBody
from tests.offline_reading import claims_of

EXAMPLES = Path(__file__).parents[2] / "examples" / "papers"
METRIC = "application/vnd.p2n.metric+json"
PAPER = Paper(
    id="p",
    sha256="0" * 64,
    title="A paper",
    filename="x.pdf",
    size_bytes=1,
    pages=2,
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
)


def uploaded(path: Path, name: str = "mine", licence: str = "not stated") -> UploadedDataset:
    files = asyncio.run(ChildInspector().inspect(path, path.name))
    data = path.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    return UploadedDataset(
        id=f"d_{digest[:16]}",
        name=name,
        filename=path.name,
        format=files[0].format,
        size_bytes=len(data),
        sha256=digest,
        files=files,
        rows=files[0].rows,
        columns=files[0].columns,
        licence=licence,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


@pytest.fixture(scope="module")
def penguins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "penguins.csv"
    load_penguins().to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def cancer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The paper's own data, as a person might have it: labels as text, another order of columns."""
    data = load_breast_cancer(as_frame=True)
    frame = data.frame.rename(columns={"target": "diagnosis"})
    frame["diagnosis"] = frame["diagnosis"].map(lambda code: str(data.target_names[code]))
    path = tmp_path_factory.mktemp("data") / "cancer.csv"
    frame[sorted(frame.columns)].to_csv(path, index=False, sep=";")
    return path


def binding(dataset: UploadedDataset, **changes: Any) -> DatasetBinding:
    return DatasetBinding(
        **{"dataset_id": dataset.id, "stands_for": "Penguins", "target": "species"} | changes
    )


def test_what_is_not_stated_is_chosen_and_said(penguins: Path) -> None:
    dataset = uploaded(penguins)
    bound = bind(dataset, binding(dataset))
    spec = bound.dataset.bound
    assert spec.task == "classification"
    assert spec.classes == ["Adelie", "Chinstrap", "Gentoo"]
    assert spec.features == [column.name for column in dataset.columns if column.name != "species"]
    assert spec.encoded == ["island", "sex"]
    assert spec.width == 5 + 3 + 2
    said = dict(bound.choices)
    assert said["what is done about missing values"].endswith("between 11 and 19 of 344")
    assert set(said) >= {"whether it is classification or regression", "which columns are the features"}
    assert not bound.dataset.license_compliant


@pytest.mark.parametrize(
    ("changes", "task", "classes"),
    [
        ({"target": "body_mass_g"}, "regression", 0),
        ({"target": "bill_depth_mm"}, "regression", 0),
        ({"target": "year"}, "classification", 3),
        ({"target": "year", "task": "regression"}, "regression", 0),
        ({"target": "sex", "features": ["body_mass_g"]}, "classification", 2),
    ],
)
def test_the_task(penguins: Path, changes: dict[str, Any], task: str, classes: int) -> None:
    dataset = uploaded(penguins)
    spec = bind(dataset, binding(dataset, **changes)).dataset.bound
    assert (spec.task, len(spec.classes)) == (task, classes)


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"target": "weight"}, "dataset.target"),
        ({"features": ["wings"]}, "dataset.features"),
        ({"features": ["species"]}, "dataset.features"),
        ({"target": "species", "task": "regression"}, "dataset.target"),
        ({"target": "body_mass_g", "task": "classification"}, "dataset.classes"),
        ({"classes": ["a", "b"]}, "dataset.classes"),
        ({"file": "other.csv"}, "dataset.file"),
    ],
)
def test_a_binding_that_does_not_fit(penguins: Path, changes: dict[str, Any], where: str) -> None:
    dataset = uploaded(penguins)
    with pytest.raises(P2NError) as caught:
        bind(dataset, binding(dataset, **changes))
    assert caught.value.code is ErrorCode.E_VALIDATION
    assert caught.value.info.detail["problems"][0]["where"] == where


def test_parquet_needs_its_classes_named(penguins: Path, tmp_path: Path) -> None:
    path = tmp_path / "penguins.parquet"
    load_penguins().to_parquet(path)
    dataset = uploaded(path)
    with pytest.raises(P2NError, match="name them in `classes`"):
        bind(dataset, binding(dataset))
    spec = bind(dataset, binding(dataset, classes=["Gentoo", "Adelie", "Chinstrap"])).dataset.bound
    assert spec.classes == ["Gentoo", "Adelie", "Chinstrap"]
    assert spec.encoded == [], "text whose values are not known is left out"
    with pytest.raises(P2NError, match="state it"):
        bind(dataset, binding(dataset, target="year"))


@functools.cache
def read(name: str) -> tuple[list[Claim], list[str]]:
    """A sample paper's claims and pages, read once."""

    async def reading() -> tuple[list[Claim], list[str]]:
        pdf = EXAMPLES / name
        return await claims_of(pdf), await PdfDocuments().page_texts(pdf)

    return asyncio.run(reading())


def plan(name: str, own: OwnData | None, dataset: str | None = None) -> tuple[list[Claim], PlanBody]:
    claims, texts = read(name)
    chosen = [claim for claim in claims if dataset in (None, claim.dataset)]
    return claims, asyncio.run(OfflinePlanner().plan(PAPER, chosen, texts, 5, own))


def execute(notebook: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    monkeypatch.setenv("P2N_DATA", str(folder))
    node = nbformat.reads(notebook, as_version=4)
    NotebookClient(node, timeout=120, kernel_name="python3").execute()
    return [
        dict(output["data"][METRIC])
        for cell in node.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if METRIC in output.get("data", {})
    ]


def once(body: PlanBody, *names: str) -> PlanBody:
    experiments = [
        e.model_copy(update={"config": e.config.model_copy(update={"repeats": 1})})
        for e in body.experiments
        if e.id in names
    ]
    return body.model_copy(update={"experiments": experiments})


@pytest.mark.parametrize("same_data", [False, True])
def test_a_plan_on_a_person_s_own_file(
    cancer: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, same_data: bool
) -> None:
    dataset = uploaded(cancer, name="cancer", licence="CC BY 4.0")
    own = OwnData(dataset, binding(dataset, stands_for="WDBC", target="diagnosis", same_data=same_data))
    claims, body = plan("standardisation_2026.pdf", own)
    about = {claim.id for claim in claims if claim.dataset == "WDBC"}
    assert {metric.claim_id for e in body.experiments for metric in e.metrics} == about
    assert {entry.reason for entry in body.unplanned} == {"other_dataset"}
    assert (body.dataset.name, body.dataset.licence, body.license_compliant) == ("cancer", "CC BY 4.0", True)
    assert body.dataset.named_in_paper_as == "WDBC"
    fidelities = {experiment.fidelity for experiment in body.experiments}
    assertions = [a for a in body.assumptions if "the person who made the plan says that it is" in a.choice]
    assert fidelities == ({Fidelity.EXACT} if same_data else {Fidelity.PROXY})
    assert len(assertions) == (1 if same_data else 0)
    assert body.config.positive_class == "malignant"

    builder = CatalogNotebookBuilder()
    build = builder.build(once(body, "5-nn"), claims, PAPER)
    assert builder.check(body, claims) == []
    assert [(m.name, m.file and m.file.url) for m in build.datasets] == [("cancer", f"dataset:{dataset.id}")]
    assert "\npandas==" in build.requirements
    (tmp_path / "cancer").mkdir()
    (tmp_path / "cancer" / "cancer.csv").write_bytes(cancer.read_bytes())
    own_metrics = {entry["name"]: entry["value"] for entry in execute(build.notebook, tmp_path, monkeypatch)}
    _, bundled = plan("standardisation_2026.pdf", None, "WDBC")
    known = {
        entry["name"]: entry["value"]
        for entry in execute(
            builder.build(once(bundled, "5-nn"), claims, PAPER).notebook, tmp_path, monkeypatch
        )
    }
    # the same data, read from a file, in another order of columns and codes: the split keeps the same rows
    assert own_metrics["accuracy"] == pytest.approx(known["accuracy"], abs=0.03)
    assert set(own_metrics) == set(known)


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_regression_on_a_person_s_own_file(
    penguins: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    path = tmp_path / f"penguins.{suffix}"
    if suffix == "parquet":
        load_penguins().to_parquet(path)
    else:
        path.write_bytes(penguins.read_bytes())
    dataset = uploaded(path, name="birds")
    features = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm"]
    asked = binding(
        dataset, stands_for="Penguin body mass", target="body_mass_g", features=features, task="regression"
    )
    _, body = plan("small_models_2026.pdf", OwnData(dataset, asked))
    (tmp_path / "birds").mkdir()
    os.rename(path, tmp_path / "birds" / path.name)
    build = CatalogNotebookBuilder().build(once(body, "linear-regression"), [], PAPER)
    assert ("\npyarrow==" in build.requirements) == (suffix == "parquet")
    metrics = {entry["name"]: entry["value"] for entry in execute(build.notebook, tmp_path, monkeypatch)}
    assert metrics["rmse"] == pytest.approx(395, abs=10)
    assert metrics["r2"] == pytest.approx(0.75, abs=0.03)


def test_names_from_a_file_stay_text_in_the_notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hostile = ['x"]; import os; os._exit(3)  #', "a'b", "{n}", "é 名", "\\N"]
    rows = "\n".join(
        f"{n},{n % 7},{n % 3},{n * n % 11},{n % 5},{'yes' if n % 2 else 'no'}" for n in range(60)
    )
    header = ",".join('"' + name.replace('"', '""') + '"' for name in hostile)
    path = tmp_path / "x.csv"
    path.write_text(f"{header},label\n{rows}\n", encoding="utf-8")
    dataset = uploaded(path, name="x")
    own = OwnData(dataset, binding(dataset, stands_for="WDBC", target="label"))
    _, body = plan("standardisation_2026.pdf", own)
    assert body.dataset.uploaded is not None
    assert body.dataset.uploaded.features == hostile
    (tmp_path / "x").mkdir()
    os.rename(path, tmp_path / "x" / "x.csv")
    build = CatalogNotebookBuilder().build(once(body, "1-nn"), [], PAPER)
    assert execute(build.notebook, tmp_path, monkeypatch)
