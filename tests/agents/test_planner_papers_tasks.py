"""The offline planner on papers of other tasks by others: clustering, predictive distributions, cross-validation."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from p2n_ext.agents.planning.planner import write_plan
from p2n_ext.documents import PdfDocuments
from p2n_schemas.claims import Claim
from p2n_schemas.plans import Fidelity, PlanBody
from tests.offline_reading import claims_of

pytestmark = pytest.mark.papers


def read(papers: Path, stem: str) -> tuple[list[Claim], list[str]]:
    async def go() -> tuple[list[Claim], list[str]]:
        pdf = papers / "papers" / f"{stem}.pdf"
        return await claims_of(pdf), await PdfDocuments().page_texts(pdf)

    return asyncio.run(go())


def parameters(body: PlanBody) -> dict[str, dict[str, object]]:
    return {e.model.named_in_paper_as: e.model.parameters for e in body.experiments}


def test_clustering_is_planned_as_stated(real_papers: Path) -> None:
    claims, texts = read(real_papers, "moustafa_2013_metricspace")
    for dataset in ("iris", "wine", "wdbc"):
        body = write_plan([c for c in claims if c.dataset == dataset], texts, 5)
        assert body.config.protocol.kind == "whole"
        assert parameters(body) == {
            "Euc": {"clusters": None, "restarts": 50},
            "PCA": {"clusters": None, "restarts": 50, "variance": 0.98},
        }
        assert {m.name for e in body.experiments for m in e.metrics} == {"ari", "nmi_max", "purity"}
        assert any("mutual information was normalised" in a.missing for a in body.assumptions)
        # the paper's own space and the manifold methods are not in the catalogue
        assert Counter(u.reason for u in body.unplanned) == {"method_unknown": 24}


def test_conformal_systems_are_planned_with_what_is_stated_of_them(real_papers: Path) -> None:
    claims, texts = read(real_papers, "vovk_2018_ccps")
    body = write_plan([c for c in claims if c.dataset == "Diabetes"], texts, 5)
    assert body.config.protocol.test_rows == 100
    assert body.config.averaged_over == 1
    found = parameters(body)
    assert found["Least Squares (SCPS)"] == {"underlying": "least_squares", "fraction": 0.5, "splits": 20}
    assert found["Random Forest (CCPS)"]["trees"] == 20
    assert {m.name for e in body.experiments for m in e.metrics} == {"crps_median"}
    # it reports its best over settings, of which the plan runs one
    assert {e.fidelity for e in body.experiments} == {Fidelity.REDUCED}


def test_a_report_is_planned_with_its_network_and_its_traps_are_left_out(real_papers: Path) -> None:
    claims, texts = read(real_papers, "mecugni_2023_wdbc_report")
    body = write_plan(claims, texts, 10)
    assert body.config.protocol.folds == 5
    assert body.config.positive_class == "malignant"
    mlp = next(e for e in body.experiments if e.model.named_in_paper_as == "MLP")
    assert mlp.model.name == "torch_mlp"
    assert mlp.model.parameters == {
        "hidden": [100],
        "activation": "sigmoid",
        "batch_normalization": True,
        "dropout": 0.5,
    }
    config = mlp.config
    assert (config.epochs, config.batch_size, config.learning_rate, config.optimizer) == (
        100,
        100,
        0.5,
        "sgd",
    )
    knn = next(e for e in body.experiments if e.model.name == "knn")
    assert knn.model.parameters["k"] == 9
    # results on all of the data, and of several networks together, are no results of one on test data
    ensemble = {
        c.id for c in claims if c.value in (98.59, 98.1, 97.17) or c.value_printed.startswith("98.59")
    }
    assert ensemble <= {u.claim_id for u in body.unplanned if u.reason == "split_not_reproducible"}
    # its "folds" come of seeds: a difference is not the paper's fault alone
    assert {e.fidelity for e in body.experiments} == {Fidelity.REDUCED}
